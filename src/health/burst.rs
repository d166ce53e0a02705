//! Whether far more comes at once than ever did: a feed that was published anew, a site that was rebuilt.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{ArticleId, Timestamp};

/// Fewer are never too many.
const FEWEST: u32 = 20;
/// More than so many times the most that ever came is no news day.
const TIMES: u32 = 4;
/// A feed is known after so many polls that read it.
const POLLS: u32 = 6;
/// What was too much is part of what is usual by this share, so that a feed which goes on so is believed in the end.
const LEARNT_SHARE: u32 = 8;
/// Days whose most is remembered.
const DAYS: usize = 28;
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// A host is known after revisions over so many days.
const HOST_DAYS: i64 = 3;
/// Revisions of a host that are counted.
const REVISIONS: usize = 128;

/// The alerts of a burst are held for so long.
pub const HELD_FOR: Duration = Duration::from_secs(6 * 60 * 60);

/// What a poll brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brought {
    /// Entries on articles that the feed had not announced.
    pub new: u32,
    pub changed: u32,
    /// Polls that have read the feed before.
    pub polls: u32,
    /// Since the poll before, and how long its schedule waits.
    pub elapsed: Duration,
    pub expected: Duration,
}

/// The most that came at once, day by day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Days since the epoch, each with the most new and the most changed entries of one poll; oldest first.
    most: Vec<(i64, u32, u32)>,
}

impl Volume {
    /// Takes in what a poll brought. What happened, in a sentence without its full stop, if that is far too much.
    ///
    /// After a time in which nobody polled, more is usual in proportion.
    pub fn learn(&mut self, brought: &Brought, now: Timestamp) -> Option<String> {
        let scale = brought.elapsed.as_secs_f64() / brought.expected.as_secs_f64().max(1.0);
        let scale = scale.max(1.0);
        let usual = |count: u32| (f64::from(count) / scale).ceil() as u32;
        let most = self.most.iter().fold((0, 0), |most, day| (day.1.max(most.0), day.2.max(most.1)));
        let is_known = brought.polls >= POLLS;
        let said = [(brought.new, most.0, "new"), (brought.changed, most.1, "changed")].map(|(count, most, word)| {
            let is_burst = is_known && usual(count) > FEWEST.max(most.saturating_mul(TIMES));
            is_burst.then(|| sentence(count, most, word))
        });
        let learnt = |count: u32, most: u32, is_burst: bool| {
            if is_burst { most + count / LEARNT_SHARE } else { usual(count) }
        };
        let (new, changed) =
            (learnt(brought.new, most.0, said[0].is_some()), learnt(brought.changed, most.1, said[1].is_some()));
        let day = now.as_millis().div_euclid(DAY_MILLIS);
        match self.most.last_mut() {
            Some(last) if last.0 == day => *last = (day, last.1.max(new), last.2.max(changed)),
            _ => self.most.push((day, new, changed)),
        }
        self.most.drain(..self.most.len().saturating_sub(DAYS));
        said.into_iter().flatten().next()
    }
}

fn sentence(count: u32, most: u32, word: &str) -> String {
    let before = match most {
        0 => "none ever did".to_owned(),
        most => format!("never more than about {most} did"),
    };
    format!("{count} {word} entries came at once, where {before} in the last weeks")
}

/// How many articles of a host its publisher revises in an hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// The last revisions, in milliseconds since the epoch; oldest first, each article once.
    lately: Vec<(ArticleId, i64)>,
    /// Days since the epoch, each with the most articles revised in one hour; oldest first.
    most: Vec<(i64, u32)>,
    first_day: Option<i64>,
}

impl Pace {
    /// Of a host that is watched from now on.
    pub fn since(now: Timestamp) -> Self {
        Self { first_day: Some(now.as_millis().div_euclid(DAY_MILLIS)), ..Self::default() }
    }

    /// Takes in a revision. What happened, if that is far too much within the last hour.
    pub fn learn(&mut self, article: ArticleId, now: Timestamp) -> Option<String> {
        self.lately.retain(|(known, _)| *known != article);
        self.lately.push((article, now.as_millis()));
        self.lately.drain(..self.lately.len().saturating_sub(REVISIONS));
        let (since, day) = ((now - HOUR).as_millis(), now.as_millis().div_euclid(DAY_MILLIS));
        let count = self.lately.iter().filter(|(_, at)| *at > since).count();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        // What grows within the hour must not be measured by itself.
        let before = self.most.iter().filter(|(known, _)| *known < day);
        let most = before.map(|(_, most)| *most).max().unwrap_or(0);
        let is_known = day - *self.first_day.get_or_insert(day) >= HOST_DAYS;
        let is_burst = is_known && count > FEWEST.max(most.saturating_mul(TIMES));
        if !is_burst {
            match self.most.last_mut() {
                Some(last) if last.0 == day => last.1 = last.1.max(count),
                _ => self.most.push((day, count)),
            }
            self.most.drain(..self.most.len().saturating_sub(DAYS));
            return None;
        }
        Some(format!(
            "{count} of its articles were revised within an hour, where never more than {most} were in the last weeks"
        ))
    }

    /// The articles that were revised within the last hour.
    pub fn lately(&self, now: Timestamp) -> impl Iterator<Item = ArticleId> {
        let since = (now - HOUR).as_millis();
        self.lately.iter().filter(move |(_, at)| *at > since).map(|(article, _)| *article)
    }
}
