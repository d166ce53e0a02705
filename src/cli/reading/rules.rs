//! `rules`, `rules test`, `rules explain`.

use std::time::Duration;

use super::articles::{version, version_row};
use super::search::{Articles, Seen};
use super::{Desk, find_history, print, print_json};
use crate::cli::arguments::{General, RulesArguments, RulesCommand};
use crate::cli::documents::{self, RuleRow, WouldAlert};
use crate::cli::exit::Exit;
use crate::cli::progress::Progress;
use crate::cli::reference::{ArticleVersion, Since};
use crate::cli::render;
use crate::detect::{self, Known};
use crate::model::{Baseline, Event, Severity, Surroundings, Timestamp, Version};
use crate::rule::{Query, Rule, RuleSet};
use crate::store::{ArticleFilter, Store, StoreError, StoredArticle, VersionRow};

/// The rules, or one of the commands about them.
pub async fn rules(general: &General, arguments: &RulesArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let is_json = |json: bool| json || arguments.list.json;
    match &arguments.command {
        None => list(&desk, arguments.list.json).await,
        Some(RulesCommand::Test { query, since, output }) => test(&desk, query, *since, is_json(output.json)).await,
        Some(RulesCommand::Explain { query, article, output }) => {
            explain(&desk, query, article, is_json(output.json)).await
        }
    }
}

async fn list(desk: &Desk, is_json: bool) -> anyhow::Result<Exit> {
    let hits = match desk.store_if_any().await? {
        Some(store) => store.rule_hits().await?,
        None => Vec::new(),
    };
    let row = |rule: &Rule| {
        let hits = hits.iter().find(|hits| hits.rule == rule.name);
        RuleRow {
            name: rule.name.clone(),
            query: rule.query.text().to_owned(),
            feeds: rule.feeds.iter().map(ToString::to_string).collect(),
            on: rule.on.clone(),
            min_severity: rule.min_severity,
            to: rule.to.clone(),
            urgent: rule.urgent,
            alerts: hits.map_or(0, |hits| hits.alerts),
            last_alert: hits.and_then(|hits| hits.last_at),
        }
    };
    let rows: Vec<RuleRow> = desk.config.rules.iter().map(row).collect();
    if is_json {
        print_json(&documents::Rules { rules: &rows })?;
        return Ok(Exit::Fine);
    }
    print(&render::rules::listed(&rows, &desk.terminal))?;
    if rows.is_empty() {
        desk.remark(render::rules::NONE);
    }
    Ok(Exit::Fine)
}

