//! One mail from one delivery: first what a reader needs first, in plain text and in HTML. Pure.

mod change;
mod digest;
mod direction;
mod document;
mod excerpt;
mod header;
mod html;
mod letter;
mod moment;
mod phrase;
mod plain;
pub mod sample;
mod story;
mod template;
mod values;
mod why;
mod written;

use chrono_tz::Tz;
use url::Url;

use crate::model::{Delivery, Timestamp};

use document::Target;

pub use moment::full as moment;
pub use template::{Part, TemplateError, Templates};

use story::Setting;
use written::Written;

/// What a mail needs beside its delivery.
#[derive(Debug, Clone)]
pub struct Sender {
    /// `Name <address>` or a bare address.
    pub from: String,
    /// The zone in which a mail says times.
    pub zone: Tz,
    /// Where the web page is reached: there articles are shown, and mails can be stopped.
    pub public_url: Option<Url>,
    /// The configuration file that commands need to be told, where it is not found without.
    pub config_hint: Option<String>,
    pub templates: Templates,
}

/// A mail, complete but for its rendering as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// `Name <address>` or a bare address.
    pub from: String,
    /// A bare address.
    pub to: String,
    /// One line without controls, decoded.
    pub subject: String,
    /// Without angle brackets, like those in `in_reply_to` and `references`.
    pub message_id: String,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    pub date: Timestamp,
    /// Further headers; values are one line, decoded.
    pub headers: Vec<(String, String)>,
    /// Lines end with `\n`.
    pub text: String,
    /// Empty for a mail in plain text only.
    pub html: String,
    /// Templates that could not be used for this mail: what stands there is ours.
    pub problems: Vec<TemplateError>,
}

/// The mail of a delivery. Under 100 KB when rendered, whatever it tells of: what does not fit is counted and linked.
/// A template that fails leaves its part as it is without one.
pub fn compose(delivery: &Delivery, sender: &Sender, now: Timestamp) -> Email {
    let envelope = envelope(delivery, sender, now);
    if let Some(note) = &delivery.note {
        let document = letter::noted(delivery, note, sender, now);
        return Email { text: plain::render(&document), html: html::render(&document), ..envelope };
    }
    let Written { subject, text, html, problems } = written::write(delivery, Setting { sender, now });
    Email { subject, text, html, problems, ..envelope }
}

/// The mail of a delivery as headlines and links in plain text, for a server that refused the full one for its content.
pub fn compose_bare(delivery: &Delivery, sender: &Sender, now: Timestamp) -> Email {
    let document = match &delivery.note {
        Some(note) => letter::noted(delivery, note, sender, now),
        None => letter::bare(delivery, sender, now),
    };
    Email { text: plain::render(&document), ..envelope(delivery, sender, now) }
}

/// Everything about a mail but its body.
fn envelope(delivery: &Delivery, sender: &Sender, now: Timestamp) -> Email {
    let references = delivery.thread.as_ref().map(|thread| thread.references.clone()).unwrap_or_default();
    Email {
        from: sender.from.clone(),
        to: delivery.address.clone(),
        subject: header::subject(delivery),
        message_id: delivery.message_id.clone(),
        in_reply_to: references.last().cloned(),
        references,
        date: now,
        headers: header::headers(delivery, sender),
        text: String::new(),
        html: String::new(),
        problems: Vec::new(),
    }
}

impl Sender {
    /// A sender without a web page, whose mails are all ours.
    pub fn plain(from: &str, zone: Tz) -> Self {
        Self { from: from.to_owned(), zone, public_url: None, config_hint: None, templates: Templates::default() }
    }

    /// The same, for what is no mail.
    pub fn without_templates(&self) -> Self {
        Self { templates: Templates::default(), ..self.clone() }
    }

    /// The page of an article or a diff, where they have any.
    fn page(&self, path: &str) -> Option<Target> {
        self.address(path).map(Target::Page)
    }

    /// Where the mails of this delivery's kind can be stopped.
    fn unsubscribe(&self, delivery: &Delivery) -> Option<Url> {
        let token = delivery.unsubscribe_token.as_ref()?;
        self.address(&format!("unsubscribe/{token}"))
    }

    fn address(&self, path: &str) -> Option<Url> {
        let base = self.public_url.as_ref()?;
        let base = base.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}/{path}")).ok()
    }

    fn command(&self, arguments: &str) -> Target {
        Target::Command(self.command_line(arguments))
    }

    /// A command to type, with `--config` where it is needed.
    pub fn command_line(&self, arguments: &str) -> String {
        match &self.config_hint {
            Some(file) => format!("wirewatch {arguments} --config {}", quoted(file)),
            None => format!("wirewatch {arguments}"),
        }
    }
}

/// The word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@' | ':' | '+' | ',');
    let word = header::one_line(word, 300);
    if !word.is_empty() && word.chars().all(plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
