//! How people name things on the command line: an article with its versions, an address, a point in time.

use std::str::FromStr;
use std::time::Duration;

use chrono::{NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use thiserror::Error;
use url::{Host, Url};

use crate::config;
use crate::model::{ArticleId, Timestamp};

/// Why a name was refused; shown behind the argument that held it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReferenceError {
    #[error("neither an article's number nor its URL")]
    NotAnArticle,
    #[error("versions count from 1")]
    VersionZero,
    #[error("`@{0}` is no version number")]
    VersionTooLarge(String),
    #[error("one version is wanted here, not a range; `wirewatch diff` compares two")]
    RangeForVersion,
    #[error("version {0} is named twice; a diff needs two versions")]
    SameVersion(u32),
    #[error("there is nothing before version 1; `wirewatch show` prints it")]
    NothingBefore,
    #[error("only http and https addresses can be watched")]
    Scheme,
    #[error("not a web address: {0}")]
    Address(#[from] url::ParseError),
    #[error("neither a span such as `7d` or `12h` nor a date such as `2026-11-22`")]
    NotATime,
}

/// An article by its number or its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArticleName {
    Id(ArticleId),
    /// As typed, not yet normalised.
    Url(Url),
}

impl FromStr for ArticleName {
    type Err = ReferenceError;

    fn from_str(typed: &str) -> Result<Self, ReferenceError> {
        if !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit()) {
            return match typed.parse() {
                Ok(id) if id > 0 => Ok(Self::Id(ArticleId(id))),
                _ => Err(ReferenceError::NotAnArticle),
            };
        }
        match parse_address(typed) {
            Ok(url) if typed.contains('.') || typed.contains("://") || typed.contains(':') => Ok(Self::Url(url)),
            Ok(_) | Err(ReferenceError::Address(_)) => Err(ReferenceError::NotAnArticle),
            Err(error) => Err(error),
        }
    }
}

impl std::fmt::Display for ArticleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ArticleName::Id(id) => write!(f, "{}", id.0),
            ArticleName::Url(url) => write!(f, "{}", config::without_user(url)),
        }
    }
}

/// `ARTICLE` or `ARTICLE@VERSION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleVersion {
    pub article: ArticleName,
    /// `None`: the latest.
    pub version: Option<u32>,
}

impl FromStr for ArticleVersion {
    type Err = ReferenceError;

    fn from_str(typed: &str) -> Result<Self, ReferenceError> {
        let (article, versions) = split_versions(typed);
        let version = match versions {
            None => None,
            Some((_, Some(_))) => return Err(ReferenceError::RangeForVersion),
            Some((number, None)) => Some(version_number(number)?),
        };
        Ok(Self { article: article.parse()?, version })
    }
}

/// `ARTICLE`, `ARTICLE@A..B`, or `ARTICLE@B` for what version B changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleRange {
    pub article: ArticleName,
    /// `None`: the last two versions.
    pub versions: Option<(u32, u32)>,
}

impl FromStr for ArticleRange {
    type Err = ReferenceError;

    fn from_str(typed: &str) -> Result<Self, ReferenceError> {
        let (article, versions) = split_versions(typed);
        let versions = match versions {
            None => None,
            Some((from, Some(to))) => Some((version_number(from)?, version_number(to)?)),
            Some((to, None)) => match version_number(to)? {
                1 => return Err(ReferenceError::NothingBefore),
                to => Some((to - 1, to)),
            },
        };
        match versions {
            Some((from, to)) if from == to => Err(ReferenceError::SameVersion(from)),
            _ => Ok(Self { article: article.parse()?, versions }),
        }
    }
}

/// Since when to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    Ago(Duration),
    /// From midnight in the user's zone.
    Day(NaiveDate),
    Moment(Timestamp),
}

impl Since {
    /// The moment that is meant when it is `now`.
    pub fn at(self, zone: Tz, now: Timestamp) -> Timestamp {
        match self {
            Since::Ago(span) => now - span,
            Since::Moment(moment) => moment,
            Since::Day(day) => {
                let midnight = day.and_time(NaiveTime::MIN);
                // A zone that skips midnight for daylight saving starts the day an hour later; UTC is close enough.
                let local = zone.from_local_datetime(&midnight).earliest();
                local.map_or_else(|| midnight.and_utc().into(), |local| local.to_utc().into())
            }
        }
    }
}

impl FromStr for Since {
    type Err = ReferenceError;

    fn from_str(typed: &str) -> Result<Self, ReferenceError> {
        if let Ok(span) = crate::schedule::parse_duration(typed) {
            return Ok(Self::Ago(span));
        }
        if let Ok(day) = typed.parse() {
            return Ok(Self::Day(day));
        }
        typed.parse().map(Self::Moment).map_err(|_| ReferenceError::NotATime)
    }
}

/// A web address as people type it: `example.org/feed` is taken for https, a loopback host for http.
pub fn parse_address(typed: &str) -> Result<Url, ReferenceError> {
    if let Some((scheme, _)) = typed.split_once("://") {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Ok(Url::parse(typed)?),
            _ => Err(ReferenceError::Scheme),
        };
    }
    let mut url = Url::parse(&format!("https://{typed}"))?;
    if is_loopback(&url) {
        url = Url::parse(&format!("http://{typed}"))?;
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Takes `@7` or `@2..7` off the end. A URL may hold an `@` itself, so only digits after the last one count.
fn split_versions(typed: &str) -> (&str, Option<(&str, Option<&str>)>) {
    let Some((article, versions)) = typed.rsplit_once('@') else { return (typed, None) };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match versions.split_once("..") {
        Some((from, to)) if is_number(from) && is_number(to) => (article, Some((from, Some(to)))),
        None if is_number(versions) => (article, Some((versions, None))),
        _ => (typed, None),
    }
}

fn version_number(digits: &str) -> Result<u32, ReferenceError> {
    match digits.parse() {
        Ok(0) => Err(ReferenceError::VersionZero),
        Ok(number) => Ok(number),
        Err(_) => Err(ReferenceError::VersionTooLarge(digits.to_owned())),
    }
}
