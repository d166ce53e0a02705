//! Delivery by SMTP: one mail, one recipient, one step at a time, on a connection that is kept for a batch.

use std::borrow::Cow;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::connection::{connect, tls, within};
use super::error::{SendError, Step, TransportError};
use super::message::mailbox;
use crate::config::{SmtpConfig, SmtpSecurity};

/// A server may hang up after some minutes; we leave before.
const KEEP_IDLE: Duration = Duration::from_secs(60);
/// Many servers take about a hundred mails on one connection.
const MAX_MAILS: u32 = 100;

/// How long each step may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    pub connect: Duration,
    /// For TLS, the greeting, the login, and each command.
    pub command: Duration,
    /// For the message and the answer to it: some servers scan it before they answer (RFC 5321 §4.5.3.2.6).
    pub content: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(30), command: Duration::from_secs(60), content: Duration::from_secs(300) }
    }
}

/// A mail server.
pub struct Smtp {
    config: SmtpConfig,
    tls: Option<TlsConnector>,
    timeouts: Timeouts,
    kept: Mutex<Option<Box<Kept>>>,
}

/// A connection on which the last mail went through.
struct Kept {
    connection: AsyncSmtpConnection,
    used_at: Instant,
    mails: u32,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("host", &self.config.host).field("port", &self.config.port).finish_non_exhaustive()
    }
}

impl Smtp {
    /// A server with the usual timeouts and the system's certificates.
    pub fn new(config: SmtpConfig) -> Result<Self, TransportError> {
        Self::with(config, Timeouts::default(), &[])
    }

    /// A server with other timeouts, whose certificate may also come from one of `extra_roots`.
    pub fn with(
        config: SmtpConfig,
        timeouts: Timeouts,
        extra_roots: &[CertificateDer<'static>],
    ) -> Result<Self, TransportError> {
        let beyond = config.host.parse::<std::net::IpAddr>().is_ok_and(|address| !address.to_canonical().is_loopback());
        let tls = match config.security {
            SmtpSecurity::Plain if beyond => return Err(TransportError::PlainBeyondLoopback(config.host)),
            SmtpSecurity::Plain => None,
            SmtpSecurity::Tls | SmtpSecurity::StartTls => Some(tls(extra_roots)?),
        };
        Ok(Self { config, tls, timeouts, kept: Mutex::new(None) })
    }

    pub(super) async fn send(&self, from: &str, to: &str, message: &[u8]) -> Result<(), SendError> {
        let from = mailbox(from).map_err(|error| SendError::permanent(Step::Sender, error))?.email;
        let to = mailbox(to).map_err(|error| SendError::permanent(Step::Recipient, error))?.email;
        let message = with_line_ends(message);
        // Taken out while it is used: a delivery that is cancelled half-way drops the connection with it.
        let mut slot = self.kept.lock().await;
        if let Some(mut kept) = self.usable(slot.take()).await {
            match self.transact(&mut kept.connection, &from, &to, &message).await {
                Ok(()) => {
                    kept.used_at = Instant::now();
                    kept.mails += 1;
                    *slot = Some(kept);
                    return Ok(());
                }
                Err(error) if !is_weariness(&error) => return Err(error),
                Err(_) => {}
            }
        }
        let mut connection = self.connect().await?;
        self.transact(&mut connection, &from, &to, &message).await?;
        *slot = Some(Box::new(Kept { connection, used_at: Instant::now(), mails: 1 }));
        Ok(())
    }

    pub(super) async fn check(&self) -> Result<(), SendError> {
        let mut connection = self.connect().await?;
        // Whether the server says goodbye does not matter.
        let _ = within(self.timeouts.command, Step::Login, connection.quit()).await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        connect(&self.config, self.tls.as_ref(), self.timeouts).await
    }

    /// The kept connection, if it is young and still answers.
    async fn usable(&self, kept: Option<Box<Kept>>) -> Option<Box<Kept>> {
        let mut kept = kept.filter(|kept| kept.used_at.elapsed() < KEEP_IDLE)?;
        if kept.mails >= MAX_MAILS {
            let _ = within(self.timeouts.command, Step::Login, kept.connection.quit()).await;
            return None;
        }
        let reset = within(self.timeouts.command, Step::Sender, kept.connection.command(Rset)).await;
        reset.is_ok_and(|reply| reply.has_code(250)).then_some(kept)
    }

    /// One mail, each command within its time and with the one answer that it may have.
    ///
    /// Not by `AsyncSmtpConnection::send`: that has no timeouts, says QUIT and waits after an error, and takes any
    /// positive answer for success.
    async fn transact(
        &self,
        connection: &mut AsyncSmtpConnection,
        from: &Address,
        to: &Address,
        message: &[u8],
    ) -> Result<(), SendError> {
        let limit = self.timeouts.command;
        let parameters = parameters(connection, from, to)?;
        let mail = Mail::new(Some(from.clone()), parameters);
        let reply = within(limit, Step::Sender, connection.command(mail)).await?;
        answered(Step::Sender, &reply, &[250])?;
        let reply = within(limit, Step::Recipient, connection.command(Rcpt::new(to.clone(), vec![]))).await?;
        answered(Step::Recipient, &reply, &[250, 251])?;
        let reply = within(limit, Step::Data, connection.command(Data)).await?;
        answered(Step::Data, &reply, &[354])?;
        let reply = within(self.timeouts.content, Step::Content, connection.message(message)).await?;
        answered(Step::Content, &reply, &[250])
    }
}

/// Whether the server is tired of the connection, not of the mail: worth a new connection at once, since nothing was
/// handed over yet.
fn is_weariness(error: &SendError) -> bool {
    let early = matches!(error.step(), Step::Sender | Step::Recipient);
    early && error.is_transient() && matches!(error.code(), None | Some(421))
}

/// SMTPUTF8 where an address needs it (RFC 6531).
fn parameters(connection: &AsyncSmtpConnection, from: &Address, to: &Address) -> Result<Vec<MailParameter>, SendError> {
    let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    if ascii(from) && ascii(to) {
        return Ok(Vec::new());
    }
    if connection.server_info().supports_feature(Extension::SmtpUtfEight) {
        return Ok(vec![MailParameter::SmtpUtfEight]);
    }
    let step = if ascii(to) { Step::Sender } else { Step::Recipient };
    Err(SendError::permanent(step, "the mail server takes addresses in ASCII only"))
}

/// A positive answer that is not the right one means that we and the server are out of step.
fn answered(step: Step, reply: &Response, expected: &[u16]) -> Result<(), SendError> {
    let code = u16::from(reply.code());
    if expected.contains(&code) {
        return Ok(());
    }
    let text: Vec<&str> = reply.message().collect();
    Err(SendError::reply(step, code, &text.join(" ")))
}

/// The message with CRLF at every line's end and none at its own, which DATA adds. A bare CR or LF would let a line
/// with a dot end the message in the eyes of some servers ("SMTP smuggling").
fn with_line_ends(message: &[u8]) -> Cow<'_, [u8]> {
    let message = message.strip_suffix(b"\r\n").unwrap_or(message);
    let bare = |at: usize| match message[at] {
        b'\n' => at == 0 || message[at - 1] != b'\r',
        b'\r' => message.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    if !(0..message.len()).any(bare) {
        return Cow::Borrowed(message);
    }
    let mut whole = Vec::with_capacity(message.len() + 64);
    for (at, &byte) in message.iter().enumerate() {
        if bare(at) { whole.extend_from_slice(b"\r\n") } else { whole.push(byte) }
    }
    Cow::Owned(whole)
}
