//! An answer, read to its end.

use std::time::Duration;

use chrono::DateTime;
use reqwest::StatusCode;
use url::Url;

use crate::model::{Timestamp, Validators};

/// Servers may ask for a pause; a day is the longest that is granted.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer validators are not worth sending back.
const MAX_VALIDATOR_BYTES: usize = 4096;

/// An answer with whatever status, its body decoded and within bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// After redirects.
    pub url: Url,
    /// As received, in order, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// After content decoding; empty for 304.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_slice())
    }

    /// The Content-Type header, where it is readable.
    pub fn content_type(&self) -> Option<&str> {
        self.header("content-type").and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The status in words, with what it means for the operator where that is known.
    pub fn refusal(&self) -> String {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        let meaning = match self.status {
            401 | 403 => ": the site refuses us, or wants a login",
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
        let date = DateTime::parse_from_rfc2822(value.trim()).ok()?;
        Some(Timestamp::from_millis(date.timestamp_millis()))
    }

    /// How long the server asks to wait (RFC 9110 §10.2.3: seconds or a date), at most a day.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let value = std::str::from_utf8(self.header("retry-after")?).ok()?.trim();
        let wait = match value.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let until = DateTime::parse_from_rfc2822(value).ok()?;
                Timestamp::from_millis(until.timestamp_millis()).since(now)
            }
        };
        Some(wait.min(LONGEST_RETRY_AFTER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        Response { status, url: Url::parse("http://a.example/").expect("a URL"), headers, body: Vec::new() }
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
        assert_eq!(wait("soon"), None);
    }
}
