//! Deliveries as data: the stories that the mails of these tests tell.

use url::Url;
use wirewatch::diff;
use wirewatch::email::{self, Email, Sender};
use wirewatch::model::{
    ArticleId, ArticleText, Change, DeliveredArticle, DeliveredVersion, Delivery, DeliveryId, DeliveryKind, Event,
    FeedFacts, Figure, FiredRule, Kind, Match, MatchField, Note, Paragraph, Role, Severity, Source, Thread, Timestamp,
};

pub const STORY: &str = "https://www.aljazeera.com/news/2026/11/22/kazakhstan-protests";

/// A time of the day on which everything happens.
pub fn at(time: &str) -> Timestamp {
    format!("2026-11-22T{time}:00Z").parse().unwrap()
}

pub fn sender() -> Sender {
    Sender::plain("Wirewatch <wirewatch@example.org>", chrono_tz::Europe::Berlin)
}

pub fn compose(delivery: &Delivery) -> Email {
    email::compose(delivery, &sender(), at("13:07"))
}

pub fn text(headline: &str, paragraphs: &[&str]) -> ArticleText {
    let paragraph = |text: &&str| Paragraph::new(Role::Paragraph, *text);
    ArticleText {
        headline: Some(headline.to_owned()),
        published_at: Some(at("12:10")),
        paragraphs: paragraphs.iter().map(paragraph).collect(),
        ..ArticleText::default()
    }
}

pub fn version(number: u32, observed_at: &str, text: &ArticleText) -> DeliveredVersion {
    DeliveredVersion { number, observed_at: at(observed_at), source: Source::Page, text: text.clone() }
}

/// A rule that found these words, each wherever it stands in the headline and in the text.
pub fn rule(name: &str, query: &str, text: &ArticleText, words: &[&str]) -> FiredRule {
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
    FiredRule { name: name.to_owned(), query: query.to_owned(), newly: false, is_lost: false, matches }
}

pub fn article(url: &str, event: Event, after: DeliveredVersion, rules: Vec<FiredRule>) -> DeliveredArticle {
    DeliveredArticle {
        id: ArticleId(12),
        url: Url::parse(url).unwrap(),
        feeds: vec![FeedFacts { name: "aljazeera".to_owned(), tags: vec!["world".to_owned()] }],
        event,
        rules,
        before: None,
        after,
        change: None,
        severity: None,
        marks: Vec::new(),
        revisions: u32::from(event == Event::Revised),
        noticed_at: at("13:06"),
        mailed_at: None,
        back_at: None,
    }
}

/// An article that read otherwise before.
pub fn changed(before: DeliveredVersion, change: Change, article: DeliveredArticle) -> DeliveredArticle {
    DeliveredArticle { before: Some(before), severity: change.severity, change: Some(change), ..article }
}

