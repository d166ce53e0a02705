//! What a site changes on all its pages at once is the site's, not the articles'.
//!
//! The same block that came to or left three articles of a host within hours, and most of those that were looked at, or
//! the same edit of the same paragraph, is a new footer or a renamed box. Nobody can tell from one page, so the first
//! article that shows it is told as any other; but looks at a host come in rounds, and what a look finds counts for the
//! others before it is confirmed, so in a round mostly none is. A block at the edge of the text that one other article has
//! got too is waited on until a third shows it, half an hour at most: inside a text, and with other words on each page, it
//! is the news that several articles tell.

use std::time::Duration;

use crate::extract;
use crate::model::{Kind, SharedStep, Timestamp};

use super::Known;
use super::agree::Agreement;
use super::blocks::{digest, key};
use super::step::{Field, Step, What};
use super::template::tells_facts;

/// Most changes of a look that are compared with those of other articles.
const MAX_STEPS: usize = 32;
/// Other articles that show a change which is the site's.
const OTHERS: u32 = 2;
/// They are at least half of those that were looked at since the first showed it, or so many: a newsroom may add the same
/// paragraph to each of its stories on one event.
const MANY: u32 = 12;
/// How long a block waits for the third article, and how often it is looked at meanwhile.
const WAITS: Duration = Duration::from_secs(30 * 60);
const LOOKS: Duration = Duration::from_secs(10 * 60);

/// The changes of a look, as other articles of the host may show them too.
pub(super) fn digests(agreement: &Agreement<'_>) -> Vec<u64> {
    agreement.steps.iter().take(MAX_STEPS).filter_map(|step| digest_of(agreement, step)).collect()
}

/// Whether a step was found on so many articles that it is the site's.
pub(super) fn is_of_site(known: &Known<'_>, agreement: &Agreement<'_>, step: &Step) -> bool {
    shared(known, agreement, step).is_some_and(|shared| {
        let is_common = shared.articles * 2 >= shared.looked_at || shared.articles >= MANY;
        shared.articles >= OTHERS && is_common && !is_news(agreement, step, shared.articles)
    })
}

/// Whether a step is what several articles on one event tell: an edit of facts, or something inside the text that tells
/// facts or that only some of them got.
fn is_news(agreement: &Agreement<'_>, step: &Step, articles: u32) -> bool {
    const FACTS: [Kind; 6] = [Kind::Figures, Kind::Negation, Kind::Quote, Kind::Name, Kind::Date, Kind::Correction];
    match step.what {
        What::Came { .. } | What::Went { .. } => {
            let (old, new) = agreement.sides(step);
            let tells = new.or(old).is_some_and(tells_facts);
            !agreement.is_at_edge(step) && (articles < MANY || tells)
        }
        What::Edited { .. } => agreement.says(step, &FACTS),
        What::Moved { .. } | What::Field(_) => false,
    }
}

/// How much longer a step that may become the site's is waited on, if it was first seen at `since`.
pub(super) fn wait(
    known: &Known<'_>,
    agreement: &Agreement<'_>,
    step: &Step,
    since: Timestamp,
    now: Timestamp,
) -> Option<Duration> {
    let others = others(known, agreement, step);
    let left = WAITS.checked_sub(now.since(since)).filter(|left| !left.is_zero())?;
    ((1..OTHERS).contains(&others) && agreement.is_at_edge(step)).then_some(left.min(LOOKS))
}

/// What the site changed, in words.
pub(super) fn told(known: &Known<'_>, agreement: &Agreement<'_>, steps: &[Step]) -> Option<String> {
    let (step, articles) =
        steps.iter().map(|step| (step, others(known, agreement, step) + 1)).max_by_key(|(_, articles)| *articles)?;
    let (old, new) = agreement.sides(step);
    let what = match step.what {
        What::Came { .. } => "the same text came to",
        What::Went { .. } => "the same text left",
        _ => "the same change came to",
    };
    let text = new.or(old).unwrap_or_default();
    let cut = text.char_indices().nth(100).map_or(text.len(), |(end, _)| end);
    let dots = if cut < text.len() { "…" } else { "" };
    Some(format!("{what} {articles} articles, so it is the site's: “{}{dots}”", text[..cut].trim_end()))
}

fn others(known: &Known<'_>, agreement: &Agreement<'_>, step: &Step) -> u32 {
    shared(known, agreement, step).map_or(0, |shared| shared.articles)
}

fn shared<'a>(known: &Known<'a>, agreement: &Agreement<'_>, step: &Step) -> Option<&'a SharedStep> {
    let digest = digest_of(agreement, step)?;
    known.surroundings.steps.iter().find(|shared| shared.digest == digest)
}

/// `None` for what is never the site's: a note of correction or update, a headline, a place.
fn digest_of(agreement: &Agreement<'_>, step: &Step) -> Option<u64> {
    let (old, new) = agreement.sides(step);
    if [old, new].into_iter().flatten().any(extract::is_note) {
        return None;
    }
    let side = |text: Option<&str>| text.map_or(0, key).to_le_bytes();
    let kind: &[u8] = match step.what {
        What::Edited { .. } => b"e",
        What::Went { .. } => b"w",
        What::Came { .. } => b"c",
        What::Field(Field::Summary) => b"s",
        What::Field(Field::Byline) => b"b",
        What::Field(Field::Headline | Field::Correction) | What::Moved { .. } => return None,
    };
    Some(digest(&[kind, &side(old), &side(new)]))
}
