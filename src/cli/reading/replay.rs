//! `rules test`: the archive replayed against one rule.

use std::cell::OnceCell;
use std::ops::ControlFlow;
use std::time::Duration;

use super::{Desk, Told, print, print_json};
use crate::archive::look_through;
use crate::cli::exit::Exit;
use crate::cli::progress::Progress;
use crate::cli::render;
use crate::detect::{self, Known};
use crate::documents::{self, WouldAlert};
use crate::model::{Alert, Baseline, Event, Mark, Severity, Surroundings, Timestamp, Version};
use crate::rule::{About, Query, Rule, RuleSet, Subject};
use crate::schedule::Since;
use crate::store::{Archived, ArticleFilter, StoreError, VersionRow};

/// What a rule with this query would have alerted on, newest first.
pub(super) async fn test(desk: &Desk, typed: &str, since: Option<Since>, is_json: bool) -> anyhow::Result<Exit> {
    let Some(query) = desk.query(typed) else { return Ok(Exit::Misused) };
    desk.remark_on_events(&query, Told::Replayed);
    let store = desk.store().await?;
    let since = since.map(|since| since.at(desk.terminal.zone, desk.terminal.now));
    let filter = ArticleFilter { since, ..ArticleFilter::default() };
    let articles = store.select(filter, query.narrowing()).await?;
    let looked_at = articles.len() as u64;
    let progress = if desk.is_quiet { Progress::hidden() } else { Progress::new("testing articles", looked_at) };
    let rule = Rehearsal { rules: RuleSet::new(vec![as_rule(query.clone())]), query, since };
    let mut found = Vec::new();
    let mut damaged = Vec::new();
    let look = move |archived: Archived<'_>| rule.replay(&archived);
    let unread = look_through(
        &store,
        articles,
        |steps| progress.advance(steps),
        look,
        |replayed| {
            found.extend(replayed.alerts);
            damaged.extend(replayed.damaged);
            ControlFlow::Continue(())
        },
    )
    .await?;
    progress.finish();
    damaged.extend(unread);
    desk.remark_on_damage(&damaged);
    found.sort_by_key(|found: &WouldAlert| std::cmp::Reverse((found.observed_at, found.article, found.version)));
    if is_json {
        print_json(&documents::RuleTest { matches: &found })?;
        return Ok(Exit::Fine);
    }
    print(&render::rules::tested(&found, &desk.terminal))?;
    let articles = store.status().await?.articles;
    desk.remark(&render::rules::tested_summary(&found, looked_at, articles));
    Ok(Exit::Fine)
}

/// A rule as `[[rule]]` makes it of a query alone.
fn as_rule(query: Query) -> Rule {
    Rule {
        name: "test".to_owned(),
        query,
        feeds: Vec::new(),
        on: vec![Event::New, Event::Revised],
        min_severity: Severity::Notable,
        to: Vec::new(),
        urgent: false,
    }
}

/// One rule, tried on what was stored before it.
struct Rehearsal {
    rules: RuleSet,
    query: Query,
    /// Only what was observed from then on.
    since: Option<Timestamp>,
}

/// What the replay of one article gave.
struct Replayed {
    alerts: Vec<WouldAlert>,
    /// The version that could not be read; those behind it are left out.
    damaged: Option<String>,
}

/// A version that was read, with whether the rule's query holds for it as it is, if somebody has asked.
struct Read {
    version: Version,
    holds: OnceCell<bool>,
}

impl Rehearsal {
    fn replay(&self, archived: &Archived<'_>) -> Result<Replayed, StoreError> {
        let mut alerts = Vec::new();
        match self.replay_versions(archived, &mut alerts) {
            Ok(()) => Ok(Replayed { alerts, damaged: None }),
            Err(StoreError::Unreadable(what)) => Ok(Replayed { alerts, damaged: Some(what) }),
            Err(error) => Err(error),
        }
    }

