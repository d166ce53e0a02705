//! What people see: whole screens held against `tests/fixtures/terminal`. `UPDATE_FIXTURES=1` writes them anew.

#[path = "terminal/samples.rs"]
mod samples;

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Europe::Berlin;
use clap::{CommandFactory, Parser};
use serde_json::{Value, json};

use wirewatch::archive::Earlier;
use wirewatch::cli::arguments::{Arguments, Command, DiffFormat, FeedsCommand};
use wirewatch::cli::reference::{ArticleName, ArticleRange, ArticleVersion, ReferenceError, parse_address};
use wirewatch::cli::render::{self, articles::Listed, explanation::Explained, show::Shown, status::Status};
use wirewatch::cli::terminal::{Terminal, clean, clean_lines, printed};
use wirewatch::cli::text::{Mark, Text, count, grouped, size};
use wirewatch::documents::{self, FoundBy, FoundFeed, UnusableFeed, WouldAlert};
use wirewatch::health::Disk;
use wirewatch::model::*;
use wirewatch::schedule::{NotATime, Since};
use wirewatch::store::*;
use wirewatch::words::short_span;

use samples::*;

fn pipe() -> Terminal {
    Terminal { width: None, colour: false, zone: Berlin, now: now() }
}

fn screen(width: usize, colour: bool) -> Terminal {
    Terminal { width: Some(width), colour, ..pipe() }
}

/// Holds `screen` against its file, in a pipe, on a plain terminal of 80 columns, and in colour on 80 and 120.
fn check(name: &str, render: impl Fn(&Terminal) -> String) {
    for (variant, terminal) in
        [("pipe", pipe()), ("80", screen(80, false)), ("80.ansi", screen(80, true)), ("120.ansi", screen(120, true))]
    {
        let rendered = render(&terminal);
        assert!(rendered.lines().all(|line| !line.ends_with(' ')), "{name}.{variant} has spaces at the end of a line");
        let columns = terminal.width.unwrap_or(usize::MAX);
        if !terminal.colour {
            let widest = rendered.lines().map(|line| Text::plain(line).width()).max().unwrap_or(0);
            assert!(widest <= columns, "{name}.{variant} is {widest} columns wide");
        }
        assert_fixture(&format!("{name}.{variant}"), &rendered);
    }
}

fn assert_fixture(name: &str, actual: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/terminal").join(name);
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, actual).expect("fixtures can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "{name} is not as tests/fixtures/terminal/{name} says");
}

fn json_of(document: &impl serde::Serialize) -> Value {
    let printed = printed(document).expect("a document has string keys");
    serde_json::from_str(&printed).expect("what is printed is JSON")
}

#[test]
fn feeds_stand_in_a_table_with_what_is_wrong_below() {
    check("feeds", |terminal| render::feeds::listed(&feed_rows(), terminal));
}

#[test]
fn articles_of_every_script_stand_in_a_table() {
    let rules = vec!["csto-kazakhstan".to_owned(), "ferries".to_owned()];
    let rows: Vec<ArticleRow> =
        (1..=5).map(|id| article_row(id, Some(HEADLINES[usize::try_from(id - 1).unwrap_or(0)]))).collect();
    let bare = ArticleRow { problem: Some("404 Not Found".to_owned()), ..article_row(6, None) };
    check("articles", |terminal| {
        let mut listed: Vec<Listed<'_>> =
            rows.iter().map(|row| Listed { row, rules: &[], matches: &[], excerpt: None }).collect();
        listed[0].rules = &rules;
        listed.push(Listed { row: &bare, rules: &[], matches: &[], excerpt: None });
        render::articles::listed(&listed, terminal)
    });
}

#[test]
fn articles_found_by_a_query_show_where() {
    let (row, matches) = (article_row(1, Some(HEADLINES[0])), ferry_matches());
    let excerpt = render::excerpt::excerpt(&matches, &ferry());
    check("articles-found", |terminal| {
        render::articles::listed(
            &[Listed { row: &row, rules: &[], matches: &matches, excerpt: excerpt.as_ref() }],
            terminal,
        )
    });
}

