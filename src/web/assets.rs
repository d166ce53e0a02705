//! What pages need beside themselves: one stylesheet, under a name that says what it holds, so that it can be kept forever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;

const STYLESHEET: &str = include_str!("style.css");

/// The stylesheet's name below `/static/`.
static STYLESHEET_NAME: LazyLock<String> = LazyLock::new(|| {
    let digest = blake3::hash(STYLESHEET.as_bytes()).to_hex();
    format!("style-{}.css", &digest[..12])
});

/// The stylesheet's address.
pub(super) fn stylesheet() -> String {
    format!("/static/{}", *STYLESHEET_NAME)
}

/// `/static/{name}`
pub(super) async fn asset(Path(name): Path<String>) -> Result<Response, Refusal> {
    if name != *STYLESHEET_NAME {
        return Err(Refusal::not_found("there is no such file"));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, STYLESHEET).into_response())
}
