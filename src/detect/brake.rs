//! The brake on articles that are revised at every look: stored hourly, told once a day.

use std::time::Duration;

use crate::model::{Timestamp, Version};

use super::Known;

/// After so many revisions in a day the brake is on, and it stays on until there are only half as many.
const REVISIONS: usize = 24;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two versions of an article under the brake. Its looks come no sooner either.
pub const BRAKED_STEP: Duration = Duration::from_secs(60 * 60);

/// Whether an article has been revised so often within a day that it is stored hourly and told once a day.
pub fn is_braked(known: &Known<'_>, now: Timestamp) -> bool {
    let of_today = known.surroundings.revised_at.iter().filter(|at| now.since(**at) < DAY).count();
    of_today >= if known.surroundings.is_braked { REVISIONS / 2 } else { REVISIONS }
}

/// How long the next version still has to wait.
pub(super) fn wait(known: &Known<'_>, latest: &Version, now: Timestamp) -> Option<Duration> {
    let left = BRAKED_STEP.checked_sub(now.since(latest.observed_at)).filter(|left| !left.is_zero())?;
    is_braked(known, now).then_some(left)
}
