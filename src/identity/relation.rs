//! Which pairs of addresses look like one article: what an address alone can tell of another.

use url::Url;

use super::number::{self, Id, Place};
use super::shape;

/// A slug of fewer words may be that of several articles.
const MIN_SLUG_WORDS: usize = 4;

/// How two addresses of one publisher are alike. None of it is proof that they are one article; it lets a redirect or a
/// canonical link be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same but for http and https, `www.`, mobile or AMP, a slash or `.html` at the end.
    Variant,
    /// Another slug with the same number of the publisher's, at the same place.
    SameId,
    /// The same slug of several words, elsewhere on the site.
    SameSlug,
}

/// How two normalised addresses are alike, if they are.
pub fn relation(one: &Url, other: &Url) -> Option<Relation> {
    if shape::family(one) != shape::family(other) || !one.has_host() {
        return None;
    }
    if shape::skeleton(one) == shape::skeleton(other) {
        return Some(Relation::Variant);
    }
    if parameters_disagree(one, other) {
        return None;
    }
    let (ours, theirs) = (number::ids(one), number::ids(other));
    if ours.iter().any(|id| theirs.contains(id)) {
        let is_same_page = ours.iter().any(|id| id.place != Place::Parameter) || one.path() == other.path();
        return is_same_page.then_some(Relation::SameId);
    }
    is_same_slug(one, other, &ours, &theirs).then_some(Relation::SameSlug)
}

/// `?id=1` and `?id=2` are two articles, whatever else is alike.
fn parameters_disagree(one: &Url, other: &Url) -> bool {
    let (ours, theirs) = (shape::id_parameters(one), shape::id_parameters(other));
    !ours.is_empty() && !theirs.is_empty() && ours != theirs
}

fn is_same_slug(one: &Url, other: &Url, ours: &[Id], theirs: &[Id]) -> bool {
    // `…-in-the-capital-123456` without its number, but `…-day-12` with it.
    let last = |url: &Url| {
        let segments = shape::segments(url);
        let last = shape::without_extension(segments.last()?).to_lowercase();
        let tokens = last.split(['-', '_', '.', ',']).filter(|token| !token.is_empty() && !number::is_id(token));
        let slug = tokens.collect::<Vec<_>>().join("-");
        (shape::words(&slug).len() >= MIN_SLUG_WORDS).then_some(slug)
    };
    let dates = [one, other].map(|url| shape::date(url).map(|(date, _)| date));
    let same_date = matches!(&dates, [Some(ours), Some(theirs)] if ours == theirs) || dates.contains(&None);
    let both_numbered = !ours.is_empty() && !theirs.is_empty();
    last(one).is_some() && last(one) == last(other) && same_date && !both_numbered
}

/// Whether both addresses of one publisher carry an article's number and have none in common.
pub fn names_other_id(one: &Url, other: &Url) -> bool {
    if shape::family(one) != shape::family(other) {
        return false;
    }
    if parameters_disagree(one, other) && one.path() == other.path() {
        return true;
    }
    let (ours, theirs) = (number::ids(one), number::ids(other));
    let comparable = |ours: &Id| theirs.iter().any(|id| id.is_number() == ours.is_number());
    ours.iter().any(comparable) && !ours.iter().any(|id| theirs.iter().any(|other| other.text == id.text))
}

/// What the addresses that could be one article have in common: the publisher with the article's number, else the
/// address without its dress. Many articles with one key show that its number is that of a section.
pub fn kin_key(url: &Url) -> Option<String> {
    if !url.has_host() || shape::is_front(url) || shape::is_made_up(url) {
        return None;
    }
    let ids = number::ids(url);
    Some(match ids.iter().max_by_key(|id| id.text.len()) {
        Some(Id { text, place: Place::Path(behind) }) => format!("{} {text}/{behind}", shape::family(url)),
        Some(Id { text, place: Place::Parameter }) => format!("{} {}?{text}", shape::family(url), url.path()),
        None => shape::skeleton(url),
    })
}
