//! HTTP clients: one for each way of asking, made when it is needed first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Identity};
use secrecy::{ExposeSecret, SecretString};

use super::address::{AddressPolicy, GuardedResolver};
use super::agent::user_agent;
use super::{FetchError, LONGEST_TIMEOUT};
use crate::config::{PollConfig, Proxy};

/// More ways than this, and all clients are made anew as they are needed.
const MOST_CLIENTS: usize = 64;
/// Where the environment names proxies.
const PROXY_VARIABLES: [&str; 6] = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// How a request is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'a> {
    /// Refuses the addresses that the policy refuses.
    pub(super) is_guarded: bool,
    /// Leaves the body as it came.
    pub(super) is_raw: bool,
    pub(super) proxy: &'a Proxy,
    pub(super) certificate: Option<&'a SecretString>,
}

/// What tells clients apart; of a certificate its digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    is_guarded: bool,
    is_raw: bool,
    proxy: Proxy,
    certificate: Option<[u8; 32]>,
}

#[derive(Debug)]
pub(super) struct Clients {
    contact: Option<String>,
    timeout: Duration,
    policy: Arc<AddressPolicy>,
    made: Mutex<HashMap<Key, Client>>,
}

impl Clients {
    pub(super) fn new(config: &PollConfig, policy: Arc<AddressPolicy>) -> Self {
        let timeout = config.timeout.min(LONGEST_TIMEOUT);
        Self { contact: config.contact.clone(), timeout, policy, made: Mutex::default() }
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The client for a way. An error says that the certificate cannot be used, or that the machine has no usable TLS
    /// set-up.
    pub(super) fn get(&self, way: Way<'_>) -> Result<Client, FetchError> {
        let digest = |pem: &SecretString| *blake3::hash(pem.expose_secret().as_bytes()).as_bytes();
        let Way { is_guarded, is_raw, proxy, certificate } = way;
        let key = Key { is_guarded, is_raw, proxy: proxy.clone(), certificate: certificate.map(digest) };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(&key) {
            return Ok(client.clone());
        }
        let client = self.make(way)?;
        if made.len() >= MOST_CLIENTS {
            made.clear();
        }
        made.insert(key, client.clone());
        Ok(client)
    }

    fn make(&self, way: Way<'_>) -> Result<Client, FetchError> {
        let builder = Client::builder()
            .user_agent(user_agent(self.contact.as_deref()))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .timeout(self.timeout)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(30));
        let mut builder = through(builder, way.proxy)?;
        if way.is_guarded {
            let policy = Arc::clone(&self.policy);
            builder = builder.dns_resolver(Arc::new(GuardedResolver { policy, proxies: proxy_hosts(way.proxy) }));
        }
        if way.is_raw {
            builder = builder.no_gzip().no_brotli().no_deflate().no_zstd();
        }
        if let Some(pem) = way.certificate {
            let identity = Identity::from_pem(pem.expose_secret().as_bytes());
            builder = builder.identity(identity.map_err(|error| FetchError::Certificate(error.to_string()))?);
        }
        let broken = |error: reqwest::Error| match way.certificate {
            Some(_) => FetchError::Certificate(error.to_string()),
            None => FetchError::from_reqwest(error, "this machine", self.timeout),
        };
        builder.build().map_err(broken)
    }
}

fn through(builder: ClientBuilder, proxy: &Proxy) -> Result<ClientBuilder, FetchError> {
    match proxy {
        Proxy::Direct => Ok(builder.no_proxy()),
        Proxy::Environment => Ok(builder),
        Proxy::Through(url) => match reqwest::Proxy::all(url.clone()) {
            Ok(all) => Ok(builder.no_proxy().proxy(all)),
            Err(_) => Err(FetchError::Proxy { proxy: proxy.to_string(), reason: "it cannot be used".to_owned() }),
        },
    }
}

/// The hosts of the proxies themselves, which the operator named, or whoever set the environment.
fn proxy_hosts(proxy: &Proxy) -> Vec<String> {
    let host = |text: String| {
        let text = if text.contains("://") { text } else { format!("http://{text}") };
        url::Url::parse(&text).ok()?.host_str().map(str::to_owned)
    };
    match proxy {
        Proxy::Direct => Vec::new(),
        Proxy::Environment => {
            PROXY_VARIABLES.iter().filter_map(|name| std::env::var(name).ok()).filter_map(host).collect()
        }
        Proxy::Through(url) => url.host_str().map(str::to_owned).into_iter().collect(),
    }
}
