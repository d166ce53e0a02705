//! `feeds`: each feed with its health.

use super::notices;
use crate::cli::table::{Column, Table};
use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count, grouped};
use crate::config;
use crate::documents::FoundFeed;
use crate::model::Timestamp;
use crate::store::{FeedRow, FeedState};
use crate::words;

/// What to do where no feed is configured.
pub const NONE: &str = "no feeds yet; `wirewatch feeds discover URL` finds those of a site, `wirewatch feeds import FILE` \
    takes those you have";

/// Most notices under one feed.
const NOTICES: usize = 3;

/// The feeds, with what is wrong under each that fails.
pub fn listed(feeds: &[FeedRow], terminal: &Terminal) -> String {
    if feeds.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        Column::flexible("FEED", 12),
        Column::text("STATE"),
        Column::text("LAST POLL"),
        Column::text("NEXT POLL").optional(),
        Column::number("STATUS").optional(),
        Column::number("ENTRIES").optional(),
        Column::number("ARTICLES"),
        Column::flexible("TAGS", 8).optional(),
    ]);
    for feed in feeds {
        let (mark, state) = words::feed_state(feed.state);
        table.row(vec![
            Text::new().then(Mark::Strong, &feed.name),
            Text::new().then(mark, state),
            feed.last_poll.map_or_else(|| "never".into(), |at| terminal.when(at).into()),
            feed.next_poll.map(|at| next_poll(at, terminal)).unwrap_or_default().into(),
            feed.last_status.map(|status| status.to_string()).unwrap_or_default().into(),
            grouped(feed.entries).into(),
            grouped(feed.articles).into(),
            feed.tags.join(", ").into(),
        ]);
        if let Some(note) = trouble(feed, terminal) {
            table.note(note);
        }
        if let Some(until) = feed.distrusted_until.filter(|until| *until > terminal.now) {
            let until = terminal.when(until);
            table.note(Text::new().then(Mark::Warning, format!("{}; until {until}", words::DISTRUSTED)));
        }
        for notice in feed.notices.iter().take(NOTICES) {
            table.note(notices::told_of(notice, terminal));
        }
        if let Some(note) = unread(feed) {
            table.note(note);
        }
    }
    table.rendered(terminal)
}

fn next_poll(at: Timestamp, terminal: &Terminal) -> String {
    if at <= terminal.now { "due".to_owned() } else { terminal.when(at) }
}

fn trouble(feed: &FeedRow, terminal: &Terminal) -> Option<Text> {
    if matches!(feed.state, FeedState::Healthy | FeedState::Paused) && feed.failures == 0 {
        return None;
    }
    let mut note = Text::new().then(Mark::Bad, feed.last_error.as_deref().unwrap_or("no answer that could be read"));
    let success =
        feed.last_success.map_or_else(|| "never worked".to_owned(), |at| format!("last worked {}", terminal.when(at)));
    note.push(Mark::Faint, &format!(" · {} in a row · {success}", count(u64::from(feed.failures), "failure")));
    Some(note)
}

/// How many articles of a feed could not be read at their last look, and mostly why.
fn unread(feed: &FeedRow) -> Option<Text> {
    let reason = feed.unreadable.reason.as_deref()?;
    let articles = count(feed.unreadable.articles, "article");
    let mut note = Text::new().then(Mark::Warning, format!("{articles} not readable at the last look"));
    note.push(Mark::Faint, &format!(" ({}) · mostly: {reason}", words::unreadable(&feed.unreadable)));
    Some(note)
}

/// The feeds that a site offers.
pub fn discovered(feeds: &[FoundFeed], terminal: &Terminal) -> String {
    if feeds.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        Column::text("URL"),
        Column::flexible("TITLE", 12),
        Column::text("FORMAT"),
        Column::number("ENTRIES"),
        Column::text("LATEST"),
    ]);
    for feed in feeds {
        table.row(vec![
            Text::new().then(Mark::Link, config::without_user(&feed.url).as_str()),
            feed.title.clone().unwrap_or_default().into(),
            words::feed_kind(feed.kind).into(),
            grouped(feed.entries as u64).into(),
            feed.latest.map(|at| terminal.when(at)).unwrap_or_default().into(),
        ]);
        if let Some(other) = &feed.same_as {
            let other = config::without_user(other);
            table.note(Text::new().then(Mark::Faint, format!("the same articles as {other}")));
        }
        if feed.comments {
            table.note(Text::new().then(Mark::Faint, "what readers write, by its name"));
        }
        if feed.entries == 0 {
            table.note(Text::new().then(Mark::Warning, "nothing is in it now"));
        }
    }
    table.rendered(terminal)
}
