//! What the store shows: feeds, articles, versions, the outbox, figures.

use rusqlite::{Connection, OptionalExtension, Row, params};
use url::Url;

use super::archived::Archived;
use super::columns::{from_json, url};
use super::error::if_readable;
use super::health::disk_of;
use super::{Store, StoreError, aliases, deliveries, fitness, mutes, notices, selection, versions};
use crate::health::Disk;
use crate::identity;
use crate::model::{AlertId, ArticleId, DeliveryState, Event, FeedFacts, MuteId, Note, Timestamp, Version};
use crate::store::{
    AlertRow, ArticleFilter, ArticleRow, FeedCounts, History, OutboxNotice, OutboxRow, QueueCounts, RuleHits,
    StoreStatus, StoredArticle, StoredPage,
};

impl Store {
    /// Articles, newest activity first.
    pub async fn articles(&self, filter: ArticleFilter) -> Result<Vec<ArticleRow>, StoreError> {
        self.read(move |connection| list(connection, &filter)).await
    }

    /// Articles with their latest versions, newest activity first.
    pub async fn stored_articles(&self, filter: ArticleFilter) -> Result<Vec<StoredArticle>, StoreError> {
        self.read(move |connection| {
            let rows = list(connection, &filter)?;
            rows.into_iter().filter_map(|row| one(connection, row.id).transpose()).collect()
        })
        .await
    }

    /// The article somebody means: by its number, or by its address, normalised or as a feed links to it, or by
    /// another address of it.
    pub async fn find_article(&self, named: &str) -> Result<Option<ArticleId>, StoreError> {
        let named = named.trim().to_owned();
        self.read(move |connection| find(connection, &named)).await
    }

    /// The article whose own address this is, normalised; the older one where it was found to be another.
    pub async fn article_at(&self, address: &Url) -> Result<Option<ArticleId>, StoreError> {
        let address = address.clone();
        self.read(move |connection| aliases::owner(connection, &address)).await
    }

    /// One article with its latest version.
    pub async fn article(&self, id: ArticleId) -> Result<Option<StoredArticle>, StoreError> {
        self.read(move |connection| one(connection, id)).await
    }

    /// Every version of one article, without the texts.
    pub async fn history(&self, id: ArticleId) -> Result<Option<History>, StoreError> {
        self.read(move |connection| {
            let Some(article) = one(connection, id)? else { return Ok(None) };
            let (aliases, versions) = (aliases::list(connection, id)?, versions::list(connection, id)?);
            let notices = notices::of_article(connection, id)?;
            Ok(Some(History { article: article.row, aliases, versions, notices }))
        })
        .await
    }

    /// One version of an article, the latest if no number is given.
    pub async fn version(&self, id: ArticleId, number: Option<u32>) -> Result<Option<Version>, StoreError> {
        self.read(move |connection| {
            let number = match number {
                Some(number) => number,
                None => latest(connection, id)?,
            };
            versions::find(connection, id, number)
        })
        .await
    }

    /// The page a version was read from; `None` where pages are not kept.
    pub async fn page(&self, id: ArticleId, number: u32) -> Result<Option<StoredPage>, StoreError> {
        self.read(move |connection| versions::page(connection, id, number)).await
    }

    /// The latest rows of the outbox, newest first.
    pub async fn outbox(&self, state: Option<DeliveryState>, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        self.outbox_before(state, None, limit).await
    }

    /// The same, from behind a row of an earlier page on.
    pub async fn outbox_before(
        &self,
        state: Option<DeliveryState>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.read(move |connection| outbox(connection, state, before.unwrap_or(i64::MAX), limit)).await
    }

