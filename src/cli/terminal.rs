//! What output is written for: its width, its colours and the reader's clock, and what may never reach it.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use chrono_tz::Tz;
use serde::Serialize;
use terminal_size::{Width, terminal_size_of};

use crate::model::Timestamp;
use crate::words::short_span;
pub use crate::words::{clean, clean_into, is_unsafe};

/// A terminal that claims to be narrower is laid out for this many columns.
const NARROWEST: usize = 20;

/// The place where a result is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Columns; `None` where the output is a file or pipe, where nothing is cut or wrapped.
    pub width: Option<usize>,
    pub colour: bool,
    pub zone: Tz,
    pub now: Timestamp,
}

impl Terminal {
    /// Standard output as it is now. `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM=dumb` are obeyed.
    pub fn of_stdout(zone: Tz, now: Timestamp) -> Self {
        Self::of(&io::stdout(), zone, now)
    }

    /// Standard error as it is now, for messages.
    pub fn of_stderr(zone: Tz, now: Timestamp) -> Self {
        Self::of(&io::stderr(), zone, now)
    }

    /// Whether messages may be coloured.
    pub fn colour_of_stderr() -> bool {
        AutoStream::choice(&io::stderr()) != ColorChoice::Never
    }

    fn of<S: RawStream + AsFd>(stream: &S, zone: Tz, now: Timestamp) -> Self {
        let columns = || terminal_size_of(stream).map_or(80, |(Width(columns), _)| usize::from(columns));
        Self {
            width: stream.is_terminal().then(|| columns().max(NARROWEST)),
            colour: AutoStream::choice(stream) != ColorChoice::Never,
            zone,
            now,
        }
    }

    /// The width for running text: lines beyond 100 columns are hard to read.
    pub fn prose_width(&self) -> Option<usize> {
        self.width.map(|width| width.min(100))
    }

    /// A moment in the reader's zone, the zone named: `22 Nov 2026, 14:05 CET`.
    pub fn moment(&self, at: Timestamp) -> String {
        at.to_utc().with_timezone(&self.zone).format("%-d %b %Y, %H:%M %Z").to_string()
    }

    /// A moment relative to now: `2 h ago`, `in 3 min`.
    pub fn ago(&self, at: Timestamp) -> String {
        if at > self.now {
            return format!("in {}", short_span(at.since(self.now)));
        }
        match self.now.since(at) {
            span if span < Duration::from_secs(1) => "now".to_owned(),
            span => format!("{} ago", short_span(span)),
        }
    }

    /// A moment for a table: relative for a reader, the moment itself where the output is kept.
    pub fn when(&self, at: Timestamp) -> String {
        if self.width.is_some() { self.ago(at) } else { self.moment(at) }
    }

    /// Both: `22 Nov 2026, 14:05 CET (2 h ago)`.
    pub fn moment_and_ago(&self, at: Timestamp) -> String {
        format!("{} ({})", self.moment(at), self.ago(at))
    }
}

/// [`clean`] for a text of several lines, whose line breaks and tabs stay.
pub fn clean_lines(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\n' | '\t' => cleaned.push(character),
            _ => clean_into(&mut cleaned, character),
        }
    }
    cleaned
}

/// A document as it is printed. What serde leaves as it is but a terminal could act on (DEL, C1, direction controls) is
/// written as an escape, which reads the same.
pub fn printed(document: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(safe(&serde_json::to_string_pretty(document)?))
}

/// The same on one line.
pub fn printed_line(document: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(safe(&serde_json::to_string(document)?))
}

fn safe(json: &str) -> String {
    let mut printed = String::with_capacity(json.len() + 1);
    for character in json.chars() {
        // Below DEL, a control character can only be the line break that the printer made.
        if character >= '\u{7f}' && is_unsafe(character) {
            printed.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            printed.push(character);
        }
    }
    printed.push('\n');
    printed
}

/// Writes a whole document to standard output. A reader that has gone (`| head`) is no error.
pub fn write_document(document: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(document).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
