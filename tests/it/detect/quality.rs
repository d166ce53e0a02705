//! Captures that look like an article and are none, given what is known of it.

use std::time::Duration;

use wirewatch::detect::{Finding, assess, repeated, shortened};
use wirewatch::model::{
    ArticleId, ArticleText, Candidate, Capture, Echoes, Entry, Mark, Quality, Sightings, Source, Timestamp, Version,
    Wall,
};

use super::{Look, NOON, capture, text, usual, version};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn story() -> Vec<String> {
    let places = ["north", "south", "east", "west", "upper", "lower", "old", "new"];
    let told = |place| {
        format!("People of the {place} town were brought to safety before the water came, and nobody was hurt there.")
    };
    places.into_iter().map(told).collect()
}

fn full() -> ArticleText {
    let story = story();
    text("Dam breaks", &story.iter().map(String::as_str).collect::<Vec<_>>())
}

fn wall() -> Option<Wall> {
    Some(Wall { quality: Quality::Paywall, evidence: "says `Subscribe to read on`".to_owned() })
}

fn quality(finding: Finding) -> Option<(Quality, String)> {
    match finding {
        Finding::Unfit(fitness) => Some((fitness.quality, fitness.reason)),
        _ => None,
    }
}

#[test]
fn the_beginning_of_an_article_before_a_wall_is_a_stub_however_often_it_is_seen() {
    let story = story();
    let cut = format!("{}...", &story[1][..50]);
    let stub = Capture { wall: wall(), ..capture(text("Dam breaks", &[&story[0], &cut])) };
    let mut look = Look::after(version(1, full()));
    let mut sightings = Sightings::default();
    for hour in 0..50 {
        look.now = NOON + hour * HOUR;
        let finding = look.known(|known| assess(&usual("dam"), known, &mut sightings, stub.clone(), look.now));
        let (quality, reason) = quality(finding).expect("a stub");
        assert_eq!(quality, Quality::Paywall);
        assert_eq!(reason, "the text fell from 144 to 28 words, and the page says `Subscribe to read on`");
    }
    // A text that the feed gave in full tells as much.
    look.latest = Some(Version { source: Source::Feed, ..version(1, full()) });
    assert!(quality(look.sees(&usual("dam"), stub)).is_some());
}

#[test]
fn a_shorter_text_without_a_wall_is_an_edit() {
    let story = story();
    let short = capture(text("Dam breaks", &[&story[0], &story[1]]));
    let finding = Look::after(version(1, full())).sees(&usual("dam"), short);
    assert!(matches!(finding, Finding::Unconfirmed { .. }), "{finding:?}");
}

#[test]
fn another_text_before_a_wall_is_an_edit() {
    let withdrawn =
        "This report was withdrawn on Monday after the ministry proved that the dam had never broken at all.";
    let page = Capture { wall: wall(), ..capture(text("Dam breaks", &[withdrawn])) };
    let finding = Look::after(version(1, full())).sees(&usual("dam"), page);
    assert!(matches!(finding, Finding::Unconfirmed { .. }), "{finding:?}");
    // And so is what a note of the publisher explains.
    let story = story();
    let noted = ArticleText { correction: Some("We cut what was wrong.".into()), ..text("Dam breaks", &[&story[0]]) };
    let page = Capture { wall: wall(), ..capture(noted) };
    let finding = Look::after(version(1, full())).sees(&usual("dam"), page);
    assert!(matches!(finding, Finding::Unconfirmed { .. }), "{finding:?}");
}

#[test]
fn an_article_that_keeps_half_of_its_text_before_a_wall_is_an_edit() {
    let story = story();
    let half: Vec<&str> = story[..4].iter().map(String::as_str).collect();
    let page = Capture { wall: wall(), ..capture(text("Dam breaks", &half)) };
    let finding = Look::after(version(1, full())).sees(&usual("dam"), page);
    assert!(matches!(finding, Finding::Unconfirmed { .. }), "{finding:?}");
}

fn translated() -> ArticleText {
    let german = "Die Menschen der Stadt wurden in Sicherheit gebracht, bevor das Wasser kam, und es wurde dort niemand \
        verletzt, wie die Polizei am Montag mitteilte.";
    text("Damm bricht", &[german, german, german])
}

#[test]
fn another_language_is_another_edition_until_it_has_stood_for_a_day() {
    let mut look = Look::after(version(1, full()));
    let mut sightings = Sightings::default();
    let mut sees = |look: &mut Look, text: ArticleText| {
        let finding = look.known(|known| assess(&usual("dam"), known, &mut sightings, capture(text), look.now));
        look.candidate = match &finding {
            Finding::Unconfirmed { candidate, .. } => Some(*candidate),
            _ => None,
        };
        finding
    };
    let foreign = Some((Quality::OtherLanguage, "the text is in German, other than version 1".to_owned()));
    for hours in [0, 1, 4, 23] {
        look.now = NOON + hours * HOUR;
        assert_eq!(quality(sees(&mut look, translated())), foreign, "after {hours} hours");
    }
    // Back in its own language, it has to stand for a day again.
    look.now = NOON + 23 * HOUR;
    assert_eq!(sees(&mut look, full()), Finding::Unchanged);
    for hours in [25, 30, 48] {
        look.now = NOON + hours * HOUR;
        assert_eq!(quality(sees(&mut look, translated())), foreign, "after {hours} hours");
    }
    look.now = NOON + 50 * HOUR;
    assert!(matches!(sees(&mut look, translated()), Finding::Unconfirmed { .. }));
    look.now = look.now + HOUR;
    assert!(matches!(sees(&mut look, translated()), Finding::Version(_)));
}

