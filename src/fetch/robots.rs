//! robots.txt for pages (RFC 9309): read once a day for each origin, kept in memory, bounded.

use std::collections::HashMap;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use robotxt::{BYTE_LIMIT, Robots};
use tokio::time::Instant;
use url::Url;

/// RFC 9309 §2.5: at least 500 KiB must be read. One byte more tells the parser that the last line is cut: half of
/// `Disallow: /private` is another rule.
pub(super) const MAX_ROBOTS_BYTES: u64 = BYTE_LIMIT as u64 + 1;
/// RFC 9309 §2.4: at most a day.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// A robots.txt that could not be read is asked for again after this long.
const KEPT_UNKNOWN: Duration = Duration::from_secs(10 * 60);
/// RFC 9309 §2.3.1.4: a robots.txt that cannot be read for "a reasonably long period (for example, 30 days)" may be
/// taken for one that is not there.
const GIVEN_UP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const REMEMBERED_ORIGINS: usize = 4096;
/// All files in memory together: a feed may name any number of hosts, each with a long file.
const REMEMBERED_BYTES: usize = 16 * 1024 * 1024;
/// The name that site owners address in robots.txt.
const AGENT: &str = "wirewatch";

/// What an origin's robots.txt says.
#[derive(Debug, Clone)]
pub(super) enum Verdicts {
    /// The file's bytes, parsed when asked: most origins are asked rarely, and parsed rules are large.
    Rules(Arc<Vec<u8>>),
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
    origins: Mutex<HashMap<String, Remembered>>,
    /// The origins whose file is being read.
    turns: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

#[derive(Debug)]
struct Remembered {
    verdicts: Verdicts,
    until: Instant,
    /// Since when every attempt to read the file has failed.
    failing_since: Option<Instant>,
}

impl RobotsCache {
    pub(super) fn get(&self, origin: &str) -> Option<Verdicts> {
        let origins = locked(&self.origins);
        origins.get(origin).filter(|known| known.until > Instant::now()).map(|known| known.verdicts.clone())
    }

    /// A lock for whoever is about to read the file of `origin`: who comes meanwhile waits for what the first one finds.
    pub(super) fn turn(&self, origin: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = locked(&self.turns);
        if let Some(turn) = turns.get(origin).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        turns.insert(origin.to_owned(), Arc::downgrade(&turn));
        turn
    }

