//! Whole mails, compared with files in `tests/fixtures/email`. `UPDATE_FIXTURES=1` writes them anew.

use std::fs;
use std::path::PathBuf;

use url::Url;
use wirewatch::email::{self, Email, Sender};
use wirewatch::model::{
    ArticleId, ArticleText, Change, DeliveredArticle, DeliveredVersion, Delivery, DeliveryId, DeliveryKind, Event,
    FeedFacts, Figure, FiredRule, Kind, Mark, Match, MatchField, Mute, MuteId, Muted, Note, Paragraph, Role, Severity,
    Source, Thread, Timestamp,
};
use wirewatch::transport;

const MAX_MAIL: usize = 100_000;

fn at(time: &str) -> Timestamp {
    format!("2026-11-22T{time}:00Z").parse().unwrap()
}

fn sender() -> Sender {
    Sender {
        from: "Wirewatch <wirewatch@example.org>".to_owned(),
        zone: chrono_tz::Europe::Berlin,
        public_url: None,
        has_articles: true,
        config_hint: None,
    }
}

fn text(headline: &str, paragraphs: &[&str]) -> ArticleText {
    let paragraph = |text: &&str| Paragraph::new(Role::Paragraph, *text);
    ArticleText {
        headline: Some(headline.to_owned()),
        published_at: Some(at("12:10")),
        paragraphs: paragraphs.iter().map(paragraph).collect(),
        ..ArticleText::default()
    }
}

fn version(number: u32, observed_at: &str, text: &ArticleText) -> DeliveredVersion {
    DeliveredVersion { number, observed_at: at(observed_at), source: Source::Page, text: text.clone() }
}

/// A rule that found these words, each where it stands first in the headline and in the text.
fn rule(name: &str, query: &str, text: &ArticleText, words: &[&str]) -> FiredRule {
    let mut matches = Vec::new();
    for word in words {
        let places = [(MatchField::Title, text.headline.clone().unwrap_or_default()), (MatchField::Body, text.text())];
        for (field, place) in places {
            let found = place.match_indices(word).map(|(start, _)| Match {
                field,
                term: word.to_lowercase().into(),
                text: (*word).into(),
                start,
                end: start + word.len(),
            });
            matches.extend(found);
        }
    }
    FiredRule { name: name.to_owned(), query: query.to_owned(), newly: false, matches }
}

fn article(url: &str, event: Event, after: DeliveredVersion, rules: Vec<FiredRule>) -> DeliveredArticle {
    DeliveredArticle {
        id: ArticleId(12),
        url: Url::parse(url).unwrap(),
        feeds: vec![FeedFacts { name: "aljazeera".to_owned(), tags: vec!["world".to_owned()] }],
        event,
        rules,
        before: None,
        after,
        change: None,
        marks: Vec::new(),
        revisions: u32::from(event == Event::Revised),
    }
}

fn change(kinds: &[Kind], severity: Severity) -> Change {
    Change {
        kinds: kinds.to_vec(),
        severity: Some(severity),
        added_words: 12,
        removed_words: 9,
        silent: false,
        figures: Vec::new(),
        marks: Vec::new(),
        restores: None,
    }
}

fn delivery(kind: DeliveryKind, articles: Vec<DeliveredArticle>) -> Delivery {
    Delivery {
        id: DeliveryId(7),
        kind,
        recipient: "desk".to_owned(),
        address: "desk@example.org".to_owned(),
        message_id: "ww.7.5f2c9e@example.org".to_owned(),
        created_at: at("13:06"),
        thread: None,
        mutes: Vec::new(),
        unsubscribe_token: None,
        note: None,
        articles,
    }
}

fn thread(subject: &str) -> Option<Thread> {
    let references = vec!["ww.3.11aa22@example.org".to_owned(), "ww.5.33bb44@example.org".to_owned()];
    Some(Thread { subject: subject.to_owned(), references })
}

