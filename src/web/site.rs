//! Which address is answered by what, and who may ask it.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use crate::config::{Listen, WebConfig};
use crate::daemon::{Daemon, Setup};

use super::guard::{self, Attempts, MOST_BODY_BYTES, Visits};
use super::refusal::Refusal;
use super::{api, assets, atom, etag, health, metrics, pages, push};

/// Searches at the same time; more wait for their turn.
const SEARCHES: usize = 2;

/// What the answers are made from. Cheap to clone.
#[derive(Clone)]
pub(super) struct Site {
    pub daemon: Daemon,
    /// Where the page really listens, whatever a reload says.
    pub listen: Arc<Listen>,
    pub attempts: Arc<Attempts>,
    pub visits: Arc<Visits>,
    /// Turns for searches.
    pub searches: Arc<Semaphore>,
}

impl Site {
    /// The configuration in force.
    pub fn setup(&self) -> Arc<Setup> {
        self.daemon.setup()
    }

    /// `[web]` in force.
    pub fn web(&self) -> WebConfig {
        self.setup().config.web.clone()
    }
}

/// Everything that is served, behind its guards.
pub(super) fn router(daemon: Daemon, listen: Listen) -> Router {
    let searches = Arc::new(Semaphore::new(SEARCHES));
    let site = Site { daemon, listen: Arc::new(listen), attempts: Arc::default(), visits: Arc::default(), searches };
    let read = read().route_layer(from_fn_with_state(site.clone(), guard::reader));
    let write = write().route_layer(from_fn_with_state(site.clone(), guard::writer));
    open()
        .merge(read)
        .merge(write)
        .fallback(async || Refusal::not_found("there is no such page"))
        .method_not_allowed_fallback(async || Refusal::wrong_method())
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .layer(from_fn_with_state(site.clone(), guard::addressed))
        .layer(from_fn_with_state(site.clone(), guard::counted))
        .layer(from_fn(guard::bounded))
        .with_state(site)
}

/// For anybody, from any page: what is asked here needs no secret, or brings its own in its address.
fn open() -> Router<Site> {
    Router::new()
        .route("/healthz", get(health::health))
        .route("/static/{name}", get(assets::asset))
        .route(push::ROUTE, get(push::verify).post(push::pushed))
        .route("/unsubscribe/{token}", get(pages::unsubscribing).post(pages::unsubscribe))
}

/// What only shows something: for everybody on this machine, with the password beyond it.
fn read() -> Router<Site> {
    let documents = Router::new()
        .route("/changes.atom", get(atom::changes))
        .route("/rules/{name}", get(pages::rule))
        .merge(api::router())
        .route_layer(from_fn(etag::conditional));
    let pages = Router::new()
        .route("/", get(pages::overview))
        .route("/articles", get(pages::articles))
        .route("/articles/{id}", get(pages::article))
        .route("/articles/{id}/diff", get(pages::comparison))
        .route("/articles/{id}/versions/{number}", get(pages::version))
        .route("/articles/{id}/versions/{number}/page", get(pages::stored_page))
        .route("/rules", get(pages::rules))
        .route("/feeds", get(pages::feeds))
        .route("/feeds/{name}", get(pages::feed))
        .route("/alerts", get(pages::alerts))
        .route("/alerts/{id}", get(pages::alert))
        .route("/mutes", get(pages::mutes));
    pages.route("/metrics", get(metrics::metrics)).merge(documents)
}

/// What changes something: with the password, and only from our own pages.
fn write() -> Router<Site> {
    Router::new()
        .route("/alerts/retry", post(pages::retry_failed))
        .route("/alerts/{id}/retry", post(pages::retry))
        .route("/mutes", post(pages::mute))
        .route("/mutes/{id}/lift", post(pages::unmute))
        .route("/unsubscriptions/{id}/end", post(pages::resubscribe))
}
