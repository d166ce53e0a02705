//! The demo's two outlets: small web servers on loopback that serve what the story says at the moment.

use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::model::Timestamp;

use super::story::{self, Act, FOOTBALL, SECOND_OUTLET, TELLINGS, Telling};

/// The name of the outlet that revises its story.
pub(super) const MAIN_OUTLET: &str = "The Harbour Post";
/// The name of the outlet that runs the same story in other words.
pub(super) const OTHER_OUTLET: &str = "Meridian Wire";

/// Both outlets, as they stand.
#[derive(Debug, Clone)]
pub(super) struct Outlets {
    pub(super) main: SocketAddr,
    pub(super) other: SocketAddr,
    stage: Arc<Stage>,
}

/// What the outlets serve now.
#[derive(Debug)]
struct Stage {
    begun_at: Timestamp,
    story: Mutex<Story>,
    /// Page loads so far: every load shows other advertisements.
    loads: AtomicUsize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Story {
    telling: Option<usize>,
    modified_at: Timestamp,
    second_outlet: Option<Timestamp>,
}

impl Outlets {
    /// Opens both outlets on free ports of loopback; they serve until `stop`.
    pub(super) async fn open(now: Timestamp, stop: &CancellationToken) -> io::Result<Self> {
        let story = Mutex::new(Story::default());
        let stage = Arc::new(Stage { begun_at: now, story, loads: AtomicUsize::new(0) });
        let main = serve(Arc::clone(&stage), main_outlet, stop).await?;
        let other = serve(Arc::clone(&stage), other_outlet, stop).await?;
        Ok(Self { main, other, stage })
    }

    /// Lets a step of the story happen.
    pub(super) fn act(&self, act: Act, now: Timestamp) {
        let mut story = self.stage.story.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match act {
            Act::Tell(index) => {
                if TELLINGS[index].admits {
                    story.modified_at = now;
                }
                story.telling = Some(index);
            }
            Act::SecondOutlet => story.second_outlet = Some(now),
            Act::NoiseOnly => {}
        }
    }

    /// How many pages were served, each with other advertisements.
    pub(super) fn loads(&self) -> usize {
        self.stage.loads.load(Ordering::Relaxed)
    }
}

type Outlet = fn(&Stage, &str) -> Option<(&'static str, String)>;

async fn serve(stage: Arc<Stage>, outlet: Outlet, stop: &CancellationToken) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let router = Router::new().fallback(answer).with_state((stage, outlet));
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
    Ok(address)
}

async fn answer(State((stage, outlet)): State<(Arc<Stage>, Outlet)>, uri: Uri) -> Response {
    match outlet(&stage, uri.path()) {
        Some((content_type, body)) => ([(header::CONTENT_TYPE, content_type)], body).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

const HTML: &str = "text/html; charset=utf-8";
const RSS: &str = "application/rss+xml; charset=utf-8";
const ATOM: &str = "application/atom+xml; charset=utf-8";
const STORY_PATH: &str = "/world/marisk-unrest";
const FOOTBALL_PATH: &str = "/sport/harbour-city-cup";
const OTHER_PATH: &str = "/2041/veldania-army-crowd.html";

fn main_outlet(stage: &Stage, path: &str) -> Option<(&'static str, String)> {
    let story = stage.now();
    match path {
        "/rss.xml" => Some((RSS, rss(stage, &story))),
        STORY_PATH => {
            let telling = &TELLINGS[story.telling?];
            Some((HTML, stage.page(MAIN_OUTLET, path, telling, story.modified_at)))
        }
        FOOTBALL_PATH => Some((HTML, stage.page(MAIN_OUTLET, path, &FOOTBALL, stage.begun_at))),
        _ => None,
    }
}

fn other_outlet(stage: &Stage, path: &str) -> Option<(&'static str, String)> {
    let story = stage.now();
    match path {
        "/atom.xml" => Some((ATOM, atom(stage, &story))),
        OTHER_PATH => {
            let modified_at = story.second_outlet?;
            Some((HTML, stage.page(OTHER_OUTLET, path, &SECOND_OUTLET, modified_at)))
        }
        _ => None,
    }
}

impl Stage {
    fn now(&self) -> Story {
        *self.story.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn page(&self, outlet: &str, path: &str, telling: &Telling, modified_at: Timestamp) -> String {
        let load = self.loads.fetch_add(1, Ordering::Relaxed);
        story::page(outlet, path, telling, &self.begun_at.to_string(), &modified_at.to_string(), load)
    }
}

fn rss(stage: &Stage, story: &Story) -> String {
    let mut items = String::new();
    if let Some(index) = story.telling {
        let Telling { headline, standfirst, .. } = TELLINGS[index];
        let published = stage.begun_at.to_utc().to_rfc2822();
        let _ = write!(
            items,
            "<item><guid isPermaLink=\"false\">harbour-1</guid><title>{headline}</title><link>{STORY_PATH}?utm_source=rss\
             </link><description>{standfirst}</description><pubDate>{published}</pubDate></item>"
        );
    }
    let football = FOOTBALL.headline;
    let _ = write!(
        items,
        "<item><guid isPermaLink=\"false\">harbour-0</guid><title>{football}</title><link>{FOOTBALL_PATH}</link></item>"
    );
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>{MAIN_OUTLET}</title>\
         <link>/</link><description>News from the harbour</description>{items}</channel></rss>"
    )
}

fn atom(stage: &Stage, story: &Story) -> String {
    let entry = story.second_outlet.map(|at| {
        let Telling { headline, standfirst, .. } = SECOND_OUTLET;
        format!(
            "<entry><id>urn:meridian:7</id><title>{headline}</title><link href=\"{OTHER_PATH}\"/>\
             <updated>{at}</updated><published>{at}</published><summary>{standfirst}</summary></entry>"
        )
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>{OTHER_OUTLET}</title>\
         <id>urn:meridian</id><updated>{updated}</updated>{entry}</feed>",
        updated = story.second_outlet.unwrap_or(stage.begun_at),
        entry = entry.unwrap_or_default(),
    )
}
