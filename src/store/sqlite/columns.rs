//! How the nouns stand in columns.

use std::cell::RefCell;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Result as SqlResult, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;
use zstd::bulk::Compressor;

use super::StoreError;
use crate::model::{
    AliasKind, ArticleId, Baseline, DeliveryId, DeliveryKind, DeliveryState, Event, FeedId, MuteId, NoticeKind,
    Quality, Source, Timestamp, UnsubscribedBy, UnsubscriptionId,
};

/// Texts in a packed column are at most this long once unpacked, whatever the column claims.
const UNPACKED_BYTES: usize = 64 << 20;
/// On news texts level 1 comes within a percent of level 3 and takes two thirds of the time; long pages gain more.
const LEVEL: i32 = 1;
const LEVEL_FOR_PAGES: i32 = 3;
const PAGE_BYTES: usize = 32 << 10;

thread_local! {
    /// Kept, because making one takes a fifth of the time of compressing a text.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

/// Enums as the words that the schema, the JSON documents and people use.
macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal),+ $(,)? })+) => {$(
        impl ToSql for $type {
            fn to_sql(&self) -> SqlResult<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(match self { $(Self::$variant => $word),+ }))
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_str()? {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(FromSqlError::InvalidType),
                }
            }
        }
    )+};
}

words! {
    Baseline { News = "news", Recent = "recent", Old = "old" }
    AliasKind {
        Redirect = "redirect", Canonical = "canonical", OgUrl = "og_url", Amp = "amp", Entry = "entry", Text = "text",
    }
    Source { Page = "page", Feed = "feed" }
    UnsubscribedBy { OneClick = "one-click", Page = "page" }
    Event { New = "new", Revised = "revised", Gone = "gone", Back = "back" }
    DeliveryState { Pending = "pending", Sent = "sent", Failed = "failed", Held = "held" }
    DeliveryKind {
        Article = "article", Digest = "digest", Initial = "initial", Overflow = "overflow", Muted = "muted",
        Backlog = "backlog", Notice = "notice",
    }
    NoticeKind {
        Alternating = "alternating", Braked = "braked", SiteChange = "site_change", SiteMissing = "site_missing",
        FeedFailing = "feed_failing", FeedGone = "feed_gone", FeedMoved = "feed_moved", FeedSilent = "feed_silent", PolledRarely = "polled_rarely",
        SiteUnreadable = "site_unreadable", RuleSilent = "rule_silent", RuleGreedy = "rule_greedy",
        QueueStuck = "queue_stuck", DiskFull = "disk_full", Offline = "offline", Burst = "burst",
        TemplateFailing = "template_failing",
    }
    Quality {
        Good = "good", Empty = "empty", Challenge = "challenge", Consent = "consent", Paywall = "paywall",
        NotFound = "not_found", Error = "error", OtherArticle = "other_article", OtherLanguage = "other_language",
        Repeated = "repeated", Shortened = "shortened",
    }
}

macro_rules! numbers {
    ($($type:ty, $read:expr, $written:expr;)+) => {$(
        impl ToSql for $type {
            fn to_sql(&self) -> SqlResult<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from($written(*self)))
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map($read)
            }
        }
    )+};
}

numbers! {
    Timestamp, Timestamp::from_millis, Timestamp::as_millis;
    FeedId, FeedId, |id: FeedId| id.0;
    ArticleId, ArticleId, |id: ArticleId| id.0;
    DeliveryId, DeliveryId, |id: DeliveryId| id.0;
    MuteId, MuteId, |id: MuteId| id.0;
    UnsubscriptionId, UnsubscriptionId, |id: UnsubscriptionId| id.0;
}

/// The address in a column.
pub(super) fn url(row: &Row<'_>, column: &str) -> Result<Url, StoreError> {
    let text: String = row.get(column)?;
    parse_url(&text)
}

/// The address in a column that may be empty.
pub(super) fn optional_url(row: &Row<'_>, column: &str) -> Result<Option<Url>, StoreError> {
    let text: Option<String> = row.get(column)?;
    text.as_deref().map(parse_url).transpose()
}

/// A value as JSON.
pub(super) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Contradiction(e.to_string()))
}

/// A value from JSON that was stored.
pub(super) fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(text).map_err(|e| StoreError::Unreadable(e.to_string()))
}

/// A value as compressed JSON.
pub(super) fn pack(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    compress(json(value)?.as_bytes())
}

/// A value from a packed column.
pub(super) fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Result<T, StoreError> {
    from_json(&decompress(packed)?)
}

/// Bytes, compressed by themselves.
pub(super) fn compress(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let compressed = COMPRESSOR.with_borrow_mut(|kept| {
        if bytes.len() >= PAGE_BYTES {
            return zstd::bulk::compress(bytes, LEVEL_FOR_PAGES);
        }
        match kept {
            Some(compressor) => compressor.compress(bytes),
            None => kept.insert(Compressor::new(LEVEL)?).compress(bytes),
        }
    });
    compressed.map_err(|e| StoreError::io("compress", &e))
}

/// What [`compress`] was given.
pub(super) fn decompress(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let size = zstd::bulk::Decompressor::upper_bound(bytes).unwrap_or(0);
    if size > UNPACKED_BYTES {
        return Err(StoreError::Unreadable("a packed column claims to be very long".to_owned()));
    }
    zstd::bulk::decompress(bytes, size).map_err(|e| StoreError::Unreadable(format!("a packed column: {e}")))
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse_url(text: &str) -> Result<Url, StoreError> {
    Url::parse(text).map_err(|e| StoreError::Unreadable(format!("the address `{text}`: {e}")))
}
