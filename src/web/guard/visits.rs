//! How often one peer may ask for anything at all, so that no single one keeps the page busy for everybody else.
//!
//! Counted are the addresses of other machines, those that a proxy on this machine names included. This machine itself is not,
//! nor is what its proxy hands on without a name: all of that would be one peer, and one stranger would lock everybody out.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use tokio::time::Instant;
use tracing::warn;

use super::super::refusal::Refusal;
use super::Peer;
use super::allowance::Allowance;

/// Far more than people ask for by clicking, several behind one address included; a program that reads on and on is held to
/// twenty a second.
const BY_PEER: Allowance = Allowance { burst: 600, interval: Duration::from_millis(50) };
/// Peers of one generation; two are remembered.
const MOST_PEERS: usize = 4_096;

/// The requests of late.
#[derive(Debug, Default)]
pub(crate) struct Visits(Mutex<Table>);

impl Visits {
    /// Counts one request, or says how long to wait before the next.
    pub fn count(&self, peer: Peer, now: Instant) -> Result<(), Refusal> {
        let verdict = self.0.lock().unwrap_or_else(PoisonError::into_inner).judge(peer, now);
        match verdict {
            Verdict::Free => Ok(()),
            Verdict::Wait { wait, is_first } => {
                if is_first {
                    warn!(%peer, "refused requests for the web page: too many come from this address");
                }
                Err(too_many(wait))
            }
        }
    }
}

fn too_many(wait: Duration) -> Refusal {
    // Refused are only fractions of a second, but a header has no smaller unit.
    let seconds = wait.as_secs() + 1;
    let unit = if seconds == 1 { "second" } else { "seconds" };
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "too many requests came from this address")
        .hint(&format!("try again in {seconds} {unit}"))
        .header(header::RETRY_AFTER, HeaderValue::from(seconds))
}

/// What is decided of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Free,
    /// `is_first`: the first refusal since all was free.
    Wait {
        wait: Duration,
        is_first: bool,
    },
}

/// Who asked of late, in two generations: when the recent one is full, the earlier one is forgotten and the recent one takes
/// its place. Whoever asks moves into the recent one, so that whoever goes asked longest ago.
#[derive(Debug, Default)]
struct Table {
    recent: HashMap<Peer, Account>,
    earlier: HashMap<Peer, Account>,
}

#[derive(Debug, Clone, Copy)]
struct Account {
    full_at: Instant,
    was_refused: bool,
}

impl Table {
    fn judge(&mut self, peer: Peer, now: Instant) -> Verdict {
        let Peer::Network(_) = peer else { return Verdict::Free };
        let new = Account { full_at: now, was_refused: false };
        let account = self.account(peer).filter(|account| account.full_at > now).unwrap_or(new);
        let wait = BY_PEER.wait(account.full_at, now);
        let (account, verdict) = match wait {
            None => (Account { full_at: BY_PEER.after_one(account.full_at, now), ..account }, Verdict::Free),
            Some(wait) => {
                (Account { was_refused: true, ..account }, Verdict::Wait { wait, is_first: !account.was_refused })
            }
        };
        self.remember(peer, account);
        verdict
    }

    fn account(&self, peer: Peer) -> Option<Account> {
        self.recent.get(&peer).or_else(|| self.earlier.get(&peer)).copied()
    }

    fn remember(&mut self, peer: Peer, account: Account) {
        if self.recent.len() >= MOST_PEERS && !self.recent.contains_key(&peer) {
            self.earlier = mem::take(&mut self.recent);
        }
        self.recent.insert(peer, account);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    const STRANGER: Peer = Peer::Network(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));

    fn peer(number: usize) -> Peer {
        Peer::Network(Ipv4Addr::from_bits(u32::try_from(number).expect("an address")).into())
    }

    /// How many of `asked` requests at one moment are answered.
    fn answered(table: &mut Table, peer: Peer, asked: usize, now: Instant) -> usize {
        (0..asked).filter(|_| table.judge(peer, now) == Verdict::Free).count()
    }

    #[test]
    fn six_hundred_are_answered_at_once_and_then_twenty_a_second() {
        let start = Instant::now();
        let mut table = Table::default();
        // At this many milliseconds, so many ask, and so many of them are answered.
        for (millis, asked, free) in [
            (0, 599, 599),
            (0, 5, 1),
            (49, 5, 0),
            (50, 5, 1),
            (99, 1, 0),
            (1_050, 50, 20), // What is refused costs nothing.
            (1_051, 1, 0),
            (31_050, 700, 600),
            (3_600_000, 700, 600), // No more is saved up, however long nobody asks.
        ] {
            let now = start + Duration::from_millis(millis);
            assert_eq!(answered(&mut table, STRANGER, asked, now), free, "at {millis} ms");
        }
    }

    #[test]
    fn who_has_to_wait_is_told_how_long_and_the_log_once() {
        let start = Instant::now();
        let mut table = Table::default();
        answered(&mut table, STRANGER, 600, start);
        for (millis, wait, is_first) in [(0, 50, true), (20, 30, false), (49, 1, false)] {
            let verdict = table.judge(STRANGER, start + Duration::from_millis(millis));
            assert_eq!(verdict, Verdict::Wait { wait: Duration::from_millis(wait), is_first }, "at {millis} ms");
        }
        let later = start + Duration::from_secs(15);
        assert_eq!(answered(&mut table, STRANGER, 300, later), 300);
        assert!(matches!(table.judge(STRANGER, later), Verdict::Wait { is_first: false, .. }));
        let rested = start + Duration::from_secs(60);
        assert_eq!(answered(&mut table, STRANGER, 600, rested), 600);
        assert!(matches!(table.judge(STRANGER, rested), Verdict::Wait { is_first: true, .. }));
    }

    #[test]
    fn nobody_is_held_to_what_others_ask() {
        let now = Instant::now();
        let mut table = Table::default();
        answered(&mut table, STRANGER, 1_000, now);
        for (other, asked, free) in
            [(peer(1), 600, 600), (Peer::Local, 10_000, 10_000), (Peer::Unnamed, 10_000, 10_000), (STRANGER, 1, 0)]
        {
            assert_eq!(answered(&mut table, other, asked, now), free, "{other}");
        }
    }

    #[test]
    fn the_table_is_bounded_and_forgets_who_asked_longest_ago() {
        let now = Instant::now();
        let mut table = Table::default();
        answered(&mut table, STRANGER, 600, now);
        for number in 0..20 * MOST_PEERS {
            assert_eq!(table.judge(peer(number), now), Verdict::Free);
            assert!(table.recent.len() + table.earlier.len() <= 2 * MOST_PEERS);
            if number % 1_000 == 0 {
                assert_ne!(table.judge(STRANGER, now), Verdict::Free, "whoever goes on asking is not forgotten");
            }
        }
        for number in 0..2 * MOST_PEERS {
            table.judge(peer(number), now);
        }
        assert_eq!(table.judge(STRANGER, now), Verdict::Free, "whoever stops asking is");
    }

    #[test]
    fn a_refusal_tells_whole_seconds() {
        for (millis, seconds) in [(1, "1 second"), (50, "1 second"), (1_500, "2 seconds")] {
            let refusal = too_many(Duration::from_millis(millis));
            assert_eq!(refusal.hint.as_deref(), Some(format!("try again in {seconds}").as_str()));
            assert_eq!((refusal.status, refusal.code), (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"));
        }
    }
}
