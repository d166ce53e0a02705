//! The small forms that many keys share: addresses, sizes, names, paths.

use std::net::IpAddr;

use chrono_tz::{TZ_VARIANTS, Tz};
use url::{Host, Url};

use super::keys::nearest;
use super::report::Complaint;

const LONGEST_URL: usize = 8 * 1024;
const LONGEST_NAME: usize = 100;

/// An http or https address.
///
/// The complaint never repeats the text: it may hold a password.
pub(super) fn http_url(text: &str) -> Result<Url, Complaint> {
    if text.len() > LONGEST_URL {
        return Err(Complaint::new("the address is longer than 8 KiB"));
    }
    let is_plain = !text.contains('@') && text.len() < 80 && !text.contains(char::is_whitespace);
    let url = match Url::parse(text.trim()) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) if is_plain && text.contains('.') => {
            return Err(Complaint::new("this is no web address").hint(format!("did you mean `https://{text}`?")));
        }
        Err(error) => return Err(Complaint::new(format!("this is no web address: {error}"))),
    };
    if !matches!(url.scheme(), "http" | "https") {
        let complaint = Complaint::new("only addresses with `http://` and `https://` can be fetched");
        return Err(match text.split_once("://") {
            Some((_, rest)) if is_plain && url.scheme() == "feed" => complaint.hint(format!("write `https://{rest}`")),
            None if is_plain && text.contains('.') => complaint.hint(format!("did you mean `https://{text}`?")),
            _ => complaint,
        });
    }
    match url.host() {
        Some(Host::Domain("")) | None => Err(Complaint::new("this web address names no host")),
        Some(_) => Ok(url),
    }
}

/// An address as it may be shown: without user name and password.
pub fn without_user(url: &Url) -> Url {
    let mut shown = url.clone();
    // These fail only for addresses that cannot carry credentials, and then there is nothing to drop.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown
}

/// A mail address without a name: `desk@example.org`. Its domain comes back in lower case and ASCII.
pub(super) fn address(text: &str) -> Result<String, Complaint> {
    let example = "write it like `desk@example.org`";
    let text = text.trim();
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Err(Complaint::new("this is no mail address").hint(example));
    };
    if text.contains(['<', '>']) {
        return Err(Complaint::new("only the bare address belongs here").hint(example));
    }
    let is_local_character = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let is_local = (1..=64).contains(&local.len())
        && local.chars().all(is_local_character)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    if !is_local {
        return Err(Complaint::new("the part before the `@` is no mailbox").hint(example));
    }
    match host_name(domain) {
        Some(domain) => Ok(format!("{local}@{domain}")),
        None => Err(Complaint::new("the part behind the `@` is no domain").hint(example)),
    }
}

/// `address` for whoever has no report to complain to.
pub fn mail_address(text: &str) -> Result<String, String> {
    address(text).map_err(|complaint| match complaint.hint {
        Some(hint) => format!("{}; {hint}", complaint.message),
        None => complaint.message,
    })
}

/// `Name <address>` or a bare address, as typed.
pub(super) fn mailbox(text: &str) -> Result<String, Complaint> {
    let example = "write it like `Wirewatch <wirewatch@example.org>`";
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(Complaint::new("a line break or control character has no place in a sender").hint(example));
    }
    let Some((name, rest)) = text.split_once('<') else {
        return address(text).map_err(|complaint| complaint.hint(example));
    };
    let Some(bare) = rest.strip_suffix('>') else {
        return Err(Complaint::new("the `<` has no `>` at the end").hint(example));
    };
    if name.matches('"').count() % 2 == 1 || name.chars().count() > LONGEST_NAME {
        return Err(Complaint::new("the name before the address cannot be read").hint(example));
    }
    let bare = address(bare).map_err(|complaint| complaint.hint(example))?;
    match name.trim() {
        "" => Ok(bare),
        name => Ok(format!("{name} <{bare}>")),
    }
}

