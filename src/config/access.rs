//! How a feed, or a site's pages, are asked for: credentials, headers, a proxy, a client certificate.

use std::fmt;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::files::{Files, resolve};
use super::reader::{Section, Text, Value, strings_of};
use super::report::{Complaint, Report};
use super::secret::{self, secret};
use super::smtp::is_loopback;
use super::source::Place;
use super::tree::Entry;
use super::values;

const MOST_HEADERS: usize = 100;
/// A longer value would be refused by most servers.
const LONGEST_COOKIE: usize = 16 * 1024;
const PROXY_HINT: &str = "write `http://proxy.example.org:3128`, `socks5://…`, `environment` or `none`";

/// What is sent along with requests, to the origin that it is for and to no other. Debug shows no value.
#[derive(Clone, Default)]
pub struct Access {
    /// Their names can stand in a request, and their values too.
    pub headers: Vec<(String, SecretString)>,
    pub authorization: Option<Authorization>,
    /// The header's value, `name=value; name=value`.
    pub cookie: Option<SecretString>,
    /// `None`: as `[poll]` says.
    pub proxy: Option<Proxy>,
    /// A certificate with its private key, in PEM.
    pub client_certificate: Option<SecretString>,
}

/// `user` and `password`, or `token`.
#[derive(Clone)]
pub enum Authorization {
    /// RFC 7617.
    Basic { user: String, password: SecretString },
    /// RFC 6750.
    Bearer(SecretString),
}

/// The way that requests take.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Proxy {
    /// Straight to the server.
    Direct,
    /// What `HTTP_PROXY` and its kin say.
    Environment,
    /// With a user and a password where the proxy wants them.
    Through(Url),
}

/// Without what may be secret in it.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("none"),
            Self::Environment => f.write_str("environment"),
            Self::Through(url) => f.write_str(values::without_user(url).as_str().trim_end_matches('/')),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        write!(f, "Access(headers {names:?}, proxy {:?}, …)", self.proxy)
    }
}

impl Access {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        let Self { headers, authorization, cookie, proxy, client_certificate } = self;
        headers.is_empty()
            && authorization.is_none()
            && cookie.is_none()
            && proxy.is_none()
            && client_certificate.is_none()
    }

    /// Whether it holds what a server lets somebody in for.
    pub fn logs_in(&self) -> bool {
        self.is_secret() || self.client_certificate.is_some()
    }

    /// Whether it holds what others must not read.
    fn is_secret(&self) -> bool {
        !self.headers.is_empty() || self.authorization.is_some() || self.cookie.is_some()
    }
}

