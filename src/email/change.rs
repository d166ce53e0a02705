//! What changed, told: the publisher's silence or note, figures before and after, the sentences that differ.

use std::borrow::Cow;

use super::document::{Block, Line, Step};
use super::excerpt::{self, Hits};
use super::header::one_line;
use super::phrase;
use super::story::Detail;
use crate::diff;
use crate::model::{Change, DeliveredArticle, Diff, Event, Figure, Kind, Op, WordChange};

/// Words that stay around a change, to say where it is.
const CONTEXT_WORDS: usize = 12;
/// A figure's sentence, in characters.
const MAX_CONTEXT: usize = 160;
const MAX_FIGURE: usize = 60;
/// Bytes.
const SURROUNDINGS: usize = 18;

/// The step from the version the reader saw last to the one of the alert.
pub(super) struct Changes<'a> {
    article: &'a DeliveredArticle,
    pub change: Cow<'a, Change>,
    diff: Diff,
    /// The sentences that differ, in reading order.
    sentences: Vec<Vec<WordChange>>,
}

impl<'a> Changes<'a> {
    /// `None` for news, and where nothing differs.
    pub fn of(article: &'a DeliveredArticle) -> Option<Self> {
        let before = article.before.as_ref().filter(|_| article.event != Event::New)?;
        let (old, new) = (&before.text, &article.after.text);
        let change = match &article.change {
            Some(change) => Cow::Borrowed(change),
            None => Cow::Owned(diff::compare(old, new)?),
        };
        if change.kinds.iter().all(|kind| matches!(kind, Kind::Gone | Kind::Back)) {
            return None;
        }
        let diff = diff::align(old, new);
        let excerpts = diff::changed_sentences(&diff, CONTEXT_WORDS);
        let sentences = excerpts.into_iter().map(|excerpt| excerpt.words).filter(|words| differs(words)).collect();
        Some(Self { article, change, diff, sentences })
    }

    /// The headline before and after, as words, where it changed. Marks only what differs, unless most of it does.
    pub fn headline(&self) -> Option<(Vec<WordChange>, Vec<WordChange>)> {
        let words = &self.diff.headline;
        if !differs(words) || self.article.after.text.headline.is_none() {
            return None;
        }
        let kept: usize = words.iter().filter(|word| word.op == Op::Equal).map(|word| word.text.len()).sum();
        let all: usize = words.iter().filter(|word| word.op != Op::Delete).map(|word| word.text.len()).sum();
        let side = |gone: Op| -> Vec<WordChange> {
            let words = words.iter().filter(|word| word.op != gone).cloned();
            if kept * 5 < all * 2 {
                words.map(|word| WordChange { op: Op::Equal, ..word }).collect()
            } else {
                words.collect()
            }
        };
        let before = side(Op::Insert);
        if before.is_empty() { None } else { Some((before, side(Op::Delete))) }
    }

    /// Everything that changed apart from the headline, under its titles.
    pub fn told(&self, hits: &Hits, detail: Detail) -> Vec<Block> {
        let mut blocks = Vec::new();
        let shown = self.excerpts(hits, detail);
        let figures = self.figures(&shown, detail);
        if !figures.is_empty() {
            blocks.push(Block::Section("Figures"));
            blocks.push(Block::Figures(figures));
            blocks.extend(self.more_figures(detail));
        }
        let mut changes: Vec<Block> = self.notes().into_iter().chain(self.fields(hits, detail)).collect();
        if self.change.kinds.contains(&Kind::Rewrite) {
            changes.extend(self.rewritten(hits, detail));
        } else {
            let unsaid = self.sentences.len().saturating_sub(shown.len());
            changes.extend(shown.into_iter().map(Block::Excerpt));
            changes.extend(more(unsaid));
        }
        if !changes.is_empty() {
            blocks.push(Block::Section("What changed"));
            blocks.append(&mut changes);
        }
        blocks
    }

    /// Figures and the first sentences that differ, for a digest.
    pub fn in_short(&self, hits: &Hits, detail: Detail) -> Vec<Block> {
        let mut blocks = Vec::new();
        let rewritten = self.change.kinds.contains(&Kind::Rewrite);
        let shown = if rewritten { Vec::new() } else { self.excerpts(hits, detail) };
        let figures = self.figures(&shown, detail);
        if !figures.is_empty() {
            blocks.push(Block::Figures(figures));
            blocks.extend(self.more_figures(detail));
        }
        if rewritten {
            let lead = excerpt::opening(&self.article.after.text, hits, detail.lead_words);
            blocks.extend(lead.into_iter().map(Block::Excerpt));
            return blocks;
        }
        let unsaid = self.sentences.len().saturating_sub(shown.len());
        blocks.extend(shown.into_iter().map(Block::Excerpt));
        blocks.extend(more(unsaid).filter(|_| detail.excerpts > 0));
        blocks
    }

