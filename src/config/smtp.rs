//! `smtp = "…"`: the mail server's address taken apart.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::report::Complaint;
use super::settings::{SmtpConfig, SmtpSecurity};

const EXAMPLE: &str = "write it like `smtps://user@mail.example.org` or `smtp://user@mail.example.org:587`";

/// Reads the address; it never repeats what it reads, which may hold a password.
pub(super) fn parse(text: &str) -> Result<SmtpConfig, Complaint> {
    let url = Url::parse(text.trim()).map_err(|error| not_a_server(text, &error.to_string()))?;
    let (security, usual_port) = match url.scheme() {
        "smtp" => (SmtpSecurity::StartTls, 587),
        "smtps" => (SmtpSecurity::Tls, 465),
        "smtp+plain" => (SmtpSecurity::Plain, 25),
        _ => return Err(not_a_server(text, "unknown scheme")),
    };
    if url.password().is_some() {
        return Err(Complaint::new("a password has no place in `smtp`").hint(
            "leave only `user@` there, and write `password_file = \"…\"` or `password = { credential = \"…\" }`",
        ));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(Complaint::new("the mail server's address goes on behind the port").hint(EXAMPLE));
    }
    let host = url.host_str().map(decode).ok_or_else(|| Complaint::new("no host is named").hint(EXAMPLE))?;
    let host = Host::parse(&host).map_err(|_| Complaint::new("the host has no valid name").hint(EXAMPLE))?;
    if security == SmtpSecurity::Plain && !is_loopback(&host) {
        return Err(Complaint::new("mail would go unprotected over a network")
            .hint("`smtp+plain://` is for `localhost` only; write `smtp://` or `smtps://`"));
    }
    let port = match url.port() {
        Some(0) => return Err(Complaint::new("the port is zero").hint(EXAMPLE)),
        port => port.unwrap_or(usual_port),
    };
    let user = Some(decode(url.username())).filter(|user| !user.is_empty());
    if user.as_ref().is_some_and(|user| user.chars().any(char::is_control)) {
        return Err(Complaint::new("a control character has no place in a user's name").hint(EXAMPLE));
    }
    let host = match host {
        Host::Domain(domain) => domain,
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    Ok(SmtpConfig { host, port, security, user, password: None, oauth_token_file: None })
}

/// What is odd about a server's address that can nevertheless be tried.
pub(super) fn doubt(server: &SmtpConfig) -> Option<&'static str> {
    match (server.security, server.port) {
        (SmtpSecurity::Tls, 587) => Some("servers use port 587 for STARTTLS: that is `smtp://`"),
        (SmtpSecurity::StartTls, 465) => Some("servers use port 465 for TLS from the start: that is `smtps://`"),
        _ => None,
    }
}

fn not_a_server(text: &str, reason: &str) -> Complaint {
    let text = text.trim();
    let is_bare_host = !text.contains(['@', '/']) && text.contains('.') && !text.contains(char::is_whitespace);
    let complaint = Complaint::new(format!("this is no address of a mail server: {reason}"));
    match is_bare_host {
        true => complaint.hint(format!("did you mean `smtp://{text}`?")),
        false => complaint.hint(EXAMPLE),
    }
}

/// Whether the host is this machine.
pub(super) fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
