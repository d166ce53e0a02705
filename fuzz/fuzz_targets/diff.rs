//! Compares any two texts of an article: they stand on either side of a line of three equals signs.

#![no_main]
// The modules are compiled alone, without the rest of the program that uses them.
#![allow(dead_code, unused_imports)]

#[path = "../../src/diff/mod.rs"]
mod diff;
#[path = "../../src/model/mod.rs"]
mod model;

use libfuzzer_sys::fuzz_target;
use model::{ArticleText, Op, Paragraph, Role, WordChange};

fuzz_target!(|input: &str| check(input));

fn check(input: &str) {
    let (old, new) = input.split_once("\n===\n").unwrap_or((input, ""));
    let (old, new) = (article(old), article(new));
    let change = diff::compare(&old, &new);
    assert_eq!(change.is_none(), diff::fingerprint(&old) == diff::fingerprint(&new));
    assert_eq!(diff::compare(&old, &old), None);
    assert_eq!(diff::compare(&old, &new), change, "the same texts differ in the same way each time");
    check_round_trip(&old, &new);
}

/// The first line is the headline, the second the summary, the third the byline, the others are the text. A text that
/// names no language but one of two letters in its byline is in that one.
fn article(text: &str) -> ArticleText {
    let mut lines = text.split('\n');
    let mut field = || lines.next().filter(|line| !line.trim().is_empty()).map(str::to_owned);
    let (headline, summary, byline) = (field(), field(), field());
    let language = byline.clone().filter(|byline| byline.len() == 2);
    let lines = lines.filter(|line| !line.trim().is_empty());
    let paragraphs = lines.take(60).map(|line| Paragraph::new(Role::Paragraph, line)).collect();
    ArticleText { headline, summary, byline, language, paragraphs, ..ArticleText::default() }
}

/// What stayed and what went are the old text; what stayed and what came, the new one.
fn check_round_trip(old: &ArticleText, new: &ArticleText) {
    let diff = diff::align(old, new);
    let (mut before, mut after) = (vec![None; old.paragraphs.len()], vec![None; new.paragraphs.len()]);
    for row in &diff.paragraphs {
        if let Some(index) = row.before {
            assert!(before[index].replace(joined(&row.words, Op::Insert)).is_none(), "paragraph {index} stands twice");
        }
        if let Some(index) = row.after {
            assert!(after[index].replace(joined(&row.words, Op::Delete)).is_none(), "paragraph {index} stands twice");
        }
    }
    let texts = |text: &ArticleText| text.paragraphs.iter().map(|p| Some(p.text.clone())).collect::<Vec<_>>();
    assert_eq!(before, texts(old));
    assert_eq!(after, texts(new));
    let fields = [
        (&diff.headline, &old.headline, &new.headline),
        (&diff.summary, &old.summary, &new.summary),
        (&diff.byline, &old.byline, &new.byline),
    ];
    for (words, old, new) in fields {
        assert_eq!(joined(words, Op::Insert), old.clone().unwrap_or_default());
        assert_eq!(joined(words, Op::Delete), new.clone().unwrap_or_default());
    }
    for excerpt in diff::changed_sentences(&diff, 8) {
        assert!(excerpt.words.iter().any(|run| run.op != Op::Equal), "an excerpt shows a change");
        assert!(excerpt.after_paragraph.is_none_or(|index| index < new.paragraphs.len()));
    }
}

/// The text of all runs but those of one operation.
fn joined(words: &[WordChange], without: Op) -> String {
    words.iter().filter(|run| run.op != without).map(|run| run.text.as_str()).collect()
}