/// Compares text, HTML and rendered header of a mail with its files, and holds it to what every mail must keep.
fn check(name: &str, email: &Email) {
    let rendered = transport::render(email).unwrap();
    let message = String::from_utf8(rendered.clone()).unwrap();
    let head = message.split("\r\n\r\n").next().unwrap();
    assert!(rendered.len() < MAX_MAIL, "`{name}` has {} bytes", rendered.len());
    assert!(message.is_ascii(), "`{name}` is not ASCII");
    assert!(
        message.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])),
        "`{name}` has a bad line"
    );
    assert!(
        !["<script", "<img", "<style", "<link"].iter().any(|tag| email.html.contains(tag)),
        "`{name}` loads or runs something"
    );
    assert!(!email.subject.contains(char::is_control));
    compare(&format!("{name}.head"), &head.replace("\r\n", "\n"));
    compare(&format!("{name}.txt"), &email.text);
    compare(&format!("{name}.html"), &email.html);
}

fn compare(file: &str, actual: &str) {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/email", file].iter().collect();
    let actual = format!("{}\n", actual.trim_end_matches('\n'));
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        fs::write(&path, &actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected != actual {
        let line = expected.lines().zip(actual.lines()).position(|(a, b)| a != b);
        let shown = line.map(|line| (expected.lines().nth(line), actual.lines().nth(line)));
        panic!("`{file}` differs; UPDATE_FIXTURES=1 writes it anew. First difference: {shown:#?}");
    }
}

fn compose(delivery: &Delivery) -> Email {
    email::compose(delivery, &sender(), at("13:07"))
}

const STORY: &str = "https://www.aljazeera.com/news/2026/11/22/kazakhstan-protests";

fn kazakhstan_before() -> ArticleText {
    text(
        "Kazakhstan: dozens killed as troops arrive",
        &[
            "Dozens of people have been killed in Kazakhstan’s largest city, Almaty, after a night of clashes, the interior ministry said on Sunday.",
            "President Kassym-Jomart Tokayev asked the Collective Security Treaty Organization (CSTO) for help late on Saturday.",
            "“We have the situation under control,” a police spokeswoman said. Residents reported gunfire near the airport.",
            "Internet access was cut across the country for a second day.",
            "The price of liquefied petroleum gas had doubled to 120 tenge a litre on 1 January.",
        ],
    )
}

fn kazakhstan_after() -> ArticleText {
    let mut after = kazakhstan_before();
    after.headline = Some("Kazakhstan: 26 killed as CSTO troops arrive".to_owned());
    after.paragraphs[0].text = "At least 26 people have been killed in Kazakhstan’s largest city, Almaty, after a night of clashes, the interior ministry said on Sunday.".to_owned();
    after.paragraphs[2].text = "Residents reported gunfire near the airport.".to_owned();
    after.paragraphs[3].text = "Internet access was cut across the country for a third day.".to_owned();
    after.paragraphs.push(Paragraph::new(
        Role::Paragraph,
        "Some 2,500 CSTO peacekeepers from five countries had landed by Sunday noon, the alliance said.",
    ));
    after
}

fn csto_rule(text: &ArticleText) -> FiredRule {
    let query = r#"kazakh* AND (csto OR "collective security treaty organization") NOT football"#;
    rule("csto-kazakhstan", query, text, &["CSTO", "Kazakhstan", "Collective Security Treaty Organization"])
}

fn revised() -> DeliveredArticle {
    let (before, after) = (kazakhstan_before(), kazakhstan_after());
    let rules = vec![csto_rule(&after)];
    let figure = |before: Option<&str>, after: Option<&str>, context: &str| Figure {
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
        context: context.to_owned(),
    };
    let change = Change {
        figures: vec![
            figure(Some("Dozens"), Some("26"), &after.paragraphs[0].text),
            figure(Some("second"), Some("third"), &after.paragraphs[3].text),
        ],
        silent: true,
        ..change(&[Kind::Headline, Kind::Figures, Kind::Quote, Kind::Addition, Kind::Wording], Severity::Major)
    };
    DeliveredArticle {
        before: Some(version(1, "12:20", &before)),
        change: Some(change),
        ..article(STORY, Event::Revised, version(2, "13:05", &after), rules)
    }
}

fn new() -> DeliveredArticle {
    let mut after = kazakhstan_before();
    after.byline = Some("By Dana Example in Almaty".to_owned());
    let rules = vec![csto_rule(&after)];
    article(STORY, Event::New, version(1, "12:20", &after), rules)
}

#[test]
fn a_new_article_is_told_with_headline_byline_beginning_and_hits() {
    check("new", &compose(&delivery(DeliveryKind::Article, vec![new()])));
}

#[test]
fn a_revision_is_told_with_figures_and_changed_sentences() {
    let revised = Delivery {
        thread: thread("[csto-kazakhstan] Kazakhstan: dozens killed as troops arrive"),
        ..delivery(DeliveryKind::Article, vec![revised()])
    };
    check("revised", &compose(&revised));
}

#[test]
fn a_public_url_turns_commands_into_pages() {
    let with_pages = served_at("https://watch.example.org/desk/");
    let email = email::compose(&delivery(DeliveryKind::Article, vec![revised()]), &with_pages, at("13:07"));
    assert!(email.text.contains("https://watch.example.org/desk/articles/12\n"));
    assert!(email.html.contains("href=\"https://watch.example.org/desk/articles/12/diff?from=1&amp;to=2\""));
    check("revised-with-pages", &email);
}

/// A sender whose web page is reached at the address, with articles on it.
fn served_at(address: &str) -> Sender {
    Sender { public_url: Url::parse(address).ok(), ..sender() }
}

fn header(email: &Email, name: &str) -> Option<String> {
    email.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

#[test]
fn a_mail_says_how_to_get_no_more_of_its_rules() {
    let told = Delivery {
        unsubscribe_token: Some("AbC-123_x".to_owned()),
        ..delivery(DeliveryKind::Article, vec![revised()])
    };
    let email = email::compose(&told, &served_at("https://watch.example.org"), at("13:07"));

    let address = "https://watch.example.org/unsubscribe/AbC-123_x";
    assert_eq!(header(&email, "List-Unsubscribe"), Some(format!("<{address}>")));
    assert_eq!(header(&email, "List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
    assert!(
        email.text.ends_with(&format!("Unsubscribe desk@example.org from this rule:\n{address}\n")),
        "{}",
        email.text
    );
    let link = format!(
        "<a href=\"{address}\" style=\"color:#1f78d1;text-decoration:underline\">Unsubscribe desk@example.org from this rule</a>"
    );
    assert!(email.html.contains(&link), "{}", email.html);
    let bare = email::compose_bare(&told, &served_at("https://watch.example.org"), at("13:07"));
    assert_eq!(header(&bare, "List-Unsubscribe"), Some(format!("<{address}>")));
    assert!(bare.text.contains(address));
}

#[test]
fn a_digest_says_how_to_get_no_more_of_its_recipient() {
    let told =
        Delivery { unsubscribe_token: Some("AbC".to_owned()), ..delivery(DeliveryKind::Digest, vec![revised()]) };
    let email = email::compose(&told, &served_at("https://watch.example.org/desk/"), at("13:07"));
    let link =
        "Unsubscribe desk@example.org from everything for desk:\nhttps://watch.example.org/desk/unsubscribe/AbC\n";
    assert!(email.text.ends_with(link), "{}", email.text);
}

#[test]
fn a_mail_that_cannot_be_stopped_by_a_click_does_not_say_so() {
    let token = Some("AbC".to_owned());
    let told = Delivery { unsubscribe_token: token.clone(), ..delivery(DeliveryKind::Article, vec![revised()]) };
    let over_http = email::compose(&told, &served_at("http://10.0.0.7:7177"), at("13:07"));
    assert_eq!(header(&over_http, "List-Unsubscribe").as_deref(), Some("<http://10.0.0.7:7177/unsubscribe/AbC>"));
    assert_eq!(header(&over_http, "List-Unsubscribe-Post"), None, "RFC 8058 knows HTTPS alone");
    let without_page = email::compose(&told, &sender(), at("13:07"));
    let note = Note { subject: "a feed is silent".to_owned(), paragraphs: vec!["It is.".to_owned()] };
    let notice = Delivery { note: Some(note), ..delivery(DeliveryKind::Notice, Vec::new()) };
    let notice = email::compose(&notice, &served_at("https://watch.example.org"), at("13:07"));
    for email in [without_page, notice] {
        assert_eq!(header(&email, "List-Unsubscribe"), None);
        assert!(!email.text.contains("nsubscribe"), "{}", email.text);
    }
}

#[test]
fn a_changed_headline_stands_above_the_old_one() {
    let before =
        text("Minister resigns over expenses?", &["The transport minister faces questions over her expenses."]);
    let after = text("Minister resigns over expenses", &["The transport minister faces questions over her expenses."]);
    let told = DeliveredArticle {
        before: Some(version(3, "12:20", &before)),
        change: Some(change(&[Kind::Headline], Severity::Major)),
        ..article(
            "https://news.example/politics/9",
            Event::Revised,
            version(4, "13:05", &after),
            vec![rule("ministers", "minister* AND resign*", &after, &["Minister", "minister", "resigns"])],
        )
    };
    check("headline", &compose(&delivery(DeliveryKind::Article, vec![told])));
}

#[test]
fn a_correction_note_is_told_in_full() {
    let paragraphs = ["The company lost 15 million euros last year.", "Its chairman declined to comment."];
    let before = text("Shipping line reports loss", &["The company lost 1.5 million euros last year.", paragraphs[1]]);
    let after = ArticleText {
        correction: Some("Correction: an earlier version of this article said that the company had lost 1.5 million euros. It lost 15 million.".to_owned()),
        ..text("Shipping line reports loss", &paragraphs)
    };
    let figure = Figure {
        before: Some("1.5 million euros".to_owned()),
        after: Some("15 million euros".to_owned()),
        context: paragraphs[0].to_owned(),
    };
    let change = Change { figures: vec![figure], ..change(&[Kind::Figures, Kind::Correction], Severity::Major) };
    let told = DeliveredArticle {
        before: Some(version(1, "12:20", &before)),
        change: Some(change),
        ..article(
            "https://news.example/shipping",
            Event::Revised,
            version(2, "13:05", &after),
            vec![rule("shipping", "shipping", &after, &["Shipping"])],
        )
    };
    check("correction", &compose(&delivery(DeliveryKind::Article, vec![told])));
}

#[test]
fn a_quotation_that_is_taken_out_without_a_word_is_said() {
    let before = text(
        "Court hears appeal in land case",
        &[
            "The court heard the appeal on Friday.",
            "“The documents were forged,” said Ana Perez, a lawyer for the villagers. A ruling is expected in May.",
        ],
    );
    let after = text(
        "Court hears appeal in land case",
        &["The court heard the appeal on Friday.", "A ruling is expected in May."],
    );
    let removed =
        Match { field: MatchField::Removed, term: "forged".into(), text: "forged".into(), start: 58, end: 64 };
    let fired = FiredRule {
        name: "courts: what goes".to_owned(),
        query: "removed:forged".to_owned(),
        newly: false,
        matches: vec![removed],
    };
    let told = DeliveredArticle {
        before: Some(version(1, "12:20", &before)),
        change: Some(Change { silent: true, ..change(&[Kind::Quote, Kind::Removal], Severity::Major) }),
        ..article("https://news.example/courts/land?id=4", Event::Revised, version(2, "13:05", &after), vec![fired])
    };
    check("quote-removed", &compose(&delivery(DeliveryKind::Article, vec![told])));
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
fn a_rewritten_article_is_told_by_its_two_beginnings() {
    let before = text(
        "Storm nears coast",
        &["Forecasters warned on Saturday of a storm that could reach the coast within two days."],
    );
    let after = text(
        "Storm makes landfall",
        &["Thousands were without power on Sunday after Storm Ida tore roofs off houses along the coast."],
    );
    let told = DeliveredArticle {
        before: Some(version(1, "12:20", &before)),
        change: Some(change(&[Kind::Headline, Kind::Rewrite], Severity::Major)),
        ..article(
            "https://news.example/storm",
            Event::Revised,
            version(2, "13:05", &after),
            vec![rule("storms", "storm", &after, &["Storm"])],
        )
    };
    check("rewritten", &compose(&delivery(DeliveryKind::Article, vec![told])));
}

#[test]
fn an_article_that_is_gone_is_told_with_what_it_said() {
    let after = kazakhstan_after();
    let rules = vec![csto_rule(&after)];
    let told = DeliveredArticle {
        before: Some(version(2, "12:20", &after)),
        change: Some(change(&[Kind::Gone], Severity::Major)),
        ..article(STORY, Event::Gone, version(2, "12:20", &after), rules)
    };
    let gone = Delivery {
        thread: thread("[csto-kazakhstan] Kazakhstan: dozens killed as troops arrive"),
        ..delivery(DeliveryKind::Article, vec![told])
    };
    check("gone", &compose(&gone));
}

#[test]
fn an_article_that_is_back_is_told_with_its_changes() {
    let (before, after) = (kazakhstan_before(), kazakhstan_after());
    let rules = vec![csto_rule(&after)];
    let told = DeliveredArticle {
        before: Some(version(2, "12:20", &before)),
        change: Some(change(&[Kind::Headline, Kind::Addition, Kind::Back], Severity::Major)),
        ..article(STORY, Event::Back, version(3, "13:05", &after), rules)
    };
    check("back", &compose(&delivery(DeliveryKind::Article, vec![told])));
}

#[test]
fn a_digest_tells_what_is_most_important_first() {
    let mut articles = vec![new(), revised()];
    articles[0].id = ArticleId(14);
    articles[0].url = Url::parse("https://dw.example/en/kazakhstan").unwrap();
    articles[0].after.text.headline = Some("Kazakhstan cuts off internet as protests spread".to_owned());
    let gone = text("Minister: “No plans to raise taxes”", &["The finance minister ruled out higher taxes on Friday."]);
    articles.push(article(
        "https://news.example/tax",
        Event::Gone,
        version(3, "09:30", &gone),
        vec![rule("taxes", "tax*", &gone, &["taxes"])],
    ));
    check("digest", &compose(&delivery(DeliveryKind::Digest, articles)));
}

#[test]
fn what_was_held_while_muted_says_so_first() {
    let mute = Mute {
        id: MuteId(3),
        muted: Muted::Rule { name: "csto-kazakhstan".to_owned() },
        why: Some("press conference, we are in the room".to_owned()),
        who: Some("anna".to_owned()),
        begun_at: at("09:00"),
        until: at("13:00"),
        lifted_at: None,
    };
    let article = Muted::Article { article: ArticleId(12), headline: Some("Bcc: \r\nx".to_owned()) };
    let lifted =
        Mute { id: MuteId(4), muted: article, why: None, who: None, lifted_at: Some(at("13:05")), ..mute.clone() };
    let mut second = new();
    second.url = Url::parse("https://dw.example/en/kazakhstan").unwrap();
    let held = delivery(DeliveryKind::Muted, vec![new(), second]);
    check("muted", &compose(&Delivery { mutes: vec![mute, lifted], ..held.clone() }));
    check("backlog", &compose(&Delivery { kind: DeliveryKind::Backlog, ..held }));
}

#[test]
fn a_notice_in_the_outbox_names_whom_it_goes_to() {
    let note = Note {
        subject: "no mail gets through to night@example.org".to_owned(),
        paragraphs: vec![
            "The mail server refused it twice.".to_owned(),
            "The last answer: 550 no such user".to_owned(),
        ],
    };
    check("notice-delivery", &compose(&Delivery { note: Some(note), ..delivery(DeliveryKind::Notice, Vec::new()) }));
}

#[test]
fn the_first_look_at_a_feed_is_one_mail() {
    let mut second = new();
    second.url = Url::parse("https://dw.example/en/kazakhstan").unwrap();
    second.after.text.headline = Some("Kazakhstan cuts off internet as protests spread".to_owned());
    check("initial", &compose(&delivery(DeliveryKind::Initial, vec![new(), second])));
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
fn several_rules_make_one_mail_that_names_them_all() {
    let mut told = new();
    told.rules.push(rule("world: unrest & co", "clash* OR gunfire", &told.after.text, &["clashes", "gunfire"]));
    told.rules.push(FiredRule {
        name: "everything".to_owned(),
        query: "event:new".to_owned(),
        newly: false,
        matches: Vec::new(),
    });
    let email = compose(&delivery(DeliveryKind::Article, vec![told]));
    assert_eq!(email.subject, "[csto-kazakhstan +2] Kazakhstan: dozens killed as troops arrive");
    assert!(
        email
            .headers
            .contains(&("X-Wirewatch-Rule".to_owned(), "csto-kazakhstan, world: unrest & co, everything".to_owned()))
    );
    check("several-rules", &email);
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
fn other_scripts_and_emoji_arrive_whole() {
    let before = text(
        "كازاخستان: مقتل العشرات 🔥 京都議定書",
        &[
            "قُتل العشرات في مدينة ألماتي بعد ليلة من الاشتباكات، بحسب وزارة الداخلية.",
            "京都議定書は1997年12月に京都市で採択された。温室効果ガスの削減目標を定めている。先進国に対して、2008年から2012年までの間に温室効果ガスを1990年比で一定数値削減することを義務づけている。",
        ],
    );
    let mut after = before.clone();
    after.headline = Some("كازاخستان: مقتل 26 شخصا 🔥👩‍🚒 京都議定書".to_owned());
    after.paragraphs[0].text = "قُتل 26 شخصا في مدينة ألماتي بعد ليلة من الاشتباكات، بحسب وزارة الداخلية.".to_owned();
    let told = DeliveredArticle {
        before: Some(version(1, "12:20", &before)),
        change: Some(change(&[Kind::Headline, Kind::Figures], Severity::Major)),
        ..article(
            "https://أخبار.example/كازاخستان",
            Event::Revised,
            version(2, "13:05", &after),
            vec![rule("قاعدة", "كازاخستان OR 京都議定書", &after, &["كازاخستان", "京都議定書"])],
        )
    };
    check("scripts", &compose(&delivery(DeliveryKind::Article, vec![told])));
}

#[test]
fn a_headline_of_four_kilobytes_is_cut_to_a_sane_length() {
    let after = text(&"a very long headline that goes on ".repeat(120), &["Short."]);
    let told = article(
        "https://news.example/long",
        Event::New,
        version(1, "13:05", &after),
        vec![rule("long", "headline", &after, &["headline"])],
    );
    let email = compose(&delivery(DeliveryKind::Article, vec![told]));
    assert!(email.subject.chars().count() < 200);
    check("long-headline", &email);
}

#[test]
fn hostile_words_reach_neither_header_nor_markup() {
    let mut after = text(
        "Hi\r\nBcc: victim@example.net\r\n\r\n<script>alert(1)</script> \u{202E}evil\u{202C} =?utf-8?q?=0D=0AX-Evil:_1?=",
        &[
            "<img src=x onerror=alert(1)> & \"quotes\" 'n' \u{7}bell \u{1b}[31mred \u{202E}txet",
            "</div></body><style>*{display:none}</style>",
        ],
    );
    after.byline = Some("<b>Mallory</b>\r\n".to_owned());
    after.summary = Some("javascript:alert(1) <a href=\"javascript:alert(2)\">click</a>".to_owned());
    let mut fired = rule("a rule\r\nX-Evil: 2", "\"<script>\"", &after, &["alert"]);
    fired.matches.push(Match {
        field: MatchField::Body,
        term: "x".into(),
        text: "…".into(),
        start: 1,
        end: usize::MAX,
    });
    fired.matches.push(Match { field: MatchField::Added, term: "x".into(), text: "".into(), start: 0, end: 0 });
    let mut told =
        article("https://news.example/?a=1&b=\"><script>&c='x'", Event::New, version(1, "13:05", &after), vec![fired]);
    told.feeds[0].name = "feed\r\nX-Evil: 3".to_owned();
    let hostile =
        Delivery { thread: thread("[x] kept\r\nX-Evil: 4\u{202E}"), ..delivery(DeliveryKind::Article, vec![told]) };
    let email = compose(&hostile);
    assert!(!email.subject.contains('\u{202E}') && !email.text.contains(['\u{202E}', '\u{1b}', '\u{7}']));
    let message = String::from_utf8(transport::render(&email).unwrap()).unwrap();
    let head = message.split("\r\n\r\n").next().unwrap();
    assert!(!head.lines().any(|line| line.starts_with("X-Evil") || line.starts_with("Bcc")));
    check("hostile", &email);
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
fn a_refused_mail_can_be_sent_bare() {
    let bare = email::compose_bare(&delivery(DeliveryKind::Article, vec![revised()]), &sender(), at("13:07"));
    assert!(bare.html.is_empty());
    assert!(bare.text.contains(STORY) && bare.text.contains("Kazakhstan: 26 killed as CSTO troops arrive"));
    let message = String::from_utf8(transport::render(&bare).unwrap()).unwrap();
    assert!(message.contains("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable"));
}

#[test]
fn a_notice_to_the_operator_is_a_whole_mail() {
    let paragraphs =
        ["The feed aljazeera has failed for a day: 503.".to_owned(), "It is tried again each hour.".to_owned()];
    let notice = email::notice(
        "admin@example.org",
        "ww.n.1@example.org",
        "aljazeera fails",
        &paragraphs,
        &sender(),
        at("13:07"),
    );
    assert_eq!(notice.subject, "[wirewatch] aljazeera fails");
    check("notice", &notice);
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
