//! The whole decision about one look at an article: from what is known and what was captured to a finding.
//!
//! Pure, so that it can be tested, replayed and back-tested: the daemon, `rules test` and the tests all call
//! [`assess`].

mod alerts;
mod absence;
mod overlap;
mod blocks;
mod template;
mod step;
mod fates;
mod agree;
mod variants;
mod site;
mod brake;
mod developing;
mod confirm;
mod reuse;
mod quality;
mod carry;
mod reread;

use std::time::Duration;

use url::Url;

use crate::diff;
use crate::model::{
    Alert, ArticleId, ArticleText, Baseline, Candidate, Capture, Change, FeedFacts, Fitness, Kind, Mark, Missing,
    Severity, Sightings, Source, Surroundings, Timestamp, Version,
};
use crate::rule::RuleSet;

pub use absence::{Absence, assess_absence, is_host_missing};
pub use alerts::{alerts, is_matched};
pub use brake::{BRAKED_STEP, is_braked};
pub use carry::carry;
pub use developing::is_developing;
pub use quality::{body, repeated, shortened};
pub use reread::{Page, assess_anew, choice, read_anew, reread};
pub use template::{edges, lesson};
pub use variants::alternation;

use agree::Agreement;
use confirm::Verdict;
use reuse::Reuse;
use step::Step;
use template::Template;
use variants::Standing;

/// How much later than asked for the look behind the first one can still settle which of its blocks stay.
const SETTLES_WITHIN: Duration = Duration::from_secs(5 * 60);
/// Most blocks beside an article that are remembered.
const MAX_BESIDE: usize = 256;

/// What is known of an article before a look at it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub article: ArticleId,
    pub url: &'a Url,
    pub feeds: &'a [FeedFacts],
    /// Names of those in `feeds` that have announced it since the last look.
    pub new_feeds: &'a [String],
    /// Whether its entry is meant to be read in place of its page (`follow = false`).
    pub entry_is_source: bool,
    pub baseline: Baseline,
    pub latest: Option<&'a Version>,
    /// Of the stored versions, newest first.
    pub fingerprints: &'a [(u32, [u8; 32])],
    pub candidate: Option<Candidate>,
    pub missing: Option<Missing>,
    /// Told as gone, and not back yet.
    pub gone: bool,
    /// How long after a changed reading the second fetch comes that confirms it.
    pub confirm: Duration,
    /// What is known beyond the article.
    pub surroundings: &'a Surroundings,
}

/// What a look at an article found.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Reads as the latest version does.
    Unchanged,
    /// Reads as the latest version does, where the look before read otherwise: look again after this long.
    Unsteady {
        again_in: Duration,
    },
    /// Reads as before, and a further feed announces it, whose rules match.
    Announced {
        alerts: Vec<Alert>,
    },
    /// Not fit to be read; no version.
    Unfit(Fitness),
    /// Reads differently: look again after this long.
    Unconfirmed {
        candidate: Candidate,
        again_in: Duration,
    },
    Version(Box<FoundVersion>),
    /// Missing, but not yet often or long enough to say so.
    Missing(Missing),
    /// Missing long enough, but so is hardly less than all of its host: `articles` in all. The host is broken or moved.
    HostMissing {
        missing: Missing,
        articles: u32,
    },
    Gone {
        missing: Missing,
        alerts: Vec<Alert>,
    },
    /// Returned, and reads as before.
    Back {
        alerts: Vec<Alert>,
    },
}

/// A version to be stored, with the alerts that it raises.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundVersion {
    pub version: Version,
    pub fingerprint: [u8; 32],
    pub change: Option<Change>,
    pub alerts: Vec<Alert>,
    /// Look again after this long, in place of what the schedule says.
    pub again_in: Option<Duration>,
    /// What the site changed on many of its pages at once, in words; the version is technical then.
    pub site_change: Option<String>,
}

