//! Fetching: one GET at a time to each host, redirects followed by hand so that every hop is checked, bodies bounded.

mod address;
mod agent;
mod chain;
mod clients;
mod error;
mod garbled;
mod form;
mod gate;
mod hold;
mod post;
mod request;
mod response;
mod robots;
mod room;

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use reqwest::header::{ACCEPT_ENCODING, HeaderValue};
use url::Url;

use crate::config::{Access, PollConfig, Proxy};
use crate::model::Timestamp;

use address::AddressPolicy;
use agent::user_agent;
use chain::{Chain, is_redirect};
use clients::{Clients, Way};
use garbled::Garbled;
use gate::HostGate;
use hold::Holds;
use robots::{RobotsCache, Verdicts};
use room::Rooms;

pub use address::leads_home;
pub use error::FetchError;
pub use post::Poster;
pub use request::{NamedBy, OverBound, Request};
pub use response::Response;
pub use room::Room;

/// Redirects that are followed for one request.
const MAX_REDIRECTS: usize = 6;
/// Whatever the configuration says, no request lasts longer.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

/// What feeds are asked for as.
pub const ACCEPT_FEED: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, \
                               text/xml;q=0.9, application/json;q=0.8, */*;q=0.5";
/// What pages are asked for as.
pub const ACCEPT_PAGE: &str = "text/html, application/xhtml+xml, */*;q=0.5";

/// Fetches feeds and pages, politely. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetcher {
    clients: Arc<Clients>,
    policy: Arc<AddressPolicy>,
    gate: HostGate,
    holds: Arc<Holds>,
    garbled: Arc<Garbled>,
    robots: Arc<RobotsCache>,
    rooms: Arc<Rooms>,
    /// Of requests that name no other.
    proxy: Proxy,
}

impl Fetcher {
    /// A fetcher with the bounds and manners of `[poll]`. Fails only where the machine has no usable TLS set-up.
    pub fn new(config: &PollConfig) -> Result<Self, FetchError> {
        let policy = Arc::new(AddressPolicy::new(&config.allow_private_addresses));
        let clients = Arc::new(Clients::new(config, Arc::clone(&policy)));
        clients.get(Way { is_guarded: false, is_raw: false, proxy: &config.proxy, certificate: None })?;
        let gate = HostGate::new(config.per_host_interval);
        let (holds, garbled, robots, rooms) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
        Ok(Self { clients, policy, gate, holds, garbled, robots, rooms, proxy: config.proxy.clone() })
    }

    /// Remembers what another fetcher learnt of the hosts, so that a new configuration is no reason to ask them at once.
    pub fn succeeding(self, before: &Self) -> Self {
        let (holds, robots, rooms) = (Arc::clone(&before.holds), Arc::clone(&before.robots), Arc::clone(&before.rooms));
        Self { gate: self.gate.succeeding(&before.gate), holds, robots, rooms, ..self }
    }

    /// GETs `request.url`, following at most six redirects; any final status is an answer.
    ///
    /// A host that lately answered 429 is not asked: [`FetchError::Held`] says until when.
    pub async fn get(&self, request: Request<'_>, now: Timestamp) -> Result<Response, FetchError> {
        let mut chain = Chain::new(request.url);
        for _ in 0..=MAX_REDIRECTS {
            if request.robots {
                self.obey_robots(&chain.url, request.access, now).await?;
            }
            let mut answer = self.get_once(&request, &chain, now).await?;
            if !chain.follow(&answer)? {
                answer.moved_to = chain.moved_to();
                return Ok(answer);
            }
        }
        Err(FetchError::Redirects { limit: MAX_REDIRECTS, to: shown(&chain.url) })
    }

    /// Until when the host of an address is left alone, where it is.
    pub fn held_until(&self, url: &Url, now: Timestamp) -> Option<Timestamp> {
        self.holds.until(url.host_str().unwrap_or_default(), now)
    }

