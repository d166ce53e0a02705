//! Judges whether a page is fit to be read as the article it was asked for.
//!
//! Only what this page alone can tell: the status, redirects, headers and earlier captures are for others to weigh. A real
//! article must never be called unfit, so every verdict but `empty` wants a mark and hardly any text.

use url::Url;

use crate::model::{ArticleText, Fitness, Quality};

use super::metadata::Metadata;
use super::page::Page;
use super::wording;

/// A page with more words than this is an article, whatever its title says.
const MAX_STUB_WORDS: usize = 120;
/// With fewer words than this there is nothing to compare.
const MIN_WORDS: usize = 4;
/// Longest title that a challenge or an error page has, in characters.
const MAX_TITLE_CHARS: usize = 90;

/// What is told by the page's markup rather than by its text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Marks {
    /// The title and the main heading, as the page writes them.
    titles: Vec<String>,
    /// The name of the thing that stands between us and the page.
    challenge: Option<&'static str>,
    /// An element that is named a paywall; many free pages carry one unseen.
    has_paywall: bool,
    /// The publisher says that one must pay to read.
    is_paid: bool,
    is_article: bool,
    /// The links that the page has in `rel=canonical` and `og:url`.
    canonical: Option<Url>,
}

impl Marks {
    pub fn read(page: &Page, html: &str, metadata: &Metadata) -> Self {
        let titles = page.elements(&["title"]).into_iter().take(2).map(|title| wording::fold(&page.source(title)));
        let headings = page.elements(&["h1"]).into_iter().take(2).map(|heading| page.text(heading));
        Self {
            titles: titles.chain(headings).filter(|title| !title.is_empty()).collect(),
            challenge: challenge(html),
            has_paywall: page.first(PAYWALLS).is_some(),
            is_paid: !metadata.is_free || page.first(LOCKED).is_some(),
            is_article: metadata.published_at.is_some(),
            canonical: metadata.canonical_url.clone(),
        }
    }
}

const PAYWALLS: &str = "[class*=\"paywall\" i], [id*=\"paywall\" i], [class*=\"regwall\" i], [class*=\"subscriber-only\" i], \
    [class*=\"subscription-required\" i]";
const LOCKED: &str = "meta[name=\"article:content_tier\"][content=\"locked\"], \
    meta[property=\"article:content_tier\"][content=\"locked\"]";

/// The protection service whose own page this is, by what only such pages hold.
fn challenge(html: &str) -> Option<&'static str> {
    const MARKS: [(&str, &str); 9] = [
        ("_cf_chl_opt", "a challenge of Cloudflare"),
        ("cf-browser-verification", "a challenge of Cloudflare"),
        ("/cdn-cgi/l/chk_captcha", "a challenge of Cloudflare"),
        ("_Incapsula_Resource", "a challenge of Imperva"),
        ("captcha-delivery.com", "a challenge of DataDome"),
        ("px-captcha", "a challenge of PerimeterX"),
        ("/_sec/cp_challenge", "a challenge of Akamai"),
        ("awsWafCookieDomainList", "a challenge of AWS"),
        ("ddos-guard/js-challenge", "a challenge of DDoS-Guard"),
    ];
    MARKS.iter().find(|(mark, _)| html.contains(mark)).map(|(_, name)| *name)
}

/// The verdict, with the evidence in words.
pub fn judge(text: &ArticleText, marks: &Marks, url: &Url) -> Fitness {
    let words: usize = text.paragraphs.iter().map(|paragraph| wording::size(&paragraph.text)).sum();
    if words <= MAX_STUB_WORDS
        && let Some(fitness) = judge_stub(words, is_cut(text), marks)
    {
        return fitness;
    }
    if words < MIN_WORDS {
        return Fitness { quality: Quality::Empty, reason: "the page has no article text".to_owned() };
    }
    if let Some(reason) = other_article(text, marks, url) {
        return Fitness { quality: Quality::OtherArticle, reason };
    }
    Fitness { quality: Quality::Good, reason: format!("the page has {}", counted(words)) }
}