/// Decides what a capture means, and notes in `sightings` what the next look has to know of this one.
pub fn assess(
    rules: &RuleSet,
    known: &Known<'_>,
    sightings: &mut Sightings,
    capture: Capture,
    now: Timestamp,
) -> Finding {
    if let Some(fitness) = quality::doubt(known, sightings, &capture, now) {
        return Finding::Unfit(fitness);
    }
    let Some(latest) = known.latest else {
        return first_version(rules, known, sightings, capture);
    };
    if latest.source == Source::Page && capture.source == Source::Feed && !known.entry_is_source {
        // The page is the better witness; its feed's text is read only until the page can be.
        return Finding::Unchanged;
    }
    if capture.source == Source::Feed || latest.source == Source::Feed {
        return assess_feed(rules, known, sightings, latest, capture, now);
    }
    assess_page(rules, known, sightings, latest, capture, now)
}

/// A text that needs no second look: the feed's own, or the page's in its place.
fn assess_feed(
    rules: &RuleSet,
    known: &Known<'_>,
    sightings: &mut Sightings,
    latest: &Version,
    capture: Capture,
    now: Timestamp,
) -> Finding {
    let fingerprint = diff::fingerprint(&capture.text);
    if capture.source != latest.source {
        let alerts = alerts::on_better_reading(rules, known, &latest.text, &capture.text);
        let change = Some(technical(&latest.text, &capture.text));
        let again_in = begin_sightings(known, sightings, &capture);
        let version = version(latest.number + 1, capture);
        return found(FoundVersion { version, fingerprint, change, alerts, again_in, site_change: None });
    }
    if diff::fingerprint(&latest.text) == fingerprint {
        return as_before(rules, known, latest);
    }
    if let Some(again_in) = brake::wait(known, latest, now) {
        return Finding::Unconfirmed { candidate: Candidate { fingerprint, seen_at: now, attempts: 0 }, again_in };
    }
    let marks = if is_braked(known, now) { vec![Mark::Braked] } else { Vec::new() };
    next_version(rules, known, latest, capture, marks, None)
}

/// The page again: what it and the latest version agree on, and what two looks in a row say of the rest.
fn assess_page(
    rules: &RuleSet,
    known: &Known<'_>,
    sightings: &mut Sightings,
    latest: &Version,
    capture: Capture,
    now: Timestamp,
) -> Finding {
    match reuse::judge(known, latest, &capture.text, sightings, now) {
        Reuse::No => {}
        Reuse::Wait(candidate) => return Finding::Unconfirmed { candidate, again_in: known.confirm },
        Reuse::Yes => return next_story(rules, known, sightings, latest, capture, now),
    }
    let template = Template::of(&known.surroundings.memory, known.article);
    let agreement = Agreement::of(&latest.text, &capture, sightings, &template);
    sightings.shown.clear();
    let unsettled_since = sightings.unsettled_since.take();
    let is_settling = unsettled_since.is_some_and(|since| now.since(since) <= known.confirm + SETTLES_WITHIN);
    let unsteady: Vec<&Step> = agreement.steps.iter().filter(|step| agreement.is_unsteady(step)).collect();
    remember(sightings, agreement.beside());
    if is_settling && !known.gone && !unsteady.is_empty() {
        let mut text = agreement.text_without(&unsteady);
        if text.paragraphs.is_empty() {
            // The first look read nothing of the article; what it left out is there.
            text.paragraphs = agreement.paragraphs(agreement.missed(sightings, &template));
        }
        // Where nothing is left, the text was replaced: a first report by the whole story.
        if !text.paragraphs.is_empty() {
            let again_in = (unsteady.len() < agreement.steps.len()).then_some(known.confirm);
            sightings.restless.extend(unsteady.iter().flat_map(|step| &step.marks));
            let alerts = alerts::on_better_reading(rules, known, &latest.text, &text);
            return settled(latest, Capture { text, ..capture }, alerts, again_in);
        }
    }
    let of_template: Vec<&Step> =
        agreement.steps.iter().filter(|step| agreement.is_of_template(step, &template)).collect();
    if !of_template.is_empty() && !known.gone {
        let text = agreement.text_without(&of_template);
        let again_in = (of_template.len() < agreement.steps.len()).then_some(known.confirm);
        let alerts = alerts::on_new_feeds(rules, known, &text);
        return settled(latest, Capture { text, ..capture }, alerts, again_in);
    }
    if let Some(finding) = complete(rules, known, sightings, latest, &capture, &agreement, &template) {
        return finding;
    }
    if agreement.steps.is_empty() {
        return same(rules, known, latest, sightings, now);
    }
    let is_confirming = is_confirming(known, now);
    sightings.shown = site::digests(&agreement);
    let looks_again = variants::note(sightings, Some(&agreement), is_confirming, now);
    match confirm::judge(known, latest, &capture, &agreement, sightings, now) {
        Verdict::Wait(candidate, again_in) => Finding::Unconfirmed { candidate, again_in },
        Verdict::Nothing => steady(as_before(rules, known, latest), looks_again, known),
        Verdict::Believed(steps, again_in) => {
            if let Some(again_in) = brake::wait(known, latest, now) {
                let fingerprint = diff::fingerprint(&agreement.text(|step| steps.contains(step)));
                return Finding::Unconfirmed {
                    candidate: Candidate { fingerprint, seen_at: now, attempts: 0 },
                    again_in,
                };
            }
            take_steps(
                rules,
                known,
                sightings,
                Believed { latest, capture: &capture, agreement: &agreement, steps, again_in },
                now,
            )
        }
    }
}

