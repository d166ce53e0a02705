//! Whether an entry that comes under another key, or links elsewhere, is one that was known before.
//!
//! One entry is judged by itself where that is safe; where it is not, by what became of the whole document.

use std::collections::{HashMap, HashSet};

use url::Url;

use super::keys::{Basis, KeyPolicy, heading};
use super::relation::{Relation, relation};
use super::shape;
use crate::model::Entry;

/// Entries with different titles that must show the same before a document is believed to do something as a whole.
const FEWEST: usize = 3;
/// Polls in a row that must show the same before the policy changes.
const POLLS: u8 = 3;
/// Parameters that are left out of the links of one feed.
const MAX_VOLATILE: usize = 8;

/// Where an entry links now, seen from where it linked before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearing {
    Same,
    /// But for http and https, `www.`, AMP and the like.
    Variant,
    /// The same page but for these parameters.
    Parameters(Vec<String>),
    /// The same number or slug of the publisher's.
    Alike,
    /// At least one of the two has no address of its own.
    Nowhere,
    Other,
}

/// How an address lies to one that was known.
pub fn bearing(known: &Url, now: &Url) -> Bearing {
    if known == now {
        return Bearing::Same;
    }
    if shape::is_made_up(known) || shape::is_made_up(now) {
        return Bearing::Nowhere;
    }
    match relation(known, now) {
        Some(Relation::Variant) => return Bearing::Variant,
        Some(_) if known.path() != now.path() => return Bearing::Alike,
        _ => {}
    }
    shape::differing_parameters(known, now).map_or(Bearing::Other, Bearing::Parameters)
}

/// How an entry of a document resembles one that was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resemblance {
    pub bearing: Bearing,
    /// The same heading.
    pub is_titled_alike: bool,
    /// Whether both have the same date; `None` where one has none.
    pub has_same_date: Option<bool>,
    /// The same words throughout, dates and links aside.
    pub has_same_words: bool,
}

impl Resemblance {
    /// The better, the more likely it is the same entry.
    pub fn rank(&self) -> (bool, bool, u8) {
        let nearness = match self.bearing {
            Bearing::Same => 4,
            Bearing::Variant => 3,
            Bearing::Parameters(_) | Bearing::Alike => 2,
            Bearing::Nowhere => 1,
            Bearing::Other => 0,
        };
        (nearness >= 3, self.is_likely(), nearness)
    }

    /// Whether it may well be the same entry.
    pub fn is_near(&self) -> bool {
        let (is_there, is_likely, _) = self.rank();
        is_there || is_likely
    }

    /// Enough where the whole document shows the same.
    fn is_likely(&self) -> bool {
        self.is_titled_alike && (self.has_same_date == Some(true) || self.has_same_words)
    }

    /// Enough by itself: the same title, with the date or, where there are none, with more words than a title's.
    fn is_plain(&self, entry: &Entry) -> bool {
        let has_more = entry.summary.is_some() || !entry.text.is_empty();
        self.is_titled_alike && self.has_same_date.unwrap_or(self.has_same_words && has_more)
    }
}

/// An entry of a document, beside the known one that it has the key of or resembles most.
#[derive(Debug, Clone)]
pub struct Sight<'a> {
    pub entry: &'a Entry,
    /// The identity of its article.
    pub address: Url,
    pub is_known_by_key: bool,
    /// `None` where nothing known is like it. One that has another key does not stand in this document itself.
    pub resemblance: Option<Resemblance>,
}

/// What became of a document as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Nearly all came under other keys, and half of it or more was known.
    pub has_migrated: bool,
    /// Half of what is known by its key links elsewhere under the same titles.
    pub has_moved: bool,
    /// What is known says the same with other dates.
    pub is_redated: bool,
}

