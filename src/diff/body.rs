//! What the paragraphs of two texts say about the change: sentences that stayed, came, went or moved.

use std::collections::HashMap;
use std::ops::Range;

use super::examination::Examination;
use super::figures::Reading;
use super::findings::Findings;
use super::fold::fold;
use super::lexicon::{Class, Lexicon};
use super::names::Known;
use super::pair::Pair;
use super::paragraphs::{self, Bag, Row};
use super::quotes::Quotes;
use super::token::{Text, Token, TokenKind, Vocabulary};
use crate::model::{ArticleText, Kind, ParagraphOp};

/// What was found in the paragraphs.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub findings: Findings,
    pub added_words: usize,
    pub removed_words: usize,
    /// A note of correction came, or has other words.
    pub has_new_note: bool,
    /// Words of sentences and long clauses that came or went; the shares of the text are taken of these.
    pub came_words: usize,
    pub went_words: usize,
}

/// An insertion or deletion of this many words within a sentence is an addition or removal, not wording.
const CLAUSE: usize = 12;
/// A sentence of which less than two fifths, and fewer than five words, are left has gone.
const LEAST_SHARE: (usize, usize) = (2, 5);
const LEAST_WORDS: usize = 5;
/// Up to this many words, a sentence in place of another is that sentence, changed.
const SHORT: usize = 2;
/// Words of a hunk that are looked up among those of its other side.
const MAX_GISTS: usize = 64;
/// A quotation of fewer words in a sentence that came or went is a title or a manner of speaking.
const LEAST_QUOTED: usize = 3;

/// Compares the paragraphs.
pub(super) fn examine<'t>(
    old: &'t ArticleText,
    new: &'t ArticleText,
    lexicon: &'static Lexicon,
    known: &Known<'t>,
) -> Body {
    let sources = |text: &'t ArticleText| -> Vec<&'t str> {
        text.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect()
    };
    let (old, new) = (sources(old), sources(new));
    if old.len() != new.len() && is_same_run_of_words(&old, &new) {
        let mut body = Body::default();
        body.findings.note(Kind::Markup);
        return body;
    }
    let mut vocabulary = Vocabulary::new(lexicon);
    let rows = paragraphs::rows(&old, &new, &mut vocabulary);
    let mut read = |sources: &[&'t str], index: Option<usize>| index.map(|at| Text::read(sources[at], &mut vocabulary));
    let differing: Vec<Differing> = rows
        .iter()
        .filter(|row| row.op != ParagraphOp::Equal)
        .map(|row| Differing { row: *row, old: read(&old, row.before), new: read(&new, row.after) })
        .collect();
    let mut walk = Walk { known, body: Body::default(), gone: Vec::new(), came: Vec::new(), stayed: Vec::new() };
    differing.iter().for_each(|differing| walk.visit(differing, &vocabulary));
    walk.reunite(&rows, vocabulary);
    walk.body
}

/// Whether only the breaks between paragraphs differ, wherever they fall.
fn is_same_run_of_words(old: &[&str], new: &[&str]) -> bool {
    let run = |paragraphs: &[&str]| paragraphs.iter().map(|text| fold(text)).collect::<Vec<_>>().join(" ");
    run(old).trim() == run(new).trim()
}

/// A row that is not equal, with its texts.
struct Differing<'t> {
    row: Row,
    old: Option<Text<'t>>,
    new: Option<Text<'t>>,
}

/// A sentence that has no counterpart in its own paragraph.
struct Stray<'a, 't> {
    text: &'a Text<'t>,
    tokens: Range<usize>,
    place: Place,
    quoted_words: usize,
}

impl Stray<'_, '_> {
    fn words(&self) -> usize {
        self.text.tokens[self.tokens.clone()].iter().filter(|token| token.is_word()).count()
    }
}

struct Walk<'a, 't> {
    known: &'a Known<'t>,
    body: Body,
    gone: Vec<Stray<'a, 't>>,
    came: Vec<Stray<'a, 't>>,
    /// Places before and after of text that stayed in its paragraph.
    stayed: Vec<(Place, Place)>,
}

/// Paragraph, then token.
type Place = (usize, usize);

