//! Saying no, so that whoever asked knows what to do.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::error;

use crate::store::StoreError;

use super::pages;

/// Why there is no answer. What form it takes is decided where the answer leaves, by the address that was asked.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub status: StatusCode,
    /// One word for programs.
    pub code: &'static str,
    pub message: String,
    pub hint: Option<String>,
    /// Where everything of the kind is listed: `articles/7`, on the page and in the API alike.
    pub listed_at: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

const DAMAGED: &str = "damaged";

/// Marks an answer that refuses in words of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct InWords;

/// In what form an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Page,
    Json,
}

impl Wanted {
    /// Programs ask below `/api/`.
    pub fn by(path: &str) -> Self {
        if path.starts_with("/api/") { Self::Json } else { Self::Page }
    }
}

impl Refusal {
    pub fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), hint: None, listed_at: None, headers: Vec::new() }
    }

    pub fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }

    /// Names the list, in place of another hint.
    pub fn listed_at(mut self, path: &str) -> Self {
        self.hint = None;
        self.listed_at = Some(path.to_owned());
        self
    }

    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message).hint("the first page leads to everything that there is")
    }

    pub fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this address is not asked in this way")
            .hint("the header `Allow` says how")
    }

    pub fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    pub fn internal(message: &str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message).hint("the daemon's log says more")
    }

    /// One stored item is damaged; everything else can be read.
    pub fn damaged(what: &str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, DAMAGED, &format!("this cannot be shown: {what}"))
            .hint("`wirewatch verify` names all that is damaged")
    }

    pub fn is_of_damage(&self) -> bool {
        self.code == DAMAGED
    }

    /// What a bare status says.
    pub fn of(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("this cannot be answered");
        Self::new(status, "refused", &reason.to_lowercase())
    }

    /// The refusal in words.
    pub fn worded(&self, wanted: Wanted) -> Response {
        let mut response = match wanted {
            Wanted::Page => pages::refusal(self).into_response(),
            Wanted::Json => Json(Document::of(self)).into_response(),
        };
        *response.status_mut() = self.status;
        for (name, value) in &self.headers {
            response.headers_mut().append(name, value.clone());
        }
        response
    }
}

/// Words are put in by the outermost layer, which knows what was asked.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        error!(%error, "the web page could not read the store");
        match error {
            StoreError::Unreadable(what) => Self::damaged(&what),
            _ => Self::internal("what is stored could not be read"),
        }
    }
}

#[derive(Serialize)]
struct Document<'r> {
    error: Words<'r>,
}

#[derive(Serialize)]
struct Words<'r> {
    code: &'static str,
    message: &'r str,
    hint: Option<Cow<'r, str>>,
}

impl<'r> Document<'r> {
    fn of(refusal: &'r Refusal) -> Self {
        let Refusal { code, message, hint, listed_at, .. } = refusal;
        let list = || listed_at.as_ref().map(|path| Cow::Owned(format!("/api/v1/{path} lists them")));
        Self { error: Words { code, message, hint: hint.as_deref().map(Cow::Borrowed).or_else(list) } }
    }
}
