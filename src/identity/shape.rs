//! What an address looks like: an article's, a front page's, a section's, a gate's.

use url::Url;

use super::number;

/// How the fragment of an address begins that was made for an entry.
pub(super) const MADE_UP: &str = "entry=";
/// Labels before a publisher's host for the same pages in another dress.
const SIBLINGS: [&str; 9] = ["www", "www1", "www2", "m", "mobile", "mobil", "touch", "wap", "amp"];
/// Last parts that stand for the folder that they are in.
const INDEXES: [&str; 7] =
    ["index.html", "index.htm", "index.php", "index.jsp", "index.asp", "index.aspx", "default.aspx"];
const EXTENSIONS: [&str; 10] =
    [".amp.html", ".amp.htm", ".html", ".htm", ".shtml", ".xhtml", ".php", ".aspx", ".asp", ".amp"];
/// Only these say nothing of the page; `.php?id=1` may be another page than a folder of that name.
const SILENT_EXTENSIONS: [&str; 6] = [".amp.html", ".amp.htm", ".html", ".htm", ".shtml", ".amp"];
/// Parameters, or parameters with their value, that ask for the AMP or mobile page.
const DRESSES: [&str; 16] = [
    "amp",
    "amp=",
    "amp=1",
    "amp=true",
    "amp=amp",
    "_amp=true",
    "_amp=1",
    "isamp=1",
    "outputtype=amp",
    "output=amp",
    "view=amp",
    "format=amp",
    "type=amp",
    "mobile=1",
    "mobile=true",
    "view=mobile",
];
const FRONTS: [&str; 12] = [
    "home",
    "homepage",
    "index",
    "start",
    "startseite",
    "accueil",
    "inicio",
    "portada",
    "main",
    "default",
    "frontpage",
    "news",
];
/// Parameters that name an article.
const ID_PARAMETERS: [&str; 20] = [
    "id",
    "p",
    "aid",
    "nid",
    "sid",
    "cid",
    "article",
    "articleid",
    "article_id",
    "artid",
    "art_id",
    "story",
    "storyid",
    "story_id",
    "newsid",
    "news_id",
    "postid",
    "post_id",
    "contentid",
    "idarticle",
];

/// The publisher behind a host: without `www.`, `m.`, `amp.` and their like, with the port where it is an odd one.
pub(super) fn family(url: &Url) -> String {
    let mut host = url.host_str().unwrap_or_default();
    if url.domain().is_some() {
        while let Some((label, rest)) = host.split_once('.') {
            if !SIBLINGS.contains(&label) || !rest.contains('.') {
                break;
            }
            host = rest;
        }
    }
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The parts of the path that name something: no empty ones, no index file at the end.
pub(super) fn segments(url: &Url) -> Vec<&str> {
    let mut segments: Vec<&str> =
        url.path_segments().into_iter().flatten().filter(|segment| !segment.is_empty()).collect();
    if segments.last().is_some_and(|last| INDEXES.contains(&last.to_ascii_lowercase().as_str())) {
        segments.pop();
    }
    segments
}

/// What is left of an address without its dress: the same for http and https, `www.`, mobile and AMP variants, with and
/// without a slash or `.html` at the end.
pub(super) fn skeleton(url: &Url) -> String {
    let mut segments = segments(url);
    let is_amp = |segment: &str| ["amp", ".amp", "google-amp"].contains(&segment.to_ascii_lowercase().as_str());
    if segments.len() > 1 && segments.first().is_some_and(|first| is_amp(first)) {
        segments.remove(0);
    }
    if segments.len() > 1 && segments.last().is_some_and(|last| is_amp(last)) {
        segments.pop();
    }
    let mut path = segments.join("/");
    if let Some(extension) = SILENT_EXTENSIONS.iter().find(|extension| ends_with(&path, extension)) {
        path.truncate(path.len() - extension.len());
    }
    let query: Vec<&str> =
        url.query().into_iter().flat_map(|query| query.split('&')).filter(|p| !is_dress(p)).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{}/{path}{query}{fragment}", family(url))
}

fn ends_with(path: &str, extension: &str) -> bool {
    path.len() > extension.len()
        && path.get(path.len() - extension.len()..).is_some_and(|end| end.eq_ignore_ascii_case(extension))
}

pub(super) fn is_dress(pair: &str) -> bool {
    DRESSES.contains(&pair.to_ascii_lowercase().as_str())
}

/// The words that an article's address is made of: those of the part that has most, in lower case, without numbers.
pub(super) fn slug_words(url: &Url) -> Vec<String> {
    let words = segments(url).into_iter().map(|segment| words(&decoded(without_extension(segment))));
    words.max_by_key(Vec::len).unwrap_or_default()
}

pub(super) fn without_extension(segment: &str) -> &str {
    let extension = EXTENSIONS.iter().find(|extension| ends_with(segment, extension));
    extension.map_or(segment, |extension| &segment[..segment.len() - extension.len()])
}

fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// The words of a text, in lower case; what has a digit in it is none.
pub(super) fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    let is_word = |part: &&str| part.chars().count() >= 2 && part.chars().all(char::is_alphabetic);
    parts.filter(is_word).map(str::to_lowercase).collect()
}

