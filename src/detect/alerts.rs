//! When a rule alerts: on what is new, on what changed, on what came back or went (`rules.md`, "When a rule alerts").

use crate::diff;
use crate::model::{Alert, ArticleText, Baseline, Change, Diff, Event, FeedFacts, Mark, Match, MatchField, Version};
use crate::rule::{About, RuleRef, RuleSet, Subject};

use super::Known;

/// The alerts of a version, given the one before it: what `rules test` replays over the archive.
///
/// `before` is `None` for the first version.
pub fn alerts(
    rules: &RuleSet,
    known: &Known<'_>,
    before: Option<&Version>,
    text: &ArticleText,
    change: Option<&Change>,
) -> Vec<Alert> {
    match (before, change) {
        (Some(before), Some(change)) => on_revision(rules, known, before, text, change),
        _ => on_first(rules, known, text),
    }
}

/// A first version: every rule that matches, unless the article is older than our watch.
pub(super) fn on_first(rules: &RuleSet, known: &Known<'_>, text: &ArticleText) -> Vec<Alert> {
    if known.baseline == Baseline::Old {
        return Vec::new();
    }
    let subject = subject(known, text, Event::New, None);
    fire(rules, known, Event::New, &subject)
}

/// The same article, read better or announced by further feeds: the rules that match now and could not have been told
/// before, neither by the reading `before` nor under the feeds that announced the article then.
pub(super) fn on_better_reading(
    rules: &RuleSet,
    known: &Known<'_>,
    before: &ArticleText,
    text: &ArticleText,
) -> Vec<Alert> {
    let feeds: Vec<FeedFacts> =
        known.feeds.iter().filter(|feed| !known.new_feeds.contains(&feed.name)).cloned().collect();
    let earlier = Known { feeds: &feeds, ..*known };
    let told = matching(rules, &earlier, &subject(&earlier, before, Event::New, None));
    let mut found = on_first(rules, known, text);
    found.retain(|alert| !told.iter().any(|index| rules.rule(*index).name == alert.rule));
    found
}

/// An article that a further feed announces, as it reads: the rules that match now and did not under the feeds known
/// before.
pub(super) fn on_new_feeds(rules: &RuleSet, known: &Known<'_>, text: &ArticleText) -> Vec<Alert> {
    match known.new_feeds.is_empty() {
        true => Vec::new(),
        false => on_better_reading(rules, known, text, text),
    }
}

/// A revision: see the module's source.
pub(super) fn on_revision(
    rules: &RuleSet,
    known: &Known<'_>,
    before: &Version,
    text: &ArticleText,
    change: &Change,
) -> Vec<Alert> {
    let Some(severity) = change.severity else { return Vec::new() };
    if change.is_marked(Mark::Reused) {
        return on_new_story(rules, known, text);
    }
    let aligned = diff::align(&before.text, text);
    let now = subject(known, text, Event::Revised, Some((&before.text, &aligned)));
    let earlier = subject(known, &before.text, Event::Revised, None);
    let matched_before = matching(rules, known, &earlier);
    let mut matched_now = rules.matches(&now, known.feeds);

    // A rule that matched only before still tells of an edit that matters: the words it watches may have just gone.
    for (index, matches) in rules.matches(&earlier, known.feeds) {
        if !matched_now.iter().any(|(found, _)| *found == index) && !rules.rule(index).uses_change {
            matched_now.push((index, matches.into_iter().map(no_longer).collect()));
        }
    }
    matched_now.sort_by_key(|(index, _)| *index);

    // A rule that holds only because of the words that came or went fires on exactly those, whatever the severity.
    let unchanged = subject(known, text, Event::Revised, None);
    let holds_anyway = matching(rules, known, &unchanged);
    let by_the_change = |index: &usize| rules.rule(*index).uses_change && !holds_anyway.contains(index);
    let wanted = |index: &usize| {
        let rule = rules.rule(*index);
        rule.on.contains(&Event::Revised)
            && (by_the_change(index) || severity >= rule.min_severity || !matched_before.contains(index))
    };
    let fired = matched_now.into_iter().filter(|(index, _)| wanted(index));
    let revised = |(index, matches): (usize, Vec<Match>)| Alert {
        newly: !matched_before.contains(&index) && !by_the_change(&index),
        ..alert(rules.rule(index), Event::Revised, matches)
    };
    let mut alerts: Vec<Alert> = fired.map(revised).collect();
    if known.gone {
        // Returned with another text: those who asked only for returns hear of it too.
        let back = subject(known, text, Event::Back, Some((&before.text, &aligned)));
        let returned = fire(rules, known, Event::Back, &back);
        alerts.extend(
            returned.into_iter().filter(|back| !alerts.iter().any(|told| told.rule == back.rule)).collect::<Vec<_>>(),
        );
    }
    alerts
}

