//! The addresses of an article beside its own.

use serde::{Deserialize, Serialize};
use url::Url;

use super::time::Timestamp;

/// What a page says of its own address. Absolute, http or https; claims that may be wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageAddresses {
    /// `link rel=canonical`.
    pub canonical: Option<Url>,
    /// `og:url`.
    pub og_url: Option<Url>,
    /// `link rel=amphtml`.
    pub amp: Option<Url>,
}

/// How an address came to be known as another one of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasKind {
    /// The article's address led there, or it led to the article.
    Redirect,
    Canonical,
    OgUrl,
    Amp,
    /// The same entry of a feed links there.
    Entry,
    /// The page there has the same text.
    Text,
}

/// Another address of an article, normalised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alias {
    pub url: Url,
    pub kind: AliasKind,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}
