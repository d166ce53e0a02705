//! One POST to an address that the operator named.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::{FetchError, Response, user_agent};

/// What is read of an answer that tells of a refusal.
const MAX_REASON_BYTES: usize = 4 * 1024;

/// Posts documents: nothing is followed, retried or kept. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Poster {
    client: reqwest::Client,
    timeout: Duration,
}

impl Poster {
    /// A poster whose requests may each take this long, answer included. Fails only where the machine has no usable
    /// TLS set-up.
    pub fn new(timeout: Duration, contact: Option<&str>) -> Result<Self, FetchError> {
        let client = reqwest::Client::builder()
            .user_agent(user_agent(contact))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .timeout(timeout)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(30))
            .build()
            .map_err(|error| FetchError::from_reqwest(error, "this machine", timeout))?;
        Ok(Self { client, timeout })
    }

    /// Posts a body once; any status is an answer, a redirect too. Headers whose values can stand in none are left out.
    ///
    /// The address is the operator's word and may lead into a private network. Of a refusal the body is read up to
    /// 4 KiB, where it comes in time; of anything else none.
    pub async fn post(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Response, FetchError> {
        let host = url.host_str().unwrap_or_default();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            if let Ok(mut value) = HeaderValue::from_str(value) {
                value.set_sensitive(true);
                map.insert(HeaderName::from_static(name), value);
            }
        }
        let sent = self.client.post(url.clone()).headers(map).body(body).send().await;
        let mut answer = sent.map_err(|error| FetchError::from_reqwest(error, host, self.timeout))?;
        let status = answer.status().as_u16();
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
        let mut response = Response::of(status, url, headers);
        while status >= 400 && response.body.len() < MAX_REASON_BYTES {
            let Ok(Some(chunk)) = answer.chunk().await else { break };
            let room = MAX_REASON_BYTES - response.body.len();
            response.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        Ok(response)
    }
}
