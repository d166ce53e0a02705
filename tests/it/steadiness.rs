//! What stands beside an article is no change of it: looks at pages, block by block.

use std::time::Duration;

use url::Url;
use wirewatch::detect::{self, Finding, FoundVersion, Known};
use wirewatch::model::{
    ArticleId, ArticleText, Baseline, Candidate, Capture, Event, Fitness, HostMemory, Kind, Lesson, PageBlock,
    Paragraph, Quality, Role, Severity, Sightings, Source, Surroundings, Timestamp, Version,
};
use wirewatch::rule::{Query, Rule, RuleSet, Sets};

const TOLL: &str = "At least 12 people were killed when the dam broke on Monday, officials said.";
const RESCUE: &str = "Helicopters took families from the roofs of their houses until nightfall.";
const CAUSE: &str = "Engineers had warned for years that the spillway was too small for such rain.";
const PROMO: &str = "Download our app to get breaking news alerts sent straight to your phone.";
const FOOT: &str = "Write to our newsroom if you know more about the subject of this report.";

/// A page with the paragraphs of the article and those beside it.
fn page(article: &[&str], beside: &[&str]) -> Capture {
    let block = |text: &&str, is_article| PageBlock {
        role: Role::Paragraph,
        text: (*text).to_owned(),
        at: None,
        group: 7,
        is_prose: true,
        is_article,
    };
    let text = ArticleText {
        headline: Some("Dam breaks".to_owned()),
        paragraphs: article.iter().map(|text| Paragraph::new(Role::Paragraph, *text)).collect(),
        ..ArticleText::default()
    };
    let blocks = article.iter().map(|text| block(text, true)).chain(beside.iter().map(|text| block(text, false)));
    Capture {
        source: Source::Page,
        captured_at: Timestamp::default(),
        final_url: url(),
        text,
        page: blocks.collect(),
        fitness: Fitness { quality: Quality::Good, reason: String::new() },
        wall: None,
    }
}

fn url() -> Url {
    Url::parse("https://news.example/dam").expect("an address")
}

/// A daemon that watches one article, without its clock and its store.
struct Watcher {
    article: ArticleId,
    rules: RuleSet,
    host: HostMemory,
    latest: Option<Version>,
    fingerprints: Vec<(u32, [u8; 32])>,
    candidate: Option<Candidate>,
    sightings: Sightings,
    now: Timestamp,
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const CONFIRM: Duration = Duration::from_secs(45);

impl Watcher {
    fn of(query: &str, host: HostMemory) -> Self {
        let rule = Rule {
            name: "it".to_owned(),
            query: Query::parse(query, &Sets::default()).expect("a valid query").query,
            feeds: Vec::new(),
            on: vec![Event::New, Event::Revised],
            min_severity: Severity::Minor,
            to: vec!["desk".into()],
            urgent: false,
        };
        Self {
            article: ArticleId(1),
            rules: RuleSet::new(vec![rule]),
            host,
            latest: None,
            fingerprints: Vec::new(),
            candidate: None,
            sightings: Sightings::default(),
            now: Timestamp::default(),
        }
    }

    /// One look, and what it finds.
    fn sees(&mut self, capture: Capture) -> Finding {
        let surroundings = Surroundings { memory: self.host.clone(), ..Surroundings::default() };
        let known = Known {
            article: self.article,
            url: &url(),
            feeds: &[],
            new_feeds: &[],
            entry_is_source: false,
            baseline: Baseline::News,
            latest: self.latest.as_ref(),
            fingerprints: &self.fingerprints,
            candidate: self.candidate,
            missing: None,
            gone: false,
            confirm: CONFIRM,
            surroundings: &surroundings,
        };
        let (before, edges) = (self.sightings.clone(), detect::edges(&capture));
        let finding = detect::assess(&self.rules, &known, &mut self.sightings, capture, self.now);
        let lesson = detect::lesson(&known, &finding, edges, &before, &self.sightings);
        self.host.learn(self.article, &lesson);
        self.candidate = match &finding {
            Finding::Unconfirmed { candidate, .. } => Some(*candidate),
            _ => None,
        };
        if let Finding::Version(found) = &finding {
            self.latest = Some(found.version.clone());
            self.fingerprints.insert(0, (found.version.number, found.fingerprint));
        }
        self.now = self.now + CONFIRM;
        finding
    }

