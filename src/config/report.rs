//! Where problems are gathered while a configuration is read.

use std::ops::Range;
use std::path::PathBuf;

use super::problem::{Problem, Problems, Related};
use super::source::{Place, Source};
use crate::schedule::ScheduleError;

/// Beyond this many, problems are only counted.
const MOST_FINDINGS: usize = 200;

/// The files read so far and what was found wrong in them.
#[derive(Debug, Default)]
pub(super) struct Report {
    sources: Vec<Source>,
    findings: Vec<Finding>,
    more_errors: usize,
    more_warnings: usize,
    /// Takes what is said of findings past the bound.
    overflow: Option<Box<Finding>>,
}

/// A problem before its place has become line and column.
#[derive(Debug)]
pub(super) struct Finding {
    place: Place,
    message: String,
    hint: Option<String>,
    related: Option<(Place, String)>,
    is_error: bool,
}

impl Finding {
    pub fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn maybe_hint(&mut self, hint: Option<String>) -> &mut Self {
        self.hint = hint;
        self
    }

    pub fn related(&mut self, place: Place, message: impl Into<String>) -> &mut Self {
        self.related = Some((place, message.into()));
        self
    }
}

/// What is wrong with a text, before it is known where the text stands.
#[derive(Debug)]
pub(super) struct Complaint {
    pub message: String,
    pub hint: Option<String>,
    /// The bytes at fault; `None` stands for the whole text.
    pub span: Option<Range<usize>>,
}

impl Complaint {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, span: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<ScheduleError> for Complaint {
    fn from(error: ScheduleError) -> Self {
        Self { message: error.to_string(), hint: error.suggestion().map(str::to_owned), span: error.span() }
    }
}

impl Report {
    /// Keeps a file's text and gives the number it is known by.
    pub fn add_source(&mut self, path: PathBuf, text: String) -> usize {
        self.sources.push(Source::new(path, text));
        self.sources.len() - 1
    }

    pub fn source(&self, index: usize) -> &Source {
        &self.sources[index]
    }

    /// Shows nothing of this place in any message.
    pub fn hide(&mut self, place: Place) {
        self.sources[place.source].hide(place.start..place.end);
    }

    /// Shows even less of a file that is not TOML.
    pub fn distrust(&mut self, source: usize) {
        self.sources[source].distrust();
    }

    pub fn error(&mut self, place: Place, message: impl Into<String>) -> &mut Finding {
        self.push(place, message.into(), true)
    }

    pub fn warning(&mut self, place: Place, message: impl Into<String>) -> &mut Finding {
        self.push(place, message.into(), false)
    }

    fn push(&mut self, place: Place, message: String, is_error: bool) -> &mut Finding {
        let finding = Finding { place, message, hint: None, related: None, is_error };
        if self.findings.len() >= MOST_FINDINGS {
            let count = if is_error { &mut self.more_errors } else { &mut self.more_warnings };
            *count += 1;
            return self.overflow.insert(Box::new(finding));
        }
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    pub fn has_errors(&self) -> bool {
        self.more_errors > 0 || self.findings.iter().any(|finding| finding.is_error)
    }

    /// Everything that was found, in the order of the files and lines.
    pub fn finish(mut self) -> Problems {
        let place_of_rest = self.overflow.take().map(|finding| Place::whole(finding.place.source));
        self.findings.sort_by_key(|finding| (finding.place.source, finding.place.start, finding.place.end));
        let findings = std::mem::take(&mut self.findings);
        let mut problems: Vec<Problem> = findings.into_iter().map(|finding| self.problem(finding)).collect();
        problems.dedup();
        if let Some(place) = place_of_rest {
            let message = match (self.more_errors, self.more_warnings) {
                (errors, 0) => format!("and {}", more(errors, "error")),
                (0, warnings) => format!("and {}", more(warnings, "warning")),
                (errors, warnings) => format!("and {} and {}", more(errors, "error"), more(warnings, "warning")),
            };
            let rest = Finding { place, message, hint: None, related: None, is_error: self.more_errors > 0 };
            problems.push(self.problem(rest));
        }
        Problems::new(problems)
    }

    fn problem(&self, finding: Finding) -> Problem {
        let related = finding.related.map(|(place, message)| {
            let (file, line, column, source_line, span) = self.locate(place);
            Box::new(Related { message, file, line, column, source_line, span })
        });
        let (file, line, column, source_line, span) = self.locate(finding.place);
        let Finding { message, hint, is_error, .. } = finding;
        Problem { file, line, column, source_line, span, message, hint, related, is_error }
    }

    fn locate(&self, place: Place) -> (PathBuf, usize, usize, Option<String>, Range<usize>) {
        let source = &self.sources[place.source];
        if place.is_whole() {
            return (source.path.clone(), 0, 0, None, 0..0);
        }
        let excerpt = source.excerpt(place.start..place.end);
        (source.path.clone(), excerpt.line, excerpt.column, excerpt.text, excerpt.span)
    }
}

fn more(count: usize, noun: &str) -> String {
    format!("{count} more {noun}{}", if count == 1 { "" } else { "s" })
}
