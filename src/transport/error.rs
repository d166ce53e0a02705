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
    /// May pass by itself: a network or disk that fails, a 4xx, or a login that is refused, which is no mail's fault.
    #[error("{step} failed: {reason}")]
    Temporary { step: Step, code: Option<u16>, reason: String },
    /// The server refused this mail with a 5xx, or its addresses cannot be used.
    #[error("{step} failed: {reason}")]
    Permanent { step: Step, code: Option<u16>, reason: String },
}

impl SendError {
    /// Whether to try again later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Temporary { .. })
    }

    /// Whether the server took offence at what the mail contains or how large it is, so that a barer one may pass.
    pub fn is_content_refusal(&self) -> bool {
        let step = matches!(self.step(), Step::Data | Step::Content);
        !self.is_transient() && step && matches!(self.code(), Some(552 | 554))
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

    pub(super) fn temporary(step: Step, reason: impl fmt::Display) -> Self {
        Self::Temporary { step, code: None, reason: one_line(&reason.to_string()) }
    }

    pub(super) fn permanent(step: Step, reason: impl fmt::Display) -> Self {
        Self::Permanent { step, code: None, reason: one_line(&reason.to_string()) }
    }

    /// A reply that is not the one expected.
    pub(super) fn reply(step: Step, code: u16, text: &str) -> Self {
        let reason = one_line(&format!("{code} {text}"));
        if is_refusal(step, code) {
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

/// Whether a reply speaks of this mail for good. Before the sender is named it speaks of the server or of us, and a
/// demand to log in (530, 534, 535, 538; RFC 4954) is about the configuration: alerts wait until that is mended.
fn is_refusal(step: Step, code: u16) -> bool {
    let of_this_mail = matches!(step, Step::Sender | Step::Recipient | Step::Data | Step::Content);
    of_this_mail && (500..600).contains(&code) && !matches!(code, 530 | 534 | 535 | 538)
}

fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_REASON).collect()
}