#[test]
fn every_table_fits_a_narrow_terminal_however_long_names_are() {
    let long = "the-very-long-name-of-a-rule-about-東京と京都のニュース-👩‍👩‍👧‍👦🇰🇿-and-more";
    let mute = |muted| Mute { muted, who: Some(long.to_owned()), ..mutes().remove(0) };
    let article = Muted::Article { article: ArticleId(1_234_567), headline: Some(long.repeat(2)) };
    let muted =
        [mute(Muted::Rule { name: long.to_owned() }), mute(Muted::Feed { name: long.to_owned() }), mute(article)];
    let stopped = Unsubscription {
        address: format!("{}@mail.example.org", "news.desk.".repeat(6)),
        stopped: Stopped::Rule(long.to_owned()),
        ..unsubscribed().remove(2)
    };
    let rules = [documents::RuleRow {
        name: long.to_owned(),
        to: vec![long.to_owned(), "desk".to_owned()],
        feeds: vec![long.to_owned()],
        on: vec![Event::New, Event::Revised, Event::Gone, Event::Back],
        ..rule_rows().remove(0)
    }];
    let feed = FeedRow { tags: vec![long.to_owned()], ..feed_row(long, FeedState::Failing) };
    let alert = OutboxRow {
        rule: long.to_owned(),
        recipient: long.to_owned(),
        headline: Some(long.repeat(2)),
        article: ArticleId(1_234_567),
        version: 200,
        ..alert_row(1_234_567, DeliveryState::Pending)
    };
    let would = WouldAlert {
        article: ArticleId(1_234_567),
        version: 200,
        event: Event::Revised,
        headline: Some(long.repeat(2)),
        terms: vec![Match { text: long.into(), ..ferry_matches().remove(0) }],
        observed_at: now(),
    };
    let row = ArticleRow { id: ArticleId(1_234_567), feeds: vec![long.to_owned(); 3], ..article_row(1, Some(long)) };
    let matching = [long.to_owned()];
    for width in [60, 80] {
        let terminal = screen(width, false);
        let listed = Listed { row: &row, rules: &matching, matches: &[], excerpt: None };
        for (table, rendered) in [
            ("mutes", render::mutes::listed(&muted, std::slice::from_ref(&stopped), &terminal)),
            ("rules", render::rules::listed(&rules, &terminal)),
            ("feeds", render::feeds::listed(std::slice::from_ref(&feed), &terminal)),
            ("alerts", render::alerts::listed(std::slice::from_ref(&alert), &terminal)),
            ("rules test", render::rules::tested(std::slice::from_ref(&would), &terminal)),
            ("articles", render::articles::listed(&[listed], &terminal)),
        ] {
            let wide = rendered.lines().filter(|line| Text::plain(line).width() > width).collect::<Vec<_>>();
            assert!(wide.is_empty(), "{table} in {width} columns:\n{}", wide.join("\n"));
        }
    }
}

#[test]
fn an_empty_list_prints_nothing() {
    assert_eq!(render::articles::listed(&[], &screen(80, true)), "");
    assert_eq!(render::feeds::listed(&[], &pipe()), "");
    assert_eq!(render::alerts::listed(&[], &pipe()), "");
    assert_eq!(json_of(&documents::Feeds { feeds: &[] }), json!({"feeds": []}));
}

#[test]
fn a_history_tells_each_version() {
    check("history", |terminal| {
        render::history::told(&ferry_history(), &["ferries".to_owned()], &mutes()[1..], terminal)
    });
}

#[test]
fn an_article_that_was_taken_down_says_so_at_the_head() {
    let ArticleRow { url, .. } = article_row(3, None);
    let article = ArticleRow { gone: true, problem: Some("taken down".to_owned()), ..ferry_history().article };
    let history = History { article: ArticleRow { url, ..article }, ..ferry_history() };
    check("history-gone", |terminal| render::history::told(&history, &[], &[], terminal));
    let unread = ArticleRow { gone: false, problem: Some("404 Not Found".to_owned()), ..history.article };
    let told = render::history::told(&History { article: unread, ..ferry_history() }, &[], &[], &pipe());
    assert!(told.contains("not readable at the last look: 404 Not Found · last looked at"), "{told}");
}

