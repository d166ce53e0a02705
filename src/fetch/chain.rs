//! A chain of redirects: where it has led, what it may be shown, and the cookies that it set on its way.

use reqwest::RequestBuilder;
use reqwest::header::{COOKIE, HeaderName, HeaderValue, LOCATION};
use secrecy::ExposeSecret;
use url::{Origin, Url};

use super::{FetchError, Response};
use crate::config::{self, Access, Authorization};

/// A longer address is refused.
const MAX_URL_BYTES: usize = 8 * 1024;
/// Cookies that one chain may set, and the longest of them.
const MAX_COOKIES: usize = 50;
const MAX_COOKIE_BYTES: usize = 4 * 1024;

/// One chain, from the address that was asked for on.
pub(super) struct Chain {
    /// Where the next request goes, without a user and password.
    pub(super) url: Url,
    /// Whether every request so far went to the origin that was asked for.
    is_home: bool,
    /// What stood in the address.
    named: Option<Authorization>,
    /// Where the permanent redirects at its beginning have led.
    moved_to: Option<Url>,
    /// A temporary redirect ends what is permanent.
    was_temporary: bool,
    cookies: Vec<(Origin, String, String)>,
}

impl Chain {
    pub(super) fn new(url: &Url) -> Self {
        let (url, named) = config::split_user(url);
        Self { url, is_home: true, named, moved_to: None, was_temporary: false, cookies: Vec::new() }
    }

    /// Whether the origin that is asked next may be shown what only the first one should know.
    pub(super) fn is_home(&self) -> bool {
        self.is_home
    }

    /// Where the address has moved for good, as far as this chain tells.
    pub(super) fn moved_to(&mut self) -> Option<Url> {
        self.moved_to.take()
    }

    /// Adds what is shown to the next origin: a chain that was elsewhere is not trusted at home either, for another
    /// site chose the path.
    pub(super) fn dress(&self, mut request: RequestBuilder, access: Option<&Access>) -> RequestBuilder {
        let (origin, access) = (self.url.origin(), access.filter(|_| self.is_home));
        for (name, value) in access.iter().flat_map(|access| &access.headers) {
            if let (Ok(name), Ok(mut value)) =
                (HeaderName::try_from(name), HeaderValue::from_str(value.expose_secret()))
            {
                value.set_sensitive(true);
                request = request.header(name, value);
            }
        }
        let named = self.named.as_ref().filter(|_| self.is_home);
        match access.and_then(|access| access.authorization.as_ref()).or(named) {
            Some(Authorization::Basic { user, password }) => {
                request = request.basic_auth(user, Some(password.expose_secret()));
            }
            Some(Authorization::Bearer(token)) => request = request.bearer_auth(token.expose_secret()),
            None => {}
        }
        let own = access.and_then(|access| access.cookie.as_ref()).map(|cookie| cookie.expose_secret().to_owned());
        let set =
            self.cookies.iter().filter(|(of, ..)| *of == origin).map(|(_, name, value)| format!("{name}={value}"));
        let cookies: Vec<String> = own.into_iter().chain(set).collect();
        if let (false, Ok(mut value)) = (cookies.is_empty(), HeaderValue::from_str(&cookies.join("; "))) {
            value.set_sensitive(true);
            request = request.header(COOKIE, value);
        }
        request
    }

    /// Goes where an answer redirects; `false` where it does not.
    pub(super) fn follow(&mut self, answer: &Response) -> Result<bool, FetchError> {
        if !is_redirect(answer.status) {
            return Ok(false);
        }
        let location = answer.header(LOCATION.as_str()).filter(|value| value.len() <= MAX_URL_BYTES);
        let location = location.and_then(|value| std::str::from_utf8(value).ok()).ok_or(FetchError::BadRedirect)?;
        let target = answer.url.join(location.trim()).map_err(|_| FetchError::BadRedirect)?;
        self.keep_cookies(answer);
        let target = config::without_user(&target);
        self.is_home &= target.origin() == self.url.origin();
        self.was_temporary |= !matches!(answer.status, 301 | 308);
        if !self.was_temporary {
            self.moved_to = Some(target.clone());
        }
        self.url = target;
        Ok(true)
    }

    /// Remembers what a redirect set: whoever asks for a cookie and sends everyone else round wants it back. It goes back
    /// to the origin that set it, whatever domain it names.
    fn keep_cookies(&mut self, answer: &Response) {
        let origin = answer.url.origin();
        for (_, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let Some((name, value)) = cookie(value) else { continue };
            self.cookies.retain(|(of, known, _)| !(*of == origin && known == name));
            if self.cookies.len() < MAX_COOKIES {
                self.cookies.push((origin.clone(), name.to_owned(), value.to_owned()));
            }
        }
    }
}

/// Name and value of a `Set-Cookie`, whose attributes say nothing that matters within a chain.
fn cookie(header: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(header).ok().filter(|text| text.len() <= MAX_COOKIE_BYTES)?;
    let (name, value) = text.split(';').next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_plain = |text: &str| text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    (!name.is_empty() && is_plain(name) && is_plain(value)).then_some((name, value))
}

pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}
