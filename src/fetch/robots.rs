//! robots.txt for pages (RFC 9309): read once a day for each origin, kept in memory, bounded.

use std::collections::HashMap;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::time::Duration;

use robotxt::Robots;
use tokio::time::Instant;
use url::Url;

/// RFC 9309 §2.5: at least 500 KiB must be read.
pub(super) const MAX_ROBOTS_BYTES: u64 = 500 * 1024;
/// RFC 9309 §2.4: at most a day.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// A robots.txt that could not be read is asked for again after this long.
const KEPT_UNKNOWN: Duration = Duration::from_secs(10 * 60);
const REMEMBERED_ORIGINS: usize = 4096;
/// All files in memory together: a feed may name any number of hosts, each with a long file.
const REMEMBERED_BYTES: usize = 16 * 1024 * 1024;
/// The name that site owners address in robots.txt.
const AGENT: &str = "wirewatch";

/// What an origin's robots.txt says.
#[derive(Debug, Clone)]
pub(super) enum Verdicts {
    /// The file's bytes, parsed when asked: most origins are asked rarely, and parsed rules are large.
    Rules(std::sync::Arc<Vec<u8>>),
    /// 5xx or no answer: everything is disallowed for now (RFC 9309 §2.3.1.4).
    Unknown(String),
}

impl Verdicts {
    fn bytes(&self) -> usize {
        match self {
            Self::Rules(rules) => rules.len(),
            Self::Unknown(reason) => reason.len(),
        }
    }
}

/// The robots.txt files that were read lately.
#[derive(Debug, Default)]
pub(super) struct RobotsCache {
    origins: Mutex<HashMap<String, (Instant, Verdicts)>>,
}

impl RobotsCache {
    pub(super) fn get(&self, origin: &str) -> Option<Verdicts> {
        let origins = self.origins.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        origins.get(origin).filter(|(until, _)| *until > Instant::now()).map(|(_, verdicts)| verdicts.clone())
    }

    pub(super) fn put(&self, origin: String, verdicts: Verdicts) {
        let mut origins = self.origins.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        if origins.len() >= REMEMBERED_ORIGINS {
            origins.retain(|_, (until, _)| *until > now);
        }
        let bytes: usize = origins.values().map(|(_, verdicts)| verdicts.bytes()).sum();
        if origins.len() >= REMEMBERED_ORIGINS || bytes + verdicts.bytes() > REMEMBERED_BYTES {
            origins.clear();
        }
        let kept = match verdicts {
            Verdicts::Rules(_) => KEPT,
            Verdicts::Unknown(_) => KEPT_UNKNOWN,
        };
        origins.insert(origin, (now + kept, verdicts));
    }
}

/// Whether the rules let us fetch `url`. A file that the parser fails on has no rules.
pub(super) fn allows(rules: &[u8], url: &Url) -> bool {
    catch_unwind(|| Robots::parse(rules, AGENT).is_allowed(&path_and_query(url))).unwrap_or(true)
}

fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_txt_is_obeyed_by_our_name_then_by_the_star() {
        let rules = b"User-agent: wirewatch\nDisallow: /private\n\nUser-agent: *\nDisallow: /";
        let url = |path: &str| Url::parse(&format!("https://a.example{path}")).expect("a URL");
        assert!(allows(rules, &url("/news/1")));
        assert!(!allows(rules, &url("/private/1")));
        assert!(!allows(b"User-agent: *\nDisallow: /*?print=", &url("/news?print=1")));
        assert!(allows(b"", &url("/")));
        assert!(allows(b"<html>not found</html>", &url("/news")));
    }
}
