//! The password, by HTTP Basic (RFC 7617): what every browser and `curl` can do, and no cookie that could be stolen. Any user
//! name goes with it. Guesses are counted, for each peer and for all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::time::Instant;
use tracing::warn;

use super::super::refusal::Refusal;
use super::allowance::Allowance;
use super::{Peer, single};

/// A peer may guess wrong ten times, and then once in half a minute: under three thousand times a day.
const BY_PEER: Allowance = Allowance { burst: 10, interval: Duration::from_secs(30) };
/// All peers together, but for those that have known the password before: nobody is shut out by strangers' guesses.
const BY_ALL: Allowance = Allowance { burst: 100, interval: Duration::from_secs(3) };
/// Characters of a user name.
const LONGEST_USER: usize = 60;
/// Peers that are remembered.
const MOST_PEERS: usize = 4_096;

/// Passes a request that brings the password.
pub(super) fn check(
    headers: &HeaderMap,
    password: &SecretString,
    peer: Peer,
    attempts: &Attempts,
) -> Result<(), Refusal> {
    if !headers.contains_key(header::AUTHORIZATION) {
        return Err(unauthorized("this needs the password"));
    }
    let given = single(headers, header::AUTHORIZATION.as_str()).and_then(given);
    attempts.count(peer, Instant::now(), || given.is_some_and(|given| is_same(&given, password)))
}

fn unauthorized(message: &str) -> Refusal {
    let challenge = HeaderValue::from_static("Basic realm=\"wirewatch\", charset=\"UTF-8\"");
    Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
        .hint("any user name, and the password that stands below [web] in the configuration")
        .header(header::WWW_AUTHENTICATE, challenge)
}

/// The user name that came with the password: nobody checks it, but colleagues know each other by it.
pub(in super::super) fn user(headers: &HeaderMap) -> Option<String> {
    let (user, _) = single(headers, header::AUTHORIZATION.as_str()).and_then(pair)?;
    let user: String = String::from_utf8_lossy(&user).chars().filter(|c| !c.is_control()).take(LONGEST_USER).collect();
    (!user.trim().is_empty()).then(|| user.trim().to_owned())
}

/// The password of `Basic …`.
fn given(header: &str) -> Option<Vec<u8>> {
    pair(header).map(|(_, password)| password)
}

/// User name and password of `Basic …`.
fn pair(header: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let (scheme, token) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = STANDARD.decode(token.trim()).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some((pair[..colon].to_vec(), pair[colon + 1..].to_vec()))
}

/// Takes the same time however much is right, and whatever the lengths.
fn is_same(given: &[u8], password: &SecretString) -> bool {
    let digest = |text: &[u8]| -> [u8; 32] { Sha256::digest(text).into() };
    digest(given).ct_eq(&digest(password.expose_secret().as_bytes())).into()
}

/// The wrong guesses of late.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    /// When everything that was guessed is forgotten.
    all: Option<Instant>,
    peers: HashMap<Peer, Known>,
}

#[derive(Debug)]
struct Known {
    full_at: Instant,
    /// It had the password once.
    is_trusted: bool,
}

impl Attempts {
    /// Judges one attempt. Whoever has to wait is not told whether this one was right.
    fn count(&self, peer: Peer, now: Instant, is_right: impl FnOnce() -> bool) -> Result<(), Refusal> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = table.all.unwrap_or(now);
        let known = table.peers.get(&peer);
        let wait = match known {
            Some(known) if known.is_trusted => BY_PEER.wait(known.full_at, now),
            Some(known) => BY_PEER.wait(known.full_at, now).max(BY_ALL.wait(all, now)),
            None => BY_ALL.wait(all, now),
        };
        if let Some(wait) = wait {
            return Err(too_many(wait));
        }
        let is_right = is_right();
        let (full_at, was_trusted) = known.map_or((now, false), |known| (known.full_at, known.is_trusted));
        let full_at = if is_right { full_at } else { BY_PEER.after_one(full_at, now) };
        table.remember(peer, Known { full_at, is_trusted: was_trusted || is_right }, now);
        if is_right {
            return Ok(());
        }
        table.all = Some(BY_ALL.after_one(all, now));
        warn!(%peer, "refused a wrong password for the web page");
        Err(unauthorized("this is not the password"))
    }
}

impl Table {
    fn remember(&mut self, peer: Peer, known: Known, now: Instant) {
        if self.peers.len() >= MOST_PEERS && !self.peers.contains_key(&peer) {
            self.peers.retain(|_, known| known.full_at > now);
        }
        // With so many guessing at once, the bound for all holds them.
        if self.peers.len() < MOST_PEERS || self.peers.contains_key(&peer) {
            self.peers.insert(peer, known);
        }
    }
}

fn too_many(wait: Duration) -> Refusal {
    let seconds = wait.as_secs() + 1;
    let message = "too many wrong passwords were tried";
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message)
        .hint(&format!("try again in {seconds} seconds"))
        .header(header::RETRY_AFTER, HeaderValue::from(seconds))
}