/// Replays the archive against one rule: what it would have alerted on, newest first.
async fn test(desk: &Desk, typed: &str, since: Option<Since>, is_json: bool) -> anyhow::Result<Exit> {
    let Some(query) = desk.query(typed) else { return Ok(Exit::Misused) };
    let store = desk.store().await?;
    let since = since.map(|since| since.at(desk.terminal.zone, desk.terminal.now));
    let total = if desk.is_quiet { 0 } else { store.status().await?.articles };
    let progress = if total > 0 { Progress::new("testing articles", total) } else { Progress::hidden() };
    let rules = RuleSet::new(vec![as_rule(query)]);
    let mut found = Vec::new();
    let mut articles = Articles::new(&store, ArticleFilter { since, ..ArticleFilter::default() });
    while let Some(article) = articles.next().await? {
        progress.advance(1);
        match replay(&store, &rules, &article, since, &mut found).await {
            Err(StoreError::Unreadable(what)) => desk.remark(&format!("left out what is damaged: {what}")),
            replayed => replayed?,
        }
    }
    progress.finish();
    found.sort_by_key(|found| std::cmp::Reverse((found.observed_at, found.article, found.version)));
    if is_json {
        print_json(&documents::RuleTest { matches: &found })?;
        return Ok(Exit::Fine);
    }
    print(&render::rules::tested(&found, &desk.terminal))?;
    desk.remark(&match found.is_empty() {
        true => "would not have alerted on anything that is stored".to_owned(),
        false => format!("{}, had the rule been there", render::rules::tested_summary(&found)),
    });
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

async fn replay(
    store: &Store,
    rules: &RuleSet,
    article: &StoredArticle,
    since: Option<Timestamp>,
    found: &mut Vec<WouldAlert>,
) -> Result<(), StoreError> {
    let Some(history) = store.history(article.row.id).await? else { return Ok(()) };
    let mut before: Option<Version> = None;
    for row in &history.versions {
        let is_wanted = since.is_none_or(|since| row.observed_at >= since);
        let is_needed_next = history
            .versions
            .get(row.number as usize)
            .is_some_and(|next| since.is_none_or(|since| next.observed_at >= since));
        if !is_wanted && !is_needed_next {
            continue;
        }
        let Some(version) = store.version(article.row.id, Some(row.number)).await? else { return Ok(()) };
        if is_wanted {
            found.extend(would_alert(rules, article, before.as_ref(), &version, row));
        }
        before = Some(version);
    }
    Ok(())
}

fn would_alert(
    rules: &RuleSet,
    article: &StoredArticle,
    before: Option<&Version>,
    version: &Version,
    row: &VersionRow,
) -> Option<WouldAlert> {
    let known = known(article, before);
    let is_technical = row.is_technical();
    let mut alerts = match before {
        // The page is read in place of the feed's text: what that had matched already is no news.
        Some(before) if is_technical && before.source != version.source => {
            let told = !detect::alerts(rules, &known, None, &before.text, None).is_empty();
            if told { Vec::new() } else { detect::alerts(rules, &known, None, &version.text, None) }
        }
        // Our reading changed, which never alerts.
        Some(_) if is_technical => Vec::new(),
        before => detect::alerts(rules, &known, before, &version.text, row.change.as_ref()),
    };
    let alert = alerts.pop()?;
    Some(WouldAlert {
        article: article.row.id,
        version: row.number,
        event: alert.event,
        headline: row.headline.clone(),
        terms: alert.matches,
        observed_at: row.observed_at,
    })
}

/// What `detect` asks of an article, as far as alerts depend on it.
fn known<'a>(article: &'a StoredArticle, latest: Option<&'a Version>) -> Known<'a> {
    Known {
        article: article.row.id,
        url: &article.row.url,
        feeds: &article.feeds,
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

async fn explain(desk: &Desk, typed: &str, named: &ArticleVersion, is_json: bool) -> anyhow::Result<Exit> {
    let Some(query) = desk.query(typed) else { return Ok(Exit::Misused) };
    let store = desk.store().await?;
    let history = find_history(&store, &named.article).await?;
    let row = version_row(&history, named.version)?;
    let version = version(&store, &history, row.number).await?;
    let Some(article) = store.article(history.article.id).await? else { return Ok(Exit::Failed) };
    let seen = Seen::new(&store, article.row.id, version, query.uses_change()).await?;
    let explanation = seen.explain(&query, &article);
    if is_json {
        print_json(&documents::Explained {
            article: article.row.id,
            version: row.number,
            matches: explanation.held,
            explanation: (&explanation).into(),
        })?;
        return Ok(Exit::Fine);
    }
    let of = format!("{}@{}", article.row.id.0, row.number);
    print(&render::rules::explained(&of, row.headline.as_deref(), &explanation, &desk.terminal))?;
    if !explanation.held && row.number > 1 && !row.is_technical() {
        let before = self::version(&store, &history, row.number - 1).await?;
        let before = Seen::new(&store, article.row.id, before, query.uses_change()).await?;
        if before.matches(&query, &article).is_some() {
            desk.remark(&format!("\nversion {} matched: what a rule looks for is no longer there", row.number - 1));
        }
    }
    Ok(Exit::Fine)
}
