//! Durations and names as a notice says them.

use std::time::Duration;

use crate::model::Subject;
use crate::schedule;

/// A duration in its two largest units: `9d4h`, `1h5m`.
pub(super) fn roughly(span: Duration) -> String {
    let unit = match span.as_secs() {
        0..60 => 1,
        60..86_400 => 60,
        _ => 3_600,
    };
    schedule::show_duration(Duration::from_secs(span.as_secs() / unit * unit))
}

pub(super) fn named(subject: &Subject) -> String {
    match subject {
        Subject::Article(id) => format!("article {}", id.0),
        Subject::Host(name) => name.clone(),
        Subject::Feed(name) => format!("feed {name}"),
        Subject::Rule(name) => format!("rule {name}"),
        Subject::System(name) => name.clone(),
    }
}

pub(super) fn counted(number: u64, one: &str, several: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {several}") }
}
