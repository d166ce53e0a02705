//! Mutes: who asked for silence about what, and the alerts that it holds.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::columns::from_json;
use super::error::if_readable;
use super::limit::Due;
use super::{Store, StoreError, outbox, unsent};
use crate::model::{ArticleId, DeliveryId, DeliveryKind, FeedFacts, FeedId, Mute, MuteId, Muted, Timestamp};
use crate::rule::FeedSelector;
use crate::store::{MuteRequest, MuteTarget};

const ROWS: &str = "
    SELECT mutes.id, rule, feeds.name AS feed, hosts.name AS host, is_burst, mutes.article_id, articles.headline, why, who,
        begun_at, until_at, lifted_at
    FROM mutes LEFT JOIN feeds ON feeds.id = mutes.feed_id LEFT JOIN articles ON articles.id = mutes.article_id
        LEFT JOIN hosts ON hosts.id = mutes.host_id";

pub(super) const ACTIVE: &str = "
    SELECT mutes.id, rule, iif(is_burst, NULL, feed_id) AS feed_id, coalesce(same_as, article_id) AS article, until_at,
        is_burst
    FROM mutes LEFT JOIN articles ON articles.id = article_id
    WHERE lifted_at IS NULL AND until_at > ?";

impl Store {
    /// Begins a mute, and holds what it covers of that which waits already. `None` where there is no such feed.
    pub async fn mute(&self, request: MuteRequest) -> Result<Option<Mute>, StoreError> {
        self.write(move |connection| {
            let Some(id) = insert(connection, &request)? else { return Ok(None) };
            hold_waiting(connection, request.now)?;
            find(connection, id)
        })
        .await
    }

    /// Ends a mute before its time: what it holds is due at once. The mute as it was before; `None` if there is none.
    pub async fn unmute(&self, id: MuteId, now: Timestamp) -> Result<Option<Mute>, StoreError> {
        self.write(move |connection| {
            let Some(mute) = find(connection, id)? else { return Ok(None) };
            if mute.is_active(now) {
                lift(connection, id, now)?;
            }
            Ok(Some(mute))
        })
        .await
    }

    /// The mutes, the one that ends next first; those that are over only where `over` asks for them, after the others,
    /// the latest first.
    pub async fn mutes(&self, now: Timestamp, over: bool) -> Result<Vec<Mute>, StoreError> {
        self.read(move |connection| {
            let mut mutes = list(connection, "lifted_at IS NULL AND until_at > ?1 ORDER BY until_at, mutes.id", now)?;
            if over {
                mutes.extend(list(
                    connection,
                    "NOT (lifted_at IS NULL AND until_at > ?1) ORDER BY coalesce(lifted_at, until_at) DESC LIMIT 200",
                    now,
                )?);
            }
            Ok(mutes)
        })
        .await
    }
}

fn list(connection: &Connection, chosen: &str, now: Timestamp) -> Result<Vec<Mute>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{ROWS} WHERE {chosen}"))?;
    let rows = statement.query_map([now], mute)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn find(connection: &Connection, id: MuteId) -> Result<Option<Mute>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{ROWS} WHERE mutes.id = ?"))?;
    Ok(statement.query_row([id], mute).optional()?)
}

/// What held the alerts of a delivery, the mute that ended last first.
pub(super) fn of_delivery(connection: &Connection, delivery: DeliveryId) -> Result<Vec<Mute>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "{ROWS} WHERE mutes.id IN (SELECT mute_id FROM delivery_alerts WHERE delivery_id = ?)
         ORDER BY until_at DESC, mutes.id"
    ))?;
    let rows = statement.query_map([delivery], mute)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn mute(row: &Row<'_>) -> rusqlite::Result<Mute> {
    let (rule, feed): (Option<String>, Option<String>) = (row.get("rule")?, row.get("feed")?);
    let article: Option<ArticleId> = row.get("article_id")?;
    let host: Option<String> = row.get("host")?;
    let muted = match (rule, article) {
        (None, None) if row.get("is_burst")? => Muted::Burst { name: feed.or(host).unwrap_or_default() },
        (Some(name), _) => Muted::Rule { name },
        (None, Some(article)) => Muted::Article { article, headline: row.get("headline")? },
        (None, None) => Muted::Feed { name: feed.unwrap_or_default() },
    };
    Ok(Mute {
        id: row.get("id")?,
        muted,
        why: row.get("why")?,
        who: row.get("who")?,
        begun_at: row.get("begun_at")?,
        until: row.get("until_at")?,
        lifted_at: row.get("lifted_at")?,
    })
}

