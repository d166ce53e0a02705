//! Articles, their versions, and the words between them.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::archive::{self, Search, Seen, Wanted, WantedRule};
use crate::daemon::Setup;
use crate::diff;
use crate::documents;
use crate::model::{ArticleId, Timestamp, Version};
use crate::rule::Query;
use crate::store::{ArticleFilter, ArticleRow, History, VersionRow};

use super::super::refusal::Refusal;
use super::super::site::Site;
use super::parameters::{Parameters, bad};

/// Articles on one page of the list, where nothing else is asked for, and at most.
const USUAL: u32 = 50;
const MOST: u32 = 200;

/// `articles --json`, and where the list goes on.
#[derive(Serialize)]
struct Page<'a> {
    #[serde(flatten)]
    articles: documents::Articles<'a>,
    /// The `cursor` of the next page; `None` on the last.
    next: Option<String>,
}

/// `/articles?q=&rule=&feed=&since=&revised=&limit=&cursor=`
pub(super) async fn list(State(site): State<Site>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let known = ["q", "rule", "feed", "since", "revised", "limit", "cursor"];
    let parameters = Parameters::read(query.as_deref(), &known)?;
    let setup = site.setup();
    let wanted = wanted(&site, &setup, &parameters).await?;
    let store = &site.daemon.store;
    // Searches read much: a few at a time, and the daemon's own reading goes on beside them.
    let turn = site.searches.acquire().await;
    let search = Search::new(store, setup.rules(), wanted).await?;
    let listing = search.run(store, |_| {}, |_, _| ()).await?;
    drop(turn);
    let article = |found: &'_ archive::Found<()>| found.row.clone();
    let rows: Vec<ArticleRow> = listing.articles.iter().map(article).collect();
    let next = rows.last().filter(|_| listing.is_cut).map(|last| cursor(last.last_changed, last.id));
    let articles = rows.iter().zip(&listing.articles);
    let articles = articles.map(|(row, found)| documents::Article { row, rules: &found.rules }).collect();
    Ok(Json(Page { articles: documents::Articles { articles }, next }).into_response())
}

async fn wanted(site: &Site, setup: &Setup, parameters: &Parameters) -> Result<Wanted, Refusal> {
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
        return Err(Refusal::not_found(&format!("there is no feed `{name}`")).hint("/api/v1/feeds lists them"));
    }
    let rule = match parameters.text("rule") {
        Some(name) => Some(wanted_rule(site, setup, name).await?),
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
        query: parameters.text("q").map(|typed| query_of(typed, setup)).transpose()?,
        rule,
        limit: Some(parameters.number("limit", 1..=MOST)?.unwrap_or(USUAL)),
        looks_back: false,
    })
}

fn cursor(at: Timestamp, id: ArticleId) -> String {
    format!("{}-{}", at.as_millis(), id.0)
}

fn query_of(typed: &str, setup: &Setup) -> Result<Query, Refusal> {
    let parsed = Query::parse(typed, &setup.config.sets);
    parsed.map(|parsed| parsed.query).map_err(|notes| {
        let (messages, hints): (Vec<String>, Vec<Option<String>>) =
            notes.into_iter().map(|note| (note.message, note.hint)).unzip();
        let refusal = bad(&format!("`q` is no query: {}", messages.join("; ")));
        match hints.into_iter().flatten().next() {
            Some(hint) => refusal.hint(&hint),
            None => refusal,
        }
    })
}

/// A rule that is configured, or was when it alerted.
async fn wanted_rule(site: &Site, setup: &Setup, name: &str) -> Result<WantedRule, Refusal> {
    let rules = setup.rules();
    let configured = rules.iter().find(|rule| rule.name == name);
    // It was read when the configuration was.
    let query = configured.and_then(|rule| Query::parse(rule.query, &setup.config.sets).ok());
    if configured.is_none() && site.daemon.store.alerts_of_rule(name, 1).await?.is_empty() {
        return Err(Refusal::not_found(&format!("there is no rule `{name}`")).hint("/api/v1/rules lists them"));
    }
    Ok(WantedRule { name: name.to_owned(), query: query.map(|parsed| parsed.query) })
}

