//! What is to be said of a query to the person who wrote it.

use std::ops::Range;

/// An error or a warning, and the place it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Bytes of the query; begins and ends between characters, and is empty only for an empty query.
    pub span: Range<usize>,
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// The part of a query that a note is about, with what stands around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'q> {
    pub before: &'q str,
    pub meant: &'q str,
    pub behind: &'q str,
    /// More of the query stands before, or behind.
    pub is_cut_before: bool,
    pub is_cut_behind: bool,
}

/// Characters of the query that are shown before and behind the place.
const AROUND: usize = 30;
/// And of the place itself.
const MEANT: usize = 120;

impl Note {
    /// Where it is about in the query that was read, short enough for a line; `None` where it is about another query.
    pub fn place<'q>(&self, query: &'q str) -> Option<Place<'q>> {
        let (before, meant, behind) =
            (query.get(..self.span.start)?, query.get(self.span.clone())?, query.get(self.span.end..)?);
        let start = before.char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
        let end = behind.char_indices().nth(AROUND).map_or(behind.len(), |(at, _)| at);
        let (meant, end, is_meant_cut) = match meant.char_indices().nth(MEANT) {
            Some((cut, _)) => (&meant[..cut], 0, true),
            None => (meant, end, false),
        };
        Some(Place {
            before: &before[start..],
            meant,
            behind: &behind[..end],
            is_cut_before: start > 0,
            is_cut_behind: is_meant_cut || end < behind.len(),
        })
    }

    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn with_some_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

/// The hint that names the candidate closest to what was written, if one is close.
pub(super) fn did_you_mean<'a>(
    written: &str,
    prefix: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<String> {
    closest(written, candidates).map(|best| format!("did you mean `{prefix}{best}`?"))
}

/// The candidate closest to what was written, if one is close.
pub(super) fn closest<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let allowed = (written.chars().count() / 3).clamp(1, 3);
    let ranked = candidates.map(|candidate| (strsim::osa_distance(&written, &candidate.to_lowercase()), candidate));
    ranked.filter(|(distance, _)| *distance <= allowed).min().map(|(_, best)| best)
}
