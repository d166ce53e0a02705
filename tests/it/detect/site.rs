//! What a site changes on many of its pages at once.

use std::time::Duration;

use wirewatch::detect::{Finding, FoundVersion, Known, assess};
use wirewatch::model::{ArticleText, Kind, SharedStep, Sightings, Surroundings};

use super::{Look, NOON, TOLL, TOLL_LATER, capture, text, usual, version};

const RESCUE: &str = "Helicopters took families from the roofs of their houses until nightfall, the army said.";
const FOOTER: &str = "Our reporters need your help to go on with their work, so please think of a gift to us.";
const NOTE: &str = "Correction: an earlier version of this article gave a wrong name of the minister.";

/// Looks twice, after `others` other articles of the host have shown each of the changes.
fn twice(after: &ArticleText, others: u32) -> Vec<Finding> {
    twice_of(after, others, others)
}

fn shared(digest: u64, articles: u32, looked_at: u32) -> SharedStep {
    SharedStep { digest, articles, looked_at }
}

fn twice_of(after: &ArticleText, others: u32, looked_at: u32) -> Vec<Finding> {
    let mut look = Look::after(version(1, text("Dam breaks", &[TOLL, RESCUE])));
    let mut sightings = Sightings::default();
    let mut surroundings = Surroundings::default();
    let mut found = Vec::new();
    for n in 0..2 {
        let now = NOON + Duration::from_secs(45 * n);
        let finding = look.known(|known| {
            let known = Known { surroundings: &surroundings, ..*known };
            assess(&usual("dam"), &known, &mut sightings, capture(after.clone()), now)
        });
        surroundings.steps = sightings.shown.iter().map(|step| shared(*step, others, looked_at)).collect();
        if let Finding::Unconfirmed { candidate, .. } = &finding {
            look.candidate = Some(*candidate);
        }
        found.push(finding);
    }
    found
}

fn version_of(finding: &Finding) -> &FoundVersion {
    let Finding::Version(found) = finding else { panic!("{finding:?}") };
    found
}

#[test]
fn a_block_that_two_others_got_is_the_sites() {
    let found = twice(&text("Dam breaks", &[TOLL, RESCUE, FOOTER]), 2);
    let version = version_of(&found[1]);
    assert_eq!(version.change.as_ref().map(|change| change.kinds.clone()), Some(vec![Kind::Technical]));
    assert!(version.alerts.is_empty());
    assert!(version.site_change.as_ref().is_some_and(|told| told.contains("3 articles")), "{version:?}");
}

#[test]
fn a_paragraph_that_a_newsroom_adds_to_some_of_its_stories_is_told_for_each() {
    let after = text("Dam breaks", &[TOLL, FOOTER, RESCUE]);
    for (others, looked_at, is_of_site) in [(2, 4, false), (2, 5, false), (4, 30, false), (12, 100, true)] {
        let found = twice_of(&after, others, looked_at);
        assert_eq!(version_of(&found[1]).site_change.is_some(), is_of_site, "{others} of {looked_at}");
    }
}

#[test]
fn a_block_at_the_edge_that_one_other_got_waits_for_the_third() {
    let found = twice(&text("Dam breaks", &[TOLL, RESCUE, FOOTER]), 1);
    let Finding::Unconfirmed { again_in, .. } = found[1] else { panic!("{:?}", found[1]) };
    assert_eq!(again_in, Duration::from_secs(10 * 60));
    let inside = twice(&text("Dam breaks", &[TOLL, FOOTER, RESCUE]), 1);
    assert!(version_of(&inside[1]).site_change.is_none());
    let alone = twice(&text("Dam breaks", &[TOLL, RESCUE, FOOTER]), 0);
    assert_eq!(version_of(&alone[1]).alerts.len(), 1);
}

#[test]
fn a_note_of_correction_is_never_the_sites() {
    let found = twice(&text("Dam breaks", &[TOLL, RESCUE, NOTE]), 5);
    assert!(version_of(&found[1]).site_change.is_none());
    assert_eq!(version_of(&found[1]).alerts.len(), 1);
}

#[test]
fn what_else_changed_is_told_by_a_version_of_its_own() {
    let mut look = Look::after(version(1, text("Dam breaks", &[TOLL, RESCUE])));
    let both = text("Dam breaks", &[TOLL_LATER, RESCUE, FOOTER]);
    let (mut sightings, mut surroundings) = (Sightings::default(), Surroundings::default());
    let mut versions = Vec::new();
    for n in 0..3 {
        let now = NOON + Duration::from_secs(45 * n);
        let finding = look.known(|known| {
            let known = Known { surroundings: &surroundings, ..*known };
            assess(&usual("dam"), &known, &mut sightings, capture(both.clone()), now)
        });
        // The toll is this article's alone.
        surroundings.steps = sightings.shown.iter().skip(1).map(|step| shared(*step, 2, 2)).collect();
        look.candidate = match &finding {
            Finding::Unconfirmed { candidate, .. } => Some(*candidate),
            _ => None,
        };
        if let Finding::Version(found) = finding {
            look.latest = Some(found.version.clone());
            assert!(found.again_in.is_some() || found.site_change.is_none());
            versions.push(*found);
        }
    }
    assert_eq!(versions.len(), 2);
    assert!(versions[0].site_change.is_some() && versions[0].alerts.is_empty());
    let change = versions[1].change.as_ref().expect("a change");
    assert_eq!((change.figures.len(), versions[1].alerts.len(), change.added_words), (1, 1, 1), "{change:?}");
}
