//! The entries of a poll, and the articles they announce.

use std::collections::HashSet;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, named_params, params};
use tracing::info;
use url::Url;

use super::columns::{compress, decompress, from_json, json};
use super::error::if_readable;
use super::resemblance::{Found, KnownEntry, Lookup};
use super::{StoreError, aliases};
use crate::identity::{self, Bearing, KeyPolicy, Sight, Verdict};
use crate::model::{AliasKind, ArticleId, Baseline, Entry, FeedId, Timestamp};
use crate::store::{Digest, PollSummary, SeenAlias, SeenEntry};

/// Entries whose addresses are made steady; older ones have left their feed long ago.
const MAX_STEADIED: u32 = 10_000;

pub(super) const OF_FEED: &str = "
    SELECT id, article_id, url FROM entries WHERE feed_id = ?1 ORDER BY id DESC LIMIT ?2";

/// A page is not looked at more often than this for the sake of an entry that changes at every poll.
const BETWEEN_WAKES: Duration = Duration::from_secs(2 * 60);

/// The first half of a BLAKE3 digest.
pub(super) type Key = [u8; 16];

/// An entry as it is compared and stored, made ready outside the writer's thread.
#[derive(Debug)]
pub(super) struct Reading {
    pub key: Key,
    pub heading: Option<Key>,
    pub hash: Digest,
    json: String,
}

impl Reading {
    pub(super) fn of(entries: &[SeenEntry]) -> Result<Vec<Self>, StoreError> {
        entries.iter().map(Self::new).collect()
    }

    fn new(seen: &SeenEntry) -> Result<Self, StoreError> {
        let entry = &seen.entry;
        // Keys, links and dates may be made up for each request; each is compared on its own.
        let (published_at, updated_at) = (None, None);
        let words = Entry { key: String::new(), id: None, link: None, published_at, updated_at, ..entry.clone() };
        let hash = *blake3::hash(json(&words)?.as_bytes()).as_bytes();
        let heading = identity::heading(entry).map(|heading| short_digest(heading.trim()));
        let (published_at, updated_at) = (entry.published_at, entry.updated_at);
        let json = json(&(entry, published_at.map(Timestamp::as_millis), updated_at.map(Timestamp::as_millis)))?;
        Ok(Self { key: short_digest(&entry.key), heading, hash, json })
    }
}

/// The entry that speaks for its article.
pub(super) fn find(connection: &Connection, id: Option<i64>) -> Result<Option<Entry>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    let mut statement = connection.prepare_cached("SELECT content FROM entries WHERE id = ?")?;
    let packed: Vec<u8> = statement.query_row([id], |row| row.get(0))?;
    // The times stand beside the entry in milliseconds, because JSON has them in whole seconds.
    let (entry, published_at, updated_at): (Entry, Option<i64>, Option<i64>) = from_json(&decompress(&packed)?)?;
    let published_at = published_at.map(Timestamp::from_millis);
    let updated_at = updated_at.map(Timestamp::from_millis);
    Ok(Some(Entry { published_at, updated_at, ..entry }))
}

