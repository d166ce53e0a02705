//! Reads what a page says beside its text: JSON-LD first, then meta tags, then the page itself.

mod address;
mod body;
mod byline;
mod headline;
mod json_ld;
pub mod moment;
mod tags;
mod times;
mod written;

use url::Url;

use crate::model::{ArticleText, PageAddresses, Paragraph, Timestamp};

use super::MAX_HEADLINE_CHARS;
use super::outline::Placed;
use super::page::Page;
use super::site::SiteRule;
use super::wording;

use json_ld::Node;
use tags::Tags;

/// Most characters of a summary, a byline, a section; of a tag, and most tags.
const MAX_SUMMARY_CHARS: usize = 2_000;
const MAX_NAME_CHARS: usize = 300;
const MAX_TAG_CHARS: usize = 100;
const MAX_TAGS: usize = 50;

/// The article body of JSON-LD stands in for the page's text when it says more than this many times as much.
const BODY_FACTOR: usize = 3;
/// And when it has this many words.
const MIN_BODY_WORDS: usize = 60;

/// The fields beside the text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    pub headline: Option<String>,
    pub summary: Option<String>,
    pub byline: Option<String>,
    pub published_at: Option<Timestamp>,
    pub modified_at: Option<Timestamp>,
    pub section: Option<String>,
    pub canonical_url: Option<Url>,
    pub addresses: PageAddresses,
    pub language: Option<String>,
    pub tags: Vec<String>,
    /// `false` where JSON-LD says that one must pay to read on.
    pub is_free: bool,
    /// JSON-LD says that this is an article, and when it was published.
    pub states_article: bool,
    /// `correction` of JSON-LD.
    pub correction: Option<String>,
    /// `articleBody` of JSON-LD, in paragraphs, or the posts of a live blog.
    body: Vec<Placed>,
}

impl Metadata {
    /// Reads the metadata of a page that was asked for as `url`.
    pub fn read(page: &Page, url: &Url, site: Option<&SiteRule>) -> Self {
        let tags = Tags::read(page);
        let documents = json_ld::documents(page);
        let titles = headline::titles(page, &tags);
        let node = json_ld::article(&documents, url, &titles);
        let byline = byline::read(page, &tags, &node);
        let named = site.and_then(SiteRule::headline).and_then(|css| page.first(css)).map(|element| page.text(element));
        let headline =
            named.filter(|text| !text.is_empty()).or_else(|| headline::choose(page, &tags, &node, titles, url));
        Self {
            headline: headline.map(|text| wording::first_chars(&text, MAX_HEADLINE_CHARS)),
            summary: summary(page, &tags, &node).map(|text| wording::first_chars(&text, MAX_SUMMARY_CHARS)),
            byline: byline.map(|text| wording::first_chars(&text, MAX_NAME_CHARS)),
            published_at: times::published_at(page, &tags, &node),
            modified_at: times::modified_at(page, &tags, &node),
            section: section(&tags, &node).map(|text| wording::first_chars(&text, MAX_NAME_CHARS)),
            canonical_url: address::canonical(page, &tags, &node, url),
            addresses: address::claims(page, &tags, url),
            language: language(page, &tags, &node),
            tags: keywords(&tags, &node),
            is_free: node.is_free(),
            states_article: node.text("datePublished").is_some(),
            correction: node.text("correction"),
            body: body::read(&node),
        }
    }

    /// Puts the article body of JSON-LD in the place of a text that is missing, or far shorter than it (a page that a
    /// script would fill).
    pub fn complete(&self, paragraphs: &mut Vec<Placed>) {
        let size = |paragraphs: &[Placed]| paragraphs.iter().map(|one| wording::size(&one.text)).sum::<usize>();
        let stated = size(&self.body);
        if stated >= MIN_BODY_WORDS && stated > size(paragraphs) * BODY_FACTOR {
            paragraphs.clone_from(&self.body);
        } else {
            body::date_posts(&self.body, paragraphs);
        }
    }

    pub fn into_text(self, paragraphs: Vec<Paragraph>, correction: Option<String>) -> ArticleText {
        ArticleText {
            headline: self.headline,
            summary: self.summary,
            byline: self.byline,
            published_at: self.published_at,
            modified_at: self.modified_at,
            section: self.section,
            correction: correction.map(|text| wording::first_chars(&text, MAX_SUMMARY_CHARS)),
            canonical_url: self.canonical_url,
            language: self.language,
            tags: self.tags,
            paragraphs,
        }
    }
}

/// The standfirst that readers see, where it is marked as one; else the description.
fn summary(page: &Page, tags: &Tags, node: &Node) -> Option<String> {
    const STANDFIRSTS: &str = "article [class*=\"standfirst\" i], main [class*=\"standfirst\" i], \
        article [itemprop=\"alternativeHeadline\"], article [itemprop=\"description\"]:not(meta)";
    let standfirst = page.first(STANDFIRSTS).map(|element| page.text(element));
    standfirst
        .filter(|text| (3..150).contains(&wording::size(text)))
        .or_else(|| node.text("description"))
        .or_else(|| {
            tags.first(&[
                "og:description",
                "description",
                "twitter:description",
                "dc.description",
                "sailthru.description",
            ])
        })
        .filter(|text| !text.is_empty())
}

fn section(tags: &Tags, node: &Node) -> Option<String> {
    node.texts("articleSection").into_iter().next().or_else(|| {
        tags.first(&[
            "article:section",
            "og:article:section",
            "parsely-section",
            "section",
            "cxenseparse:category",
            "dc.subject.section",
        ])
    })
}

/// The page's language as a BCP 47 tag, if what the page claims has the form of one.
fn language(page: &Page, tags: &Tags, node: &Node) -> Option<String> {
    let html = page.elements(&["html"]).first().and_then(|html| page.attribute(*html, "lang"));
    let claims =
        [html, tags.first(&["content-language", "language", "dc.language", "og:locale"]), node.text("inLanguage")];
    claims.into_iter().flatten().find_map(|claim| {
        let first = claim.split([',', ';', ' ']).next().unwrap_or_default().replace('_', "-");
        let mut parts = first.split('-');
        let primary = parts
            .next()
            .is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
        let rest = parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        (primary && rest && first.len() <= 35).then_some(first)
    })
}

/// The keywords of the first source that has some.
fn keywords(tags: &Tags, node: &Node) -> Vec<String> {
    let sources = [
        node.texts("keywords"),
        tags.all(&["article:tag", "og:article:tag"]),
        tags.all(&["news_keywords"]),
        tags.all(&["parsely-tags", "sailthru.tags"]),
        tags.all(&["keywords"]),
    ];
    let mut keywords: Vec<String> = Vec::new();
    for stated in sources.iter().find(|source| source.iter().any(|text| !text.is_empty())).into_iter().flatten() {
        for keyword in stated.split([',', ';', '、', '،']) {
            let keyword = wording::fold(keyword);
            // Machine tags ("Section: World", "tag:12") stay out only where they are keys without words.
            let is_word = keyword.chars().any(char::is_alphabetic) && keyword.chars().count() <= MAX_TAG_CHARS;
            if is_word && keywords.len() < MAX_TAGS && !keywords.contains(&keyword) {
                keywords.push(keyword);
            }
        }
    }
    keywords
}