/// Another story at the same address: its page is known as little as that of a first version.
fn next_story(
    rules: &RuleSet,
    known: &Known<'_>,
    sightings: &mut Sightings,
    latest: &Version,
    capture: Capture,
    now: Timestamp,
) -> Finding {
    if let Some(again_in) = brake::wait(known, latest, now) {
        let fingerprint = diff::fingerprint(&capture.text);
        return Finding::Unconfirmed { candidate: Candidate { fingerprint, seen_at: now, attempts: 0 }, again_in };
    }
    let again_in = begin_sightings(known, sightings, &capture);
    let marks = if is_braked(known, now) { vec![Mark::Braked] } else { Vec::new() };
    next_version(rules, known, latest, capture, marks, again_in)
}

/// Steps that are believed, with what they are steps of.
struct Believed<'a> {
    latest: &'a Version,
    capture: &'a Capture,
    agreement: &'a Agreement<'a>,
    steps: Vec<Step>,
    again_in: Option<Duration>,
}

/// The next version. What the site changed on many pages comes first, as a version of its own that nobody is told of; the
/// rest is found again at the next look.
fn take_steps(
    rules: &RuleSet,
    known: &Known<'_>,
    sightings: &mut Sightings,
    believed: Believed<'_>,
    now: Timestamp,
) -> Finding {
    let Believed { latest, capture, agreement, steps, again_in } = believed;
    let (of_site, of_article): (Vec<Step>, Vec<Step>) =
        steps.into_iter().partition(|step| !known.gone && site::is_of_site(known, agreement, step));
    let (steps, again_in) = match (of_site.is_empty(), of_article.is_empty()) {
        (true, _) => (&of_article, again_in),
        (false, true) => (&of_site, again_in),
        (false, false) => (&of_site, Some(known.confirm)),
    };
    let text = agreement.text(|step| steps.contains(step));
    let has_alternated = |step| variants::standing(sightings, agreement, step, now) == Standing::Stood;
    let mut marks = Vec::new();
    if steps.iter().any(has_alternated) {
        marks.push(Mark::Alternating);
    }
    if quality::is_shortened(&latest.text, &text) {
        marks.push(Mark::Shortened);
    }
    if is_braked(known, now) {
        marks.push(Mark::Braked);
    }
    variants::believe(sightings, agreement, steps);
    sightings.pending.retain(|(digest, _)| !steps.iter().any(|step| step.digest == *digest));
    // What was believed is no step of the next look, and has not gone for that.
    sightings.waiting.retain(|(digest, _)| !steps.iter().any(|step| step.digest == *digest));
    // The blocks of the page have done their work.
    let capture = Capture {
        text,
        page: Vec::new(),
        fitness: capture.fitness.clone(),
        wall: capture.wall.clone(),
        final_url: capture.final_url.clone(),
        ..*capture
    };
    match site::told(known, agreement, &of_site) {
        Some(told) => {
            let alerts = alerts::on_new_feeds(rules, known, &capture.text);
            site_version(latest, capture, alerts, again_in, told)
        }
        None => next_version(rules, known, latest, capture, marks, again_in),
    }
}