    /// Takes what was read, and returns what counts: the rules that were known, where they cannot be read again.
    pub(super) fn put(&self, origin: String, read: Verdicts) -> Verdicts {
        let now = Instant::now();
        let mut origins = locked(&self.origins);
        let remembered = Remembered::new(read, origins.remove(&origin), now);
        let counting = remembered.verdicts.clone();
        make_room(&mut origins, counting.bytes());
        origins.insert(origin, remembered);
        counting
    }
}

impl Remembered {
    fn new(read: Verdicts, before: Option<Self>, now: Instant) -> Self {
        let Verdicts::Unknown(reason) = read else {
            return Self { verdicts: read, until: now + KEPT, failing_since: None };
        };
        let since = before.as_ref().and_then(|before| before.failing_since).unwrap_or(now);
        let verdicts = match before {
            Some(Self { verdicts: rules @ Verdicts::Rules(_), .. }) => rules,
            _ if now.duration_since(since) >= GIVEN_UP => Verdicts::Rules(Arc::default()),
            _ => Verdicts::Unknown(reason),
        };
        Self { verdicts, until: now + KEPT_UNKNOWN, failing_since: Some(since) }
    }
}

/// Forgets what is out of date first, until `bytes` more fit.
fn make_room(origins: &mut HashMap<String, Remembered>, bytes: usize) {
    let mut held: usize = origins.values().map(|known| known.verdicts.bytes()).sum();
    if origins.len() < REMEMBERED_ORIGINS && held + bytes <= REMEMBERED_BYTES {
        return;
    }
    // More than is needed now, so that this is not done at every new origin.
    let (origins_left, bytes_left) = (REMEMBERED_ORIGINS / 4 * 3, REMEMBERED_BYTES / 4 * 3);
    let mut by_age: Vec<(Instant, String)> =
        origins.iter().map(|(origin, known)| (known.until, origin.clone())).collect();
    by_age.sort_unstable();
    for (_, origin) in by_age {
        if origins.len() <= origins_left && held <= bytes_left {
            return;
        }
        held -= origins.remove(&origin).map_or(0, |known| known.verdicts.bytes());
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the rules let us fetch `url`. A file that the parser fails on has no rules.
pub(super) fn allows(rules: &[u8], url: &Url) -> bool {
    catch_unwind(|| Robots::parse(rules, AGENT).is_allowed(&path_and_query(url))).unwrap_or(true)
}

/// The sitemaps that the file names, as it names them.
pub(super) fn sitemaps(rules: &[u8]) -> Vec<Url> {
    catch_unwind(|| Robots::parse(rules, AGENT).sitemaps().to_vec()).unwrap_or_default()
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

    /// A robots.txt, an address, and whether the one lets us fetch the other.
    const CASES: &[(&str, &str, bool)] = &[
        // Whose rules: by our name in any case, else by the star; groups of one name are one (RFC 9309 §2.2.1).
        ("User-agent: wirewatch\nDisallow: /private\n\nUser-agent: *\nDisallow: /", "/news/1", true),
        ("User-agent: wirewatch\nDisallow: /private\n\nUser-agent: *\nDisallow: /", "/private/1", false),
        ("user-agent: WireWatch\ndisallow: /", "/news", false),
        (
            "User-agent: wirewatch\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: wirewatch\nDisallow: /b",
            "/b",
            false,
        ),
        ("User-agent: x\nUser-agent: wirewatch\nDisallow: /a\n", "/a", false),
        ("User-agent: wirewatch-news\nDisallow: /", "/a", true),
        ("User-agent: GPTBot\nDisallow: /", "/a", true),
        ("User-agent: wirewatch\nAllow: /\nUser-agent: *\nDisallow: /", "/a", true),
        ("Disallow: /\n", "/a", true),
        // Which rule: the longest, and of two alike the one that allows (§2.2.2).
        ("User-agent: *\nDisallow: /news\nAllow: /news/open", "/news/open/1", true),
        ("User-agent: *\nAllow: /news/open\nDisallow: /news", "/news/1", false),
        ("User-agent: *\nDisallow: /news\nAllow: /news", "/news", true),
        ("User-agent: *\nDisallow:", "/news", true),
        ("User-agent: *\nDisallow: /News", "/news", true),
        ("User-agent: *\nDisallow: /", "/robots.txt", true),
        // Special characters (§2.2.3).
        ("User-agent: *\nDisallow: /*?print=", "/news?print=1", false),
        ("User-agent: *\nDisallow: /*?print=", "/news?page=1", true),
        ("User-agent: *\nDisallow: /*.php$", "/a.php", false),
        ("User-agent: *\nDisallow: /*.php$", "/a.php?x", true),
        ("User-agent: *\nDisallow: /a*b*c", "/axxbxxc/1", false),
        ("User-agent: *\nDisallow: /$", "/", false),
        ("User-agent: *\nDisallow: /$", "/a", true),
        ("User-agent: *\nDisallow: /a # not this\n", "/a", false),
        // Escapes: the same octets are the same path.
        ("User-agent: *\nDisallow: /caf%C3%A9", "/caf\u{e9}", false),
        ("User-agent: *\nDisallow: /caf\u{e9}", "/caf%c3%a9", false),
        // As files are found.
        ("\u{feff}User-agent: *\r\nDisallow: /a\r\n", "/a", false),
        ("User-agent: *\rDisallow: /a\r", "/a", false),
        ("User-agent:*\nDisallow:/a", "/a", false),
        ("User-agent: *\n\nDisallow: /a", "/a", false),
        ("User-agent: *\nCrawl-delay: 10\nDisallow: /a\nSitemap: https://a.example/s.xml", "/a", false),
        ("", "/", true),
        ("<html>not found</html>", "/news", true),
    ];

    #[test]
    fn robots_txt_is_read_as_the_standard_says() {
        for (rules, path, allowed) in CASES {
            let url = Url::parse(&format!("https://a.example{path}")).expect("a URL");
            assert_eq!(allows(rules.as_bytes(), &url), *allowed, "{path} by\n{rules}");
        }
    }

    #[test]
    fn a_line_that_the_bound_cuts_is_no_rule() {
        let url = Url::parse("https://a.example/news").expect("a URL");
        let rule = "\nUser-agent: *\nDisallow: /";
        let file = format!("#{}{rule}private\n", " ".repeat(BYTE_LIMIT - 1 - rule.len()));
        let read = &file.as_bytes()[..usize::try_from(MAX_ROBOTS_BYTES).expect("a size")];
        assert!(read.ends_with(b"Disallow: /p") && allows(read, &url));
        assert!(!allows(&file.as_bytes()[100..], &Url::parse("https://a.example/private").expect("a URL")));
    }

    fn rules(text: &str) -> Verdicts {
        Verdicts::Rules(Arc::new(text.as_bytes().to_vec()))
    }

    fn text(verdicts: Option<Verdicts>) -> Option<String> {
        verdicts.map(|verdicts| match verdicts {
            Verdicts::Rules(rules) => String::from_utf8_lossy(&rules).into_owned(),
            Verdicts::Unknown(reason) => format!("unknown: {reason}"),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn rules_are_kept_for_a_day_and_longer_only_while_they_cannot_be_read() {
        let cache = RobotsCache::default();
        cache.put("a".to_owned(), rules("known"));
        tokio::time::advance(KEPT - Duration::from_secs(1)).await;
        assert_eq!(text(cache.get("a")).as_deref(), Some("known"));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(text(cache.get("a")), None);
        let counting = cache.put("a".to_owned(), Verdicts::Unknown("status 500".to_owned()));
        assert_eq!(text(Some(counting)).as_deref(), Some("known"));
        tokio::time::advance(KEPT_UNKNOWN).await;
        assert_eq!(text(cache.get("a")), None, "it is asked for again soon");
        cache.put("a".to_owned(), rules("new"));
        assert_eq!(text(cache.get("a")).as_deref(), Some("new"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_site_whose_file_was_never_read_is_closed_for_thirty_days() {
        let cache = RobotsCache::default();
        let begun = Instant::now();
        while begun.elapsed() < GIVEN_UP {
            let counting = cache.put("a".to_owned(), Verdicts::Unknown("status 500".to_owned()));
            assert_eq!(text(Some(counting)).as_deref(), Some("unknown: status 500"));
            tokio::time::advance(KEPT).await;
        }
        let counting = cache.put("a".to_owned(), Verdicts::Unknown("status 500".to_owned()));
        assert_eq!(text(Some(counting)).as_deref(), Some(""));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_and_what_is_oldest_goes_first() {
        let cache = RobotsCache::default();
        for number in 0..2 * REMEMBERED_ORIGINS {
            cache.put(number.to_string(), rules("some"));
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        assert!(locked(&cache.origins).len() <= REMEMBERED_ORIGINS);
        assert!(cache.get("0").is_none() && cache.get(&(2 * REMEMBERED_ORIGINS - 2).to_string()).is_some());
        let long = "#".repeat(BYTE_LIMIT);
        for number in 0..100 {
            cache.put(format!("long {number}"), rules(&long));
        }
        let held: usize = locked(&cache.origins).values().map(|known| known.verdicts.bytes()).sum();
        assert!(held <= REMEMBERED_BYTES && cache.get("long 99").is_some());
    }
}