fn insert(connection: &Connection, request: &MuteRequest) -> Result<Option<MuteId>, StoreError> {
    let (mut rule, mut feed, mut article) = (None, None, None);
    match &request.target {
        MuteTarget::Rule(name) => rule = Some(name),
        MuteTarget::Article(id) => article = Some(*id),
        MuteTarget::Feed(name) => {
            let mut known = connection.prepare_cached("SELECT id FROM feeds WHERE name = ? AND state <> 'removed'")?;
            let id: Option<FeedId> = known.query_row([name], |row| row.get(0)).optional()?;
            if id.is_none() {
                return Ok(None);
            }
            feed = id;
        }
    }
    let id = connection
        .prepare_cached(
            "INSERT INTO mutes (rule, feed_id, article_id, why, who, begun_at, until_at)
             VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        )?
        .query_row(params![rule, feed, article, request.why, request.who, request.now, request.until], |row| {
            row.get(0)
        })?;
    Ok(Some(id))
}

fn lift(connection: &Connection, id: MuteId, now: Timestamp) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE mutes SET lifted_at = ?2 WHERE id = ?1")?.execute(params![id, now])?;
    connection
        .prepare_cached(
            "UPDATE deliveries SET earliest_at = ?2, settle_until = ?2
             WHERE state = 'held' AND id IN (SELECT delivery_id FROM delivery_alerts WHERE mute_id = ?1)",
        )?
        .execute(params![id, now])?;
    Ok(())
}

/// What waits already and is no digest of its own time is held at once, so that it shows.
pub(super) fn hold_waiting(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    let silence = Silence::at(connection, now)?;
    let mut statement = connection.prepare(
        "SELECT id, kind, address_id, max_per_hour, created_at, sealed_at IS NOT NULL FROM deliveries
         WHERE state IN ('pending', 'held') AND lease_until IS NULL AND kind NOT IN ('digest', 'muted', 'notice')",
    )?;
    let waiting: Vec<Due> = statement.query_map([], Due::of)?.collect::<Result<_, _>>()?;
    for due in waiting {
        if !due.is_gone(connection)? {
            silence.passes(connection, &due, now)?;
        }
    }
    Ok(())
}

/// The mutes in force at a moment.
pub(super) struct Silence(Vec<Active>);

struct Active {
    id: MuteId,
    rule: Option<String>,
    feed: Option<FeedId>,
    article: Option<ArticleId>,
    is_burst: bool,
    until: Timestamp,
}

/// A rule as it fired.
pub(super) struct Fired {
    name: String,
    /// Empty: all feeds.
    feeds: Vec<FeedSelector>,
}

impl Fired {
    /// From the columns `rule` and `feeds` of an alert.
    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let feeds: String = row.get("feeds")?;
        let feeds: Vec<String> = if_readable(from_json(feeds.as_bytes()))?.unwrap_or_default();
        Ok(Self { name: row.get("rule")?, feeds: feeds.iter().filter_map(|feed| feed.parse().ok()).collect() })
    }

    fn covers(&self, feed: &FeedFacts) -> bool {
        self.feeds.is_empty() || self.feeds.iter().any(|selector| selector.selects(feed))
    }
}

/// What holds an alert, and until when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) mute: MuteId,
    pub(super) until: Timestamp,
}

