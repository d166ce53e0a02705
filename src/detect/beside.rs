//! What a page shows beside its article, remembered from look to look.

use std::time::Duration;

use crate::model::{Capture, Sightings, Source};

use super::Known;
use super::blocks::Blocks;

/// Most blocks that are remembered.
const MAX_BESIDE: usize = 256;

/// Begins to note what stands on a page that was never seen before; returns when to look again.
pub(super) fn begin(known: &Known<'_>, sightings: &mut Sightings, capture: &Capture) -> Option<Duration> {
    if capture.source == Source::Feed || capture.page.is_empty() {
        return None;
    }
    *sightings = Sightings { unsettled_since: Some(capture.captured_at), ..Sightings::default() };
    remember(sightings, Blocks::of(capture).beside().into_iter().map(|(_, key)| key).collect());
    Some(known.confirm)
}

/// Notes blocks, those seen last at the end; the oldest are forgotten.
pub(super) fn remember(sightings: &mut Sightings, beside: Vec<u64>) {
    sightings.beside.retain(|block| !beside.contains(block));
    sightings.beside.extend(beside);
    let surplus = sightings.beside.len().saturating_sub(MAX_BESIDE);
    sightings.beside.drain(..surplus);
}
