//! What is wrong, or odd, with a query that was typed: the query with the place marked.

use super::sheet::Sheet;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text};
use crate::rule::Note;

/// Characters of the query that are shown before and behind the place.
const AROUND: usize = 30;
/// And of the place itself.
const MEANT: usize = 120;

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
    let (Some(before), Some(meant), Some(after)) =
        (query.get(..note.span.start), query.get(note.span.clone()), query.get(note.span.end..))
    else {
        return;
    };
    let start = before.char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
    let end = after.char_indices().nth(AROUND).map_or(after.len(), |(at, _)| at);
    let (meant, end) = match meant.char_indices().nth(MEANT) {
        Some((cut, _)) => (&meant[..cut], 0),
        None => (meant, end),
    };
    let is_cut = end < after.len() || note.span.start + meant.len() < note.span.end;
    let lead = Text::plain(if start > 0 { "  … " } else { "  " }).then(Mark::Plain, &before[start..]);
    let carets = "^".repeat(Text::plain(meant).width().max(1));
    let indent = " ".repeat(lead.width());
    let tail = if is_cut { " …" } else { "" };
    sheet.line(&lead.then(Mark::Plain, meant).then(Mark::Plain, &after[..end]).then(Mark::Plain, tail));
    sheet.line(&Text::plain(indent).then(mark, carets));
}
