//! How people name things on the command line: an article with its versions, an address, a point in time.

use std::str::FromStr;

use thiserror::Error;
use url::{Host, Url};

use crate::config;
use crate::model::ArticleId;

/// Why a name was refused; shown behind the argument that held it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReferenceError {
    #[error("neither an article's number nor its URL")]
    NotAnArticle,
    #[error("every version is shown here; leave out `@{0}`")]
    NoVersionHere(String),
    #[error("versions count from 1")]
    VersionZero,
    #[error("`@{0}` is no version number")]
    VersionTooLarge(String),
    #[error("`@{0}` names no version: write `@3` for one, `@1..3` for two")]
    NotAVersion(String),
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
        if let Some((number, versions)) = typed.split_once('@')
            && is_number(number)
        {
            return Err(ReferenceError::NoVersionHere(versions.to_owned()));
        }
        if is_number(typed) {
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
        let (article, versions) = split_versions(typed)?;
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
        let (article, versions) = split_versions(typed)?;
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

/// A query as it may be typed on the command line. One may begin with `-`, which is NOT; what begins with two is an
/// option that there is not.
pub fn parse_query(typed: &str) -> Result<String, String> {
    let Some(option) = typed.strip_prefix("--").filter(|option| !option.is_empty()) else {
        return Ok(typed.to_owned());
    };
    let name = option.split('=').next().unwrap_or(option);
    let near =
        QUERY_OPTIONS.iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    Err(match near.filter(|near| strsim::jaro_winkler(near, name) > 0.8) {
        Some(near) => format!("unexpected option `--{name}`; did you mean `--{near}`?"),
        None => format!("unexpected option `--{name}`"),
    })
}

/// The options of the commands that take a query.
const QUERY_OPTIONS: [&str; 15] = [
    "rule", "feed", "since", "revised", "limit", "article", "format", "output", "dry-run", "json", "config", "verbose",
    "quiet", "no-pager", "help",
];

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Takes `@7` or `@2..7` off the end. A URL may hold an `@` itself, so only digits after the last one count.
fn split_versions(typed: &str) -> Result<(&str, Option<Versions<'_>>), ReferenceError> {
    let Some((article, versions)) = typed.rsplit_once('@') else { return Ok((typed, None)) };
    match versions.split_once("..") {
        Some((from, to)) if is_number(from) && is_number(to) => Ok((article, Some((from, Some(to))))),
        None if is_number(versions) => Ok((article, Some((versions, None)))),
        // Behind a number there can be nothing else; and what is digits and dots was meant so behind an address too.
        _ if is_number(article) => Err(ReferenceError::NotAVersion(versions.to_owned())),
        Some((from, to)) if [from, to].iter().all(|part| part.is_empty() || is_number(part)) => {
            Err(ReferenceError::NotAVersion(versions.to_owned()))
        }
        _ => Ok((typed, None)),
    }
}

/// `7`, or `2` and `7`, as typed.
type Versions<'t> = (&'t str, Option<&'t str>);

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn version_number(digits: &str) -> Result<u32, ReferenceError> {
    match digits.parse() {
        Ok(0) => Err(ReferenceError::VersionZero),
        Ok(number) => Ok(number),
        Err(_) => Err(ReferenceError::VersionTooLarge(digits.to_owned())),
    }
}
