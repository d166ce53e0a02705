//! What an index of words may leave out: never an article whose version a query matches.

use std::collections::BTreeSet;

use proptest::prelude::*;
use url::Url;
use wirewatch::diff;
use wirewatch::model::{ArticleText, Event, FeedFacts, Paragraph, Role};
use wirewatch::rule::{About, Narrowing, Query, Sets, Subject, index_words};

/// Words that make trouble, in many scripts: joined, marked, abbreviated, without spaces, private, unassigned.
pub const WORDS: [&str; 44] = [
    "carbon",
    "Carbon",
    "tax",
    "levy",
    "taxes",
    "O'Neill",
    "ONeill",
    "O’Neill's",
    "covid-19",
    "COVID–19",
    "U.S.",
    "us",
    "1,000",
    "1.5",
    "foo_bar",
    "Zürich",
    "ZURICH",
    "Łódź",
    "straße",
    "STRASSE",
    "İstanbul",
    "e\u{301}te\u{301}",
    "ﬁnance",
    "كأس العالم",
    "الْعَرَبِيَّة",
    "צה\"ל",
    "צה״ל",
    "ג'ורג'",
    "京都議定書",
    "議定",
    "京都",
    "カﾞス",
    "ガス",
    "ประเทศไทย",
    "ไทย",
    "မြန်မာ",
    "រដ្ឋ",
    "हिन्दी",
    "한국어",
    "\u{e000}x\u{e001}",
    "a\u{ad}b",
    "\u{1f1e9}\u{1f1ea}",
    "x\u{302}\u{33f}y",
    "Tokayev",
];

const GLUE: [&str; 9] = [" ", " ", " ", "", "-", "’", ". ", "\u{a0}", "/"];

fn words(least: usize, most: usize) -> impl Strategy<Value = String> {
    let word = prop_oneof![12 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => "\\PC{1,3}"];
    let glue = prop::sample::select(&GLUE[..]);
    prop::collection::vec((word, glue), least..=most)
        .prop_map(|parts| parts.into_iter().map(|(word, glue)| word + glue).collect())
}

/// A text with something in every field.
pub fn text() -> impl Strategy<Value = ArticleText> {
    let optional = || prop::option::of(words(1, 3));
    let paragraphs = prop::collection::vec(words(1, 8), 0..4);
    let tags = prop::collection::vec(words(1, 2), 0..2);
    (optional(), optional(), optional(), optional(), tags, paragraphs).prop_map(
        |(headline, summary, byline, correction, tags, paragraphs)| ArticleText {
            headline,
            summary,
            byline,
            correction,
            tags,
            paragraphs: paragraphs.into_iter().map(|text| Paragraph::new(Role::Paragraph, text)).collect(),
            ..ArticleText::default()
        },
    )
}

