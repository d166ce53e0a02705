//! Finds what an address names: articles, versions, lists; or says what is not there.

use crate::archive::{Wanted, WantedRule};
use crate::daemon::Setup;
use crate::model::{ArticleId, DeliveryState, Timestamp, Version};
use crate::rule::Query;
use crate::store::{ArticleFilter, History, VersionRow};

use super::parameters::{Parameters, bad};
use super::refusal::Refusal;
use super::site::Site;

/// The articles that `rule`, `feed`, `since`, `revised` and `cursor` let through, and that a query matches.
pub(super) async fn wanted(
    site: &Site,
    parameters: &Parameters,
    query: Option<Query>,
    limit: u32,
) -> Result<Wanted, Refusal> {
    let setup = site.setup();
    let now = site.daemon.clock.now();
    let after = parameters.text("cursor").map(|text| {
        let (at, id) = text.split_once('-')?;
        Some((Timestamp::from_millis(at.parse().ok()?), ArticleId(id.parse().ok()?)))
    });
    let unreadable = || bad("`cursor` is none that an earlier page gave as `next`");
    let feed = parameters.text("feed").map(str::to_owned);
    if let Some(name) = &feed
        && !setup.config.feeds.iter().any(|feed| feed.name == *name)
        && !site.daemon.store.feeds().await?.iter().any(|feed| feed.name == *name)
    {
        return Err(Refusal::not_found(&format!("there is no feed `{name}`")).listed_at("feeds"));
    }
    let rule = match parameters.text("rule") {
        Some(name) => Some(wanted_rule(site, &setup, name).await?),
        None => None,
    };
    Ok(Wanted {
        filter: ArticleFilter {
            feed,
            since: parameters.since("since")?.map(|since| since.at(setup.config.timezone, now)),
            revised: parameters.flag("revised")?,
            after: after.map(|after| after.ok_or_else(unreadable)).transpose()?,
            ..ArticleFilter::default()
        },
        query,
        rule,
        limit: Some(limit),
        looks_back: true,
    })
}

/// Where a list goes on behind an article.
pub(super) fn cursor(at: Timestamp, id: ArticleId) -> String {
    format!("{}-{}", at.as_millis(), id.0)
}

/// A rule that is configured, or was when it alerted.
async fn wanted_rule(site: &Site, setup: &Setup, name: &str) -> Result<WantedRule, Refusal> {
    let rules = setup.rules();
    let configured = rules.iter().find(|rule| rule.name == name);
    // It was read when the configuration was.
    let query = configured.and_then(|rule| Query::parse(rule.query, &setup.config.sets).ok());
    if configured.is_none() && site.daemon.store.alerts_of_rule(name, 1).await?.is_empty() {
        return Err(Refusal::not_found(&format!("there is no rule `{name}`")).listed_at("rules"));
    }
    Ok(WantedRule { name: name.to_owned(), query: query.map(|parsed| parsed.query) })
}

/// A state of the outbox, as the command line names it.
pub(super) fn delivery_state(text: &str) -> Result<DeliveryState, Refusal> {
    match text {
        "pending" => Ok(DeliveryState::Pending),
        "sent" => Ok(DeliveryState::Sent),
        "failed" => Ok(DeliveryState::Failed),
        "held" => Ok(DeliveryState::Held),
        _ => Err(bad("`state` has to be `pending`, `sent`, `failed` or `held`")),
    }
}

/// An article with its versions.
pub(super) async fn found(site: &Site, id: i64) -> Result<History, Refusal> {
    site.daemon.store.history(ArticleId(id)).await?.ok_or_else(|| no_article(id))
}

pub(super) fn no_article(id: i64) -> Refusal {
    Refusal::not_found(&format!("there is no article {id}")).listed_at("articles")
}

/// One of its versions.
pub(super) fn row(history: &History, number: u32) -> Result<&VersionRow, Refusal> {
    history.versions.iter().find(|row| row.number == number).ok_or_else(|| no_version(history, number))
}

fn no_version(history: &History, number: u32) -> Refusal {
    let id = history.article.id.0;
    let message = format!("article {id} has no version {number}");
    Refusal::not_found(&message).listed_at(&format!("articles/{id}"))
}

/// Its text.
pub(super) async fn text(site: &Site, history: &History, row: &VersionRow) -> Result<Version, Refusal> {
    let version = site.daemon.store.version(history.article.id, Some(row.number)).await?;
    version.ok_or_else(|| no_version(history, row.number))
}
