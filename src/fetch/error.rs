//! Why a page or feed could not be fetched, in words that fit after its name in a log line.

use std::error::Error;
use std::time::Duration;

use super::address::PrivateHost;

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
            | Self::Damaged(_)
            | Self::RobotsUnknown { .. } => true,
            Self::Scheme(_)
            | Self::PrivateAddress(_)
            | Self::Redirects { .. }
            | Self::BadRedirect
            | Self::TooLarge { .. }
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
        Self::Damaged(reason)
    }
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        current = error.source();
    }
    None
}

fn innermost(error: &dyn Error) -> String {
    let mut current = error;
    while let Some(source) = current.source() {
        current = source;
    }
    current.to_string()
}