    /// The latest notices in the outbox, newest first.
    pub async fn outbox_notices(
        &self,
        state: Option<DeliveryState>,
        limit: u32,
    ) -> Result<Vec<OutboxNotice>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(OUTBOX_NOTICES)?;
            statement.query_and_then(params![state, limit], outbox_notice)?.collect()
        })
        .await
    }

    /// One row of the outbox.
    pub async fn outbox_row(&self, id: i64) -> Result<Option<OutboxRow>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!("{OUTBOX} WHERE delivery_alerts.id = ?"))?;
            statement.query_and_then([id], |row| with_mute(connection, row))?.next().transpose()
        })
        .await
    }

    /// The message of a row of the outbox, as it was rendered or, where that was refused, as another one was accepted;
    /// `None` before the first attempt.
    pub async fn message(&self, outbox_id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached("SELECT delivery_id FROM delivery_alerts WHERE id = ?")?;
            let delivery = statement.query_row([outbox_id], |row| row.get(0)).optional()?;
            delivery.map_or(Ok(None), |delivery| deliveries::message(connection, delivery))
        })
        .await
    }

    /// How often each rule has alerted, by name.
    pub async fn rule_hits(&self) -> Result<Vec<RuleHits>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(RULE_HITS)?;
            let rows = statement.query_map([], |row| {
                let alerts: i64 = row.get(1)?;
                Ok(RuleHits { rule: row.get(0)?, alerts: alerts.unsigned_abs(), last_at: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The alerts of one rule, newest first, told or not.
    pub async fn alerts_of_rule(&self, rule: &str, limit: u32) -> Result<Vec<AlertRow>, StoreError> {
        let rule = rule.to_owned();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, article_id, version, event, created_at FROM alerts
                 WHERE rule = ? ORDER BY created_at DESC, id DESC LIMIT ?",
            )?;
            let rows = statement.query_map(params![rule, limit], |row| {
                let (id, article, version) = (AlertId(row.get("id")?), row.get("article_id")?, row.get("version")?);
                let (event, created_at) = (row.get("event")?, row.get("created_at")?);
                Ok(AlertRow { id, rule: rule.clone(), article, version, event, created_at })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The store in figures.
    pub async fn status(&self) -> Result<StoreStatus, StoreError> {
        let path = self.path().to_owned();
        self.read(move |connection| status(connection, disk_of(&path))).await
    }
}

/// Rows of articles, newest activity first.
fn list(connection: &Connection, filter: &ArticleFilter) -> Result<Vec<ArticleRow>, StoreError> {
    let mut rows = Vec::new();
    for id in selection::select(connection, filter, None)? {
        rows.extend(Archived::find(connection, id)?.map(|archived| archived.row));
    }
    Ok(rows)
}

fn one(connection: &Connection, id: ArticleId) -> Result<Option<StoredArticle>, StoreError> {
    Archived::find(connection, id)?.map(Archived::into_stored).transpose()
}

pub(super) fn article_row(row: &Row<'_>, feeds: &[FeedFacts]) -> Result<ArticleRow, StoreError> {
    Ok(ArticleRow {
        id: row.get("id")?,
        url: url(row, "url")?,
        headline: row.get("headline")?,
        feeds: feeds.iter().map(|feed| feed.name.clone()).collect(),
        first_seen: row.get("first_seen_at")?,
        last_changed: row.get("last_changed_at")?,
        versions: row.get("versions")?,
        revisions: row.get("revisions")?,
        last_check: row.get("last_check_at")?,
        next_check: row.get("due_at")?,
        quality: row.get("quality")?,
        problem: row.get("problem")?,
        gone: row.get("gone")?,
        same_as: row.get("same_as")?,
        pruned_at: row.get("pruned_at")?,
    })
}

fn find(connection: &Connection, named: &str) -> Result<Option<ArticleId>, StoreError> {
    if let Ok(id) = named.parse::<i64>() {
        let mut statement = connection.prepare_cached("SELECT id FROM articles WHERE id = ?")?;
        return Ok(statement.query_row([id], |row| row.get(0)).optional()?);
    }
    let spelled = Url::parse(named).map(String::from).unwrap_or_default();
    let mut statement = connection.prepare_cached(
        "SELECT iif(versions = 0, coalesce(same_as, id), id) FROM articles WHERE url IN (?1, ?2)
         UNION ALL
         SELECT iif(versions = 0, coalesce(same_as, id), id) FROM articles
         WHERE link IN (?1, ?2) AND link IS NOT NULL AND link <> url
         LIMIT 1",
    )?;
    if let Some(id) = statement.query_row([named, &spelled], |row| row.get(0)).optional()? {
        return Ok(Some(id));
    }
    match Url::parse(named) {
        Ok(address) => aliases::resolve(connection, &identity::normalise(&address)),
        Err(_) => Ok(None),
    }
}

fn latest(connection: &Connection, id: ArticleId) -> Result<u32, StoreError> {
    let mut statement = connection.prepare_cached("SELECT versions FROM articles WHERE id = ?")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?.unwrap_or(0))
}

pub(super) const RULE_HITS: &str = "SELECT rule, alerts, last_at FROM rule_hits ORDER BY rule";

const OUTBOX: &str = "
    SELECT delivery_alerts.id, rule, alerts.article_id, headline, version, event, recipient, address, channel,
           state, attempts, alerts.created_at, sent_at, message_id, error,
           mute_id, iif(state IN ('pending', 'held') AND NOT waits, max(earliest_at, settle_until), NULL) AS next_attempt,
           iif(state IN ('pending', 'held') AND waits, (
               SELECT min(before.id) FROM deliveries AS older JOIN delivery_alerts AS before ON before.delivery_id = older.id
               WHERE older.article_id = deliveries.article_id AND older.address_id = deliveries.address_id
                   AND older.id < deliveries.id AND older.state = 'pending'), NULL) AS waits_for
    FROM delivery_alerts
        JOIN deliveries ON deliveries.id = delivery_id
        JOIN addresses ON addresses.id = deliveries.address_id
        JOIN alerts ON alerts.id = alert_id
        JOIN versions ON versions.article_id = alerts.article_id AND number = version";

pub(super) const OUTBOX_NOTICES: &str = "
    SELECT kind, note, subject, recipient, address, channel, state, attempts, created_at, sent_at, message_id, error,
        iif(state IN ('pending', 'held'), max(earliest_at, settle_until), NULL) AS next_attempt
    FROM deliveries JOIN addresses ON addresses.id = address_id
    WHERE kind = 'notice' AND (?1 IS NULL OR +state = ?1) ORDER BY deliveries.id DESC LIMIT ?2";

fn outbox_notice(row: &Row<'_>) -> Result<OutboxNotice, StoreError> {
    let message_id: String = row.get("message_id")?;
    let note: String = row.get("note")?;
    let note: Option<Note> = if_readable(from_json(note.as_bytes()))?;
    Ok(OutboxNotice {
        kind: row.get("kind")?,
        // As it was sent, else as it will be.
        subject: row.get::<_, Option<String>>("subject")?.or(note.map(|note| note.subject)).unwrap_or_default(),
        recipient: row.get("recipient")?,
        address: row.get("address")?,
        channel: row.get("channel")?,
        state: row.get("state")?,
        attempts: row.get("attempts")?,
        created_at: row.get("created_at")?,
        sent_at: row.get("sent_at")?,
        next_attempt: row.get("next_attempt")?,
        message_id: format!("<{message_id}>"),
        error: row.get("error")?,
    })
}

/// The state, how many, and before which row.
pub(super) fn latest_of_outbox(state: Option<DeliveryState>) -> String {
    let chosen = match state {
        None => "?1 IS NULL AND delivery_alerts.id < ?3",
        // Most were sent: found by going back from the newest.
        Some(DeliveryState::Sent) => "+state = ?1 AND delivery_alerts.id < ?3",
        // Of the others all, however many wait, but only their numbers.
        Some(_) => {
            "delivery_alerts.id IN (
                SELECT chosen.id FROM deliveries AS told JOIN delivery_alerts AS chosen ON chosen.delivery_id = told.id
                WHERE told.state = ?1 AND chosen.id < ?3 ORDER BY chosen.id DESC LIMIT ?2)"
        }
    };
    format!("{OUTBOX} WHERE {chosen} ORDER BY delivery_alerts.id DESC LIMIT ?2")
}

fn outbox(
    connection: &Connection,
    state: Option<DeliveryState>,
    before: i64,
    limit: u32,
) -> Result<Vec<OutboxRow>, StoreError> {
    let mut statement = connection.prepare_cached(&latest_of_outbox(state))?;
    statement.query_and_then(params![state, limit, before], |row| with_mute(connection, row))?.collect()
}

pub(super) fn outbox_of_article(
    connection: &Connection,
    id: ArticleId,
    limit: u32,
) -> Result<Vec<OutboxRow>, StoreError> {
    let sql = format!("{OUTBOX} WHERE alerts.article_id = ? ORDER BY delivery_alerts.id DESC LIMIT ?");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_and_then(params![id, limit], |row| with_mute(connection, row))?.collect()
}

fn with_mute(connection: &Connection, row: &Row<'_>) -> Result<OutboxRow, StoreError> {
    let mut told = outbox_row(row)?;
    let mute: Option<MuteId> = row.get("mute_id")?;
    if told.state == DeliveryState::Held
        && let Some(mute) = mute
    {
        told.mute = mutes::find(connection, mute)?;
    }
    Ok(told)
}

fn outbox_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    let message_id: String = row.get("message_id")?;
    Ok(OutboxRow {
        id: row.get("id")?,
        rule: row.get("rule")?,
        article: row.get("article_id")?,
        headline: row.get("headline")?,
        version: row.get("version")?,
        event: row.get::<_, Event>("event")?,
        recipient: row.get("recipient")?,
        address: row.get("address")?,
        channel: row.get("channel")?,
        state: row.get("state")?,
        attempts: row.get("attempts")?,
        created_at: row.get("created_at")?,
        sent_at: row.get("sent_at")?,
        next_attempt: row.get("next_attempt")?,
        message_id: format!("<{message_id}>"),
        error: row.get("error")?,
        waits_for: row.get("waits_for")?,
        mute: None,
    })
}

fn status(connection: &Connection, disk: Option<Disk>) -> Result<StoreStatus, StoreError> {
    let number = |sql: &str| -> Result<u64, StoreError> {
        let number: i64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(number.unsigned_abs())
    };
    let moment = |sql: &str| -> Result<Option<Timestamp>, StoreError> {
        Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    };
    let unreadable = fitness::unreadable(connection)?;
    Ok(StoreStatus {
        feeds: FeedCounts {
            healthy: number("SELECT count(*) FROM feeds WHERE state = 'watched' AND failures = 0")?,
            failing: number("SELECT count(*) FROM feeds WHERE state = 'watched' AND failures > 0")?,
            paused: number("SELECT count(*) FROM feeds WHERE state = 'paused'")?,
        },
        articles: number("SELECT articles FROM totals")?,
        versions: number("SELECT versions FROM totals")?,
        queue: QueueCounts {
            pending: number("SELECT count(*) FROM deliveries WHERE state = 'pending'")?,
            failed: number("SELECT count(*) FROM deliveries WHERE state = 'failed'")?,
            held: number("SELECT count(*) FROM deliveries WHERE state = 'held'")?,
        },
        damaged: number("SELECT count(*) FROM articles WHERE damaged")?,
        unfit: unreadable.articles - unreadable.failed(),
        unreadable,
        database_bytes: number("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")?,
        disk,
        last_poll: moment("SELECT last_poll_at FROM totals")?,
        last_alert: moment("SELECT max(created_at) FROM alerts")?,
        notices: notices::open(connection)?,
    })
}
