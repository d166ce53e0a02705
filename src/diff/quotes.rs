//! Which tokens of a paragraph stand inside quotation marks.

use super::token::{Text, TokenKind, Vocabulary};

/// The quotations of one paragraph, token by token.
#[derive(Debug)]
pub(super) struct Quotes {
    inside: Vec<bool>,
    marks: Vec<bool>,
}

impl Quotes {
    /// A quotation that is opened and not closed lasts to the end of its paragraph, as in a speech of several
    /// paragraphs; a single mark that closes nothing is an apostrophe.
    pub fn of(text: &Text, vocabulary: &Vocabulary) -> Self {
        let count = text.tokens.len();
        let mut quotes = Self { inside: vec![false; count], marks: vec![false; count] };
        let (mut double_is_open, mut corner_depth, mut single_until) = (false, 0_usize, None);
        let single_closes = single_closers(text, vocabulary);
        for index in 0..count {
            let token = text.tokens[index];
            let was_open = double_is_open;
            let mark = if token.kind == TokenKind::Mark { vocabulary.text(token.key) } else { "" };
            match mark {
                "\"" if !double_is_open && are_inches(text, index) => {}
                "\"" => double_is_open = !double_is_open,
                "「" | "『" => corner_depth += 1,
                "」" | "』" => corner_depth = corner_depth.saturating_sub(1),
                "'" if single_until == Some(index) => single_until = None,
                "'" if single_until.is_none() && opens_single(text, index) => single_until = single_closes[index],
                _ => {}
            }
            let is_single = mark == "'" && (single_until.is_some() || quotes.closes_at(index, &single_closes, text));
            let is_double = mark == "\"" && (double_is_open || was_open);
            quotes.marks[index] = is_double || matches!(mark, "「" | "」" | "『" | "』") || is_single;
            quotes.inside[index] = double_is_open || corner_depth > 0 || single_until.is_some();
        }
        quotes
    }

    /// A closing single mark was inside until the token before it.
    fn closes_at(&self, index: usize, single_closes: &[Option<usize>], text: &Text) -> bool {
        index > 0 && self.inside[index - 1] && single_closes[index - 1] == Some(index) && !text.is_spaced(index)
    }

    pub fn is_inside(&self, index: usize) -> bool {
        self.inside[index] && !self.marks[index]
    }

    pub fn is_mark(&self, index: usize) -> bool {
        self.marks[index]
    }
}

/// The mark in `6'2" high`: right behind a number, and not before a word.
fn are_inches(text: &Text, index: usize) -> bool {
    let touches_before = index > 0 && !text.is_spaced(index);
    let ends = index + 1 == text.tokens.len() || text.is_spaced(index + 1) || !text.tokens[index + 1].is_word();
    touches_before && ends && text.tokens[index - 1].kind == TokenKind::Number
}

fn opens_single(text: &Text, index: usize) -> bool {
    let is_free_before = index == 0 || text.is_spaced(index) || text.tokens[index - 1].kind == TokenKind::Mark;
    let touches_after = index + 1 < text.tokens.len() && !text.is_spaced(index + 1);
    is_free_before && touches_after && text.tokens[index + 1].kind != TokenKind::Number
}

/// For each token, where the next single mark stands that could close a quotation opened there.
fn single_closers(text: &Text, vocabulary: &Vocabulary) -> Vec<Option<usize>> {
    let count = text.tokens.len();
    let mut next = None;
    let mut closers = vec![None; count];
    for index in (0..count).rev() {
        closers[index] = next;
        let token = text.tokens[index];
        let is_mark = token.kind == TokenKind::Mark && vocabulary.text(token.key) == "'";
        let is_free_after = index + 1 == count || text.is_spaced(index + 1) || !text.tokens[index + 1].is_word();
        if is_mark && index > 0 && !text.is_spaced(index) && is_free_after {
            next = Some(index);
        }
    }
    closers
}