    /// The sentences that differ, where the text was not rewritten.
    pub fn excerpts(&self, hits: &Hits, detail: Detail) -> Vec<Line> {
        let sentences = self.sentences.iter().take(detail.excerpts);
        sentences.map(|words| excerpt::changed(words, hits, detail.excerpt_characters)).collect()
    }

    /// Before and after, with the sentence unless the mail quotes it anyway.
    pub fn figures(&self, shown: &[Line], detail: Detail) -> Vec<Step> {
        let shown: Vec<String> = shown.iter().map(Line::after).collect();
        let step = |figure: &Figure| {
            let context = context(figure);
            let quoted = shown.iter().any(|text| text.contains(surroundings(figure)));
            let short = |side: &Option<String>| side.as_deref().map(|text| one_line(text, MAX_FIGURE));
            Step {
                before: short(&figure.before),
                after: short(&figure.after),
                context: if quoted { String::new() } else { context },
            }
        };
        self.change.figures.iter().take(detail.figures).map(step).collect()
    }

    fn more_figures(&self, detail: Detail) -> Option<Block> {
        let unsaid = self.change.figures.len().saturating_sub(detail.figures);
        let text = format!("and {}", phrase::count(unsaid, "more figure", "more figures"));
        (unsaid > 0).then(|| Block::Note(Line::of(&text)))
    }

    /// What the publisher says of the change, or that he says nothing.
    fn notes(&self) -> Vec<Block> {
        let mut notes = Vec::new();
        if self.change.silent {
            notes.push(Block::Paragraph(Line::default().strong("The publisher did not mark this change.")));
        }
        if let Some(number) = self.change.restores {
            notes.push(Block::Paragraph(Line::of(&format!("The text is again that of version {number}."))));
        }
        let marks = self.article.marks.iter().filter_map(|mark| phrase::mark(*mark));
        notes.extend(marks.map(|sentence| Block::Paragraph(Line::of(sentence))));
        notes
    }

    /// The correction note, summary and byline, where they differ.
    fn fields(&self, hits: &Hits, detail: Detail) -> Vec<Block> {
        let fields = [
            ("Correction note: ", &self.diff.correction),
            ("Summary: ", &self.diff.summary),
            ("Byline: ", &self.diff.byline),
        ];
        let told = |(title, words): (&str, &Vec<WordChange>)| {
            let line = Line::default().strong(title);
            differs(words).then(|| {
                Block::Paragraph(line.append(excerpt::changed(words, hits, detail.excerpt_characters.max(200))))
            })
        };
        fields.into_iter().filter_map(told).collect()
    }

    /// Where hardly a word stayed, a reader wants the two beginnings, not a page of strikes.
    fn rewritten(&self, hits: &Hits, detail: Detail) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut side = |title: &str, lines: Vec<Line>| {
            if !lines.is_empty() {
                blocks.push(Block::Paragraph(Line::of(title)));
                blocks.extend(lines.into_iter().map(Block::Excerpt));
            }
        };
        side(
            "The text was rewritten. It begins now:",
            excerpt::opening(&self.article.after.text, hits, detail.lead_words),
        );
        if let Some(before) = &self.article.before {
            side("It began before:", excerpt::opening(&before.text, &Hits::default(), detail.lead_words));
        }
        blocks
    }
}

fn differs(words: &[WordChange]) -> bool {
    words.iter().any(|word| word.op != Op::Equal && !word.text.trim().is_empty())
}

fn more(unsaid: usize) -> Option<Block> {
    let text = format!("… and {}: see the diff.", phrase::count(unsaid, "more change", "more changes"));
    (unsaid > 0).then(|| Block::Note(Line::of(&text)))
}

/// The figure's sentence, cut around the figure.
fn context(figure: &Figure) -> String {
    let number = figure.after.as_deref().or(figure.before.as_deref()).unwrap_or_default();
    let at = figure.context.find(number).unwrap_or(0);
    one_line(&excerpt::around(&figure.context, at, MAX_CONTEXT), MAX_CONTEXT + 2)
}

/// The figure with a few letters on either side: enough to find its place in an excerpt.
fn surroundings(figure: &Figure) -> &str {
    let context = figure.context.as_str();
    let number = figure.after.as_deref().unwrap_or_default();
    let at = context.find(number).unwrap_or(0);
    let boundary = |at: &usize| context.is_char_boundary(*at);
    let start = (0..=at.saturating_sub(SURROUNDINGS)).rev().find(boundary).unwrap_or(0);
    let end = (at + number.len() + SURROUNDINGS..context.len()).find(boundary).unwrap_or(context.len());
    context[start..end].trim()
}