/// Takes what the entries of an article say; by what they are known again stays.
pub(super) fn forget_contents(connection: &Connection, article: ArticleId) -> Result<(), StoreError> {
    let ids: Vec<i64> = connection
        .prepare_cached("SELECT id FROM entries WHERE article_id = ?")?
        .query_map([article], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in ids {
        // What cannot be read says nothing.
        let Some(entry) = if_readable(find(connection, Some(id)))?.flatten() else { continue };
        let Entry { key, id: published_id, link, published_at, updated_at, .. } = entry;
        let bare = Entry {
            key,
            id: published_id,
            title: None,
            link,
            published_at,
            updated_at,
            author: None,
            summary: None,
            text: Vec::new(),
            tags: Vec::new(),
            language: None,
        };
        let json = json(&(bare, published_at.map(Timestamp::as_millis), updated_at.map(Timestamp::as_millis)))?;
        connection
            .prepare_cached("UPDATE entries SET content = ?2 WHERE id = ?1")?
            .execute(params![id, compress(json.as_bytes())?])?;
    }
    Ok(())
}

/// What the entries of a poll brought.
pub(super) struct Brought {
    pub(super) summary: PollSummary,
    /// Articles of new and changed entries.
    pub(super) touched: Vec<ArticleId>,
    /// When each entry on an article that the feed had not announced says that it was published.
    pub(super) news: Vec<Option<Timestamp>>,
    /// How the entries of the feed are told apart from now on.
    pub(super) keys: KeyPolicy,
}

/// Stores what is new or different in the entries of a poll.
pub(super) fn record(
    connection: &Connection,
    feed: FeedId,
    entries: &[SeenEntry],
    reading: &[Reading],
    keys: &KeyPolicy,
    now: Timestamp,
) -> Result<Brought, StoreError> {
    let present: HashSet<Key> = reading.iter().map(|reading| reading.key).collect();
    let look = |policy| Lookup { connection, feed, policy, present: &present }.all(entries, reading);
    let mut found = look(keys)?;
    let mut policy = keys.clone();
    policy.learn(&sights(&found));
    if policy.volatile != keys.volatile {
        steady(connection, feed, &policy, now)?;
        found = look(&policy)?;
    }
    let verdict = Verdict::on(&sights(&found));
    let keys = new_keys(keys, &policy, entries, reading);
    let summary = PollSummary::default();
    let (touched, news) = (Vec::new(), Vec::new());
    let mut poll = Poll { connection, feed, now, policy, verdict, summary, announced: 0, touched, news };
    for ((found, reading), key) in found.into_iter().zip(reading).zip(keys) {
        poll.record(found, reading, key)?;
    }
    poll.finish()
}

/// The keys of the entries by the policy as it is now. Where two would have the same, the second keeps its old one.
fn new_keys(before: &KeyPolicy, policy: &KeyPolicy, entries: &[SeenEntry], reading: &[Reading]) -> Vec<Key> {
    let old = reading.iter().map(|reading| reading.key);
    if before.basis == policy.basis && before.volatile == policy.volatile {
        return old.collect();
    }
    info!(basis = ?policy.basis, volatile = ?policy.volatile, "learnt to tell the entries of a feed apart");
    let keys = policy.keys(&entries.iter().map(|seen| &seen.entry).collect::<Vec<_>>());
    let mut seen = HashSet::new();
    let first = keys.iter().map(|key| short_digest(key)).zip(old);
    first.map(|(key, old)| if seen.insert(key) { key } else { old }).collect()
}

fn sights<'a>(found: &[Found<'a>]) -> Vec<Sight<'a>> {
    found.iter().map(|found| found.sight.clone()).collect()
}

/// Lets the addresses of a feed's entries be without what was found to be made up for each request.
fn steady(connection: &Connection, feed: FeedId, policy: &KeyPolicy, now: Timestamp) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(OF_FEED)?;
    let rows = statement.query_map(params![feed, MAX_STEADIED], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let entries: Vec<(i64, ArticleId, String)> = rows.collect::<Result<_, _>>()?;
    for (entry, article, address) in entries {
        let Ok(before) = Url::parse(&address) else { continue };
        let url = policy.steady(&before);
        if url == before {
            continue;
        }
        connection.prepare_cached("UPDATE entries SET url = ? WHERE id = ?")?.execute(params![url.as_str(), entry])?;
        // No longer than until another article claims it: without its parameter the address may be a list's.
        let alias = SeenAlias { url, kind: AliasKind::Entry, firm: false };
        aliases::learn(connection, article, &alias, now)?;
    }
    Ok(())
}

struct Poll<'a> {
    connection: &'a Connection,
    feed: FeedId,
    now: Timestamp,
    policy: KeyPolicy,
    verdict: Verdict,
    summary: PollSummary,
    announced: usize,
    touched: Vec<ArticleId>,
    news: Vec<Option<Timestamp>>,
}

/// What an entry is to its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Novelty {
    New,
    Changed,
    /// Says the same as before, under a key, at an address or with a date made up anew.
    Fresh,
}

