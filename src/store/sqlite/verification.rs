//! Is what is stored what was stored: the structure of the file, every text and page, the chains of hashes.

use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest as _, Sha256};

use super::checksum::Checked;
use super::columns::{from_json, unpack};
use super::error::if_readable;
use super::versions::{self, Sealed};
use super::{Store, StoreError, contents};
use crate::model::{ArticleId, ArticleText, Change, Source, Timestamp};
use crate::store::{Digest, Flaw, FlawKind, Verification};

/// Lines that SQLite says of a damaged structure.
const LINES: usize = 100;
/// Articles looked at in one read, so that a long check does not hold back the write-ahead log.
const PIECE: usize = 200;

impl Store {
    /// What is wrong with the structure of the database, in SQLite's words; at most a few hundred lines. Takes about a
    /// second for each gigabyte.
    pub async fn structure(&self) -> Result<Vec<String>, StoreError> {
        self.read(|connection| {
            let mut found = lines(connection, &format!("PRAGMA integrity_check({LINES})"))?;
            found.retain(|line| line != "ok");
            found.extend(dangling(connection)?);
            Ok(found)
        })
        .await
    }

    /// Every article, by number; eight bytes each.
    pub async fn every_article(&self) -> Result<Vec<ArticleId>, StoreError> {
        self.read(|connection| {
            // Not by an index: what one lost would not be looked at.
            let mut statement = connection.prepare_cached("SELECT id FROM articles NOT INDEXED ORDER BY id")?;
            Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Reads all versions of these articles, and their pages, and checks that they are what was stored and that each
    /// follows from the one before. A few hundred articles at a time are meant.
    pub async fn verify_articles(&self, articles: Vec<ArticleId>) -> Result<Verification, StoreError> {
        self.read(move |connection| {
            let mut verification = Verification::default();
            for article in articles {
                verification.articles += 1;
                Walk { connection, article, found: &mut verification }.check()?;
            }
            Ok(verification)
        })
        .await
    }

    /// [`verify_articles`](Self::verify_articles) of all that are stored.
    pub async fn verify(&self) -> Result<Verification, StoreError> {
        let mut verification = Verification::default();
        for piece in self.every_article().await?.chunks(PIECE) {
            verification.add(self.verify_articles(piece.to_vec()).await?);
        }
        Ok(verification)
    }
}

fn lines(connection: &Connection, check: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare(check)?;
    let mut rows = statement.query([])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(row.get(0)?);
    }
    Ok(lines)
}

/// Rows that refer to rows which are not there.
fn dangling(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let rows = statement.query_map([], |row| {
        let (table, row_number, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let which = row_number.map(|number| format!(" {number}")).unwrap_or_default();
        Ok(format!("row{which} of `{table}` refers to a row of `{parent}` that is not there"))
    })?;
    Ok(rows.take(LINES).collect::<Result<_, _>>()?)
}

/// A version's row as far as the chain needs it.
struct Link {
    number: u32,
    observed_at: Timestamp,
    source: Source,
    content: Option<i64>,
    page_sha256: Option<Digest>,
    sha256: Digest,
}

/// The way along the versions of one article.
struct Walk<'a> {
    connection: &'a Connection,
    article: ArticleId,
    found: &'a mut Verification,
}

impl Walk<'_> {
    fn check(&mut self) -> Result<(), StoreError> {
        match self.versions() {
            // A part of the file that cannot be read: the other articles may be whole.
            Err(error @ (StoreError::Damaged(_) | StoreError::Unreadable(_))) => {
                self.flaw(None, FlawKind::Article, error.to_string());
                Ok(())
            }
            walked => walked,
        }
    }

    fn versions(&mut self) -> Result<(), StoreError> {
        let mut article = self.connection.prepare_cached("SELECT url, versions FROM articles WHERE id = ?")?;
        let row = article.query_row([self.article], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        // Removed since it was listed.
        let Some((address, count)): Option<(String, u32)> = row else { return Ok(()) };
        let mut statement = self.connection.prepare_cached(
            "SELECT number, observed_at, source, content_id, page_sha256, sha256, headline, byline, published_at,
                 modified_at, change
             FROM versions WHERE article_id = ? ORDER BY number",
        )?;
        let mut rows = statement.query([self.article])?;
        let (mut previous, mut expected) = (None, 1);
        while let Some(row) = rows.next()? {
            let number: u32 = row.get("number")?;
            self.missing(expected..number);
            expected = number + 1;
            self.found.versions += 1;
            let checked = self.version(row, &address, previous.as_ref());
            previous = row.get("sha256").ok();
            match checked {
                Err(error @ (StoreError::Damaged(_) | StoreError::Unreadable(_))) => {
                    self.flaw(Some(number), FlawKind::Text, error.to_string());
                }
                checked => checked?,
            }
        }
        self.missing(expected..count + 1);
        self.headline()?;
        self.revisions()
    }

    /// `--revised` and the charts go by how many versions the publisher made of an earlier one.
    fn revisions(&mut self) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT 1 FROM articles WHERE id = ?1 AND revisions <> (
                 SELECT count(*) FROM versions WHERE article_id = ?1 AND number > 1 AND NOT technical)",
        )?;
        if statement.exists([self.article])? {
            let what = "the number of revisions that lists go by is not that of its versions";
            self.flaw(None, FlawKind::Listed, what.to_owned());
        }
        Ok(())
    }

