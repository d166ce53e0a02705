//! The matcher against an evaluator that does what the language says, word by word: slow, and without any of its means.

mod article;
mod evaluator;
mod strategies;

use article::{Before, Draft, Tokens};
use evaluator::{Plain, asked_words};
use strategies::draft_and_asks;

use super::*;

/// What stands in texts and queries: how it is written, its words as they are written and folded, and whether these
/// are characters of one run.
struct Token {
    written: &'static str,
    words: &'static [(&'static str, &'static str)],
    glued: bool,
}

const fn token(written: &'static str, words: &'static [(&'static str, &'static str)]) -> Token {
    Token { written, words, glued: false }
}

/// So many of the tokens make up most texts and queries, so that they meet often.
const COMMON: usize = 14;

const TOKENS: [Token; 50] = [
    token("storm", &[("storm", "storm")]),
    token("Storm", &[("Storm", "storm")]),
    token("storms", &[("storms", "storms")]),
    token("strom", &[("strom", "strom")]),
    token("US", &[("US", "us")]),
    token("us", &[("us", "us")]),
    token("Zürich", &[("Zürich", "zurich")]),
    token("zurich", &[("zurich", "zurich")]),
    token("2024", &[("2024", "2024")]),
    token("covid-19", &[("covid", "covid"), ("19", "19")]),
    token("19", &[("19", "19")]),
    token("tax", &[("tax", "tax")]),
    Token { written: "京都", words: &[("京", "京"), ("都", "都")], glued: true },
    token("京", &[("京", "京")]),
    // Much alike: more fuzzy terms than are compared one by one.
    token("store", &[("store", "store")]),
    token("stork", &[("stork", "stork")]),
    token("stark", &[("stark", "stark")]),
    token("start", &[("start", "start")]),
    token("smart", &[("smart", "smart")]),
    token("stare", &[("stare", "stare")]),
    token("stair", &[("stair", "stair")]),
    token("stars", &[("stars", "stars")]),
    token("scorn", &[("scorn", "scorn")]),
    token("shore", &[("shore", "shore")]),
    token("short", &[("short", "short")]),
    token("sport", &[("sport", "sport")]),
    token("spore", &[("spore", "spore")]),
    token("score", &[("score", "score")]),
    token("snore", &[("snore", "snore")]),
    token("stone", &[("stone", "stone")]),
    token("stove", &[("stove", "stove")]),
    token("strike", &[("strike", "strike")]),
    token("stroke", &[("stroke", "stroke")]),
    token("strode", &[("strode", "strode")]),
    token("stride", &[("stride", "stride")]),
    token("strider", &[("strider", "strider")]),
    token("striker", &[("striker", "striker")]),
    token("stroller", &[("stroller", "stroller")]),
    token("controller", &[("controller", "controller")]),
    token("comptroller", &[("comptroller", "comptroller")]),
    token("minister", &[("minister", "minister")]),
    token("ministers", &[("ministers", "ministers")]),
    token("ministry", &[("ministry", "ministry")]),
    token("sinister", &[("sinister", "sinister")]),
    token("tokaev", &[("tokaev", "tokaev")]),
    token("tokayev", &[("tokayev", "tokayev")]),
    token("tokajew", &[("tokajew", "tokajew")]),
    token("Łódź", &[("Łódź", "lodz")]),
    token("Токаев", &[("Токаев", "токаев")]),
    token("Токаева", &[("Токаева", "токаева")]),
];

/// A word of a text.
#[derive(Debug, Clone)]
struct PlainWord {
    written: &'static str,
    folded: &'static str,
    glued: bool,
    /// As it is written.
    changed: bool,
    /// As words are compared.
    came: bool,
}

