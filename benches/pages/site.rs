//! Feeds and pages on this machine that bring news while it is measured, and notes when they were asked for.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::text::Writer;
use crate::timing::Timing;

/// Words of an article.
const WORDS: usize = 800;
/// A word that stands in every one of these articles and nowhere else.
pub const MARK: &str = "zzbreaking";
/// Where the feed that brings news is on each host. What is asked for elsewhere is a feed without entries.
pub const BUSY_FEED: &str = "/feed.xml";

/// A feed at each of a few addresses of this machine, for the program asks one host for one thing at a time.
pub struct Site {
    pub hosts: Vec<SocketAddr>,
    desk: Arc<Desk>,
}

struct Desk {
    writer: Writer,
    news: Mutex<News>,
}

/// What was published so far.
#[derive(Default)]
struct News {
    is_published: bool,
    next: usize,
    /// When the feed that announced an article was read to its end, by the article's number.
    announced: HashMap<usize, (Instant, SystemTime)>,
    looks: Timing,
}

/// What was published in a span of time.
pub struct Published {
    /// From the last byte of the feed to the request for the page.
    pub looks: Timing,
    /// When each article was announced, by its number.
    pub announced: HashMap<usize, SystemTime>,
}

impl Site {
    /// Serves until the program ends.
    pub fn open(feeds: usize) -> anyhow::Result<Self> {
        // Numbers that no run before has used: what is stored already is no news.
        let next = usize::try_from(now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis())?;
        let news = Mutex::new(News { next, ..News::default() });
        let desk = Arc::new(Desk { writer: Writer::new(WORDS), news });
        let mut hosts = Vec::new();
        for feed in 0..feeds {
            let last = u8::try_from(feed + 1)?;
            let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, last), 0))?;
            let host = listener.local_addr()?;
            hosts.push(host);
            let desk = Arc::clone(&desk);
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let desk = Arc::clone(&desk);
                    // A client that goes away in the middle is its own affair.
                    thread::spawn(move || desk.converse(&stream, host).ok());
                }
            });
        }
        Ok(Self { hosts, desk })
    }

    /// Brings a new article at every poll for so long.
    pub fn publish(&self, length: Duration) -> Published {
        {
            let mut news = self.desk.news();
            *news = News { is_published: true, next: news.next, ..News::default() };
        }
        thread::sleep(length);
        self.desk.news().is_published = false;
        // What was announced last is looked at and mailed yet.
        thread::sleep(Duration::from_secs(3));
        let news = self.desk.news();
        let announced = news.announced.iter().map(|(number, (_, at))| (*number, *at)).collect();
        Published { looks: news.looks.clone(), announced }
    }
}

impl Desk {
    fn news(&self) -> std::sync::MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn converse(&self, stream: &TcpStream, host: SocketAddr) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut lines = BufReader::new(stream);
        loop {
            let mut target = None;
            loop {
                let mut line = String::new();
                if lines.read_line(&mut line)? == 0 {
                    return Ok(());
                }
                if line.trim_end().is_empty() {
                    break;
                }
                if let Some(rest) = line.strip_prefix("GET ") {
                    target = rest.split(' ').next().map(str::to_owned);
                }
            }
            let target = target.unwrap_or_default();
            match target.strip_prefix("/story-").and_then(|number| number.parse().ok()) {
                Some(number) => self.page(stream, number)?,
                None => self.feed(stream, host, target == BUSY_FEED)?,
            }
        }
    }

    fn feed(&self, mut stream: &TcpStream, host: SocketAddr, is_busy: bool) -> std::io::Result<()> {
        let number = {
            let mut news = self.news();
            news.next += 1;
            (is_busy && news.is_published).then_some(news.next)
        };
        let item = number.map(|number| {
            format!(
                "<item><title>Story {number}</title><guid>{number}</guid><link>http://{host}/story-{number}</link></item>"
            )
        });
        let body =
            format!("<rss version=\"2.0\"><channel><title>wire</title>{}</channel></rss>", item.unwrap_or_default());
        stream.write_all(answer("application/rss+xml", &body).as_bytes())?;
        if let Some(number) = number {
            self.news().announced.insert(number, (Instant::now(), now()));
        }
        Ok(())
    }

    fn page(&self, mut stream: &TcpStream, number: usize) -> std::io::Result<()> {
        let asked = Instant::now();
        {
            let mut news = self.news();
            if let Some((at, _)) = news.announced.get(&number).copied() {
                news.looks.add(asked.duration_since(at));
            }
        }
        let text = self.writer.article(number);
        let paragraphs: String =
            text.paragraphs.iter().map(|paragraph| format!("<p>{}</p>\n", paragraph.text)).collect();
        let body = format!(
            "<!doctype html><html lang=en><title>Story {number}</title><article><h1>Story {number} {MARK}</h1>\n{paragraphs}</article></html>"
        );
        stream.write_all(answer("text/html; charset=utf-8", &body).as_bytes())
    }
}

fn answer(content_type: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[allow(clippy::disallowed_methods, reason = "compared with the times of files")]
pub fn now() -> SystemTime {
    SystemTime::now()
}