impl Verdict {
    /// Judges a document beside what was known before it.
    pub fn on(sights: &[Sight<'_>]) -> Self {
        let whole = Self { has_migrated: has_migrated(sights), has_moved: has_moved(sights), is_redated: false };
        let same: Vec<&Sight<'_>> = sights.iter().filter(|sight| whole.is_same(sight)).collect();
        Self { is_redated: is_redated(&same), ..whole }
    }

    /// Whether an entry is the known one that it was seen beside.
    pub fn is_same(&self, sight: &Sight<'_>) -> bool {
        let Some(like) = &sight.resemblance else { return false };
        let is_plain = || like.is_plain(sight.entry);
        let is_likely = like.is_likely() && self.has_migrated;
        match (&like.bearing, sight.is_known_by_key) {
            (Bearing::Same, _) | (Bearing::Variant | Bearing::Alike | Bearing::Nowhere, true) => true,
            (Bearing::Variant, false) => like.is_titled_alike || self.has_migrated,
            (Bearing::Parameters(names), true) => {
                let may_be_token = like.is_titled_alike && !names.iter().any(|name| shape::is_id_parameter(name));
                may_be_token || is_plain()
            }
            (Bearing::Other, true) => is_plain() || self.has_moved && like.is_titled_alike,
            (Bearing::Parameters(_) | Bearing::Alike, false) => is_plain() || is_likely,
            (Bearing::Nowhere, false) => is_plain() && like.has_same_words && like.has_same_date.is_some() || is_likely,
            (Bearing::Other, false) => is_likely,
        }
    }
}

impl KeyPolicy {
    /// Learns from a document beside what was known before it.
    pub fn learn(&mut self, sights: &[Sight<'_>]) {
        let verdict = Verdict::on(sights);
        let same: Vec<&Sight<'_>> = sights.iter().filter(|sight| verdict.is_same(sight)).collect();
        self.learn_parameters(sights, &same);
        self.learn_basis(sights, &same);
    }

    /// Learns which parameters are made up for each request: the same entries come with another one at every poll, and
    /// without it they still link to different pages.
    fn learn_parameters(&mut self, sights: &[Sight<'_>], same: &[&Sight<'_>]) {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for sight in same {
            if let Some(Resemblance { bearing: Bearing::Parameters(names), .. }) = &sight.resemblance {
                names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
            }
        }
        let stays = |name: &str| {
            let has = |url: &Url| url.query_pairs().any(|(other, _)| other.eq_ignore_ascii_case(name));
            let is_same =
                |sight: &&&Sight<'_>| matches!(&sight.resemblance, Some(like) if like.bearing == Bearing::Same);
            same.iter().filter(is_same).any(|sight| has(&sight.address))
        };
        let mut found: Vec<&str> = counts.keys().copied().filter(|name| !stays(name)).collect();
        found.sort_unstable();
        let mut suspects = Vec::new();
        for name in found {
            let before = self.suspects.iter().find(|(suspect, _)| suspect == name).map_or(0, |(_, polls)| *polls);
            let polls = before.saturating_add(1);
            let is_shown = counts[name] >= FEWEST || polls >= POLLS;
            if is_shown && self.volatile.len() < MAX_VOLATILE && are_apart_without(name, sights) {
                self.volatile.push(name.to_owned());
            } else {
                suspects.push((name.to_owned(), polls));
            }
        }
        suspects.truncate(MAX_VOLATILE);
        self.suspects = suspects;
        self.volatile.sort();
    }

    /// Learns that keys are none: most entries came under others, or the same ones stand for other things, three polls
    /// in a row. One such poll is a feed that was published anew.
    fn learn_basis(&mut self, sights: &[Sight<'_>], same: &[&Sight<'_>]) {
        let taken: Vec<_> = same.iter().filter(|sight| !sight.is_known_by_key).collect();
        let by_key = sights.iter().filter(|sight| sight.is_known_by_key).count();
        let shifted = by_key - (same.len() - taken.len());
        let is_churned = !taken.is_empty() && taken.len() * 2 >= sights.len();
        let is_shifted = shifted >= FEWEST && shifted * 2 >= sights.len();
        if !is_churned && !is_shifted {
            // What is all new, or empty, says nothing.
            if by_key > 0 {
                self.churned = 0;
            }
            return;
        }
        self.churned = self.churned.saturating_add(1);
        if self.churned < POLLS {
            return;
        }
        self.churned = 0;
        let is_steady = |sight: &&&Sight<'_>| {
            let bearing = sight.resemblance.as_ref().map(|like| &like.bearing);
            matches!(bearing, Some(Bearing::Same | Bearing::Variant | Bearing::Parameters(_)))
        };
        let has_links = is_shifted || taken.iter().copied().filter(is_steady).count() * 2 >= taken.len();
        self.basis = if self.basis == Basis::Id && has_links { Basis::Link } else { Basis::Title };
    }
}

/// Nearly nothing kept its key, and half of all is known by title with date or words, or by where it links.
fn has_migrated(sights: &[Sight<'_>]) -> bool {
    let kept = sights.iter().filter(|sight| sight.is_known_by_key).count();
    let is_known = |sight: &&Sight<'_>| {
        let like = sight.resemblance.as_ref().filter(|_| !sight.is_known_by_key);
        like.is_some_and(|like| matches!(like.bearing, Bearing::Same | Bearing::Variant) || like.is_likely())
    };
    kept * 4 <= sights.len() && are_many(sights.iter().filter(is_known), sights.len())
}

fn has_moved(sights: &[Sight<'_>]) -> bool {
    let known = sights.iter().filter(|sight| sight.is_known_by_key);
    let is_elsewhere = |sight: &&Sight<'_>| {
        let like = sight.resemblance.as_ref();
        like.is_some_and(|like| like.bearing == Bearing::Other && like.is_titled_alike)
    };
    are_many(known.clone().filter(is_elsewhere), known.count())
}

fn is_redated(same: &[&Sight<'_>]) -> bool {
    let is_redated = |sight: &&&Sight<'_>| {
        let like = sight.resemblance.as_ref();
        like.is_some_and(|like| like.has_same_words && like.has_same_date == Some(false))
    };
    let count = same.iter().filter(is_redated).count();
    count >= FEWEST && count * 4 >= same.len() * 3
}

/// Whether these are half of all or more, and of different titles; all, where there are but two.
fn are_many<'a>(sights: impl Iterator<Item = &'a Sight<'a>>, all: usize) -> bool {
    let titles: Vec<Option<&str>> = sights.map(|sight| heading(sight.entry)).collect();
    let different = titles.iter().collect::<HashSet<_>>().len();
    different >= FEWEST && titles.len() * 2 >= all || different >= 2 && titles.len() == all
}

/// Whether no two entries of different titles link to one page once the parameter is left out.
fn are_apart_without(name: &str, sights: &[Sight<'_>]) -> bool {
    let names = [name.to_owned()];
    let mut pages: HashMap<Url, Option<&str>> = HashMap::new();
    sights.iter().all(|sight| {
        let heading = heading(sight.entry);
        *pages.entry(shape::without_parameters(&sight.address, &names)).or_insert(heading) == heading
    })
}
