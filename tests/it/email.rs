//! Whole mails, compared with files in `tests/fixtures/email`. `BLESS=1` writes those anew: read the difference.

mod mails;
mod stories;
mod template;
mod unsubscribe;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use url::Url;
use wirewatch::email::{self, Email, Sender};
use wirewatch::hook;
use wirewatch::model::{
    Change, DeliveredArticle, Delivery, DeliveryKind, Event, Figure, Kind, Mark, Severity, Timestamp,
};
use wirewatch::transport;

use stories::{
    STORY, alone, article, at, change, compose, delivery, gone, kazakhstan_thread, new, new_elsewhere, revised,
    revised_often, rule, sender, text, thread, touched_up, version,
};

const MAX_MAIL: usize = 100_000;

#[test]
fn every_kind_of_mail_reads_as_its_files() {
    let mut files = BTreeSet::new();
    let mut different = Vec::new();
    let mut check = |file: String, actual: &str| {
        different.extend(difference(&file, actual));
        files.insert(file);
    };
    for (name, email) in mails::all() {
        keeps_what_every_mail_keeps(name, &email);
        let message = String::from_utf8(transport::render(&email).unwrap()).unwrap();
        let head = message.split("\r\n\r\n").next().unwrap();
        check(format!("{name}.head"), &head.replace("\r\n", "\n"));
        check(format!("{name}.txt"), &email.text);
        if !email.html.is_empty() {
            check(format!("{name}.html"), &email.html);
        }
    }
    let told = Delivery { thread: kazakhstan_thread(), ..alone(revised()) };
    let readable = |json: Vec<u8>| {
        let value: Value = serde_json::from_slice(&json).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let email = compose(&told);
    check("revised.webhook.json".to_owned(), &readable(hook::document(&told, &email).unwrap()));
    check("revised.ntfy.json".to_owned(), &readable(hook::notification(&told, &email, false).unwrap()));
    assert!(different.is_empty(), "BLESS=1 writes these anew:\n{}", different.join("\n"));
    let there = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let unknown: Vec<String> = there.filter(|file| !files.contains(file)).collect();
    assert!(unknown.is_empty(), "no mail is compared with {unknown:?}");
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/email"].iter().collect()
}

/// Where a text differs from its file, and its file's name.
fn difference(file: &str, actual: &str) -> Option<String> {
    let path = folder().join(file);
    let actual = format!("{}\n", actual.trim_end_matches('\n'));
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let lines = || expected.lines().map(Some).chain([None]).zip(actual.lines().map(Some).chain([None]));
    let first = lines().find(|(expected, actual)| expected != actual);
    (expected != actual).then(|| format!("{file}: {first:#?}"))
}

fn keeps_what_every_mail_keeps(name: &str, email: &Email) {
    let rendered = transport::render(email).unwrap();
    let message = String::from_utf8(rendered).unwrap();
    assert!(message.len() < MAX_MAIL, "`{name}` has {} bytes", message.len());
    assert!(message.is_ascii(), "`{name}` is not ASCII");
    assert!(
        message.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])),
        "`{name}` has a bad line"
    );
    let foreign = ["<script", "<img", "<style", "<link", "<ins", "<del", "url(", "@import"];
    assert!(!foreign.iter().any(|tag| email.html.contains(tag)), "`{name}` needs what mail clients leave out");
    assert!(!email.subject.contains(char::is_control));
}

