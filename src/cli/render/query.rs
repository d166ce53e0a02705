//! What is wrong, or odd, with a query that was typed: the query with the place marked.

use super::sheet::Sheet;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text};
use crate::rule::Note;

pub fn errors(query: &str, errors: &[Note], terminal: &Terminal) -> String {
    told(query, errors, (Mark::Bad, "error"), terminal)
}

pub fn warnings(query: &str, warnings: &[Note], terminal: &Terminal) -> String {
    told(query, warnings, (Mark::Warning, "warning"), terminal)
}

fn told(query: &str, notes: &[Note], (mark, kind): (Mark, &str), terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    for note in notes {
        sheet.prose(&Text::new().then(mark, kind).then(Mark::Strong, format!(": {}", note.message)));
        place(&mut sheet, query, note, mark);
        if let Some(hint) = &note.hint {
            sheet.prose(&Text::new().then(Mark::Good, "hint").then(Mark::Plain, format!(": {hint}")));
        }
    }
    sheet.finish()
}

/// The part of the query around the place, and carets under it.
fn place(sheet: &mut Sheet<'_>, query: &str, note: &Note, mark: Mark) {
    let Some(place) = note.place(query) else { return };
    let lead = Text::plain(if place.is_cut_before { "  … " } else { "  " }).then(Mark::Plain, place.before);
    let carets = "^".repeat(Text::plain(place.meant).width().max(1));
    let indent = " ".repeat(lead.width());
    let tail = if place.is_cut_behind { " …" } else { "" };
    sheet.line(&lead.then(Mark::Plain, place.meant).then(Mark::Plain, place.behind).then(Mark::Plain, tail));
    sheet.line(&Text::plain(indent).then(mark, carets));
}
