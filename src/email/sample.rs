//! Mails that never were: what `test-mail` sends, and what a template is tried with before it is used.

use std::time::Duration;

use url::Url;

use crate::diff;
use crate::model::{
    ArticleId, ArticleText, DeliveredArticle, DeliveredVersion, Delivery, DeliveryId, DeliveryKind, Event, FeedFacts,
    FiredRule, Match, MatchField, Mute, MuteId, Muted, Paragraph, Role, Source, Thread, Timestamp,
};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A delivery as the daemon would make it, about an article that does not exist: a revision with a bit of everything.
pub fn delivery(address: &str, host: &str, now: Timestamp) -> Delivery {
    delivery_of(DeliveryKind::Article, vec![revised(now)], address, host, now)
}

/// One of each kind of mail that tells of articles.
pub fn deliveries(address: &str, host: &str, now: Timestamp) -> Vec<Delivery> {
    let of = |kind, articles| delivery_of(kind, articles, address, host, now);
    let thread = Thread {
        subject: "[sample-rule] Ferry runs aground off Lindholm, dozens hurt".to_owned(),
        references: vec![format!("sample.0@{host}")],
    };
    let each = || vec![revised(now), new(now), ended(Event::Gone, now), ended(Event::Back, now), bare(now)];
    let mailed = DeliveredArticle { mailed_at: Some(now - HOUR), ..revised(now) };
    let mute = Mute {
        id: MuteId(1),
        muted: Muted::Rule { name: "sample-rule".to_owned() },
        why: None,
        who: None,
        begun_at: now - HOUR,
        until: now,
        lifted_at: None,
    };
    let mut deliveries: Vec<Delivery> = each().into_iter().map(|one| of(DeliveryKind::Article, vec![one])).collect();
    deliveries.push(Delivery { thread: Some(thread), ..of(DeliveryKind::Article, vec![revised(now)]) });
    deliveries.push(of(DeliveryKind::Digest, [each(), vec![mailed]].concat()));
    deliveries.extend([DeliveryKind::Overflow, DeliveryKind::Backlog].map(|kind| of(kind, each())));
    deliveries.push(Delivery { mutes: vec![mute], ..of(DeliveryKind::Muted, each()) });
    deliveries.push(of(DeliveryKind::Initial, vec![new(now), bare(now)]));
    deliveries
}

fn delivery_of(
    kind: DeliveryKind,
    articles: Vec<DeliveredArticle>,
    address: &str,
    host: &str,
    now: Timestamp,
) -> Delivery {
    Delivery {
        id: DeliveryId(0),
        kind,
        mutes: Vec::new(),
        note: None,
        recipient: address.to_owned(),
        address: address.to_owned(),
        message_id: format!("sample.{}@{host}", now.as_millis()),
        created_at: now,
        thread: None,
        unsubscribe_token: None,
        articles,
    }
}

fn revised(now: Timestamp) -> DeliveredArticle {
    let before = text("Ferry runs aground off Lindholm, dozens hurt", "Dozens of people were hurt");
    let after = text("Ferry runs aground off Lindholm, 26 hurt", "At least 26 people were hurt");
    let change = diff::compare(&before, &after);
    let version = |number, text| DeliveredVersion { number, observed_at: now, source: Source::Page, text };
    DeliveredArticle {
        id: ArticleId(1),
        url: Url::parse("https://news.example/lindholm-ferry").expect("a constant URL"),
        feeds: vec![FeedFacts { name: "sample-feed".to_owned(), tags: vec!["sample".to_owned()] }],
        event: Event::Revised,
        rules: vec![FiredRule {
            name: "sample-rule".to_owned(),
            query: "ferry AND lindholm".to_owned(),
            newly: false,
            is_lost: false,
            matches: vec![found("ferry", "Ferry", 0), found("lindholm", "Lindholm", 22)],
        }],
        before: Some(version(1, before)),
        after: version(2, after),
        severity: change.as_ref().and_then(|change| change.severity),
        change,
        marks: Vec::new(),
        revisions: 1,
        noticed_at: now,
        mailed_at: None,
        back_at: None,
    }
}

fn new(now: Timestamp) -> DeliveredArticle {
    let revised = revised(now);
    let after = DeliveredVersion { number: 1, ..revised.after };
    DeliveredArticle { event: Event::New, before: None, change: None, severity: None, revisions: 0, after, ..revised }
}

/// Gone or back, and otherwise as it was.
fn ended(event: Event, now: Timestamp) -> DeliveredArticle {
    let revised = revised(now);
    let before = Some(revised.after.clone());
    DeliveredArticle { event, before, change: None, severity: None, revisions: 0, ..revised }
}

/// News of which hardly anything is known.
fn bare(now: Timestamp) -> DeliveredArticle {
    let mut bare = new(now);
    bare.after.text = ArticleText::default();
    bare.rules[0].matches.clear();
    bare
}

fn text(headline: &str, opening: &str) -> ArticleText {
    let paragraphs = [
        format!("{opening} when a ferry ran aground off the island of Lindholm on Saturday, the coastguard said."),
        "All 312 passengers had been brought ashore by noon. The cause is not known.".to_owned(),
        "This is a sample: Wirewatch sends mails like this one when an article that your rules match is revised."
            .to_owned(),
    ];
    ArticleText {
        headline: Some(headline.to_owned()),
        byline: Some("Wirewatch".to_owned()),
        paragraphs: paragraphs.into_iter().map(|text| Paragraph::new(Role::Paragraph, text)).collect(),
        ..ArticleText::default()
    }
}

fn found(term: &str, text: &str, start: usize) -> Match {
    let end = start + text.len();
    Match { field: MatchField::Title, term: term.into(), text: text.into(), start, end }
}
