//! What is known of a feed that the entries of a document may be: looked up for `identity` to judge.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, params};
use url::Url;

use super::entries::{Key, Reading};
use super::{StoreError, aliases};
use crate::identity::{self, Bearing, KeyPolicy, Resemblance, Sight};
use crate::model::{ArticleId, FeedId, Timestamp};
use crate::store::{Digest, SeenEntry};

/// Known entries that one of a document is compared with, of each kind.
const MAX_COMPARED: u32 = 8;

pub(super) const BY_KEY: &str = "SELECT * FROM entries WHERE feed_id = ? AND key = ?";

pub(super) const BY_ARTICLE: &str = "
    SELECT * FROM entries WHERE article_id = ?1 AND feed_id = ?2 ORDER BY changed_at DESC LIMIT ?3";

pub(super) const BY_DATE: &str = "
    SELECT * FROM entries WHERE feed_id = ?1 AND heading = ?2 AND published_at = ?3 LIMIT ?4";

pub(super) const BY_HEADING: &str = "
    SELECT * FROM entries WHERE feed_id = ?1 AND heading = ?2 ORDER BY published_at DESC LIMIT ?3";

pub(super) const BY_KIN: &str = "
    SELECT entries.* FROM articles JOIN entries ON entries.article_id = articles.id
    WHERE kin = ?1 AND entries.feed_id = ?2 LIMIT ?3";

/// An entry as it is stored.
#[derive(Debug, Clone)]
pub(super) struct KnownEntry {
    pub id: i64,
    pub key: Key,
    pub heading: Option<Key>,
    pub hash: Digest,
    pub published_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub fetched: bool,
    pub article: ArticleId,
    /// Where it led when it was seen last, normalised.
    pub url: String,
}

impl KnownEntry {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            key: row.get("key")?,
            heading: row.get("heading")?,
            hash: row.get("hash")?,
            published_at: row.get("published_at")?,
            updated_at: row.get("updated_at")?,
            fetched: row.get("fetched")?,
            article: row.get("article_id")?,
            url: row.get("url")?,
        })
    }

    pub fn has_dates_of(&self, seen: &SeenEntry) -> bool {
        self.published_at == seen.entry.published_at && self.updated_at == seen.entry.updated_at
    }
}

/// An entry of a document as it is to be stored, beside the known one that it may be.
pub(super) struct Found<'a> {
    pub seen: &'a SeenEntry,
    /// Its article's identity, and where to fetch that.
    pub address: Url,
    pub link: Option<&'a Url>,
    pub known: Option<KnownEntry>,
    pub sight: Sight<'a>,
}

impl Found<'_> {
    /// Whether it may well be the known one, which is then no other's.
    fn is_near(&self) -> bool {
        let like = self.sight.resemblance.as_ref();
        self.sight.is_known_by_key || like.is_some_and(|like| like.is_near())
    }
}

/// Looks up what the entries of a document may be.
pub(super) struct Lookup<'a> {
    pub connection: &'a Connection,
    pub feed: FeedId,
    pub policy: &'a KeyPolicy,
    /// The keys of the document: whose entry stands in it under its own key is no other's.
    pub present: &'a HashSet<Key>,
}

