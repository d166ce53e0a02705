//! How a feed's news comes: the longest silences between it, and how much of it one poll brings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Days with news whose longest silence is remembered: four weeks of a feed that has some every day.
const DAYS: usize = 28;
/// So many days with news, over a fortnight at least, show what nights and weekends are like.
const ENOUGH_DAYS: usize = 10;
const ENOUGH_TIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// A silence is strange when it is so many times the longest usual one, and a day at least.
const TIMES_LONGER: u32 = 3;
/// Of the time in which nobody polled, so much at most counts as silence.
const UNSEEN: Duration = Duration::from_secs(6 * 60 * 60);

/// What is learnt of a feed from its polls; some hundred bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rhythm {
    last_news_at: Option<Timestamp>,
    /// Days since the epoch, each with the longest silence in seconds that ended on it; oldest first.
    longest: Vec<(i64, u64)>,
}

impl Rhythm {
    /// Takes in that a poll brought something new. `polled_at`: when the feed was last read before.
    pub fn learn(&mut self, polled_at: Timestamp, now: Timestamp) {
        if let Some(last) = self.last_news_at {
            // Silence is what polls have seen of it; while nobody polled there may have been news.
            let silence = polled_at.since(last) + now.since(polled_at.max(last)).min(UNSEEN);
            let (day, seconds) = (now.as_millis().div_euclid(DAY_MILLIS), silence.as_secs());
            match self.longest.last_mut() {
                Some((last_day, longest)) if *last_day == day => *longest = seconds.max(*longest),
                _ => self.longest.push((day, seconds)),
            }
            self.longest.drain(..self.longest.len().saturating_sub(DAYS));
        }
        self.last_news_at = Some(now);
    }

    /// When something new came last, as far as is known.
    pub fn last_news_at(&self) -> Option<Timestamp> {
        self.last_news_at
    }

    /// When it is strange that nothing new has come; `None` while too little is known.
    pub fn silent_at(&self) -> Option<Timestamp> {
        Some(self.last_news_at? + (self.usual_silence()? * TIMES_LONGER).max(DAY))
    }

    /// The longest silence that is usual: of ten days with news, one at most had a longer one.
    ///
    /// Days are asked, not silences: a feed with news every minute has one silence a night, and one a weekend.
    pub fn usual_silence(&self) -> Option<Duration> {
        let (first, last) = (self.longest.first()?.0, self.longest.last()?.0);
        let seen = DAY * u32::try_from(last.saturating_sub(first)).ok()?;
        if self.longest.len() < ENOUGH_DAYS || seen < ENOUGH_TIME {
            return None;
        }
        let mut silences: Vec<u64> = self.longest.iter().map(|(_, seconds)| *seconds).collect();
        silences.sort_unstable_by(|a, b| b.cmp(a));
        silences.get(silences.len() / 10).map(|seconds| Duration::from_secs(*seconds))
    }
}
