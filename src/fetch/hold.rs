//! Hosts that want no requests for a while (429): nobody asks them until it is over.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::Timestamp;

/// The first wait of a host that says none; it doubles with every refusal in a row.
const FIRST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);
/// Above this many hosts, those whose hold is over for a day are forgotten, and then all whose hold is over.
const REMEMBERED_HOSTS: usize = 4096;
/// At so many that are held at once, none is remembered: each says so again when it is asked.
const MOST_HOSTS: usize = 64 * 1024;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The hosts that are left alone. Times are those of the caller's clock, so that a suspended machine counts too.
#[derive(Debug, Default)]
pub(super) struct Holds(Mutex<HashMap<String, Hold>>);

#[derive(Debug, Clone, Copy)]
struct Hold {
    until: Timestamp,
    /// In a row.
    refusals: u32,
}

impl Holds {
    /// Until when a host is to be left alone, where it is. What would last for longer than any hold was noted before the
    /// clock was set back.
    pub(super) fn until(&self, host: &str, now: Timestamp) -> Option<Timestamp> {
        let until = self.hosts().get(host)?.until;
        (until > now && until.since(now) <= DAY).then_some(until)
    }

    /// Leaves a host alone that refused: for as long as it asks, and for a minute at least, which doubles with every
    /// refusal in a row up to six hours; for a day at most.
    pub(super) fn hold(&self, host: &str, asked: Option<Duration>, now: Timestamp) {
        let mut hosts = self.hosts();
        make_room(&mut hosts, now);
        let refusals = hosts.get(host).map_or(0, |hold| hold.refusals).saturating_add(1);
        let grown = (FIRST * 2u32.pow((refusals - 1).min(16))).min(LONGEST);
        let until = now + grown.max(asked.unwrap_or_default()).min(DAY);
        hosts.insert(host.to_owned(), Hold { until, refusals });
    }

    /// Takes in that a host answered otherwise.
    pub(super) fn release(&self, host: &str) {
        self.hosts().remove(host);
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Hold>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(hosts: &mut HashMap<String, Hold>, now: Timestamp) {
    for over in [DAY, Duration::ZERO] {
        if hosts.len() >= REMEMBERED_HOSTS {
            hosts.retain(|_, hold| hold.until + over > now);
        }
    }
    if hosts.len() >= MOST_HOSTS {
        hosts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_hold_is_as_long_as_was_asked_for_and_grows_from_a_minute() {
        let holds = Holds::default();
        let mut now = NOON;
        for (asked, minutes) in [(None, 1), (None, 2), (Some(MINUTE), 4), (Some(MINUTE * 60), 60), (None, 16)] {
            holds.hold("a.example", asked, now);
            let until = holds.until("a.example", now).expect("it is held");
            assert_eq!(until.since(now), MINUTE * minutes);
            assert_eq!(holds.until("b.example", now), None);
            now = until;
            assert_eq!(holds.until("a.example", now), None);
        }
        holds.release("a.example");
        holds.hold("a.example", None, now);
        assert_eq!(holds.until("a.example", now), Some(now + MINUTE), "an answer ends the row");
    }

    #[test]
    fn no_hold_lasts_for_ever_and_memory_is_bounded() {
        let holds = Holds::default();
        for _ in 0..100 {
            holds.hold("a.example", None, NOON);
        }
        assert_eq!(holds.until("a.example", NOON), Some(NOON + LONGEST));
        assert_eq!(holds.until("a.example", NOON - DAY), None, "the clock was set back");
        holds.hold("b.example", Some(Duration::MAX), NOON);
        assert_eq!(holds.until("b.example", NOON), Some(NOON + DAY));
        for number in 0..3 * REMEMBERED_HOSTS as u32 {
            holds.hold(&number.to_string(), None, NOON + MINUTE * 2 * number);
        }
        assert!(holds.hosts().len() <= REMEMBERED_HOSTS);
    }
}
