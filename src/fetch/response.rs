//! An answer, read to its end.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};
use reqwest::StatusCode;
use url::Url;

use crate::model::{Timestamp, Validators};

use super::room::Room;

/// Servers may ask for a pause; a day is the longest that is granted.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// No answer is believed to hold for longer than this by itself.
const LONGEST_FRESHNESS: Duration = LONGEST_RETRY_AFTER;
/// Longer validators are not worth sending back.
const MAX_VALIDATOR_BYTES: usize = 4096;

/// An answer with whatever status, its body decoded and within bounds.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// After redirects.
    pub url: Url,
    /// As received, in order, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// After content decoding; empty for 304.
    pub body: Vec<u8>,
    /// Where permanent redirects (301, 308) led that began at the address that was asked for.
    pub moved_to: Option<Url>,
    /// What the body has taken of the memory.
    pub(super) room: Room,
}

impl Response {
    /// An answer whose body is still to come.
    pub(super) fn of(status: u16, url: &Url, headers: Vec<(String, Vec<u8>)>) -> Self {
        Self { status, url: url.clone(), headers, body: Vec::new(), moved_to: None, room: Room::default() }
    }

    /// The room that the body takes, for whoever keeps what was read of it.
    pub fn take_room(&mut self) -> Room {
        std::mem::take(&mut self.room)
    }

    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_slice())
    }

    /// All headers of that (lower-case) name that are text.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(header, _)| header == name);
        named.filter_map(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// The Content-Type header, where it is readable.
    pub fn content_type(&self) -> Option<&str> {
        self.header("content-type").and_then(|value| std::str::from_utf8(value).ok())
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The status in words, with what it means for the operator where that is known.
    pub fn refusal(&self) -> String {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        let meaning = match self.status {
            401 | 403 => ": the site refuses us, or wants a login",
            407 => ": the proxy wants a login",
            404 => ": there is nothing at this address",
            410 => ": it was taken down for good",
            429 => ": we are asking too often",
            500..=599 => ": the site has a fault",
            _ => "",
        };
        format!("status {} {}{meaning}", self.status, reason.unwrap_or("(unknown)"))
    }

    /// What the next request sends back: each validator of this answer, else the one `known` before (a 304 need not
    /// repeat them, RFC 9110 §15.4.5).
    pub fn validators(&self, known: &Validators) -> Validators {
        let fresh =
            |name: &str| self.header(name).filter(|value| value.len() <= MAX_VALIDATOR_BYTES).map(<[u8]>::to_vec);
        let (etag, last_modified) = (fresh("etag"), fresh("last-modified").filter(|_| self.is_settled()));
        if self.status != 304 {
            return Validators { etag, last_modified };
        }
        Validators {
            etag: etag.or_else(|| known.etag.clone()),
            last_modified: last_modified.or_else(|| known.last_modified.clone()),
        }
    }

    /// Whether Last-Modified can tell this state from the next: one that lies less than a second before the answer
    /// may be shared by a later edit in the same second, which a 304 would hide (RFC 9110 §8.8.2.2).
    fn is_settled(&self) -> bool {
        match (self.date("last-modified"), self.date("date")) {
            (Some(modified), Some(answered)) => answered.since(modified) >= Duration::from_secs(1),
            _ => true,
        }
    }

    fn date(&self, name: &str) -> Option<Timestamp> {
        let value = std::str::from_utf8(self.header(name)?).ok()?;
        http_date(value)
    }

    /// For how long the answer says that it holds: `max-age` less `Age`, else `Expires` less `Date` (RFC 9111 §4.2.1);
    /// `None` where it says nothing, or is to be asked for anew each time.
    pub fn fresh_for(&self) -> Option<Duration> {
        let text = |name: &str| std::str::from_utf8(self.header(name)?).ok();
        let directives = self.headers.iter().filter(|(name, _)| name == "cache-control");
        let directives: Vec<String> =
            directives.map(|(_, value)| String::from_utf8_lossy(value).to_ascii_lowercase()).collect();
        let directives: Vec<&str> = directives.iter().flat_map(|value| value.split(',')).map(str::trim).collect();
        if directives.iter().any(|it| *it == "no-cache" || *it == "no-store") {
            return None;
        }
        let max_age =
            directives.iter().find_map(|it| it.strip_prefix("max-age=")?.trim_matches('"').parse::<u64>().ok());
        let left = match max_age {
            Some(seconds) => {
                let age = text("age").and_then(|age| age.trim().parse::<u64>().ok()).unwrap_or(0);
                Duration::from_secs(seconds.saturating_sub(age))
            }
            None => self.date("expires")?.since(self.date("date")?),
        };
        Some(left.min(LONGEST_FRESHNESS)).filter(|left| !left.is_zero())
    }

    /// How long the server asks to wait (RFC 9110 §10.2.3: seconds or a date), at most a day.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let value = std::str::from_utf8(self.header("retry-after")?).ok()?.trim();
        let wait = match value.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => http_date(value)?.since(now),
        };
        Some(wait.min(LONGEST_RETRY_AFTER))
    }
}

