//! Connections: how many, for how long, and how they end.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::daemon::Daemon;

use super::guard::Peer;
use super::listen::Listener;
use super::site;
use super::stream::Stream;

/// Connections at the same time; more wait until one ends.
const MOST_CONNECTIONS: usize = 256;
/// Those from one address of another machine; more are closed. On this machine all may come from one proxy.
const MOST_FROM_ONE: usize = 32;
/// How long the head of a request may take, the wait for the next one on a connection included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// All headers of a request together, and the address in front of them.
const MOST_HEAD_BYTES: usize = 32 * 1024;
const MOST_HEADERS: usize = 100;
/// After this a connection ends with the request that runs.
const LONGEST_CONNECTION: Duration = Duration::from_secs(10 * 60);
/// How long a request that runs may take to finish when its connection has to end.
const LAST_REQUEST: Duration = Duration::from_secs(5);

/// Serves the page until `stop`; then takes no more connections and finishes the requests that run, for a few seconds.
pub async fn serve(mut listener: Listener, mut daemon: Daemon, stop: CancellationToken) {
    listener.announce();
    daemon.store = daemon.store.for_visitors();
    let router = site::router(daemon, listener.listen().clone());
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let crowd = Crowd::default();
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, (stream, peer)) = tokio::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        while let Some(ended) = connections.try_join_next() {
            settled(ended);
        }
        let Some(entered) = crowd.enter(peer) else {
            debug!(%peer, "closed a connection: its address has too many");
            continue;
        };
        let (router, stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            let _held = (place, entered);
            converse(stream, peer, router, stop).await;
        });
    }
    drop(listener);
    let all = async {
        while let Some(ended) = connections.join_next().await {
            settled(ended);
        }
    };
    if timeout(2 * LAST_REQUEST, all).await.is_err() {
        warn!("gave up waiting for requests to the web page");
    }
}

fn settled(ended: Result<(), tokio::task::JoinError>) {
    if let Err(panic) = ended {
        warn!(%panic, "a connection to the web page failed");
    }
}

/// One connection with its requests, one after the other.
async fn converse(stream: Stream, peer: Peer, router: Router, stop: CancellationToken) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(MOST_HEADERS)
        .max_buf_size(MOST_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stop.cancelled() => None,
        () = sleep(LONGEST_CONNECTION) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            timeout(LAST_REQUEST, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        debug!(%peer, %error, "a connection to the web page broke");
    }
}

/// How many connections each address of another machine has.
#[derive(Debug, Clone, Default)]
struct Crowd(Arc<Mutex<HashMap<Peer, usize>>>);

/// A counted connection, counted no more when it is dropped.
struct Entered {
    crowd: Crowd,
    peer: Peer,
}

impl Crowd {
    fn enter(&self, peer: Peer) -> Option<Entered> {
        if peer != Peer::Local {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(peer).or_default();
            if *count >= MOST_FROM_ONE {
                return None;
            }
            *count += 1;
        }
        Some(Entered { crowd: self.clone(), peer })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut counts = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.peer);
            }
        }
    }
}