/// What a page with little text is, if it says so.
fn judge_stub(words: usize, is_cut: bool, marks: &Marks) -> Option<Fitness> {
    let few = counted(words);
    for (kind, phrase) in unfit_phrases() {
        // A real short article may speak of a captcha; a challenge has no date of publication.
        let title = marks.titles.iter().find(|title| title.chars().count() <= MAX_TITLE_CHARS && says(title, phrase));
        if let Some(title) = title
            && !marks.is_article
        {
            return Some(Fitness { quality: kind, reason: format!("the page is titled `{title}` and has {few}") });
        }
    }
    if let Some(name) = marks.challenge
        && !marks.is_article
        && words < MAX_STUB_WORDS / 2
    {
        return Some(Fitness { quality: Quality::Challenge, reason: format!("the page is {name}") });
    }
    let witnesses = [marks.has_paywall, marks.is_paid, is_cut].into_iter().filter(|witness| *witness).count();
    if witnesses >= 2 && words >= MIN_WORDS {
        return Some(Fitness { quality: Quality::Paywall, reason: format!("the page has a paywall and only {few}") });
    }
    None
}

/// Whether the text breaks off: it ends in an ellipsis, or in no mark at all.
fn is_cut(text: &ArticleText) -> bool {
    let last = text.paragraphs.last().map(|paragraph| paragraph.text.as_str()).unwrap_or_default();
    last.ends_with(['…', ',']) || last.ends_with("...") || last.ends_with(char::is_alphanumeric)
}

fn counted(words: usize) -> String {
    if words == 1 { "1 word of text".to_owned() } else { format!("{words} words of text") }
}

fn unfit_phrases() -> impl Iterator<Item = (Quality, &'static str)> {
    let lines = include_str!("unfit.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).filter_map(|(kind, phrase)| {
        let quality = match kind {
            "challenge" => Quality::Challenge,
            "consent" => Quality::Consent,
            "not_found" => Quality::NotFound,
            _ => return None,
        };
        Some((quality, phrase))
    })
}

/// Whether a title holds a phrase, at the start of a word.
fn says(title: &str, phrase: &str) -> bool {
    let title = wording::lower(title);
    let phrase = wording::lower(phrase);
    title
        .match_indices(phrase.as_str())
        .any(|(index, _)| !title[..index].ends_with(|c: char| c.is_ascii_alphanumeric()))
}

/// Why the page is another article than the one asked for. Canonical links lie, so it takes two witnesses: an address that
/// is clearly another's, and a page that has none of the words that the asked address is made of.
fn other_article(text: &ArticleText, marks: &Marks, url: &Url) -> Option<String> {
    let canonical = marks.canonical.as_ref()?;
    let host = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    let is_root = canonical.path() == "/" && canonical.query().is_none();
    let is_other = is_root || has_other_id(canonical, url);
    let asked = slug_words(url);
    if host(canonical) != host(url) || !is_other || asked.len() < 3 {
        return None;
    }
    let mut said = wording::words(text.headline.as_deref().unwrap_or_default());
    said.extend(text.paragraphs.iter().take(20).flat_map(|paragraph| wording::words(&paragraph.text)));
    let is_said = |word: &&String| {
        said.iter().any(|other| other.starts_with(word.as_str()) || word.starts_with(other.as_str()) && other.len() > 3)
    };
    let found = asked.iter().filter(is_said).count();
    (found * 4 <= asked.len())
        .then(|| format!("the page calls itself `{canonical}`, and says nothing of `{}`", asked.join(" ")))
}

/// The words of the last part of an address that reads as words.
fn slug_words(url: &Url) -> Vec<String> {
    let parts = url.path_segments().into_iter().flatten();
    let slugs = parts.map(|part| wording::words(part.split('.').next().unwrap_or_default()));
    let words = slugs.map(|words| {
        words.into_iter().filter(|word| word.len() >= 4 && word.chars().all(|c| c.is_ascii_alphabetic())).collect()
    });
    words.max_by_key(|words: &Vec<String>| words.len()).unwrap_or_default()
}

/// Whether both addresses carry article numbers and have none in common.
fn has_other_id(one: &Url, other: &Url) -> bool {
    let ids = |url: &Url| -> Vec<String> {
        let numbers =
            url.path().split(|c: char| !c.is_ascii_digit()).filter(|number| number.len() >= 5 && number.len() != 8);
        numbers.map(str::to_owned).collect()
    };
    let (one, other) = (ids(one), ids(other));
    !one.is_empty() && !other.is_empty() && one.iter().all(|id| !other.contains(id))
}
