//! What a web page is that stands where a feed was expected, by what is known of the software that makes such pages.

use std::borrow::Cow;

use url::Url;

use super::scanner::{Scanner, Tag, Token};

/// Such pages say early what they are.
const HEAD_BYTES: usize = 64 * 1024;

/// A page that leads elsewhere by a script or by its only link holds hardly more than that.
const MAX_BYTES_OF_MOVED: usize = 4 * 1024;

/// What kind of page was served in place of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    Login,
    Consent,
    /// A check whether the visitor is human.
    Challenge,
    /// The feed, or the whole site, has another address now.
    Moved,
    /// It says that nothing is there, though the server's status did not.
    Missing,
    Plain,
}

/// What was found out about a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) kind: PageKind,
    /// Where a page that has moved leads to.
    pub(super) leads_to: Option<Url>,
}

/// What the page `text`, found at `url`, is.
///
/// A page that announces feeds is an ordinary one, unless its title says otherwise: the scripts and forms of checks,
/// consents and logins stand on ordinary pages too.
pub(super) fn judge(text: &str, url: &Url, announces_feeds: bool) -> Judged {
    let head = &text[..text.floor_char_boundary(HEAD_BYTES)];
    let title = title(head);
    let lower = head.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| title.contains(phrase));
    let holds = |marks: &[&str]| !announces_feeds && marks.iter().any(|mark| lower.contains(mark));
    let kind = if says(&CHALLENGE_TITLES) || holds(&CHALLENGE_MARKS) {
        PageKind::Challenge
    } else if says(&CONSENT_TITLES) || holds(&CONSENT_MARKS) {
        PageKind::Consent
    } else if says(&LOGIN_TITLES) || holds(&LOGIN_MARKS) {
        PageKind::Login
    } else if says(&MISSING_TITLES) {
        PageKind::Missing
    } else {
        PageKind::Plain
    };
    let is_ordinary = kind != PageKind::Plain || announces_feeds;
    let elsewhere = if is_ordinary { None } else { elsewhere(head, url) };
    match (kind, elsewhere) {
        (PageKind::Plain, Some(leads_to)) => Judged { kind: PageKind::Moved, leads_to: Some(leads_to) },
        (PageKind::Plain, None) if says(&MOVED_TITLES) => Judged { kind: PageKind::Moved, leads_to: None },
        (kind, _) => Judged { kind, leads_to: None },
    }
}

// Titles in lower case, their words with one blank before, between and behind.
const CHALLENGE_TITLES: [&str; 9] = [
    " just a moment ",
    " attention required ",
    " access denied ",
    " pardon our interruption ",
    " security check ",
    " verify you are human ",
    " are you a robot ",
    " robot or human ",
    " ddos guard ",
];
const CONSENT_TITLES: [&str; 3] = [" consent ", " before you continue ", " cookie wall "];
#[rustfmt::skip]
const LOGIN_TITLES: [&str; 11] = [
    " log in ", " login ", " sign in ", " signin ", " anmelden ", " anmeldung ", " se connecter ", " connexion ",
    " iniciar sesión ", " accedi ", " inloggen ",
];
const MISSING_TITLES: [&str; 6] =
    [" 404 ", " not found ", " nicht gefunden ", " introuvable ", " no encontrada ", " 410 gone "];
const MOVED_TITLES: [&str; 6] =
    [" 301 ", " 302 ", " object moved ", " document moved ", " document has moved ", " redirecting "];
const CHALLENGE_MARKS: [&str; 6] =
    ["cf-chl-", "challenge-platform", "/_incapsula_resource", "px-captcha", "captcha-delivery.com", "ddos-guard"];
const CONSENT_MARKS: [&str; 4] = ["consent.yahoo.com", "consent.google.com", "privacy-mgmt.com", "collectconsent"];
const LOGIN_MARKS: [&str; 3] = ["type=\"password\"", "type='password'", "type=password"];

/// The words of the page's title, in lower case, with one blank before, between and behind them.
fn title(page: &str) -> String {
    let mut scanner = Scanner::new(page);
    let mut title = String::from(" ");
    let mut is_inside = false;
    while let Some(token) = scanner.next() {
        match token {
            Token::Start(tag) if is_script(&tag) => scanner.skip_raw_text(tag.name),
            Token::Start(tag) => is_inside = tag.name.eq_ignore_ascii_case("title"),
            Token::End(_) if is_inside => break,
            Token::Text(text) if is_inside => {
                let lower = text.to_lowercase();
                for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
                    title.push_str(word);
                    title.push(' ');
                }
            }
            _ => {}
        }
    }
    title
}

fn is_script(tag: &Tag<'_>) -> bool {
    !tag.is_closed && (tag.name.eq_ignore_ascii_case("script") || tag.name.eq_ignore_ascii_case("style"))
}

/// Where a page sends its reader by itself: by `<meta http-equiv=refresh>`, or, where it holds hardly anything else, by
/// a script or its only link.
fn elsewhere(page: &str, url: &Url) -> Option<Url> {
    let is_short = page.len() <= MAX_BYTES_OF_MOVED;
    let mut links: Vec<Url> = Vec::new();
    let mut sends_by_script = false;
    for token in Scanner::new(page) {
        match token {
            Token::Start(tag) if tag.name.eq_ignore_ascii_case("meta") => {
                if let Some(address) = refreshed(&tag).and_then(|address| other(&address, url)) {
                    return Some(address);
                }
            }
            Token::Start(tag) if is_short && tag.name.eq_ignore_ascii_case("a") => {
                links.extend(tag.attribute("href").and_then(|href| other(&href, url)));
            }
            Token::Text(text) if is_short => {
                sends_by_script |= text.contains("location.href") || text.contains("location.replace(");
                sends_by_script |= text.to_lowercase().contains("moved");
            }
            _ => {}
        }
    }
    links.dedup();
    if links.len() == 1 && sends_by_script { links.pop() } else { None }
}

/// The address of `<meta http-equiv="refresh" content="0; url=…">`.
fn refreshed<'a>(tag: &Tag<'a>) -> Option<Cow<'a, str>> {
    tag.attribute("http-equiv").filter(|name| name.trim().eq_ignore_ascii_case("refresh"))?;
    let content = tag.attribute("content")?;
    let at = content.to_ascii_lowercase().find("url=")?;
    Some(content[at + 4..].trim().trim_matches(['"', '\'']).to_owned().into())
}

/// The web address that `address` is, if it is another than `url`.
fn other(address: &str, url: &Url) -> Option<Url> {
    let other = url.join(address.trim()).ok().filter(|other| matches!(other.scheme(), "http" | "https"))?;
    (other != *url).then_some(other)
}
