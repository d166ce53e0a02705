//! Articles that go to and fro, as rows of looks: when, what the page says, what follows.

use std::time::Duration;

use wirewatch::detect::{Finding, FoundVersion, Known, alternation, assess, same};
use wirewatch::diff;
use wirewatch::model::{
    ArticleId, ArticleText, Baseline, Candidate, Kind, Mark, Sightings, Source, Surroundings, Timestamp, Version,
};
use wirewatch::rule::RuleSet;

use super::{NOON, capture, text, url, usual};

const CONFIRM: Duration = Duration::from_secs(45);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// An article that is watched over hours, as the daemon does it.
struct Watched {
    rules: RuleSet,
    latest: Version,
    fingerprints: Vec<(u32, [u8; 32])>,
    candidate: Option<Candidate>,
    sightings: Sightings,
    surroundings: Surroundings,
    versions: Vec<FoundVersion>,
    /// How often a look showed that the page goes to and fro.
    noticed: usize,
    looks: usize,
}

impl Watched {
    fn from(text: ArticleText) -> Self {
        let latest = Version { number: 1, observed_at: NOON, source: Source::Page, text };
        Self {
            rules: usual("dam"),
            fingerprints: vec![(1, diff::fingerprint(&latest.text))],
            latest,
            candidate: None,
            sightings: Sightings::default(),
            surroundings: Surroundings::default(),
            versions: Vec::new(),
            noticed: 0,
            looks: 0,
        }
    }

    /// One look; returns when the next is asked for, sooner than the schedule has it.
    fn look(&mut self, now: Timestamp, page: &ArticleText) -> Option<Duration> {
        self.looks += 1;
        let url = url();
        let known = Known {
            article: ArticleId(1),
            url: &url,
            feeds: &[],
            new_feeds: &[],
            entry_is_source: false,
            baseline: Baseline::News,
            latest: Some(&self.latest),
            fingerprints: &self.fingerprints,
            candidate: self.candidate,
            missing: None,
            gone: false,
            confirm: CONFIRM,
            surroundings: &self.surroundings,
        };
        let reading = wirewatch::model::Capture { captured_at: now, ..capture(page.clone()) };
        let finding = assess(&self.rules, &known, &mut self.sightings, reading, now);
        self.noticed += usize::from(alternation(&self.sightings, now).is_some());
        self.candidate = None;
        match finding {
            Finding::Unchanged => None,
            Finding::Unsteady { again_in } => Some(again_in),
            Finding::Unconfirmed { candidate, again_in } => {
                self.candidate = Some(candidate);
                Some(again_in)
            }
            Finding::Version(found) => {
                self.latest = found.version.clone();
                self.fingerprints.insert(0, (found.version.number, found.fingerprint));
                let again_in = found.again_in;
                self.versions.push(*found);
                again_in
            }
            other => panic!("{other:?}"),
        }
    }

    /// Looks every `every` and whenever a look asks for it, from `from` until `until`; `page` says what is seen when.
    fn watch(
        &mut self,
        from: Duration,
        until: Duration,
        every: Duration,
        mut page: impl FnMut(Duration) -> ArticleText,
    ) {
        let mut at = from;
        while at < until {
            let seen = page(at);
            let again_in = self.look(NOON + at, &seen);
            at += again_in.unwrap_or(every).max(Duration::from_secs(1));
        }
    }

    /// When each version was observed, in minutes from the beginning.
    fn minutes(&self) -> Vec<u64> {
        self.versions.iter().map(|found| found.version.observed_at.since(NOON).as_secs() / 60).collect()
    }
}

const TOLL: &str = "At least 12 people were killed when the dam broke on Monday, officials said in the capital.";
const RESCUE: &str = "Helicopters took families from the roofs of their houses until nightfall, the army said.";
const CLOSE: &str = "The government has ordered an inquiry into the dam, which was built in the seventies.";

fn story(headline: &str) -> ArticleText {
    text(headline, &[TOLL, RESCUE, CLOSE])
}

/// The same throws of a coin each time (xorshift, Marsaglia 2003).
fn coin(seed: u64) -> impl FnMut() -> bool {
    let mut seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed >> 40 & 1 == 1
    }
}

