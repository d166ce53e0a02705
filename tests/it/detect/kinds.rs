//! The kinds that only an article's history tells: restored, back, technical.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use wirewatch::detect::Finding;
use wirewatch::diff;
use wirewatch::model::{Change, Kind, Severity, Source, Version};

use super::{Look, text, usual, version};

#[derive(Deserialize)]
struct Histories {
    history: Vec<History>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct History {
    name: String,
    version: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    text: String,
    #[serde(default = "page")]
    source: Source,
    /// Whether the article had been told as taken down before.
    #[serde(default)]
    was_gone: bool,
    says: Option<Says>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Says {
    kinds: Vec<Kind>,
    severity: Option<Severity>,
    restores: Option<u32>,
}

fn page() -> Source {
    Source::Page
}

impl Says {
    fn of(change: &Change) -> Self {
        Self { kinds: change.kinds.clone(), severity: change.severity, restores: change.restores }
    }
}

impl History {
    fn check(&self) {
        let mut versions: Vec<Version> = Vec::new();
        for (step, number) in self.version.iter().zip(1..) {
            let paragraphs: Vec<&str> = step.text.trim().split("\n\n").collect();
            let text = text("The dam", &paragraphs);
            if let (Some(latest), Some(says)) = (versions.last(), &step.says) {
                let look = Look { gone: step.was_gone, fingerprints: prints(&versions), ..Look::after(latest.clone()) };
                let Finding::Version(found) = look.confirms(&usual("dam"), text.clone()) else {
                    panic!("{}: no version {number}", self.name)
                };
                let change = found.change.expect("a later version has a change");
                assert_eq!(Says::of(&change), *says, "{}: version {number}", self.name);
            }
            versions.push(Version { source: step.source, ..version(number, text) });
        }
    }
}

fn prints(versions: &[Version]) -> Vec<(u32, [u8; 32])> {
    versions.iter().rev().map(|version| (version.number, diff::fingerprint(&version.text))).collect()
}

#[test]
fn a_history_tells_what_two_texts_alone_do_not() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/detect/kinds.toml");
    let histories: Histories = toml::from_str(&fs::read_to_string(file).expect("the fixture")).expect("TOML");
    histories.history.iter().for_each(History::check);
}