/// Another story at the same address: as new, whatever stood there before and however the article began. Those who ask
/// for revisions alone hear nothing, since none was made.
fn on_new_story(rules: &RuleSet, known: &Known<'_>, text: &ArticleText) -> Vec<Alert> {
    fire(rules, known, Event::New, &subject(known, text, Event::New, None))
}

/// A match in the version before of a rule that no longer matches. Places count in that version's text; in its other
/// fields there is no place to point at.
fn no_longer(found: Match) -> Match {
    let (start, end) = if found.field == MatchField::Body { (found.start, found.end) } else { (0, 0) };
    Match { field: MatchField::Removed, start, end, ..found }
}

/// Adds what a further feed's announcement tells beside what was found at the same look.
pub(super) fn add_new_feeds(alerts: &mut Vec<Alert>, rules: &RuleSet, known: &Known<'_>, text: &ArticleText) {
    let mut announced = on_new_feeds(rules, known, text);
    announced.retain(|new| !alerts.iter().any(|told| told.rule == new.rule));
    alerts.extend(announced);
}

/// Taken down: every rule that its last version matches.
pub(super) fn on_removal(rules: &RuleSet, known: &Known<'_>, text: &ArticleText) -> Vec<Alert> {
    fire(rules, known, Event::Gone, &subject(known, text, Event::Gone, None))
}

/// Returned as it was: every rule that it matches.
pub(super) fn on_return(rules: &RuleSet, known: &Known<'_>, text: &ArticleText) -> Vec<Alert> {
    fire(rules, known, Event::Back, &subject(known, text, Event::Back, None))
}

/// Whether any rule matches an article as it is.
pub fn is_matched(rules: &RuleSet, known: &Known<'_>, text: &ArticleText) -> bool {
    !matching(rules, known, &subject(known, text, Event::Revised, None)).is_empty()
}

fn fire(rules: &RuleSet, known: &Known<'_>, event: Event, subject: &Subject<'_>) -> Vec<Alert> {
    let found = rules.matches(subject, known.feeds).into_iter();
    let wanted = found.filter(|(index, _)| rules.rule(*index).on.contains(&event));
    wanted.map(|(index, matches)| alert(rules.rule(index), event, matches)).collect()
}

fn matching(rules: &RuleSet, known: &Known<'_>, subject: &Subject<'_>) -> Vec<usize> {
    rules.which_match(subject, known.feeds)
}

fn subject<'a>(
    known: &'a Known<'_>,
    text: &'a ArticleText,
    event: Event,
    change: Option<(&'a ArticleText, &'a Diff)>,
) -> Subject<'a> {
    Subject::new(text, &About { url: known.url, feeds: known.feeds, event: Some(event), change })
}

fn alert(rule: RuleRef<'_>, event: Event, matches: Vec<Match>) -> Alert {
    Alert {
        rule: rule.name.to_owned(),
        query: rule.query.to_owned(),
        event,
        feeds: rule.feeds.iter().map(ToString::to_string).collect(),
        to: rule.to.to_vec(),
        urgent: rule.urgent,
        newly: false,
        matches,
    }
}
