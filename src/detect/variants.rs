//! What goes to and fro: readings that were found at one look and are away at the next.
//!
//! A reading that comes back after it was away is not believed when a second look finds it, as another would be, but
//! when it has stood for an hour, and the longer it went to and fro the more looks must have found it. Each part of
//! the article is judged by itself, so that an edit elsewhere on the page does not wait for it.

use std::time::Duration;

use crate::model::{Part, Sightings, Timestamp, Variant};

use super::agree::Agreement;
use super::blocks::{digest, key};
use super::step::{Field, Step, What};

/// Most variants of an article that are kept, and how many of them may be blocks, which noisy pages have many of.
const MAX_VARIANTS: usize = 8;
const MAX_BLOCKS: usize = 5;
/// Longest text that is kept of a variant, in bytes.
const MAX_TEXT: usize = 2_000;
/// Most places that are remembered for reading otherwise at each look.
const MAX_CHURNED: usize = 32;
/// From so many on, what a place reads is not believed because two looks agree.
const CHURNS: u8 = 3;
/// How long a reading that came back must stand, and how often it is looked at meanwhile.
const HOLD: Duration = Duration::from_secs(60 * 60);
const HOLD_LOOKS: Duration = Duration::from_secs(20 * 60);
/// In how many looks in a row: two more for each time it went to and fro. A page that throws a coin shows the same side
/// twelve times in a row once in four thousand times.
const ALTERNATING_RUN: u32 = 6;
const MOST_RUN: u32 = 12;
/// The same for a place that reads otherwise at each look.
const LEAST_RUN: u32 = 3;
/// How many looks in a row must find that a part reads as it did before the latest version: two are what a coin shows half
/// the time that it went the other way before.
const RETURN_RUN: u32 = 5;
/// A variant that was not seen for this long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How a step is to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// As any other.
    Ordinary,
    /// It goes to and fro: look again after this long, or when it suits.
    Waits(Option<Duration>),
    /// It did, and stood.
    Stood,
}

/// A step as it is known from look to look, whatever version it is a step from.
struct Trace {
    pair: u64,
    slot: u64,
    part: Part,
    text: Option<String>,
}

/// Notes which of the variants a look found and which are away; says whether to look again soon, because one that was
/// about to be believed is.
pub(super) fn note(
    sightings: &mut Sightings,
    agreement: Option<&Agreement<'_>>,
    is_confirming: bool,
    now: Timestamp,
) -> bool {
    let traces: Vec<Trace> = match agreement {
        Some(agreement) => agreement.steps.iter().map(|step| Trace::of(agreement, step)).collect(),
        None => Vec::new(),
    };
    let mut looks_again = false;
    let mut churned = Vec::new();
    for variant in sightings.variants.iter_mut().filter(|variant| variant.run > 0) {
        if traces.iter().any(|trace| trace.pair == variant.pair) {
            (variant.run, variant.last_at) = (variant.run.saturating_add(1), now);
            continue;
        }
        variant.run = 0;
        if !traces.iter().any(|trace| trace.slot == variant.slot) {
            (variant.times, variant.last_at) = (variant.times.saturating_add(1), now);
            looks_again |= is_confirming && variant.times == 1 && variant.part != Part::Block;
        } else if is_confirming {
            churned.push(variant.slot);
        }
    }
    for slot in churned {
        churn(sightings, slot);
    }
    sightings.variants.retain(|variant| {
        variant.run > 0 || ((variant.times > 0 || variant.versions > 0) && now.since(variant.last_at) < FORGOTTEN)
    });
    for trace in traces {
        admit(sightings, trace, now);
    }
    looks_again
}

/// What was found by another reader is not found again by this one.
pub(super) fn end_runs(sightings: &mut Sightings) {
    sightings.variants.retain(|variant| variant.times > 0 || variant.versions > 0);
    sightings.variants.iter_mut().for_each(|variant| variant.run = 0);
}

fn churn(sightings: &mut Sightings, slot: u64) {
    match sightings.churned.iter_mut().find(|(churned, _)| *churned == slot) {
        Some((_, times)) => *times = times.saturating_add(1),
        None => sightings.churned.push((slot, 1)),
    }
    let surplus = sightings.churned.len().saturating_sub(MAX_CHURNED);
    sightings.churned.drain(..surplus);
}

/// Keeps a reading, in place of one that says less where there are many.
fn admit(sightings: &mut Sightings, trace: Trace, now: Timestamp) {
    let Trace { pair, slot, part, text } = trace;
    if let Some(known) = sightings.variants.iter_mut().find(|variant| variant.pair == pair) {
        if known.run == 0 {
            let (times, versions) = (known.times, known.versions);
            *known = Variant { pair, slot, part, text, times, versions, last_at: now, run: 1, since: now };
        }
        return;
    }
    let is_block = |variant: &Variant| variant.part == Part::Block;
    let blocks = sightings.variants.iter().filter(|variant| is_block(variant)).count();
    let is_full = sightings.variants.len() >= MAX_VARIANTS;
    if is_full || (part == Part::Block && blocks >= MAX_BLOCKS) {
        let may_go = |variant: &Variant| {
            variant.run == 0 && !is_alternating(variant) && (is_block(variant) || part != Part::Block)
        };
        let oldest = sightings.variants.iter().enumerate().filter(|(_, variant)| may_go(variant));
        let Some((place, _)) = oldest.min_by_key(|(_, variant)| variant.last_at) else { return };
        sightings.variants.remove(place);
    }
    let fresh = Variant { pair, slot, part, text, times: 0, versions: 0, last_at: now, run: 1, since: now };
    sightings.variants.push(fresh);
}

