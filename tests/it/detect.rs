//! The whole decision about one look at an article.

mod kinds;
mod carry;
mod quality;
mod reread;
mod brake;
mod developing;
mod looks;
mod missing;
mod site;
mod reuse;

use std::time::Duration;

use url::Url;
use wirewatch::detect::{Absence, Finding, Known, assess, assess_absence};
use wirewatch::diff;
use wirewatch::model::{
    Alert, ArticleId, ArticleText, Baseline, Candidate, Capture, Event, FeedFacts, Fitness, Kind, MatchField, Missing,
    Paragraph, Quality, Role, Severity, Sightings, Source, Surroundings, Timestamp, Version,
};
use wirewatch::rule::{FeedSelector, Query, Rule, RuleSet, Sets};

const NOON: Timestamp = Timestamp::from_millis(1_795_348_800_000);

fn text(headline: &str, paragraphs: &[&str]) -> ArticleText {
    let paragraph = |text: &&str| Paragraph::new(Role::Paragraph, *text);
    ArticleText {
        headline: Some(headline.to_owned()),
        paragraphs: paragraphs.iter().map(paragraph).collect(),
        ..ArticleText::default()
    }
}

fn capture(text: ArticleText) -> Capture {
    Capture {
        source: Source::Page,
        captured_at: NOON,
        final_url: url(),
        text,
        page: Vec::new(),
        fitness: Fitness { quality: Quality::Good, reason: String::new() },
        wall: None,
    }
}

fn version(number: u32, text: ArticleText) -> Version {
    Version { number, observed_at: NOON, source: Source::Page, text }
}

fn url() -> Url {
    Url::parse("https://news.example/story").expect("a URL")
}

fn rule(name: &str, query: &str, on: &[Event], min_severity: Severity) -> Rule {
    let query = Query::parse(query, &Sets::default()).expect("a valid query").query;
    Rule {
        name: name.to_owned(),
        query,
        feeds: Vec::new(),
        on: on.to_vec(),
        min_severity,
        to: vec!["desk".into()],
        urgent: false,
    }
}

fn usual(query: &str) -> RuleSet {
    RuleSet::new(vec![rule("it", query, &[Event::New, Event::Revised], Severity::Notable)])
}

/// One look at an article whose latest version is `latest`.
struct Look {
    latest: Option<Version>,
    fingerprints: Vec<(u32, [u8; 32])>,
    baseline: Baseline,
    candidate: Option<Candidate>,
    missing: Option<Missing>,
    gone: bool,
    new_feeds: Vec<String>,
    now: Timestamp,
}

impl Look {
    fn first() -> Self {
        let latest = None;
        let (candidate, missing) = (None, None);
        Self {
            latest,
            fingerprints: Vec::new(),
            baseline: Baseline::News,
            candidate,
            missing,
            gone: false,
            new_feeds: Vec::new(),
            now: NOON,
        }
    }

    fn after(latest: Version) -> Self {
        let fingerprints = vec![(latest.number, diff::fingerprint(&latest.text))];
        Self { latest: Some(latest), fingerprints, ..Self::first() }
    }

