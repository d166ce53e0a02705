//! What happened when: steps of articles and alerts over a span of time, in a list and in counts.

use rusqlite::{Connection, Row, params};

use super::columns::url;
use super::views::outbox_of_article;
use super::{Store, StoreError, articles, versions};
use crate::model::{ArticleId, Timestamp};
use crate::store::{Activity, OutboxRow, Spans, Step};

/// Versions that their publishers made, newest first.
pub(super) const STEPS: &str = "
    SELECT versions.article_id, url, number, observed_at, source, versions.headline, byline, published_at, modified_at,
        words, sha256, page_sha256, change, hidden_at, who, why, text_sha256,
        (SELECT earlier.headline FROM versions AS earlier
         WHERE earlier.article_id = versions.article_id AND earlier.number = versions.number - 1) AS headline_before
    FROM versions
        LEFT JOIN hidings USING (article_id, number)
        JOIN articles ON articles.id = versions.article_id
    WHERE observed_at >= ?1 AND observed_at < ?2 AND NOT technical AND number >= ?3
    ORDER BY observed_at DESC LIMIT ?4";

pub(super) const ACTIVITY: &str = "
    SELECT (observed_at - ?1) / ?3, sum(number = 1), sum(number > 1) FROM versions
    WHERE observed_at >= ?1 AND observed_at < ?2 AND NOT technical GROUP BY 1";

pub(super) const ACTIVITY_OF_RULE: &str = "
    SELECT (created_at - ?1) / ?3, sum(event = 'new'), sum(event <> 'new') FROM alerts
    WHERE rule = ?4 AND created_at >= ?1 AND created_at < ?2 GROUP BY 1";

pub(super) const ACTIVITY_OF_FEED: &str = "
    SELECT (observed_at - ?1) / ?3, sum(number = 1), sum(number > 1)
    FROM versions JOIN announcements USING (article_id)
    WHERE feed_id = (SELECT id FROM feeds WHERE name = ?4) AND observed_at >= ?1 AND observed_at < ?2 AND NOT technical
    GROUP BY 1";

const ACTIVITY_OF_FEEDS: &str = "
    SELECT (observed_at - ?1) / ?3, sum(number = 1), sum(number > 1), feeds.name
    FROM versions JOIN announcements USING (article_id) JOIN feeds ON feeds.id = feed_id
    WHERE observed_at >= ?1 AND observed_at < ?2 AND NOT technical GROUP BY feeds.id, 1";

const ACTIVITY_OF_RULES: &str = "
    SELECT (created_at - ?1) / ?3, sum(event = 'new'), sum(event <> 'new'), rule FROM alerts
    WHERE created_at >= ?1 AND created_at < ?2 GROUP BY rule, 1";

/// Which steps a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// First versions too.
    All,
    Revisions,
}

impl Store {
    /// Steps that publishers made from `since` until before `until`, newest first.
    pub async fn steps(
        &self,
        which: Steps,
        since: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Step>, StoreError> {
        let least = if which == Steps::Revisions { 2 } else { 1 };
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(STEPS)?;
            statement.query_and_then(params![since, until, least, limit], |row| step(connection, row))?.collect()
        })
        .await
    }

    /// First versions and revisions in each of the spans.
    pub async fn activity(&self, spans: Spans) -> Result<Vec<Activity>, StoreError> {
        self.read(move |connection| {
            let mut counted = Counted::new(spans);
            let mut statement = connection.prepare_cached(ACTIVITY)?;
            let mut rows = statement.query(params![counted.since, counted.until, counted.grain])?;
            while let Some(row) = rows.next()? {
                counted.add(row)?;
            }
            Ok(counted.activity)
        })
        .await
    }

    /// The same of what each of these rules alerted on: on first versions, and on all else.
    pub async fn activity_of_each_rule(
        &self,
        rules: Vec<String>,
        spans: Spans,
    ) -> Result<Vec<Vec<Activity>>, StoreError> {
        self.read(move |connection| {
            let counted = |rule: &String| counted_of(connection, ACTIVITY_OF_RULE, rule, Counted::new(spans.clone()));
            rules.iter().map(counted).collect()
        })
        .await
    }

    /// The same of the articles of a feed.
    pub async fn activity_of_feed(&self, feed: &str, spans: Spans) -> Result<Vec<Activity>, StoreError> {
        let feed = feed.to_owned();
        self.read(move |connection| counted_of(connection, ACTIVITY_OF_FEED, &feed, Counted::new(spans))).await
    }

    /// The same of every rule that alerted in that time, by name.
    pub async fn activity_of_rules(&self, spans: Spans) -> Result<Vec<(String, Vec<Activity>)>, StoreError> {
        self.read(move |connection| by_name(connection, ACTIVITY_OF_RULES, spans)).await
    }

    /// The same of the articles of every feed that had news in that time. An article of several feeds counts for each.
    pub async fn activity_of_feeds(&self, spans: Spans) -> Result<Vec<(String, Vec<Activity>)>, StoreError> {
        self.read(move |connection| by_name(connection, ACTIVITY_OF_FEEDS, spans)).await
    }

    /// What was told, or is to be told, of an article: newest first.
    pub async fn outbox_of_article(&self, id: ArticleId, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        self.read(move |connection| outbox_of_article(connection, id, limit)).await
    }
}

fn step(connection: &Connection, row: &Row<'_>) -> Result<Step, StoreError> {
    let article: ArticleId = row.get("article_id")?;
    Ok(Step {
        article,
        url: url(row, "url")?,
        feeds: articles::feeds(connection, article)?.into_iter().map(|feed| feed.name).collect(),
        headline_before: row.get("headline_before")?,
        version: versions::version_row(row)?,
    })
}

/// Rows of place, first versions and others, of what has this name.
fn counted_of(
    connection: &Connection,
    sql: &str,
    name: &str,
    mut counted: Counted,
) -> Result<Vec<Activity>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![counted.since, counted.until, counted.grain, name])?;
    while let Some(row) = rows.next()? {
        counted.add(row)?;
    }
    Ok(counted.activity)
}

/// Rows of place, first versions, others and name.
fn by_name(connection: &Connection, sql: &str, spans: Spans) -> Result<Vec<(String, Vec<Activity>)>, StoreError> {
    let empty = Counted::new(spans);
    let mut names: Vec<(String, Counted)> = Vec::new();
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![empty.since, empty.until, empty.grain])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(3)?;
        // The rows of one name stand together.
        if names.last().is_none_or(|(last, _)| *last != name) {
            names.push((name, empty.clone()));
        }
        if let Some((_, counted)) = names.last_mut() {
            counted.add(row)?;
        }
    }
    Ok(names.into_iter().map(|(name, counted)| (name, counted.activity)).collect())
}

/// Counts by spans of time. The database counts by their grain, of which a place is a multiple.
#[derive(Debug, Clone)]
struct Counted {
    activity: Vec<Activity>,
    spans: Spans,
    since: Timestamp,
    until: Timestamp,
    grain: i64,
}

impl Counted {
    fn new(spans: Spans) -> Self {
        let nothing = (Timestamp::from_millis(0), Timestamp::from_millis(0));
        let (since, until) = spans.bounds().unwrap_or(nothing);
        Self { activity: spans.empty(), since, until, grain: spans.grain(), spans }
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        let (place, first, others): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let at = Timestamp::from_millis(self.since.as_millis().saturating_add(place.saturating_mul(self.grain)));
        if let Some(span) = self.spans.find(at).and_then(|span| self.activity.get_mut(span)) {
            span.new += first.unsigned_abs();
            span.revised += others.unsigned_abs();
        }
        Ok(())
    }
}