#[test]
fn many_revisions_in_one_mail_are_counted_and_bounded() {
    let sentence = |number: usize, word: &str| {
        format!("Paragraph {number} of the report says that the {word} bridge was closed to traffic at dawn.")
    };
    let paragraphs = |word: &str| (1..=30).map(|number| sentence(number, word)).collect::<Vec<_>>();
    let (old, new) = (paragraphs("northern"), paragraphs("southern"));
    let before = text("Bridges closed", &old.iter().map(String::as_str).collect::<Vec<_>>());
    let after = text("Bridges closed", &new.iter().map(String::as_str).collect::<Vec<_>>());
    let told = DeliveredArticle {
        before: Some(version(2, "12:20", &before)),
        change: Some(change(&[Kind::Wording], Severity::Notable)),
        revisions: 4,
        ..article(
            "https://news.example/bridges",
            Event::Revised,
            version(6, "13:05", &after),
            vec![rule("bridges", "bridge*", &after, &["bridge"])],
        )
    };
    let email = compose(&delivery(DeliveryKind::Article, vec![told]));
    assert!(email.text.contains("4 revisions in one mail: everything since version 2"));
    assert!(email.text.contains("… and 18 more changes: see the diff."));
}

#[test]
fn a_great_digest_lists_what_it_cannot_tell() {
    let articles: Vec<DeliveredArticle> = (0..500).map(|_| revised()).collect();
    let email = compose(&delivery(DeliveryKind::Digest, articles));
    assert!(email.subject.starts_with("[wirewatch] 500 stories: "));
    assert!(email.text.contains("more stories: `wirewatch alerts`"));
    assert!(transport::render(&email).unwrap().len() < MAX_MAIL);
}

#[test]
fn a_later_mail_has_the_first_subject_byte_for_byte() {
    let subject = "[csto-kazakhstan] Kazakhstan:  dozens killed — “no comment” 🔥";
    let later = Delivery { thread: thread(subject), ..delivery(DeliveryKind::Article, vec![revised()]) };
    let email = compose(&later);
    assert_eq!(email.subject, format!("Re: {subject}"));
    assert_eq!(email.in_reply_to.as_deref(), Some("ww.5.33bb44@example.org"));
    assert_eq!(email.references.len(), 2);
}

#[test]
fn an_enormous_article_still_makes_a_small_mail() {
    let word = "京都議定書と<気候>変動&";
    let paragraph = |number: usize| format!("{number} {}", word.repeat(1_000));
    let old: Vec<String> = (0..6).map(paragraph).collect();
    let new: Vec<String> = (6..12).map(paragraph).collect();
    let before = text(&word.repeat(90), &old.iter().map(String::as_str).collect::<Vec<_>>());
    let after = text(&word.repeat(91), &new.iter().map(String::as_str).collect::<Vec<_>>());
    let figures: Vec<Figure> =
        (0..500).map(|n| Figure { before: Some(n.to_string()), after: None, context: word.repeat(50) }).collect();
    let told = DeliveredArticle {
        before: Some(version(1, "12:20", &before)),
        change: Some(Change { figures, ..change(&[Kind::Headline, Kind::Figures], Severity::Major) }),
        ..article(
            &format!("https://news.example/{}", "x".repeat(7_000)),
            Event::Revised,
            version(2, "13:05", &after),
            vec![rule("kyoto", "京都議定書", &after, &["京都議定書"])],
        )
    };
    let email = compose(&delivery(DeliveryKind::Article, vec![told]));
    assert!(transport::render(&email).unwrap().len() < MAX_MAIL);
    assert!(email.text.contains("wirewatch show 12"));
}

#[test]
fn times_name_their_zone_even_where_it_has_no_abbreviation() {
    let almaty = Sender { zone: chrono_tz::Asia::Almaty, ..sender() };
    let email = email::compose(&delivery(DeliveryKind::Article, vec![new()]), &almaty, at("23:07"));
    assert!(email.text.starts_with("New from aljazeera.com, 17:20 UTC+5, 22 Nov 2026\n"), "{}", email.text);
}

#[test]
fn commands_name_the_configuration_where_they_must() {
    let hinted = Sender { config_hint: Some("/srv/news desk/wirewatch.toml".to_owned()), ..sender() };
    let email = email::compose(&delivery(DeliveryKind::Article, vec![new()]), &hinted, at("13:07"));
    assert!(email.text.contains("wirewatch history 12 --config '/srv/news desk/wirewatch.toml'\n"));
}