/// How a step is to be judged, after this look was noted.
pub(super) fn standing(sightings: &Sightings, agreement: &Agreement<'_>, step: &Step, now: Timestamp) -> Standing {
    let Trace { pair, slot, .. } = Trace::of(agreement, step);
    let Some(variant) = sightings.variants.iter().find(|variant| variant.pair == pair) else {
        return if is_churned(sightings, slot) { Standing::Waits(None) } else { Standing::Ordinary };
    };
    let stood = now.since(variant.since);
    if is_alternating(variant) {
        let least = (ALTERNATING_RUN + 2 * (variant.times + variant.versions).min(MOST_RUN)).min(MOST_RUN);
        return match HOLD.checked_sub(stood).filter(|left| !left.is_zero()) {
            Some(left) => Standing::Waits(Some(left.min(HOLD_LOOKS))),
            // The rest of the looks follow as those that confirm do.
            None if variant.run < least => Standing::Waits(Some(Duration::ZERO)),
            None => Standing::Stood,
        };
    }
    if variant.versions > 0 && variant.run < RETURN_RUN {
        return Standing::Waits(Some(Duration::ZERO));
    }
    match is_churned(sightings, slot) {
        true if variant.run >= LEAST_RUN && stood >= HOLD => Standing::Stood,
        // Looking again soon would find the next reading: a counter is not worth that.
        true => Standing::Waits(None),
        false => Standing::Ordinary,
    }
}

/// Since when a step has been found in every look.
pub(super) fn since(sightings: &Sightings, agreement: &Agreement<'_>, step: &Step) -> Option<Timestamp> {
    let pair = Trace::of(agreement, step).pair;
    sightings.variants.iter().find(|variant| variant.pair == pair).map(|variant| variant.since)
}

/// Notes that a version took a step.
pub(super) fn believe(sightings: &mut Sightings, agreement: &Agreement<'_>, steps: &[Step]) {
    for step in steps {
        let Trace { pair, slot, .. } = Trace::of(agreement, step);
        if let Some(variant) = sightings.variants.iter_mut().find(|variant| variant.pair == pair) {
            (variant.versions, variant.run) = (variant.versions.saturating_add(1), 0);
            // From now on the other side is what comes and goes.
            variant.text = agreement.sides(step).0.map(shortened);
        }
        sightings.churned.retain(|(churned, _)| *churned != slot);
    }
}

/// What the article's page says by turns, in words, if the look at `now` showed it.
pub fn alternation(sightings: &Sightings, now: Timestamp) -> Option<String> {
    let is_back =
        |variant: &&Variant| is_alternating(variant) && (variant.run > 0 || variant.times > least_times(variant.part));
    let seen = sightings.variants.iter().filter(is_back).find(|variant| variant.last_at == now)?;
    let part = match seen.part {
        Part::Headline => "its headline",
        Part::Summary => "its summary",
        Part::Byline => "its byline",
        Part::Correction => "its correction note",
        Part::Paragraph => "a paragraph",
        Part::Block => "a block of text",
    };
    Some(match &seen.text {
        Some(text) if seen.part == Part::Block => format!("{part} comes and goes: “{}”", excerpt(text)),
        Some(text) => format!("{part} goes to and fro; at times it is “{}”", excerpt(text)),
        None => format!("{part} comes and goes"),
    })
}

fn excerpt(text: &str) -> String {
    const CHARACTERS: usize = 100;
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// Whether a reading was away often enough that two looks do not prove it: blocks flicker more than words do.
fn is_alternating(variant: &Variant) -> bool {
    variant.times >= least_times(variant.part) || variant.versions >= 2
}

fn least_times(part: Part) -> u32 {
    if part == Part::Block { 2 } else { 1 }
}

fn is_churned(sightings: &Sightings, slot: u64) -> bool {
    sightings.churned.iter().any(|(churned, times)| *churned == slot && *times >= CHURNS)
}

impl Trace {
    fn of(agreement: &Agreement<'_>, step: &Step) -> Self {
        let (old, new) = agreement.sides(step);
        let part = match step.what {
            What::Edited { .. } => Part::Paragraph,
            What::Moved { .. } | What::Went { .. } | What::Came { .. } => Part::Block,
            What::Field(Field::Headline) => Part::Headline,
            What::Field(Field::Summary) => Part::Summary,
            What::Field(Field::Byline) => Part::Byline,
            What::Field(Field::Correction) => Part::Correction,
        };
        let side = |text: Option<&str>| text.map_or(0, key);
        let (one, other) = (side(old).min(side(new)), side(old).max(side(new)));
        let slot = match part {
            // A paragraph whose figures alone are other ones stays at its place.
            Part::Paragraph | Part::Block => digest(&[b"slot", letters(old.or(new).unwrap_or_default()).as_bytes()]),
            _ => digest(&[b"field", &[part as u8]]),
        };
        let kind = if matches!(step.what, What::Moved { .. }) { b'm' } else { part as u8 };
        let pair = digest(&[&[kind], &one.to_le_bytes(), &other.to_le_bytes()]);
        Self { pair, slot, part, text: new.map(shortened) }
    }
}

fn shortened(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_TEXT)].to_owned()
}

fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphabetic()).collect()
}
