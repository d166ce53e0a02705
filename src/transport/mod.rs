//! The ways out: mails as bytes, their delivery by SMTP or into a Maildir, and documents posted to webhooks and ntfy.

mod connection;
mod dkim;
mod error;
mod hook;
mod lockstep;
mod maildir;
mod message;
mod reading;
mod signature;
mod smtp;

use crate::config::{MailConfig, MailTransport};

pub use dkim::{DkimError, Signer};
pub use error::{SendError, Step, TransportError};
pub use hook::{Hook, HookError};
pub use maildir::Maildir;
pub use message::{RenderError, render, render_signed};
pub use reading::{ReadMessage, read};
pub use signature::Signature;
pub use smtp::{Smtp, Timeouts};

/// Where mails go.
#[derive(Debug)]
pub enum Transport {
    Smtp(Smtp),
    Maildir(Maildir),
}

impl Transport {
    /// Opens the configured transport: creates the Maildir's folders, or reads the system's certificates. Connects to
    /// nothing yet.
    pub fn open(config: &MailConfig) -> Result<Self, TransportError> {
        match &config.transport {
            MailTransport::Smtp(smtp) => Ok(Self::Smtp(Smtp::new(smtp.clone())?)),
            MailTransport::Maildir(path) => Ok(Self::Maildir(Maildir::open(path)?)),
        }
    }

    /// Hands one rendered mail over for one recipient. `Ok` means that it is safe where it went: the server has
    /// answered 250 to the whole of it, or it is on disk in the Maildir.
    ///
    /// Addresses may be bare or `Name <address>`. Nobody knows whether a mail whose answer was lost has arrived; that
    /// is a temporary error, and the Message-ID lets readers tell a repeat.
    pub async fn send(&self, from: &str, to: &str, message: &[u8]) -> Result<(), SendError> {
        match self {
            Self::Smtp(smtp) => smtp.send(from, to, message).await,
            Self::Maildir(maildir) => maildir.send(message).await,
        }
    }

    /// Tries everything but a mail: connects and logs in, or writes a file and removes it.
    pub async fn check(&self) -> Result<(), SendError> {
        match self {
            Self::Smtp(smtp) => smtp.check().await,
            Self::Maildir(maildir) => maildir.check().await,
        }
    }

    /// The transport's name in the outbox.
    pub fn channel(&self) -> &'static str {
        match self {
            Self::Smtp(_) => "smtp",
            Self::Maildir(_) => "maildir",
        }
    }
}
