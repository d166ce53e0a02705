//! A mail as bytes: headers folded and encoded as RFC 5322 and 2047 ask, both bodies as quoted-printable.

use std::time::{Duration, SystemTime};

use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use thiserror::Error;
use url::Host;

use super::dkim::{DkimError, Signer};
use crate::email::Email;

/// The end of the year 9999, the last that a Date header can say.
const MAX_DATE_SECONDS: u64 = 253_402_300_799;
/// A header's value. The headers that grow are References (20 identifiers) and the subject, which is cut before.
const MAX_VALUE_BYTES: usize = 4000;

/// Why a mail cannot be written as bytes.
#[derive(Debug, Error)]
pub enum RenderError {
    #[error("`{0}` is no mail address")]
    Address(String),
    #[error("`{0}` cannot name a header")]
    HeaderName(String),
    #[error(transparent)]
    Dkim(#[from] DkimError),
    #[error("the message cannot be built")]
    Message(#[from] lettre::error::Error),
}

/// Renders a mail: multipart/alternative, or text/plain alone where there is no HTML.
///
/// The same mail gives the same bytes, in ASCII. Whatever could break a header is taken out of its value here too, so
/// that no caller can forget it.
pub fn render(email: &Email) -> Result<Vec<u8>, RenderError> {
    let builder = headers(email)?;
    let text = part(ContentType::TEXT_PLAIN, &email.text);
    let message = if email.html.is_empty() {
        builder.singlepart(text)?
    } else {
        let html = part(ContentType::TEXT_HTML, &email.html);
        builder.multipart(MultiPart::alternative().boundary(boundary(email)).singlepart(text).singlepart(html))?
    };
    Ok(message.formatted())
}

/// Renders a mail and signs it, where there is a key to sign with.
pub fn render_signed(email: &Email, signer: Option<&Signer>) -> Result<Vec<u8>, RenderError> {
    let message = render(email)?;
    match signer {
        Some(signer) => Ok(signer.sign(&message, email.date)?),
        None => Ok(message),
    }
}

fn headers(email: &Email) -> Result<MessageBuilder, RenderError> {
    let mut builder = MessageBuilder::new()
        .from(mailbox(&email.from)?)
        .to(mailbox(&email.to)?)
        .subject(one_line(&email.subject))
        .date(date(email))
        .message_id(Some(identifier(&email.message_id)));
    if let Some(id) = &email.in_reply_to {
        builder = builder.in_reply_to(identifier(id));
    }
    if !email.references.is_empty() {
        let references: Vec<String> = email.references.iter().map(|id| identifier(id)).collect();
        builder = builder.references(one_line(&references.join(" ")));
    }
    for (name, value) in &email.headers {
        let graphic = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        let header = HeaderName::new_from_ascii(name.clone()).ok().filter(|_| graphic);
        let header = header.ok_or_else(|| RenderError::HeaderName(one_line(name)))?;
        builder = builder.raw_header(HeaderValue::new(header, one_line(value)));
    }
    Ok(builder)
}

/// Always quoted-printable: 7bit would let a server rewrap lines or guess at a charset.
fn part(content_type: ContentType, body: &str) -> SinglePart {
    // NUL is legal in UTF-8 and in no mail.
    let body = body.replace('\0', " ");
    SinglePart::builder().header(content_type).header(ContentTransferEncoding::QuotedPrintable).body(body)
}

/// Made from the Message-ID, so that rendering is repeatable; `=_` never occurs in quoted-printable (RFC 2045 §6.7).
fn boundary(email: &Email) -> String {
    format!("=_{}", &blake3::hash(email.message_id.as_bytes()).to_hex()[..32])
}

fn date(email: &Email) -> SystemTime {
    let seconds = u64::try_from(email.date.as_millis() / 1000).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.min(MAX_DATE_SECONDS))
}

/// `<id>` without anything that could end it early.
fn identifier(id: &str) -> String {
    let safe: String = id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')).take(250).collect();
    format!("<{safe}>")
}

/// Reads `Name <address>` or a bare address. Not lettre's parser, which takes names in ASCII only.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, RenderError> {
    let bad = || RenderError::Address(one_line(text));
    let (name, address) = match text.trim().strip_suffix('>') {
        Some(named) => named.rsplit_once('<').ok_or_else(bad)?,
        None => ("", text),
    };
    let name = one_line(name);
    // A pair of quotes around the whole name is how it was written; others are part of it.
    let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(&name).trim().to_owned();
    Ok(Mailbox::new(Some(name).filter(|name| !name.is_empty()), address_of(address.trim()).ok_or_else(bad)?))
}

/// The address with its domain in ASCII, so that it needs no SMTPUTF8.
fn address_of(text: &str) -> Option<Address> {
    let (user, domain) = text.rsplit_once('@')?;
    if domain.starts_with('[') || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return text.parse().ok().filter(|_| !text.contains(char::is_control));
    }
    let domain = Host::parse(domain).ok()?.to_string();
    Address::new(user, domain).ok()
}

/// The value without controls, at most 4,000 bytes: CR and LF end a header, and lettre panics on them in a name.
fn one_line(value: &str) -> String {
    let line: String =
        value.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect();
    let end = (0..=MAX_VALUE_BYTES.min(line.len())).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
    line[..end].trim().to_owned()
}
