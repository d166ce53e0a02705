//! A server on this machine for the feed documents, each at the path of its file.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::documents::Document;

/// As many hosts as polls run side by side: the program asks one host for one thing at a time.
const HOSTS: u8 = 64;

pub struct Site {
    hosts: Vec<SocketAddr>,
    counts: Arc<Counts>,
}

/// How many requests were answered how.
#[derive(Debug, Default)]
struct Counts {
    with_document: AtomicUsize,
    not_modified: AtomicUsize,
    not_found: AtomicUsize,
}

/// [`Counts`] at a moment, or between two.
#[derive(Debug, Clone, Copy)]
pub struct Answers {
    pub with_document: usize,
    pub not_modified: usize,
    pub not_found: usize,
}

impl Answers {
    /// What was answered after `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            with_document: self.with_document - before.with_document,
            not_modified: self.not_modified - before.not_modified,
            not_found: self.not_found - before.not_found,
        }
    }
}

struct Page {
    content_type: Option<String>,
    etag: Option<String>,
    body: Vec<u8>,
}

/// What a request asks for.
struct Asked {
    path: String,
    if_none_match: Option<String>,
}

impl Site {
    /// Serves until the program ends.
    pub fn serve(documents: &[Document]) -> anyhow::Result<Self> {
        let pages = documents.iter().enumerate().map(|(index, document)| (path(document), page(index, document)));
        let pages: Arc<HashMap<String, Page>> = Arc::new(pages.collect());
        let counts = Arc::new(Counts::default());
        let listeners = listeners()?;
        let hosts = listeners.iter().map(TcpListener::local_addr).collect::<std::io::Result<_>>()?;
        for listener in listeners {
            let (pages, counts) = (pages.clone(), counts.clone());
            thread::spawn(move || accept(&listener, &pages, &counts));
        }
        Ok(Self { hosts, counts })
    }

    /// Where the document with this index stands.
    pub fn url(&self, index: usize, document: &Document) -> String {
        format!("http://{}{}", self.hosts[index % self.hosts.len()], path(document))
    }

    pub fn answers(&self) -> Answers {
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let Counts { with_document, not_modified, not_found } = &*self.counts;
        Answers { with_document: read(with_document), not_modified: read(not_modified), not_found: read(not_found) }
    }
}

/// On 127.0.0.1, 127.0.0.2 and so on, which all are this machine; not every system has more than the first.
fn listeners() -> std::io::Result<Vec<TcpListener>> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let others = (2..=HOSTS).map_while(|last| TcpListener::bind((Ipv4Addr::new(127, 0, 0, last), 0)).ok());
    Ok(std::iter::once(first).chain(others).collect())
}

fn accept(listener: &TcpListener, pages: &Arc<HashMap<String, Page>>, counts: &Arc<Counts>) {
    for stream in listener.incoming().flatten() {
        let (pages, counts) = (pages.clone(), counts.clone());
        // A client that goes away in the middle is its own affair.
        thread::spawn(move || answer(&stream, &pages, &counts).ok());
    }
}

fn path(document: &Document) -> String {
    format!("/{}", document.file)
}

/// Every second page has an ETag, so that both ways are gone to see that nothing changed.
fn page(index: usize, document: &Document) -> Page {
    Page {
        content_type: document.content_type().map(str::to_owned),
        etag: (index % 2 == 1).then(|| format!("\"{index}\"")),
        body: document.bytes.clone(),
    }
}

fn answer(mut stream: &TcpStream, pages: &HashMap<String, Page>, counts: &Counts) -> std::io::Result<()> {
    let asked = asked(stream)?;
    let Some(page) = pages.get(&asked.path) else {
        counts.not_found.fetch_add(1, Ordering::Relaxed);
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    if page.etag.is_some() && page.etag == asked.if_none_match {
        counts.not_modified.fetch_add(1, Ordering::Relaxed);
        return stream.write_all(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
    }
    counts.with_document.fetch_add(1, Ordering::Relaxed);
    let mut head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n", page.body.len());
    for (name, value) in [("Content-Type", &page.content_type), ("ETag", &page.etag)] {
        if let Some(value) = value {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(&page.body)
}

fn asked(stream: &TcpStream) -> std::io::Result<Asked> {
    let mut asked = Asked { path: String::new(), if_none_match: None };
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some(target) = line.strip_prefix("GET ").and_then(|rest| rest.split(' ').next()) {
            asked.path = target.to_owned();
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("if-none-match")
        {
            asked.if_none_match = Some(value.trim().to_owned());
        }
    }
    Ok(asked)
}
