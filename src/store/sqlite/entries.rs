//! The entries of a poll, and the articles they announce.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, named_params, params};
use url::Url;

use super::columns::{compress, decompress, from_json, json};
use super::error::if_readable;
use super::{StoreError, aliases};
use crate::identity;
use crate::model::{AliasKind, ArticleId, Baseline, Entry, FeedId, Timestamp};
use crate::store::{Digest, PollSummary, SeenAlias, SeenEntry};

/// A page is not looked at more often than this for the sake of an entry that changes at every poll.
const BETWEEN_WAKES: Duration = Duration::from_secs(2 * 60);

/// An entry as it is compared and stored, made ready outside the writer's thread.
#[derive(Debug)]
pub(super) struct Reading {
    key: [u8; 16],
    hash: Digest,
    json: String,
}

impl Reading {
    pub(super) fn of(entries: &[SeenEntry]) -> Result<Vec<Self>, StoreError> {
        entries.iter().map(Self::new).collect()
    }

    fn new(seen: &SeenEntry) -> Result<Self, StoreError> {
        let entry = &seen.entry;
        let words = |entry: &Entry| {
            json(&(entry, entry.published_at.map(Timestamp::as_millis), entry.updated_at.map(Timestamp::as_millis)))
        };
        // Links may carry what is made up for each request; where they lead is compared on its own.
        let unlinked = words(&Entry { link: None, ..entry.clone() })?;
        let hash = *blake3::hash(unlinked.as_bytes()).as_bytes();
        Ok(Self { key: short_digest(&entry.key), hash, json: words(entry)? })
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

/// Stores what is new or different in the entries of a poll; also gives the articles that these are about.
pub(super) fn record(
    connection: &Connection,
    feed: FeedId,
    entries: &[SeenEntry],
    reading: &[Reading],
    now: Timestamp,
) -> Result<(PollSummary, Vec<ArticleId>), StoreError> {
    let summary = PollSummary::default();
    let mut poll = Poll { connection, feed, now, summary, announced: 0, touched: Vec::new() };
    for (seen, reading) in entries.iter().zip(reading) {
        poll.record(seen, reading)?;
    }
    poll.finish()
}

struct Poll<'a> {
    connection: &'a Connection,
    feed: FeedId,
    now: Timestamp,
    summary: PollSummary,
    announced: usize,
    /// Articles of new and changed entries.
    touched: Vec<ArticleId>,
}

/// What an entry is to its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Novelty {
    New,
    Changed,
    /// Says the same as before, at an address made up anew.
    Fresh,
}

/// Where an entry that was known leads now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destination {
    Same,
    SameButForToken,
    Other,
}

struct KnownEntry {
    id: i64,
    hash: Digest,
    fetched: bool,
    article: ArticleId,
    /// Where it led when it was seen last, normalised.
    url: String,
}