/// The front page of a site or of one of its editions.
pub fn is_front(url: &Url) -> bool {
    if has_id_parameter(url) || url.fragment().is_some() {
        return false;
    }
    match segments(url)[..] {
        [] => true,
        [one] => is_edition(one) || FRONTS.contains(&without_extension(one).to_ascii_lowercase().as_str()),
        [edition, one] => is_edition(edition) && FRONTS.contains(&without_extension(one).to_ascii_lowercase().as_str()),
        _ => false,
    }
}

/// `de`, `en-us`
fn is_edition(segment: &str) -> bool {
    let mut parts = segment.split(['-', '_']);
    let is_code = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic());
    parts.next().is_some_and(is_code) && parts.all(is_code)
}

pub(super) fn has_id_parameter(url: &Url) -> bool {
    !id_parameters(url).is_empty()
}

/// The values of parameters that name an article.
pub(super) fn id_parameters(url: &Url) -> Vec<String> {
    let named = url.query_pairs().filter(|(name, value)| is_id_parameter(name) && !value.is_empty());
    named.map(|(_, value)| value.to_ascii_lowercase()).collect()
}

pub(super) fn is_id_parameter(name: &str) -> bool {
    ID_PARAMETERS.contains(&name.to_ascii_lowercase().as_str())
}

/// Whether an address is like one of an article: it has a number of its own, a slug of several words, a date, or a
/// parameter that names an article.
pub(super) fn is_article_like(url: &Url) -> bool {
    !number::ids(url).is_empty()
        || has_id_parameter(url)
        || url.fragment().is_some()
        || slug_words(url).len() >= 3
        || date(url).is_some_and(|(_, is_last)| !is_last)
}

/// The day (or month) that stands in the path, as `2026/11/22`, and whether the path ends with it.
pub(super) fn date(url: &Url) -> Option<(String, bool)> {
    let segments = segments(url);
    let number = |at: usize, digits: usize, most: u32| {
        let segment = segments.get(at)?;
        let value: u32 = segment.parse().ok()?;
        (segment.len() <= digits && (1..=most).contains(&value)).then_some(value)
    };
    let year = |at: usize| number(at, 4, 2100).filter(|year| *year >= 1990);
    let at = (0..segments.len()).find(|at| year(*at).is_some() && number(at + 1, 2, 12).is_some())?;
    let (year, month, day) = (year(at)?, number(at + 1, 2, 12)?, number(at + 2, 2, 31));
    let length = if day.is_some() { 3 } else { 2 };
    Some((format!("{year}/{month}/{}", day.unwrap_or(0)), at + length == segments.len()))
}

/// Whether one address lies above the other in its path, as a section above its articles.
pub fn is_part_of(inner: &Url, outer: &Url) -> bool {
    let (inner_parts, outer_parts) = (segments(inner), segments(outer));
    family(inner) == family(outer)
        && outer_parts.len() < inner_parts.len()
        && inner_parts.starts_with(&outer_parts)
        && !has_id_parameter(outer)
}