impl<'a, 't> Walk<'a, 't> {
    fn visit(&mut self, differing: &'a Differing<'t>, vocabulary: &Vocabulary) {
        if differing.row.op == ParagraphOp::Move {
            self.body.findings.note(Kind::Move);
        }
        match (&differing.old, &differing.new) {
            (Some(old), Some(new)) => self.visit_pair(differing.row, old, new, vocabulary),
            (Some(old), None) => {
                let strays = self.strays(old, differing.row.before, vocabulary, |_| false);
                self.gone.extend(strays);
            }
            (None, Some(new)) => {
                let strays = self.strays(new, differing.row.after, vocabulary, |_| false);
                self.came.extend(strays);
            }
            (None, None) => {}
        }
    }

    fn visit_pair(&mut self, row: Row, old: &'a Text<'t>, new: &'a Text<'t>, vocabulary: &Vocabulary) {
        let pair = Pair::compare(old, new, vocabulary);
        if pair.hunks.is_empty() {
            return;
        }
        if let (Some(before), Some(after), true) = (row.before, row.after, row.op != ParagraphOp::Move) {
            let ends = pair.ends_of_what_stayed();
            self.stayed.extend(ends.into_iter().map(|(old, new)| ((before, old), (after, new))));
        }
        let (old_stays, new_stays) = pair.staying(vocabulary);
        let gone = self.strays(old, row.before, vocabulary, |index| old_stays[index]);
        let came = self.strays(new, row.after, vocabulary, |index| new_stays[index]);
        self.gone.extend(gone);
        self.came.extend(came);
        self.examine_pair(&pair, vocabulary, &old_stays, &new_stays);
        if Self::begins_as_correction(new.source) && pair.hunks.iter().any(|hunk| !hunk.new.is_empty()) {
            self.body.findings.note(Kind::Correction);
            self.body.has_new_note = true;
        }
    }

    fn examine_pair(&mut self, pair: &Pair<'_, 't>, vocabulary: &Vocabulary, old_stays: &[bool], new_stays: &[bool]) {
        let reading = |text| Reading { text, vocabulary };
        let mut examination = Examination::of(pair, reading(pair.old), reading(pair.new), self.known);
        for hunk in &pair.hunks {
            let words = |text: &Text, range: &Range<usize>, stays: &[bool]| {
                range.clone().filter(|index| stays[*index] && text.tokens[*index].is_word()).count()
            };
            let (removed, added) = (words(pair.old, &hunk.old, old_stays), words(pair.new, &hunk.new, new_stays));
            self.body.removed_words += removed;
            self.body.added_words += added;
            match (removed, added) {
                (0, CLAUSE..) => {
                    self.body.came_words += added;
                    self.body.findings.note(Kind::Addition);
                    examination.examine_clause(hunk, LEAST_QUOTED);
                }
                (CLAUSE.., 0) => {
                    self.body.went_words += removed;
                    self.body.findings.note(Kind::Removal);
                    examination.examine_clause(hunk, LEAST_QUOTED);
                }
                _ => examination.examine(hunk, |index| old_stays[index], |index| new_stays[index]),
            }
        }
        self.body.findings.merge(examination.finish());
    }

    /// The sentences of a paragraph that hold tokens which do not stay.
    fn strays(
        &self,
        text: &'a Text<'t>,
        paragraph: Option<usize>,
        vocabulary: &Vocabulary,
        stays: impl Fn(usize) -> bool,
    ) -> Vec<Stray<'a, 't>> {
        let quotes = Quotes::of(text, vocabulary);
        let sentences = super::sentence::sentences(text, vocabulary);
        let gone = sentences.into_iter().filter(|sentence| !stays(sentence.start));
        gone.map(|tokens| Stray {
            text,
            place: (paragraph.unwrap_or_default(), tokens.start),
            quoted_words: tokens.clone().filter(|at| quotes.is_inside(*at) && text.tokens[*at].is_word()).count(),
            tokens,
        })
        .collect()
    }

    /// Finds the sentences that went to another paragraph; what is left came or went.
    fn reunite(&mut self, rows: &[Row], mut vocabulary: Vocabulary) {
        let (gone, came) = (std::mem::take(&mut self.gone), std::mem::take(&mut self.came));
        let (gone, came, places) = cancel_equal(gone, came);
        if !places.is_empty() {
            self.body.findings.note(if keeps_order(rows, places, &self.stayed) { Kind::Markup } else { Kind::Move });
        }
        let (gone, came) = self.compare_similar(gone, came, &mut vocabulary);
        for stray in gone {
            self.body.removed_words += stray.words();
            self.body.went_words += stray.words();
            self.note_stray(&stray, Kind::Removal);
        }
        for stray in came {
            self.body.added_words += stray.words();
            self.body.came_words += stray.words();
            self.note_stray(&stray, Kind::Addition);
        }
    }

