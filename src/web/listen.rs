//! The socket that the page is served on: an address and port, or a path.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::time::sleep;
use tokio_util::either::Either;
use tracing::{info, warn};

use crate::config::{Listen, WebConfig};

use super::guard::Peer;
use super::stream::Stream;

/// How often the default address is tried again while something else listens there.
const TRY_AGAIN: Duration = Duration::from_secs(60);
/// After a connection could not be accepted (no file descriptors, mostly): the next try.
const BREATH: Duration = Duration::from_millis(200);
/// A reverse proxy is in the socket's group, other users are not.
const SOCKET_MODE: u32 = 0o660;

/// Why the page cannot be served where the configuration says.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "cannot serve the web page on {address}: something else listens there\n\nhint: name another address by `listen` in [web], or `listen = \"off\"`"
    )]
    Taken { address: String },
    #[error("cannot serve the web page on {address}")]
    Refused { address: String, source: io::Error },
    #[error("cannot serve the web page on unix:{path}: there is something else than a socket")]
    NoSocket { path: String },
}

/// Where the page is served, or will be once the default address is free.
#[derive(Debug)]
pub struct Listener {
    listen: Listen,
    socket: Option<Socket>,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix {
        listener: UnixListener,
        /// Taken away with it.
        _file: SocketFile,
    },
}

impl Listener {
    /// Opens the configured socket; `None` where the page is off. What the configuration names must be there; the default
    /// address is tried again by [`serve`](super::serve), after a warning.
    pub async fn open(config: &WebConfig) -> Result<Option<Self>, ListenError> {
        let listen = config.listen.clone();
        if listen == Listen::Off {
            return Ok(None);
        }
        match bind(&listen).await {
            Ok(socket) => Ok(Some(Self { listen, socket: Some(socket) })),
            Err(error) if config.is_listen_named => Err(error),
            Err(error) => {
                let reason = reason(&error);
                warn!(
                    %reason,
                    "the web page is not served: {listen} cannot be used, and is tried again every minute \
                     (`listen` in [web] names another address, or \"off\")"
                );
                Ok(Some(Self { listen, socket: None }))
            }
        }
    }

    /// What the configuration says.
    pub fn listen(&self) -> &Listen {
        &self.listen
    }

    /// The bound address, with the port that was given where the configuration leaves it open: `http://127.0.0.1:7177/`,
    /// `unix:/run/wirewatch/web.sock`. `None` while it is taken.
    pub fn address(&self) -> Option<String> {
        match self.socket.as_ref()? {
            Socket::Tcp(listener) => Some(format!("http://{}/", listener.local_addr().ok()?)),
            Socket::Unix { .. } => Some(self.listen.to_string()),
        }
    }

    /// Waits until there is a socket.
    pub async fn ready(&mut self) {
        while self.socket.is_none() {
            sleep(TRY_AGAIN).await;
            if let Ok(socket) = bind(&self.listen).await {
                self.socket = Some(socket);
                self.announce();
            }
        }
    }

    /// The next connection. Waits for as long as there is no socket, too.
    pub(super) async fn accept(&mut self) -> (Stream, Peer) {
        loop {
            self.ready().await;
            let accepted = match &self.socket {
                None => continue,
                Some(Socket::Tcp(listener)) => listener.accept().await.map(|(stream, from)| {
                    // Answers are written whole.
                    let _ = stream.set_nodelay(true);
                    (Either::Left(stream), Peer::of(from.ip()))
                }),
                Some(Socket::Unix { listener, .. }) => {
                    listener.accept().await.map(|(stream, _)| (Either::Right(stream), Peer::Local))
                }
            };
            match accepted {
                Ok((stream, peer)) => return (Stream::new(stream), peer),
                Err(error) => {
                    warn!(%error, "could not take a connection to the web page");
                    sleep(BREATH).await;
                }
            }
        }
    }

    /// Says in the log where the page is.
    pub(super) fn announce(&self) {
        if let Some(address) = self.address() {
            info!(%address, "serving the web page");
        }
    }
}

fn reason(error: &ListenError) -> String {
    match error {
        ListenError::Taken { .. } => "something else listens there".to_owned(),
        ListenError::Refused { source, .. } => source.to_string(),
        ListenError::NoSocket { .. } => error.to_string(),
    }
}

async fn bind(listen: &Listen) -> Result<Socket, ListenError> {
    let bound = match listen {
        Listen::Tcp(address) => bind_tcp(*address).await.map(Socket::Tcp),
        Listen::Unix(path) => {
            clear(path).await?;
            bind_unix(path)
        }
        Listen::Off => Err(io::ErrorKind::Unsupported.into()),
    };
    bound.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::Taken { address: listen.to_string() },
        _ => ListenError::Refused { address: listen.to_string(), source },
    })
}

async fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Takes away the socket of a daemon that is gone. Nothing else is ever deleted.
async fn clear(path: &Path) -> Result<(), ListenError> {
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(ListenError::NoSocket { path: path.display().to_string() });
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            let removed = fs::remove_file(path);
            removed.map_err(|source| ListenError::Refused { address: format!("unix:{}", path.display()), source })
        }
        _ => Err(ListenError::Taken { address: format!("unix:{}", path.display()) }),
    }
}

fn bind_unix(path: &Path) -> io::Result<Socket> {
    // The program's umask lets nobody in between the two steps.
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
    let made = fs::symlink_metadata(path)?;
    let file = SocketFile { path: path.to_owned(), made: (made.dev(), made.ino()) };
    Ok(Socket::Unix { listener, _file: file })
}

/// The socket in the file system, taken away at the end unless another one has come into its place.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    made: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours = |found: fs::Metadata| (found.dev(), found.ino()) == self.made;
        if fs::symlink_metadata(&self.path).is_ok_and(is_ours) {
            // What stays is replaced at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}