#[test]
fn an_edit_that_stands_is_told_after_its_confirmation() {
    let mut watched = Watched::from(story("Dam breaks"));
    watched.watch(15 * MINUTE, HOUR, 15 * MINUTE, |_| story("Dam breaks, 12 dead"));
    assert_eq!(watched.minutes(), [17]);
    assert_eq!((watched.noticed, watched.versions[0].alerts.len()), (0, 1));
}

#[test]
fn a_part_that_is_missing_at_one_look_is_nothing() {
    let mut watched = Watched::from(story("Dam breaks"));
    let short = text("Dam breaks", &[TOLL, CLOSE]);
    watched.watch(15 * MINUTE, 3 * HOUR, 15 * MINUTE, |at| {
        if at == 30 * MINUTE { short.clone() } else { story("Dam breaks") }
    });
    assert_eq!((watched.minutes(), watched.noticed), (vec![], 0));
}

#[test]
fn a_headline_that_turns_at_every_look_for_days_is_no_version() {
    let mut watched = Watched::from(story("Dam breaks"));
    let mut turn = false;
    watched.watch(15 * MINUTE, 72 * HOUR, 15 * MINUTE, |_| {
        turn = !turn;
        story(if turn { "Why did nobody listen?" } else { "Dam breaks" })
    });
    assert!(watched.versions.is_empty(), "{:?}", watched.minutes());
    assert!(watched.noticed > 0);
}

#[test]
fn a_headline_by_the_throw_of_a_coin_is_one_version_at_most() {
    for seed in 1..=20 {
        let mut watched = Watched::from(story("Dam breaks"));
        let mut heads = coin(seed);
        watched.watch(15 * MINUTE, 48 * HOUR, 15 * MINUTE, |_| {
            story(if heads() { "Why did nobody listen?" } else { "Dam breaks" })
        });
        assert!(watched.versions.len() <= 1, "seed {seed}: {:?}", watched.minutes());
        assert!(watched.noticed > 0, "seed {seed}");
        assert!(watched.looks < 2 * 48 * 4, "seed {seed}: {} looks", watched.looks);
    }
}

#[test]
fn old_and_new_from_two_cache_nodes_end_with_one_version_within_about_an_hour() {
    let mut watched = Watched::from(story("Dam breaks"));
    let mut looks = 0;
    watched.watch(5 * MINUTE, 12 * HOUR, 15 * MINUTE, |at| {
        looks += 1;
        // For two minutes every other answer is the old page.
        let is_old = at < 7 * MINUTE && looks % 2 == 0;
        story(if is_old { "Dam breaks" } else { "Dam breaks, 12 dead" })
    });
    assert_eq!(watched.versions.len(), 1);
    let told = watched.minutes()[0];
    assert!((60..=75).contains(&told), "told at minute {told}");
    assert!(watched.versions[0].change.as_ref().is_some_and(|change| change.is_marked(Mark::Alternating)));
    assert_eq!(watched.versions[0].alerts.len(), 1);
}

#[test]
fn a_true_edit_of_another_paragraph_does_not_wait_for_the_headline() {
    let mut watched = Watched::from(story("Dam breaks"));
    let later = TOLL.replace("12", "21");
    let mut turn = false;
    watched.watch(15 * MINUTE, 12 * HOUR, 15 * MINUTE, |at| {
        turn = !turn;
        let toll = if at >= 6 * HOUR { &later } else { TOLL };
        text(if turn { "Why did nobody listen?" } else { "Dam breaks" }, &[toll, RESCUE, CLOSE])
    });
    assert_eq!(watched.versions.len(), 1);
    assert!((360..=376).contains(&watched.minutes()[0]), "{:?}", watched.minutes());
    let change = watched.versions[0].change.as_ref().expect("a change");
    assert!(change.kinds.contains(&Kind::Figures) && !change.kinds.contains(&Kind::Headline), "{change:?}");
    assert!(!change.is_marked(Mark::Alternating));
}

#[test]
fn there_and_back_hours_apart_are_three_versions_and_the_third_is_restored() {
    let mut watched = Watched::from(story("Dam breaks"));
    watched.watch(HOUR, 12 * HOUR, HOUR, |at| {
        story(if (3 * HOUR..7 * HOUR).contains(&at) { "Dam breaks, 12 dead" } else { "Dam breaks" })
    });
    assert_eq!(watched.minutes(), [182, 425]);
    let change = watched.versions[1].change.as_ref().expect("a change");
    assert_eq!(change.restores, Some(1));
    assert_eq!(watched.noticed, 0);
}

