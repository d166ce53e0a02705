//! Turns the bytes of an article's page into its fields, and judges whether the page is fit to be read.
//!
//! The path of a page: `guard` refuses what would hurt a parser, `charset` decodes, `page` parses once and lists every
//! block of visible text, `content` says which of those blocks are the article, `shape` drops what is no prose,
//! `metadata` reads the fields beside the text, `correction` takes the publisher's note out of it, `marks` notes what the
//! page says of itself and `fitness` judges; `barrier` and `redirect` judge the answer that brought the page.

mod barrier;
mod charset;
mod content;
mod correction;
mod fitness;
mod guard;
mod inserts;
mod markup;
mod marks;
mod metadata;
mod nesting;
mod other;
mod outline;
mod page;
mod phrases;
mod post;
mod redirect;
mod shape;
mod site;
mod stamp;
mod walk;
mod wording;

use std::panic::{AssertUnwindSafe, catch_unwind};

use thiserror::Error;
use url::Url;

use crate::model::{ArticleText, Fitness, PageAddresses, PageBlock, Reader, Wall};

pub use barrier::barrier;
pub use charset::decode;
pub use correction::is_note;
pub use guard::{MAX_DEPTH, MAX_PAGE_BYTES};
pub use phrases::prompts;
pub use redirect::misled;
pub use site::{SelectorError, SiteRule, SiteSelectors};

use marks::Marks;
use metadata::Metadata;
use outline::Placed;
use page::Page;

/// The version of this extractor, stored with every page it read. It grows when the same page would read differently.
pub const VERSION: u32 = 1;

/// What reads the pages of a site today. Where it changes, the same page may read differently.
pub fn reader(site: Option<&SiteRule>) -> Reader {
    Reader { extractor: VERSION, site_rule: site.map_or(0, SiteRule::selectors_digest) }
}

/// Most characters of a headline.
const MAX_HEADLINE_CHARS: usize = 1_000;
/// Most bytes of all paragraphs together.
const MAX_TEXT_BYTES: usize = 1_000_000;

/// What a page says, and whether it may be believed.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub text: ArticleText,
    /// Every block that the page shows, with those of the text among them.
    pub page: Vec<PageBlock>,
    /// Where the page says that it stands.
    pub addresses: PageAddresses,
    pub fitness: Fitness,
    /// What may stand between the page and its text; `None` where the page carries no mark of it.
    pub wall: Option<Wall>,
}

/// Why a page could not be read at all. None of these passes by itself: the bytes are what they are.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum ExtractError {
    /// `looks_like` names the format with its article (`a PDF document`).
    #[error("the page is not HTML: it looks like {looks_like}")]
    NotHtml { looks_like: &'static str },
    #[error("the page is {bytes} bytes long, over the limit of {MAX_PAGE_BYTES}")]
    TooLarge { bytes: usize },
    #[error("the page nests its elements deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Tags beyond count, or a tag with attributes beyond count.
    #[error("the page's markup has more than {limit} {what}")]
    TooMuchMarkup { limit: usize, what: &'static str },
    /// Replacement characters in bulk: the bytes are in no charset that we know.
    #[error("the page cannot be decoded as `{charset}` or anything else")]
    Undecodable { charset: &'static str },
    #[error("the parser failed on the page: {message}")]
    ParserPanicked { message: String },
}

/// Reads an article's page.
///
/// `content_type` is the HTTP header; `url` is the address that was asked for. Pure and repeatable: the same input gives
/// the same reading. Takes up to some hundred milliseconds for a page near the limits, and wants a stack of 8 MiB.
pub fn extract(
    page: &[u8],
    content_type: Option<&str>,
    url: &Url,
    site: Option<&SiteRule>,
) -> Result<Reading, ExtractError> {
    // Third-party parsers panic on odd pages now and then; a page must never take the daemon with it.
    catch_unwind(AssertUnwindSafe(|| {
        guard::check_bytes(page, content_type)?;
        let html = decode(page, content_type, url)?;
        guard::check_markup(&html)?;
        Ok(read(&html, url, site))
    }))
    .unwrap_or_else(|panic| Err(ExtractError::ParserPanicked { message: panic_message(panic.as_ref()) }))
}

fn read(html: &str, url: &Url, site: Option<&SiteRule>) -> Reading {
    let page = Page::parse(html, site);
    let metadata = Metadata::read(&page, url, site);
    let blocks = page.blocks();
    let marks = Marks::read(&page, html, &metadata, &blocks);
    let mut chosen = post::complete(&blocks, content::choose(page, &blocks, site));
    let correction = correction::take(&blocks, &mut chosen, &metadata);
    inserts::drop_inserts(&blocks, &mut chosen);
    let mut paragraphs = shape::paragraphs(&blocks, chosen, &metadata);
    metadata.complete(&mut paragraphs);
    limit_text(&mut paragraphs);
    let page = outline::page(&blocks, &paragraphs);
    let addresses = metadata.addresses.clone();
    let text = metadata.into_text(paragraphs.into_iter().map(Placed::into_paragraph).collect(), correction);
    let fitness = fitness::judge(&text, &marks, url);
    Reading { text, page, addresses, fitness, wall: marks.wall() }
}

/// Cuts the text at [`MAX_TEXT_BYTES`], at the end of a paragraph where one ends before that.
fn limit_text(paragraphs: &mut Vec<Placed>) {
    let mut room = MAX_TEXT_BYTES;
    for (index, paragraph) in paragraphs.iter_mut().enumerate() {
        if paragraph.text.len() > room {
            wording::truncate_bytes(&mut paragraph.text, if index == 0 { room } else { 0 });
            let keep = if paragraph.text.is_empty() { index } else { index + 1 };
            paragraphs.truncate(keep);
            return;
        }
        room -= paragraph.text.len();
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    wording::fold(&message).chars().take(200).collect()
}
