//! What is asked for, on whose word and within which bounds.

use reqwest::header::{ACCEPT, CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use url::Url;

use crate::config::Access;
use crate::model::Validators;

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
    /// A user and password in it are shown to its origin, as `access` would be.
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
    /// Of its proxy, every hop makes use; all else goes to the origin of `url` only, and not even there once a redirect
    /// has led elsewhere.
    pub access: Option<&'a Access>,
}

impl<'a> Request<'a> {
    /// A full fetch without anything special.
    pub fn new(url: &'a Url, named_by: NamedBy, accept: &'static str, max_body: u64) -> Self {
        let (known, over_bound) = (Validators::default(), OverBound::Refuse);
        Self { url, named_by, accept, known, past_caches: false, max_body, over_bound, robots: false, access: None }
    }

    /// The headers of every hop. The validators belong to what the first address led to, so they go along the whole
    /// chain; a server that does not know them ignores them.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept));
        if self.past_caches {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        }
        let mut validator = |name: HeaderName, value: &Option<Vec<u8>>| {
            if let Some(value) = value.as_deref().and_then(|bytes| HeaderValue::from_bytes(bytes).ok()) {
                headers.insert(name, value);
            }
        };
        validator(IF_NONE_MATCH, &self.known.etag);
        validator(IF_MODIFIED_SINCE, &self.known.last_modified);
        headers
    }
}
