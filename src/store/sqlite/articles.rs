//! Articles: which of them are due, with all that is known of them.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use tracing::error;
use url::Url;

use super::columns::{from_json, optional_url, unpack, url};
use super::error::if_readable;
use super::{Store, StoreError, aliases, entries, surroundings, versions};
use crate::model::{ArticleId, Candidate, FeedFacts, Missing, Sightings, Timestamp, Validators};
use crate::store::{ClaimToken, ClaimedArticle, Digest, Kin};

/// Versions whose fingerprints an article's check is given.
const FINGERPRINTS: u32 = 200;
/// How long an article is left alone that cannot be read: somebody may restore what was lost.
const PARKED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Hosts with something ready, longest ready first.
pub(super) const HOSTS: &str = "SELECT id, name FROM hosts WHERE ready_at <= ? ORDER BY ready_at LIMIT ?";

pub(super) const CLAIM: &str = "
    UPDATE articles SET claimed_at = :now, lease_until = :until, token = token + 1, woken = 0
    WHERE id IN (SELECT id FROM articles WHERE host_id = :host AND ready_at <= :now ORDER BY ready_at LIMIT :limit)
    RETURNING id, token, due_at";

/// Articles that may be another one, by what their addresses share.
pub(super) const KIN: &str =
    "SELECT id, url, link, versions FROM articles WHERE kin = ?1 AND id <> ?2 AND same_as IS NULL LIMIT ?3";

const MAX_KIN: usize = 3;

impl Store {
    /// Leases up to `limit` due articles, at most `per_host` of one host at a time, those under way included.
    ///
    /// An article whose entry is its source needs no host; such ones take at most half of `limit`.
    pub async fn claim_articles(
        &self,
        now: Timestamp,
        limit: usize,
        per_host: usize,
        lease: Duration,
    ) -> Result<Vec<ClaimedArticle>, StoreError> {
        let claimed = self.write(move |connection| claim(connection, now, limit, per_host, lease)).await?;
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
        // Nobody else touches a leased article, so its texts can be read beside the writer.
        let loaded = self.read(move |connection| load_all(connection, claimed)).await?;
        if !loaded.damaged.is_empty() {
            let damaged = loaded.damaged;
            self.write(move |connection| {
                damaged.iter().try_for_each(|(claim, what)| park(connection, claim, what, now))
            })
            .await?;
        }
        Ok(loaded.articles)
    }
}

/// Claims, read.
struct Loaded {
    articles: Vec<ClaimedArticle>,
    /// Those that cannot be read, with what is wrong.
    damaged: Vec<(Claim, String)>,
}

fn load_all(connection: &Connection, claimed: Vec<Claim>) -> Result<Loaded, StoreError> {
    let mut loaded = Loaded { articles: Vec::with_capacity(claimed.len()), damaged: Vec::new() };
    for claim in claimed {
        match load(connection, &claim) {
            Ok(article) => loaded.articles.push(article),
            Err(StoreError::Unreadable(what)) => loaded.damaged.push((claim, what)),
            Err(error) => return Err(error),
        }
    }
    Ok(loaded)
}

/// Puts an article aside that cannot be read, without touching what is stored of it.
fn park(connection: &Connection, claim: &Claim, what: &str, now: Timestamp) -> Result<(), StoreError> {
    error!(article = claim.id.0, what, "what is stored of an article is damaged; the article is left alone for a day");
    connection
        .prepare_cached(
            "UPDATE articles SET lease_until = NULL, due_at = ?3, woken = 0, damaged = 1, quality = NULL, problem = ?4
             WHERE id = ?1 AND token = ?2",
        )?
        .execute(params![claim.id, claim.token.0, now + PARKED_FOR, damage(what)])?;
    Ok(())
}

/// What is said of an article that cannot be read.
pub(super) fn damage(what: &str) -> String {
    format!("what is stored of it is damaged: {what}")
}