/// An address without the user and password in it, and those as what they mean.
pub fn split_user(url: &Url) -> (Url, Option<Authorization>) {
    if url.username().is_empty() && url.password().is_none() {
        return (url.clone(), None);
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let password = SecretString::from(decoded(url.password().unwrap_or_default()));
    (values::without_user(url), Some(Authorization::Basic { user: decoded(url.username()), password }))
}

/// Reads the keys that `[[feed]]` and `[[site]]` share. `named` is what stands in the feed's address.
pub(super) fn access(
    section: &Section<'_>,
    named: Option<Authorization>,
    files: &dyn Files,
    report: &mut Report,
) -> Access {
    Access {
        headers: section.get("headers").map(|value| headers(value, report)).unwrap_or_default(),
        authorization: authorization(section, named, files, report),
        cookie: cookie(section, files, report),
        proxy: proxy(section, report),
        client_certificate: client_certificate(section, files, report),
    }
}

/// Warns of secrets that would cross a network for all to read.
pub(super) fn warn_of_plain_text(access: &Access, url: &Url, place: Place, report: &mut Report) {
    let is_plain = url.scheme() == "http" && !url.host().is_some_and(|host| is_loopback(&host.to_owned()));
    if is_plain && access.is_secret() {
        report
            .warning(place, "what only this feed's server should know goes over the network unprotected")
            .hint("write the address with `https://`, where the server has it");
    }
}

fn authorization(
    section: &Section<'_>,
    named: Option<Authorization>,
    files: &dyn Files,
    report: &mut Report,
) -> Option<Authorization> {
    let user = section.text("user", report);
    let password = secret::password(section, files, report);
    let token = secret(section, ["token", "token_file"], files, report);
    let password_key = section.get("password").or(section.get("password_file"));
    let token_key = section.get("token").or(section.get("token_file"));
    let keys = [section.get("user"), token_key];
    if let (Some(first), Some(again)) = (keys[0].or(keys[1]), keys[1].filter(|_| keys[0].is_some())) {
        report
            .error(again.key_place, "a server is shown a user and password, or a token")
            .related(first.key_place, "the user is here");
        return None;
    }
    if let (Some(_), Some(key)) = (&named, keys[0].or(keys[1])) {
        report.error(key.key_place, "the address names a user already").hint("take it out of `url`");
        return None;
    }
    match (user, password_key) {
        (Some(user), None) => {
            report.error(user.place, "`user` needs a password").hint("write `password_file = \"…\"` beside it");
            None
        }
        (None, Some(key)) => {
            report.error(key.key_place, "the password has no `user`");
            None
        }
        (Some(user), Some(_)) if user.text.contains(':') || user.text.chars().any(char::is_control) => {
            report.error(user.place, "a user's name holds neither `:` nor control characters");
            None
        }
        (Some(user), Some(_)) => {
            let password = fit_for_header(password?, section, "password", report)?;
            Some(Authorization::Basic { user: user.text.to_owned(), password })
        }
        (None, None) => match token_key {
            Some(_) => Some(Authorization::Bearer(fit_for_header(token?, section, "token", report)?)),
            None => named,
        },
    }
}

fn cookie(section: &Section<'_>, files: &dyn Files, report: &mut Report) -> Option<SecretString> {
    let pairs = match section.schema.keys.contains(&"cookies") {
        true => section.get("cookies").map(|value| cookies(value, report)).filter(|pairs| !pairs.is_empty()),
        false => None,
    };
    let Some(one) = secret(section, ["cookie", "cookie_file"], files, report) else {
        return pairs.map(SecretString::from);
    };
    let one = fit_for_header(one, section, "cookie", report)?;
    Some(match pairs {
        Some(pairs) => SecretString::from(format!("{pairs}; {}", one.expose_secret())),
        None => one,
    })
}

/// A secret that can stand in a header.
fn fit_for_header(
    secret: SecretString,
    section: &Section<'_>,
    key: &'static str,
    report: &mut Report,
) -> Option<SecretString> {
    let text = secret.expose_secret();
    if text.len() <= LONGEST_COOKIE && !text.chars().any(char::is_control) && (key == "password" || is_value(text)) {
        return Some(secret);
    }
    let place = section.get(key).map_or(section.place, |value| value.key_place);
    report.error(place, format!("the {key} holds a character that no header may hold, or is too long"));
    None
}

/// `proxy` of `[poll]`, `[[feed]]` or `[[site]]`.
pub(super) fn proxy(section: &Section<'_>, report: &mut Report) -> Option<Proxy> {
    section.parsed("proxy", report, |text| match text.trim() {
        "none" => Ok(Proxy::Direct),
        "environment" => Ok(Proxy::Environment),
        text => proxy_url(text).map(Proxy::Through),
    })
}

/// The complaint never repeats the text: it may hold a password.
fn proxy_url(text: &str) -> Result<Url, Complaint> {
    let not_one = |reason: &str| Complaint::new(format!("this is no proxy: {reason}")).hint(PROXY_HINT);
    let url = Url::parse(text).map_err(|error| not_one(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
        return Err(not_one("its address begins with `http://`, `https://`, `socks5://` or `socks5h://`"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(not_one("no host is named"));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(not_one("its address goes on behind the port"));
    }
    Ok(url)
}

fn client_certificate(section: &Section<'_>, files: &dyn Files, report: &mut Report) -> Option<SecretString> {
    let typed = section.text("client_certificate", report)?;
    let path = typed.parse(report, |text| values::path(text).map(str::to_owned))?;
    let path = resolve(report.source(typed.place.source).folder(), &path);
    let pem = secret::from_file(path, "client certificate", typed.place, files, report)?;
    let holds = |what: &str| pem.expose_secret().contains(what);
    if !holds("-----BEGIN CERTIFICATE-----") || !holds("PRIVATE KEY-----") {
        report
            .error(typed.place, "the file must hold a certificate and its private key, both in PEM")
            .hint("`cat certificate.pem key.pem` makes one of two files");
        return None;
    }
    Some(pem)
}

fn is_value(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte) || byte == b'\t')
}

fn headers(value: Value<'_>, report: &mut Report) -> Vec<(String, SecretString)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let mut headers = Vec::new();
    for (entry, text) in pairs(value, report) {
        let (name, name_place) = (entry.key.as_str(), entry.key_place);
        let is_ours = ["host", "content-length", "connection", "transfer-encoding", "cookie"];
        if name.is_empty() || !name.chars().all(is_name) {
            report.error(name_place, "this is no name of a header");
        } else if is_ours.contains(&name.to_ascii_lowercase().as_str()) {
            report.error(name_place, format!("the header `{name}` cannot be set here"));
        } else if !is_value(text.text) {
            report.error(text.place, format!("the header `{name}` holds a character that no header may hold"));
        } else {
            headers.push((name.to_owned(), SecretString::from(text.text.trim())));
        }
    }
    headers
}

fn cookies(value: Value<'_>, report: &mut Report) -> String {
    let is_name = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(c);
    let is_value = |c: char| c.is_ascii_graphic() && !"\",;\\".contains(c);
    let mut cookies = Vec::new();
    for (entry, text) in pairs(value, report) {
        let (name, name_place) = (entry.key.as_str(), entry.key_place);
        if name.is_empty() || !name.chars().all(is_name) {
            report.error(name_place, "this is no name of a cookie");
        } else if !text.text.chars().all(is_value) {
            report.error(text.place, format!("the cookie `{name}` holds a character that no cookie may hold"));
        } else {
            cookies.push(format!("{name}={}", text.text));
        }
    }
    cookies.join("; ")
}

fn pairs<'t>(value: Value<'t>, report: &mut Report) -> Vec<(&'t Entry, Text<'t>)> {
    let Some(entries) = value.as_table() else {
        value.reject_type("a table", report).hint("write `{ Name = \"value\" }`");
        return Vec::new();
    };
    if entries.len() > MOST_HEADERS {
        report.error(value.place, format!("`{}` holds more than {MOST_HEADERS} entries", value.key));
        return Vec::new();
    }
    strings_of(entries, report)
}
