//! What a look at an article tells of its other addresses, weighed: canonical links lie, and redirects lead astray.

use unicode_normalization::UnicodeNormalization as _;
use url::Url;

use super::relation::{names_other_id, relation};
use super::{normalise, shape};
use crate::model::{AliasKind, ArticleText, PageAddresses};

/// Words of a slug that must stand on a page before it counts as what the slug says, and the share of them.
const MIN_SLUG_WORDS: usize = 3;
const SLUG_SHARE_PERCENT: usize = 60;
/// Paragraphs of the page whose words are looked at.
const LEADING_PARAGRAPHS: usize = 20;
/// Share of the paragraphs read before that show a page to be the same article.
const SAME_TEXT_PERCENT: usize = 80;
const MIN_SAME_PARAGRAPHS: usize = 3;
/// Shorter paragraphs stand on many pages.
const MIN_PARAGRAPH_BYTES: usize = 40;

/// A look at an article: where its address led, and what the page there says.
#[derive(Debug, Clone, Copy)]
pub struct Witness<'a> {
    /// The article's identity.
    pub own: &'a Url,
    /// Where the page was found after redirects, as it was reached.
    pub reached: &'a Url,
    pub addresses: &'a PageAddresses,
    pub page: &'a ArticleText,
    /// What the article said when it was read last.
    pub before: Option<&'a ArticleText>,
    /// Where that was found after redirects, if it is known.
    pub before_at: Option<&'a Url>,
}

/// How far an address is believed to be the article's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Until another article claims it too.
    Plausible,
    /// Strong enough to make two articles one.
    Firm,
}

/// Why an address is not taken for the article's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Of another publisher.
    OtherHost,
    Front,
    Section,
    /// A consent, login or error page.
    Gate,
    /// Carries another article's number.
    OtherId,
    /// Nothing shows that it is the same article.
    Unlike,
}

/// An address beside the article's own, normalised, with what is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    pub url: Url,
    pub kind: AliasKind,
    pub ruling: Result<Strength, Refusal>,
}

/// Weighs every other address that a look brought, each once: the redirect's target first. Nothing for the article's own.
pub fn rulings(witness: &Witness<'_>) -> Vec<Ruling> {
    let reached = normalise(witness.reached);
    let redirect = (reached != *witness.own).then(|| judge_redirect(witness, &reached));
    let mut rulings: Vec<Ruling> = Vec::new();
    let is_led_astray = matches!(redirect, Some(Err(_)));
    if let Some(ruling) = redirect {
        rulings.push(Ruling { url: reached.clone(), kind: AliasKind::Redirect, ruling });
    }
    if is_led_astray {
        return rulings;
    }
    let PageAddresses { canonical, og_url, amp } = witness.addresses;
    let claims = [(AliasKind::Canonical, canonical), (AliasKind::OgUrl, og_url), (AliasKind::Amp, amp)];
    for (kind, claim) in claims {
        let Some(url) = claim.as_ref().map(normalise) else { continue };
        if url == *witness.own || rulings.iter().any(|ruling| ruling.url == url) {
            continue;
        }
        let ruling = judge_claim(witness, &reached, &url);
        rulings.push(Ruling { url, kind, ruling });
    }
    rulings
}

fn judge_redirect(witness: &Witness<'_>, reached: &Url) -> Result<Strength, Refusal> {
    let own = witness.own;
    if let Some(refusal) = is_no_article(own, reached) {
        return Err(refusal);
    }
    if relation(own, reached).is_some() {
        return Ok(Strength::Firm);
    }
    match strength_of_same_text(witness) {
        Some(Strength::Firm) => return Ok(Strength::Firm),
        Some(Strength::Plausible) if shape::is_article_like(reached) => return Ok(Strength::Plausible),
        _ => {}
    }
    if shape::family(own) != shape::family(reached) {
        // A service that counts clicks, or a publisher who moved.
        return if shape::is_article_like(reached) { Ok(Strength::Plausible) } else { Err(Refusal::Unlike) };
    }
    let slug = shape::slug_words(own);
    let is_told =
        if slug.len() < MIN_SLUG_WORDS { shape::is_article_like(reached) } else { is_said(&slug, witness.page) };
    if is_told && shape::is_article_like(reached) { Ok(Strength::Plausible) } else { Err(Refusal::Unlike) }
}

