//! What a redirect says of the page that it leads to.

use url::Url;

use crate::model::{Fitness, Quality};

use super::wording;

const LOGINS: [&str; 24] = [
    "login",
    "log-in",
    "signin",
    "sign-in",
    "sign_in",
    "sso",
    "auth",
    "register",
    "registration",
    "regwall",
    "signup",
    "sign-up",
    "subscribe",
    "subscription",
    "subscriptions",
    "paywall",
    "abo",
    "anmelden",
    "anmeldung",
    "connexion",
    "abonnement",
    "suscripcion",
    "inloggen",
    "abonneren",
];
const CONSENTS: [&str; 7] =
    ["consent", "cookie-consent", "cookiewall", "privacy-gate", "privacywall", "gdpr", "consentcheck"];
const MISSING: [&str; 8] = ["404", "404.html", "404.php", "error404", "not-found", "notfound", "page-not-found", "410"];
const ERRORS: [&str; 6] = ["error", "error.html", "maintenance", "sorry", "500.html", "blocked"];

/// What is wrong with a page that was reached in the place of the one asked for, where the addresses tell it: the front
/// page or a section, a login, a request for consent, an error page.
pub fn misled(asked: &Url, reached: &Url) -> Option<Fitness> {
    if asked.path().len() <= 1 || asked == reached {
        return None;
    }
    let host = reached.host_str().unwrap_or_default();
    if reached.path() == "/" && reached.query().is_none() {
        return unfit(Quality::NotFound, format!("it leads to the front page of `{host}`"));
    }
    let (before, now) = (segments(asked), segments(reached));
    let came = |words: &[&str]| now.iter().find(|part| words.contains(&part.as_str()) && !before.contains(part));
    let has_moved = asked.host_str() != reached.host_str();
    if has_moved && host.starts_with("consent.") || came(&CONSENTS).is_some() {
        return unfit(Quality::Consent, format!("it leads to a request for consent at `{}`", short(reached)));
    }
    if has_moved && ["login.", "auth.", "sso.", "accounts."].iter().any(|start| host.starts_with(start))
        || came(&LOGINS).is_some()
    {
        return unfit(Quality::Paywall, format!("it leads to a login at `{}`", short(reached)));
    }
    if came(&MISSING).is_some() {
        return unfit(Quality::NotFound, format!("it leads to `{}`", short(reached)));
    }
    if came(&ERRORS).is_some() && now.len() <= 2 {
        return unfit(Quality::Error, format!("it leads to the site's error page `{}`", short(reached)));
    }
    let is_above = now.len() < before.len() && before.starts_with(&now);
    let was_story = before.last().is_some_and(|part| is_slug(part));
    let is_story = now.iter().any(|part| is_slug(part) || has_number(part));
    if is_above && was_story && !is_story && !has_moved && reached.query().is_none() {
        return unfit(Quality::NotFound, format!("it leads to the section `{}`", short(reached)));
    }
    None
}

fn unfit(quality: Quality, reason: String) -> Option<Fitness> {
    Some(Fitness { quality, reason })
}

fn segments(url: &Url) -> Vec<String> {
    let parts = url.path_segments().into_iter().flatten();
    parts.filter(|part| !part.is_empty()).map(str::to_ascii_lowercase).collect()
}

/// Three words or more.
fn is_slug(part: &str) -> bool {
    wording::words(part).iter().filter(|word| word.chars().all(char::is_alphabetic)).count() >= 3
}

fn has_number(part: &str) -> bool {
    part.split(|c: char| !c.is_ascii_digit()).any(|number| number.len() >= 5)
}

/// The address without what may hold a secret.
fn short(url: &Url) -> String {
    let address = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
    wording::first_chars(&address, 120)
}
