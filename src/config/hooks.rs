//! `webhook` and `ntfy`: the ways to a recipient beside mail.

use secrecy::SecretString;
use url::Url;

use super::files::Files;
use super::keys::{NTFY, Schema, WEBHOOK};
use super::reader::{Section, Text, Value};
use super::report::{Complaint, Report};
use super::settings::HookConfig;
use super::{secret, smtp, values};
use crate::alert::{Channel, HookAddress};

/// The longest topic that ntfy takes.
const LONGEST_TOPIC: usize = 64;
/// Digits that stand for an address.
const DIGITS: usize = 8;

/// The hooks of a recipient; its name is for the caller to fill in.
pub(super) fn hooks(section: &Section<'_>, files: &dyn Files, report: &mut Report) -> Vec<HookConfig> {
    let webhook = section.get("webhook").and_then(|value| webhook(value, files, report));
    let ntfy = section.get("ntfy").and_then(|value| ntfy(value, files, report));
    webhook.into_iter().chain(ntfy).collect()
}

impl HookConfig {
    fn new(channel: Channel, url: Url, secret: Option<SecretString>) -> Self {
        Self { recipient: String::new(), channel, address: shown(&url), url, secret }
    }

    /// How the outbox names it.
    pub(super) fn way(&self) -> HookAddress {
        HookAddress { channel: self.channel, address: self.address.clone() }
    }
}

fn webhook(value: Value<'_>, files: &dyn Files, report: &mut Report) -> Option<HookConfig> {
    let (typed, secret) = parts(value, &WEBHOOK, ["secret", "secret_file"], files, report)?;
    let url = typed.parse(report, address)?;
    Some(HookConfig::new(Channel::Webhook, url, secret))
}

fn ntfy(value: Value<'_>, files: &dyn Files, report: &mut Report) -> Option<HookConfig> {
    let (typed, token) = parts(value, &NTFY, ["token", "token_file"], files, report)?;
    let url = typed.parse(report, topic_url)?;
    if token.as_ref().is_some_and(|token| !is_header_value(token)) {
        report.error(value.key_place, "the token holds a character that has no place in one");
        return None;
    }
    let is_here = url.host().is_some_and(|host| smtp::is_loopback(&host.to_owned()));
    if token.is_some() && url.scheme() == "http" && !is_here {
        report
            .warning(value.key_place, "the token would go unprotected over a network")
            .hint("write `https://`, or give the server no token");
    }
    Some(HookConfig::new(Channel::Ntfy, url, token))
}

/// The address, and the secret beside it: `"https://…"` or `{ url = "https://…", token_file = "…" }`.
fn parts<'t>(
    value: Value<'t>,
    schema: &'static Schema,
    keys: [&str; 2],
    files: &dyn Files,
    report: &mut Report,
) -> Option<(Text<'t>, Option<SecretString>)> {
    if let Some(text) = value.as_text() {
        return Some((text, None));
    }
    let Some(entries) = value.as_table() else {
        value.reject_type("an address, or a table with `url`", report);
        return None;
    };
    let section = Section::read(schema, entries, value.place, report);
    let secret = secret::secret(&section, keys, files, report);
    // A secret that was named and cannot be had is an error by now.
    Some((section.require("url", report)?.text(report)?, secret))
}

/// A web address; what is said of one that is none never repeats it.
fn address(text: &str) -> Result<Url, Complaint> {
    values::http_url(text)
        .map_err(|_| Complaint::new("this is no web address").hint("write it whole, from `https://` on"))
}

/// An address whose last part is a topic.
fn topic_url(text: &str) -> Result<Url, Complaint> {
    let url = address(text)?;
    let topic = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_topic = !topic.is_empty() && topic.len() <= LONGEST_TOPIC && topic.chars().all(is_letter);
    match is_topic && url.query().is_none() && url.fragment().is_none() {
        true => Ok(url),
        false => Err(Complaint::new("the address does not end with a topic")
            .hint("write it like `https://ntfy.sh/newsroom-3fq8z`; a topic has up to 64 letters, digits, `-` and `_`")),
    }
}

fn is_header_value(token: &SecretString) -> bool {
    secrecy::ExposeSecret::expose_secret(token).bytes().all(|byte| byte.is_ascii_graphic())
}

/// The server, and digits that tell its addresses apart.
fn shown(url: &Url) -> String {
    let digits = &blake3::hash(url.as_str().as_bytes()).to_hex()[..DIGITS];
    format!("{}/~{digits}", url.origin().ascii_serialization())
}
