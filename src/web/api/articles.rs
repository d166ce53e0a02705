//! Articles, their versions, and the words between them.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::archive::{self, Search, Seen};
use crate::daemon::Setup;
use crate::diff;
use crate::documents;
use crate::rule::Query;
use crate::store::{ArticleRow, VersionRow};

use super::super::lookup::{cursor, found, no_article, row, text, wanted};
use super::super::parameters::{Parameters, bad};
use super::super::refusal::Refusal;
use super::super::site::Site;

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
    /// What is damaged of those of which nobody can say whether they belong to the list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    damaged: Vec<String>,
}

/// `/articles?q=&rule=&feed=&since=&revised=&limit=&cursor=`
pub(super) async fn list(State(site): State<Site>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let known = ["q", "rule", "feed", "since", "revised", "limit", "cursor"];
    let parameters = Parameters::read(query.as_deref(), &known)?;
    let setup = site.setup();
    let limit = parameters.number("limit", 1..=MOST)?.unwrap_or(USUAL);
    let query = parameters.text("q").map(|typed| query_of(typed, &setup)).transpose()?;
    let wanted = wanted(&site, &parameters, query, limit).await?;
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
    let matched_earlier = listing.matched_earlier.iter().map(documents::EarlierArticle::new).collect();
    Ok(Json(Page {
        articles: documents::Articles { articles, matched_earlier },
        next,
        damaged: listing.damaged.clone(),
    })
    .into_response())
}

/// Of a version whose text was deleted nobody can say what differs.
fn shown_no_more(row: &VersionRow) -> Refusal {
    let why = row.hidden.as_ref().map(|hiding| hiding.why.as_str()).unwrap_or_default();
    Refusal::new(StatusCode::GONE, "hidden", &format!("version {} is shown no more: {why}", row.number))
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
    if let Some(hidden) = [from, to].into_iter().find(|row| row.hidden.is_some()) {
        return Err(shown_no_more(hidden));
    }
    let (old, new) = (text(&site, &history, from).await?, text(&site, &history, to).await?);
    let (from, to) = (from.number, to.number);
    // Long texts take a while.
    let words = tokio::task::spawn_blocking(move || diff::align(&old.text, &new.text)).await;
    let words = words.map_err(|_| Refusal::internal("these versions could not be compared"))?;
    Ok(Json(documents::DiffDocument::new(from, to, &words)).into_response())
}
