//! What protects a site, told by its answer: the headers that only a challenge has, and what only its page holds.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::{Fitness, Quality};

use super::phrases;
use super::wording;

/// How much of a page is searched.
const SEARCHED_BYTES: usize = 512 * 1024;
/// Longest value of a header that is looked at.
const MAX_VALUE_BYTES: usize = 1_024;

/// The challenge or refusal that an answer is, in place of the page, or `None` where it says nothing of one.
///
/// Headers are lines as received, names in lower case. With status 200 only a header that stands on nothing but
/// challenges counts; the page itself is for [`super::extract`] to judge.
pub fn barrier(status: u16, headers: &[(String, Vec<u8>)], body: &[u8]) -> Option<Fitness> {
    let refuses = matches!(status, 403 | 405 | 406 | 418 | 428 | 429);
    let header = MARKS.iter().find(|mark| match mark.kind {
        "header" => has_header(headers, mark.text),
        "refusal" => refuses && has_header(headers, mark.text),
        "cookie" => refuses && sets_cookie(headers, mark.text),
        _ => false,
    });
    if let Some(mark) = header {
        let what = if mark.kind == "cookie" { "cookie" } else { "header" };
        let text = mark.text.trim_end_matches(':');
        return Some(challenge(format!("{} stands before the page ({what} `{text}`)", mark.named())));
    }
    if !refuses && !matches!(status, 202 | 401 | 503) {
        return None;
    }
    let page = String::from_utf8_lossy(&body[..body.len().min(SEARCHED_BYTES)]);
    if let Some(name) = on_page(&page) {
        return Some(challenge(format!("{name} stands before the page")));
    }
    let title = title(&page)?;
    phrases::titles()
        .any(|(quality, phrase)| quality == Quality::Challenge && phrases::says(&title, phrase))
        .then(|| challenge(format!("a challenge stands before the page (its title is `{title}`)")))
}

/// Whose challenge a page is, by what only such pages hold: `a challenge of Cloudflare`.
pub fn on_page(html: &str) -> Option<String> {
    let found = ON_PAGE.as_ref()?.find(html)?.as_str();
    MARKS.iter().find(|mark| mark.kind == "page" && mark.text == found).map(BarrierMark::named)
}

static MARKS: LazyLock<Vec<BarrierMark>> = LazyLock::new(|| {
    let lines = include_str!("barriers.txt").lines().filter_map(|line| {
        let mut parts = line.split('\t');
        Some(BarrierMark { kind: parts.next()?, text: parts.next()?, whose: parts.next()? })
    });
    lines.collect()
});

/// All marks of pages at once: one pass over the source in place of one for each.
static ON_PAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let on_page = MARKS.iter().filter(|mark| mark.kind == "page");
    let marks: Vec<String> = on_page.map(|mark| regex::escape(mark.text)).collect();
    Regex::new(&marks.join("|")).ok()
});

fn challenge(reason: String) -> Fitness {
    Fitness { quality: Quality::Challenge, reason }
}

struct BarrierMark {
    kind: &'static str,
    text: &'static str,
    whose: &'static str,
}

impl BarrierMark {
    fn named(&self) -> String {
        format!("a challenge of {}", self.whose)
    }
}

/// Whether there is a header of this name whose value begins so; `name: value`, in lower case.
fn has_header(headers: &[(String, Vec<u8>)], wanted: &str) -> bool {
    let Some((name, value)) = wanted.split_once(':') else { return false };
    headers.iter().filter(|(header, _)| header == name).any(|(_, found)| {
        let found = String::from_utf8_lossy(&found[..found.len().min(MAX_VALUE_BYTES)]).to_ascii_lowercase();
        found.trim_start().starts_with(value.trim_start())
    })
}

fn sets_cookie(headers: &[(String, Vec<u8>)], cookie: &str) -> bool {
    let values = headers.iter().filter(|(header, _)| header == "set-cookie").map(|(_, value)| value);
    values.into_iter().any(|value| {
        value.trim_ascii_start().strip_prefix(cookie.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
    })
}

/// The title of a page that is not worth parsing.
fn title(page: &str) -> Option<String> {
    let start = page.to_ascii_lowercase().find("<title")?;
    let inside = page.get(start..)?.split_once('>')?.1;
    let title = wording::fold(inside.split('<').next()?);
    (!title.is_empty()).then(|| wording::first_chars(&title, 90))
}