impl Poll<'_> {
    fn record(&mut self, mut found: Found<'_>, reading: &Reading, key: Key) -> Result<(), StoreError> {
        let is_same = self.verdict.is_same(&found.sight);
        let is_by_key = found.sight.is_known_by_key;
        match found.known.take().filter(|_| is_same || is_by_key) {
            Some(known) if is_same => self.recognise(&found, &known, reading, key),
            Some(known) => self.go_over(&found, &known, reading, key),
            None => self.insert(&found, reading, key),
        }
    }

    /// An entry that was known before, whatever its key and link are now.
    fn recognise(
        &mut self,
        found: &Found<'_>,
        known: &KnownEntry,
        reading: &Reading,
        key: Key,
    ) -> Result<(), StoreError> {
        let same_words = known.hash == reading.hash;
        let same_place = known.url == found.address.as_str();
        let same_follow = known.fetched == found.link.is_some();
        let same_dates = known.has_dates_of(found.seen);
        if same_words && same_place && same_follow && same_dates && known.key == key {
            return Ok(());
        }
        let is_token = self.learn_address(found, known)?;
        let moves_with_all = self.verdict.has_migrated || self.verdict.has_moved;
        let has_moved = !same_place && !is_token && !moves_with_all;
        let has_new_date = !same_dates && !self.verdict.is_redated;
        if same_words && same_follow && !has_moved && !has_new_date {
            self.rewrite(known, known.article, found, reading, key, Novelty::Fresh)?;
            return if same_place { Ok(()) } else { self.follow(known.article, found.link) };
        }
        if !same_words || has_moved || has_new_date {
            self.summary.changed_entries += 1;
        }
        self.rewrite(known, known.article, found, reading, key, Novelty::Changed)?;
        self.tell(known.article, known.id, found)
    }

    /// An entry whose key stands for another thing now.
    fn go_over(
        &mut self,
        found: &Found<'_>,
        known: &KnownEntry,
        reading: &Reading,
        key: Key,
    ) -> Result<(), StoreError> {
        self.summary.changed_entries += 1;
        let article = self.article(found)?;
        self.rewrite(known, article, found, reading, key, Novelty::Changed)?;
        if article != known.article {
            self.silence(known.article, known.id)?;
        }
        self.tell(article, known.id, found)
    }

    /// Lets its article know of a changed entry.
    fn tell(&mut self, article: ArticleId, entry: i64, found: &Found<'_>) -> Result<(), StoreError> {
        self.announce(article)?;
        self.touched.push(article);
        self.follow(article, found.link)?;
        self.wake_changed(article)?;
        self.speak(article, entry, found.seen, Novelty::Changed)
    }

    /// Learns where an entry that was recognised leads now. Whether that differs only in what is made up for each
    /// request.
    fn learn_address(&self, found: &Found<'_>, known: &KnownEntry) -> Result<bool, StoreError> {
        let Some(like) = &found.sight.resemblance else { return Ok(false) };
        let firm = match &like.bearing {
            Bearing::Same | Bearing::Parameters(_) => return Ok(true),
            Bearing::Nowhere | Bearing::Other => false,
            Bearing::Variant | Bearing::Alike => true,
        };
        if aliases::resolve(self.connection, &found.address)? != Some(known.article) {
            let alias = SeenAlias { url: found.address.clone(), kind: AliasKind::Entry, firm };
            aliases::learn(self.connection, known.article, &alias, self.now)?;
        }
        Ok(false)
    }

    /// Stores an entry as it reads now. It keeps its key where another one has the new one.
    fn rewrite(
        &self,
        known: &KnownEntry,
        article: ArticleId,
        found: &Found<'_>,
        reading: &Reading,
        key: Key,
        novelty: Novelty,
    ) -> Result<(), StoreError> {
        let entry = &found.seen.entry;
        self.connection
            .prepare_cached(
                "UPDATE entries SET article_id = :article, url = :url, heading = :heading, hash = :hash,
                     published_at = :published, updated_at = :updated, fetched = :fetched, content = :content,
                     changed_at = iif(:changed, :now, changed_at),
                     key = iif(EXISTS (SELECT 1 FROM entries WHERE feed_id = :feed AND key = :key), key, :key)
                 WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": known.id, ":article": article, ":url": found.address.as_str(), ":heading": reading.heading,
                ":hash": reading.hash, ":published": entry.published_at, ":updated": entry.updated_at,
                ":fetched": found.link.is_some(), ":content": compress(reading.json.as_bytes())?,
                ":changed": novelty == Novelty::Changed, ":now": self.now, ":feed": self.feed, ":key": key,
            })?;
        Ok(())
    }

    fn insert(&mut self, found: &Found<'_>, reading: &Reading, key: Key) -> Result<(), StoreError> {
        let article = self.article(found)?;
        let entry = &found.seen.entry;
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO entries (feed_id, key, article_id, url, heading, hash, published_at, updated_at, fetched,
                 first_seen_at, changed_at, content)
             VALUES (:feed, :key, :article, :url, :heading, :hash, :published, :updated, :fetched, :now, :now, :content)
             RETURNING id",
        )?;
        let values = named_params! {
            ":feed": self.feed, ":key": key, ":article": article, ":url": found.address.as_str(),
            ":heading": reading.heading, ":hash": reading.hash, ":published": entry.published_at,
            ":updated": entry.updated_at, ":fetched": found.link.is_some(), ":now": self.now,
            ":content": compress(reading.json.as_bytes())?,
        };
        let id = statement.query_row(values, |row| row.get(0))?;
        self.summary.new_entries += 1;
        self.touched.push(article);
        self.speak(article, id, found.seen, Novelty::New)?;
        if self.announce(article)? {
            self.news.push(dated(entry));
            self.raise(article, found.seen.baseline)?;
            // A look soon: rules that ask for this feed have not been asked about the article.
            self.wake(article)?;
        } else {
            // Something more to say on a page that was known.
            self.wake_changed(article)?;
        }
        if let Some(link) = found.link {
            self.fetch_from_now_on(article, link)?;
        }
        // Whoever announces an article that rests wants it looked at.
        self.connection
            .prepare_cached("UPDATE articles SET due_at = ?2 WHERE id = ?1 AND due_at IS NULL")?
            .execute(params![article, self.now])?;
        Ok(())
    }

    /// The article an entry stands for; a new one is due at once.
    fn article(&mut self, found: &Found<'_>) -> Result<ArticleId, StoreError> {
        if let Some(id) = aliases::resolve(self.connection, &found.address)? {
            return Ok(id);
        }
        let title = found.seen.entry.title.as_deref();
        let id = create(self.connection, &found.address, found.link, found.seen.baseline, title, self.now)?;
        self.summary.new_articles += 1;
        Ok(id)
    }

    /// Whether the feed had not announced the article before.
    fn announce(&mut self, article: ArticleId) -> Result<bool, StoreError> {
        let first = self
            .connection
            .prepare_cached(
                "INSERT INTO announcements (article_id, feed_id, first_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            )?
            .execute(params![article, self.feed, self.now])?;
        self.announced += first;
        Ok(first > 0)
    }

    /// Lets an entry speak for its article if it may: feeds word the same article differently, and who speaks in turn
    /// with another would revise it each time.
    ///
    /// It is the newest entry of the feed that was the first to announce the article. When that feed is watched no
    /// longer, the next one speaks as soon as it has something new to say.
    fn speak(&self, article: ArticleId, entry: i64, seen: &SeenEntry, novelty: Novelty) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE articles SET entry_id = :entry, headline = iif(versions = 0, coalesce(:title, headline), headline)
                 WHERE id = :article AND (entry_id IS NULL OR EXISTS (
                     SELECT 1 FROM entries JOIN feeds ON feeds.id = feed_id WHERE entries.id = entry_id
                     AND (feed_id = :feed OR (state <> 'watched' AND (versions = 0 OR :changed)))))",
            )?
            .execute(named_params! {
                ":entry": entry, ":title": seen.entry.title, ":article": article, ":feed": self.feed,
                ":changed": novelty == Novelty::Changed,
            })?;
        Ok(())
    }

    /// An entry that went over to another article speaks for this one no more. Before there is a version anybody else
    /// may; later only its own feed, until another has something new to say.
    fn silence(&self, article: ArticleId, entry: i64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE articles SET entry_id = (
                     SELECT id FROM entries WHERE article_id = ?1 AND (feed_id = ?3 OR versions = 0)
                     ORDER BY feed_id <> ?3, changed_at DESC, id DESC LIMIT 1)
                 WHERE id = ?1 AND entry_id = ?2",
            )?
            .execute(params![article, entry, self.feed])?;
        Ok(())
    }

    /// An article that has no version yet begins as the best of its announcements says: one that was old in a feed new
    /// to us is news all the same when a feed brings it that was watched before.
    fn raise(&self, article: ArticleId, baseline: Baseline) -> Result<(), StoreError> {
        let lower: &[Baseline] = match baseline {
            Baseline::Old => &[],
            Baseline::Recent => &[Baseline::Old],
            Baseline::News => &[Baseline::Old, Baseline::Recent],
        };
        for lower in lower {
            self.connection
                .prepare_cached("UPDATE articles SET baseline = ?2 WHERE id = ?1 AND baseline = ?3 AND versions = 0")?
                .execute(params![article, baseline, lower])?;
        }
        Ok(())
    }

    /// The page of an article counts as soon as one feed wants it followed, whoever announced it first.
    fn fetch_from_now_on(&self, article: ArticleId, link: &Url) -> Result<(), StoreError> {
        let host = host(self.connection, Some(link))?;
        let gained = self
            .connection
            .prepare_cached("UPDATE articles SET link = ?2, host_id = ?3 WHERE id = ?1 AND link IS NULL")?
            .execute(params![article, link.as_str(), host])?;
        if gained > 0 { self.wake(article) } else { Ok(()) }
    }

    /// Takes over where an entry says its article is to be fetched. Without a link the article's page is left only
    /// if no other entry wants it.
    fn follow(&self, article: ArticleId, link: Option<&Url>) -> Result<(), StoreError> {
        let host = host(self.connection, link)?;
        let sql = match link {
            Some(_) => "UPDATE articles SET link = ?2, host_id = ?3 WHERE id = ?1 AND link IS NOT ?2",
            None => {
                "UPDATE articles SET link = ?2, host_id = ?3 WHERE id = ?1 AND link IS NOT ?2
                 AND NOT EXISTS (SELECT 1 FROM entries WHERE article_id = ?1 AND fetched)"
            }
        };
        self.connection.prepare_cached(sql)?.execute(params![article, link.map(Url::as_str), host])?;
        Ok(())
    }

    /// Makes the article of a changed entry due, but not again and again for one that changes at every poll.
    fn wake_changed(&self, article: ArticleId) -> Result<(), StoreError> {
        let mut looked =
            self.connection.prepare_cached("SELECT last_check_at FROM articles WHERE id = ? AND link IS NOT NULL")?;
        let looked: Option<Option<Timestamp>> = looked.query_row([article], |row| row.get(0)).optional()?;
        let rested = looked.flatten().map(|at| at + BETWEEN_WAKES);
        match rested.filter(|at| *at > self.now) {
            Some(later) => wake(self.connection, article, later),
            None => self.wake(article),
        }
    }

    fn wake(&self, article: ArticleId) -> Result<(), StoreError> {
        wake(self.connection, article, self.now)
    }

    fn finish(self) -> Result<Brought, StoreError> {
        let summary = PollSummary { announced: self.announced, ..self.summary };
        if summary.new_entries > 0 || self.announced > 0 {
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            self.connection
                .prepare_cached("UPDATE feeds SET entries = entries + ?, articles = articles + ? WHERE id = ?")?
                .execute(params![count(summary.new_entries), count(self.announced), self.feed])?;
            self.connection
                .prepare_cached("UPDATE totals SET articles = articles + ?")?
                .execute([count(summary.new_articles)])?;
        }
        Ok(Brought { summary, touched: self.touched, news: self.news, keys: self.policy })
    }
}