/// A domain, in lower case and ASCII; not an IP address.
pub(super) fn host_name(text: &str) -> Option<String> {
    let Ok(Host::Domain(domain)) = Host::parse(text) else { return None };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (domain.len() <= 253 && domain.split('.').all(is_label)).then_some(domain)
}

/// A host name, an IP address, or a block of addresses such as `10.0.0.0/8`.
pub(super) fn host_or_block(text: &str) -> Result<String, Complaint> {
    let text = text.trim();
    let hint = "write a host name, an address, or a block such as `10.1.0.0/16`";
    let Some((base, length)) = text.split_once('/') else {
        let host = host_name(text).or_else(|| text.parse::<IpAddr>().ok().map(|address| address.to_string()));
        return host.ok_or_else(|| Complaint::new("this names no host and no block of addresses").hint(hint));
    };
    let most = match base.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => 0,
    };
    let is_number = length.bytes().all(|byte| byte.is_ascii_digit());
    match most > 0 && is_number && length.parse().is_ok_and(|length: u8| length <= most) {
        true => Ok(text.to_lowercase()),
        false => Err(Complaint::new("this names no host and no block of addresses").hint(hint)),
    }
}

/// A size: `15 MiB`, `500 kB`.
pub(super) fn size(text: &str) -> Result<u64, Complaint> {
    const UNITS: [(&str, u64); 9] = [
        ("b", 1),
        ("", 1),
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("kb", 1_000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("bytes", 1),
    ];
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_lowercase();
    let length = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, length)| *length);
    number
        .parse::<u64>()
        .ok()
        .zip(length)
        .and_then(|(number, length)| number.checked_mul(length))
        .ok_or_else(|| Complaint::new("this is no size").hint("write it like `15 MiB` or `500 kB`"))
}

/// A timezone by its IANA name.
pub(super) fn timezone(text: &str) -> Result<Tz, Complaint> {
    text.parse().map_err(|_| {
        let complaint = Complaint::new("there is no such timezone");
        match nearest_timezone(text) {
            Some(name) => complaint.hint(format!("did you mean `{name}`?")),
            None => complaint.hint("write it like `Europe/Berlin` or `UTC`"),
        }
    })
}

/// The zone of that name but for its spelling, or the one of that city.
fn nearest_timezone(text: &str) -> Option<&'static str> {
    let typed = text.trim().replace(' ', "_");
    let names = || TZ_VARIANTS.iter().map(|zone| zone.name());
    let city = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
    names()
        .find(|name| name.eq_ignore_ascii_case(&typed) || city(name).eq_ignore_ascii_case(&typed))
        .or_else(|| nearest(&typed, names()))
        .or_else(|| {
            let near = nearest(&typed, names().map(city))?;
            names().find(|name| city(name) == near)
        })
}

/// The name of a feed, rule or recipient.
pub(super) fn name(text: &str) -> Result<String, Complaint> {
    if text.trim().is_empty() {
        return Err(Complaint::new("the name is empty"));
    }
    if text.trim() != text {
        return Err(Complaint::new("the name begins or ends with a space"));
    }
    if text.chars().any(char::is_control) {
        return Err(Complaint::new("a line break or control character has no place in a name"));
    }
    if text.chars().count() > LONGEST_NAME {
        return Err(Complaint::new(format!("the name is longer than {LONGEST_NAME} characters")));
    }
    if text.starts_with("tag:") {
        return Err(Complaint::new("a name cannot begin with `tag:`").hint("`tag:` in `feeds` stands for a tag"));
    }
    Ok(text.to_owned())
}

/// A path; what a shell would expand is refused rather than taken as it stands.
pub(super) fn path(text: &str) -> Result<&str, Complaint> {
    if text.is_empty() {
        return Err(Complaint::new("the path is empty"));
    }
    if text == "~" || text.starts_with("~/") || text.contains('$') {
        return Err(Complaint::new("`~` and `$` are not expanded in a path").hint("write the path in full"));
    }
    Ok(text)
}