/// A date in one of the three forms of RFC 9110 §5.6.7.
fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let obsolete = || {
        ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .map(|date| date.and_utc().timestamp_millis())
    };
    let date = DateTime::parse_from_rfc2822(text).ok().map(|date| date.timestamp_millis());
    date.or_else(obsolete).map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        Response::of(status, &Url::parse("http://a.example/").expect("a URL"), headers)
    }

    #[test]
    fn a_304_keeps_the_validators_that_it_does_not_repeat() {
        let known = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: Some(b"then".to_vec()) };
        let repeated = answer(304, &[("etag", "\"2\"")]).validators(&known);
        assert_eq!(repeated.etag.as_deref(), Some(b"\"2\"".as_slice()));
        assert_eq!(repeated.last_modified.as_deref(), Some(b"then".as_slice()));
        assert_eq!(answer(200, &[]).validators(&known), Validators::default());
    }

    #[test]
    fn a_last_modified_of_the_same_second_is_no_validator() {
        let modified = ("last-modified", "Sun, 22 Nov 2026 12:00:00 GMT");
        let validators = |date: &str| answer(200, &[modified, ("date", date)]).validators(&Validators::default());
        assert_eq!(validators("Sun, 22 Nov 2026 12:00:00 GMT").last_modified, None);
        assert!(validators("Sun, 22 Nov 2026 12:00:01 GMT").last_modified.is_some());
        assert!(answer(200, &[modified]).validators(&Validators::default()).last_modified.is_some());
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_at_most_a_day() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("a time");
        let wait = |value: &str| answer(503, &[("retry-after", value)]).retry_after(now);
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Sun, 22 Nov 2026 12:05:00 GMT"), Some(Duration::from_secs(300)));
        assert_eq!(wait("99999999"), Some(LONGEST_RETRY_AFTER));
        assert_eq!(wait("Sunday, 22-Nov-26 12:05:00 GMT"), Some(Duration::from_secs(300)));
        assert_eq!(wait("Sun Nov 22 12:05:00 2026"), Some(Duration::from_secs(300)));
        assert_eq!(wait("Sun, 22 Nov 2026 11:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn an_answer_says_for_how_long_it_holds() {
        let date = ("date", "Sun, 22 Nov 2026 12:00:00 GMT");
        for (headers, seconds) in [
            (vec![], None),
            (vec![("cache-control", "max-age=300")], Some(300)),
            (vec![("cache-control", "public, Max-Age=\"300\""), ("age", "100")], Some(200)),
            (vec![("cache-control", "public"), ("cache-control", "max-age=300")], Some(300)),
            (vec![("cache-control", "max-age=300"), ("age", "301")], None),
            (vec![("cache-control", "max-age=300"), ("age", "-7")], Some(300)),
            (vec![("cache-control", "no-cache, max-age=300")], None),
            (vec![("cache-control", "no-store")], None),
            (vec![("cache-control", "max-age=99999999999999999999")], None),
            (vec![("cache-control", "max-age=9999999999")], Some(86_400)),
            (vec![("cache-control", "s-maxage=300")], None),
            (vec![("expires", "Sun, 22 Nov 2026 12:10:00 GMT"), date], Some(600)),
            (vec![("expires", "Sun, 22 Nov 2026 12:10:00 GMT")], None),
            (vec![("expires", "Sun, 22 Nov 2026 11:00:00 GMT"), date], None),
            (vec![("expires", "0"), date], None),
            (vec![("expires", "Sun, 22 Nov 2026 12:10:00 GMT"), date, ("cache-control", "max-age=60")], Some(60)),
        ] {
            assert_eq!(answer(200, &headers).fresh_for(), seconds.map(Duration::from_secs), "{headers:?}");
        }
    }
}