/// When an entry says that it was published.
pub(super) fn dated(entry: &Entry) -> Option<Timestamp> {
    entry.published_at.or(entry.updated_at)
}

/// Makes the article due; if somebody is at it just now, then again once that is done.
pub(super) fn wake(connection: &Connection, article: ArticleId, now: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE articles SET due_at = min(coalesce(due_at, ?2), ?2), woken = lease_until IS NOT NULL
             WHERE id = ?1",
        )?
        .execute(params![article, now])?;
    Ok(())
}

/// Fetches the article's page at `link` from now on. What its old place said of caching is nothing to the new one.
pub(super) fn fetch_at(connection: &Connection, article: ArticleId, link: &Url) -> Result<(), StoreError> {
    let host = host(connection, Some(link))?;
    connection
        .prepare_cached("UPDATE articles SET link = ?2, host_id = ?3, etag = NULL, last_modified = NULL WHERE id = ?1")?
        .execute(params![article, link.as_str(), host])?;
    Ok(())
}

/// A new article, due at once.
pub(super) fn create(
    connection: &Connection,
    address: &Url,
    link: Option<&Url>,
    baseline: Baseline,
    title: Option<&str>,
    now: Timestamp,
) -> Result<ArticleId, StoreError> {
    let host = host(connection, link)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO articles (url, kin, link, host_id, baseline, headline, first_seen_at, last_changed_at, due_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?7) RETURNING id",
    )?;
    let kin = identity::kin_key(address);
    let values = params![address.as_str(), kin, link.map(Url::as_str), host, baseline, title, now];
    Ok(statement.query_row(values, |row| row.get(0))?)
}

fn host(connection: &Connection, link: Option<&Url>) -> Result<i64, StoreError> {
    let name = link.and_then(Url::host_str).unwrap_or_default();
    let mut known = connection.prepare_cached("SELECT id FROM hosts WHERE name = ?")?;
    if let Some(id) = known.query_row([name], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let mut statement = connection.prepare_cached("INSERT INTO hosts (name) VALUES (?) RETURNING id")?;
    Ok(statement.query_row([name], |row| row.get(0))?)
}

fn short_digest(key: &str) -> Key {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(key.as_bytes()).as_bytes()[..16]);
    short
}