#[test]
fn words_that_a_version_lost_are_told_apart_from_those_it_has() {
    let lost = Match { field: MatchField::Removed, ..ferry_matches().remove(0) };
    let found = WouldAlert {
        article: ArticleId(1),
        version: 2,
        event: Event::Revised,
        headline: None,
        terms: vec![lost.clone()],
        observed_at: now(),
    };
    let told = render::rules::tested(&[found], &pipe());
    assert!(told.contains(&format!("no longer: {}", lost.text)), "{told}");
}

#[test]
fn an_alert_names_the_address_where_a_recipient_has_several() {
    let one = alert_rows().remove(0);
    let other = OutboxRow { address: "two@example.org".to_owned(), ..one.clone() };
    let told = render::alerts::listed(&[one.clone(), other], &pipe());
    assert!(told.contains("(two@example.org)") && told.contains(&format!("({})", one.address)), "{told}");
}

#[test]
fn what_is_muted_says_until_when_and_why() {
    let over = Mute { id: MuteId(1), lifted_at: Some(now()), ..mutes().remove(0) };
    let all: Vec<Mute> = mutes().into_iter().chain([over]).collect();
    check("mutes", |terminal| render::mutes::listed(&all, &unsubscribed(), terminal));
    assert_eq!(render::mutes::resubscribed(&unsubscribed()[0]), "desk@example.org gets rule csto-kazakhstan again\n");
    let told = render::mutes::begun(&mutes()[0], &pipe()) + &render::mutes::lifted(&mutes()[0], None, &pipe());
    assert!(told.contains("rule csto-kazakhstan is muted until"), "{told}");
    assert!(told.ends_with("rule csto-kazakhstan is heard again\n"), "{told}");
}

#[test]
fn an_article_without_a_version_says_why() {
    let article = ArticleRow {
        problem: Some("the title says `Just a moment...`".to_owned()),
        versions: 0,
        ..article_row(7, None)
    };
    let history = History { article, aliases: Vec::new(), versions: Vec::new(), notices: Vec::new() };
    check("history-empty", |terminal| render::history::told(&history, &[], &[], terminal));
}

#[test]
fn a_version_is_shown_in_full_with_the_words_that_rules_found() {
    let history = ferry_history();
    let (text, matches, rules) = (ferry(), ferry_matches(), vec!["csto-kazakhstan".to_owned()]);
    let shown = Shown {
        article: &history.article,
        version: &history.versions[1],
        text: &text,
        rules: &rules,
        matches: &matches,
    };
    check("show", |terminal| render::show::shown(&shown, terminal));
}

#[test]
fn a_diff_shows_the_words_in_their_sentences() {
    let history = ferry_history();
    let (from, to) = (&history.versions[0], &history.versions[1]);
    check("diff-words", |terminal| {
        let heading = render::diff::heading(&history.article, from, to, to.change.as_ref(), terminal);
        heading + &render::diff::words(&ferry_diff(), terminal)
    });
}

#[test]
fn a_unified_diff_is_one_that_git_could_have_printed() {
    let unified = render::unified::unified("3@1", "3@2", &ferry_diff(), &pipe());
    assert_fixture("diff-unified.pipe", &unified);
    assert_fixture("diff-unified.ansi", &render::unified::unified("3@1", "3@2", &ferry_diff(), &screen(80, true)));
}

#[test]
fn an_html_diff_stands_alone_and_escapes_what_strangers_wrote() {
    let facts = ["version 1 → 2".to_owned(), "<b>major</b>".to_owned()];
    let head = render::html::Head {
        title: "Ferry <capsizes>",
        url: Some("javascript:alert(1)"),
        facts: &facts,
        language: Some("en\""),
    };
    let page = render::html::page(&head, &ferry_diff());
    assert!(!page.contains("<script") && !page.contains("href=\"javascript") && !page.contains('\u{1b}'));
    assert_fixture("diff.html", &page);
}

