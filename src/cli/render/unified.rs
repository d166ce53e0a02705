//! `diff --format unified`: as git prints it, each paragraph a line.

use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text};
use crate::model::{Diff, Op, ParagraphChange, ParagraphOp, WordChange};
use crate::words::changed_fields;

/// Unchanged paragraphs shown on each side of a change. Paragraphs are longer than lines of code: git shows three.
const CONTEXT: usize = 1;

/// The diff under the names of its two sides.
pub fn unified(from: &str, to: &str, diff: &Diff, terminal: &Terminal) -> String {
    let mut output = Output { terminal, written: String::new() };
    let lines = lines(&diff.paragraphs);
    let fields = changed_fields(diff);
    if fields.is_empty() && lines.iter().all(|line| line.op == Op::Equal) {
        return String::new();
    }
    output.line(Mark::Strong, &format!("--- {from}"));
    output.line(Mark::Strong, &format!("+++ {to}"));
    for (name, words) in fields {
        output.line(Mark::Link, &format!("@@ {name} @@"));
        output.sides(words);
    }
    for hunk in hunks(&lines) {
        output.hunk(&lines[hunk.clone()], &lines[..hunk.start]);
    }
    output.written
}

/// One paragraph on the side, or sides, where it stands.
struct Line {
    op: Op,
    text: String,
}

/// The paragraphs as lines of two files. A paragraph that moved leaves one place and comes at another.
fn lines(paragraphs: &[ParagraphChange]) -> Vec<Line> {
    let mut moved: Vec<&ParagraphChange> = paragraphs.iter().filter(|row| row.op == ParagraphOp::Move).collect();
    moved.sort_by_key(|row| row.before);
    let mut leaving = moved.into_iter().peekable();
    let mut lines = Vec::new();
    for row in paragraphs {
        if row.op != ParagraphOp::Move && row.before.is_some() {
            while let Some(gone) = leaving.next_if(|gone| gone.before < row.before) {
                lines.push(Line { op: Op::Delete, text: side(&gone.words, Op::Delete) });
            }
        }
        match row.op {
            ParagraphOp::Equal => lines.push(Line { op: Op::Equal, text: side(&row.words, Op::Insert) }),
            ParagraphOp::Delete => lines.push(Line { op: Op::Delete, text: side(&row.words, Op::Delete) }),
            ParagraphOp::Insert | ParagraphOp::Move => {
                lines.push(Line { op: Op::Insert, text: side(&row.words, Op::Insert) })
            }
            ParagraphOp::Change => {
                lines.push(Line { op: Op::Delete, text: side(&row.words, Op::Delete) });
                lines.push(Line { op: Op::Insert, text: side(&row.words, Op::Insert) });
            }
        }
    }
    lines.extend(leaving.map(|gone| Line { op: Op::Delete, text: side(&gone.words, Op::Delete) }));
    lines
}

/// The text of one side: what is equal, and what only this side has.
fn side(words: &[WordChange], own: Op) -> String {
    words.iter().filter(|word| word.op == Op::Equal || word.op == own).map(|word| word.text.as_str()).collect()
}

/// Runs of lines around changes, with their context; runs that touch are one.
fn hunks(lines: &[Line]) -> Vec<std::ops::Range<usize>> {
    let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
    for (index, _) in lines.iter().enumerate().filter(|(_, line)| line.op != Op::Equal) {
        let start = index.saturating_sub(CONTEXT);
        let end = (index + 1 + CONTEXT).min(lines.len());
        match hunks.last_mut() {
            Some(last) if last.end >= start => last.end = end,
            _ => hunks.push(start..end),
        }
    }
    hunks
}

struct Output<'a> {
    terminal: &'a Terminal,
    written: String,
}

impl Output<'_> {
    fn hunk(&mut self, lines: &[Line], above: &[Line]) {
        let (before, after) = (range(lines, above, Op::Delete), range(lines, above, Op::Insert));
        self.line(Mark::Link, &format!("@@ -{before} +{after} @@"));
        for line in lines {
            match line.op {
                Op::Equal => self.line(Mark::Plain, &format!(" {}", line.text)),
                Op::Delete => self.line(Mark::Bad, &format!("-{}", line.text)),
                Op::Insert => self.line(Mark::Good, &format!("+{}", line.text)),
            }
        }
    }

    fn sides(&mut self, words: &[WordChange]) {
        let (before, after) = (side(words, Op::Delete), side(words, Op::Insert));
        if !before.is_empty() {
            self.line(Mark::Bad, &format!("-{before}"));
        }
        if !after.is_empty() {
            self.line(Mark::Good, &format!("+{after}"));
        }
    }

    fn line(&mut self, mark: Mark, text: &str) {
        self.written.push_str(&Text::new().then(mark, text).rendered(self.terminal.colour));
        self.written.push('\n');
    }
}

/// `start,length` of a hunk on the side that has `own` lines, counted from 1; an empty side names the line before.
fn range(lines: &[Line], above: &[Line], own: Op) -> String {
    let on_side = |lines: &[Line]| lines.iter().filter(|line| line.op == Op::Equal || line.op == own).count();
    let length = on_side(lines);
    let start = on_side(above) + usize::from(length > 0);
    format!("{start},{length}")
}