/// `/articles/{id}`: as `history --json`.
pub(super) async fn history(
    State(site): State<Site>,
    Path(id): Path<i64>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    Parameters::read(query.as_deref(), &[])?;
    let history = found(&site, id).await?;
    let store = &site.daemon.store;
    let article = store.article(history.article.id).await?.ok_or_else(|| no_article(id))?;
    let rules = archive::rules_of(store, &site.setup().rules(), &article).await?;
    let mutes = archive::mutes_of(store, &history, site.daemon.clock.now()).await?;
    Ok(Json(documents::HistoryDocument::new(&history, &rules, &mutes)).into_response())
}

/// `/articles/{id}/versions/{number}`: as `show --json`.
pub(super) async fn version(
    State(site): State<Site>,
    Path((id, number)): Path<(i64, u32)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    Parameters::read(query.as_deref(), &[])?;
    let history = found(&site, id).await?;
    let row = row(&history, number)?;
    let version = text(&site, &history, row).await?;
    let store = &site.daemon.store;
    let article = store.article(history.article.id).await?.ok_or_else(|| no_article(id))?;
    let rules = site.setup().rules();
    let seen = Seen::new(store, &article, version, archive::uses_change(&rules)).await?;
    let (names, _) = seen.rules(&rules);
    Ok(Json(documents::Shown::new(&history.article, row, &seen.version.text, &names)).into_response())
}

/// `/articles/{id}/diff?from=&to=`: as `diff --format json`; the last revision where no versions are named.
pub(super) async fn diff(
    State(site): State<Site>,
    Path(id): Path<i64>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let parameters = Parameters::read(query.as_deref(), &["from", "to"])?;
    let (from, to) = (parameters.number("from", 1..=u32::MAX)?, parameters.number("to", 1..=u32::MAX)?);
    let history = found(&site, id).await?;
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) if from == to => return Err(bad("`from` and `to` are the same version")),
        (Some(from), Some(to)) => (row(&history, from)?, row(&history, to)?),
        (None, None) => archive::last_revision(&history)
            .ok_or_else(|| Refusal::not_found("this article was not revised").hint("`from` and `to` name versions"))?,
        _ => return Err(bad("`from` and `to` go together")),
    };
    let (old, new) = (text(&site, &history, from).await?, text(&site, &history, to).await?);
    let (from, to) = (from.number, to.number);
    // Long texts take a while.
    let words = tokio::task::spawn_blocking(move || diff::align(&old.text, &new.text)).await;
    let words = words.map_err(|_| Refusal::internal("these versions could not be compared"))?;
    Ok(Json(documents::DiffDocument::new(from, to, &words)).into_response())
}

async fn found(site: &Site, id: i64) -> Result<History, Refusal> {
    site.daemon.store.history(ArticleId(id)).await?.ok_or_else(|| no_article(id))
}

fn no_article(id: i64) -> Refusal {
    Refusal::not_found(&format!("there is no article {id}")).hint("/api/v1/articles lists them")
}

fn row(history: &History, number: u32) -> Result<&VersionRow, Refusal> {
    history.versions.iter().find(|row| row.number == number).ok_or_else(|| no_version(history, number))
}

fn no_version(history: &History, number: u32) -> Refusal {
    let id = history.article.id.0;
    let message = format!("article {id} has no version {number}");
    Refusal::not_found(&message).hint(&format!("/api/v1/articles/{id} lists them"))
}

async fn text(site: &Site, history: &History, row: &VersionRow) -> Result<Version, Refusal> {
    let version = site.daemon.store.version(history.article.id, Some(row.number)).await?;
    version.ok_or_else(|| no_version(history, row.number))
}