impl Lookup<'_> {
    /// Each entry with what it may be; one that is known is so to one of them.
    pub fn all<'a>(&self, entries: &'a [SeenEntry], reading: &[Reading]) -> Result<Vec<Found<'a>>, StoreError> {
        let mut has_entries = self.connection.prepare_cached("SELECT 1 FROM entries WHERE feed_id = ? LIMIT 1")?;
        let is_first = !has_entries.exists([self.feed])?;
        let mut taken = HashSet::new();
        let mut all = Vec::with_capacity(entries.len());
        for (seen, reading) in entries.iter().zip(reading) {
            let found = if is_first { self.found(seen, None)? } else { self.one(seen, reading, &taken)? };
            taken.extend(found.known.as_ref().filter(|_| found.is_near()).map(|known| known.id));
            all.push(found);
        }
        Ok(all)
    }

    fn one<'a>(&self, seen: &'a SeenEntry, reading: &Reading, taken: &HashSet<i64>) -> Result<Found<'a>, StoreError> {
        let by_key = self
            .connection
            .prepare_cached(BY_KEY)?
            .query_row(params![self.feed, reading.key], KnownEntry::read)
            .optional()?;
        if let Some(known) = by_key {
            return self.resembling(seen, known, reading, true);
        }
        let address = self.policy.steady(&seen.article);
        let mut others = self.others(seen, &address, reading)?;
        others.retain(|other| !taken.contains(&other.id) && !self.present.contains(&other.key));
        let mut best = self.found(seen, None)?;
        for other in others {
            let found = self.resembling(seen, other, reading, false)?;
            let rank = |found: &Found<'_>| found.sight.resemblance.as_ref().map(Resemblance::rank);
            if rank(&found) > rank(&best) {
                best = found;
            }
        }
        Ok(best)
    }

    /// Known entries under other keys that one under an unknown key may be.
    fn others(&self, seen: &SeenEntry, address: &Url, reading: &Reading) -> Result<Vec<KnownEntry>, StoreError> {
        let mut others = Vec::new();
        if let Some(article) = aliases::resolve(self.connection, address)? {
            let mut statement = self.connection.prepare_cached(BY_ARTICLE)?;
            let rows = statement.query_map(params![article, self.feed, MAX_COMPARED], KnownEntry::read)?;
            others.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        if let Some(kin) = identity::kin_key(address) {
            let mut statement = self.connection.prepare_cached(BY_KIN)?;
            let rows = statement.query_map(params![kin, self.feed, MAX_COMPARED], KnownEntry::read)?;
            others.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        if reading.heading.is_some() {
            let published_at = seen.entry.published_at;
            let mut statement = self.connection.prepare_cached(BY_DATE)?;
            let rows = statement
                .query_map(params![self.feed, reading.heading, published_at, MAX_COMPARED], KnownEntry::read)?;
            others.extend(rows.collect::<Result<Vec<_>, _>>()?);
            let mut statement = self.connection.prepare_cached(BY_HEADING)?;
            let rows = statement.query_map(params![self.feed, reading.heading, MAX_COMPARED], KnownEntry::read)?;
            others.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(others)
    }

    fn resembling<'a>(
        &self,
        seen: &'a SeenEntry,
        known: KnownEntry,
        reading: &Reading,
        is_known_by_key: bool,
    ) -> Result<Found<'a>, StoreError> {
        let mut found = self.found(seen, Some(&known))?;
        let published = known.published_at.zip(seen.entry.published_at);
        let dates = published.or(known.updated_at.zip(seen.entry.updated_at));
        found.sight.is_known_by_key = is_known_by_key;
        found.sight.resemblance = Some(Resemblance {
            bearing: self.bearing(&known, &found.address, is_known_by_key)?,
            is_titled_alike: known.heading == reading.heading,
            has_same_date: dates.map(|(before, now)| before == now),
            has_same_words: known.hash == reading.hash,
        });
        found.known = Some(known);
        Ok(found)
    }

    /// An entry where nothing is known, or that stays what it was: one that was its page's before others came to share
    /// that goes on to be.
    fn found<'a>(&self, seen: &'a SeenEntry, known: Option<&KnownEntry>) -> Result<Found<'a>, StoreError> {
        let shared = seen.entry.link.as_ref().filter(|link| self.policy.is_shared(link));
        let page = shared.map(|link| self.policy.address(link));
        let stays = known.zip(page).filter(|(known, page)| known.url == page.as_str());
        let (address, link) = match stays {
            Some((known, page)) => (page, shared.filter(|_| known.fetched)),
            None => (self.policy.steady(&seen.article), seen.link.as_ref()),
        };
        let sight = Sight { entry: &seen.entry, address: address.clone(), is_known_by_key: false, resemblance: None };
        Ok(Found { seen, address, link, known: None, sight })
    }

    fn bearing(&self, known: &KnownEntry, now: &Url, is_known_by_key: bool) -> Result<Bearing, StoreError> {
        if known.url == now.as_str() {
            return Ok(Bearing::Same);
        }
        // What is believed to be another address of the article may be unlearnt: an entry of its own then needs a row.
        if is_known_by_key && aliases::resolve(self.connection, now)? == Some(known.article) {
            return Ok(Bearing::Same);
        }
        let Ok(before) = Url::parse(&known.url) else { return Ok(Bearing::Other) };
        Ok(identity::bearing(&self.policy.steady(&before), now))
    }
}
