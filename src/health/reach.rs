//! Whether the machine is offline: told by how the last few hosts answered, and by no single one.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::Timestamp;

/// Hosts whose last answer is remembered.
const HOSTS: usize = 24;
/// With fewer hosts, one that fails cannot be told from a machine that is offline.
const FEWEST: usize = 3;
/// A host that has failed for so long fails for reasons of its own.
const OWN_REASONS: Duration = Duration::from_secs(2 * 60 * 60);

/// Whether a host was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// It answered, whatever it said.
    Reached,
    /// No name, no connection, or no answer in time.
    Unreached,
}

/// A change of the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The network is away, and has been since that moment. `failed` of the last `of` hosts could not be reached.
    Offline { since: Timestamp, failed: usize, of: usize },
    /// It is back.
    Online { since: Timestamp },
}

/// The last answers of some hosts. Bounded, however many hosts there are.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Each host once, the one that was asked last at the end.
    hosts: VecDeque<Answer>,
    /// Hosts that are watched, as far as that matters.
    watched: usize,
    offline_since: Option<Timestamp>,
}

#[derive(Debug, Clone)]
struct Answer {
    host: String,
    /// Since when it cannot be reached.
    away_since: Option<Timestamp>,
    at: Timestamp,
}

impl Reach {
    /// `watched`: how many hosts feeds are on, so that the first few answers after a start are not taken for all.
    pub fn new(watched: usize) -> Self {
        Self { watched, ..Self::default() }
    }

    /// Takes over how many hosts are watched.
    pub fn watch(&mut self, hosts: usize) {
        self.watched = hosts;
    }

    /// Goes on being offline, after a restart.
    pub fn resume(&mut self, since: Timestamp) {
        self.offline_since = Some(since);
    }

    pub fn is_offline(&self) -> bool {
        self.offline_since.is_some()
    }

    /// Takes in how a host answered. `was_well`: it is news if it does not; one that failed before says nothing of the
    /// machine.
    pub fn note(&mut self, host: &str, contact: Contact, was_well: bool, now: Timestamp) -> Option<Turn> {
        let known = self.hosts.iter().position(|answer| answer.host == host);
        if contact == Contact::Unreached && !was_well && known.is_none() && !self.is_offline() {
            return None;
        }
        let before = known.and_then(|place| self.hosts.remove(place)).and_then(|answer| answer.away_since);
        let away_since = (contact == Contact::Unreached).then(|| before.unwrap_or(now));
        self.hosts.push_back(Answer { host: host.to_owned(), away_since, at: now });
        if self.hosts.len() > HOSTS {
            self.hosts.pop_front();
        }
        match self.offline_since {
            None => self.found_offline(now),
            Some(since) => self.found_online(since),
        }
    }

    /// How many hosts decide: the last two thirds of those that are known, but no fewer than three.
    fn jury(&self) -> usize {
        let known = self.hosts.len().max(self.watched.min(HOSTS));
        (known * 2 / 3).max(FEWEST)
    }

    fn found_offline(&mut self, now: Timestamp) -> Option<Turn> {
        self.hosts.retain(|answer| answer.away_since.is_none_or(|since| now.since(since) < OWN_REASONS));
        let of = self.jury();
        if self.hosts.len() < of {
            return None;
        }
        let away: Vec<Timestamp> = self.hosts.iter().rev().take(of).filter_map(|answer| answer.away_since).collect();
        if away.len() * 5 < of * 4 {
            return None;
        }
        let since = away.iter().min().copied()?;
        self.offline_since = Some(since);
        Some(Turn::Offline { since, failed: away.len(), of })
    }

    fn found_online(&mut self, since: Timestamp) -> Option<Turn> {
        let of = self.jury();
        let last = self.hosts.iter().rev().take(of);
        let answered = last.filter(|answer| answer.away_since.is_none() && answer.at >= since).count();
        if answered * 2 < of {
            return None;
        }
        self.offline_since = None;
        Some(Turn::Online { since })
    }
}