    fn note_stray(&mut self, stray: &Stray, kind: Kind) {
        if stray.words() == 0 {
            return self.body.findings.note(Kind::Punctuation);
        }
        self.body.findings.note(kind);
        if stray.quoted_words >= LEAST_QUOTED {
            self.body.findings.note(Kind::Quote);
        }
        if Self::begins_as_correction(stray.text.slice(stray.tokens.clone())) {
            self.body.findings.note(Kind::Correction);
            self.body.has_new_note |= kind == Kind::Addition;
        }
    }

    /// Compares strays that are nearly the same; returns the others.
    fn compare_similar(
        &mut self,
        gone: Vec<Stray<'a, 't>>,
        came: Vec<Stray<'a, 't>>,
        vocabulary: &mut Vocabulary,
    ) -> (Vec<Stray<'a, 't>>, Vec<Stray<'a, 't>>) {
        let bags = |strays: &[Stray], vocabulary: &Vocabulary| -> Vec<Bag> {
            strays.iter().map(|stray| Bag::of_range(stray.text, stray.tokens.clone(), vocabulary)).collect()
        };
        let (gone_bags, came_bags) = (bags(&gone, vocabulary), bags(&came, vocabulary));
        let numbered = |bags| -> Vec<(usize, &Bag)> { Iterator::enumerate(<[Bag]>::iter(bags)).collect() };
        let pairs = paragraphs::by_rare_words(&numbered(&gone_bags), &numbered(&came_bags), 0.6, 4);
        for (old, new) in &pairs {
            let (old, new) = (&gone[*old], &came[*new]);
            let old = Text::read(old.text.slice(old.tokens.clone()), vocabulary);
            let new = Text::read(new.text.slice(new.tokens.clone()), vocabulary);
            let pair = Pair::compare(&old, &new, vocabulary);
            let all = |text: &Text| vec![true; text.tokens.len()];
            self.examine_pair(&pair, vocabulary, &all(&old), &all(&new));
        }
        let without = |strays: Vec<Stray<'a, 't>>, paired: Vec<usize>| {
            let mut is_paired = vec![false; strays.len()];
            paired.into_iter().for_each(|index| is_paired[index] = true);
            strays.into_iter().zip(is_paired).filter(|(_, paired)| !paired).map(|(stray, _)| stray).collect()
        };
        let (old, new) = pairs.into_iter().unzip();
        (without(gone, old), without(came, new))
    }

    fn begins_as_correction(text: &str) -> bool {
        let head: String = text.chars().take(80).collect::<String>().to_lowercase().replace('’', "'");
        let head = head.trim_start_matches(|c: char| !c.is_alphanumeric());
        Lexicon::corrections().any(|phrase| {
            let rest = head.strip_prefix(phrase);
            let is_closed = phrase.ends_with([':', '：']);
            let is_whole = |rest: &str| !rest.starts_with(char::is_alphanumeric) || is_closed;
            // A single word is a label where a mark or a day follows: `Précision :`, `Correction 12 May:`.
            let is_label = |rest: &str| phrase.contains(' ') || !rest.trim_start().starts_with(char::is_alphabetic);
            rest.is_some_and(|rest| is_whole(rest) && (is_closed || is_label(rest)))
        })
    }
}

impl Pair<'_, '_> {
    /// The first and the last token that both sides have, as places on both; none where nothing stayed.
    fn ends_of_what_stayed(&self) -> Vec<(usize, usize)> {
        let (Some(first), Some(last)) = (self.hunks.first(), self.hunks.last()) else { return Vec::new() };
        let start = if first.old.start > 0 { (0, 0) } else { (first.old.end, first.new.end) };
        let (old_end, new_end) = (self.old.tokens.len(), self.new.tokens.len());
        let end = match last.old.end < old_end {
            true => (old_end - 1, new_end - 1),
            false => (last.old.start.wrapping_sub(1), last.new.start.wrapping_sub(1)),
        };
        [start, end].into_iter().filter(|(old, new)| *old < old_end && *new < new_end).collect()
    }

