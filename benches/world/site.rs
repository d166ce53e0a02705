//! As many hosts as feeds, all on this machine: 127.1.0.0 and the addresses after it.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Entries of a feed.
pub const ENTRIES: usize = 25;
const MAX_REQUEST_BYTES: usize = 16 * 1024;
const FIRST_HOST: u32 = u32::from_be_bytes([127, 1, 0, 0]);

/// How the sites answer.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Whether a conditional request is answered with `304 Not Modified`.
    pub conditions: bool,
    /// Whether every feed has one entry more than before, and another title at one of those that it had.
    pub is_new_edition: bool,
}

pub struct Site {
    port: u16,
    pub feeds: usize,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    conditions: AtomicBool,
    edition: AtomicUsize,
    with_document: AtomicUsize,
    not_modified: AtomicUsize,
}

/// How many requests were answered how.
#[derive(Debug, Clone, Copy)]
pub struct Answers {
    pub with_document: usize,
    pub not_modified: usize,
}

impl Answers {
    /// What was answered after `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            with_document: self.with_document - before.with_document,
            not_modified: self.not_modified - before.not_modified,
        }
    }
}

impl Site {
    /// Serves until the program ends.
    pub fn serve(feeds: usize) -> anyhow::Result<Self> {
        let state = Arc::new(State::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)))?;
        let port = listener.local_addr()?.port();
        let answering = Arc::clone(&state);
        thread::spawn(move || {
            runtime.block_on(async {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(converse(stream, Arc::clone(&answering)));
                }
            });
        });
        Ok(Self { port, feeds, state })
    }

    pub fn behave(&self, manner: Manner) {
        self.state.conditions.store(manner.conditions, Ordering::Relaxed);
        self.state.edition.fetch_add(usize::from(manner.is_new_edition), Ordering::Relaxed);
    }

    pub fn url(&self, feed: usize) -> String {
        format!("http://{}:{}/{feed}.xml", Ipv4Addr::from(FIRST_HOST + feed as u32), self.port)
    }

    pub fn urls(&self) -> impl Iterator<Item = String> {
        (0..self.feeds).map(|feed| self.url(feed))
    }

    pub fn answers(&self) -> Answers {
        let State { with_document, not_modified, .. } = &*self.state;
        Answers {
            with_document: with_document.load(Ordering::Relaxed),
            not_modified: not_modified.load(Ordering::Relaxed),
        }
    }
}

/// Answers one request after the other until the other side has no more.
async fn converse(mut stream: TcpStream, state: Arc<State>) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    loop {
        while !head.windows(4).any(|four| four == b"\r\n\r\n") {
            if stream.read_buf(&mut head).await? == 0 || head.len() > MAX_REQUEST_BYTES {
                return Ok(());
            }
        }
        let answer = answer(std::str::from_utf8(&head)?, &state)?;
        head.clear();
        stream.write_all(&answer).await?;
    }
}

fn answer(head: &str, state: &State) -> anyhow::Result<Vec<u8>> {
    let path = head.strip_prefix("GET /").context("no GET")?;
    let Some(feed) = path.split(".xml").next().and_then(|number| number.parse::<usize>().ok()) else {
        return Ok(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec());
    };
    let edition = state.edition.load(Ordering::Relaxed);
    let etag = format!("\"{feed}-{edition}\"");
    let is_known = head.lines().any(|line| {
        let (name, value) = line.split_once(':').unwrap_or_default();
        name.eq_ignore_ascii_case("if-none-match") && value.trim() == etag
    });
    if is_known && state.conditions.load(Ordering::Relaxed) {
        state.not_modified.fetch_add(1, Ordering::Relaxed);
        return Ok(format!("HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n").into_bytes());
    }
    state.with_document.fetch_add(1, Ordering::Relaxed);
    let body = document(feed, edition);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: {etag}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    Ok([head.as_bytes(), body.as_bytes()].concat())
}

/// A feed of about 30 KB: the entries of the first edition, and before them one more for each edition after it, which
/// also gave the entry before a new title.
pub fn document(feed: usize, edition: usize) -> String {
    const TEXT: &str = "The council of the harbour town has agreed after a long night on how the new quay is to be paid \
                        for, and the first of the old sheds will be pulled down before the winter storms, its speaker \
                        said. Fishermen had asked for a delay until the herring is landed; others want the work begun \
                        at once. A report on the ground below the quay lists nine borings, of which two met water. ";
    let mut text = String::with_capacity(40_000);
    let host = format!("http://{}", Ipv4Addr::from(FIRST_HOST + feed as u32));
    let _ = write!(
        text,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>Harbour news {feed}</title>\
         <link>{host}/</link><description>All from the quay</description>\n"
    );
    for entry in (0..ENTRIES + edition).rev() {
        let is_revised = edition > 0 && entry == ENTRIES + edition - 2;
        let verb = if is_revised { "approves" } else { "debates" };
        let _ = writeln!(
            text,
            "<item><title>Council {verb} quay number {entry} of town {feed}</title><link>{host}/story-{entry}.html</link>\
             <guid isPermaLink=\"true\">{host}/story-{entry}.html</guid>\
             <pubDate>Mon, 02 Nov 2026 {:02}:{:02}:00 GMT</pubDate><category>Harbour</category>\
             <description>Story {entry}: {TEXT}{TEXT}</description></item>",
            entry / 60 % 24,
            entry % 60
        );
    }
    text + "</channel></rss>\n"
}