/// What stands before a page in place of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    Consent,
    Login,
    Error,
}

/// The gate at which an address stands by its name, or because it carries `asked` as the address to go on to.
pub fn gate(url: &Url, asked: &Url) -> Option<Gate> {
    let named = |url: &Url| -> Option<Gate> {
        let host = url.domain().unwrap_or_default();
        let label = host.split('.').next().filter(|_| host.matches('.').count() >= 2);
        let parts = label.into_iter().chain(segments(url));
        parts.map(|part| without_extension(part).to_ascii_lowercase()).find_map(|part| gate_word(&part))
    };
    if let Some(gate) = named(url) {
        return named(asked).is_none().then_some(gate);
    }
    let wanted = asked.path();
    let carries = |value: &str| wanted.len() > 8 && value.contains(wanted);
    let goes_on = url.path() != wanted && url.query_pairs().any(|(_, value)| carries(&value));
    goes_on.then_some(Gate::Login)
}

fn gate_word(part: &str) -> Option<Gate> {
    const CONSENT: [&str; 14] = [
        "consent",
        "cookie",
        "cookies",
        "cookiewall",
        "cookie-consent",
        "cookie-policy",
        "gdpr",
        "privacy",
        "privacy-gate",
        "collectconsent",
        "cmp",
        "zustimmung",
        "consentimiento",
        "privacywall",
    ];
    const LOGIN: [&str; 24] = [
        "login",
        "log-in",
        "signin",
        "sign-in",
        "sign_in",
        "signup",
        "sign-up",
        "auth",
        "oauth",
        "oauth2",
        "authorize",
        "sso",
        "account",
        "accounts",
        "register",
        "registration",
        "subscribe",
        "subscription",
        "anmelden",
        "connexion",
        "paywall",
        "regwall",
        "wp-login",
        "idp",
    ];
    const ERROR: [&str; 10] = [
        "404",
        "not-found",
        "notfound",
        "page-not-found",
        "error",
        "errors",
        "error404",
        "captcha",
        "blocked",
        "geoblock",
    ];
    match part {
        part if CONSENT.contains(&part) => Some(Gate::Consent),
        part if LOGIN.contains(&part) => Some(Gate::Login),
        part if ERROR.contains(&part) => Some(Gate::Error),
        _ => None,
    }
}

/// The parameters, in lower case, in which two addresses of one page differ; `None` where they are of different pages or
/// differ in nothing.
pub(super) fn differing_parameters(one: &Url, other: &Url) -> Option<Vec<String>> {
    if family(one) != family(other) || one.path() != other.path() || one.fragment() != other.fragment() {
        return None;
    }
    let pairs = |url: &Url| -> Vec<(String, String)> {
        url.query_pairs().map(|(name, value)| (name.to_lowercase(), value.into_owned())).collect()
    };
    let (ours, theirs) = (pairs(one), pairs(other));
    let ours_alone = ours.iter().filter(|pair| !theirs.contains(pair));
    let theirs_alone = theirs.iter().filter(|pair| !ours.contains(pair));
    let mut names: Vec<String> = ours_alone.chain(theirs_alone).map(|(name, _)| name.clone()).collect();
    names.sort();
    names.dedup();
    (!names.is_empty()).then_some(names)
}

/// An address without these parameters, which are in lower case; what is left stays as it is.
pub(super) fn without_parameters(url: &Url, names: &[String]) -> Url {
    let Some(query) = url.query().filter(|_| !names.is_empty()) else { return url.clone() };
    let is_kept = |pair: &&str| {
        let name = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name.to_lowercase());
        !name.is_some_and(|name| names.contains(&name))
    };
    let kept = query.split('&').filter(is_kept).collect::<Vec<_>>().join("&");
    let mut without = url.clone();
    without.set_query(Some(kept.as_str()).filter(|kept| !kept.is_empty()));
    without
}

/// Whether an address was made for an entry that has none of its own.
pub(super) fn is_made_up(url: &Url) -> bool {
    url.fragment().is_some_and(|fragment| fragment.starts_with(MADE_UP))
}