#[test]
fn no_line_of_plain_text_is_wider_than_a_terminal_unless_it_is_an_address() {
    for told in [new(), revised()] {
        let email = compose(&delivery(DeliveryKind::Article, vec![told]));
        assert!(email.text.lines().all(|line| line.chars().count() <= 78 || line.contains("://")));
    }
}

#[test]
fn what_else_is_to_be_known_of_a_change_is_told_in_sentences() {
    let told = DeliveredArticle { marks: vec![Mark::Alternating, Mark::Braked, Mark::ReadAnew], ..revised() };
    let email = compose(&delivery(DeliveryKind::Article, vec![told]));
    assert!(email.text.contains("went to and fro"), "{}", email.text);
    assert!(email.text.contains("mailed once a day"), "{}", email.text);
    assert!(!email.text.contains("anew"), "{}", email.text);
}

#[test]
fn a_public_url_turns_commands_into_pages() {
    let with_pages = Sender { public_url: Url::parse("https://watch.example.org/desk/").ok(), ..sender() };
    let email = email::compose(&alone(revised()), &with_pages, at("13:07"));
    assert!(email.text.contains("https://watch.example.org/desk/articles/12\n"));
    assert!(email.html.contains("href=\"https://watch.example.org/desk/articles/12/diff?from=1&amp;to=2\""));
}

#[test]
fn several_rules_make_one_mail_that_names_them_all() {
    let mut told = new();
    let (first, text) = (told.rules[0].clone(), told.after.text.clone());
    told.rules.push(rule("world: unrest & co", "clash*", &text, &["clashes"]));
    told.rules.push(rule("everything", "event:new", &text, &[]));
    let email = compose(&alone(told));
    assert_eq!(email.subject, format!("[{} +2] Kazakhstan: dozens killed as troops arrive", first.name));
    let rules = "csto-kazakhstan, world: unrest & co, everything";
    assert!(email.headers.contains(&("X-Wirewatch-Rule".to_owned(), rules.to_owned())));
}

#[test]
fn a_long_headline_is_cut_to_a_sane_subject() {
    let mails = mails::all();
    let (_, long) = mails.iter().find(|(name, _)| *name == "long-headline").unwrap();
    assert!(long.subject.chars().count() < 200);
}

#[test]
fn hostile_words_reach_neither_header_nor_markup() {
    let email = compose(&mails::hostile());
    assert!(!email.subject.contains('\u{202E}') && !email.text.contains(['\u{202E}', '\u{1b}', '\u{7}']));
    let message = String::from_utf8(transport::render(&email).unwrap()).unwrap();
    let head = message.split("\r\n\r\n").next().unwrap();
    assert!(!head.lines().any(|line| line.starts_with("X-Evil") || line.starts_with("Bcc")));
}