#[test]
fn equal_texts_have_no_diff() {
    let equal = Diff {
        headline: Vec::new(),
        correction: Vec::new(),
        paragraphs: ferry_diff().paragraphs[..2].to_vec(),
        ..ferry_diff()
    };
    assert_eq!(render::diff::words(&equal, &pipe()), "No words differ.\n");
    assert_eq!(render::unified::unified("a", "b", &equal, &pipe()), "");
}

#[test]
fn rules_stand_in_a_table() {
    check("rules", |terminal| render::rules::listed(&rule_rows(), terminal));
}

#[test]
fn a_rule_test_names_what_would_have_alerted() {
    let found = |article, version, event| WouldAlert {
        article: ArticleId(article),
        version,
        event,
        headline: Some(HEADLINES[usize::try_from(article).unwrap_or(0)].to_owned()),
        terms: ferry_matches(),
        observed_at: now() - Duration::from_secs(90_000),
    };
    let matches = [found(0, 1, Event::New), found(0, 2, Event::Revised), found(2, 1, Event::New)];
    check("rules-test", |terminal| render::rules::tested(&matches, terminal));
    let summary = |looked_at| render::rules::tested_summary(&matches, looked_at, 812);
    assert_eq!(summary(812), "3 alerts on 2 articles, had the rule been there");
    assert_eq!(summary(7), "3 alerts on 2 articles, had the rule been there (read 7 of 812 articles)");
    assert_eq!(
        render::rules::tested_summary(&[], 0, 812),
        "would not have alerted on anything that is stored (none of 812 articles has the words)"
    );
}

#[test]
fn an_explanation_is_a_tree() {
    let explanation = explanation();
    let headline = Some(HEADLINES[4]);
    let told = |explanation: &_, terminal: &Terminal| {
        render::explanation::explained(&Explained { of: "12@2", headline, text: &ferry(), explanation }, terminal)
    };
    check("rules-explain", |terminal| told(&explanation, terminal));

    let query = "(\"coast guard\" NEAR/3 CSTO OR missing ONEAR/4 dozens OR csto NEAR ship) AND ATLEAST/2($places, csto, /[0-9]{3}/) \
                 AND (feed:wire OR site:other.example lang:de) NOT (added:survivor* -title:ferry)";
    let long = explained(query);
    check("rules-explain-long", |terminal| told(&long, terminal));
}

#[test]
fn the_outbox_stands_in_a_table() {
    check("alerts", |terminal| render::alerts::listed(&alert_rows(), terminal));
}

#[test]
fn an_alert_shows_its_message_without_control_characters() {
    let message = "From: Wirewatch\r\nSubject: [rule] \u{1b}[2J\r\n\r\nAt least 26.\r\n";
    check("alert", |terminal| {
        render::alerts::shown(&alert_rows()[1], Some(&wirewatch::transport::read(message.as_bytes())), terminal)
    });
}

#[test]
fn the_status_is_one_screen() {
    let store = store_status();
    let mutes = mutes();
    let status = Status {
        is_running: true,
        version: "0.1.0",
        database: "/srv/wirewatch.db",
        store: &store,
        mutes: &mutes,
        suspended: &suspended(),
    };
    check("status", |terminal| render::status::shown(&status, terminal));
}

