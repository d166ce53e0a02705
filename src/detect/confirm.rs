//! Confirmation: a difference is believed when a second look finds the same.

use std::time::Duration;

use crate::diff;
use crate::model::{ArticleText, Candidate, Capture, Sightings, Timestamp, Version};

use super::Known;
use super::agree::{Agreement, Step};

/// After this many looks that each found something else, nothing of it is believed: what stands on a page for one look
/// only is no text of the article. What the article got meanwhile stays on the page and is found again.
const MAX_READINGS: u32 = 3;
/// How many looks in a row must find a difference, and how many where the same came and went before.
const LOOKS: u8 = 2;
const LOOKS_IN_DOUBT: u8 = 3;
/// Most blocks and places that are remembered as restless.
const MAX_RESTLESS: usize = 128;
/// Most differences that are remembered; with more, only an equal page confirms them.
const MAX_PENDING: usize = 512;
/// A text that lost two thirds is more often a broken page than an edit: it must stand this long.
const SHORTENED_STANDS: Duration = Duration::from_secs(60 * 60);
const SHORTENED_AGAIN: Duration = Duration::from_secs(20 * 60);
/// Below this many words, a share says nothing.
const SHORT_TEXT_WORDS: usize = 60;

/// What is believed of the differences that a look found.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Look again after this long.
    Wait(Candidate, Duration),
    /// These steps were found often enough.
    Believed(Vec<Step>),
    Nothing,
}

/// Whether the steps from the latest version to this page have to be seen again, and which of them were.
pub(super) fn judge(
    known: &Known<'_>,
    latest: &Version,
    capture: &Capture,
    agreement: &Agreement<'_>,
    sightings: &mut Sightings,
    now: Timestamp,
) -> Verdict {
    let all = agreement.text(|_| true);
    let fingerprint = diff::fingerprint(&all);
    let is_same = known.candidate.is_some_and(|candidate| {
        candidate.fingerprint == fingerprint || candidate.fingerprint == diff::fingerprint(&capture.text)
    });
    count(sightings, &agreement.steps);
    let is_doubtful = |step: &Step| step.marks.iter().any(|mark| sightings.restless.contains(mark));
    let looks =
        |step: &Step| sightings.pending.iter().find(|(digest, _)| *digest == step.digest).map_or(1, |(_, n)| *n);
    let is_believed = |step: &&Step| match is_doubtful(step) {
        true => looks(step) >= LOOKS_IN_DOUBT,
        false => is_same || looks(step) >= LOOKS,
    };
    let believed: Vec<Step> = agreement.steps.iter().filter(is_believed).cloned().collect();
    if believed.is_empty() {
        let attempts = known.candidate.map_or(1, |candidate| candidate.attempts + 1);
        if attempts >= MAX_READINGS || agreement.steps.iter().all(is_doubtful) {
            return Verdict::Nothing;
        }
        let again_in = if is_shortened(latest, &all) { SHORTENED_AGAIN } else { known.confirm };
        return Verdict::Wait(Candidate { fingerprint, seen_at: now, attempts }, again_in);
    }
    let text = agreement.text(|step| believed.contains(step));
    match known.candidate {
        Some(candidate) if is_shortened(latest, &text) && now.since(candidate.seen_at) < SHORTENED_STANDS => {
            Verdict::Wait(Candidate { fingerprint, ..candidate }, SHORTENED_AGAIN)
        }
        _ => Verdict::Believed(believed),
    }
}

/// Counts the looks in a row that found each step; what was found once and is not found now is restless.
pub(super) fn count(sightings: &mut Sightings, steps: &[Step]) {
    let before = std::mem::take(&mut sightings.pending);
    let mut marks = std::mem::take(&mut sightings.waiting);
    marks.retain(|(digest, _)| !steps.iter().any(|step| step.digest == *digest));
    for (_, mark) in marks {
        if !sightings.restless.contains(&mark) {
            sightings.restless.push(mark);
        }
    }
    let surplus = sightings.restless.len().saturating_sub(MAX_RESTLESS);
    sightings.restless.drain(..surplus);
    for step in steps.iter().take(MAX_PENDING) {
        let looks = before.iter().find(|(digest, _)| *digest == step.digest).map_or(0, |(_, looks)| *looks);
        sightings.pending.push((step.digest, looks.saturating_add(1)));
        sightings.waiting.extend(step.marks.iter().map(|mark| (step.digest, *mark)));
    }
}

fn is_shortened(latest: &Version, text: &ArticleText) -> bool {
    let (before, after) = (latest.text.words(), text.words());
    before > SHORT_TEXT_WORDS && after * 3 < before
}