    fn replay_versions(&self, archived: &Archived<'_>, alerts: &mut Vec<WouldAlert>) -> Result<(), StoreError> {
        let mut rows = archived.versions()?;
        rows.retain(|row| row.hidden.is_none());
        let is_wanted = |row: &VersionRow| self.since.is_none_or(|since| row.observed_at >= since);
        let mut before: Option<Read> = None;
        for (index, row) in rows.iter().enumerate() {
            let is_needed_next = rows.get(index + 1).is_some_and(is_wanted);
            if !is_wanted(row) && !is_needed_next {
                continue;
            }
            let Some(version) = archived.version(row.number)? else { return Ok(()) };
            let read = Read { version, holds: OnceCell::new() };
            if is_wanted(row) {
                alerts.extend(self.would_alert(archived, before.as_ref(), &read, row));
            }
            before = Some(read);
        }
        Ok(())
    }

    fn would_alert(
        &self,
        archived: &Archived<'_>,
        before: Option<&Read>,
        read: &Read,
        row: &VersionRow,
    ) -> Option<WouldAlert> {
        let mut alerts = match before {
            Some(before) if row.is_technical() => self.on_other_reading(archived, &before.version, &read.version),
            Some(before) if self.is_sure_of_nothing(archived, before, read, row) => Vec::new(),
            // Whether it holds is asked again for the next version, and the same where nobody asks for the event.
            None if !self.query.uses_change() && !self.query.uses_event() && !self.holds(archived, read) => Vec::new(),
            before => {
                let before = before.map(|before| &before.version);
                let known = known(archived, before);
                detect::alerts(&self.rules, &known, before, &read.version.text, row.change.as_ref())
            }
        };
        let alert = alerts.pop()?;
        Some(WouldAlert {
            article: archived.row.id,
            version: row.number,
            event: alert.event,
            headline: row.headline.clone(),
            terms: alert.matches,
            observed_at: row.observed_at,
        })
    }

    fn on_other_reading(&self, archived: &Archived<'_>, before: &Version, version: &Version) -> Vec<Alert> {
        // Our reading changed, which never alerts.
        if before.source == version.source {
            return Vec::new();
        }
        // The page is read in place of the feed's text: what that had matched already is no news.
        let known = known(archived, Some(before));
        let told = !detect::alerts(&self.rules, &known, None, &before.text, None).is_empty();
        if told { Vec::new() } else { detect::alerts(&self.rules, &known, None, &version.text, None) }
    }

    /// Whether a revision cannot alert, because the query holds neither before nor after it: then nobody needs to know
    /// which words changed, which takes longer than all the rest.
    fn is_sure_of_nothing(&self, archived: &Archived<'_>, before: &Read, read: &Read, row: &VersionRow) -> bool {
        let is_other_story = row.change.as_ref().is_none_or(|change| change.is_marked(Mark::Reused));
        !is_other_story && !self.query.uses_change() && !self.holds(archived, before) && !self.holds(archived, read)
    }

    fn holds(&self, archived: &Archived<'_>, read: &Read) -> bool {
        *read.holds.get_or_init(|| {
            let about =
                About { url: &archived.row.url, feeds: &archived.feeds, event: Some(Event::Revised), change: None };
            self.query.matches(&Subject::new(&read.version.text, &about)).is_some()
        })
    }
}

/// What `detect` asks of an article, as far as alerts depend on it.
fn known<'a>(archived: &'a Archived<'_>, latest: Option<&'a Version>) -> Known<'a> {
    Known {
        article: archived.row.id,
        url: &archived.row.url,
        feeds: &archived.feeds,
        new_feeds: &[],
        entry_is_source: false,
        baseline: Baseline::News,
        latest,
        fingerprints: &[],
        candidate: None,
        missing: None,
        gone: false,
        confirm: Duration::ZERO,
        surroundings: Surroundings::unknown(),
    }
}
