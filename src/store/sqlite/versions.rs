//! Versions: stored once, never changed, each sealed with the hash of the one before.

use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::checksum::checksum;
use super::columns::{compress, from_json, hex, json, pack, unpack};
use super::contents::{self, Content};
use super::error::if_readable;
use super::{StoreError, columns, vocabulary};
use crate::model::{ArticleId, ArticleText, Change, Paragraph, Reader, Role, Source, Timestamp, Version};
use crate::store::{Digest, Hiding, NewVersion, StoredPage, VersionRow};

/// A version, compressed and hashed outside the writer's thread.
#[derive(Debug)]
pub(super) struct Prepared {
    text: Content,
    text_sha256: Digest,
    page: Option<PreparedPage>,
    change: Option<Vec<u8>>,
    words: i64,
}

#[derive(Debug)]
struct PreparedPage {
    sha256: Digest,
    headers: Vec<u8>,
    choice: Vec<u8>,
    body: Content,
}

/// Whether a version is another reading of ours of the one before.
pub(super) fn is_technical(new: &NewVersion) -> bool {
    new.change.as_ref().is_some_and(|change| change.is_technical())
}

/// Does the work that needs no write lock.
pub(super) fn prepare(connection: &Connection, article: ArticleId, new: &NewVersion) -> Result<Prepared, StoreError> {
    let text = json(&new.version.text)?;
    let text_base = content_before(connection, "versions", article, new.version.number)?;
    let page = new.page.as_ref().map(|page| {
        let base = content_before(connection, "pages", article, new.version.number)?;
        let body = Content::new(&page.body, base.as_ref())?;
        Ok::<_, StoreError>(PreparedPage {
            sha256: Sha256::digest(&page.body).into(),
            headers: compress(&header_lines(&page.headers))?,
            choice: pack(&page.choice)?,
            body,
        })
    });
    Ok(Prepared {
        text: Content::new(text.as_bytes(), text_base.as_ref())?,
        text_sha256: Sha256::digest(text.as_bytes()).into(),
        page: page.transpose()?,
        change: new.change.as_ref().map(pack).transpose()?,
        words: i64::try_from(new.version.text.words()).unwrap_or(i64::MAX),
    })
}

/// Stores a version and its page. The number has to follow the latest one.
pub(super) fn insert(
    connection: &Connection,
    article: ArticleId,
    new: &NewVersion,
    prepared: &Prepared,
) -> Result<(), StoreError> {
    let version = &new.version;
    let (address, latest): (String, u32) = connection
        .prepare_cached("SELECT url, versions FROM articles WHERE id = ?")?
        .query_row([article], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if version.number != latest + 1 {
        let what = format!("version {} of article {} cannot follow version {latest}", version.number, article.0);
        return Err(StoreError::Contradiction(what));
    }
    let previous = seal_of(connection, article, latest)?;
    let page_sha256 = prepared.page.as_ref().map(|page| page.sha256);
    let sealed = Sealed {
        address: &address,
        number: version.number,
        observed_at: version.observed_at,
        source: version.source,
        text: prepared.text_sha256,
        page: page_sha256,
    };
    let seal = sealed.hash(previous.as_ref());
    let content = prepared.text.store(connection)?;
    let text = &version.text;
    let checksum = checksum(&[
        &text.headline,
        &text.byline,
        &text.published_at,
        &text.modified_at,
        &prepared.words,
        &prepared.change,
        &is_technical(new),
        &new.fingerprint,
    ])?;
    connection
        .prepare_cached(
            "INSERT INTO versions (article_id, number, observed_at, source, content_id, fingerprint, page_sha256,
                 sha256, headline, byline, published_at, modified_at, words, change, technical, checksum)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            article,
            version.number,
            version.observed_at,
            version.source,
            content,
            new.fingerprint,
            page_sha256,
            seal,
            text.headline,
            text.byline,
            text.published_at,
            text.modified_at,
            prepared.words,
            prepared.change,
            is_technical(new),
            checksum
        ])?;
    connection.prepare_cached("UPDATE totals SET versions = versions + 1")?.execute([])?;
    vocabulary::note(connection, article, version.number)?;
    if let (Some(page), Some(prepared)) = (&new.page, &prepared.page) {
        insert_page(connection, article, version.number, page, prepared)?;
    }
    Ok(())
}

fn insert_page(
    connection: &Connection,
    article: ArticleId,
    number: u32,
    page: &StoredPage,
    prepared: &PreparedPage,
) -> Result<(), StoreError> {
    let content = prepared.body.store(connection)?;
    connection
        .prepare_cached(
            "INSERT INTO pages (article_id, number, url, status, headers, content_id, extractor, site_rule, choice, checksum)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            article,
            number,
            page.url.as_str(),
            page.status,
            prepared.headers,
            content,
            page.reader.extractor,
            page.reader.site_rule.cast_signed(),
            prepared.choice,
            checksum(&[&page.url.as_str(), &page.status, &prepared.headers])?
        ])?;
    Ok(())
}

