//! When a document says to come again: RSS `ttl`, `skipHours` and `skipDays`, and `sy:updatePeriod` of RSS 1.0.

use std::time::Duration;

use super::charset;
use super::scanner::{Scanner, Token};
use crate::schedule::Hints;

/// Hints stand before the entries; nothing is looked for behind so many tokens.
const MAX_TOKENS: usize = 2_000;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// What a feed document says of when to come again; nothing where it is no XML or says nothing.
pub fn hints(bytes: &[u8], content_type: Option<&str>) -> Hints {
    let text = charset::decode(bytes, content_type);
    let mut found = Found::default();
    let mut element = "";
    for token in Scanner::new(&text).take(MAX_TOKENS) {
        match token {
            Token::Start(tag) if is_entry(tag.name) => break,
            Token::Start(tag) => element = tag.name,
            Token::End(_) => element = "",
            Token::Text(text) => found.take(element, text.trim()),
            Token::Verbatim(text) => found.take(element, text.trim()),
            Token::Doctype(_) => {}
        }
    }
    found.hints()
}

#[derive(Default)]
struct Found {
    ttl: Option<Duration>,
    period: Option<u64>,
    frequency: Option<u64>,
    skip_hours: u32,
    skip_days: u8,
}

impl Found {
    fn take(&mut self, element: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        match local(element).to_ascii_lowercase().as_str() {
            // Minutes (RSS 2.0).
            "ttl" => self.ttl = text.parse().ok().map(|minutes: u32| Duration::from_secs(u64::from(minutes) * MINUTE)),
            "updateperiod" => self.period = period(text),
            "updatefrequency" => self.frequency = text.parse().ok(),
            // Some count from 1 to 24.
            "hour" => {
                self.skip_hours |= text.parse::<u32>().ok().filter(|hour| *hour <= 24).map_or(0, |h| 1 << (h % 24))
            }
            "day" => {
                let day = DAYS.iter().position(|day| text.eq_ignore_ascii_case(day));
                self.skip_days |= day.map_or(0, |day| 1 << day);
            }
            _ => {}
        }
    }

    fn hints(self) -> Hints {
        let times = self.frequency.unwrap_or(1).max(1);
        let syndication = self.period.map(|period| Duration::from_secs(period / times));
        let lasts = self.ttl.or(syndication).filter(|lasts| !lasts.is_zero());
        // Whoever skips everything says nothing.
        let skip_hours = if self.skip_hours == (1 << 24) - 1 { 0 } else { self.skip_hours };
        let skip_days = if self.skip_days == (1 << 7) - 1 { 0 } else { self.skip_days };
        Hints { lasts, skip_hours, skip_days }
    }
}

fn period(text: &str) -> Option<u64> {
    match text.to_ascii_lowercase().as_str() {
        "hourly" => Some(HOUR),
        "daily" => Some(DAY),
        "weekly" => Some(7 * DAY),
        "monthly" => Some(30 * DAY),
        "yearly" => Some(365 * DAY),
        _ => None,
    }
}

fn is_entry(name: &str) -> bool {
    ["item", "entry", "url"].iter().any(|entry| local(name).eq_ignore_ascii_case(entry))
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_says_of_when_to_come_again_is_read_before_its_entries() {
        let rss = |inner: &str| format!("<rss version='2.0'><channel><title>t</title>{inner}</channel></rss>");
        let lasts = |minutes: u64| Hints { lasts: Some(Duration::from_secs(minutes * MINUTE)), ..Hints::default() };
        for (document, wanted) in [
            (rss("<ttl>30</ttl>"), lasts(30)),
            (rss("<ttl> 30\n</ttl>"), lasts(30)),
            (rss("<ttl><![CDATA[30]]></ttl>"), lasts(30)),
            (rss("<ttl>0</ttl>"), Hints::default()),
            (rss("<ttl>soon</ttl>"), Hints::default()),
            (rss("<ttl>99999999999</ttl>"), Hints::default()),
            (rss("<item><ttl>30</ttl></item>"), Hints::default()),
            (rss("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>"), lasts(15)),
            (rss("<sy:updatePeriod> daily </sy:updatePeriod>"), lasts(24 * 60)),
            (rss("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>"), lasts(60)),
            (rss("<sy:updatePeriod>now and then</sy:updatePeriod>"), Hints::default()),
            (
                rss("<skipHours><hour>0</hour><hour>24</hour><hour>5</hour><hour>99</hour></skipHours>"),
                Hints { skip_hours: 1 << 5 | 1, ..Hints::default() },
            ),
            (
                rss("<skipDays><day>Sunday</day><day>saturday</day><day>Someday</day></skipDays>"),
                Hints { skip_days: 1 << 6 | 1, ..Hints::default() },
            ),
            ("{\"version\": \"https://jsonfeed.org/version/1.1\"}".to_owned(), Hints::default()),
            (String::new(), Hints::default()),
        ] {
            assert_eq!(hints(document.as_bytes(), None), wanted, "{document}");
        }
        let every_day: String = DAYS.iter().map(|day| format!("<day>{day}</day>")).collect();
        assert_eq!(hints(rss(&every_day).as_bytes(), None), Hints::default());
    }
}
