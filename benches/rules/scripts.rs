//! How fast texts are turned into words, script by script.

use std::collections::HashMap;
use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation as _;

use wirewatch::model::{ArticleText, Paragraph, Role};

use crate::figures::middle;
use crate::random::Random;
use crate::stopwatch::timed;
use crate::tokenising::Tokenising;

/// By line: the name of a language, then a passage in it.
const PASSAGES: &str = include_str!("scripts.txt");

/// How long the measured texts are.
const CHARACTERS: usize = 40_000;
const PARAGRAPH: usize = 250;
const PASSES: usize = 40;

pub fn print() -> anyhow::Result<()> {
    println!(
        "Tokenising by script, texts of {CHARACTERS} characters; UAX #29 is the crate unicode-segmentation alone:"
    );
    println!("  {:10} {:>8} {:>14} {:>12} {:>10}", "", "MB/s", "characters/µs", "UAX #29 MB/s", "of it");
    let tokenising = Tokenising::new()?;
    let lines: Vec<&str> = PASSAGES.lines().collect();
    for pair in lines.chunks_exact(2) {
        let (name, text) = (pair[0], article(pair[1]));
        let bytes = text.paragraphs.iter().map(|paragraph| paragraph.text.len()).sum::<usize>() as f64;
        let ours = middle_of(|| tokenising.run(&text));
        let plain =
            middle_of(|| text.paragraphs.iter().map(|one| one.text.unicode_word_indices().count()).sum::<usize>());
        let micros = ours.as_secs_f64() * 1e6;
        println!(
            "  {name:10} {:>8.0} {:>14.0} {:>12.0} {:>10.2}",
            bytes / micros,
            CHARACTERS as f64 / micros,
            bytes / (plain.as_secs_f64() * 1e6),
            plain.as_secs_f64() / ours.as_secs_f64()
        );
    }
    println!();
    Ok(())
}

fn middle_of<T>(mut work: impl FnMut() -> T) -> Duration {
    let times = (0..PASSES).map(|_| timed(|| std::hint::black_box(work())).1);
    middle(times.collect())
}

/// A text in which letters follow each other as in the passage, so that it has more words than that.
fn article(passage: &str) -> ArticleText {
    let letters: Vec<char> = passage.chars().collect();
    let mut following: HashMap<(char, char), Vec<char>> = HashMap::new();
    for row in letters.windows(3) {
        following.entry((row[0], row[1])).or_default().push(row[2]);
    }
    let mut random = Random::of(&["script", passage]);
    let mut last = (letters[0], letters[1]);
    let mut written: Vec<char> = Vec::with_capacity(CHARACTERS);
    while written.len() < CHARACTERS {
        match following.get(&last).and_then(|next| random.pick(next)) {
            Some(next) => last = (last.1, *next),
            None => last = (letters[0], letters[1]),
        }
        written.push(last.1);
    }
    let paragraphs = written.chunks(PARAGRAPH).map(|letters| letters.iter().collect::<String>());
    ArticleText {
        paragraphs: paragraphs.map(|text| Paragraph::new(Role::Paragraph, text)).collect(),
        ..ArticleText::default()
    }
}
