//! Reads any text as a query, and holds what can be read against a small article.

#![no_main]
// The modules are compiled alone, without the rest of the program that uses them.
#![allow(dead_code, unused_imports)]

#[path = "../../src/model/mod.rs"]
mod model;
#[path = "../../src/rule/mod.rs"]
mod rule;

use std::collections::BTreeMap;

use libfuzzer_sys::{Corpus, fuzz_target};
use model::{ArticleText, Event, FeedFacts, MatchField, Paragraph, Role, Severity};
use rule::{About, Note, Query, Rule, RuleSet, Sets, Subject};
use url::Url;

fuzz_target!(|input: &str| -> Corpus { hold_against(input) });

/// The article's text follows the query behind a line break that stands alone; otherwise it is the query's own.
fn hold_against(input: &str) -> Corpus {
    let (text, article) = input.split_once("\n\n").unwrap_or((input, input));
    let sets = sets();
    let parsed = match Query::parse(text, &sets) {
        Ok(parsed) => parsed,
        Err(notes) => {
            assert!(!notes.is_empty());
            check(text, &notes);
            return Corpus::Keep;
        }
    };
    check(text, &parsed.warnings);
    let again = Query::parse(parsed.query.text(), &sets).expect("what was read once");
    assert_eq!((again.query.text(), &again.warnings), (text, &parsed.warnings));

    let url = Url::parse("https://news.example/z%C3%BCrich/storm").expect("an address");
    let feeds = [FeedFacts { name: "courts".to_owned(), tags: vec!["world".to_owned()] }];
    let text = ArticleText {
        headline: Some(article.chars().take(80).collect()),
        paragraphs: article.split('\n').take(20).map(|text| Paragraph::new(Role::Paragraph, text)).collect(),
        language: Some("de-AT".to_owned()),
        ..ArticleText::default()
    };
    let subject = Subject::new(&text, &About { url: &url, feeds: &feeds, event: Some(Event::New), change: None });
    let matches = parsed.query.matches(&subject);
    assert_eq!(parsed.query.explain(&subject).held, matches.is_some());
    assert_eq!(again.query.matches(&subject), matches);
    let (headline, body) = (text.headline.as_deref().unwrap_or_default(), text.text());
    for found in matches.iter().flatten() {
        let whole = match found.field {
            MatchField::Title => headline,
            MatchField::Body | MatchField::Added => &body,
            _ => continue,
        };
        assert_eq!(whole.get(found.start..found.end), Some(found.text.as_str()));
    }
    let set = RuleSet::new(vec![alone(parsed.query)]);
    let found = set.matches(&subject, &feeds);
    assert_eq!(found.into_iter().next().map(|(_, found)| found), matches);
    Corpus::Keep
}

fn check(text: &str, notes: &[Note]) {
    for note in notes {
        assert!(text.get(note.span.clone()).is_some(), "{note:?}");
        assert!(!note.message.is_empty());
    }
}

fn sets() -> Sets {
    let terms = |terms: &[&str]| terms.iter().map(|term| (*term).to_owned()).collect();
    Sets::new(BTreeMap::from([
        ("a".to_owned(), terms(&["jane doe", "=US", "shell compan*", "tokayev~", "京都"])),
        ("b".to_owned(), terms(&[])),
        ("c".to_owned(), terms(&["***"])),
    ]))
}

fn alone(query: Query) -> Rule {
    Rule {
        name: "alone".to_owned(),
        query,
        feeds: Vec::new(),
        on: vec![Event::New],
        min_severity: Severity::Notable,
        to: Vec::new(),
        urgent: false,
    }
}