impl Silence {
    pub(super) fn at(connection: &Connection, now: Timestamp) -> Result<Self, StoreError> {
        let mut statement = connection.prepare_cached(ACTIVE)?;
        let rows = statement.query_map([now], |row| {
            Ok(Active {
                id: row.get("id")?,
                rule: row.get("rule")?,
                feed: row.get("feed_id")?,
                article: row.get("article")?,
                is_burst: row.get("is_burst")?,
                until: row.get("until_at")?,
            })
        })?;
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What mutes an alert for longest: its rule, its article, every feed that announces the article, or the burst that it
    /// came with.
    pub(super) fn of(
        &self,
        connection: &Connection,
        rule: &Fired,
        article: ArticleId,
    ) -> Result<Option<Held>, StoreError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let direct =
            self.longest(|mute| mute.rule.as_deref() == Some(rule.name.as_str()) || mute.article == Some(article));
        let by_feeds = self.of_feeds(connection, rule, article)?;
        let by_burst = self.of_burst(connection, article)?;
        Ok([direct, by_feeds, by_burst].into_iter().flatten().max_by_key(|held| held.until))
    }

    fn longest(&self, covers: impl Fn(&Active) -> bool) -> Option<Held> {
        let covering = self.0.iter().filter(|mute| covers(mute)).max_by_key(|mute| mute.until)?;
        Some(Held { mute: covering.id, until: covering.until })
    }

    /// The mute of the feed that is the first to be heard again, among those that announce the article and that the rule is
    /// about: another feed is no reason for the rule to be heard.
    fn of_feeds(&self, connection: &Connection, rule: &Fired, article: ArticleId) -> Result<Option<Held>, StoreError> {
        if self.0.iter().all(|mute| mute.feed.is_none()) {
            return Ok(None);
        }
        let mut statement = connection.prepare_cached(
            "SELECT feed_id, name, tags FROM announcements JOIN feeds ON feeds.id = feed_id
             WHERE article_id = ? AND state <> 'removed'",
        )?;
        let rows = statement.query_map([article], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mut feeds: Vec<FeedId> = Vec::new();
        for row in rows {
            let (id, name, tags): (FeedId, String, String) = row?;
            let tags = if_readable(from_json(tags.as_bytes()))?.unwrap_or_default();
            if rule.covers(&FeedFacts { name, tags }) {
                feeds.push(id);
            }
        }
        if feeds.is_empty() {
            return Ok(None);
        }
        let held: Option<Vec<Held>> = feeds.iter().map(|feed| self.longest(|mute| mute.feed == Some(*feed))).collect();
        Ok(held.unwrap_or_default().into_iter().min_by_key(|held| held.until))
    }

    /// The burst that the article came with.
    fn of_burst(&self, connection: &Connection, article: ArticleId) -> Result<Option<Held>, StoreError> {
        if self.0.iter().all(|mute| !mute.is_burst) {
            return Ok(None);
        }
        let mut statement = connection.prepare_cached("SELECT burst_id FROM articles WHERE id = ?")?;
        let burst: Option<MuteId> = statement.query_row([article], |row| row.get(0))?;
        Ok(self.longest(|mute| mute.is_burst && Some(mute.id) == burst))
    }

    /// Whether a due delivery may go out as it is. Its muted alerts leave it for the one that waits for the end of their
    /// mutes; one that was tried and never arrived is open for that again, and due as before with what is left in it.
    /// One that may have arrived stays whole, and waits where all of it is muted.
    pub(super) fn passes(&self, connection: &Connection, due: &Due, now: Timestamp) -> Result<bool, StoreError> {
        if self.0.is_empty() || due.kind == DeliveryKind::Notice {
            return Ok(true);
        }
        let (total, muted) = self.muted(connection, due.id)?;
        let Some(until) = muted.iter().map(|(_, held)| held.until).min() else { return Ok(true) };
        let is_all = muted.len() == total;
        if due.sealed && unsent::never_arrived(connection, due.id)? {
            unsent::reopen(connection, due.id)?;
            self.passes(connection, &Due { sealed: false, ..*due }, now)?;
            return Ok(false);
        }
        if is_all && (due.sealed || due.kind == DeliveryKind::Muted) {
            hold_whole(connection, due.id, until)?;
            muted.iter().try_for_each(|(alert, held)| move_to(connection, *alert, due.id, held.mute))?;
            return Ok(false);
        }
        if due.sealed {
            return Ok(true);
        }
        if due.kind == DeliveryKind::Muted {
            // Closed, so that what is still muted gets another one.
            connection
                .prepare_cached("UPDATE deliveries SET sealed_at = ?2 WHERE id = ?1")?
                .execute(params![due.id, now])?;
        }
        let place = Place::beside(connection, due)?;
        for (alert, held) in &muted {
            let delivery = place.delivery(connection, held.until, now)?;
            move_to(connection, *alert, delivery, held.mute)?;
        }
        if is_all {
            connection.prepare_cached("DELETE FROM deliveries WHERE id = ?")?.execute([due.id])?;
        }
        Ok(!is_all)
    }

    /// How many alerts a delivery has, and those of them that are muted.
    fn muted(&self, connection: &Connection, delivery: DeliveryId) -> Result<(usize, Vec<(i64, Held)>), StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT delivery_alerts.id, rule, alerts.feeds, article_id, released
             FROM delivery_alerts JOIN alerts ON alerts.id = alert_id WHERE delivery_id = ?",
        )?;
        let alerts: Vec<(i64, Fired, ArticleId, bool)> = statement
            .query_and_then([delivery], |row| Ok((row.get(0)?, Fired::of(row)?, row.get(3)?, row.get(4)?)))?
            .collect::<Result<_, StoreError>>()?;
        let mut muted = Vec::new();
        for (id, rule, article, _) in alerts.iter().filter(|(.., released)| !released) {
            muted.extend(self.of(connection, rule, *article)?.map(|held| (*id, held)));
        }
        Ok((alerts.len(), muted))
    }
}

