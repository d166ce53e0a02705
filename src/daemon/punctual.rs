//! Keeps due times within reach: a clock that ran ahead and was set back leaves them far in the future.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::alert::Deliver;
use crate::model::Timestamp;
use crate::schedule::{self, PollHistory};
use crate::store::{PullBack, StoreError};

use super::Daemon;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How soon a clock that was set back is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Clocks are put right by seconds all the time.
const SLACK: Duration = Duration::from_secs(20);
/// Longer than a mail waits for a server, quiet hours, or the limit of its address.
const LONGEST_MAIL_WAIT: Duration = Duration::from_secs(48 * 60 * 60);

impl Daemon {
    /// Looks every hour, and whenever the clock was set back, for what is due later than it can be.
    pub(super) async fn keep_punctual(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let (mut looked_at, mut seen_at) = (self.clock.now(), self.clock.now());
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let now = self.clock.now();
            let is_set_back = now + SLACK < seen_at;
            if is_set_back || now.since(looked_at) >= HOUR {
                self.pull_back(is_set_back).await?;
                looked_at = now;
            }
            seen_at = now;
        }
    }

    /// Judges anew when that goes out which waits for a digest or for quiet hours: the configuration in force may say
    /// another time than the one it was planned by. Never later than that.
    pub(super) async fn reconsider(&self) -> Result<(), StoreError> {
        let (setup, now) = (self.setup(), self.clock.now());
        let digests = self.store.far_off(now).await?.digests.into_iter().filter_map(|(id, name, due_at)| {
            let recipient = setup.outbox.recipients.iter().find(|recipient| recipient.name == name)?;
            let next = match &recipient.deliver {
                Deliver::Digest(schedule) => schedule.next_after(now, setup.outbox.zone),
                Deliver::Now => now,
            };
            (due_at > next).then_some((id, next))
        });
        if self.store.reconsider(digests.collect(), now).await? > 0 {
            self.recorded();
        }
        Ok(())
    }

    /// Makes due soon what is due later than the longest wait there is; after the clock was set back (or may have been),
    /// also what was written in its future.
    pub(super) async fn pull_back(&self, is_clock_set_back: bool) -> Result<(), StoreError> {
        let (setup, now) = (self.setup(), self.clock.now());
        let far_off = self.store.far_off(now + DAY + HOUR).await?;
        let feeds = far_off.feeds.into_iter().filter(|(_, name, due_at)| {
            let feed = setup.config.feeds.iter().find(|feed| feed.name == *name);
            feed.is_some_and(|feed| {
                let (retry_after, seed) = (Some(DAY), u64::MAX);
                let worst = PollHistory { failures: u32::MAX, retry_after, seed, ..Default::default() };
                *due_at > schedule::next_poll(&feed.schedule, &worst, setup.config.timezone, now) + DAY
            })
        });
        let digests = far_off.digests.into_iter().filter_map(|(id, name, due_at)| {
            let recipient = setup.outbox.recipients.iter().find(|recipient| recipient.name == name)?;
            let next = match &recipient.deliver {
                Deliver::Digest(schedule) => schedule.next_after(now, setup.outbox.zone),
                Deliver::Now => now,
            };
            (due_at > next + LONGEST_MAIL_WAIT).then_some((id, next))
        });
        let recipients = setup.outbox.recipients.iter();
        let interval = recipients.map(|recipient| recipient.update_interval + recipient.settle).max();
        let order = PullBack {
            now,
            feeds: feeds.map(|(id, _, _)| id).collect(),
            digests: digests.collect::<Vec<(_, Timestamp)>>(),
            articles_after: now
                + schedule::longest_check_wait(&setup.config.pages.recheck).max(setup.config.pages.confirm),
            mails_after: now + LONGEST_MAIL_WAIT + interval.unwrap_or_default(),
            is_clock_set_back,
        };
        let pulled = self.store.pull_back(order).await?;
        let (feeds, articles, deliveries) = (pulled.feeds, pulled.articles, pulled.deliveries);
        if feeds + articles + deliveries > 0 {
            warn!(feeds, articles, deliveries, "was due too late, as after a clock that ran ahead; is due soon now");
            self.recorded();
        }
        Ok(())
    }
}
