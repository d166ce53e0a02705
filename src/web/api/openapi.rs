//! The description of the API (OpenAPI 3.1).

use axum::http::header;
use axum::response::{IntoResponse, Response};

const DOCUMENT: &str = include_str!("openapi.json");

/// `/api/v1/openapi.json`
pub(super) async fn document() -> Response {
    let document = DOCUMENT.replace("@VERSION@", env!("CARGO_PKG_VERSION"));
    ([(header::CONTENT_TYPE, "application/json")], document).into_response()
}
