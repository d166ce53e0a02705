//! Fetching: one GET at a time to each host, redirects followed by hand so that every hop is checked, bodies bounded.

mod address;
mod error;
mod gate;
mod post;
mod response;
mod robots;

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use reqwest::header::{
    ACCEPT, CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION,
};
use url::Url;

use crate::config::PollConfig;
use crate::model::Validators;

use address::{AddressPolicy, GuardedResolver};
use gate::HostGate;
use robots::{RobotsCache, Verdicts};

pub use error::FetchError;
pub use post::Poster;
pub use response::Response;

/// Redirects that are followed for one request.
const MAX_REDIRECTS: usize = 6;
/// A longer address is refused.
const MAX_URL_BYTES: usize = 8 * 1024;
/// Whatever the configuration says, no request lasts longer.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

/// What feeds are asked for as.
pub const ACCEPT_FEED: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, \
                               text/xml;q=0.9, application/json;q=0.8, */*;q=0.5";
/// What pages are asked for as.
pub const ACCEPT_PAGE: &str = "text/html, application/xhtml+xml, */*;q=0.5";

/// Who named an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// The operator typed it: his word, whatever network it leads to.
    Operator,
    /// A feed, a page or a redirect: private networks are refused.
    Stranger,
}

/// What becomes of a body that is longer than its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverBound {
    /// It is an error.
    Refuse,
    /// Its beginning is taken.
    Cut,
}

/// One GET.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub url: &'a Url,
    pub named_by: NamedBy,
    pub accept: &'static str,
    /// Asks whether anything changed since; default: a full fetch.
    pub known: Validators,
    /// Asks caches on the way to fetch anew.
    pub past_caches: bool,
    /// After content decoding.
    pub max_body: u64,
    pub over_bound: OverBound,
    /// Asks robots.txt of every origin on the way first.
    pub robots: bool,
    /// Sent to the origin of `url` only, never to where it redirects.
    pub headers: Vec<(String, String)>,
}

impl<'a> Request<'a> {
    /// A full fetch without anything special.
    pub fn new(url: &'a Url, named_by: NamedBy, accept: &'static str, max_body: u64) -> Self {
        let known = Validators::default();
        Self {
            url,
            named_by,
            accept,
            known,
            past_caches: false,
            max_body,
            over_bound: OverBound::Refuse,
            robots: false,
            headers: Vec::new(),
        }
    }
}

/// Fetches feeds and pages, politely. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetcher {
    /// Reaches any address: for what the operator typed.
    open: reqwest::Client,
    /// Reaches what the policy allows.
    guarded: reqwest::Client,
    policy: Arc<AddressPolicy>,
    gate: HostGate,
    robots: Arc<RobotsCache>,
    timeout: Duration,
}

impl Fetcher {
    /// A fetcher with the bounds and manners of `[poll]`. Fails only where the machine has no usable TLS set-up.
    pub fn new(config: &PollConfig) -> Result<Self, FetchError> {
        let policy = Arc::new(AddressPolicy::new(&config.allow_private_addresses));
        let timeout = config.timeout.min(LONGEST_TIMEOUT);
        let builder = || {
            reqwest::Client::builder()
                .user_agent(user_agent(config.contact.as_deref()))
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .no_proxy()
                .timeout(timeout)
                .pool_max_idle_per_host(1)
                .pool_idle_timeout(Duration::from_secs(30))
        };
        let guard = GuardedResolver { policy: Arc::clone(&policy) };
        let broken = |error: reqwest::Error| FetchError::from_reqwest(error, "this machine", timeout);
        Ok(Self {
            open: builder().build().map_err(broken)?,
            guarded: builder().dns_resolver(Arc::new(guard)).build().map_err(broken)?,
            policy,
            gate: HostGate::new(config.per_host_interval),
            robots: Arc::default(),
            timeout,
        })
    }

    /// GETs `request.url`, following at most six redirects; any final status is an answer.
    pub async fn get(&self, request: Request<'_>) -> Result<Response, FetchError> {
        let mut url = request.url.clone();
        for hop in 0..=MAX_REDIRECTS {
            if request.robots {
                self.ask_robots(&url).await?;
            }
            let answer = self.get_once(&request, &url, hop == 0).await?;
            match self.redirect_target(&answer)? {
                None => return Ok(answer),
                Some(target) => url = target,
            }
        }
        Err(FetchError::Redirects { limit: MAX_REDIRECTS, to: shown(&url) })
    }

    /// Whether robots.txt of the page's origin lets us fetch it; `Ok` when it does.
    pub async fn ask_robots(&self, page: &Url) -> Result<(), FetchError> {
        let origin = page.origin().ascii_serialization();
        let verdicts = match self.robots.get(&origin) {
            Some(verdicts) => verdicts,
            None => {
                let verdicts = self.read_robots(page).await;
                self.robots.put(origin, verdicts.clone());
                verdicts
            }
        };
        let host = page.host_str().unwrap_or_default().to_owned();
        match verdicts {
            Verdicts::Rules(rules) if robots::allows(&rules, page) => Ok(()),
            Verdicts::Rules(_) => Err(FetchError::Robots(host)),
            Verdicts::Unknown(reason) => Err(FetchError::RobotsUnknown { host, reason }),
        }
    }

