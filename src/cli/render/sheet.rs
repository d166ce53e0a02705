//! A page of output that is filled from top to bottom, wrapped to the terminal.

use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text};

/// Output for people, in the making.
pub struct Sheet<'a> {
    terminal: &'a Terminal,
    written: String,
}

impl<'a> Sheet<'a> {
    pub fn new(terminal: &'a Terminal) -> Self {
        Self { terminal, written: String::new() }
    }

    /// Running text, wrapped.
    pub fn prose(&mut self, text: &Text) {
        self.indented("", text);
    }

    /// Running text behind `first`, later lines as far in as the first.
    pub fn indented(&mut self, first: &str, text: &Text) {
        let indent = Text::plain(first).width();
        let columns = self.terminal.prose_width().map(|width| width.saturating_sub(indent));
        for (index, line) in text.wrapped(columns).iter().enumerate() {
            let blank = " ".repeat(indent);
            self.raw(if index == 0 { first } else { &blank });
            self.raw(&line.rendered(self.terminal.colour));
            self.end_line();
        }
    }

    /// A name and what it has, names `columns` wide.
    pub fn labelled(&mut self, label: &str, columns: usize, text: &Text) {
        let label = format!("{label:columns$}  ");
        self.indented(&label, text);
    }

    /// One line, as long as it is.
    pub fn line(&mut self, text: &Text) {
        self.raw(&text.rendered(self.terminal.colour));
        self.end_line();
    }

    /// An empty line, unless nothing stands above it.
    pub fn blank(&mut self) {
        if !self.written.is_empty() {
            self.written.push('\n');
        }
    }

    /// A line that tells what follows.
    pub fn heading(&mut self, text: impl AsRef<str>) {
        self.prose(&Text::new().then(Mark::Strong, text));
    }

    /// What another renderer wrote.
    pub fn append(&mut self, written: &str) {
        self.raw(written);
    }

    pub fn finish(self) -> String {
        self.written
    }

    fn raw(&mut self, text: &str) {
        self.written.push_str(text);
    }

    fn end_line(&mut self) {
        // A prefix such as an indent may stand alone.
        let end = self.written.trim_end_matches(' ').len();
        self.written.truncate(end);
        self.written.push('\n');
    }
}