#[test]
fn the_status_says_how_much_room_the_disk_has() {
    let said = |free, total| {
        let store = StoreStatus { disk: Some(Disk { free, total }), ..store_status() };
        let status = Status {
            is_running: true,
            version: "0.1.0",
            database: "/srv/wirewatch.db",
            store: &store,
            mutes: &[],
            suspended: &[],
        };
        let screen = render::status::shown(&status, &pipe());
        let line = screen.lines().find(|line| line.trim_start().starts_with("Disk")).expect("a line");
        line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    for (free, total, line) in [
        (30_000_000_000, 40_000_000_000, "30.0 GB of 40.0 GB free"),
        // A twentieth of a disk of this size, and the least that is enough on any.
        (2_000_000_000, 40_000_000_000, "2.0 GB of 40.0 GB free"),
        (1_999_999_999, 40_000_000_000, "1.9 GB of 40.0 GB free, nearly full"),
        (500_000_000, 4_000_000_000, "500.0 MB of 4.0 GB free"),
        (499_999_999, 4_000_000_000, "499.9 MB of 4.0 GB free, nearly full"),
        // A large disk may be fuller than that.
        (5_000_000_000, 4_000_000_000_000, "5.0 GB of 4000.0 GB free"),
        (0, 4_000_000_000, "0 bytes of 4.0 GB free, nearly full"),
    ] {
        assert_eq!(said(free, total), line);
    }
}

#[test]
fn an_inspected_feed_shows_its_entries() {
    check("inspect-feed", |terminal| render::inspect::feed(&feed_document(), terminal));
}

#[test]
fn an_inspected_page_says_first_whether_it_can_be_read() {
    let text = ferry();
    check("inspect-page", |terminal| {
        render::inspect::page(Quality::Paywall, "the text stops after 40 words", &text, terminal)
    });
}

#[test]
fn an_inspected_change_shows_the_words() {
    check("inspect-change", |terminal| render::inspect::change(Some(&ferry_change()), &ferry_diff(), terminal));
    assert_eq!(render::inspect::change(None, &ferry_diff(), &pipe()), "No change that a reader would see.\n");
}

#[test]
fn the_documents_have_the_keys_of_the_contract() {
    let (history, text, matches) = (ferry_history(), ferry(), ferry_matches());
    let rules = vec!["ferries".to_owned()];
    let diff = ferry_diff();
    let article = documents::Article { row: &history.article, rules: &rules };
    let (alerts, rows, status) = (alert_rows(), rule_rows(), store_status());
    let would = WouldAlert {
        article: ArticleId(1),
        version: 2,
        event: Event::Revised,
        headline: None,
        terms: matches,
        observed_at: now(),
    };
    let explanation = explanation();
    let all = json!({
        "articles": json_of(&documents::Articles { articles: vec![article], matched_earlier: Vec::new() }),
        "history": json_of(&documents::HistoryDocument::new(&history, &rules, &mutes())),
        "show": json_of(&documents::Shown::new(&history.article, &history.versions[1], &text, &rules)),
        "diff": json_of(&documents::DiffDocument::new(1, 2, &diff)),
        "feeds": json_of(&documents::Feeds { feeds: &feed_rows()[1..2] }),
        "discover": json_of(&documents::Discovered { feeds: &[found_feed()], unusable: &[unusable_feed()] }),
        "alerts": json_of(&documents::Alerts { alerts: &alerts[..1], notices: &[] }),
        "alert": json_of(&documents::AlertMessage { row: &alerts[0], message: Some("From: …"), text: None }),
        "rules": json_of(&documents::Rules { rules: &rows[..1] }),
        "rules test": json_of(&documents::RuleTest { matches: &[would] }),
        "rules explain": json_of(&documents::Explained {
            article: ArticleId(1),
            version: 2,
            matches: explanation.held,
            explanation: (&explanation).into(),
        }),
        "mutes": json_of(&documents::Mutes { mutes: &mutes(), unsubscribed: &unsubscribed() }),
        "status": json_of(&documents::Status { running: true, version: "0.1.0", store: &status, mutes: &mutes(), suspended: &suspended() }),
        "inspect feed": json_of(&documents::InspectedFeed::from(&feed_document())),
        "inspect page": json_of(&documents::InspectedPage::new(Quality::Good, "", &text)),
        "inspect change": json_of(&documents::InspectedChange::new(history.versions[1].change.as_ref(), &diff)),
        "no change": json_of(&documents::InspectedChange::new(None, &diff)),
    });
    assert_fixture("documents.json", &(serde_json::to_string_pretty(&all).expect("JSON prints") + "\n"));
}

fn found_feed() -> FoundFeed {
    FoundFeed {
        url: url("https://a.example/rss"),
        title: Some("A paper".to_owned()),
        kind: FeedKind::Rss,
        found: FoundBy::Announced,
        entries: 20,
        latest: Some(now()),
        comments: false,
        same_as: None,
    }
}

fn unusable_feed() -> UnusableFeed {
    UnusableFeed { url: url("https://a.example/old"), reason: "the document is empty".to_owned() }
}

#[test]
fn found_feeds_are_described() {
    let atom = FoundFeed {
        url: url("https://bob:s3cret@a.example/atom"),
        title: None,
        kind: FeedKind::Atom,
        same_as: Some(url("https://a.example/rss")),
        ..found_feed()
    };
    let comments = FoundFeed {
        url: url("https://a.example/comments/feed"),
        entries: 0,
        latest: None,
        comments: true,
        ..found_feed()
    };
    check("discovered", |terminal| {
        render::feeds::discovered(&[found_feed(), atom.clone(), comments.clone()], terminal)
    });
}

#[test]
fn a_document_keeps_its_text_but_holds_no_character_that_a_terminal_acts_on() {
    let row = article_row(1, Some(HEADLINES[3]));
    let earlier =
        Earlier { row: row.clone(), version: 1, headline: row.headline.clone(), matches: Vec::new(), shown: () };
    let document = documents::Articles {
        articles: vec![documents::Article { row: &row, rules: &[] }],
        matched_earlier: vec![documents::EarlierArticle::new(&earlier)],
    };
    let printed = printed(&document).expect("a document has string keys");
    assert!(printed.chars().all(|character| character == '\n' || !character.is_control()));
    assert!(!printed.contains('\u{202e}'));
    let read: Value = serde_json::from_str(&printed).expect("what is printed is JSON");
    assert_eq!(read["articles"][0]["headline"], HEADLINES[3]);
}

#[test]
fn no_control_character_of_a_stranger_is_left() {
    assert_eq!(clean("a\u{1b}]0;x\u{7}b"), "a␛]0;x␇b");
    assert_eq!(clean("\u{9b}2J\u{7f}\r\n\t"), "<U+009B>2J␡␍␊␉");
    assert_eq!(clean("\u{202e}abc\u{2069}\u{200f}"), "<U+202E>abc<U+2069>");
    assert_eq!(clean_lines("a\r\n\tb\rc"), "a\n\tb␍c");
    assert_eq!(clean("كأس العالم, Łódź, 京都, क्\u{200d}ष"), "كأس العالم, Łódź, 京都, क्\u{200d}ष");
}

#[test]
fn text_is_cut_and_wrapped_by_the_columns_it_takes() {
    let cut = |text: &str, columns| Text::plain(text).truncated(columns).rendered(false);
    assert_eq!(cut("京都議定書", 10), "京都議定書");
    assert_eq!(cut("京都議定書", 9), "京都議定…");
    assert_eq!(cut("京都議定書", 8), "京都議…");
    assert_eq!(cut("one two", 5), "one…");
    let wrapped = |text: &str, columns| -> Vec<String> {
        Text::plain(text).wrapped(Some(columns)).iter().map(|line| line.rendered(false)).collect()
    };
    assert_eq!(wrapped("the quick brown fox", 10), ["the quick", "brown fox"]);
    assert_eq!(wrapped("incomprehensibilities", 8), ["incompre", "hensibil", "ities"]);
    assert_eq!(wrapped("京都議定書、交渉。", 8), ["京都議定", "書、交", "渉。"]);
    assert_eq!(wrapped("", 8), [""]);
    assert_eq!(Text::plain("one line\u{a0}more").wrapped(None).len(), 1);
}

#[test]
fn a_wrong_span_marks_nothing() {
    let mut text = Text::new();
    let backwards = std::ops::Range { start: 7, end: 3 };
    text.push_with_hits(Mark::Plain, "Łódź wins", &[1..2, 0..200, backwards, 0..7, 2..9]);
    assert_eq!(text.rendered(false), "Łódź wins");
    assert_eq!(text.rendered(true), "\u{1b}[1m\u{1b}[33mŁódź\u{1b}[0m wins");
}

#[test]
fn counts_agree_in_number() {
    assert_eq!(
        [count(0, "word"), count(1, "entry"), count(2, "entry"), count(1_204, "article")],
        ["0 words", "1 entry", "2 entries", "1,204 articles"]
    );
    assert_eq!([grouped(7), grouped(1_000), grouped(1_234_567)], ["7", "1,000", "1,234,567"]);
    assert_eq!([size(1), size(1_234_567), size(999)], ["1 byte", "1.2 MB", "999 bytes"]);
}

#[test]
fn times_name_their_zone_and_their_distance() {
    let terminal = screen(80, false);
    assert_eq!(terminal.moment(at("2026-07-01T12:00:00Z")), "1 Jul 2026, 14:00 CEST");
    assert_eq!(terminal.moment_and_ago(at("2026-11-22T12:04:00Z")), "22 Nov 2026, 13:04 CET (2 h ago)");
    assert_eq!(terminal.ago(now()), "now");
    assert_eq!(terminal.ago(now() + Duration::from_secs(200)), "in 3 min");
    assert_eq!(short_span(Duration::from_secs(47 * 3_600)), "47 h");
    assert_eq!(short_span(Duration::from_secs(86_400 * 12)), "12 d");
}

#[test]
fn an_article_is_named_by_number_or_address_and_only_digits_at_the_end_are_versions() {
    let name = |typed: &str| typed.parse::<ArticleName>();
    assert_eq!(name("12"), Ok(ArticleName::Id(ArticleId(12))));
    assert_eq!(name("https://a.example/@jane/12@3"), Ok(ArticleName::Url(url("https://a.example/@jane/12@3"))));
    assert_eq!(name("news.example/a"), Ok(ArticleName::Url(url("https://news.example/a"))));
    for wrong in ["", "0", "-1", "ferry", "12@3", "99999999999999999999", "ftp://a.example/"] {
        assert!(name(wrong).is_err(), "{wrong}");
    }
    let version = |typed: &str| typed.parse::<ArticleVersion>().map(|named| (named.article.to_string(), named.version));
    assert_eq!(version("12@3"), Ok(("12".to_owned(), Some(3))));
    assert_eq!(version("https://a.example/@jane"), Ok(("https://a.example/@jane".to_owned(), None)));
    assert_eq!(version("https://a.example/@jane/1@2"), Ok(("https://a.example/@jane/1".to_owned(), Some(2))));
    assert_eq!(version("12@1..2"), Err(ReferenceError::RangeForVersion));
    assert_eq!(version("12@0"), Err(ReferenceError::VersionZero));
    let range = |typed: &str| typed.parse::<ArticleRange>().map(|named| named.versions);
    assert_eq!(range("12"), Ok(None));
    assert_eq!(range("12@1..3"), Ok(Some((1, 3))));
    assert_eq!(range("12@3"), Ok(Some((2, 3))));
    assert_eq!(range("12@1"), Err(ReferenceError::NothingBefore));
    assert_eq!(range("12@2..2"), Err(ReferenceError::SameVersion(2)));
    assert_eq!(range("https://a.example/x@1..y"), Ok(None));
    for wrong in ["1@1..", "1@..2", "1@x", "1@", "https://a.example/x@1.."] {
        assert!(matches!(range(wrong), Err(ReferenceError::NotAVersion(_))), "{wrong}");
    }
    assert_eq!(name("12@1..2"), Err(ReferenceError::NoVersionHere("1..2".to_owned())));
    assert!(range("12@4294967296..3").is_err());
}

#[test]
fn addresses_and_times_are_taken_as_people_type_them() {
    assert_eq!(parse_address("lemonde.fr"), Ok(url("https://lemonde.fr/")));
    assert_eq!(parse_address("localhost:8000/rss"), Ok(url("http://localhost:8000/rss")));
    assert_eq!(parse_address("127.0.0.1:8000"), Ok(url("http://127.0.0.1:8000/")));
    assert_eq!(parse_address("file:///etc/passwd"), Err(ReferenceError::Scheme));
    let since = |typed: &str| typed.parse::<Since>().map(|since| since.at(Berlin, now()));
    assert_eq!(since("7d"), Ok(at("2026-11-15T14:05:00Z")));
    assert_eq!(since("2026-11-20"), Ok(at("2026-11-19T23:00:00Z")));
    assert_eq!(since("2026-11-20T08:00:00+02:00"), Ok(at("2026-11-20T06:00:00Z")));
    assert_eq!(since("yesterday"), Err(NotATime));
}

fn arguments(typed: &str) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(std::iter::once("wirewatch").chain(typed.split_whitespace()))
}