fn site_version(
    latest: &Version,
    capture: Capture,
    alerts: Vec<Alert>,
    again_in: Option<Duration>,
    told: String,
) -> Finding {
    let fingerprint = diff::fingerprint(&capture.text);
    let change = Some(technical(&latest.text, &capture.text));
    let version = version(latest.number + 1, capture);
    found(FoundVersion { version, fingerprint, change, alerts, again_in, site_change: Some(told) })
}

/// The latest version again, by its bytes or word for word.
pub fn same(
    rules: &RuleSet,
    known: &Known<'_>,
    latest: &Version,
    sightings: &mut Sightings,
    now: Timestamp,
) -> Finding {
    sightings.unsettled_since = None;
    let looks_again = variants::note(sightings, None, is_confirming(known, now), now);
    confirm::count(sightings, &[]);
    steady(as_before(rules, known, latest), looks_again, known)
}

/// Whether this look follows another one that read differently, with no time between.
fn is_confirming(known: &Known<'_>, now: Timestamp) -> bool {
    known.candidate.is_some_and(|candidate| now.since(candidate.seen_at) <= known.confirm + SETTLES_WITHIN)
}

fn steady(finding: Finding, looks_again: bool, known: &Known<'_>) -> Finding {
    match finding {
        Finding::Unchanged if looks_again => Finding::Unsteady { again_in: known.confirm },
        finding => finding,
    }
}

fn as_before(rules: &RuleSet, known: &Known<'_>, latest: &Version) -> Finding {
    match known.gone {
        true => {
            let mut alerts = alerts::on_return(rules, known, &latest.text);
            alerts::add_new_feeds(&mut alerts, rules, known, &latest.text);
            Finding::Back { alerts }
        }
        false => unchanged(rules, known, &latest.text),
    }
}

/// The latest version with what earlier looks left out, once two looks in a row read it as part of the article. It stood
/// on the page before, so it is no revision; but rules that it matches have not been asked yet.
fn complete(
    rules: &RuleSet,
    known: &Known<'_>,
    sightings: &mut Sightings,
    latest: &Version,
    capture: &Capture,
    agreement: &Agreement<'_>,
    template: &Template,
) -> Option<Finding> {
    let missed = agreement.missed(sightings, template);
    let before = std::mem::replace(&mut sightings.missed, missed.iter().map(|(key, _)| *key).collect());
    let again: Vec<(u64, usize)> = missed.into_iter().filter(|(key, _)| before.contains(key)).collect();
    if again.is_empty() || known.gone {
        return None;
    }
    sightings.beside.retain(|block| !again.iter().any(|(key, _)| key == block));
    sightings.missed.clear();
    let text = agreement.text_with(&again.iter().map(|(_, block)| *block).collect::<Vec<_>>());
    let fingerprint = diff::fingerprint(&text);
    let change = Some(technical(&latest.text, &text));
    let alerts = alerts::on_better_reading(rules, known, &latest.text, &text);
    let version = version(latest.number + 1, Capture { text, ..capture.clone() });
    let again_in = (!agreement.steps.is_empty()).then_some(known.confirm);
    Some(found(FoundVersion { version, fingerprint, change, alerts, again_in, site_change: None }))
}

/// The latest version without blocks that are no text of the article.
fn settled(latest: &Version, capture: Capture, alerts: Vec<Alert>, again_in: Option<Duration>) -> Finding {
    let fingerprint = diff::fingerprint(&capture.text);
    let change = Some(technical(&latest.text, &capture.text));
    let version = version(latest.number + 1, capture);
    found(FoundVersion { version, fingerprint, change, alerts, again_in, site_change: None })
}