    /// Reads robots.txt; of a file that is too long, what stands within the bound counts.
    async fn read_robots(&self, page: &Url) -> Verdicts {
        let Ok(url) = page.join("/robots.txt") else { return Verdicts::Rules(Arc::default()) };
        let request = Request {
            over_bound: OverBound::Cut,
            ..Request::new(&url, NamedBy::Stranger, "text/plain, */*;q=0.5", robots::MAX_ROBOTS_BYTES)
        };
        match Box::pin(self.get(request)).await {
            Ok(answer) if answer.status == 200 => Verdicts::Rules(Arc::new(answer.body)),
            Ok(answer) if answer.status >= 500 || answer.status == 429 => {
                Verdicts::Unknown(format!("status {}", answer.status))
            }
            // Any other answer means that there are no rules (RFC 9309 §2.3.1.3).
            Ok(_) | Err(FetchError::Redirects { .. }) => Verdicts::Rules(Arc::default()),
            Err(error) => Verdicts::Unknown(error.to_string()),
        }
    }

    async fn get_once(&self, request: &Request<'_>, url: &Url, first: bool) -> Result<Response, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Scheme(shown(url)));
        }
        let own_origin = url.origin() == request.url.origin();
        let operators_word = request.named_by == NamedBy::Operator && own_origin;
        if !operators_word && !self.policy.allows_literal(url) {
            return Err(FetchError::PrivateAddress(url.host_str().unwrap_or_default().to_owned()));
        }
        let client = if operators_word { &self.open } else { &self.guarded };
        let host = url.host_str().unwrap_or_default();
        let headers = request_headers(request, first, own_origin);
        let _pass = self.gate.pass(host).await;
        let failed = |error| FetchError::from_reqwest(error, host, self.timeout);
        let answer = client.get(url.clone()).headers(headers).send().await.map_err(failed)?;
        self.read(answer, url, request).await
    }

    async fn read(
        &self,
        mut answer: reqwest::Response,
        url: &Url,
        request: &Request<'_>,
    ) -> Result<Response, FetchError> {
        let status = answer.status().as_u16();
        let headers: Vec<(String, Vec<u8>)> = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect();
        let mut response = Response { status, url: url.clone(), headers, body: Vec::new() };
        if status == 304 || is_redirect(status) {
            return Ok(response);
        }
        let host = url.host_str().unwrap_or_default();
        while let Some(chunk) =
            answer.chunk().await.map_err(|error| FetchError::from_reqwest(error, host, self.timeout))?
        {
            let room = usize::try_from(request.max_body).unwrap_or(usize::MAX) - response.body.len();
            if chunk.len() > room && request.over_bound == OverBound::Refuse {
                return Err(FetchError::TooLarge { limit: request.max_body });
            }
            response.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                break;
            }
        }
        if response.body.starts_with(&[0x1f, 0x8b]) {
            response.body = unpack_gzip(&response.body, request.max_body)?;
        }
        Ok(response)
    }

    fn redirect_target(&self, answer: &Response) -> Result<Option<Url>, FetchError> {
        if !is_redirect(answer.status) {
            return Ok(None);
        }
        let location = answer.header(LOCATION.as_str()).filter(|value| value.len() <= MAX_URL_BYTES);
        let location = location.and_then(|value| std::str::from_utf8(value).ok()).ok_or(FetchError::BadRedirect)?;
        answer.url.join(location.trim()).map(Some).map_err(|_| FetchError::BadRedirect)
    }
}

/// `wirewatch/0.1.0 (desk@example.org)`: who asks, and where to complain.
fn user_agent(contact: Option<&str>) -> HeaderValue {
    let plain = concat!("wirewatch/", env!("CARGO_PKG_VERSION"));
    let full = contact.map(|contact| format!("{plain} ({contact})"));
    full.and_then(|text| HeaderValue::from_str(&text).ok()).unwrap_or(HeaderValue::from_static(plain))
}

fn request_headers(request: &Request<'_>, first: bool, own_origin: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(request.accept));
    if request.past_caches {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    let mut validator = |name: HeaderName, value: &Option<Vec<u8>>| {
        if let Some(value) = value.as_deref().and_then(|bytes| HeaderValue::from_bytes(bytes).ok()) {
            headers.insert(name, value);
        }
    };
    // The validators belong to what the first address led to, so they go along the whole chain; a server that does
    // not know them ignores them.
    validator(IF_NONE_MATCH, &request.known.etag);
    validator(IF_MODIFIED_SINCE, &request.known.last_modified);
    if first || own_origin {
        for (name, value) in &request.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
                headers.append(name, value);
            }
        }
    }
    headers
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Some servers send gzip without saying so (`feed.xml.gz`).
fn unpack_gzip(packed: &[u8], limit: u64) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    let read = MultiGzDecoder::new(packed).take(limit + 1).read_to_end(&mut body);
    if body.len() as u64 > limit {
        return Err(FetchError::TooLarge { limit });
    }
    read.map(|_| body).map_err(|error| FetchError::Damaged(error.to_string()))
}

/// An address for an error message: without what may be secret in it.
fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let text = format!("{}://{host}{}", url.scheme(), url.path());
    text.chars().take(200).collect()
}
