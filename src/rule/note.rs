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

impl Note {
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