#[test]
fn the_command_line_is_sound_and_has_every_command_of_the_contract() {
    Arguments::command().debug_assert();
    let commands = "init check run watch demo feeds articles history show diff rules alerts mute mutes unmute recheck status \
        reextract verify backup restore prune export hide inspect test-mail completions man";
    let named: Vec<String> =
        Arguments::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    assert_eq!(named, commands.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn every_command_line_of_the_contract_is_understood() {
    for typed in [
        "run",
        "run --once --all",
        "--config a.toml check --online",
        "check -v --config a.toml",
        "watch https://a.example/rss b.example --match csto",
        "feeds --json",
        "feeds --config a.toml discover a.example --json",
        "feeds import a.opml",
        "feeds import - --to feeds.d/a.toml",
        "feeds export",
        "articles",
        "articles -football --rule a --feed b --since 7d --revised --limit 5 --json",
        "history 12 --json",
        "show https://a.example/b@2 --html",
        "show 12@2 --json",
        "diff 12@1..2 --format json",
        "diff 12 --json",
        "rules --json",
        "rules test csto --since 30d --json",
        "rules explain csto 12@2 --json",
        "alerts --state held --json",
        "alerts retry",
        "alerts retry 1 2",
        "alerts show 1 --json",
        "recheck 12 https://a.example/b",
        "test-mail --to a@b.example",
        "status --json",
        "inspect feed a.xml --content-type text/xml --json",
        "inspect page https://a.example/ --json",
        "inspect change - b.html --json",
        "demo --for 20s",
        "init --force",
        "backup copy.db --force --json",
        "backup copies --keep 7",
        "restore copy.db --json",
        "prune --dry-run --json",
        "prune --shrink",
        "completions zsh",
        "man",
    ] {
        assert!(arguments(typed).is_ok(), "{typed}: {}", arguments(typed).unwrap_err());
    }
    assert!(matches!(arguments("diff 12").unwrap().command, Command::Diff(diff) if diff.format == DiffFormat::Words));
    let feeds = arguments("feeds discover a.example").unwrap().command;
    assert!(matches!(feeds, Command::Feeds(feeds) if matches!(feeds.command, Some(FeedsCommand::Discover { .. }))));
}

#[test]
fn wrong_usage_ends_with_2() {
    for typed in [
        "",
        "fly",
        "run --all",
        "watch https://a.example/",
        "history x",
        "show 12@1..2",
        "diff 12@3..3",
        "diff 1@1..",
        "articles --revisd",
        "rules test --sinse",
        "test-mail --to nonsense",
        "-q -v status",
    ] {
        assert_eq!(arguments(typed).expect_err(typed).exit_code(), 2, "{typed}");
    }
}

#[test]
fn a_mistyped_option_is_no_query() {
    let said = arguments("articles --revisd").expect_err("there is no such option").to_string();
    assert!(said.contains("unexpected option `--revisd`; did you mean `--revised`?"), "{said}");
    assert!(arguments("articles -- -football").is_ok());
}

#[test]
fn the_help_says_where_to_start_and_what_the_exit_status_means() {
    let help = Arguments::command().term_width(100).render_help().to_string();
    assert_fixture("help", &help);
}
