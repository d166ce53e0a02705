//! From a configured server to an SMTP connection that is secure and logged in.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use rustls_platform_verifier::Verifier;
use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig};

use super::error::{SendError, Step};
use super::lockstep::Lockstep;
use super::smtp::Timeouts;
use crate::config::{SmtpConfig, SmtpSecurity};

/// Characters of a secret by which it is known where it was cut.
const ENOUGH: usize = 8;
const MAX_TOKEN_BYTES: u64 = 64 * 1024;

/// TLS with the certificates that the system trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured), and more.
pub(super) fn tls(extra_roots: &[CertificateDer<'static>]) -> Result<TlsConnector, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra_roots.to_vec(), provider.clone())?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Runs one step within its time; what goes wrong on the network is temporary.
pub(super) async fn within<T, E: Into<Trouble>>(
    limit: Duration,
    step: Step,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, SendError> {
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(error.into().at(step)),
        Err(_) => Err(SendError::temporary(step, format_args!("no answer within {} s", limit.as_secs_f64()))),
    }
}

/// What can go wrong below a step.
pub(super) enum Trouble {
    Network(io::Error),
    Smtp(lettre::transport::smtp::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Network(error)
    }
}

impl From<lettre::transport::smtp::Error> for Trouble {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        Self::Smtp(error)
    }
}

impl Trouble {
    fn at(self, step: Step) -> SendError {
        match self {
            Self::Network(error) => SendError::temporary(step, error),
            Self::Smtp(error) => SendError::of(step, &error),
        }
    }
}

/// Connects, secures and logs in. No mail has been named yet, so every failure here is temporary.
pub(super) async fn connect(
    config: &SmtpConfig,
    tls: Option<&TlsConnector>,
    timeouts: Timeouts,
) -> Result<AsyncSmtpConnection, SendError> {
    let stream = within(timeouts.connect, Step::Connect, dial(config)).await?;
    let address = |error| SendError::temporary(Step::Connect, error);
    let (peer, own) = (stream.peer_addr().map_err(address)?, stream.local_addr().map_err(address)?);
    let hello = hello(own.ip());
    let greeted = match (config.security, tls) {
        (SmtpSecurity::Plain, _) => {
            let stream = Box::new(Lockstep::new(stream, peer, b""));
            within(timeouts.command, Step::Greeting, AsyncSmtpConnection::connect_with_transport(stream, &hello)).await
        }
        (SmtpSecurity::Tls, Some(tls)) => secured(config, tls, stream, peer, b"", &hello, timeouts).await,
        (SmtpSecurity::StartTls, Some(tls)) => {
            let stream = within(timeouts.command, Step::Tls, start_tls(stream, peer, &hello)).await?;
            // After STARTTLS the server does not greet again, and lettre waits for a greeting.
            secured(config, tls, stream, peer, b"220 secured\r\n", &hello, timeouts).await
        }
        (SmtpSecurity::Tls | SmtpSecurity::StartTls, None) => Err(SendError::temporary(Step::Tls, "TLS is not set up")),
    };
    let mut connection = greeted?;
    if let Some(login) = Login::of(config).await? {
        let authenticated = connection.auth(login.mechanisms, &login.credentials);
        within(timeouts.command, Step::Login, authenticated).await.map_err(|error| login.untold(error))?;
    }
    Ok(connection)
}

/// The first address of the host that answers, without delay for small writes (Nagle costs 40 ms a mail).
async fn dial(config: &SmtpConfig) -> io::Result<TcpStream> {
    let mut last = io::Error::other(format!("`{}` has no address that may be used", config.host));
    for address in lookup_host((config.host.trim_matches(['[', ']']), config.port)).await? {
        if config.security == SmtpSecurity::Plain && !address.ip().to_canonical().is_loopback() {
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Our address stands for the name that we may not have (RFC 5321 §4.1.4).
fn hello(own: IpAddr) -> ClientId {
    match own {
        IpAddr::V4(own) => ClientId::Ipv4(own),
        IpAddr::V6(own) => ClientId::Ipv6(own),
    }
}

async fn secured(
    config: &SmtpConfig,
    tls: &TlsConnector,
    stream: TcpStream,
    peer: SocketAddr,
    prelude: &[u8],
    hello: &ClientId,
    timeouts: Timeouts,
) -> Result<AsyncSmtpConnection, SendError> {
    let name = ServerName::try_from(config.host.trim_matches(['[', ']']).to_owned());
    let name =
        name.map_err(|_| SendError::temporary(Step::Tls, format_args!("`{}` cannot have a certificate", config.host)))?;
    let stream = within(timeouts.command, Step::Tls, tls.connect(name, stream)).await?;
    let stream = Box::new(Lockstep::new(stream, peer, prelude));
    within(timeouts.command, Step::Greeting, AsyncSmtpConnection::connect_with_transport(stream, hello)).await
}

/// Asks for TLS in clear text. Not by lettre, which keeps what a stranger appended to the answer and reads it later.
async fn start_tls(stream: TcpStream, peer: SocketAddr, hello: &ClientId) -> io::Result<TcpStream> {
    let mut stream = Lockstep::new(stream, peer, b"");
    expect(&mut stream, "220").await?;
    stream.write_all(format!("EHLO {hello}\r\n").as_bytes()).await?;
    let offered = expect(&mut stream, "250").await?;
    let offers_tls =
        offered.lines().any(|line| line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS")));
    if !offers_tls {
        return Err(io::Error::other("the server offers no STARTTLS, and mail goes out encrypted or not at all"));
    }
    stream.write_all(b"STARTTLS\r\n").await?;
    expect(&mut stream, "220").await?;
    stream.into_inner()
}

/// Reads one reply, which must have this code.
async fn expect(stream: &mut Lockstep<TcpStream>, code: &str) -> io::Result<String> {
    let mut reply = Vec::new();
    let mut line = 0;
    loop {
        stream.read_buf(&mut reply).await?;
        let ended = reply.last() == Some(&b'\n');
        if ended && reply.get(line + 3) != Some(&b'-') {
            break;
        }
        line = if ended { reply.len() } else { line };
    }
    let reply = String::from_utf8_lossy(&reply).into_owned();
    if reply.starts_with(code) { Ok(reply) } else { Err(io::Error::other(reply)) }
}

/// How to log in, and what nobody should read of it.
struct Login {
    credentials: Credentials,
    mechanisms: &'static [Mechanism],
    secrets: Vec<String>,
}

impl Login {
    /// `None` where nobody logs in. The OAuth token is read each time: somebody else renews it every hour or so.
    async fn of(config: &SmtpConfig) -> Result<Option<Self>, SendError> {
        let Some(user) = &config.user else { return Ok(None) };
        if let Some(file) = &config.oauth_token_file {
            let token = token(file).await.map_err(|error| {
                SendError::temporary(Step::Login, format_args!("the OAuth token in `{}`: {error}", file.display()))
            })?;
            return Ok(Some(Self::new(user, token, &[Mechanism::Xoauth2])));
        }
        let password = config.password.as_ref().map(|password| password.expose_secret().to_owned());
        Ok(password.map(|password| Self::new(user, password, DEFAULT_MECHANISMS)))
    }

    fn new(user: &str, secret: String, mechanisms: &'static [Mechanism]) -> Self {
        let said = [
            secret.clone(),
            STANDARD.encode(&secret),
            STANDARD.encode(format!("\0{user}\0{secret}")),
            STANDARD.encode(format!("user={user}\x01auth=Bearer {secret}\x01\x01")),
            STANDARD.encode(user),
        ];
        let begins = |secret: &String| secret.get(..ENOUGH.min(secret.len())).unwrap_or(secret).to_owned();
        let secrets = said.iter().map(begins).filter(|secret| !secret.is_empty()).collect();
        Self { credentials: Credentials::new(user.to_owned(), secret), mechanisms, secrets }
    }

    /// Some servers repeat in their refusal what was said. Of such an answer only the code is kept.
    fn untold(&self, error: SendError) -> SendError {
        let reason = error.to_string();
        match self.secrets.iter().any(|secret| reason.contains(secret)) {
            true => error.saying("the server repeats the login"),
            false => error,
        }
    }
}

/// What stands in the file, without white space around it.
async fn token(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    tokio::fs::File::open(file).await?.take(MAX_TOKEN_BYTES).read_to_string(&mut text).await?;
    match text.trim() {
        "" => Err(io::Error::other("the file is empty")),
        token if token.chars().any(|c| c.is_control() || c.is_whitespace()) => {
            Err(io::Error::other("it has white space in it"))
        }
        token => Ok(token.to_owned()),
    }
}