/// What the hash of a version is made of, beside the hash of the one before.
pub(super) struct Sealed<'a> {
    /// The article's, normalised.
    pub(super) address: &'a str,
    pub(super) number: u32,
    pub(super) observed_at: Timestamp,
    pub(super) source: Source,
    pub(super) text: Digest,
    pub(super) page: Option<Digest>,
}

impl Sealed<'_> {
    /// The hash of the version: SHA-256 over eight lines of UTF-8, each ended by a line feed:
    ///
    /// ```text
    /// wirewatch version
    /// https://news.example/article        the article's normalised address
    /// 2                                   the number
    /// 1795356305000                       when it was observed, in milliseconds since 1970-01-01T00:00:00Z
    /// page                                where it was read
    /// 5f70bf18…                           SHA-256 of the text as stored: its fields as JSON, UTF-8
    /// 0a4d55a8…                           SHA-256 of the body of its page, `-` where none was kept
    /// 9b74c989…                           the hash of the version before, `-` for the first
    /// ```
    ///
    /// Whoever keeps the latest hash can tell that no earlier version was altered, added or taken away.
    pub(super) fn hash(&self, previous: Option<&Digest>) -> Digest {
        let source = match self.source {
            Source::Page => "page",
            Source::Feed => "feed",
        };
        let or_none = |digest: Option<&Digest>| digest.map_or_else(|| "-".to_owned(), |digest| hex(digest));
        let Self { address, number, observed_at, text, page, .. } = self;
        let lines = format!(
            "wirewatch version\n{address}\n{number}\n{}\n{source}\n{}\n{}\n{}\n",
            observed_at.as_millis(),
            hex(text),
            or_none(page.as_ref()),
            or_none(previous)
        );
        Sha256::digest(lines.as_bytes()).into()
    }
}

fn seal_of(connection: &Connection, article: ArticleId, number: u32) -> Result<Option<Digest>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT sha256 FROM versions WHERE article_id = ? AND number = ?")?;
    Ok(statement.query_row(params![article, number], |row| row.get(0)).optional()?)
}

/// One version, or `None` where there is none of that number. One that is hidden has no words.
pub(super) fn find(connection: &Connection, article: ArticleId, number: u32) -> Result<Option<Version>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, observed_at, source, content_id, published_at, modified_at
         FROM versions WHERE article_id = ? AND number = ?",
    )?;
    let mut rows = statement.query(params![article, number])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let text = match row.get("content_id")? {
        Some(content) => contents::load(connection, content).and_then(|text| from_json::<ArticleText>(&text)),
        // Hidden: there is nothing to show or to search.
        None => Ok(ArticleText::default()),
    };
    let text = text.map_err(|error| error.of(|| format!("version {number} of article {}", article.0)))?;
    let (published_at, modified_at) = (row.get("published_at")?, row.get("modified_at")?);
    Ok(Some(Version {
        number: row.get("number")?,
        observed_at: row.get("observed_at")?,
        source: row.get("source")?,
        text: ArticleText { published_at, modified_at, ..text },
    }))
}

/// Whether a version is shown no more.
pub(super) fn is_hidden(connection: &Connection, article: ArticleId, number: u32) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM hidings WHERE article_id = ? AND number = ?")?;
    Ok(statement.exists(params![article, number])?)
}

/// A version without its text, which is damaged or hidden: what stands beside that for lists.
pub(super) fn outline(connection: &Connection, article: ArticleId, number: u32) -> Result<Version, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, observed_at, source, headline, byline, published_at, modified_at
         FROM versions WHERE article_id = ? AND number = ?",
    )?;
    let lost = match is_hidden(connection, article, number)? {
        true => "(The text of this version is shown no more.)",
        false => "(The text of this version cannot be read: what is stored of it is damaged.)",
    };
    Ok(statement.query_row(params![article, number], |row| {
        Ok(Version {
            number: row.get("number")?,
            observed_at: row.get("observed_at")?,
            source: row.get("source")?,
            text: ArticleText {
                headline: row.get("headline")?,
                byline: row.get("byline")?,
                published_at: row.get("published_at")?,
                modified_at: row.get("modified_at")?,
                paragraphs: vec![Paragraph { role: Role::Paragraph, text: lost.to_owned(), at: None }],
                ..ArticleText::default()
            },
        })
    })?)
}

/// A version that is referred to, and so has to be there.
pub(super) fn known(connection: &Connection, article: ArticleId, number: u32) -> Result<Version, StoreError> {
    find(connection, article, number)?
        .ok_or_else(|| StoreError::Unreadable(format!("version {number} of article {} is missing", article.0)))
}

/// How a version came from the one before it, as it was stored.
pub(super) fn change(connection: &Connection, article: ArticleId, number: u32) -> Result<Option<Change>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT change FROM versions WHERE article_id = ? AND number = ?")?;
    let packed: Option<Option<Vec<u8>>> = statement.query_row(params![article, number], |row| row.get(0)).optional()?;
    Ok(if_readable(packed.flatten().as_deref().map(unpack).transpose())?.flatten())
}

