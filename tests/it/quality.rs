//! Which answers are fit to be read, case by case: tests/fixtures/quality.

use std::fs;
use std::path::{Path, PathBuf};

use url::Url;
use wirewatch::diff;
use wirewatch::extract;
use wirewatch::model::{ArticleText, Fitness, Paragraph, Quality, Role};

struct Case {
    name: String,
    asked: Url,
    reached: Option<Url>,
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    quality: String,
    /// Words of the reason.
    reason: String,
    page: String,
}

/// `=== name`, then facts, an empty line, the page.
fn cases(file: &Path) -> Vec<Case> {
    let text = fs::read_to_string(file).unwrap();
    let mut parts = text.split("\n=== ");
    parts.next();
    parts.map(case).collect()
}

fn case(text: &str) -> Case {
    let (head, page) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut lines = head.lines();
    let name = lines.next().unwrap().to_owned();
    let facts: Vec<(&str, &str)> = lines.map(|line| line.split_once(": ").unwrap()).collect();
    let fact = |name: &str| facts.iter().find(|(fact, _)| *fact == name).map(|(_, value)| *value);
    let headers = facts.iter().filter(|(fact, _)| *fact == "header").map(|(_, line)| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.as_bytes().to_vec())
    });
    let expected = fact("expect").unwrap_or_else(|| panic!("{name}: nothing is expected"));
    let (quality, reason) = expected.split_once(", ").unwrap_or((expected, ""));
    Case {
        asked: fact("asked").unwrap().parse().unwrap(),
        reached: fact("reached").map(|url| url.parse().unwrap()),
        status: fact("status").map_or(200, |status| status.parse().unwrap()),
        headers: headers.collect(),
        quality: quality.to_owned(),
        reason: reason.to_owned(),
        page: page.trim_end().to_owned(),
        name,
    }
}

/// Judges an answer as a check does: its headers, where it led to, then the page.
fn judged(case: &Case) -> Fitness {
    let unread = Fitness { quality: Quality::Good, reason: format!("status {}", case.status) };
    if let Some(fitness) = extract::barrier(case.status, &case.headers, case.page.as_bytes()) {
        return fitness;
    }
    if case.status != 200 {
        return unread;
    }
    let reached = case.reached.as_ref().unwrap_or(&case.asked);
    if let Some(fitness) = extract::misled(&case.asked, reached) {
        return fitness;
    }
    extract::extract(case.page.as_bytes(), Some("text/html; charset=utf-8"), &case.asked, None).unwrap().fitness
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/quality")
}

fn wrong(file: &str) -> (usize, Vec<String>) {
    let cases = cases(&fixtures().join(file));
    let wrong = cases.iter().filter_map(|case| {
        let found = judged(case);
        let is_right = found.quality.word() == case.quality && found.reason.contains(&case.reason);
        (!is_right).then(|| format!("{}: {} since {}", case.name, found.quality.word(), found.reason))
    });
    (cases.len(), wrong.collect())
}

#[test]
fn what_stands_in_the_place_of_an_article_is_told_with_its_reason() {
    let mut all = 0;
    for file in ["challenges.txt", "walls.txt", "missing.txt"] {
        let (count, wrong) = wrong(file);
        assert!(wrong.is_empty(), "{file}: {} of {count}: {wrong:#?}", wrong.len());
        all += count;
    }
    assert!(all >= 80, "{all} cases");
}

#[test]
fn short_articles_are_never_called_unfit() {
    let (count, wrong) = wrong("fit.txt");
    assert!(wrong.is_empty(), "{} of {count}: {wrong:#?}", wrong.len());
    assert!(count >= 60, "{count} cases");
}

#[test]
fn a_text_is_told_from_its_translation_and_from_no_text_of_its_own_language() {
    let file = fs::read_to_string(fixtures().join("languages.txt")).unwrap();
    let texts: Vec<(&str, ArticleText)> = file
        .split("\n=== ")
        .skip(1)
        .map(|part| {
            let (language, text) = part.split_once('\n').unwrap();
            let paragraph = Paragraph { role: Role::Paragraph, text: text.trim().to_owned(), at: None };
            // What the page claims counts for nothing.
            let language_claimed = Some("en".to_owned());
            (
                language,
                ArticleText { paragraphs: vec![paragraph], language: language_claimed, ..ArticleText::default() },
            )
        })
        .collect();
    assert!(texts.len() >= 15);
    let mut wrong = Vec::new();
    for (before, old) in &texts {
        for (after, new) in &texts {
            let found = diff::other_language(old, new);
            let base = |language: &str| language.split(',').next().unwrap().to_owned();
            let is_untold = before.contains(',') || after.contains(',');
            if is_untold && base(before) != base(after) {
                continue;
            }
            if found.is_some() != (base(before) != base(after)) {
                wrong.push(format!("{before} to {after}: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
