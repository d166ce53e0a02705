//! What pages need beside themselves: a stylesheet and an icon, under names that can be kept forever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;

const STYLESHEET: &str = include_str!("style.css");
const ICON: &str = include_str!("icon.svg");
/// A new icon needs a new name.
const ICON_NAME: &str = "icon-1.svg";

/// The stylesheet's name below `/static/`.
static STYLESHEET_NAME: LazyLock<String> = LazyLock::new(|| {
    let digest = blake3::hash(STYLESHEET.as_bytes()).to_hex();
    format!("style-{}.css", &digest[..12])
});

/// The stylesheet's address.
pub(super) fn stylesheet() -> String {
    format!("/static/{}", *STYLESHEET_NAME)
}

/// The icon's address.
pub(super) fn icon() -> String {
    format!("/static/{ICON_NAME}")
}

/// `/static/{name}`
pub(super) async fn asset(Path(name): Path<String>) -> Result<Response, Refusal> {
    let (kind, content) = match name.as_str() {
        name if name == *STYLESHEET_NAME => ("text/css; charset=utf-8", STYLESHEET),
        ICON_NAME => ("image/svg+xml", ICON),
        _ => return Err(Refusal::not_found("there is no such file")),
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, content).into_response())
}