/// A text or block, with what may look there.
struct PlainText {
    scopes: Vec<Scope>,
    words: Vec<PlainWord>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Scope {
    Anywhere,
    Title,
    Summary,
    Text,
    Author,
    Tag,
    Added,
    Removed,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Whole,
    Prefix,
    Fuzzy,
    Exact,
}

#[derive(Debug, Clone)]
enum Ask {
    /// Tokens side by side, the last one in this form.
    Term(Vec<usize>, Form),
    Regex(usize),
    Set,
    Fact(usize),
    In(Scope, Box<Ask>),
    Near(Vec<Ask>, Vec<(usize, bool)>),
    All(Vec<Ask>),
    Any(Vec<Ask>),
    Not(Box<Ask>),
    AtLeast(usize, Vec<Ask>),
}

/// The terms of `$weather`.
const WEATHER: [(usize, Form); 3] = [(0, Form::Prefix), (4, Form::Exact), (9, Form::Whole)];

/// Facts, and whether they hold for the two sorts of articles.
const FACTS: [(&str, [bool; 2]); 6] = [
    ("site:example.org", [true, false]),
    ("site:news.example", [false, true]),
    ("lang:de", [true, false]),
    ("feed:bbc*", [true, false]),
    ("feed:courts", [false, true]),
    ("url:storm", [false, true]),
];

impl Ask {
    fn text(&self) -> String {
        match self {
            Self::Term(tokens, form) => term_text(tokens, *form),
            Self::Regex(token) => format!("/\\b{}\\b/", TOKENS[*token].written),
            Self::Set => "$weather".to_owned(),
            Self::Fact(fact) => FACTS[*fact].0.to_owned(),
            Self::In(Scope::Anywhere, ask) => ask.operand(),
            Self::In(scope, ask) => format!("{}:{}", format!("{scope:?}").to_lowercase(), ask.operand()),
            Self::Near(operands, links) => {
                let rest = operands[1..].iter().zip(links).map(|(operand, (words, in_order))| {
                    format!(" {}/{words} {}", if *in_order { "ONEAR" } else { "NEAR" }, operand.operand())
                });
                operands[0].operand() + &rest.collect::<String>()
            }
            Self::All(parts) => joined(parts, " AND ", |part| matches!(part, Self::Any(_))),
            Self::Any(parts) => joined(parts, " OR ", |part| matches!(part, Self::Any(_))),
            Self::Not(ask) if matches!(**ask, Self::Near(..)) => format!("NOT {}", ask.text()),
            Self::Not(ask) => format!("-{}", ask.operand()),
            Self::AtLeast(count, items) => format!("ATLEAST/{count}({})", joined(items, ", ", |_| false)),
        }
    }

