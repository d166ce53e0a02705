//! Why a transport cannot be opened, and why a mail did not go out.

use std::fmt;
use std::io;
use std::path::PathBuf;

use lettre::transport::smtp;
use thiserror::Error;

use super::dkim::DkimError;

/// A server's words in an error, in characters.
const MAX_REASON: usize = 300;

/// Why the configured transport cannot be used at all.
#[derive(Debug, Error)]
pub enum TransportError {
    #[error("cannot use `{}` as a Maildir", path.display())]
    Maildir { path: PathBuf, source: io::Error },
    #[error("cannot set up TLS")]
    Tls(#[from] tokio_rustls::rustls::Error),
    #[error(transparent)]
    Dkim(#[from] DkimError),
    #[error("mail without TLS goes to this machine only, not to `{0}`")]
    PlainBeyondLoopback(String),
}

/// The step of a delivery that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Connect,
    Tls,
    Greeting,
    Login,
    Sender,
    Recipient,
    /// The DATA command.
    Data,
    /// The message itself and the server's answer to it.
    Content,
    /// Writing into the Maildir.
    Write,
    /// Posting to a webhook or an ntfy server.
    Post,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting to the mail server",
            Self::Tls => "securing the connection to the mail server",
            Self::Greeting => "greeting the mail server",
            Self::Login => "logging in to the mail server",
            Self::Sender => "naming the sender",
            Self::Recipient => "naming the recipient",
            Self::Data => "announcing the message",
            Self::Content => "handing over the message",
            Self::Write => "writing into the Maildir",
            Self::Post => "posting the alert",
        })
    }
}

/// Why a mail did not go out, and whether another attempt may help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// May pass by itself, or once the configuration is mended: a network or disk that fails, a 4xx, a login or a sender
    /// that is refused, or a word on policy (5.7.x, RFC 3463), which is about us and no mail's fault.
    #[error("{step} failed: {reason}")]
    Temporary { step: Step, code: Option<u16>, reason: String },
    /// The server refused this mail or its recipient with a 5xx, or its addresses cannot be used.
    #[error("{step} failed: {reason}")]
    Permanent { step: Step, code: Option<u16>, reason: String },
}

impl SendError {
    /// Whether to try again later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Temporary { .. })
    }

    /// Whether the server may have taken offence at what the mail contains or how large it is, so that a barer one may
    /// pass: it refused it when it knew it, and not for want of a login.
    pub fn is_content_refusal(&self) -> bool {
        let step = matches!(self.step(), Step::Data | Step::Content);
        step && self.code().is_some_and(|code| (500..600).contains(&code) && !is_of_login(code))
    }

    /// Whether the server refused the recipient's address for good.
    pub fn is_address_refusal(&self) -> bool {
        !self.is_transient() && self.step() == Step::Recipient
    }

    /// Whether the message may have arrived although nobody said so: it was on its way when the answer was lost.
    pub fn may_have_arrived(&self) -> bool {
        self.is_transient() && self.code().is_none() && matches!(self.step(), Step::Content | Step::Write)
    }

    pub fn step(&self) -> Step {
        let (Self::Temporary { step, .. } | Self::Permanent { step, .. }) = self;
        *step
    }

    /// The server's reply code, where it gave one.
    pub fn code(&self) -> Option<u16> {
        let (Self::Temporary { code, .. } | Self::Permanent { code, .. }) = self;
        *code
    }

    /// The same with other words in place of the server's; the code stays.
    pub(super) fn saying(self, words: &str) -> Self {
        let reason = |code: Option<u16>| match code {
            Some(code) => format!("{code} ({words})"),
            None => words.to_owned(),
        };
        match self {
            Self::Temporary { step, code, .. } => Self::Temporary { step, code, reason: reason(code) },
            Self::Permanent { step, code, .. } => Self::Permanent { step, code, reason: reason(code) },
        }
    }

    pub(super) fn temporary(step: Step, reason: impl fmt::Display) -> Self {
        Self::Temporary { step, code: None, reason: one_line(&reason.to_string()) }
    }

    pub(super) fn permanent(step: Step, reason: impl fmt::Display) -> Self {
        Self::Permanent { step, code: None, reason: one_line(&reason.to_string()) }
    }

    /// A reply that is not the one expected.
    pub(super) fn reply(step: Step, code: u16, text: &str) -> Self {
        let reason = one_line(&format!("{code} {text}"));
        if is_refusal(step, code, text) {
            Self::Permanent { step, code: Some(code), reason }
        } else {
            Self::Temporary { step, code: Some(code), reason }
        }
    }

    pub(super) fn of(step: Step, error: &smtp::Error) -> Self {
        let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_else(|| error.to_string());
        match error.status() {
            Some(code) => Self::reply(step, code.into(), &text),
            None => Self::temporary(step, text),
        }
    }
}

/// Whether a reply speaks of this mail for good. Before the recipient is named it speaks of the server or of us; a demand
/// to log in and a word on policy (a relay that does not know us, a block list, a signature that is missing) are about the
/// configuration: alerts wait until that is mended.
fn is_refusal(step: Step, code: u16, text: &str) -> bool {
    let of_this_mail = matches!(step, Step::Recipient | Step::Data | Step::Content);
    of_this_mail && (500..600).contains(&code) && !is_of_login(code) && !is_policy(text)
}

/// A demand to log in, or a login that failed (RFC 4954).
fn is_of_login(code: u16) -> bool {
    matches!(code, 530 | 534 | 535 | 538)
}

/// Whether a refusal is the server's policy: as its status code says (RFC 3463 §3.8), else by the words that servers have
/// for it.
fn is_policy(text: &str) -> bool {
    const WORDS: [&str; 6] = ["relay", "blocked", "block list", "blacklist", "blocklist", "spamhaus"];
    match text.split_whitespace().next().and_then(|word| word.strip_prefix("5.")) {
        Some(status) if status.starts_with(|c: char| c.is_ascii_digit()) => status.starts_with("7."),
        _ => {
            let text = text.to_ascii_lowercase();
            WORDS.iter().any(|word| text.contains(word))
        }
    }
}

fn one_line(text: &str) -> String {
    let is_unsafe = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let line: String = text.chars().map(|c| if is_unsafe(c) { ' ' } else { c }).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_REASON).collect()
}
