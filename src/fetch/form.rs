//! Forms that are posted to an address which a stranger named.

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use url::{Url, form_urlencoded};

use super::clients::Way;
use super::{FetchError, Fetcher, Response, shown};
use crate::model::Timestamp;

/// What is read of an answer.
const MAX_REASON_BYTES: usize = 4 * 1024;

impl Fetcher {
    /// Posts a form once, in the host's turn; any status is an answer, a redirect too. Private networks are refused, as for
    /// links. Of the answer's body the first 4 KiB are read.
    pub async fn post_form(&self, url: &Url, fields: &[(&str, &str)], now: Timestamp) -> Result<Response, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Scheme(shown(url)));
        }
        let host = url.host_str().unwrap_or_default();
        if !self.may_reach(url) {
            return Err(FetchError::PrivateAddress(host.to_owned()));
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let way = Way { is_guarded: true, is_raw: false, proxy: &self.proxy, certificate: None };
        let client = self.clients.get(way)?;
        self.free(host, now)?;
        let _pass = self.gate.pass(host).await;
        let failed = |error| FetchError::from_reqwest(error, host, self.clients.timeout()).through(&self.proxy);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = client.post(url.clone()).header(CONTENT_TYPE, form).body(body);
        let mut answer = request.send().await.map_err(failed)?;
        let status = answer.status().as_u16();
        let mut response = Response::of(status, url, Vec::new());
        while response.body.len() < MAX_REASON_BYTES {
            let Ok(Some(chunk)) = answer.chunk().await else { break };
            let room = MAX_REASON_BYTES - response.body.len();
            response.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        Ok(response)
    }

    /// Whether an address may be named by a stranger, as far as it says by itself.
    pub fn may_reach(&self, url: &Url) -> bool {
        self.policy.allows_unresolved(url)
    }
}