    /// Whether robots.txt of the page's origin lets us fetch it; `Ok` when it does.
    pub async fn ask_robots(&self, page: &Url, now: Timestamp) -> Result<(), FetchError> {
        self.obey_robots(page, None, now).await
    }

    async fn obey_robots(&self, page: &Url, access: Option<&Access>, now: Timestamp) -> Result<(), FetchError> {
        let verdicts = self.robots_of(page, NamedBy::Stranger, access, now).await?;
        let host = page.host_str().unwrap_or_default().to_owned();
        match verdicts {
            Verdicts::Rules(rules) if robots::allows(&rules, page) => Ok(()),
            Verdicts::Rules(_) => Err(FetchError::Robots(host)),
            Verdicts::Unknown(reason) => Err(FetchError::RobotsUnknown { host, reason }),
        }
    }

    /// The sitemaps that robots.txt of the page's origin names; none where it cannot be read.
    pub async fn sitemaps(&self, page: &Url, named_by: NamedBy, now: Timestamp) -> Vec<Url> {
        match self.robots_of(page, named_by, None, now).await {
            Ok(Verdicts::Rules(rules)) => robots::sitemaps(&rules),
            Ok(Verdicts::Unknown(_)) | Err(_) => Vec::new(),
        }
    }

    /// What the file says. An error where its host wants to be left alone, which says nothing of the file.
    async fn robots_of(
        &self,
        page: &Url,
        named_by: NamedBy,
        access: Option<&Access>,
        now: Timestamp,
    ) -> Result<Verdicts, FetchError> {
        let origin = page.origin().ascii_serialization();
        if let Some(known) = self.robots.get(&origin) {
            return Ok(known);
        }
        let turn = self.robots.turn(&origin);
        let _reading = turn.lock().await;
        if let Some(known) = self.robots.get(&origin) {
            return Ok(known);
        }
        let read = self.read_robots(page, named_by, access, now).await?;
        Ok(self.robots.put(origin, read))
    }

    /// Reads robots.txt; of a file that is too long, what stands within the bound counts.
    async fn read_robots(
        &self,
        page: &Url,
        named_by: NamedBy,
        access: Option<&Access>,
        now: Timestamp,
    ) -> Result<Verdicts, FetchError> {
        let Ok(url) = page.join("/robots.txt") else { return Ok(Verdicts::Rules(Arc::default())) };
        // It is asked for as anybody would, on the way that the page itself takes.
        let access = Access { proxy: access.and_then(|access| access.proxy.clone()), ..Access::default() };
        let request = Request {
            over_bound: OverBound::Cut,
            access: Some(&access),
            ..Request::new(&url, named_by, "text/plain, */*;q=0.5", robots::MAX_ROBOTS_BYTES)
        };
        match Box::pin(self.get(request, now)).await {
            Ok(answer) if answer.status == 200 => Ok(Verdicts::Rules(Arc::new(answer.body))),
            Ok(answer) if answer.status >= 500 || answer.status == 429 => {
                Ok(Verdicts::Unknown(format!("status {}", answer.status)))
            }
            // Any other answer, and redirects without end, mean that there are no rules (RFC 9309 §2.3.1.2 and 3).
            Ok(_) | Err(FetchError::Redirects { .. } | FetchError::BadRedirect | FetchError::Scheme(_)) => {
                Ok(Verdicts::Rules(Arc::default()))
            }
            Err(held @ FetchError::Held { .. }) => Err(held),
            Err(error) => Ok(Verdicts::Unknown(error.to_string())),
        }
    }

    /// One hop. An answer whose encoding is not what it says is asked for once more, without any.
    async fn get_once(&self, request: &Request<'_>, chain: &Chain, now: Timestamp) -> Result<Response, FetchError> {
        if !matches!(chain.url.scheme(), "http" | "https") {
            return Err(FetchError::Scheme(shown(&chain.url)));
        }
        let is_raw = self.garbled.is_known(&chain.url, now);
        match self.ask(request, chain, is_raw, now).await {
            Err(FetchError::Garbled(_)) if !is_raw => {
                let answer = self.ask(request, chain, true, now).await?;
                self.garbled.note(&chain.url, now);
                Ok(answer)
            }
            answered => answered,
        }
    }