#[test]
fn a_refused_mail_can_be_sent_bare() {
    let bare = email::compose_bare(&alone(revised()), &sender(), at("13:07"));
    assert!(bare.html.is_empty());
    assert!(bare.text.contains(STORY) && bare.text.contains("Kazakhstan: 26 killed as CSTO troops arrive"));
    let message = String::from_utf8(transport::render(&bare).unwrap()).unwrap();
    assert!(message.contains("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable"));
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The places of these words in a text, which must have them all, in this order.
fn stand_in_order(text: &str, words: &[&str]) {
    let mut from = 0;
    for word in words {
        let at =
            text[from..].find(word).unwrap_or_else(|| panic!("`{word}` does not stand after byte {from}:\n{text}"));
        from += at;
    }
}

#[test]
fn a_digest_orders_by_the_greatest_of_all_changes_of_a_story() {
    let told = vec![touched_up(), new_elsewhere(), revised_often(), gone()];
    let email = compose(&delivery(DeliveryKind::Digest, told));
    stand_in_order(&email.text, &["Storm Ida", "Minister:", "Kazakhstan cuts off", "Harbour to be"]);
    assert!(email.subject.starts_with("[wirewatch] 4 stories: Storm Ida kills 14 on coast · "), "{}", email.subject);
}

#[test]
fn a_digest_marks_what_was_mailed_before_and_does_not_repeat_it() {
    let yesterday: Timestamp = "2026-11-21T17:40:00Z".parse().unwrap();
    let seen = DeliveredArticle { mailed_at: Some(at("13:05")), ..revised() };
    let older = DeliveredArticle { mailed_at: Some(yesterday), ..gone() };
    let email = compose(&delivery(DeliveryKind::Digest, vec![seen, older, touched_up()]));
    let words = [
        "You were mailed 2 of them before.",
        "Harbour to be",
        "MAILED TO YOU BEFORE",
        "Kazakhstan: 26 killed",
        "Mailed at 14:05 CET",
        "csto-kazakhstan",
        "Minister:",
        "Mailed at 18:40 CET, 21 Nov 2026",
    ];
    stand_in_order(&in_one_line(&email.text), &words);
    assert!(
        !email.text.contains("Residents reported gunfire") && !email.text.contains("Dozens → 26"),
        "{}",
        email.text
    );
    assert!(email.subject.starts_with("[wirewatch] 3 stories: Harbour to be deepened · "), "{}", email.subject);
    stand_in_order(&email.html, &["Harbour to be", "Kazakhstan: 26 killed", "Mailed at 14:05 CET"]);
}

#[test]
fn every_digest_says_why_it_is_one() {
    let of = |kind| in_one_line(&compose(&delivery(kind, vec![new(), new_elsewhere()])).text);
    assert!(of(DeliveryKind::Overflow).contains("hourly limit"));
    assert!(of(DeliveryKind::Backlog).contains("waited because no mail got through"));
    assert!(of(DeliveryKind::Initial).starts_with("First look at"));
}

#[test]
fn what_was_taken_down_says_when_in_a_digest_too() {
    let email = compose(&delivery(DeliveryKind::Digest, vec![gone(), new()]));
    assert!(email.text.contains("Taken down by news.example, 14:06 CET"), "{}", email.text);
}

#[test]
fn right_to_left_text_turns_nothing_around_it() {
    let mails = mails::all();
    let (_, email) = mails.iter().find(|(name, _)| *name == "arabic").unwrap();
    let of = |words: &str| email.text.lines().find(|line| line.contains(words)).unwrap().to_owned();
    let headline = of("{+26 شخصا+}");
    assert!(headline.starts_with("  \u{2067}كازاخستان") && headline.ends_with('\u{2069}'), "{headline:?}");
    assert!(of("You get this").contains("the rule \u{2068}قاعدة آسيا\u{2069} alerts"), "{}", email.text);
    assert!(of(": “").contains("\u{2068}قاعدة آسيا\u{2069}: “\u{2068}كازاخستان\u{2069}”"), "{}", email.text);
    assert!(email.text.contains("\u{2068}`wirewatch mute rule 'قاعدة آسيا' --for 8h`\u{2069}"), "{}", email.text);
    for line in email.text.lines() {
        let opened = line.matches(['\u{2066}', '\u{2067}', '\u{2068}']).count();
        assert_eq!(opened, line.matches('\u{2069}').count(), "{line:?}");
    }
    assert!(!email.subject.contains(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}']));
    let latin = compose(&alone(revised())).text;
    assert!(!latin.contains(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}']));
}

#[test]
fn a_page_cannot_make_a_reader_believe_in_a_change() {
    let mut told = alone(new());
    told.articles[0].after.text.headline = Some("Toll [-12-]{+26+} in Almaty".to_owned());
    let email = compose(&told);
    assert!(email.text.contains("Toll [ -12- ]{ +26+ } in Almaty"), "{}", email.text);
}