    fn known<R>(&self, act: impl FnOnce(&Known<'_>) -> R) -> R {
        let feeds = [FeedFacts { name: "wire".to_owned(), tags: vec!["world".to_owned()] }];
        act(&Known {
            article: ArticleId(1),
            url: &url(),
            feeds: &feeds,
            new_feeds: &self.new_feeds,
            entry_is_source: false,
            baseline: self.baseline,
            latest: self.latest.as_ref(),
            fingerprints: &self.fingerprints,
            candidate: self.candidate,
            missing: self.missing,
            gone: self.gone,
            confirm: Duration::from_secs(45),
            surroundings: Surroundings::unknown(),
        })
    }

    fn sees(&self, rules: &RuleSet, capture: Capture) -> Finding {
        self.known(|known| assess(rules, known, &mut Sightings::default(), capture, self.now))
    }

    /// What is found once the second fetch has confirmed the capture.
    fn confirms(mut self, rules: &RuleSet, text: ArticleText) -> Finding {
        self.candidate = Some(Candidate { fingerprint: diff::fingerprint(&text), seen_at: self.now, attempts: 1 });
        self.sees(rules, capture(text))
    }
}

fn alerts(finding: Finding) -> Vec<(String, Event)> {
    let told = |alerts: Vec<Alert>| alerts.into_iter().map(|alert| (alert.rule, alert.event)).collect();
    match finding {
        Finding::Version(found) => told(found.alerts),
        Finding::Gone { alerts, .. } | Finding::Back { alerts } => told(alerts),
        other => panic!("no alerts in {other:?}"),
    }
}

fn told(event: Event) -> Vec<(String, Event)> {
    vec![("it".to_owned(), event)]
}

const TOLL: &str = "At least 12 people were killed when the dam broke on Monday, officials said.";
const TOLL_LATER: &str = "At least 21 people were killed when the dam broke on Monday, officials said.";
const RESCUE: &str = "Helicopters took families from the roofs of their houses until nightfall.";

#[test]
fn a_new_article_that_matches_is_told() {
    assert_eq!(alerts(Look::first().sees(&usual("dam"), capture(text("Dam breaks", &[TOLL])))), told(Event::New));
    assert_eq!(alerts(Look::first().sees(&usual("flood"), capture(text("Dam breaks", &[TOLL])))), []);
}

#[test]
fn what_stood_in_the_feed_before_we_watched_is_no_news() {
    let look = Look { baseline: Baseline::Old, ..Look::first() };
    assert_eq!(alerts(look.sees(&usual("dam"), capture(text("Dam breaks", &[TOLL])))), []);
}

#[test]
fn a_changed_reading_waits_for_its_confirmation() {
    let look = Look::after(version(1, text("Dam breaks", &[TOLL])));
    let finding = look.sees(&usual("dam"), capture(text("Dam breaks", &[TOLL_LATER])));
    let Finding::Unconfirmed { candidate, again_in } = finding else { panic!("{finding:?}") };
    assert_eq!((candidate.attempts, again_in), (1, Duration::from_secs(45)));
}

#[test]
fn a_confirmed_change_is_the_next_version_and_is_told() {
    let look = Look::after(version(1, text("Dam breaks", &[TOLL])));
    let finding = look.confirms(&usual("dam"), text("Dam breaks", &[TOLL_LATER]));
    let Finding::Version(found) = &finding else { panic!("{finding:?}") };
    assert_eq!(found.version.number, 2);
    let change = found.change.as_ref().expect("a change");
    assert_eq!(change.severity, Some(Severity::Major));
    assert_eq!(change.figures[0].before.as_deref(), Some("12"));
    assert_eq!(change.figures[0].after.as_deref(), Some("21"));
    assert_eq!(alerts(finding), told(Event::Revised));
}

#[test]
fn a_page_that_reads_as_before_is_unchanged_whatever_its_quotes_and_spaces() {
    let look = Look::after(version(1, text("Dam “breaks”", &[TOLL])));
    let finding = look.sees(&usual("dam"), capture(text("Dam \"breaks\"", &[&TOLL.replace(' ', "\u{a0}")])));
    assert_eq!(finding, Finding::Unchanged);
}

#[test]
fn what_differs_at_every_look_is_nothing_until_it_stands_still() {
    let mut look = Look::after(version(1, text("Dam breaks", &[TOLL])));
    let mut sightings = Sightings::default();
    let mut sees = |look: &mut Look, update: &str| {
        let reading = capture(text("Dam breaks", &[TOLL, update]));
        let finding = look.known(|known| assess(&usual("dam"), known, &mut sightings, reading, NOON));
        look.candidate = match &finding {
            Finding::Unconfirmed { candidate, .. } => Some(*candidate),
            _ => None,
        };
        finding
    };
    let findings: Vec<Finding> =
        (1..=3).map(|n| sees(&mut look, &format!("Reader number {n} looks at the dam right now."))).collect();
    assert!(matches!(findings[..], [Finding::Unconfirmed { .. }, .., Finding::Unchanged]), "{findings:?}");
    assert!(!findings.iter().any(|finding| matches!(finding, Finding::Version(_))), "{findings:?}");
    let last = "The dam was closed to all readers in the evening.";
    let findings: Vec<Finding> = (1..=4).map(|_| sees(&mut look, last)).collect();
    assert!(findings.iter().any(|finding| matches!(finding, Finding::Version(_))), "{findings:?}");
}

#[test]
fn a_text_that_lost_two_thirds_must_stand_for_an_hour() {
    let long: Vec<String> =
        (0..12).map(|n| format!("Paragraph {n} of a long report about the dam and the flood.")).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let short = text("Dam breaks", &long[..2]);
    let mut look = Look::after(version(1, text("Dam breaks", &long)));
    let finding = look.sees(&usual("dam"), capture(short.clone()));
    let Finding::Unconfirmed { candidate, .. } = finding else { panic!("{finding:?}") };
    look.candidate = Some(candidate);
    look.now = NOON + Duration::from_secs(30 * 60);
    assert!(matches!(look.sees(&usual("dam"), capture(short.clone())), Finding::Unconfirmed { .. }));
    look.now = NOON + Duration::from_secs(61 * 60);
    assert!(matches!(look.sees(&usual("dam"), capture(short)), Finding::Version(_)));
}

#[test]
fn a_page_that_is_not_fit_to_be_read_is_no_version() {
    let fitness = Fitness { quality: Quality::Challenge, reason: "the title says `Just a moment...`".to_owned() };
    let unfit = Capture { fitness: fitness.clone(), ..capture(text("Just a moment...", &[])) };
    assert_eq!(Look::first().sees(&usual("moment"), unfit), Finding::Unfit(fitness));
}

#[test]
fn a_change_below_the_rules_severity_is_kept_but_not_told() {
    let look = Look::after(version(1, text("Dam breaks", &[TOLL, RESCUE])));
    let finding = look.confirms(&usual("dam"), text("Dam breaks", &[TOLL, &RESCUE.replace("nightfall", "nightfal")]));
    assert_eq!(alerts(finding), []);
}

#[test]
fn a_rule_that_matches_only_now_is_told_whatever_the_severity() {
    let look = Look::after(version(1, text("Dam breaks", &[TOLL, &RESCUE.replace("nightfall", "nightfal")])));
    assert_eq!(alerts(look.confirms(&usual("nightfall"), text("Dam breaks", &[TOLL, RESCUE]))), told(Event::Revised));
}

#[test]
fn a_rule_that_matched_only_before_is_told_when_the_change_matters() {
    let look = Look::after(version(1, text("Dam breaks", &[TOLL, RESCUE])));
    assert_eq!(alerts(look.confirms(&usual("helicopters"), text("Dam breaks", &[TOLL]))), told(Event::Revised));
}

#[test]
fn a_rule_on_removed_words_fires_on_exactly_those() {
    let rules = usual("removed:helicopters");
    let before = version(1, text("Dam breaks", &[TOLL, RESCUE]));
    assert_eq!(alerts(Look::after(before.clone()).confirms(&rules, text("Dam breaks", &[TOLL]))), told(Event::Revised));
    assert_eq!(alerts(Look::after(before).confirms(&rules, text("Dam breaks", &[TOLL_LATER, RESCUE]))), []);
}

#[test]
fn a_return_to_an_earlier_version_is_restored_and_says_which() {
    let original = text("Dam breaks", &[TOLL]);
    let mut look = Look::after(version(2, text("Dam breaks", &[TOLL_LATER])));
    look.fingerprints.push((1, diff::fingerprint(&original)));
    let finding = look.confirms(&usual("dam"), original);
    let Finding::Version(found) = finding else { panic!("{finding:?}") };
    let change = found.change.expect("a change");
    assert!(change.kinds.contains(&Kind::Restored), "{change:?}");
    assert_eq!(change.restores, Some(1));
}

#[test]
fn the_page_in_place_of_the_feeds_text_is_technical_and_tells_only_what_matches_now() {
    let from_feed = Version { source: Source::Feed, ..version(1, text("Dam breaks", &[])) };
    let finding = Look::after(from_feed.clone()).sees(&usual("dam"), capture(text("Dam breaks", &[TOLL])));
    let Finding::Version(found) = &finding else { panic!("{finding:?}") };
    assert_eq!(found.change.as_ref().map(|change| change.kinds.clone()), Some(vec![Kind::Technical]));
    assert_eq!(alerts(finding), [], "told already, from the feed");
    let only_now = Look::after(from_feed).sees(&usual("killed"), capture(text("Dam breaks", &[TOLL])));
    assert_eq!(alerts(only_now), told(Event::New));
}

#[test]
fn one_404_is_nothing_three_over_an_hour_are_gone() {
    let rules = RuleSet::new(vec![rule("it", "dam", &[Event::Gone, Event::Back], Severity::Minor)]);
    let mut look = Look::after(version(1, text("Dam breaks", &[TOLL])));
    for minutes in [0, 20] {
        look.now = NOON + Duration::from_secs(minutes * 60);
        let finding = look.known(|known| assess_absence(&rules, known, Absence::NotFound, look.now));
        let Finding::Missing(missing) = finding else { panic!("{finding:?}") };
        look.missing = Some(missing);
    }
    look.now = NOON + Duration::from_secs(90 * 60);
    let finding = look.known(|known| assess_absence(&rules, known, Absence::NotFound, look.now));
    assert_eq!(alerts(finding), told(Event::Gone));

    look.gone = true;
    let finding = look.sees(&rules, capture(text("Dam breaks", &[TOLL])));
    assert_eq!(alerts(finding), told(Event::Back));
}

#[test]
fn a_410_is_believed_sooner() {
    let rules = usual("dam");
    let missing = Some(Missing { looks: 1, since: NOON });
    let look =
        Look { missing, now: NOON + Duration::from_secs(11 * 60), ..Look::after(version(1, text("Dam", &[TOLL]))) };
    let removed = look.known(|known| assess_absence(&rules, known, Absence::Removed, look.now));
    assert!(matches!(removed, Finding::Gone { .. }), "{removed:?}");
    let not_found = look.known(|known| assess_absence(&rules, known, Absence::NotFound, look.now));
    assert!(matches!(not_found, Finding::Missing(_)), "{not_found:?}");
}

#[test]
fn an_article_whose_page_was_never_read_is_not_gone() {
    let rules = RuleSet::new(vec![rule("it", "dam", &[Event::Gone], Severity::Minor)]);
    let from_feed = Version { source: Source::Feed, ..version(1, text("Dam breaks", &[TOLL])) };
    let missing = Some(Missing { looks: 9, since: NOON });
    let look = Look { missing, now: NOON + Duration::from_secs(9 * 60 * 60), ..Look::after(from_feed) };
    let finding = look.known(|known| assess_absence(&rules, known, Absence::Removed, look.now));
    assert!(matches!(finding, Finding::Missing(_)), "{finding:?}");
}

#[test]
fn a_return_with_another_text_is_told_to_those_who_asked_for_returns() {
    let rules = RuleSet::new(vec![rule("it", "event:back dam", &[Event::Back], Severity::Minor)]);
    let look = Look { gone: true, ..Look::after(version(1, text("Dam breaks", &[TOLL]))) };
    let finding = look.confirms(&rules, text("Dam breaks", &[TOLL_LATER]));
    let Finding::Version(found) = &finding else { panic!("{finding:?}") };
    assert!(found.change.as_ref().is_some_and(|change| change.kinds.contains(&Kind::Back)));
    assert_eq!(alerts(finding), told(Event::Back));
}

#[test]
fn a_rule_that_holds_without_the_change_obeys_its_severity_even_if_it_names_added_words() {
    let typo = RESCUE.replace("nightfall", "nightfal");
    let before = version(1, text("Dam breaks", &[TOLL, RESCUE]));
    let finding = Look::after(before).confirms(&usual("dam OR added:resigned"), text("Dam breaks", &[TOLL, &typo]));
    assert_eq!(alerts(finding), []);
}

#[test]
fn a_rule_whose_words_have_gone_says_which() {
    let before = version(1, text("Dam breaks", &[TOLL, RESCUE]));
    let finding = Look::after(before).confirms(&usual("helicopters"), text("Dam breaks", &[TOLL]));
    let Finding::Version(found) = finding else { panic!("{finding:?}") };
    let matches = &found.alerts[0].matches;
    assert_eq!((matches[0].field, matches[0].text.as_str()), (MatchField::Removed, "Helicopters"));
}

#[test]
fn a_further_feed_brings_its_rules_with_it() {
    let world = FeedSelector::Name("world".to_owned());
    let elsewhere = FeedSelector::Name("elsewhere".to_owned());
    let of = |name: &str, feed: &FeedSelector| Rule {
        feeds: vec![feed.clone()],
        ..rule(name, "dam", &[Event::New, Event::Revised], Severity::Notable)
    };
    let rules = RuleSet::new(vec![of("it", &world), of("other", &elsewhere)]);
    let feeds = ["wire", "world"].map(|name| FeedFacts { name: name.to_owned(), tags: Vec::new() });
    let latest = version(1, text("Dam breaks", &[TOLL]));
    let look = Look::after(latest.clone());
    let finding = look.known(|known| {
        let known = Known { feeds: &feeds, new_feeds: &["world".to_owned()], ..*known };
        assess(&rules, &known, &mut Sightings::default(), capture(text("Dam breaks", &[TOLL])), NOON)
    });
    let Finding::Announced { alerts } = finding else { panic!("{finding:?}") };
    let told: Vec<(&str, Event)> = alerts.iter().map(|alert| (alert.rule.as_str(), alert.event)).collect();
    assert_eq!(told, [("it", Event::New)]);
}

#[test]
fn a_rule_of_a_feed_that_joined_as_the_page_became_readable_is_told() {
    let of = |name: &str, feed: &str| Rule {
        feeds: vec![FeedSelector::Name(feed.to_owned())],
        ..rule(name, "dam", &[Event::New], Severity::Notable)
    };
    let rules = RuleSet::new(vec![of("earlier", "wire"), of("it", "world")]);
    let feeds = ["wire", "world"].map(|name| FeedFacts { name: name.to_owned(), tags: Vec::new() });
    let from_feed = Version { source: Source::Feed, ..version(1, text("Dam breaks", &[])) };
    let finding = Look::after(from_feed).known(|known| {
        let known = Known { feeds: &feeds, new_feeds: &["world".to_owned()], ..*known };
        assess(&rules, &known, &mut Sightings::default(), capture(text("Dam breaks", &[TOLL])), NOON)
    });
    assert_eq!(alerts(finding), told(Event::New));
}

#[test]
fn an_entry_that_became_the_source_takes_over_from_the_page_without_an_alert() {
    let look = Look::after(version(1, text("Dam breaks", &[TOLL])));
    let entry = Capture { source: Source::Feed, ..capture(text("Dam breaks", &[TOLL_LATER])) };
    let ignored = look.sees(&usual("dam"), entry.clone());
    assert_eq!(ignored, Finding::Unchanged);
    let finding = look.known(|known| {
        let known = Known { entry_is_source: true, ..*known };
        assess(&usual("dam"), &known, &mut Sightings::default(), entry, NOON)
    });
    let Finding::Version(found) = &finding else { panic!("{finding:?}") };
    assert_eq!(found.change.as_ref().map(|change| change.kinds.clone()), Some(vec![Kind::Technical]));
    assert_eq!(alerts(finding), []);
}

#[test]
fn a_rule_that_matches_only_now_says_so_however_small_the_edit() {
    let rules = RuleSet::new(vec![
        rule("it", "helicopters", &[Event::Revised], Severity::Major),
        rule("always", "dam", &[Event::Revised], Severity::Minor),
        rule("brought", "added:helicopters", &[Event::Revised], Severity::Major),
    ]);
    let look = Look::after(version(1, text("Dam breaks", &[TOLL, &RESCUE.replace("Helicopters", "Helicoptres")])));
    let finding = look.confirms(&rules, text("Dam breaks", &[TOLL, RESCUE]));
    let Finding::Version(found) = finding else { panic!("{finding:?}") };
    let told: Vec<(&str, bool)> = found.alerts.iter().map(|alert| (alert.rule.as_str(), alert.newly)).collect();
    assert_eq!(told, [("it", true), ("always", false), ("brought", false)]);
}