fn hold_whole(connection: &Connection, delivery: DeliveryId, until: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE deliveries SET state = 'held', earliest_at = ?2, settle_until = ?2 WHERE id = ?1")?
        .execute(params![delivery, until])?;
    Ok(())
}

fn move_to(connection: &Connection, alert: i64, delivery: DeliveryId, mute: MuteId) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE delivery_alerts SET delivery_id = ?2, mute_id = ?3 WHERE id = ?1")?
        .execute(params![alert, delivery, mute])?;
    Ok(())
}

/// Where the muted alerts of an address gather.
pub(super) struct Place {
    pub(super) address: i64,
    pub(super) host: String,
    pub(super) max_per_hour: u32,
}

impl Place {
    pub(super) fn beside(connection: &Connection, due: &Due) -> Result<Self, StoreError> {
        Ok(Self { address: due.address, host: outbox::host(connection, due.id)?, max_per_hour: due.max_per_hour })
    }

    /// The delivery that still takes in muted alerts, due when the first of their mutes ends.
    pub(super) fn delivery(
        &self,
        connection: &Connection,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<DeliveryId, StoreError> {
        let open = connection
            .prepare_cached(
                "UPDATE deliveries SET earliest_at = min(earliest_at, :until), settle_until = min(settle_until, :until)
                 WHERE address_id = :address AND kind = 'muted' AND coalesce(article_id, 0) = 0 AND sealed_at IS NULL
                 RETURNING id",
            )?
            .query_row(named_params! { ":until": until, ":address": self.address }, |row| row.get(0))
            .optional()?;
        if let Some(open) = open {
            return Ok(open);
        }
        let id = outbox::next_id(connection)?;
        connection
            .prepare_cached(
                "INSERT INTO deliveries (id, address_id, kind, message_id, state, created_at, earliest_at,
                     settle_until, max_per_hour)
                 VALUES (?1, ?2, 'muted', ?3, 'held', ?4, ?5, ?5, ?6)",
            )?
            .execute(params![
                id,
                self.address,
                outbox::message_id(connection, id, &self.host, now)?,
                now,
                until,
                self.max_per_hour
            ])?;
        Ok(DeliveryId(id))
    }
}
