//! The brake on articles that are revised all the time.

use std::time::Duration;

use wirewatch::detect::{Finding, Known, assess, is_braked};
use wirewatch::model::{Candidate, Capture, Mark, Sightings, Source, Surroundings, Version};
use wirewatch::{diff, model::Timestamp};

use super::{Look, NOON, TOLL, TOLL_LATER, capture, text, usual, version};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Revised so often, the last time at noon, every quarter of an hour before.
fn revised(times: u32) -> Surroundings {
    let revised_at = (0..times).map(|n| NOON - 15 * MINUTE * n).collect();
    Surroundings { revised_at, ..Surroundings::default() }
}

/// What a look finds that confirms an edit.
fn confirms(surroundings: &Surroundings, source: Source, now: Timestamp) -> Finding {
    let after = text("Dam breaks", &[TOLL_LATER]);
    let latest = Version { source, ..version(9, text("Dam breaks", &[TOLL])) };
    let candidate = Candidate { fingerprint: diff::fingerprint(&after), seen_at: now, attempts: 1 };
    let look = Look { candidate: Some(candidate), ..Look::after(latest) };
    look.known(|known| {
        let known = Known { surroundings, entry_is_source: source == Source::Feed, ..*known };
        let capture = Capture { source, captured_at: now, ..capture(after) };
        assess(&usual("dam"), &known, &mut Sightings::default(), capture, now)
    })
}

#[test]
fn after_24_revisions_in_a_day_the_next_waits_for_an_hour_and_is_marked() {
    for source in [Source::Page, Source::Feed] {
        let Finding::Version(found) = confirms(&revised(23), source, NOON + 10 * MINUTE) else { panic!("{source:?}") };
        assert!(found.change.is_some_and(|change| change.marks.is_empty()));
        let finding = confirms(&revised(24), source, NOON + 10 * MINUTE);
        let Finding::Unconfirmed { again_in, .. } = finding else { panic!("{finding:?}") };
        assert_eq!(again_in, 50 * MINUTE);
        let finding = confirms(&revised(24), source, NOON + HOUR);
        let Finding::Version(found) = finding else { panic!("{finding:?}") };
        assert_eq!(found.alerts.len(), 1, "how often it is mailed is not decided here");
        assert!(found.change.is_some_and(|change| change.is_marked(Mark::Braked)));
    }
}

#[test]
fn the_brake_stays_on_until_there_are_half_as_many() {
    let look = Look::after(version(9, text("Dam breaks", &[TOLL])));
    let rows = [(23, false, false), (24, false, true), (23, true, true), (12, true, true), (11, true, false)];
    for (times, was_braked, is_on) in rows {
        let surroundings = Surroundings { is_braked: was_braked, ..revised(times) };
        let braked = look.known(|known| is_braked(&Known { surroundings: &surroundings, ..*known }, NOON));
        assert_eq!(braked, is_on, "{times} revisions, braked before: {was_braked}");
    }
}