/// A query as somebody may write it; not all can be read.
pub fn query() -> impl Strategy<Value = String> {
    let word = || prop::sample::select(&WORDS[..]);
    let term = prop_oneof![
        4 => word().prop_map(str::to_owned),
        2 => word().prop_map(|word| format!("\"{}\"", word.replace('"', "״"))),
        1 => (word(), word()).prop_map(|(one, two)| format!("\"{} {}\"", one.replace('"', "״"), two.replace('"', "״"))),
        1 => (word(), 1..6_usize).prop_map(|(word, letters)| word.chars().take(letters).collect::<String>() + "*"),
        1 => word().prop_map(|word| format!("={}", word.replace('"', "״"))),
        1 => word().prop_map(|word| format!("{word}~")),
        1 => Just("/[0-9]+/".to_owned()),
        1 => (0..12_usize, word()).prop_map(|(field, word)| {
            let fields = ["title", "summary", "text", "author", "tag", "url", "added", "removed", "feed", "site", "lang", "event"];
            format!("{}:{word}", fields[field])
        }),
        1 => Just("event:revised".to_owned()),
        1 => Just("$words".to_owned()),
    ];
    term.prop_recursive(3, 12, 3, move |inner| {
        let near = (word(), word(), 1..8_u8).prop_map(|(one, two, words)| format!("({one} NEAR/{words} {two})"));
        prop_oneof![
            2 => (inner.clone(), inner.clone()).prop_map(|(one, two)| format!("({one} AND {two})")),
            2 => (inner.clone(), inner.clone()).prop_map(|(one, two)| format!("({one} OR {two})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(one, two)| format!("({one} NOT {two})")),
            1 => prop::collection::vec(inner, 2..5).prop_map(|items| format!("ATLEAST/2({})", items.join(", "))),
            1 => near,
        ]
    })
}

pub fn sets() -> Sets {
    let terms = ["carbon tax", "京都", "Zür*", "tokaev~", "=US"].map(str::to_owned).to_vec();
    Sets::new([("words".to_owned(), terms)].into())
}

fn holds(narrowing: &Narrowing, words: &BTreeSet<String>) -> bool {
    match narrowing {
        Narrowing::Word(word) => words.contains(word),
        Narrowing::Beginning(letters) => words.iter().any(|word| word.starts_with(letters)),
        Narrowing::All(parts) => parts.iter().all(|part| holds(part, words)),
        Narrowing::Any(parts) => parts.iter().any(|part| holds(part, words)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn an_article_that_a_query_matches_holds_what_narrows_the_search(query in query(), before in text(), text in text()) {
        let Ok(parsed) = Query::parse(&query, &sets()) else { return Ok(()) };
        let query = parsed.query;
        let Some(narrowing) = query.narrowing() else { return Ok(()) };
        let url = Url::parse("https://news.example/carbon-tax/%E4%BA%AC%E9%83%BD_1.5").expect("an address");
        let feeds = [FeedFacts { name: "covid-19 wire".to_owned(), tags: vec!["levy".to_owned(), "京都".to_owned()] }];
        let change = diff::align(&before, &text);
        let index: BTreeSet<String> = [&before, &text].into_iter().flat_map(|text| index_words(text, &url)).collect();
        for (event, change) in [(Event::New, None), (Event::Revised, Some((&before, &change)))] {
            let about = About { url: &url, feeds: &feeds, event: Some(event), change };
            if query.matches(&Subject::new(&text, &about)).is_some() {
                prop_assert!(holds(&narrowing, &index), "{:?} is not in {:?}", narrowing, index);
            }
        }
    }
}

#[test]
fn what_a_query_needs_at_the_least_is_told_in_words() {
    use Narrowing::{All, Any, Beginning, Word};
    let word = |word: &str| Word(word.to_owned());
    let any = |words: &[&str]| Any(words.iter().map(|w| word(w)).collect());
    let cases = [
        ("Carbon", Some(word("carbon"))),
        ("carbon tax*", Some(All(vec![word("carbon"), Beginning("tax".to_owned())]))),
        ("carbon OR levy", Some(any(&["carbon", "levy"]))),
        ("\"carbon tax\" -football", Some(All(vec![word("carbon"), word("tax")]))),
        ("carbon NEAR/5 (levy OR tax)", Some(All(vec![word("carbon"), any(&["levy", "tax"])]))),
        ("removed:alleged", Some(word("alleged"))),
        ("O'Neill", Some(Any(vec![All(vec![word("o"), word("neill")]), word("oneill")]))),
        ("京都議", Some(All(["京都", "都議", "京", "都", "議"].map(word).to_vec()))),
        ("ATLEAST/2(carbon, levy, /x+/)", Some(any(&["carbon", "levy"]))),
        ("ATLEAST/2(carbon, /y+/, /x+/)", None),
        ("ATLEAST/2(carbon, levy)", Some(All(vec![word("carbon"), word("levy")]))),
        ("carbon OR /x+/", None),
        ("carbon /x+/", Some(word("carbon"))),
        ("carbon~", None),
        ("tag:carbon", None),
        ("site:news.example carbon", Some(word("carbon"))),
        ("lang:de", None),
        ("a*", None),
    ];
    for (query, narrowing) in cases {
        let parsed = Query::parse(query, &sets()).unwrap_or_else(|errors| panic!("{query}: {errors:?}"));
        assert_eq!(parsed.query.narrowing(), narrowing, "{query}");
    }
}

#[test]
fn words_of_any_length_stand_in_the_index_in_one_piece() {
    let url = Url::parse("https://news.example/").expect("an address");
    let long = "ä".repeat(5_000);
    let text = ArticleText { headline: Some(format!("{long} a\u{202f}b x\u{1}y")), ..ArticleText::default() };
    let words = index_words(&text, &url);
    assert!(words.iter().all(|word| word.len() <= 64 && !word.contains(char::is_whitespace)), "{words:?}");
    let query = Query::parse(&long, &sets()).expect("a query").query;
    assert!(query.narrowing().is_some_and(|narrowing| holds(&narrowing, &words)));
}
