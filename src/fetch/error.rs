//! Why a page or feed could not be fetched, in words that fit after its name in a log line.

use std::error::Error;
use std::time::Duration;

use super::address::PrivateHost;
use crate::config::Proxy;
use crate::model::Timestamp;

/// Why a fetch failed. Answers with any HTTP status are no errors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    #[error("`{0}` is neither http nor https")]
    Scheme(String),
    #[error("`{0}` is in a private network; `poll.allow_private_addresses` can open it")]
    PrivateAddress(String),
    #[error("more than {limit} redirects, the last to `{to}`")]
    Redirects { limit: usize, to: String },
    #[error("a redirect without a usable target")]
    BadRedirect,
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("no complete answer within {} seconds", .0.as_secs())]
    Timeout(Duration),
    #[error("cannot find the host `{0}`")]
    UnknownHost(String),
    #[error("cannot connect to `{host}`: {reason}")]
    Connect { host: String, reason: String },
    #[error("cannot connect to `{proxy}`, the proxy: {reason}")]
    Proxy { proxy: String, reason: String },
    #[error("the client certificate cannot be used: {0}")]
    Certificate(String),
    /// It was not asked.
    #[error("`{host}` wants no requests until {until}")]
    Held { host: String, until: Timestamp },
    #[error("the answer is not encoded as it says: {0}")]
    Garbled(String),
    #[error("the answer broke off or is damaged: {0}")]
    Damaged(String),
    #[error("robots.txt of `{0}` asks not to fetch this page")]
    Robots(String),
    #[error("robots.txt of `{host}` cannot be read ({reason}), so nothing is fetched there for now")]
    RobotsUnknown { host: String, reason: String },
}

impl FetchError {
    /// Whether the same request may well succeed later without anybody's doing.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout(_)
            | Self::UnknownHost(_)
            | Self::Connect { .. }
            | Self::Proxy { .. }
            | Self::Held { .. }
            | Self::Damaged(_)
            | Self::RobotsUnknown { .. } => true,
            Self::Scheme(_)
            | Self::PrivateAddress(_)
            | Self::Redirects { .. }
            | Self::BadRedirect
            | Self::TooLarge { .. }
            | Self::Garbled(_)
            | Self::Certificate(_)
            | Self::Robots(_) => false,
        }
    }

    /// Puts reqwest's error into words, without the URL, which may hold a secret.
    pub(super) fn from_reqwest(error: reqwest::Error, host: &str, timeout: Duration) -> Self {
        if error.is_timeout() {
            return Self::Timeout(timeout);
        }
        let error = error.without_url();
        if let Some(private) = find::<PrivateHost>(&error) {
            return Self::PrivateAddress(private.host.clone());
        }
        let reason = innermost(&error);
        if error.is_connect() {
            if reason.contains("lookup address") || reason.contains("not known") || reason.contains("No address") {
                return Self::UnknownHost(host.to_owned());
            }
            return Self::Connect { host: host.to_owned(), reason };
        }
        // Where the connection broke off, what came of a packed body cannot be unpacked either.
        let broke_off = sources(&error).any(|source| source.to_string().contains("from connection"));
        match error.is_decode() && !broke_off {
            true => Self::Garbled(reason),
            false => Self::Damaged(reason),
        }
    }

    /// The same where the way led through a proxy, which then is what could not be reached.
    pub(super) fn through(self, proxy: &Proxy) -> Self {
        match (self, proxy) {
            (Self::Connect { reason, .. }, Proxy::Through(_)) => Self::Proxy { proxy: proxy.to_string(), reason },
            (Self::UnknownHost(_), Proxy::Through(url)) if url.scheme() != "socks5" => {
                Self::Proxy { proxy: proxy.to_string(), reason: "its host cannot be found".to_owned() }
            }
            (error, _) => error,
        }
    }
}

/// An error and what is behind it, the outermost first.
fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let current = next?;
        next = current.source();
        Some(current)
    })
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    sources(error).find_map(|source| source.downcast_ref::<E>())
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    sources(error).last().map(ToString::to_string).unwrap_or_default()
}
