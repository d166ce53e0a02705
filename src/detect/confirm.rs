//! Confirmation: a difference is believed when a second look finds the same.

use std::time::Duration;

use crate::diff;
use crate::model::{Candidate, Capture, Sightings, Timestamp, Version};

use super::Known;
use super::agree::Agreement;
use super::quality::is_shortened;
use super::site;
use super::step::Step;
use super::variants::{self, Standing};

/// After this many looks that each found something else, nothing of it is believed: what stands on a page for one look
/// only is no text of the article. What the article got meanwhile stays on the page and is found again.
const MAX_READINGS: u32 = 3;
/// How many looks in a row must find a difference, and how many where the same came and went before.
const LOOKS: u8 = 2;
const LOOKS_IN_DOUBT: u8 = 4;
/// Most blocks and places that are remembered as restless.
const MAX_RESTLESS: usize = 128;
/// Most differences that are remembered; with more, only an equal page confirms them.
const MAX_PENDING: usize = 512;
/// A text that lost two thirds is more often a broken page than an edit: it must stand this long.
const SHORTENED_STANDS: Duration = Duration::from_secs(60 * 60);
const SHORTENED_AGAIN: Duration = Duration::from_secs(20 * 60);

/// What is believed of the differences that a look found.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Look again after this long.
    Wait(Candidate, Duration),
    /// These steps were found often enough; look again after this long for the sake of others.
    Believed(Vec<Step>, Option<Duration>),
    Nothing,
}

/// What is believed of one difference.
enum Belief {
    Believed,
    /// Look again after this long, or, where it is not urgent, whenever that is.
    Waits(Option<Duration>),
    /// Waits for the second look.
    Unconfirmed,
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
    let looks =
        |step: &Step| sightings.pending.iter().find(|(digest, _)| *digest == step.digest).map_or(1, |(_, n)| *n);
    let site_wait = |step: &Step| {
        let since = variants::since(sightings, agreement, step)?;
        site::wait(known, agreement, step, since, now)
    };
    let belief = |step: &Step| match variants::standing(sightings, agreement, step, now) {
        Standing::Stood => Belief::Believed,
        Standing::Waits(wait) => Belief::Waits(wait.map(|wait| if wait.is_zero() { known.confirm } else { wait })),
        Standing::Ordinary if step.marks.iter().any(|mark| sightings.restless.contains(mark)) => match looks(step) {
            LOOKS_IN_DOUBT.. => Belief::Believed,
            // Once may be anything; what is found twice is asked about at once.
            LOOKS.. => Belief::Waits(Some(known.confirm)),
            _ => Belief::Waits(None),
        },
        // Headlines are tried out on readers: two equal looks are what a coin shows half the time.
        Standing::Ordinary if agreement.is_quiet_headline(step) => match looks(step) {
            LOOKS_IN_DOUBT.. => Belief::Believed,
            _ => Belief::Waits(Some(known.confirm)),
        },
        Standing::Ordinary if is_same || looks(step) >= LOOKS => match site_wait(step) {
            Some(wait) => Belief::Waits(Some(wait)),
            None => Belief::Believed,
        },
        Standing::Ordinary => Belief::Unconfirmed,
    };
    let mut believed = Vec::new();
    let mut again_in: Option<Duration> = None;
    let mut is_unconfirmed = false;
    for step in &agreement.steps {
        let wait = match belief(step) {
            Belief::Believed => {
                believed.push(step.clone());
                None
            }
            Belief::Waits(wait) => wait,
            Belief::Unconfirmed => {
                is_unconfirmed = true;
                None
            }
        };
        again_in = again_in.into_iter().chain(wait).min();
    }
    let attempts = if is_unconfirmed { known.candidate.map_or(0, |candidate| candidate.attempts) + 1 } else { 0 };
    if is_unconfirmed && (attempts < MAX_READINGS || !believed.is_empty()) {
        let wait =
            if believed.is_empty() && is_shortened(&latest.text, &all) { SHORTENED_AGAIN } else { known.confirm };
        again_in = again_in.into_iter().chain([wait]).min();
    }
    if believed.is_empty() {
        let candidate = Candidate { fingerprint, seen_at: now, attempts };
        return again_in.map_or(Verdict::Nothing, |again_in| Verdict::Wait(candidate, again_in));
    }
    let text = agreement.text(|step| believed.contains(step));
    match known.candidate {
        Some(candidate) if is_shortened(&latest.text, &text) && now.since(candidate.seen_at) < SHORTENED_STANDS => {
            Verdict::Wait(Candidate { fingerprint, ..candidate }, SHORTENED_AGAIN)
        }
        _ => Verdict::Believed(believed, again_in),
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
