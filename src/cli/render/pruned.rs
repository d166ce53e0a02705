//! `prune`: what went, or would go.

use super::sheet::Sheet;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Text, count, size};
use crate::model::Timestamp;
use crate::store::Pruned;

/// What retention did.
#[derive(Debug, Clone, Copy)]
pub struct Done {
    pub pruned: Pruned,
    /// What was active since stays; `None`: everything does.
    pub before: Option<Timestamp>,
    pub is_dry: bool,
    /// Bytes of the file that are free.
    pub free: u64,
    pub bytes: u64,
}

pub fn done(done: &Done, terminal: &Terminal) -> String {
    let mut sheet = Sheet::new(terminal);
    let Done { pruned, before, is_dry, free, bytes } = done;
    let Some(before) = before else {
        sheet.prose(&Text::plain("everything stays: `retention` in [store] is \"forever\""));
        return sheet.finish();
    };
    let Pruned { articles, versions, pages, messages, notices } = pruned;
    let what = format!(
        "{}, {}, {}, {} and {} from before {}",
        count(*articles, "article"),
        count(*versions, "version"),
        count(*pages, "stored page"),
        count(*messages, "message"),
        count(*notices, "notice"),
        terminal.moment_and_ago(*before),
    );
    sheet.prose(&Text::plain(if *is_dry { format!("would take {what}") } else { format!("took {what}") }));
    sheet.prose(&Text::plain(format!(
        "the database has {}, of which {} are free for what comes next",
        size(*bytes),
        size(*free)
    )));
    sheet.finish()
}
