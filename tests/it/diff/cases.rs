//! Pairs of texts in data files, with what is to be said of them.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use wirewatch::diff;
use wirewatch::model::{ArticleText, Change, Figure, Kind, Paragraph, Role, Severity, Timestamp};

use super::{article, check_round_trip};

/// A pair of texts with what is to be said of them. A field that is given once is the same on both sides.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    name: String,
    #[serde(default)]
    headline: Sides,
    #[serde(default)]
    summary: Sides,
    #[serde(default)]
    byline: Sides,
    #[serde(default)]
    correction: Sides,
    /// Paragraphs are separated by a blank line; `[caption]` and the like before one tell its role.
    #[serde(default)]
    text: Sides,
    #[serde(default)]
    modified: Sides,
    language: Option<String>,
    /// None: the change is none.
    kinds: Vec<Kind>,
    /// Kinds that may be said besides.
    #[serde(default)]
    may: Vec<Kind>,
    severity: Option<Severity>,
    /// `before -> after`, with `_` for nothing.
    #[serde(default)]
    figures: Vec<String>,
    silent: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Sides {
    #[default]
    Missing,
    Same(String),
    Both(String, String),
}

impl Sides {
    fn before(&self) -> Option<String> {
        match self {
            Sides::Missing => None,
            Sides::Same(text) | Sides::Both(text, _) => Some(text.clone()).filter(|text| !text.is_empty()),
        }
    }

    fn after(&self) -> Option<String> {
        match self {
            Sides::Missing => None,
            Sides::Same(text) | Sides::Both(_, text) => Some(text.clone()).filter(|text| !text.is_empty()),
        }
    }
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

impl Case {
    fn side(&self, pick: fn(&Sides) -> Option<String>) -> ArticleText {
        ArticleText {
            headline: pick(&self.headline),
            summary: pick(&self.summary),
            byline: pick(&self.byline),
            correction: pick(&self.correction),
            language: self.language.clone(),
            modified_at: pick(&self.modified).map(|time| time.parse::<Timestamp>().expect("a time in RFC 3339")),
            ..article(&pick(&self.text).unwrap_or_default())
        }
    }

    /// What was said otherwise than expected.
    fn failure(&self) -> Option<String> {
        let (old, new) = (self.side(Sides::before), self.side(Sides::after));
        check_round_trip(&old, &new);
        let Some(change) = diff::compare(&old, &new) else {
            return (!self.kinds.is_empty()).then(|| format!("  {}: no change was seen", self.name));
        };
        let said: Vec<String> = change.figures.iter().map(told).collect();
        let is_as_expected = self.has_kinds(&change)
            && (self.severity.is_none() || change.severity == self.severity)
            && said == self.figures
            && change.figures.iter().all(stands_in_its_context)
            && self.silent.is_none_or(|silent| silent == change.silent);
        (!is_as_expected).then(|| {
            format!("  {}: {:?} {:?} silent {} {said:?}", self.name, change.kinds, change.severity, change.silent)
        })
    }

    fn has_kinds(&self, change: &Change) -> bool {
        self.kinds.iter().all(|kind| change.kinds.contains(kind))
            && change.kinds.iter().all(|kind| self.kinds.contains(kind) || self.may.contains(kind))
    }
}

fn told(figure: &Figure) -> String {
    let side = |figure: &Option<String>| figure.clone().unwrap_or_else(|| "_".to_owned());
    format!("{} -> {}", side(&figure.before), side(&figure.after))
}

fn stands_in_its_context(figure: &Figure) -> bool {
    let shown = figure.after.as_ref().or(figure.before.as_ref());
    shown.is_some_and(|shown| figure.context.contains(shown.as_str()))
}

pub fn paragraphs(text: &str) -> Vec<Paragraph> {
    let paragraph = |text: &str| {
        let text = text.trim_matches('\n');
        let (role, text) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((name, rest)) => (role(name), rest),
            None => (None, text),
        };
        Paragraph::new(role.unwrap_or(Role::Paragraph), text)
    };
    text.split("\n\n").filter(|text| !text.is_empty()).map(paragraph).collect()
}

fn role(name: &str) -> Option<Role> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/diff").join(name)
}

fn read(file: &str) -> Vec<Case> {
    let cases: Cases = toml::from_str(&fs::read_to_string(fixture(file)).expect("the fixture is there")).expect("TOML");
    cases.case
}

/// Every case of a file.
pub fn check(file: &str) {
    let cases = read(file);
    let failures: Vec<String> = cases.iter().filter_map(Case::failure).collect();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// How many cases of a file are told as they should be, of how many.
pub fn right(file: &str) -> (usize, usize) {
    let cases = read(file);
    (cases.iter().filter(|case| case.failure().is_none()).count(), cases.len())
}
