//! An address that is used again for another story.

use super::*;
use wirewatch::model::Mark;

const MONDAY: &str = "At least a dozen people were killed when troops opened fire on protesters in the capital, and \
    doctors treated patients in corridors because every emergency ward of the city was full by midnight on Sunday.";
const TUESDAY: &str = "Negotiators reached agreement overnight: soldiers withdraw from squares while protest leaders \
    leave prison by Friday; central bankers meanwhile raised rates again, citing stubborn rents plus energy costs.";

fn briefing(hours: u64, paragraph: &str) -> ArticleText {
    let published_at = Some(NOON + Duration::from_secs(hours * 3600));
    ArticleText { published_at, ..text("Morning briefing", &[paragraph]) }
}

/// Looks at the pages one after another, after a first version of Monday's briefing.
fn looks(rules: &RuleSet, pages: &[ArticleText]) -> Vec<Finding> {
    let mut look = Look::after(version(1, briefing(0, MONDAY)));
    let mut sightings = Sightings::default();
    let mut found = Vec::new();
    for page in pages {
        let finding = look.known(|known| assess(rules, known, &mut sightings, capture(page.clone()), look.now));
        look.candidate = match &finding {
            Finding::Unconfirmed { candidate, .. } => Some(*candidate),
            _ => None,
        };
        found.push(finding);
    }
    found
}

fn marks(finding: &Finding) -> Option<Vec<Mark>> {
    match finding {
        Finding::Version(found) => found.change.as_ref().map(|change| change.marks.clone()),
        _ => None,
    }
}

#[test]
fn another_story_is_believed_at_the_second_look_and_is_news_even_in_an_old_article() {
    let rules = RuleSet::new(vec![
        rule("news", "soldiers", &[Event::New], Severity::Major),
        rule("revisions", "soldiers OR troops", &[Event::Revised], Severity::Minor),
        rule("yesterday", "troops", &[Event::New, Event::Revised], Severity::Minor),
    ]);
    let mut found = looks(&rules, &[briefing(24, TUESDAY), briefing(24, TUESDAY)]);
    let second = found.remove(1);
    assert!(matches!(found[0], Finding::Unconfirmed { .. }), "{found:?}");
    assert_eq!(marks(&second), Some(vec![Mark::Reused]));
    assert_eq!(alerts(second), [("news".to_owned(), Event::New)]);
}

#[test]
fn a_story_that_another_one_covers_for_a_moment_stays() {
    let rules = usual("soldiers");
    let found =
        looks(&rules, &[briefing(24, TUESDAY), briefing(0, MONDAY), briefing(24, TUESDAY), briefing(0, MONDAY)]);
    assert!(found.iter().all(|finding| marks(finding).is_none()), "{found:?}");
}

#[test]
fn a_rewrite_of_the_same_day_is_a_revision() {
    let rules = usual("soldiers");
    let found = looks(&rules, &[briefing(3, TUESDAY), briefing(3, TUESDAY), briefing(3, TUESDAY)]);
    assert!(found.iter().all(|finding| marks(finding).is_none_or(|marks| marks.is_empty())), "{found:?}");
    assert!(found.iter().any(|finding| marks(finding).is_some()), "{found:?}");
}

#[test]
fn an_edit_that_is_dated_anew_is_a_revision() {
    let rules = usual("troops");
    let edited = MONDAY.replace("a dozen", "26");
    let found = looks(&rules, &[briefing(24, &edited), briefing(24, &edited)]);
    assert!(found.iter().all(|finding| marks(finding).is_none_or(|marks| marks.is_empty())), "{found:?}");
}
