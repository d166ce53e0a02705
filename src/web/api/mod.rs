//! `/api/v1`: the documents of the command line, for programs. `openapi.json` describes them.

mod articles;
mod lists;
mod openapi;

use axum::Router;
use axum::routing::{MethodRouter, get};

use super::site::Site;

/// Where they are.
const BASE: &str = "/api/v1";

/// Every address below [`BASE`] with what answers it.
fn routes() -> Vec<(&'static str, MethodRouter<Site>)> {
    vec![
        ("/articles", get(articles::list)),
        ("/articles/{id}", get(articles::history)),
        ("/articles/{id}/versions/{number}", get(articles::version)),
        ("/articles/{id}/diff", get(articles::diff)),
        ("/feeds", get(lists::feeds)),
        ("/rules", get(lists::rules)),
        ("/alerts", get(lists::alerts)),
        ("/status", get(lists::status)),
        ("/openapi.json", get(openapi::document)),
    ]
}

/// The addresses as the description has to name them.
pub fn paths() -> Vec<String> {
    routes().iter().map(|(path, _)| format!("{BASE}{path}")).collect()
}

pub(super) fn router() -> Router<Site> {
    let add = |router: Router<Site>, (path, method): (&str, MethodRouter<Site>)| router.route(path, method);
    Router::new().nest(BASE, routes().into_iter().fold(Router::new(), add))
}
