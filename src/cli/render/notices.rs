//! Notices: how an article, a host or a feed behaves, in a line each.

use crate::cli::terminal::Terminal;
use crate::cli::text::{Mark, Text, count};
use crate::model::{Notice, Subject};

/// A notice where its subject is known from what it stands beside.
pub fn told(notice: &Notice, terminal: &Terminal) -> Text {
    let mark = if notice.closed_at.is_some() { Mark::Faint } else { Mark::Warning };
    Text::new().then(mark, &notice.text).then(Mark::Faint, since(notice, terminal))
}

/// A notice with whom it is about.
pub fn told_of(notice: &Notice, terminal: &Terminal) -> Text {
    let subject = match &notice.subject {
        Subject::Article(id) => format!("article {}", id.0),
        Subject::Host(name) => name.clone(),
        Subject::Feed(name) => format!("feed {name}"),
        Subject::Rule(name) => format!("rule {name}"),
        Subject::System(name) => name.clone(),
    };
    Text::new()
        .then(Mark::Strong, subject)
        .then(Mark::Plain, ": ")
        .then(Mark::Warning, &notice.text)
        .then(Mark::Faint, since(notice, terminal))
}

fn since(notice: &Notice, terminal: &Terminal) -> String {
    let mut since = format!(" · since {}", terminal.moment_and_ago(notice.first_at));
    if notice.count > 1 {
        since.push_str(&format!(", {}", count(notice.count, "time")));
    }
    if let Some(closed) = notice.closed_at {
        since.push_str(&format!(", over since {}", terminal.moment(closed)));
    }
    since
}
