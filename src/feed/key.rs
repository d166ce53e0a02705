//! What tells the entries of one feed apart, from poll to poll.

use std::collections::{HashMap, HashSet};

use crate::identity;
use crate::model::Entry;

/// Gives each entry its key and drops those that repeat an earlier one.
///
/// The key is the published id, else the link, else title and date. Where a feed gives one id to several links, all of
/// them get the link into their key, so that none changes its key because another came or went; likewise the title
/// where it gives one link to several entries without an id.
pub(super) fn assign(entries: Vec<Entry>) -> Vec<Entry> {
    let mut keyed = entries;
    keyed.iter_mut().for_each(|entry| entry.key = first_key(entry));

    let ambiguous = ambiguous_keys(&keyed);
    for entry in keyed.iter_mut().filter(|entry| ambiguous.contains(&entry.key)) {
        entry.key = format!("{} {}", entry.key, distinction(entry));
    }

    let mut seen = HashSet::new();
    keyed.retain(|entry| seen.insert(entry.key.clone()));
    keyed
}

fn first_key(entry: &Entry) -> String {
    if let Some(id) = &entry.id {
        return id.clone();
    }
    if let Some(link) = &entry.link {
        return identity::normalise(link).into();
    }
    let date = entry.published_at.or(entry.updated_at).map(|date| date.to_string()).unwrap_or_default();
    let text = || entry.text.first().map(|paragraph| paragraph.text.as_str());
    let title = entry.title.as_deref().or(entry.summary.as_deref()).or_else(text).unwrap_or("untitled");
    format!("{title} {date}").trim().to_owned()
}

/// The keys that stand for more than one thing.
fn ambiguous_keys(entries: &[Entry]) -> HashSet<String> {
    let mut first: HashMap<&str, String> = HashMap::new();
    let mut ambiguous = HashSet::new();
    for entry in entries {
        let distinction = distinction(entry);
        match first.get(entry.key.as_str()) {
            Some(other) if *other != distinction => drop(ambiguous.insert(entry.key.clone())),
            Some(_) => {}
            None => drop(first.insert(&entry.key, distinction)),
        }
    }
    ambiguous
}

/// What may differ between two entries with the same key: the link under one id, the title under one link or none.
fn distinction(entry: &Entry) -> String {
    match (&entry.id, &entry.link) {
        (Some(_), Some(link)) => identity::normalise(link).into(),
        _ => entry.title.as_deref().or(entry.summary.as_deref()).unwrap_or_default().to_owned(),
    }
}
