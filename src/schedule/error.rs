//! What is wrong with a schedule, duration, recheck step or quiet time as it was typed.

use std::ops::Range;

use thiserror::Error;

/// A text that says no time, with what to write in its place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct ScheduleError {
    message: String,
    hint: Option<String>,
    span: Option<Range<usize>>,
}

impl ScheduleError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, span: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// Moves the place to the right: the text that was read stands at `offset` of a longer one.
    pub(super) fn shifted(mut self, offset: usize) -> Self {
        self.span = self.span.map(|span| span.start + offset..span.end + offset);
        self
    }

    /// What the reader may have meant.
    pub fn suggestion(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The bytes of the text at fault; `None` stands for the whole text.
    pub fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }
}