impl Poll<'_> {
    fn record(&mut self, seen: &SeenEntry, reading: &Reading) -> Result<(), StoreError> {
        let Some(known) = self.find(reading)? else { return self.insert(seen, reading) };
        let same_words = known.hash == reading.hash;
        let same_place = known.url == seen.article.as_str();
        let same_follow = known.fetched == seen.link.is_some();
        if same_words && same_place && same_follow {
            return Ok(());
        }
        let destination = if same_place { Destination::Same } else { self.destination(seen, &known)? };
        if same_words && same_follow && destination == Destination::SameButForToken {
            self.rewrite(&known, known.article, seen, reading, Novelty::Fresh)?;
            return self.follow(known.article, seen.link.as_ref());
        }
        if !(same_words && same_place) {
            self.summary.changed_entries += 1;
        }
        let article = match destination {
            Destination::Same | Destination::SameButForToken => known.article,
            Destination::Other => self.article(seen)?,
        };
        if article != known.article && self.has_title(known.id, seen.entry.title.as_deref())? {
            self.inherit(article, known.article)?;
        }
        self.rewrite(&known, article, seen, reading, Novelty::Changed)?;
        if article != known.article {
            self.silence(known.article, known.id)?;
        }
        self.announce(article)?;
        self.touched.push(article);
        self.follow(article, seen.link.as_ref())?;
        self.wake_changed(article)?;
        self.speak(article, known.id, seen, Novelty::Changed)
    }

    /// Whether an entry that links elsewhere now links to the same article.
    ///
    /// Feeds move their links to https, give them other slugs under the same number, or put a token into them that is
    /// another one at each poll: the entry says that it is the same all the same.
    fn destination(&self, seen: &SeenEntry, known: &KnownEntry) -> Result<Destination, StoreError> {
        if let Some(article) = aliases::resolve(self.connection, &seen.article)? {
            return Ok(if article == known.article { Destination::Same } else { Destination::Other });
        }
        let Ok(before) = Url::parse(&known.url) else { return Ok(Destination::Other) };
        if identity::is_token_variant(&before, &seen.article) {
            return Ok(Destination::SameButForToken);
        }
        if identity::relation(&before, &seen.article).is_none() {
            return Ok(Destination::Other);
        }
        let alias = SeenAlias { url: seen.article.clone(), kind: AliasKind::Entry, firm: true };
        aliases::learn(self.connection, known.article, &alias, self.now)?;
        Ok(Destination::Same)
    }

    /// Stores an entry as it reads now.
    fn rewrite(
        &self,
        known: &KnownEntry,
        article: ArticleId,
        seen: &SeenEntry,
        reading: &Reading,
        novelty: Novelty,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE entries SET article_id = ?1, url = ?2, hash = ?3, fetched = ?4, content = ?5,
                     changed_at = iif(?6, ?7, changed_at)
                 WHERE id = ?8",
            )?
            .execute(params![
                article,
                seen.article.as_str(),
                reading.hash,
                seen.link.is_some(),
                compress(reading.json.as_bytes())?,
                novelty == Novelty::Changed,
                self.now,
                known.id
            ])?;
        Ok(())
    }

    fn has_title(&self, entry: i64, title: Option<&str>) -> Result<bool, StoreError> {
        Ok(if_readable(find(self.connection, Some(entry)))?
            .flatten()
            .is_some_and(|known| known.title.as_deref() == title))
    }

    /// The same story at another address (a site that moved to https, or to other paths) is no news where the old one
    /// was known.
    fn inherit(&self, article: ArticleId, old: ArticleId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE articles
                 SET baseline = (SELECT iif(versions > 0, ?3, baseline) FROM articles WHERE id = ?2)
                 WHERE id = ?1 AND versions = 0",
            )?
            .execute(params![article, old, Baseline::Old])?;
        Ok(())
    }

    fn find(&self, reading: &Reading) -> Result<Option<KnownEntry>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, hash, fetched, article_id, url FROM entries WHERE feed_id = ? AND key = ?")?;
        let known = statement.query_row(params![self.feed, reading.key], |row| {
            Ok(KnownEntry {
                id: row.get(0)?,
                hash: row.get(1)?,
                fetched: row.get(2)?,
                article: row.get(3)?,
                url: row.get(4)?,
            })
        });
        Ok(known.optional()?)
    }

    fn insert(&mut self, seen: &SeenEntry, reading: &Reading) -> Result<(), StoreError> {
        let article = self.article(seen)?;
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO entries (feed_id, key, article_id, url, hash, fetched, first_seen_at, changed_at, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8) RETURNING id",
        )?;
        let values = params![
            self.feed,
            reading.key,
            article,
            seen.article.as_str(),
            reading.hash,
            seen.link.is_some(),
            self.now,
            compress(reading.json.as_bytes())?
        ];
        let id = statement.query_row(values, |row| row.get(0))?;
        self.summary.new_entries += 1;
        self.touched.push(article);
        self.speak(article, id, seen, Novelty::New)?;
        if self.announce(article)? {
            self.raise(article, seen.baseline)?;
            // A look soon: rules that ask for this feed have not been asked about the article.
            self.wake(article)?;
        }
        if let Some(link) = &seen.link {
            self.fetch_from_now_on(article, link)?;
        }
        // Whoever announces an article that rests wants it looked at.
        self.connection
            .prepare_cached("UPDATE articles SET due_at = ?2 WHERE id = ?1 AND due_at IS NULL")?
            .execute(params![article, self.now])?;
        Ok(())
    }

    /// The article an entry stands for; a new one is due at once.
    fn article(&mut self, seen: &SeenEntry) -> Result<ArticleId, StoreError> {
        if let Some(id) = aliases::resolve(self.connection, &seen.article)? {
            return Ok(id);
        }
        let link = seen.link.as_ref();
        let id = create(self.connection, &seen.article, link, seen.baseline, seen.entry.title.as_deref(), self.now)?;
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

    fn finish(self) -> Result<(PollSummary, Vec<ArticleId>), StoreError> {
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
        Ok((summary, self.touched))
    }
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

fn short_digest(key: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(key.as_bytes()).as_bytes()[..16]);
    short
}
