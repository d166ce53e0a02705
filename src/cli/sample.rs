//! The sample alert of `test-mail`: a revision with a bit of everything.

use url::Url;

use crate::diff;
use crate::model::{
    ArticleId, ArticleText, DeliveredArticle, DeliveredVersion, Delivery, DeliveryId, DeliveryKind, Event, FeedFacts,
    FiredRule, Match, MatchField, Paragraph, Role, Source, Timestamp,
};

/// A delivery as the daemon would make it, about an article that does not exist.
pub fn delivery(address: &str, host: &str, now: Timestamp) -> Delivery {
    let before = text("Ferry runs aground off Lindholm, dozens hurt", "Dozens of people were hurt");
    let after = text("Ferry runs aground off Lindholm, 26 hurt", "At least 26 people were hurt");
    let change = diff::compare(&before, &after);
    let version = |number, text| DeliveredVersion { number, observed_at: now, source: Source::Page, text };
    let article = DeliveredArticle {
        id: ArticleId(1),
        url: Url::parse("https://news.example/lindholm-ferry").expect("a constant URL"),
        feeds: vec![FeedFacts { name: "sample-feed".to_owned(), tags: Vec::new() }],
        event: Event::Revised,
        rules: vec![FiredRule {
            name: "sample-rule".to_owned(),
            query: "ferry AND lindholm".to_owned(),
            newly: false,
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
    };
    Delivery {
        id: DeliveryId(0),
        kind: DeliveryKind::Article,
        mutes: Vec::new(),
        unsubscribe_token: None,
        note: None,
        recipient: address.to_owned(),
        address: address.to_owned(),
        message_id: format!("sample.{}@{host}", now.as_millis()),
        created_at: now,
        thread: None,
        articles: vec![article],
    }
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
