//! `hide`: what became of a version, and what remains.

use super::sheet::Sheet;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count};
use crate::store::Hiding;

/// `hidden 23 Nov 2026, 14:05 CET (2 h ago) by anna: court order 7 O 123/26`
pub fn told(hiding: &Hiding, terminal: &Terminal) -> Text {
    let who = hiding.who.as_ref().map(|who| format!(" by {who}")).unwrap_or_default();
    Text::plain(format!("hidden {}{who}: {}", terminal.moment_and_ago(hiding.hidden_at), hiding.why))
}

/// What `hide` did.
#[derive(Debug, Clone, Copy)]
pub struct Done<'a> {
    pub article: i64,
    pub version: u32,
    pub messages: usize,
    /// Versions with the very same text.
    pub same: &'a [u32],
}

pub fn done(done: &Done<'_>, terminal: &Terminal) -> String {
    let Done { article, version, messages, same } = done;
    let mut sheet = Sheet::new(terminal);
    sheet.prose(&Text::plain(format!(
        "version {version} of article {article} is hidden: its text, headline and page are deleted, its hashes remain"
    )));
    if *messages > 0 {
        sheet.prose(&Text::plain(format!("{} that may have shown it deleted", count(*messages as u64, "message"))));
    }
    if !same.is_empty() {
        let versions: Vec<String> = same.iter().map(|version| format!("{article}@{version}")).collect();
        let text =
            format!("the very same text is shown still as {}: hide that too, if it has to go", versions.join(", "));
        sheet.prose(&Text::new().then(Mark::Warning, text));
    }
    sheet.finish()
}
