//! How often something is free.

use std::time::Duration;

use tokio::time::Instant;

/// So many at once, and one more with each `interval`. What was used is told by one moment, `full_at`: when all of it is free
/// again. One that lies in the past is as good as none.
pub(super) struct Allowance {
    pub burst: u32,
    pub interval: Duration,
}

impl Allowance {
    /// How long until one more is free. `None`: it is free now.
    pub fn wait(&self, full_at: Instant, now: Instant) -> Option<Duration> {
        let owed = full_at.saturating_duration_since(now);
        let free = self.interval * (self.burst - 1);
        owed.checked_sub(free).filter(|wait| !wait.is_zero())
    }

    /// When all is free again, one more being used now.
    pub fn after_one(&self, full_at: Instant, now: Instant) -> Instant {
        full_at.max(now) + self.interval
    }
}
