//! `[web]`

use std::net::{IpAddr, SocketAddr};

use url::Url;

use super::files::{Files, resolve};
use super::reader::{Section, Text};
use super::report::{Complaint, Report};
use super::settings::{Listen, WebConfig};
use super::{secret, values};

const DEFAULT_PORT: u16 = 7177;

/// Reads `[web]`.
pub(super) fn web(section: &Section<'_>, files: &dyn Files, report: &mut Report) -> WebConfig {
    let typed = section.text("listen", report);
    let listen = typed.and_then(|text| listen(text, report));
    let listen = listen.unwrap_or(Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT))));
    let names_password = section.get("password").or(section.get("password_file")).is_some();
    if let Some(text) = typed
        && !listen.is_local()
        && !names_password
    {
        report
            .error(text.place, "a password is required to listen beyond this machine")
            .hint("write `password_file = \"…\"`, or listen on `127.0.0.1`");
    }
    let public_url = section.parsed("public_url", report, public_url);
    if let (Some(url), Some(place)) = (&public_url, section.get("public_url").map(|value| value.place)) {
        if listen == Listen::Off {
            report
                .warning(place, "`public_url` has no effect while `listen` is \"off\"")
                .hint("mails link to a page, and can be unsubscribed from, where there is one");
        } else if url.scheme() == "http" {
            report
                .warning(
                    place,
                    "over `http` the password can be read by others, and no mail program offers to unsubscribe",
                )
                .hint("put a reverse proxy with TLS in front of it, and write `https://…`");
        }
    }
    WebConfig {
        listen,
        is_listen_named: typed.is_some(),
        public_url,
        password: secret::password(section, files, report),
    }
}

fn listen(text: Text<'_>, report: &mut Report) -> Option<Listen> {
    if let Some(path) = text.text.strip_prefix("unix:") {
        let path = text.parse(report, |_| values::path(path).map(str::to_owned))?;
        return Some(Listen::Unix(resolve(report.source(text.place.source).folder(), &path)));
    }
    text.parse(report, |text| match (text, text.parse()) {
        ("off", _) => Ok(Listen::Off),
        (_, Ok(address)) => Ok(Listen::Tcp(address)),
        (other, Err(_)) => listen_loosely(other),
    })
}

/// `localhost:7177`; for other forms the hint names the full one.
fn listen_loosely(text: &str) -> Result<Listen, Complaint> {
    let complaint = Complaint::new("this is no address to listen on");
    let Some((host, Ok(port))) = text.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>())) else {
        return Err(complaint.hint("write `127.0.0.1:7177`, `unix:/run/wirewatch/web.sock` or `off`"));
    };
    match host {
        "localhost" => Ok(Listen::Tcp(SocketAddr::new(IpAddr::from([127, 0, 0, 1]), port))),
        "" | "*" => Err(complaint.hint(format!("write `0.0.0.0:{port}` for every network"))),
        _ => Err(complaint.hint(format!("write an IP address, such as `127.0.0.1:{port}`"))),
    }
}

/// The address that links begin with.
fn public_url(text: &str) -> Result<Url, Complaint> {
    let url = values::http_url(text)?;
    if !url.username().is_empty() || url.password().is_some() {
        let complaint = Complaint::new("no user and no password belong into an address that is shown to everybody");
        return Err(complaint.hint("write it like `https://watch.example.org`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        let complaint = Complaint::new("an address that others begin with has no `?` and no `#`");
        return Err(complaint.hint("write it like `https://watch.example.org`"));
    }
    if url.path() != "/" {
        let complaint = Complaint::new("the web page is served at the root of its host, not below a path");
        return Err(complaint.hint("give it a host of its own, such as `https://watch.example.org`"));
    }
    Ok(url)
}
