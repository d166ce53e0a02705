//! Takes the publisher's note of correction, clarification or update out of an article's text.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::content::Chosen;
use super::metadata::Metadata;
use super::walk::Block;
use super::wording;

/// Longest note, in characters: a longer block with a note's class or opening is the article itself.
const MAX_NOTE_CHARS: usize = 1_500;
/// How many blocks before and behind the article's own a note may stand.
const BEFORE: usize = 10;
const BEHIND: usize = 15;

/// How a note may begin.
#[derive(Debug)]
enum Opening {
    /// A label, which ends with a mark or ends the block.
    Label(String),
    /// A label that stands before times too ("Updated 14:05").
    TimeLabel(String),
    Start(String),
    Anywhere(String),
}

static OPENINGS: LazyLock<Vec<Opening>> = LazyLock::new(|| {
    let lines = include_str!("corrections.txt").lines().filter(|line| !line.starts_with('#'));
    let phrases = lines.filter_map(|line| line.split_once('\t')).map(|(_, phrase)| wording::lower(phrase));
    phrases
        .map(|phrase| match (phrase.strip_prefix("* "), phrase.strip_prefix("~ "), phrase.strip_suffix(':')) {
            (Some(phrase), ..) => Opening::Anywhere(phrase.to_owned()),
            (_, Some(phrase), _) => Opening::TimeLabel(phrase.trim_end_matches(':').to_owned()),
            (.., Some(phrase)) => Opening::Label(phrase.to_owned()),
            _ => Opening::Start(phrase),
        })
        .collect()
});

/// Takes the notes out of the chosen blocks and gives them as one text, in the order of the page; a note that stands beside
/// the article's text is found too.
pub fn take(blocks: &[Block], chosen: &mut Vec<Chosen>, metadata: &Metadata) -> Option<String> {
    let near = near(blocks.len(), chosen);
    let mut notes: Vec<String> = Vec::new();
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    chosen.retain(|chosen| note_in(&chosen.text) != Note::Stamp);
    for index in marked(blocks, near.clone()).into_iter().chain(opened(blocks, near)) {
        taken.insert(index);
    }
    for index in &taken {
        push(&mut notes, &blocks[*index].text);
    }
    chosen.retain(|chosen| {
        let is_note = match chosen.index {
            Some(index) => taken.contains(&index),
            None => chosen.text.chars().count() <= MAX_NOTE_CHARS && note_in(&chosen.text) == Note::Whole,
        };
        if is_note {
            push(&mut notes, &chosen.text);
        }
        !is_note
    });
    if notes.is_empty() {
        return metadata.correction.clone();
    }
    Some(notes.join(" "))
}

fn push(notes: &mut Vec<String>, note: &str) {
    if !notes.iter().any(|known| known == note) {
        notes.push(note.to_owned());
    }
}

/// The blocks at the article's text and around it.
fn near(count: usize, chosen: &[Chosen]) -> std::ops::Range<usize> {
    let first = chosen.iter().filter_map(|chosen| chosen.index).min();
    let last = chosen.iter().filter_map(|chosen| chosen.index).max();
    match (first, last) {
        (Some(first), Some(last)) => first.saturating_sub(BEFORE)..(last + 1 + BEHIND).min(count),
        _ => 0..0,
    }
}

/// Blocks in an element whose class says that it holds a note; none when they are too long to be one.
fn marked(blocks: &[Block], near: std::ops::Range<usize>) -> Vec<usize> {
    let marked: Vec<usize> = near.filter(|index| is_marked(&blocks[*index])).collect();
    let length: usize = marked.iter().map(|index| blocks[*index].text.chars().count()).sum();
    // A lone label ("Corrections") beside a form or a policy is no note.
    let has_words = marked.iter().any(|index| wording::size(&blocks[*index].text) >= 5);
    if length <= MAX_NOTE_CHARS && has_words { marked } else { Vec::new() }
}

fn is_marked(block: &Block) -> bool {
    block.marks.is_correction() && !is_linked(block) && note_in(&block.text) != Note::Stamp
}

/// Blocks that begin as notes do, with the block after one that is only a label.
fn opened(blocks: &[Block], near: std::ops::Range<usize>) -> Vec<usize> {
    let mut opened = Vec::new();
    for index in near.clone() {
        let block = &blocks[index];
        if is_linked(block) || block.text.chars().count() > MAX_NOTE_CHARS {
            continue;
        }
        match note_in(&block.text) {
            Note::Whole => opened.push(index),
            Note::LabelOnly => {
                let next = blocks.get(index + 1).filter(|_| near.contains(&(index + 1)));
                if next.is_some_and(|next| !is_linked(next) && (5..=150).contains(&wording::size(&next.text))) {
                    opened.extend([index, index + 1]);
                }
            }
            Note::Stamp | Note::None => {}
        }
    }
    opened
}

fn is_linked(block: &Block) -> bool {
    block.linked_letters * 2 > block.letters
}

/// Whether a text begins as a publisher's note of correction, clarification or update does.
pub fn is_note(text: &str) -> bool {
    text.chars().nth(MAX_NOTE_CHARS).is_none() && note_in(text) != Note::None
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Note {
    Whole,
    /// Only the label: the note is the block after it.
    LabelOnly,
    /// A time behind the label, and nothing else: neither note nor text.
    Stamp,
    None,
}

fn note_in(text: &str) -> Note {
    let lower = wording::lower(text);
    let start = lower.trim_start_matches(|c: char| c.is_whitespace() || "*•–—-[|#>_“\"".contains(c));
    let notes = OPENINGS.iter().map(|opening| match opening {
        Opening::Label(phrase) => after_label(start, phrase),
        Opening::TimeLabel(phrase) => match after_label(start, phrase) {
            Note::Whole | Note::None if start.starts_with(phrase.as_str()) && is_stamp(start) => Note::Stamp,
            note => note,
        },
        Opening::Start(phrase) if start.starts_with(phrase.as_str()) => Note::Whole,
        Opening::Anywhere(phrase) if start.contains(phrase.as_str()) => Note::Whole,
        Opening::Start(_) | Opening::Anywhere(_) => Note::None,
    });
    notes.into_iter().find(|note| *note != Note::None).unwrap_or(Note::None)
}

fn after_label(text: &str, phrase: &str) -> Note {
    let Some(rest) = text.strip_prefix(phrase) else { return Note::None };
    if rest.chars().all(|character| !character.is_alphanumeric()) {
        return Note::LabelOnly;
    }
    if ends_label(rest) { Note::Whole } else { Note::None }
}

/// Whether a text is a time more than anything else: short, with a digit for every four letters.
fn is_stamp(text: &str) -> bool {
    let digits = text.chars().filter(|character| character.is_numeric()).count();
    let letters = text.chars().filter(|character| character.is_alphabetic()).count();
    letters < 90 && digits * 4 > letters
}

/// Whether the text behind a label begins with the end of a label: a mark, or a day in brackets and then a mark
/// ("Correction (12 May): …", "Update, 14:05: …" and "Correction Nov. 14, 2019: …" are labels, "Update on talks" is none).
fn ends_label(rest: &str) -> bool {
    let rest = rest.trim_start();
    if rest.starts_with([':', '：', '–', '—', '-', '|', '(', '（', ']', '】']) {
        return true;
    }
    let head = wording::first_chars(rest, 40);
    head.match_indices([':', '：']).any(|(colon, _)| {
        let is_clock = head[..colon].ends_with(char::is_numeric) && head[colon + 1..].starts_with(char::is_numeric);
        !is_clock && head[..colon].chars().any(char::is_numeric)
    })
}