/// Every version of an article as a list shows it, oldest first.
pub(super) fn list(connection: &Connection, article: ArticleId) -> Result<Vec<VersionRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, observed_at, source, headline, byline, published_at, modified_at, words, sha256, page_sha256,
             change, hidden_at, who, why, text_sha256
         FROM versions LEFT JOIN hidings USING (article_id, number) WHERE article_id = ? ORDER BY number",
    )?;
    statement.query_and_then([article], version_row)?.collect()
}

pub(super) fn version_row(row: &Row<'_>) -> Result<VersionRow, StoreError> {
    let words: i64 = row.get("words")?;
    let sha256: Digest = row.get("sha256")?;
    let page_sha256: Option<Digest> = row.get("page_sha256")?;
    let change: Option<Vec<u8>> = row.get("change")?;
    Ok(VersionRow {
        number: row.get("number")?,
        observed_at: row.get("observed_at")?,
        source: row.get("source")?,
        headline: row.get("headline")?,
        byline: row.get("byline")?,
        published_at: row.get("published_at")?,
        modified_at: row.get("modified_at")?,
        words: usize::try_from(words).unwrap_or(0),
        sha256: hex(&sha256),
        page_sha256: page_sha256.map(|digest| hex(&digest)),
        change: if_readable(change.as_deref().map(unpack).transpose())?.flatten(),
        hidden: hiding(row)?,
    })
}

fn hiding(row: &Row<'_>) -> Result<Option<Hiding>, StoreError> {
    let Some(hidden_at) = row.get("hidden_at")? else { return Ok(None) };
    let text_sha256: Digest = row.get("text_sha256")?;
    Ok(Some(Hiding { hidden_at, who: row.get("who")?, why: row.get("why")?, text_sha256: hex(&text_sha256) }))
}

/// The page a version was read from, where it was kept.
pub(super) fn page(connection: &Connection, article: ArticleId, number: u32) -> Result<Option<StoredPage>, StoreError> {
    read_page(connection, article, number)
        .map_err(|error| error.of(|| format!("the page of version {number} of article {}", article.0)))
}

fn read_page(connection: &Connection, article: ArticleId, number: u32) -> Result<Option<StoredPage>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT url, status, headers, content_id, extractor, site_rule, choice FROM pages WHERE article_id = ? AND number = ?",
    )?;
    let mut rows = statement.query(params![article, number])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let headers: Vec<u8> = row.get("headers")?;
    Ok(Some(StoredPage {
        url: columns::url(row, "url")?,
        status: row.get("status")?,
        headers: parse_header_lines(&columns::decompress(&headers)?),
        body: contents::load(connection, row.get("content_id")?)?,
        reader: reader(row)?.ok_or_else(|| StoreError::Unreadable("a page nobody read".to_owned()))?,
        // Without it the version itself stands for what was chosen.
        choice: unpack(&row.get::<_, Vec<u8>>("choice")?).unwrap_or_default(),
    }))
}

/// Where the page of a version was found, where it was kept.
pub(super) fn page_url(connection: &Connection, article: ArticleId, number: u32) -> Result<Option<Url>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT url FROM pages WHERE article_id = ? AND number = ?")?;
    let mut rows = statement.query(params![article, number])?;
    rows.next()?.map(|row| columns::url(row, "url")).transpose()
}

/// What the columns `extractor` and `site_rule` name.
pub(super) fn reader(row: &Row<'_>) -> Result<Option<Reader>, StoreError> {
    let Some(extractor) = row.get("extractor")? else { return Ok(None) };
    let site_rule: i64 = row.get("site_rule")?;
    Ok(Some(Reader { extractor, site_rule: site_rule.cast_unsigned() }))
}

/// What the next content of an article is compressed against. `kind` is the table that refers to it.
fn content_before(
    connection: &Connection,
    kind: &'static str,
    article: ArticleId,
    number: u32,
) -> Result<Option<contents::Base>, StoreError> {
    if number <= 1 {
        return Ok(None);
    }
    let sql = format!("SELECT content_id FROM {kind} WHERE article_id = ? AND number < ? ORDER BY number DESC LIMIT 1");
    let mut statement = connection.prepare_cached(&sql)?;
    let content: Option<i64> = statement.query_row(params![article, number], |row| row.get(0)).optional()?;
    let base = content.map(|id| contents::base(connection, id)).transpose();
    // Behind one that is damaged the next stands for itself.
    Ok(if_readable(base)?.flatten())
}

/// `name: value` in lines; neither can hold a line break (RFC 9110 §5.5).
fn header_lines(headers: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in headers {
        lines.extend_from_slice(name.as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(value);
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

fn parse_header_lines(lines: &[u8]) -> Vec<(String, Vec<u8>)> {
    let lines = lines.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines
        .filter_map(|line| {
            let colon = line.windows(2).position(|pair| pair == b": ")?;
            Some((String::from_utf8_lossy(&line[..colon]).into_owned(), line[colon + 2..].to_vec()))
        })
        .collect()
}