    /// Lists show the headline of the latest version that has one.
    fn headline(&mut self) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT articles.headline, versions.headline FROM articles
                 JOIN versions ON article_id = articles.id AND number = versions
             WHERE articles.id = ? AND versions.headline IS NOT NULL AND versions.headline IS NOT articles.headline",
        )?;
        if statement.exists([self.article])? {
            self.flaw(
                None,
                FlawKind::Listed,
                "the headline that lists show is not that of its latest version".to_owned(),
            );
        }
        Ok(())
    }

    fn missing(&mut self, numbers: std::ops::Range<u32>) {
        // Of a number that was altered, thousands may seem to be missing.
        for number in numbers.take(LINES) {
            self.flaw(Some(number), FlawKind::Missing, "the version is not there any more".to_owned());
        }
    }

    fn version(&mut self, row: &Row<'_>, address: &str, previous: Option<&Digest>) -> Result<(), StoreError> {
        let link = Link {
            number: row.get("number")?,
            observed_at: row.get("observed_at")?,
            source: row.get("source")?,
            content: row.get("content_id")?,
            page_sha256: row.get("page_sha256")?,
            sha256: row.get("sha256")?,
        };
        let flaws = self.found.flaws.len();
        let Some(text) = self.text(&link, row)? else { return Ok(()) };
        // Where the text itself says which of them differs, that is enough.
        let is_whole = Checked::Version.is_whole(self.connection, self.article, link.number)?;
        if is_whole == Some(false) && flaws == self.found.flaws.len() {
            let what = "what lists show of it (words, kinds, severity) is not what was stored";
            self.flaw(Some(link.number), FlawKind::Listed, what.to_owned());
        }
        let sealed = Sealed {
            address,
            number: link.number,
            observed_at: link.observed_at,
            source: link.source,
            text,
            page: link.page_sha256,
        };
        if sealed.hash(previous) != link.sha256 {
            let what = "its hash does not follow from its content and the version before";
            self.flaw(Some(link.number), FlawKind::Chain, what.to_owned());
        }
        self.page(&link)
    }

    /// The hash of the version's text, of one that is hidden the one that was kept; `None` where there is none.
    fn text(&mut self, link: &Link, row: &Row<'_>) -> Result<Option<Digest>, StoreError> {
        let Some(content) = link.content else { return self.hidden(link) };
        if Checked::Hiding.is_whole(self.connection, self.article, link.number)?.is_some() {
            let what = "it is recorded as hidden, and nobody hid it: its text is there";
            self.flaw(Some(link.number), FlawKind::Hiding, what.to_owned());
        }
        let text = match contents::load(self.connection, content) {
            Err(StoreError::Unreadable(cause)) => {
                self.flaw(Some(link.number), FlawKind::Text, format!("its text cannot be read: {cause}"));
                return Ok(None);
            }
            text => text?,
        };
        match if_readable(from_json::<ArticleText>(&text))? {
            Some(read) => self.listed(link.number, &read, row)?,
            None => self.flaw(Some(link.number), FlawKind::Text, "its text has lost its form".to_owned()),
        }
        Ok(Some(Sha256::digest(&text).into()))
    }

    fn hidden(&mut self, link: &Link) -> Result<Option<Digest>, StoreError> {
        let mut kept =
            self.connection.prepare_cached("SELECT text_sha256 FROM hidings WHERE article_id = ? AND number = ?")?;
        let kept = kept.query_row(params![self.article, link.number], |row| row.get(0)).optional()?;
        match kept {
            Some(_) => {
                self.found.hidden += 1;
                if Checked::Hiding.is_whole(self.connection, self.article, link.number)? == Some(false) {
                    let what = "the record of who hid it, when and why is not the one that was stored";
                    self.flaw(Some(link.number), FlawKind::Hiding, what.to_owned());
                }
            }
            None => self.flaw(Some(link.number), FlawKind::Text, "its text is gone, and nobody hid it".to_owned()),
        }
        Ok(kept)
    }

    /// What stands beside the text for lists has to be what the text says.
    fn listed(&mut self, number: u32, text: &ArticleText, row: &Row<'_>) -> Result<(), StoreError> {
        let seconds = |at: Option<Timestamp>| at.map(|at| at.as_millis().div_euclid(1000));
        let (headline, byline): (Option<String>, Option<String>) = (row.get("headline")?, row.get("byline")?);
        let change: Option<Vec<u8>> = row.get("change")?;
        let differing = [
            ("headline", headline != text.headline),
            ("byline", byline != text.byline),
            ("time of publication", seconds(row.get("published_at")?) != seconds(text.published_at)),
            ("time of modification", seconds(row.get("modified_at")?) != seconds(text.modified_at)),
            ("change", if_readable(change.as_deref().map(unpack::<Change>).transpose())?.is_none()),
        ];
        for (what, _) in differing.iter().filter(|(_, differs)| *differs) {
            self.flaw(Some(number), FlawKind::Listed, format!("the {what} that lists show is not that of its text"));
        }
        Ok(())
    }

    fn page(&mut self, link: &Link) -> Result<(), StoreError> {
        let page = match versions::page(self.connection, self.article, link.number) {
            Err(StoreError::Unreadable(cause)) => {
                self.flaw(Some(link.number), FlawKind::Page, format!("its stored page cannot be read: {cause}"));
                return Ok(());
            }
            page => page?,
        };
        self.found.pages += u64::from(page.is_some());
        let sha256 = page.map(|page| Digest::from(Sha256::digest(&page.body)));
        if Checked::Page.is_whole(self.connection, self.article, link.number)? == Some(false) {
            let what = "the address, status or headers of its page are not those that were stored";
            self.flaw(Some(link.number), FlawKind::Page, what.to_owned());
        }
        let what = match (sha256, link.page_sha256) {
            (found, kept) if found == kept => return Ok(()),
            // Hidden with its text.
            (None, Some(_)) if link.content.is_none() => return Ok(()),
            (None, Some(_)) => "its stored page is gone",
            (Some(_), None) => "it has a stored page that was not there when it was sealed",
            (Some(_), Some(_)) | (None, None) => "its stored page is not the one that was stored",
        };
        self.flaw(Some(link.number), FlawKind::Page, what.to_owned());
        Ok(())
    }

    fn flaw(&mut self, version: Option<u32>, kind: FlawKind, what: String) {
        self.found.flaws.push(Flaw { article: self.article, version, kind, what });
    }
}