#[test]
fn what_a_page_claims_as_its_language_counts_for_nothing() {
    let claimed = ArticleText { language: Some("de".to_owned()), ..full() };
    assert_eq!(Look::after(version(1, full())).sees(&usual("dam"), capture(claimed)), Finding::Unchanged);
}

fn entry(title: &str) -> Entry {
    Entry {
        key: "1".to_owned(),
        id: None,
        title: Some(title.to_owned()),
        link: None,
        published_at: None::<Timestamp>,
        updated_at: None,
        author: None,
        summary: None,
        text: Vec::new(),
        tags: Vec::new(),
        language: None,
    }
}

fn same_text(articles: i64) -> Echoes {
    Echoes { same_text: (2..2 + articles).map(ArticleId).collect(), ..Echoes::default() }
}

#[test]
fn the_same_text_on_three_articles_of_a_host_is_none_of_theirs() {
    let page = capture(full());
    assert_eq!(repeated(None, None, &page, &same_text(1)), None);
    let fitness = repeated(None, None, &page, &same_text(2)).expect("the third is unfit");
    assert_eq!(fitness.quality, Quality::Repeated);
    assert_eq!(fitness.reason, "the same text stands on other articles of the site (2, 3)");
    let known = Echoes { is_known: true, ..Echoes::default() };
    assert!(repeated(None, None, &page, &known).is_some(), "and from then on every one");
    // An article that says so already keeps what it has.
    assert_eq!(repeated(Some(&version(1, full())), None, &page, &same_text(5)), None);
}

#[test]
fn a_line_that_stands_on_many_pages_is_no_error_under_headlines_of_their_own() {
    let video = capture(text("The dam, seen from the air", &["Watch the video above to see more of this story."]));
    assert_eq!(repeated(None, None, &video, &same_text(5)), None);
    let alike = Echoes { same_both: 2, ..same_text(5) };
    assert!(repeated(None, None, &video, &alike).is_some());
    // But an article does not shrink to it.
    assert!(repeated(Some(&version(1, full())), None, &video, &same_text(2)).is_some());
}

#[test]
fn a_headline_that_other_articles_have_too_is_an_error_where_the_feed_speaks_of_something_else() {
    let page = capture(text("Ups!", &["Incident 4711 was noted, and our people look into it."]));
    let alike = Echoes { same_headline: 2, ..Echoes::default() };
    assert_eq!(
        repeated(None, Some(&entry("Dam breaks")), &page, &alike).map(|fitness| fitness.quality),
        Some(Quality::Repeated)
    );
    let weather = capture(text("Weather", &["Sunshine in the valley until Friday, then rain."]));
    assert_eq!(repeated(None, Some(&entry("Weather for the valley")), &weather, &alike), None);
    assert_eq!(repeated(None, None, &weather, &alike), None);
}

#[test]
fn a_text_that_falls_to_less_than_a_third_says_so_while_it_waits() {
    let (story, latest) = (story(), version(1, full()));
    let fitness = shortened(Some(&latest), &text("Dam breaks", &[&story[0]])).expect("shortened");
    assert_eq!(fitness.quality, Quality::Shortened);
    assert_eq!(fitness.reason, "the text fell from 144 to 18 words; it becomes a version if it stands for an hour");
    assert_eq!(shortened(Some(&latest), &full()), None);
    assert_eq!(shortened(None, &full()), None);
}

#[test]
fn a_text_that_fell_to_less_than_a_third_and_stood_is_a_version_that_says_so() {
    let story = story();
    let marks = |paragraphs: &[&str]| {
        let mut look = Look::after(version(1, full()));
        let mut sightings = Sightings::default();
        let reading = capture(text("Dam breaks", paragraphs));
        for minutes in [0, 20, 40, 60] {
            look.now = NOON + minutes * HOUR / 60;
            match look.known(|known| assess(&usual("dam"), known, &mut sightings, reading.clone(), look.now)) {
                Finding::Unconfirmed { candidate, .. } => look.candidate = Some(candidate),
                Finding::Version(found) => return (minutes, found.change.expect("a change").marks),
                other => panic!("{other:?}"),
            }
        }
        panic!("no version")
    };
    assert_eq!(marks(&[&story[0], &story[1]]), (60, vec![Mark::Shortened]));
    assert_eq!(marks(&[&story[0], &story[1], &story[2]]), (20, Vec::new()));
}

#[test]
fn an_unfit_look_keeps_a_candidate_waiting() {
    let look = Look {
        candidate: Some(Candidate { fingerprint: [1; 32], seen_at: NOON, attempts: 1 }),
        ..Look::after(version(1, full()))
    };
    let mut sightings = Sightings { pending: vec![(1, 1)], ..Sightings::default() };
    let before = sightings.clone();
    let stub = Capture { wall: wall(), ..capture(text("Dam breaks", &[&story()[0]])) };
    let finding = look.known(|known| assess(&usual("dam"), known, &mut sightings, stub, NOON));
    assert!(quality(finding).is_some());
    assert_eq!(sightings, before);
}