#[test]
fn nodes_that_hold_their_side_from_look_to_look_are_an_alternation_too() {
    let mut watched = Watched::from(story("Dam breaks"));
    watched.watch(15 * MINUTE, 24 * HOUR, 15 * MINUTE, |at| {
        story(if at.as_secs() / 900 % 2 == 1 { "Dam breaks, 12 dead" } else { "Dam breaks" })
    });
    assert!(watched.versions.len() <= 2, "{:?}", watched.minutes());
    assert!(watched.noticed > 0);
}

#[test]
fn a_counter_inside_a_paragraph_is_noise() {
    let mut watched = Watched::from(text(
        "Dam breaks",
        &[TOLL, RESCUE, CLOSE, "Some 100 people are reading this report about the dam."],
    ));
    let mut readers = 100;
    watched.watch(15 * MINUTE, 48 * HOUR, 15 * MINUTE, |_| {
        readers += 7;
        let counter = format!("Some {readers} people are reading this report about the dam.");
        text("Dam breaks", &[TOLL, RESCUE, CLOSE, &counter])
    });
    assert_eq!((watched.minutes(), watched.noticed), (vec![], 0));
    assert!(watched.looks < 210, "a counter costs no fetches once it is known: {} looks", watched.looks);
}

#[test]
fn a_toll_that_rises_every_hour_is_a_version_every_hour() {
    let mut watched = Watched::from(story("Dam breaks"));
    watched.watch(15 * MINUTE, 10 * HOUR, 15 * MINUTE, |at| {
        let toll = TOLL.replace("12", &(12 + at.as_secs() / 3600).to_string());
        text("Dam breaks", &[&toll, RESCUE, CLOSE])
    });
    let hours: Vec<u64> = watched.minutes().iter().map(|minute| minute / 60).collect();
    assert_eq!(hours, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn a_promotion_that_comes_and_goes_is_never_text() {
    let promotion = "Sign up for our newsletter about dams and rivers, which comes every Friday morning.";
    for seed in 1..=20 {
        let mut watched = Watched::from(story("Dam breaks"));
        let mut heads = coin(seed);
        watched.watch(15 * MINUTE, 24 * HOUR, 15 * MINUTE, |_| {
            let shown = [TOLL, RESCUE, promotion, CLOSE];
            text("Dam breaks", if heads() { &shown } else { &[TOLL, RESCUE, CLOSE] })
        });
        assert!(watched.versions.len() <= 1, "seed {seed}: {:?}", watched.minutes());
    }
}

#[test]
fn a_paragraph_where_promotions_came_and_went_is_told_two_confirmations_later() {
    let mut watched = Watched::from(story("Dam breaks"));
    let promotions =
        ["Sign up for our newsletter about dams and rivers today.", "Read our guide to the rivers of the north."];
    let mut shown = 0;
    let genuine = "The mayor said on Tuesday that the lower town would be rebuilt on the hill behind it.";
    watched.watch(15 * MINUTE, 6 * HOUR, 15 * MINUTE, |at| {
        shown += 1;
        let between = if at >= 3 * HOUR { genuine } else { promotions[shown % 2] };
        text("Dam breaks", &[TOLL, RESCUE, between, CLOSE])
    });
    let told = watched.minutes();
    assert!(watched.versions.len() == 1 && (180..=197).contains(&told[0]), "{told:?}");
    assert!(watched.latest.text.text().contains("The mayor said"));
}

#[test]
fn the_bytes_of_last_time_end_a_run() {
    let mut watched = Watched::from(story("Dam breaks"));
    watched.look(NOON + 15 * MINUTE, &story("Dam breaks, 12 dead"));
    let url = url();
    let known = Known {
        article: ArticleId(1),
        url: &url,
        feeds: &[],
        new_feeds: &[],
        entry_is_source: false,
        baseline: Baseline::News,
        latest: Some(&watched.latest),
        fingerprints: &watched.fingerprints,
        candidate: watched.candidate,
        missing: None,
        gone: false,
        confirm: CONFIRM,
        surroundings: Surroundings::unknown(),
    };
    let now = NOON + 15 * MINUTE + CONFIRM;
    let finding = same(&watched.rules, &known, &watched.latest, &mut watched.sightings, now);
    assert_eq!(finding, Finding::Unsteady { again_in: CONFIRM });
    assert_eq!(watched.sightings.pending, []);
    assert_eq!(watched.sightings.variants[0].times, 1);
}
