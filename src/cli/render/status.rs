//! `status`: everything on one screen.

use super::mutes;
use super::notices;
use super::sheet::Sheet;
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count, grouped, size};
use crate::health::Disk;
use crate::model::{Mute, Timestamp};
use crate::store::{StoreStatus, Suspension};
use crate::words;

/// What is known of the program as a whole.
#[derive(Debug, Clone, Copy)]
pub struct Status<'a> {
    pub is_running: bool,
    pub version: &'a str,
    pub database: &'a str,
    pub store: &'a StoreStatus,
    /// Those in force.
    pub mutes: &'a [Mute],
    /// Addresses to which nothing gets through.
    pub suspended: &'a [Suspension],
}

const LABELS: usize = 11;
/// Most notices on the screen.
const NOTICES: usize = 10;

pub fn shown(status: &Status<'_>, terminal: &Terminal) -> String {
    let store = status.store;
    let mut sheet = Sheet::new(terminal);
    let mut head = Text::new().then(Mark::Strong, format!("wirewatch {}", status.version));
    match status.is_running {
        true => head = head.then(Mark::Plain, " is ").then(Mark::Good, "running"),
        false => head = head.then(Mark::Plain, " is ").then(Mark::Warning, "not running"),
    }
    sheet.line(&head);
    sheet.blank();
    let feeds = [
        (store.feeds.healthy, "healthy", Mark::Good),
        (store.feeds.failing, "failing", Mark::Bad),
        (store.feeds.paused, "paused", Mark::Faint),
    ];
    sheet.labelled("  Feeds", LABELS, &tallies(&feeds));
    let articles = format!("{} in {}", grouped(store.articles), count(store.versions, "version"));
    let mut articles = Text::plain(articles);
    if store.damaged > 0 {
        articles.push(Mark::Plain, ", ");
        articles.push(Mark::Bad, &format!("{} damaged", grouped(store.damaged)));
    }
    sheet.labelled("  Articles", LABELS, &articles);
    if let Some(reason) = &store.unreadable.reason {
        let unreadable = &store.unreadable;
        let mut unread = Text::new().then(Mark::Warning, grouped(unreadable.articles));
        unread.push(Mark::Plain, &format!(" at the last look: {}", words::unreadable(unreadable)));
        unread.push(Mark::Faint, &format!(" · mostly: {reason}"));
        sheet.labelled("  Unread", LABELS, &unread);
    }
    let queue = [
        (store.queue.pending, "pending", Mark::Warning),
        (store.queue.failed, "failed", Mark::Bad),
        (store.queue.held, "held", Mark::Warning),
    ];
    sheet.labelled("  Outbox", LABELS, &tallies(&queue));
    for suspended in status.suspended.iter().take(NOTICES) {
        let mut line = Text::new().then(Mark::Bad, format!("{} is suspended", suspended.address));
        line.push(Mark::Plain, &format!(" since {}", terminal.moment_and_ago(suspended.since)));
        if let Some(error) = &suspended.error {
            line.push(Mark::Plain, &format!(": {error}"));
        }
        sheet.labelled("  Address", LABELS, &line.then(Mark::Faint, " · `wirewatch alerts retry` tries it again"));
    }
    sheet.labelled("  Last poll", LABELS, &moment(store.last_poll, terminal));
    sheet.labelled("  Alerted", LABELS, &moment(store.last_alert, terminal));
    sheet.labelled("  Database", LABELS, &format!("{}, {}", status.database, size(store.database_bytes)).into());
    if let Some(disk) = store.disk {
        sheet.labelled("  Disk", LABELS, &room(disk));
    }
    if !status.mutes.is_empty() {
        sheet.blank();
        sheet.heading("Muted");
    }
    for mute in status.mutes.iter().take(NOTICES) {
        sheet.indented("  ", &mutes::told(mute, terminal));
    }
    if let Some(more) = status.mutes.len().checked_sub(NOTICES).filter(|more| *more > 0) {
        sheet.indented("  ", &Text::new().then(Mark::Faint, format!("and {more} more: `wirewatch mutes`")));
    }
    if !store.notices.is_empty() {
        sheet.blank();
        sheet.heading("Notices");
    }
    for notice in store.notices.iter().take(NOTICES) {
        sheet.indented("  ", &notices::told_of(notice, terminal));
    }
    if let Some(more) = store.notices.len().checked_sub(NOTICES).filter(|more| *more > 0) {
        sheet.indented("  ", &Text::new().then(Mark::Faint, format!("and {more} more, with --json")));
    }
    sheet.finish()
}

/// `9 healthy, 1 failing, 0 paused`; a number that is not nought has its colour.
fn tallies(tallies: &[(u64, &str, Mark)]) -> Text {
    let mut text = Text::new();
    for (index, (number, name, mark)) in tallies.iter().enumerate() {
        if index > 0 {
            text.push(Mark::Plain, ", ");
        }
        let mark = if *number == 0 { Mark::Plain } else { *mark };
        text.push(mark, &format!("{} {name}", grouped(*number)));
    }
    text
}

/// `4.2 GB of 40.0 GB free`, which counts from where the operator is told.
fn room(disk: Disk) -> Text {
    let (mark, nearly_full) = match disk.is_nearly_full() {
        true => (Mark::Bad, ", nearly full"),
        false => (Mark::Plain, ""),
    };
    Text::new().then(mark, format!("{} of {} free{nearly_full}", size(disk.free), size(disk.total)))
}

fn moment(at: Option<Timestamp>, terminal: &Terminal) -> Text {
    at.map_or_else(|| "never".into(), |at| terminal.moment_and_ago(at).into())
}
