//! `reextract`: what a stored page says to today's reader, and what it came to in all.

use super::sheet::Sheet;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count, grouped};
use crate::documents::ReextractSummary;
use crate::model::{Change, Diff, Op, ParagraphOp, WordChange};
use crate::store::ArticleRow;
use crate::words;
use crate::words::changed_fields;

/// Most passages of one article that are shown, and the most columns of each.
const MAX_PASSAGES: usize = 6;
const MAX_COLUMNS: usize = 160;

/// How many articles ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub same: u64,
    pub read_anew: u64,
    pub no_page: u64,
    pub unfit: u64,
    pub busy: u64,
    pub damaged: u64,
}

impl From<&Tally> for ReextractSummary {
    fn from(tally: &Tally) -> Self {
        let Tally { same, read_anew, no_page, unfit, busy, damaged } = *tally;
        Self { read_anew, same, no_page, unfit, busy, damaged }
    }
}

/// An article that reads otherwise, with the passages that differ.
pub fn differs(article: &ArticleRow, is_dry_run: bool, change: &Change, diff: &Diff, terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    head(&mut sheet, article);
    let verb = if is_dry_run { "would be read anew" } else { "read anew" };
    let balance = words::word_balance(change).map(|balance| format!(": {balance}")).unwrap_or_default();
    sheet.indented("  ", &Text::plain(format!("{verb}{balance}")));
    let passages = passages(diff);
    for passage in passages.iter().take(MAX_PASSAGES) {
        sheet.indented("  ", &passage.clone().truncated(MAX_COLUMNS));
    }
    if passages.len() > MAX_PASSAGES {
        let more = count((passages.len() - MAX_PASSAGES) as u64, "more passage");
        sheet.indented("  ", &Text::new().then(Mark::Faint, format!("… and {more}")));
    }
    sheet.finish()
}

/// An article that was left out.
pub fn skipped(article: &ArticleRow, reason: &str, terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    head(&mut sheet, article);
    sheet.indented("  ", &Text::new().then(Mark::Warning, reason));
    sheet.finish()
}

/// `120 articles: 2 read anew, 118 as before`, and why others were left out.
pub fn summary(tally: &Tally, is_dry_run: bool) -> String {
    let read = tally.same + tally.read_anew;
    let verb = if is_dry_run { "would be read anew" } else { "read anew" };
    let (anew, same) = (grouped(tally.read_anew), grouped(tally.same));
    let mut summary = format!("{}: {anew} {verb}, {same} as before", count(read, "article"));
    for (number, why) in [
        (tally.no_page, "without a kept page, read anew at the next look"),
        (tally.unfit, "not readable for today's reader"),
        (tally.busy, "being looked at just now, read anew by the daemon"),
        (tally.damaged, "damaged"),
    ] {
        if number > 0 {
            summary += &format!("\nleft out {}: {why}", count(number, "article"));
        }
    }
    summary
}

fn head(sheet: &mut Sheet<'_>, article: &ArticleRow) {
    let headline = article.headline.as_deref().unwrap_or(article.url.as_str());
    let head = Text::new().then(Mark::Strong, article.id.0.to_string()).then(Mark::Plain, "  ");
    sheet.line(&head.then(Mark::Plain, headline));
}

fn passages(diff: &Diff) -> Vec<Text> {
    let mut passages: Vec<Text> =
        changed_fields(diff).into_iter().flat_map(|(name, words)| sides(name, words)).collect();
    for paragraph in diff.paragraphs.iter().filter(|paragraph| paragraph.op != ParagraphOp::Equal) {
        match paragraph.op {
            ParagraphOp::Move if paragraph.words.iter().all(|word| word.op == Op::Equal) => {
                passages.push(Text::new().then(Mark::Faint, format!("~ {}", side(&paragraph.words, Op::Delete))));
            }
            _ => passages.extend(sides("", &paragraph.words)),
        }
    }
    passages
}

/// What stood and what stands, each on a line of its own where there is any.
fn sides(name: &str, words: &[WordChange]) -> Vec<Text> {
    let name = if name.is_empty() { String::new() } else { format!("{name}: ") };
    let (before, after) = (side(words, Op::Insert), side(words, Op::Delete));
    let line = |sign: &str, mark: Mark, text: String| {
        (!text.trim().is_empty()).then(|| Text::plain(format!("{sign} {name}")).then(mark, text.trim()))
    };
    line("-", Mark::Bad, before).into_iter().chain(line("+", Mark::Good, after)).collect()
}

fn side(words: &[WordChange], without: Op) -> String {
    words.iter().filter(|word| word.op != without).map(|word| word.text.as_str()).collect()
}