    /// Looks at pages one after the other, an hour apart, each confirmed once; the versions found on the way.
    fn sees_all(&mut self, pages: &[Capture]) -> Vec<FoundVersion> {
        let mut versions = Vec::new();
        for page in pages {
            self.now = self.now + HOUR;
            for _ in 0..2 {
                if let Finding::Version(found) = self.sees(page.clone()) {
                    versions.push(*found);
                }
            }
        }
        versions
    }

    fn text(&self) -> Vec<&str> {
        let latest = self.latest.iter().flat_map(|version| &version.text.paragraphs);
        latest.map(|paragraph| paragraph.text.as_str()).collect()
    }
}

/// Whether each version is a change of our reading, and whether it is told.
fn told(versions: &[FoundVersion]) -> Vec<(bool, bool)> {
    let is_technical =
        |found: &FoundVersion| found.change.as_ref().is_some_and(|change| change.kinds.contains(&Kind::Technical));
    versions.iter().map(|found| (is_technical(found), !found.alerts.is_empty())).collect()
}

/// The memory of a host on which a block came and went on these articles.
fn restless_on(articles: &[i64], block: &str) -> HostMemory {
    let mut memory = HostMemory::new();
    for article in articles {
        let restless = detect::edges(&page(&[block], &[]));
        memory.learn(ArticleId(*article), &Lesson { edges: Vec::new(), restless });
    }
    memory
}

#[test]
fn a_promotion_that_came_and_went_on_another_article_is_no_text_of_this_one() {
    let mut watcher = Watcher::of("dam OR app", restless_on(&[2], PROMO));
    let versions = watcher.sees_all(&[page(&[TOLL, PROMO, RESCUE], &[]), page(&[TOLL, RESCUE], &[])]);
    assert_eq!(told(&versions), [(false, true)]);
    assert_eq!(watcher.text(), [TOLL, RESCUE]);
    let versions = watcher.sees_all(&[page(&[TOLL, PROMO, RESCUE], &[]), page(&[TOLL, RESCUE, PROMO], &[])]);
    assert_eq!(told(&versions), []);
}

#[test]
fn what_this_article_alone_saw_come_and_go_does_not_speak_against_itself() {
    let mut watcher = Watcher::of("dam", restless_on(&[1], PROMO));
    watcher.sees_all(&[page(&[TOLL, PROMO, RESCUE], &[])]);
    assert_eq!(watcher.text(), [TOLL, PROMO, RESCUE]);
}

#[test]
fn a_promotion_in_a_stored_version_leaves_it_without_an_alert() {
    let mut watcher = Watcher::of("dam OR app", HostMemory::new());
    watcher.sees_all(&[page(&[TOLL, PROMO, RESCUE], &[])]);
    watcher.host = restless_on(&[2, 3], PROMO);
    let versions = watcher.sees_all(&[page(&[TOLL, RESCUE], &[])]);
    assert_eq!(told(&versions), [(true, false)]);
    assert_eq!(watcher.text(), [TOLL, RESCUE]);
}

#[test]
fn an_edit_beside_a_promotion_that_leaves_is_told_and_nothing_else() {
    let later = TOLL.replace("12", "21");
    let mut watcher = Watcher::of("dam", HostMemory::new());
    watcher.sees_all(&[page(&[TOLL, PROMO, RESCUE], &[])]);
    watcher.host = restless_on(&[2, 3], PROMO);
    let versions = watcher.sees_all(&[page(&[&later, RESCUE], &[]), page(&[&later, RESCUE], &[])]);
    assert_eq!(told(&versions), [(true, false), (false, true)]);
    let change = versions[1].change.as_ref().expect("a change");
    assert_eq!((change.kinds.as_slice(), change.removed_words), ([Kind::Figures].as_slice(), 1));
}

#[test]
fn background_that_several_articles_share_is_text_of_each() {
    let mut memory = HostMemory::new();
    for article in 2..6 {
        memory.learn(ArticleId(article), &Lesson { edges: detect::edges(&page(&[CAUSE], &[])), restless: Vec::new() });
    }
    for article in 6..20 {
        memory.learn(ArticleId(article), &Lesson { edges: detect::edges(&page(&[FOOT], &[])), restless: Vec::new() });
    }
    let mut watcher = Watcher::of("spillway", memory);
    let versions = watcher.sees_all(&[page(&[TOLL, CAUSE, FOOT], &[])]);
    assert_eq!(told(&versions), [(false, true)]);
    assert_eq!(watcher.text(), [TOLL, CAUSE], "what stands at the edge of most articles is the site's");
}

#[test]
fn a_paragraph_that_the_reading_leaves_out_but_the_page_still_shows_has_not_gone() {
    let mut watcher = Watcher::of("dam", HostMemory::new());
    let whole = page(&[TOLL, CAUSE, RESCUE], &[]);
    let mut part = whole.clone();
    part.page[1].is_article = false;
    part.text.paragraphs.remove(1);
    let versions = watcher.sees_all(&[whole.clone(), part.clone(), part, whole]);
    assert_eq!(told(&versions), [(false, true)]);
}

#[test]
fn what_the_first_look_left_out_is_added_and_asks_the_rules_that_have_not_seen_it() {
    let mut watcher = Watcher::of("spillway", HostMemory::new());
    let versions = watcher.sees_all(&[
        page(&[TOLL, RESCUE], &[CAUSE]),
        page(&[TOLL, RESCUE, CAUSE], &[]),
        page(&[TOLL, RESCUE, CAUSE], &[]),
    ]);
    assert_eq!(told(&versions), [(false, false), (true, true)]);
    assert_eq!(versions[1].alerts[0].event, Event::New);
    assert_eq!(watcher.text(), [TOLL, RESCUE, CAUSE]);
}

#[test]
fn a_paragraph_that_leaves_the_page_and_stays_away_is_a_removal() {
    let mut watcher = Watcher::of("dam", HostMemory::new());
    let versions = watcher.sees_all(&[
        page(&[TOLL, CAUSE, RESCUE], &[]),
        page(&[TOLL, CAUSE, RESCUE], &[]),
        page(&[TOLL, RESCUE], &[]),
    ]);
    assert_eq!(told(&versions), [(false, true), (false, true)]);
    assert!(versions[1].change.as_ref().is_some_and(|change| change.kinds.contains(&Kind::Removal)));
}

#[test]
fn a_question_that_is_asked_again_and_again_moves_nowhere() {
    let answers: Vec<String> =
        (0..60).map(|n| format!("Cook number {n} likes soup best of all, and says so gladly.")).collect();
    let mut article = Vec::new();
    for answer in &answers {
        article.extend(["Which dish do you like best of all the dishes?", answer]);
    }
    let mut watcher = Watcher::of("soup", HostMemory::new());
    let versions = watcher.sees_all(&[page(&article, &[]), page(&article, &[PROMO]), page(&article, &[FOOT])]);
    assert_eq!(told(&versions), [(false, true)]);
}

#[test]
fn a_first_report_that_the_whole_story_replaces_within_a_minute_is_a_revision() {
    let mut watcher = Watcher::of("dam", HostMemory::new());
    let stub = page(&["A dam broke on Monday. More soon."], &[]);
    watcher.sees(stub);
    let story = page(&[TOLL, CAUSE, RESCUE], &[]);
    let versions = watcher.sees_all(&[story.clone(), story]);
    assert_eq!(told(&versions), [(false, true)]);
}

#[test]
fn a_first_look_that_read_only_what_stands_around_the_article_is_put_right_and_asks_the_rules() {
    let mut watcher = Watcher::of("spillway", HostMemory::new());
    watcher.sees(page(&[PROMO], &[TOLL, CAUSE]));
    let finding = watcher.sees(page(&[TOLL, CAUSE], &[]));
    let Finding::Version(found) = finding else { panic!("{finding:?}") };
    assert_eq!(told(&[*found]), [(true, true)]);
    assert_eq!(watcher.text(), [TOLL, CAUSE]);
}

#[test]
fn a_paragraph_that_an_editor_added_to_one_article_stays_in_the_others() {
    let mut editor = Watcher::of("spillway", HostMemory::new());
    let versions = editor.sees_all(&[page(&[TOLL, RESCUE], &[]), page(&[TOLL, CAUSE, RESCUE], &[])]);
    assert_eq!(told(&versions), [(false, false), (false, true)]);
    editor.sees_all(&[page(&[TOLL, CAUSE, RESCUE], &[]), page(&[TOLL, CAUSE, RESCUE], &[])]);
    let mut other = Watcher::of("spillway", editor.host);
    other.article = ArticleId(2);
    let versions = other.sees_all(&[page(&[TOLL, CAUSE, RESCUE], &[]), page(&[TOLL, CAUSE, RESCUE], &[])]);
    assert_eq!(told(&versions), [(false, true)]);
    assert_eq!(other.text(), [TOLL, CAUSE, RESCUE]);
}

#[test]
fn a_second_addition_at_the_same_place_is_found_as_soon_as_the_first() {
    let mut watcher = Watcher::of("dam", HostMemory::new());
    let looks =
        [page(&[TOLL, RESCUE], &[]), page(&[TOLL, CAUSE, RESCUE], &[]), page(&[TOLL, FOOT, CAUSE, RESCUE], &[])];
    assert_eq!(told(&watcher.sees_all(&looks)), [(false, true); 3]);
}

#[test]
fn one_flicker_elsewhere_takes_no_paragraph_with_a_figure_out_of_an_article() {
    let mut watcher = Watcher::of("dam", restless_on(&[2], TOLL));
    watcher.sees_all(&[page(&[TOLL, RESCUE], &[])]);
    assert_eq!(watcher.text(), [TOLL, RESCUE]);
    let later = TOLL.replace("12", "21");
    let versions = watcher.sees_all(&[page(&[&later, RESCUE], &[])]);
    assert_eq!(versions[0].change.as_ref().map(|change| change.figures.len()), Some(1));
}

#[test]
fn an_edit_beside_what_the_second_look_settles_is_looked_for_again() {
    let later = TOLL.replace("12", "21");
    let mut watcher = Watcher::of("dam", HostMemory::new());
    watcher.sees(page(&[TOLL, PROMO, RESCUE], &[]));
    let finding = watcher.sees(page(&[&later, RESCUE], &[]));
    let Finding::Version(found) = finding else { panic!("{finding:?}") };
    assert_eq!(found.again_in, Some(CONFIRM));
    let versions = watcher.sees_all(&[page(&[&later, RESCUE], &[])]);
    assert_eq!(told(&versions), [(false, true)]);
}

#[test]
fn figures_in_short_blocks_are_never_the_same_by_their_digits() {
    let pairs = [
        ("Price: $1.5m", "Price: $15m"),
        ("Inflation: 1.2%", "Inflation: 12%"),
        ("Deaths: 25-30", "Deaths: 2530"),
        ("Result: 1-1", "Result: 11"),
        ("Balance: -5", "Balance: 5"),
        ("损失为1.5亿元。", "损失为15亿元。"),
        (
            "死者12人，伤者很多，救援人员仍在现场继续搜索失踪的人。",
            "死者21人，伤者很多，救援人员仍在现场继续搜索失踪的人。",
        ),
    ];
    for (before, after) in pairs {
        let mut watcher = Watcher::of("dam", HostMemory::new());
        let looks = [page(&[TOLL, before, RESCUE], &[]), page(&[TOLL, after, RESCUE], &[])];
        assert_eq!(told(&watcher.sees_all(&looks)), [(false, true); 2], "{before} → {after}");
        assert_eq!(watcher.text(), [TOLL, after, RESCUE]);
    }
}

#[test]
fn a_headline_that_alone_reads_otherwise_is_looked_at_four_times() {
    let mut watcher = Watcher::of("dam", HostMemory::new());
    watcher.sees_all(&[page(&[TOLL, RESCUE], &[])]);
    let mut other = page(&[TOLL, RESCUE], &[]);
    other.text.headline = Some("Twelve die as dam breaks".to_owned());
    let found: Vec<bool> = (0..4).map(|_| matches!(watcher.sees(other.clone()), Finding::Version(_))).collect();
    assert_eq!(found, [false, false, false, true]);
}