/// Begins to note what stands on a page; returns when to look again.
fn begin_sightings(known: &Known<'_>, sightings: &mut Sightings, capture: &Capture) -> Option<Duration> {
    if capture.source == Source::Feed || capture.page.is_empty() {
        return None;
    }
    *sightings = Sightings { unsettled_since: Some(capture.captured_at), ..Sightings::default() };
    let beside = blocks::Blocks::of(capture).beside();
    remember(sightings, beside.into_iter().map(|(_, key)| key).collect());
    Some(known.confirm)
}

fn remember(sightings: &mut Sightings, beside: Vec<u64>) {
    sightings.beside.retain(|block| !beside.contains(block));
    sightings.beside.extend(beside);
    let surplus = sightings.beside.len().saturating_sub(MAX_BESIDE);
    sightings.beside.drain(..surplus);
}

/// What a look that found nothing new still may tell: that a further feed announces the article.
pub fn unchanged(rules: &RuleSet, known: &Known<'_>, text: &ArticleText) -> Finding {
    match alerts::on_new_feeds(rules, known, text) {
        alerts if alerts.is_empty() => Finding::Unchanged,
        alerts => Finding::Announced { alerts },
    }
}

fn first_version(rules: &RuleSet, known: &Known<'_>, sightings: &mut Sightings, mut capture: Capture) -> Finding {
    if capture.source == Source::Page {
        Template::of(&known.surroundings.memory, known.article).leave(&mut capture.text.paragraphs);
    }
    let fingerprint = diff::fingerprint(&capture.text);
    let alerts = alerts::on_first(rules, known, &capture.text);
    let again_in = begin_sightings(known, sightings, &capture);
    found(FoundVersion { version: version(1, capture), fingerprint, change: None, alerts, again_in, site_change: None })
}

fn next_version(
    rules: &RuleSet,
    known: &Known<'_>,
    latest: &Version,
    capture: Capture,
    marks: Vec<Mark>,
    again_in: Option<Duration>,
) -> Finding {
    let fingerprint = diff::fingerprint(&capture.text);
    let mut change = classify(known, latest, &capture.text, fingerprint);
    marks.into_iter().for_each(|mark| change.mark(mark));
    reuse::mark(&mut change, latest, &capture.text, capture.source);
    let mut alerts = alerts::on_revision(rules, known, latest, &capture.text, &change);
    alerts::add_new_feeds(&mut alerts, rules, known, &capture.text);
    let version = version(latest.number + 1, capture);
    found(FoundVersion { version, fingerprint, change: Some(change), alerts, again_in, site_change: None })
}

/// The change as `diff` classifies it, with what only the history knows: a return to an earlier version, or to the web.
fn classify(known: &Known<'_>, latest: &Version, text: &ArticleText, fingerprint: [u8; 32]) -> Change {
    let mut change = diff::compare(&latest.text, text).unwrap_or_else(|| technical(&latest.text, text));
    let earlier = known.fingerprints.iter().find(|(number, print)| *print == fingerprint && *number != latest.number);
    if let Some((number, _)) = earlier {
        change.kinds.push(Kind::Restored);
        change.restores = Some(*number);
    }
    if known.gone {
        change.kinds.push(Kind::Back);
        change.severity = Some(Severity::Major);
    }
    change.kinds.sort_unstable();
    change
}

/// A change of our reading, not of the article.
fn technical(old: &ArticleText, new: &ArticleText) -> Change {
    let counts = diff::compare(old, new);
    Change {
        kinds: vec![Kind::Technical],
        severity: None,
        added_words: counts.as_ref().map_or(0, |change| change.added_words),
        removed_words: counts.as_ref().map_or(0, |change| change.removed_words),
        silent: false,
        figures: Vec::new(),
        marks: Vec::new(),
        restores: None,
    }
}

fn found(version: FoundVersion) -> Finding {
    Finding::Version(Box::new(version))
}

fn version(number: u32, capture: Capture) -> Version {
    Version { number, observed_at: capture.captured_at, source: capture.source, text: capture.text }
}