impl Store {
    /// Leases one article, due or not; `None` while somebody is at it, or where there is none. It stays due as it was:
    /// end the lease with [`drop_claim`](Self::drop_claim).
    pub async fn claim_article(
        &self,
        id: ArticleId,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<ClaimedArticle>, StoreError> {
        let claimed = self.write(move |connection| claim_one(connection, id, now, lease)).await?;
        let Some(claimed) = claimed else { return Ok(None) };
        self.read(move |connection| load(connection, &claimed)).await.map(Some)
    }

    /// All that is known of an article, without a lease: whatever is recorded with its token is refused.
    pub async fn known_article(&self, id: ArticleId) -> Result<Option<ClaimedArticle>, StoreError> {
        let unclaimed = Claim { id, token: ClaimToken(-1), due_at: Timestamp::from_millis(0) };
        match self.read(move |connection| load(connection, &unclaimed)).await {
            Err(StoreError::ClaimLost) => Ok(None),
            known => known.map(Some),
        }
    }
}

fn claim_one(
    connection: &Connection,
    id: ArticleId,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<Claim>, StoreError> {
    let mut statement = connection.prepare_cached(
        "UPDATE articles SET claimed_at = :now, lease_until = :until, token = token + 1
         WHERE id = :id AND (lease_until IS NULL OR lease_until <= :now) RETURNING token",
    )?;
    let values = named_params! { ":id": id, ":now": now, ":until": now + lease };
    let token = statement.query_row(values, |row| row.get(0)).optional()?;
    Ok(token.map(|token| Claim { id, token: ClaimToken(token), due_at: now }))
}

struct Claim {
    id: ArticleId,
    token: ClaimToken,
    due_at: Timestamp,
}

fn claim(
    connection: &Connection,
    now: Timestamp,
    limit: usize,
    per_host: usize,
    lease: Duration,
) -> Result<Vec<Claim>, StoreError> {
    let mut claimed = Vec::new();
    for (host, name) in ready_hosts(connection, now, limit)? {
        let wanted = limit - claimed.len();
        let free = match name.as_str() {
            "" => per_host.max(limit / 2),
            _ => per_host.saturating_sub(under_way(connection, host, now)?),
        };
        let take = i64::try_from(free.min(wanted)).unwrap_or(i64::MAX);
        if take == 0 {
            continue;
        }
        let mut statement = connection.prepare_cached(CLAIM)?;
        let values = named_params! { ":host": host, ":now": now, ":until": now + lease, ":limit": take };
        let rows = statement.query_map(values, |row| {
            Ok(Claim { id: row.get(0)?, token: ClaimToken(row.get(1)?), due_at: row.get(2)? })
        })?;
        claimed.extend(rows.collect::<Result<Vec<_>, _>>()?);
        if claimed.len() >= limit {
            break;
        }
    }
    claimed.sort_by_key(|claim| (claim.due_at, claim.id));
    Ok(claimed)
}

/// Enough hosts that those which are busy cannot hide those which are not.
fn ready_hosts(connection: &Connection, now: Timestamp, limit: usize) -> Result<Vec<(i64, String)>, StoreError> {
    let mut busy = connection.prepare_cached("SELECT count(*) FROM articles WHERE lease_until IS NOT NULL")?;
    let busy: i64 = busy.query_row([], |row| row.get(0))?;
    let enough = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(busy);
    let mut statement = connection.prepare_cached(HOSTS)?;
    let hosts = statement.query_map(params![now, enough], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(hosts.collect::<Result<_, _>>()?)
}

fn under_way(connection: &Connection, host: i64, now: Timestamp) -> Result<usize, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT count(*) FROM articles WHERE host_id = ? AND lease_until > ?")?;
    let count: i64 = statement.query_row(params![host, now], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

fn load(connection: &Connection, claim: &Claim) -> Result<ClaimedArticle, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM articles WHERE id = ?")?;
    let mut rows = statement.query([claim.id])?;
    let row = rows.next()?.ok_or(StoreError::ClaimLost)?;
    let number: u32 = row.get("versions")?;
    Ok(ClaimedArticle {
        id: claim.id,
        token: claim.token,
        url: url(row, "url")?,
        link: optional_url(row, "link")?,
        baseline: row.get("baseline")?,
        first_seen_at: row.get("first_seen_at")?,
        last_changed_at: row.get("last_changed_at")?,
        last_full_at: row.get("last_full_at")?,
        validators: Validators { etag: row.get("etag")?, last_modified: row.get("last_modified")? },
        body: row.get("body")?,
        idle_checks: row.get("idle_checks")?,
        failures: row.get("failures")?,
        missing: missing(row)?,
        gone: row.get("gone")?,
        entry: if_readable(entries::find(connection, row.get("entry_id")?))?.flatten(),
        feeds: feeds(connection, claim.id)?,
        new_feeds: if number == 0 { Vec::new() } else { new_feeds(connection, claim.id)? },
        latest: versions::find(connection, claim.id, number)?,
        reader: versions::reader(row)?,
        page_url: if_readable(versions::page_url(connection, claim.id, number))?.flatten(),
        fingerprints: fingerprints(connection, claim.id, number)?,
        candidate: candidate(row)?,
        sightings: if_readable(sightings(row))?.unwrap_or_default(),
        aliases: aliases::list(connection, claim.id)?.into_iter().map(|alias| alias.url).collect(),
        kin: if number == 0 { kin(connection, claim.id, row.get("kin")?)? } else { Vec::new() },
        surroundings: surroundings::load(connection, row)?,
    })
}

/// Articles with versions whose address is like this one's. When they are many, what they share is no article's number.
fn kin(connection: &Connection, article: ArticleId, key: Option<String>) -> Result<Vec<Kin>, StoreError> {
    let Some(key) = key else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(KIN)?;
    let rows = statement
        .query_and_then(params![key, article, i64::try_from(MAX_KIN).unwrap_or(i64::MAX) + 1], |row| {
            Ok::<_, StoreError>((row.get("id")?, url(row, "url")?, optional_url(row, "link")?, row.get("versions")?))
        })?;
    let found: Vec<(ArticleId, Url, Option<Url>, u32)> = rows.collect::<Result<_, _>>()?;
    if found.len() > MAX_KIN {
        return Ok(Vec::new());
    }
    let mut kin = Vec::new();
    for (id, url, link, number) in found {
        if let Some(version) = versions::find(connection, id, number)? {
            kin.push(Kin { id, url, link, text: version.text });
        }
    }
    Ok(kin)
}

/// The feeds that have announced an article since it was last looked at.
fn new_feeds(connection: &Connection, article: ArticleId) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM announcements JOIN feeds ON feeds.id = feed_id WHERE article_id = ? AND NOT noticed",
    )?;
    let names = statement.query_map([article], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn missing(row: &Row<'_>) -> Result<Option<Missing>, StoreError> {
    let looks: Option<u32> = row.get("missing_looks")?;
    let since: Option<Timestamp> = row.get("missing_since_at")?;
    let now = claimed_at(row)?;
    Ok(looks.zip(since).map(|(looks, since)| Missing { looks, since: since.min(now) }))
}

/// When the row was claimed: nothing that was noted of it can be later, unless a clock was ahead then.
fn claimed_at(row: &Row<'_>) -> Result<Timestamp, StoreError> {
    Ok(row.get::<_, Option<Timestamp>>("claimed_at")?.unwrap_or_default())
}

fn candidate(row: &Row<'_>) -> Result<Option<Candidate>, StoreError> {
    let fingerprint: Option<Digest> = row.get("candidate_fingerprint")?;
    let Some(fingerprint) = fingerprint else { return Ok(None) };
    let (seen_at, attempts): (Timestamp, u32) = (row.get("candidate_seen_at")?, row.get("candidate_attempts")?);
    let seen_at = seen_at.min(claimed_at(row)?);
    Ok(Some(Candidate { fingerprint, seen_at, attempts }))
}

fn sightings(row: &Row<'_>) -> Result<Sightings, StoreError> {
    let packed: Option<Vec<u8>> = row.get("sightings")?;
    packed.map_or_else(|| Ok(Sightings::default()), |packed| unpack(&packed))
}

/// A version that only our reading parts from the latest one is not another state of the article: to read as it did is no
/// return to it.
fn fingerprints(connection: &Connection, article: ArticleId, latest: u32) -> Result<Vec<(u32, Digest)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, fingerprint FROM versions
         WHERE article_id = ?1 AND (number = ?2 OR number < (
             SELECT number FROM versions WHERE article_id = ?1 AND NOT technical ORDER BY number DESC LIMIT 1))
         ORDER BY number DESC LIMIT ?3",
    )?;
    let rows = statement.query_map(params![article, latest, FINGERPRINTS], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every feed that has announced an article, by name.
pub(super) fn feeds(connection: &Connection, article: ArticleId) -> Result<Vec<FeedFacts>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, tags FROM announcements JOIN feeds ON feeds.id = feed_id WHERE article_id = ? ORDER BY name",
    )?;
    let rows = statement.query_and_then([article], |row| {
        let tags: String = row.get(1)?;
        let tags = if_readable(from_json(tags.as_bytes()))?.unwrap_or_default();
        Ok(FeedFacts { name: row.get(0)?, tags })
    })?;
    rows.collect()
}

/// The normalised address of an article.
pub(super) fn address(connection: &Connection, article: ArticleId) -> Result<Url, StoreError> {
    let mut statement = connection.prepare_cached("SELECT url FROM articles WHERE id = ?")?;
    let mut rows = statement.query([article])?;
    let row = rows.next()?.ok_or_else(|| StoreError::Unreadable(format!("article {} is missing", article.0)))?;
    url(row, "url")
}
