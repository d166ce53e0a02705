//! `dkim` in `[mail]`: the domain that signs, and its key.

use secrecy::ExposeSecret;

use super::files::Files;
use super::keys::DKIM;
use super::reader::{Section, Value};
use super::report::{Complaint, Report};
use super::settings::DkimConfig;
use super::{secret, values};

/// The longest part of a name in the DNS.
const LONGEST_LABEL: usize = 63;

/// Reads `dkim`. Whether the key can sign is for the signer to say.
pub(super) fn dkim(mail: &Section<'_>, from: &str, files: &dyn Files, report: &mut Report) -> Option<DkimConfig> {
    let value = mail.get("dkim")?;
    let Some(entries) = value.as_table() else {
        value.reject_type("a table with `domain`, `selector` and `key_file`", report);
        return None;
    };
    let section = Section::read(&DKIM, entries, value.place, report);
    for key in DKIM.keys {
        section.require(key, report);
    }
    let domain = section.parsed("domain", report, domain);
    let selector = section.parsed("selector", report, selector);
    let key = secret::file(&section, "key_file", "DKIM key", files, report);
    if mail.get("smtp").is_none() {
        report.warning(value.key_place, "`dkim` has no effect without `smtp`");
    }
    let (domain, selector, key) = (domain?, selector?, key?);
    if !key.expose_secret().contains("PRIVATE KEY-----") {
        report
            .error(value.key_place, "the DKIM key is no private key in PEM")
            .hint("`openssl genpkey -algorithm ed25519` writes one, or `openssl genrsa 2048`");
        return None;
    }
    warn_of_another_domain(value, from, &domain, report);
    Some(DkimConfig { domain, selector, key })
}

/// Receivers ask for the signature of the domain that the sender's address names (DMARC).
fn warn_of_another_domain(value: Value<'_>, from: &str, domain: &str, report: &mut Report) {
    let host = from.trim_end_matches('>').rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    if host != domain && !host.ends_with(&format!(".{domain}")) {
        report
            .warning(value.key_place, "the signing domain is not the sender's")
            .hint(format!("`from` is at `{host}`, and mail servers look for its signature"));
    }
}

fn domain(text: &str) -> Result<String, Complaint> {
    let domain = values::host_name(text).filter(|name| name.contains('.'));
    domain.ok_or_else(|| Complaint::new("this is no domain").hint("write it like `example.org`"))
}

fn selector(text: &str) -> Result<String, Complaint> {
    let is_label = |label: &str| {
        let fits = !label.is_empty() && label.len() <= LONGEST_LABEL;
        fits && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    match text.split('.').all(is_label) && text.len() <= LONGEST_LABEL * 2 {
        true => Ok(text.to_owned()),
        false => Err(Complaint::new("this is no selector")
            .hint("write it like `wirewatch`, where the key is published at `wirewatch._domainkey.example.org`")),
    }
}