pub fn change(kinds: &[Kind], severity: Severity) -> Change {
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

pub fn figure(before: &str, after: &str, context: &str) -> Figure {
    Figure { before: Some(before.to_owned()), after: Some(after.to_owned()), context: context.to_owned() }
}

pub fn delivery(kind: DeliveryKind, articles: Vec<DeliveredArticle>) -> Delivery {
    Delivery {
        id: DeliveryId(7),
        kind,
        recipient: "desk".to_owned(),
        address: "desk@example.org".to_owned(),
        message_id: "ww.7.5f2c9e@example.org".to_owned(),
        created_at: at("13:06"),
        thread: None,
        unsubscribe_token: None,
        mutes: Vec::new(),
        note: None,
        articles,
    }
}

/// The mail of one article.
pub fn alone(article: DeliveredArticle) -> Delivery {
    delivery(DeliveryKind::Article, vec![article])
}

/// A word of wirewatch on itself.
pub fn noted(subject: &str, paragraphs: &[&str]) -> Delivery {
    let paragraphs = paragraphs.iter().map(|text| (*text).to_owned()).collect();
    Delivery {
        note: Some(Note { subject: subject.to_owned(), paragraphs, ..Note::default() }),
        ..delivery(DeliveryKind::Notice, Vec::new())
    }
}

pub fn thread(subject: &str) -> Option<Thread> {
    let references = vec!["ww.3.11aa22@example.org".to_owned(), "ww.5.33bb44@example.org".to_owned()];
    Some(Thread { subject: subject.to_owned(), references })
}

/// The thread of the story below.
pub fn kazakhstan_thread() -> Option<Thread> {
    thread("[csto-kazakhstan] Kazakhstan: dozens killed as troops arrive")
}

pub fn kazakhstan_before() -> ArticleText {
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

pub fn kazakhstan_after() -> ArticleText {
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

pub fn csto_rule(text: &ArticleText) -> FiredRule {
    let query = r#"kazakh* AND (csto OR "collective security treaty organization") NOT football"#;
    rule("csto-kazakhstan", query, text, &["CSTO", "Kazakhstan", "Collective Security Treaty Organization"])
}

pub fn new() -> DeliveredArticle {
    let mut after = kazakhstan_before();
    after.byline = Some("By Dana Example in Almaty".to_owned());
    let rules = vec![csto_rule(&after)];
    article(STORY, Event::New, version(1, "12:20", &after), rules)
}

/// News of another outlet.
pub fn new_elsewhere() -> DeliveredArticle {
    let mut other = new();
    other.id = ArticleId(14);
    other.url = Url::parse("https://dw.example/en/kazakhstan").unwrap();
    other.feeds[0].name = "dw".to_owned();
    other.after.text.headline = Some("Kazakhstan cuts off internet as protests spread".to_owned());
    other.after.text.published_at = Some(at("12:40"));
    other
}

pub fn revised() -> DeliveredArticle {
    let (before, after) = (kazakhstan_before(), kazakhstan_after());
    let rules = vec![csto_rule(&after)];
    let change = Change {
        figures: vec![
            figure("Dozens", "26", &after.paragraphs[0].text),
            figure("second", "third", &after.paragraphs[3].text),
        ],
        silent: true,
        ..change(&[Kind::Headline, Kind::Figures, Kind::Quote, Kind::Addition, Kind::Wording], Severity::Major)
    };
    changed(version(1, "12:20", &before), change, article(STORY, Event::Revised, version(2, "13:05", &after), rules))
}

/// A page that was taken down.
pub fn gone() -> DeliveredArticle {
    let after =
        text("Minister: “No plans to raise taxes”", &["The finance minister ruled out higher taxes on Friday."]);
    let fired = rule("taxes", "tax*", &after, &["taxes"]);
    let gone = article("https://news.example/tax", Event::Gone, version(3, "09:30", &after), vec![fired]);
    DeliveredArticle { id: ArticleId(15), ..gone }
}

/// A small edit.
pub fn touched_up() -> DeliveredArticle {
    let before = text("Harbour to be deepend", &["The port authority will deepen the harbour next spring."]);
    let after = text("Harbour to be deepened", &["The port authority will deepen the harbour next spring."]);
    let fired = rule("ports", "harbour", &after, &["Harbour", "harbour"]);
    let told = article("https://news.example/harbour", Event::Revised, version(2, "12:50", &after), vec![fired]);
    let told = changed(version(1, "12:20", &before), change(&[Kind::Headline, Kind::Typo], Severity::Minor), told);
    DeliveredArticle { id: ArticleId(16), ..told }
}

/// A story of which three versions came since it was mailed: no change is stored between the first and the last.
pub fn revised_often() -> DeliveredArticle {
    let before = text("Storm Ida nears coast", &["Forecasters expect Storm Ida to reach the coast on Monday."]);
    let after = text(
        "Storm Ida kills 14 on coast",
        &["Storm Ida reached the coast on Sunday night.", "The fire brigade said that 14 people had died in floods."],
    );
    let fired = rule("storms", "storm", &after, &["Storm"]);
    let told = article("https://news.example/ida", Event::Revised, version(5, "13:00", &after), vec![fired]);
    DeliveredArticle {
        id: ArticleId(17),
        before: Some(version(2, "11:20", &before)),
        severity: Some(Severity::Major),
        revisions: 3,
        ..told
    }
}

/// What the program itself says of the difference, as the store would keep it.
pub fn compared(before: &ArticleText, after: &ArticleText) -> Change {
    diff::compare(before, after).expect("the texts differ")
}