    async fn ask(
        &self,
        request: &Request<'_>,
        chain: &Chain,
        is_raw: bool,
        now: Timestamp,
    ) -> Result<Response, FetchError> {
        let url = &chain.url;
        let host = url.host_str().unwrap_or_default();
        let proxy = request.access.and_then(|access| access.proxy.as_ref()).unwrap_or(&self.proxy);
        let is_guarded = request.named_by == NamedBy::Stranger || url.origin() != request.url.origin();
        if is_guarded && !self.policy.allows_unresolved(url) {
            return Err(FetchError::PrivateAddress(host.to_owned()));
        }
        let certificate = request.access.and_then(|access| access.client_certificate.as_ref());
        let certificate = certificate.filter(|_| chain.is_home());
        let client = self.clients.get(Way { is_guarded, is_raw, proxy, certificate })?;
        self.free(host, now)?;
        let _pass = self.gate.pass(host).await;
        // Whoever was before us at the gate may have been turned away.
        self.free(host, now)?;
        let mut asked = chain.dress(client.get(url.clone()).headers(request.headers()), request.access);
        if is_raw {
            asked = asked.header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        let failed = |error| FetchError::from_reqwest(error, host, self.clients.timeout()).through(proxy);
        let answer = asked.send().await.map_err(failed)?;
        let answer = read(answer, url, request, &self.rooms, failed).await?;
        match answer.status {
            429 => self.holds.hold(host, answer.retry_after(now), now),
            _ => self.holds.release(host),
        }
        Ok(answer)
    }

    fn free(&self, host: &str, now: Timestamp) -> Result<(), FetchError> {
        match self.holds.until(host, now) {
            Some(until) => Err(FetchError::Held { host: host.to_owned(), until }),
            None => Ok(()),
        }
    }
}

/// Reads an answer to its end, or as far as it may be read.
async fn read(
    mut answer: reqwest::Response,
    url: &Url,
    request: &Request<'_>,
    rooms: &Rooms,
    failed: impl Fn(reqwest::Error) -> FetchError,
) -> Result<Response, FetchError> {
    let status = answer.status().as_u16();
    let headers = answer.headers().iter();
    let headers = headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
    let mut response = Response::of(status, url, headers);
    if status == 304 || is_redirect(status) {
        return Ok(response);
    }
    let most = usize::try_from(request.max_body).unwrap_or(usize::MAX);
    while let Some(chunk) = answer.chunk().await.map_err(&failed)? {
        rooms.widen(&mut response.room, response.body.len() + chunk.len(), most).await;
        let room = most - response.body.len();
        if chunk.len() > room && request.over_bound == OverBound::Refuse {
            return Err(FetchError::TooLarge { limit: request.max_body });
        }
        response.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            break;
        }
    }
    if response.body.starts_with(&[0x1f, 0x8b]) {
        rooms.widen(&mut response.room, most, most).await;
        response.body = unpack_gzip(&response.body, request.max_body, request.over_bound)?;
    }
    Ok(response)
}

/// Some servers send gzip without saying so (`feed.xml.gz`).
fn unpack_gzip(packed: &[u8], limit: u64, over_bound: OverBound) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    let read = MultiGzDecoder::new(packed).take(limit + 1).read_to_end(&mut body);
    let is_over = body.len() as u64 > limit;
    match over_bound {
        OverBound::Refuse if is_over => return Err(FetchError::TooLarge { limit }),
        // The packed form may have been cut before.
        OverBound::Cut if is_over || !body.is_empty() => {
            body.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            return Ok(body);
        }
        _ => {}
    }
    read.map(|_| body).map_err(|error| FetchError::Damaged(error.to_string()))
}

/// An address for an error message: without what may be secret in it.
fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let text = format!("{}://{host}{}", url.scheme(), url.path());
    text.chars().take(200).collect()
}
