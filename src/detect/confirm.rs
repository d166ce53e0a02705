//! Confirmation: a changed page is believed when a second fetch reads the same.

use std::time::Duration;

use crate::model::{Candidate, Capture, Source, Timestamp, Version};

use super::Known;

/// After this many different readings in a row the page is taken as it is: it really changes that often, and a missed
/// revision is worse than one too many.
const MAX_READINGS: u32 = 4;
/// A text that lost two thirds is more often a broken page than an edit: it must stand this long.
const SHORTENED_STANDS: Duration = Duration::from_secs(60 * 60);
const SHORTENED_AGAIN: Duration = Duration::from_secs(20 * 60);
/// Below this many words, a share says nothing.
const SHORT_TEXT_WORDS: usize = 60;

/// Whether a changed reading has to be seen again before it becomes a version, and when to look.
pub(super) fn wait(
    known: &Known<'_>,
    latest: &Version,
    capture: &Capture,
    fingerprint: [u8; 32],
    now: Timestamp,
) -> Option<(Candidate, Duration)> {
    if capture.source == Source::Feed || latest.source == Source::Feed {
        return None;
    }
    let shortened = is_shortened(latest, capture);
    let seen = known.candidate.filter(|candidate| candidate.fingerprint == fingerprint);
    match seen {
        Some(candidate) if !shortened || now.since(candidate.seen_at) >= SHORTENED_STANDS => None,
        Some(candidate) => Some((candidate, SHORTENED_AGAIN)),
        None => {
            let attempts = known.candidate.map_or(1, |candidate| candidate.attempts + 1);
            if attempts >= MAX_READINGS && !shortened {
                return None;
            }
            let again_in = if shortened { SHORTENED_AGAIN } else { known.confirm };
            Some((Candidate { fingerprint, seen_at: now, attempts }, again_in))
        }
    }
}

fn is_shortened(latest: &Version, capture: &Capture) -> bool {
    let (before, after) = (latest.text.words(), capture.text.words());
    before > SHORT_TEXT_WORDS && after * 3 < before
}
