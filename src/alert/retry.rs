//! When to try again a mail that could not be sent.

use std::time::Duration;

use crate::model::Timestamp;

const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(4 * 60 * 60);
const GIVE_UP_AFTER: Duration = Duration::from_secs(5 * 24 * 60 * 60);
/// The waits before so many attempts add up to [`GIVE_UP_AFTER`].
const ENOUGH_ATTEMPTS: u32 = 37;

/// The time of the next attempt after `attempts` that failed, or `None` when it is time to give up.
///
/// Waits double from a minute to four hours, each a tenth shorter or longer by the seed, so that the backlog of an
/// outage does not return all at once. Giving up takes five days and as many attempts as fit into them: a digest that
/// was created a week before it was due, or a daemon that was stopped for a week, is no reason to lose an alert.
pub fn next_attempt(created_at: Timestamp, attempts: u32, seed: u64, now: Timestamp) -> Option<Timestamp> {
    if attempts >= ENOUGH_ATTEMPTS && now.since(created_at) >= GIVE_UP_AFTER {
        return None;
    }
    let doublings = attempts.saturating_sub(1).min(16);
    let wait = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    Some(now + wait.mul_f64(0.9 + 0.2 * fraction(seed, attempts)))
}

/// The time of the next attempt of a mail that may have arrived `doubts` times already, the last one among them; `None`
/// when it is time to give up. A server that always hangs up before it answers shall not fill a reader's inbox with the
/// same mail, and one that was restarted while it answered shall get it.
pub fn next_doubtful_attempt(doubts: u32, seed: u64, now: Timestamp) -> Option<Timestamp> {
    const MINUTES: [u64; 4] = [1, 15, 2 * 60, 12 * 60];
    let minutes = MINUTES.get(doubts.saturating_sub(1) as usize)?;
    Some(now + Duration::from_secs(minutes * 60).mul_f64(0.9 + 0.2 * fraction(seed, doubts)))
}

/// A number from 0 to below 1, the same for the same seed and round (SplitMix64, Steele, Lea, Flood 2014).
fn fraction(seed: u64, round: u32) -> f64 {
    let mut bits = seed.wrapping_add(u64::from(round).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}