    /// As NEAR, NOT and fields take it.
    fn operand(&self) -> String {
        match self {
            Self::Near(..) | Self::All(_) | Self::Any(_) | Self::Not(_) => format!("({})", self.text()),
            _ => self.text(),
        }
    }
}

fn joined(parts: &[Ask], between: &str, is_enclosed: fn(&Ask) -> bool) -> String {
    let text = |part: &Ask| if is_enclosed(part) { format!("({})", part.text()) } else { part.text() };
    parts.iter().map(text).collect::<Vec<_>>().join(between)
}

fn term_text(tokens: &[usize], form: Form) -> String {
    let words = tokens.iter().map(|token| TOKENS[*token].written).collect::<Vec<_>>().join(" ");
    let quoted = |words: String| if tokens.len() > 1 { format!("\"{words}\"") } else { words };
    match form {
        Form::Whole => quoted(words),
        Form::Prefix => quoted(words + "*"),
        Form::Fuzzy => words + "~",
        Form::Exact => format!("={}", quoted(words)),
    }
}

/// Why a query of these may be refused.
const REFUSALS: [&str; 4] = ["only says what must not", "ATLEAST", "different fields", "is no word or phrase for NEAR"];

/// A term without the sign behind it: where that means nothing, a match may leave it out.
fn bare(label: &str) -> String {
    label.trim_end_matches(['*', '~']).to_owned()
}

/// The terms of a query by the names that matches give them.
fn terms(ask: &Ask, terms: &mut BTreeMap<String, Vec<(Vec<usize>, Form)>>) {
    let mut add = |tokens: &[usize], form: Form| {
        let label = bare(&Ask::Term(tokens.to_vec(), form).label());
        terms.entry(label).or_default().push((tokens.to_vec(), form));
    };
    match ask {
        Ask::Term(tokens, form) => add(tokens, *form),
        Ask::Regex(token) => terms.entry(ask.text()).or_default().push((vec![*token], Form::Exact)),
        Ask::Set => WEATHER.iter().for_each(|(token, form)| add(&[*token], *form)),
        Ask::Fact(_) => {}
        Ask::In(_, ask) | Ask::Not(ask) => self::terms(ask, terms),
        Ask::Near(parts, _) | Ask::All(parts) | Ask::Any(parts) | Ask::AtLeast(_, parts) => {
            parts.iter().for_each(|part| self::terms(part, terms));
        }
    }
}

/// Whether what was found is, word for word, one of the terms.
fn is_one_of(found: &str, terms: &[(Vec<usize>, Form)]) -> bool {
    // The characters of a run may be found without the rest of their token.
    let words: Vec<PlainWord> = found.split([' ', '-']).flat_map(words_written).collect();
    terms.iter().any(|(tokens, form)| {
        let asked = asked_words(tokens, *form);
        asked.len() == words.len() && asked.iter().zip(&words).all(|(asked, word)| asked.answers(word))
    })
}

fn words_written(text: &str) -> Vec<PlainWord> {
    let known = TOKENS.iter().flat_map(|token| token.words);
    let mut known: Vec<&(&str, &str)> = known.filter(|(written, _)| text.contains(written)).collect();
    known.sort_by_key(|(written, _)| std::cmp::Reverse(written.len()));
    let is_run = text.chars().any(|c| c > '\u{3000}');
    if !is_run {
        known.truncate(1);
    }
    known.sort_by_key(|(written, _)| text.find(written));
    known.dedup();
    let words = known.iter().enumerate();
    words
        .map(|(nth, (written, folded))| PlainWord { written, folded, glued: nth > 0, changed: false, came: false })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn the_matcher_finds_what_reading_word_by_word_finds((draft, asks) in draft_and_asks()) {
        let weather = WEATHER.map(|(token, form)| term_text(&[token], form)).to_vec();
        let sets = Sets::new(BTreeMap::from([("weather".to_owned(), weather)]));
        let case = draft.case();
        let texts = draft.texts(&case);
        let plain = Plain { texts: &texts, sort: draft.sort };
        let subject = Subject::new(&case.text, &case.about());
        let (mut rules, mut expected) = (Vec::new(), Vec::new());
        for ask in &asks {
            let text = ask.text();
            let query = match Query::parse(&text, &sets) {
                Ok(parsed) => parsed.query,
                Err(notes) => {
                    let is_known = |note: &Note| REFUSALS.iter().any(|refusal| note.message.contains(refusal));
                    prop_assert!(notes.iter().all(is_known), "`{}`: {:?}", text, notes);
                    continue;
                }
            };
            let matches = query.matches(&subject);
            prop_assert_eq!(matches.is_some(), plain.holds(ask, Scope::Anywhere), "`{}`", text);
            prop_assert_eq!(query.explain(&subject).held, matches.is_some(), "`{}`", text);
            let mut known = BTreeMap::new();
            terms(ask, &mut known);
            for found in matches.iter().flatten() {
                assert_place(&case, found, &text);
                if let Some(terms) = known.get(&bare(&found.term)) {
                    prop_assert!(is_one_of(&found.text, terms), "`{}`: {:?}", text, found);
                } else {
                    let facts = [MatchField::Site, MatchField::Lang, MatchField::Feed, MatchField::Url];
                    prop_assert!(facts.contains(&found.field), "`{}`: {:?}", text, found);
                }
            }
            expected.extend(matches.map(|matches| (rules.len(), matches)));
            rules.push(Rule { query, ..rule("csto") });
        }
        prop_assert_eq!(RuleSet::new(rules).matches(&subject, &case.feeds), expected);
    }
}
