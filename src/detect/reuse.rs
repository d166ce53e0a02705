//! One address for another story: "Morning briefing" is published anew each day where yesterday's stood.

use std::time::Duration;

use crate::diff;
use crate::model::{ArticleText, Candidate, Change, Kind, Mark, Sightings, Source, Timestamp, Version};

use super::Known;

/// A story that is rewritten while it develops is dated anew too, but within hours.
const MIN_LATER: Duration = Duration::from_secs(6 * 60 * 60);

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// After so many looks that each told another story, this is judged as any other page.
const MAX_ATTEMPTS: u32 = 3;

/// What is made of a page that tells another story than the latest version.
pub(super) enum Reuse {
    /// The page tells the same story.
    No,
    /// Seen once.
    Wait(Candidate),
    /// Seen again.
    Yes,
}

/// Whether the page tells another story, as two looks in a row saw it: its text as a whole then takes the place of the
/// old one, whose blocks say nothing of which of its own are text.
pub(super) fn judge(
    known: &Known<'_>,
    latest: &Version,
    text: &ArticleText,
    sightings: &mut Sightings,
    now: Timestamp,
) -> Reuse {
    // Comparing takes its time, and hardly any page is dated anew.
    let change = if is_later(&latest.text, text) { diff::compare(&latest.text, text) } else { None };
    if !change.is_some_and(|change| change.kinds.contains(&Kind::Rewrite)) {
        return Reuse::No;
    }
    let story = digest(text);
    if known.candidate.is_some_and(|candidate| candidate.attempts >= MAX_ATTEMPTS) {
        return Reuse::No;
    }
    if sightings.pending.iter().any(|(pending, _)| *pending == story) {
        return Reuse::Yes;
    }
    sightings.pending = vec![(story, 1)];
    sightings.waiting.clear();
    let attempts = known.candidate.map_or(1, |candidate| candidate.attempts.saturating_add(1));
    Reuse::Wait(Candidate { fingerprint: diff::fingerprint(text), seen_at: now, attempts })
}

/// What stays of a story from look to look, whatever stands around it: when it was published, and its headline.
fn digest(text: &ArticleText) -> u64 {
    // Pages that date themselves by the clock stay the same story all day.
    let published = text.published_at.map(|at| at.as_millis().div_euclid(DAY_MILLIS)).unwrap_or_default();
    let headline = text.headline.as_deref().unwrap_or_default();
    let digest = blake3::hash(format!("another story\n{published}\n{headline}").as_bytes());
    let mut short = [0; 8];
    short.copy_from_slice(&digest.as_bytes()[..8]);
    u64::from_le_bytes(short)
}

/// Marks a change as the beginning of another story where it is one. Such a change is not silent: nobody expects a word
/// on what stood there before.
pub(super) fn mark(change: &mut Change, before: &Version, text: &ArticleText, source: Source) {
    if before.source == source && change.kinds.contains(&Kind::Rewrite) && is_later(&before.text, text) {
        change.mark(Mark::Reused);
        change.silent = false;
    }
}

/// Whether both say when they were published, and the one clearly after the other.
fn is_later(before: &ArticleText, text: &ArticleText) -> bool {
    match (before.published_at, text.published_at) {
        (Some(before), Some(now)) => now.since(before) >= MIN_LATER,
        _ => false,
    }
}
