//! Mutes: what is silent, until when and why.

use crate::cli::table::{Column, Table};
use crate::cli::terminal::{Terminal, clean};
use crate::cli::text::{Mark, Text};
use crate::model::{Mute, Muted, Timestamp, Unsubscription};
use crate::words;

/// `rule fed-rates is muted until 22 Nov 2026, 16:00 CET (in 8 h)`
pub fn begun(mute: &Mute, terminal: &Terminal) -> String {
    format!("{} is muted until {}\n", with_headline(&mute.muted), terminal.moment_and_ago(mute.until))
}

/// `rule fed-rates is heard again`, or until when another mute keeps it silent.
pub fn lifted(mute: &Mute, other: Option<&Mute>, terminal: &Terminal) -> String {
    let name = with_headline(&mute.muted);
    match other {
        None => format!("{name} is heard again\n"),
        Some(other) => {
            format!("{name} stays muted until {}, by mute {}\n", terminal.moment_and_ago(other.until), other.id.0)
        }
    }
}

fn with_headline(muted: &Muted) -> String {
    match muted {
        Muted::Article { headline: Some(headline), .. } => format!("{} ({})", words::muted(muted), clean(headline)),
        _ => words::muted(muted),
    }
}

/// The mutes, and below them what addresses unsubscribed from.
pub fn listed(mutes: &[Mute], unsubscribed: &[Unsubscription], terminal: &Terminal) -> String {
    let tables = [muted(mutes, terminal), stopped_table(unsubscribed, terminal)];
    tables.iter().filter(|table| !table.is_empty()).map(String::as_str).collect::<Vec<_>>().join("\n")
}

fn muted(mutes: &[Mute], terminal: &Terminal) -> String {
    if mutes.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        Column::number("ID"),
        Column::name("MUTED", 16),
        Column::text("UNTIL"),
        Column::flexible("BY", 8).optional(),
        Column::text("SINCE").optional(),
        Column::flexible("HEADLINE", 16).optional(),
    ]);
    for mute in mutes {
        let headline = match &mute.muted {
            Muted::Article { headline, .. } => headline.clone().unwrap_or_default(),
            Muted::Feed { .. } | Muted::Rule { .. } | Muted::Burst { .. } => String::new(),
        };
        let is_active = mute.is_active(terminal.now);
        let mark = if is_active { Mark::Warning } else { Mark::Faint };
        table.row(vec![
            Text::new().then(Mark::Strong, mute.id.0.to_string()),
            words::muted(&mute.muted).into(),
            Text::new().then(mark, end(mute, terminal)),
            mute.who.clone().unwrap_or_default().into(),
            terminal.when(mute.begun_at).into(),
            headline.into(),
        ]);
        if let Some(why) = &mute.why {
            table.note(Text::new().then(Mark::Faint, why));
        }
    }
    table.rendered(terminal)
}

fn stopped_table(unsubscribed: &[Unsubscription], terminal: &Terminal) -> String {
    if unsubscribed.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        Column::number("ID"),
        Column::flexible("UNSUBSCRIBED", 16),
        Column::flexible("FROM", 12),
        Column::text("SINCE"),
        Column::text("BY").optional(),
    ]);
    for unsubscription in unsubscribed {
        let (mark, since) = match unsubscription.ended_at {
            None => (Mark::Warning, terminal.when(unsubscription.begun_at)),
            Some(ended) => (Mark::Faint, format!("taken back {}", terminal.when(ended))),
        };
        table.row(vec![
            Text::new().then(Mark::Strong, format!("u{}", unsubscription.id.0)),
            unsubscription.address.clone().into(),
            words::stopped(&unsubscription.stopped).into(),
            Text::new().then(mark, since),
            words::unsubscribed_by(unsubscription.how).into(),
        ]);
    }
    table.rendered(terminal)
}

/// `desk@example.org gets rule fed-rates again`
pub fn resubscribed(ended: &Unsubscription) -> String {
    format!("{} gets {} again\n", clean(&ended.address), words::stopped(&ended.stopped))
}

fn end(mute: &Mute, terminal: &Terminal) -> String {
    match mute.lifted_at {
        Some(lifted) => format!("lifted {}", terminal.when(lifted)),
        None if mute.is_active(terminal.now) => terminal.when(mute.until),
        None => format!("over {}", terminal.when(mute.until)),
    }
}

/// A mute in a line: `rule fed-rates until 22 Nov 2026, 16:00 CET (in 8 h): strike coverage · by anna · mute 3`
pub fn told(mute: &Mute, terminal: &Terminal) -> Text {
    let mut text = Text::new().then(Mark::Strong, words::muted(&mute.muted));
    text.push(Mark::Plain, " until ");
    text.push(Mark::Warning, &terminal.moment_and_ago(mute.until));
    if let Some(why) = &mute.why {
        text.push(Mark::Plain, &format!(": {why}"));
    }
    if let Some(who) = &mute.who {
        text.push(Mark::Faint, &format!(" · by {who}"));
    }
    text.then(Mark::Faint, format!(" · mute {}", mute.id.0))
}

/// Why an alert is held: `rule fed-rates is muted until …, because: strike coverage · mute 3`
pub fn holding(mute: &Mute, next: Option<Timestamp>, terminal: &Terminal) -> Text {
    let until = terminal.when(next.unwrap_or(mute.until));
    let held = match &mute.muted {
        Muted::Burst { .. } => format!("held as a {}", words::muted(&mute.muted)),
        _ => format!("{} is muted", words::muted(&mute.muted)),
    };
    let mut text = Text::new().then(Mark::Warning, held);
    text.push(Mark::Plain, &format!(", goes out {until}"));
    if let Some(why) = &mute.why {
        text.push(Mark::Plain, &format!(", because: {why}"));
    }
    if let Some(who) = &mute.who {
        text.push(Mark::Faint, &format!(" · by {who}"));
    }
    text.then(Mark::Faint, format!(" · mute {}", mute.id.0))
}