/// What a page says of its own address. Only pages of one publisher may name each other.
fn judge_claim(witness: &Witness<'_>, reached: &Url, url: &Url) -> Result<Strength, Refusal> {
    let at_home = [witness.own, reached].into_iter().find(|home| shape::family(home) == shape::family(url));
    let Some(home) = at_home else { return Err(Refusal::OtherHost) };
    if let Some(refusal) = is_no_article(home, url) {
        return Err(refusal);
    }
    if relation(home, url).is_some() {
        return Ok(Strength::Firm);
    }
    let slug = shape::slug_words(url);
    let is_told = slug.len() >= MIN_SLUG_WORDS && is_said(&slug, witness.page);
    if is_told && shape::is_article_like(url) { Ok(Strength::Plausible) } else { Err(Refusal::Unlike) }
}

/// What an address is where it cannot be that of the article at `home`.
fn is_no_article(home: &Url, url: &Url) -> Option<Refusal> {
    if shape::gate(url, home).is_some() {
        return Some(Refusal::Gate);
    }
    if shape::is_front(url) {
        return Some(Refusal::Front);
    }
    if shape::is_part_of(home, url) && shape::skeleton(home) != shape::skeleton(url) {
        return Some(Refusal::Section);
    }
    names_other_id(home, url).then_some(Refusal::OtherId)
}

/// Whether the page says what the slug is made of.
fn is_said(slug: &[String], page: &ArticleText) -> bool {
    let headline = page.headline.iter().map(String::as_str);
    let text = page.paragraphs.iter().take(LEADING_PARAGRAPHS).map(|paragraph| paragraph.text.as_str());
    let said: Vec<String> =
        headline.chain(page.summary.as_deref()).chain(text).flat_map(|text| shape::words(&plain(text))).collect();
    let slug: Vec<String> = slug.iter().map(|word| plain(word)).collect();
    let long: Vec<&String> = slug.iter().filter(|word| word.chars().count() >= 3).collect();
    let found = long.iter().filter(|word| said.iter().any(|other| is_kin(word, other))).count();
    long.len() >= MIN_SLUG_WORDS && found * 100 >= long.len() * SLUG_SHARE_PERCENT
}

/// The same word, or another ending of it.
fn is_kin(word: &str, other: &str) -> bool {
    let (short, long) = if word.len() <= other.len() { (word, other) } else { (other, word) };
    short == long || short.chars().count() >= 4 && long.starts_with(short)
}

/// Letters as slugs have them: without accents, `ß` as `ss`.
fn plain(text: &str) -> String {
    let bare = text.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    bare.collect::<String>().to_lowercase().replace('ß', "ss")
}

/// How far a redirect is to be believed because the page reads as the article did before.
///
/// Only a text that was read at the article's own address shows that it moved: one that was found behind the redirect
/// already may be of a page that other articles lead to as well.
fn strength_of_same_text(witness: &Witness<'_>) -> Option<Strength> {
    if !witness.before.is_some_and(|before| has_same_text(before, witness.page)) {
        return None;
    }
    let Some(place) = witness.before_at.map(normalise) else { return Some(Strength::Plausible) };
    let is_own = place == *witness.own || relation(witness.own, &place).is_some();
    is_own.then_some(Strength::Firm)
}

/// Whether most of what one text said stands in the other.
pub fn has_same_text(before: &ArticleText, after: &ArticleText) -> bool {
    let counted = |text: &str| text.len() >= MIN_PARAGRAPH_BYTES;
    let known: Vec<&str> = before.paragraphs.iter().map(|p| p.text.as_str()).filter(|text| counted(text)).collect();
    let kept = known.iter().filter(|text| after.paragraphs.iter().any(|paragraph| paragraph.text == **text)).count();
    known.len() >= MIN_SAME_PARAGRAPHS && kept * 100 >= known.len() * SAME_TEXT_PERCENT
}
