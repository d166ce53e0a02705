//! `alerts`: the outbox, and one message as it was sent.

use std::collections::{HashMap, HashSet};

use super::mutes;
use super::sheet::Sheet;
use crate::cli::table::{Column, Table};
use crate::cli::terminal::{Terminal, clean_lines};
use crate::cli::text::{Mark, Text, count};
use crate::model::DeliveryState;
use crate::store::{OutboxNotice, OutboxRow};
use crate::transport::ReadMessage;
use crate::words;

/// What to do where nothing was ever alerted.
pub const NONE: &str = "no alerts yet; `wirewatch rules test QUERY` shows what a rule would have alerted on";

pub fn listed(alerts: &[OutboxRow], terminal: &Terminal) -> String {
    if alerts.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        Column::number("ID"),
        Column::text("STATE"),
        Column::text("CREATED"),
        Column::text("EVENT"),
        Column::text("ARTICLE"),
        Column::flexible("RULE", 10),
        Column::flexible("TO", 8).optional(),
        Column::flexible("HEADLINE", 20).optional(),
    ]);
    let mut addresses: HashMap<&str, HashSet<&str>> = HashMap::new();
    for alert in alerts {
        addresses.entry(&alert.recipient).or_default().insert(&alert.address);
    }
    for alert in alerts {
        // Which of a recipient's addresses it is, where there are several.
        let to = match addresses.get(alert.recipient.as_str()).is_some_and(|addresses| addresses.len() > 1) {
            true => format!("{} ({})", alert.recipient, alert.address),
            false => alert.recipient.clone(),
        };
        let (mark, state) = words::delivery_state(alert.state);
        table.row(vec![
            Text::new().then(Mark::Strong, alert.id.to_string()),
            Text::new().then(mark, state),
            terminal.when(alert.created_at).into(),
            words::event(alert.event).into(),
            format!("{}@{}", alert.article.0, alert.version).into(),
            alert.rule.as_str().into(),
            to.into(),
            alert.headline.clone().unwrap_or_default().into(),
        ]);
        if let Some(note) = trouble(alert, terminal) {
            // What was refused for good is often the address.
            let note = match alert.state {
                DeliveryState::Failed => {
                    let mut addressed = Text::plain(format!("to {}: ", alert.address));
                    addressed.append(note);
                    addressed
                }
                _ => note,
            };
            table.note(note);
        }
    }
    table.rendered(terminal)
}

/// The notices of wirewatch on itself below the alerts: those that are not sent, or, where a state was asked for, all.
pub fn notices(notices: &[OutboxNotice], all: bool, terminal: &Terminal) -> String {
    let mut shown = notices.iter().filter(|notice| all || notice.state != DeliveryState::Sent).peekable();
    if shown.peek().is_none() {
        return String::new();
    }
    let mut table = Table::new(&[
        Column::text("NOTICE"),
        Column::text("CREATED"),
        Column::flexible("TO", 8).optional(),
        Column::flexible("SUBJECT", 20),
    ]);
    for notice in shown {
        let (mark, state) = words::delivery_state(notice.state);
        table.row(vec![
            Text::new().then(mark, state),
            terminal.when(notice.created_at).into(),
            notice.address.as_str().into(),
            notice.subject.as_str().into(),
        ]);
        if let Some(error) = &notice.error {
            table.note(Text::new().then(Mark::Bad, error));
        }
    }
    format!("\n{}", table.rendered(terminal))
}

fn trouble(alert: &OutboxRow, terminal: &Terminal) -> Option<Text> {
    if alert.state == DeliveryState::Sent {
        return None;
    }
    if let Some(mute) = &alert.mute {
        return Some(mutes::holding(mute, alert.next_attempt, terminal));
    }
    let mut facts = Vec::new();
    if alert.attempts > 0 {
        facts.push(count(u64::from(alert.attempts), "attempt"));
    }
    if let Some(at) = alert.next_attempt {
        facts.push(format!("next {}", terminal.when(at)));
    }
    if let Some(before) = alert.waits_for {
        facts.push(format!("goes after alert {before}"));
    }
    let facts = facts.join(" · ");
    match &alert.error {
        Some(error) if facts.is_empty() => Some(Text::new().then(Mark::Bad, error)),
        Some(error) => Some(Text::new().then(Mark::Bad, error).then(Mark::Faint, format!(" · {facts}"))),
        None if facts.is_empty() => None,
        None => Some(Text::new().then(Mark::Faint, facts)),
    }
}

/// One alert, and the message that carried it.
pub fn shown(alert: &OutboxRow, message: Option<&ReadMessage>, terminal: &Terminal) -> String {
    let (mark, state) = words::delivery_state(alert.state);
    let mut sheet = Sheet::new(terminal);
    let mut head = Text::new().then(Mark::Strong, format!("alert {}  ", alert.id)).then(mark, state);
    if let Some(sent) = alert.sent_at {
        head.push(Mark::Plain, &format!(" {}", terminal.moment_and_ago(sent)));
    }
    sheet.line(&head);
    sheet.labelled("  rule", 9, &alert.rule.as_str().into());
    sheet.labelled(
        "  article",
        9,
        &format!("{}@{}, {}", alert.article.0, alert.version, words::event(alert.event)).into(),
    );
    sheet.labelled("  to", 9, &format!("{} <{}> by {}", alert.recipient, alert.address, alert.channel).into());
    if let Some(trouble) = trouble(alert, terminal) {
        sheet.labelled("  state", 9, &trouble);
    }
    sheet.blank();
    match message {
        Some(message) => {
            for (name, value) in &message.headers {
                sheet.indented("", &Text::new().then(Mark::Faint, format!("{name}: ")).then(Mark::Plain, value));
            }
            if !message.headers.is_empty() {
                sheet.blank();
            }
            sheet.append(&clean_lines(&message.text));
        }
        None if alert.state == DeliveryState::Sent => {
            sheet.prose(&Text::new().then(Mark::Faint, words::NO_MESSAGE_ANY_MORE))
        }
        None => sheet.prose(&Text::new().then(Mark::Faint, words::NO_MESSAGE_YET)),
    }
    let mut written = sheet.finish();
    if !written.ends_with('\n') {
        written.push('\n');
    }
    written
}