    /// For each token of both sides, whether its sentence stayed.
    pub fn staying(&self, vocabulary: &Vocabulary) -> (Vec<bool>, Vec<bool>) {
        let mut old_lost = vec![Loss::Kept; self.old.tokens.len()];
        let mut new_lost = vec![Loss::Kept; self.new.tokens.len()];
        for hunk in &self.hunks {
            mark_losses((self.old, &hunk.old), (self.new, &hunk.new), vocabulary, &mut old_lost);
            mark_losses((self.new, &hunk.new), (self.old, &hunk.old), vocabulary, &mut new_lost);
        }
        (stay(self.old, &self.old_sentences, &old_lost), stay(self.new, &self.new_sentences, &new_lost))
    }
}

/// What became of a word of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Kept,
    /// Other words stand in its place.
    Replaced,
    Lost,
}

/// Marks the words of a hunk. A word with another capital is the same word, and a figure that took the place of a
/// figure stands for it.
fn mark_losses(
    here: (&Text, &Range<usize>),
    there: (&Text, &Range<usize>),
    vocabulary: &Vocabulary,
    losses: &mut [Loss],
) {
    let token = |side: &(&Text, &Range<usize>), index: usize| side.0.tokens[index];
    let is_figure = |token: Token| token.kind == TokenKind::Number || vocabulary.classes(token.key).has(Class::Count);
    let has_figure = there.1.clone().any(|index| is_figure(token(&there, index)));
    let gists = there.1.clone().take(MAX_GISTS).filter_map(|index| vocabulary.gist(token(&there, index).key));
    let gists: Vec<u32> = gists.collect();
    let loss = if there.1.is_empty() { Loss::Lost } else { Loss::Replaced };
    for index in here.1.clone() {
        let token = token(&here, index);
        let is_known = vocabulary.gist(token.key).is_some_and(|gist| gists.contains(&gist));
        losses[index] = if is_known || has_figure && is_figure(token) { Loss::Kept } else { loss };
    }
}

/// Of a sentence of one or two words, a replaced one is as good as kept: `Yes.` became `No.`
fn stay(text: &Text, sentences: &[Range<usize>], losses: &[Loss]) -> Vec<bool> {
    let mut stays = vec![true; losses.len()];
    for sentence in sentences {
        let words = || sentence.clone().filter(|index| text.tokens[*index].is_word());
        let total = words().count();
        let left = words().filter(|index| losses[*index] == Loss::Kept).count();
        let (share, of) = LEAST_SHARE;
        let is_left = left * of >= total * share || left >= LEAST_WORDS;
        let is_short = total <= SHORT && words().all(|index| losses[index] != Loss::Lost);
        stays[sentence.clone()].fill(is_left || is_short);
    }
    stays
}

/// Takes away the sentences that went from one paragraph to another as they are; also returns from where to where.
fn cancel_equal<'a, 't>(
    gone: Vec<Stray<'a, 't>>,
    came: Vec<Stray<'a, 't>>,
) -> (Vec<Stray<'a, 't>>, Vec<Stray<'a, 't>>, Vec<(Place, Place)>) {
    let keys = |stray: &Stray| stray.text.keys(stray.tokens.clone());
    let mut waiting: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
    for (index, stray) in gone.iter().enumerate().rev() {
        waiting.entry(keys(stray)).or_default().push(index);
    }
    let mut places = Vec::new();
    let mut is_cancelled = vec![false; gone.len()];
    let mut came_left = Vec::new();
    for stray in came {
        match waiting.get_mut(&keys(&stray)).and_then(Vec::pop) {
            Some(index) => {
                is_cancelled[index] = true;
                places.push((gone[index].place, stray.place));
            }
            None => came_left.push(stray),
        }
    }
    let gone_left = gone.into_iter().zip(is_cancelled).filter(|(_, cancelled)| !cancelled).map(|(stray, _)| stray);
    (gone_left.collect(), came_left, places)
}

/// Whether the sentences that changed their paragraph stand in the same order as before: then a paragraph was split
/// or joined, and nothing moved.
fn keeps_order(rows: &[Row], mut places: Vec<(Place, Place)>, stayed: &[(Place, Place)]) -> bool {
    let equal = rows.iter().filter(|row| row.op == ParagraphOp::Equal);
    places.extend(equal.filter_map(|row| Some(((row.before?, 0), (row.after?, 0)))));
    places.extend(stayed);
    places.sort_unstable();
    places.is_sorted_by_key(|(_, new)| *new)
}
