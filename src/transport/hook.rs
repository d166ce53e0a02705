//! Documents posted to a webhook or an ntfy server.

use std::time::Duration;

use aws_lc_rs::hmac;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use url::Url;

use super::error::{SendError, Step};
use crate::alert::Channel;
use crate::config::HookConfig;
use crate::fetch::{FetchError, Poster, Response};
use crate::model::Timestamp;

/// Of what a server says with a refusal, in characters.
const MAX_WORDS: usize = 160;
/// A secret that is shorter than this may stand in anything by chance.
const SHORTEST_SECRET: usize = 4;

/// Why a document was not taken, and when the server wants to be asked again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{error}")]
pub struct HookError {
    pub error: SendError,
    /// At most a day.
    pub retry_after: Option<Duration>,
    /// There was no connection, so that certainly nothing arrived.
    pub is_unreached: bool,
}

/// One way to a recipient beside mail.
#[derive(Debug)]
pub struct Hook {
    config: HookConfig,
    poster: Poster,
}

impl Hook {
    pub fn new(config: HookConfig, poster: Poster) -> Self {
        Self { config, poster }
    }

    pub fn channel(&self) -> Channel {
        self.config.channel
    }

    /// As the outbox names it.
    pub fn address(&self) -> &str {
        &self.config.address
    }

    /// The recipient's name in the configuration.
    pub fn recipient(&self) -> &str {
        &self.config.recipient
    }

    /// Posts a document as `hook::document` or `hook::notification` made it. `Ok` means that the server answered 2xx.
    ///
    /// 4xx is for good but for 404 (a service that is being set up anew), 408, 425 and 429; so is a redirect, which may lead anywhere. No error holds the address,
    /// the secret, or an answer that repeats one of them.
    pub async fn send(&self, message_id: &str, document: &[u8], now: Timestamp) -> Result<(), HookError> {
        let (url, body) = match self.config.channel {
            Channel::Webhook => (self.config.url.clone(), document.to_vec()),
            Channel::Ntfy => addressed(&self.config.url, document),
        };
        let headers = self.headers(message_id, &body, now);
        match self.poster.post(&url, &headers, body).await {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
            Ok(answer) => Err(self.refused(&answer, now)),
            Err(error) => {
                let is_unreached = matches!(error, FetchError::UnknownHost(_) | FetchError::Connect { .. });
                Err(HookError { error: SendError::temporary(Step::Post, error), retry_after: None, is_unreached })
            }
        }
    }

    fn headers(&self, message_id: &str, body: &[u8], now: Timestamp) -> Vec<(&'static str, String)> {
        let mut headers = vec![("content-type", "application/json".to_owned())];
        let secret = self.config.secret.as_ref();
        match self.config.channel {
            Channel::Webhook => {
                let seconds = now.as_millis().div_euclid(1000).to_string();
                headers.push(("idempotency-key", message_id.to_owned()));
                headers.extend(secret.map(|secret| ("x-wirewatch-signature", signature(secret, &seconds, body))));
                headers.push(("x-wirewatch-timestamp", seconds));
            }
            Channel::Ntfy => {
                headers.extend(secret.map(|token| ("authorization", format!("Bearer {}", token.expose_secret()))));
            }
        }
        headers
    }

    fn refused(&self, answer: &Response, now: Timestamp) -> HookError {
        let status = answer.status;
        let reason = match status {
            300..400 => {
                format!("status {status}: redirects are not followed; the configuration must name the address itself")
            }
            _ => format!(
                "status {status}{}",
                self.words(&answer.body).map(|words| format!(": {words}")).unwrap_or_default()
            ),
        };
        let code = Some(status);
        let for_good = (300..500).contains(&status) && !matches!(status, 404 | 408 | 425 | 429);
        let error = match SendError::temporary(Step::Post, reason) {
            SendError::Temporary { step, reason, .. } if for_good => SendError::Permanent { step, code, reason },
            SendError::Temporary { step, reason, .. } | SendError::Permanent { step, reason, .. } => {
                SendError::Temporary { step, code, reason }
            }
        };
        HookError { error, retry_after: answer.retry_after(now).filter(|_| !for_good), is_unreached: false }
    }

    /// What the server says, unless it repeats what nobody should read.
    fn words(&self, body: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(body);
        let text = text.trim();
        let secret = self.config.secret.as_ref().map(ExposeSecret::expose_secret);
        let address = &self.config.url;
        let parts = address.path().split(['/', '&', '=']).chain(address.query());
        let user = [address.username(), address.password().unwrap_or_default()];
        let mut hidden = secret.into_iter().chain(parts).chain(user).filter(|part| part.len() >= SHORTEST_SECRET);
        let is_safe = !text.is_empty() && !hidden.any(|part| text.contains(part));
        is_safe.then(|| text.chars().take(MAX_WORDS).collect())
    }
}

/// `sha256=` and the HMAC-SHA256 of `TIMESTAMP.BODY`, in hexadecimal digits.
fn signature(secret: &SecretString, timestamp: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(timestamp.as_bytes());
    context.update(b".");
    context.update(body);
    let digits: String = context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

/// ntfy takes JSON at its root, with the topic as a field. The stored document has none: it is the address.
fn addressed(url: &Url, document: &[u8]) -> (Url, Vec<u8>) {
    let mut root = url.clone();
    let (folder, topic) = url.path().rsplit_once('/').unwrap_or(("", url.path()));
    root.set_path(&format!("{folder}/"));
    // A topic has letters, digits, `-` and `_` only.
    let mut body = format!("{{\"topic\":\"{topic}\",").into_bytes();
    body.extend_from_slice(document.strip_prefix(b"{").unwrap_or(document));
    (root, body)
}
