//! A table for a terminal: columns as wide as their content, cut to the terminal, plain and uncut in a pipe.

use super::terminal::Terminal;
use super::text::{Mark, Text};

/// Columns between two columns.
const GAP: usize = 2;

/// One column of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub struct Column {
    title: &'static str,
    is_number: bool,
    /// May be cut down to this many columns; `None`: never cut.
    floor: Option<usize>,
    /// Is cut only once every optional column is left out.
    is_name: bool,
    is_optional: bool,
}

impl Column {
    pub const fn text(title: &'static str) -> Self {
        Self { title, is_number: false, floor: None, is_name: false, is_optional: false }
    }

    /// Stands at the right edge of its column.
    pub const fn number(title: &'static str) -> Self {
        Self { is_number: true, ..Self::text(title) }
    }

    /// Is cut, down to `floor` columns, when the terminal is narrow.
    pub const fn flexible(title: &'static str, floor: usize) -> Self {
        Self { floor: Some(floor), ..Self::text(title) }
    }

    /// What people type elsewhere: is cut, down to `floor` columns, only where nothing else helps.
    pub const fn name(title: &'static str, floor: usize) -> Self {
        Self { floor: Some(floor), is_name: true, ..Self::text(title) }
    }

    /// Is left out when there is no room even with every flexible column cut.
    pub const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }
}

/// Rows under headed columns. A column in which no row has anything is left out.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

#[derive(Debug, Clone)]
struct Row {
    cells: Vec<Text>,
    /// Lines under the row.
    notes: Vec<Text>,
}

impl Table {
    pub fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row. Cells beyond the columns are dropped, missing ones are empty.
    pub fn row(&mut self, cells: Vec<Text>) {
        let mut cells = cells;
        cells.resize(self.columns.len(), Text::new());
        self.rows.push(Row { cells, notes: Vec::new() });
    }

    /// Adds a line under the last row.
    pub fn note(&mut self, note: Text) {
        if let Some(row) = self.rows.last_mut() {
            row.notes.push(note);
        }
    }

    pub fn rendered(&self, terminal: &Terminal) -> String {
        let widths = self.widths(terminal.width);
        let mut rendered = String::new();
        let titles = self.columns.iter().map(|column| Text::new().then(Mark::Faint, column.title)).collect::<Vec<_>>();
        self.line(&mut rendered, &titles, &widths, terminal.colour);
        for row in &self.rows {
            self.line(&mut rendered, &row.cells, &widths, terminal.colour);
            for note in &row.notes {
                for line in note.wrapped(terminal.width.map(|width| width.saturating_sub(4))) {
                    rendered.push_str("    ");
                    rendered.push_str(&line.rendered(terminal.colour));
                    rendered.push('\n');
                }
            }
        }
        rendered
    }

    fn line(&self, rendered: &mut String, cells: &[Text], widths: &[Option<usize>], colour: bool) {
        let mut line = String::new();
        let mut owed = 0;
        for ((column, cell), width) in self.columns.iter().zip(cells).zip(widths) {
            let Some(width) = *width else { continue };
            let cell = cell.clone().truncated(width);
            let padding = width.saturating_sub(cell.width());
            let (before, after) = if column.is_number { (padding, 0) } else { (0, padding) };
            // Spaces are written only when something follows, so that no line ends in them.
            if !cell.is_empty() {
                line.push_str(&" ".repeat(owed + before));
                line.push_str(&cell.rendered(colour));
                owed = after + GAP;
            } else {
                owed += width + GAP;
            }
        }
        rendered.push_str(&line);
        rendered.push('\n');
    }

    /// The width of each column, `None` for one that is left out.
    fn widths(&self, limit: Option<usize>) -> Vec<Option<usize>> {
        let mut widths: Vec<Option<usize>> = (0..self.columns.len()).map(|index| self.natural_width(index)).collect();
        let Some(limit) = limit else { return widths };
        loop {
            let excess = total(&widths).saturating_sub(limit);
            if excess == 0 || self.cut(&mut widths, excess, |column| !column.is_name) {
                return widths;
            }
            let optional =
                (0..self.columns.len()).rev().find(|&index| self.columns[index].is_optional && widths[index].is_some());
            match optional {
                Some(index) => widths[index] = None,
                None => {
                    if !self.cut(&mut widths, excess, |_| true) {
                        self.cut_to_floors(&mut widths);
                    }
                    return widths;
                }
            }
        }
    }

    /// For a terminal that is narrower than any table: as near as can be.
    fn cut_to_floors(&self, widths: &mut [Option<usize>]) {
        for (column, width) in self.columns.iter().zip(widths) {
            let Some(floor) = column.floor else { continue };
            *width = width.map(|width| width.min(floor.max(column.title.len())));
        }
    }

    fn natural_width(&self, index: usize) -> Option<usize> {
        let widest = self.rows.iter().map(|row| row.cells[index].width()).max().unwrap_or(0);
        (widest > 0).then(|| widest.max(self.columns[index].title.len()))
    }

    /// Takes `excess` columns from those that may be cut, the widest first; says whether there was enough to take.
    fn cut(&self, widths: &mut [Option<usize>], excess: usize, may_cut: impl Fn(&Column) -> bool) -> bool {
        let spare = |index: usize, width: Option<usize>| match (width, self.columns[index].floor) {
            (Some(width), Some(floor)) if may_cut(&self.columns[index]) => {
                width.saturating_sub(floor.max(self.columns[index].title.len()))
            }
            _ => 0,
        };
        let available: usize = widths.iter().enumerate().map(|(index, width)| spare(index, *width)).sum();
        if available < excess {
            return false;
        }
        for _ in 0..excess {
            let cuttable = (0..widths.len()).filter(|&index| spare(index, widths[index]) > 0);
            if let Some(widest) = cuttable.max_by_key(|&index| widths[index]) {
                widths[widest] = widths[widest].map(|width| width - 1);
            }
        }
        true
    }
}

fn total(widths: &[Option<usize>]) -> usize {
    let shown = widths.iter().flatten();
    shown.clone().sum::<usize>() + GAP * shown.count().saturating_sub(1)
}
