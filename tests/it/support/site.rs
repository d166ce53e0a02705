//! A web site on loopback that serves what the test says, and remembers what it was asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a path answers.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Announces more than it sends.
    pub cut_short: bool,
}

impl Answer {
    pub fn new(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status: 200, headers, body: body.into(), cut_short: false }
    }

    pub fn html(body: impl Into<Vec<u8>>) -> Self {
        Self::new("text/html; charset=utf-8", body)
    }

    pub fn rss(body: impl Into<Vec<u8>>) -> Self {
        Self::new("application/rss+xml", body)
    }

    pub fn status(status: u16) -> Self {
        Self { status, ..Self::new("text/plain", "") }
    }

    pub fn redirect(to: &str) -> Self {
        Self::status(302).header("Location", to)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn cut_short(mut self) -> Self {
        self.cut_short = true;
        self
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    /// The status that was answered.
    pub status: u16,
}

#[derive(Default)]
struct Script {
    answers: HashMap<String, Answer>,
    /// What paths answer in turn, and how often each was asked.
    turns: HashMap<String, (Vec<Answer>, usize)>,
    asked: Vec<Asked>,
}

/// The running site. Conditional requests are answered with 304 where the ETag fits.
#[derive(Clone)]
pub struct Site {
    pub origin: String,
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    running: Arc<Mutex<Option<Running>>>,
}

struct Running {
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<()>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Site {
    pub fn start() -> Self {
        Self::start_at("127.0.0.1")
    }

    /// On another of this machine's loopback addresses: another host.
    pub fn start_at(address: &str) -> Self {
        let listener = TcpListener::bind((address, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let origin = format!("http://{address}");
        let site = Self { origin, address, script: Arc::default(), running: Arc::default() };
        site.listen(listener);
        site
    }

    fn listen(&self, listener: TcpListener) {
        let (stop, streams): (Arc<AtomicBool>, Arc<Mutex<Vec<TcpStream>>>) = Default::default();
        let (stopped, kept, serving) = (Arc::clone(&stop), Arc::clone(&streams), self.clone());
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let site = serving.clone();
                kept.lock().expect("no panic").extend(stream.try_clone());
                thread::spawn(move || site.serve(stream));
            }
        });
        *self.running.lock().expect("no panic") = Some(Running { stop, thread, streams });
    }

    /// Refuses connections until `up`, and ends those that are open.
    pub fn down(&self) {
        let Some(running) = self.running.lock().expect("no panic").take() else { return };
        running.stop.store(true, Ordering::SeqCst);
        // Wakes the listener, which then closes its socket.
        let _ = TcpStream::connect(self.address);
        running.thread.join().expect("no panic");
        for stream in running.streams.lock().expect("no panic").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub fn up(&self) {
        self.listen(TcpListener::bind(self.address).expect("the port is still ours"));
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// From now on, `path` answers this.
    pub fn set(&self, path: &str, answer: Answer) {
        let mut script = self.script.lock().expect("no panic");
        script.turns.remove(path);
        script.answers.insert(path.to_owned(), answer);
    }

    /// From now on, `path` answers these, one after the other, and again from the first.
    pub fn take_turns(&self, path: &str, answers: Vec<Answer>) {
        self.script.lock().expect("no panic").turns.insert(path.to_owned(), (answers, 0));
    }

    /// The requests for a path so far.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let script = self.script.lock().expect("no panic");
        script.asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }

    fn serve(&self, stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
        let Ok(mut writer) = stream.try_clone() else { return };
        let mut reader = BufReader::new(stream);
        while let Some((path, headers)) = read_request(&mut reader) {
            let answer = self.answer(path, headers);
            if write_answer(&mut writer, &answer).is_err() || answer.cut_short {
                break;
            }
        }
        let _ = writer.shutdown(Shutdown::Both);
    }

    fn answer(&self, path: String, headers: HashMap<String, String>) -> Answer {
        let mut script = self.script.lock().expect("no panic");
        let turn = script.turns.get_mut(&path).map(|(answers, asked)| {
            *asked += 1;
            answers[(*asked - 1) % answers.len()].clone()
        });
        let set = || script.answers.get(&path).cloned().unwrap_or_else(|| Answer::status(404));
        let mut answer = turn.unwrap_or_else(set);
        let etag = answer.headers.iter().find(|(name, _)| name == "ETag").map(|(_, value)| value);
        if etag.is_some() && etag == headers.get("if-none-match") {
            answer.status = 304;
            answer.body.clear();
        }
        script.asked.push(Asked { path, headers, status: answer.status });
        answer
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<(String, HashMap<String, String>)> {
    let mut line = String::new();
    // Who begins to speak TLS would wait for an answer in it.
    if !reader.fill_buf().ok()?.first()?.is_ascii_alphabetic() {
        return None;
    }
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.by_ref().take(64 * 1024).read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            return Some((path, headers));
        }
        let (name, value) = line.split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
}

fn write_answer(writer: &mut TcpStream, answer: &Answer) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Status\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let announced = answer.body.len() + if answer.cut_short { 100 } else { 0 };
    if answer.status != 304 {
        head += &format!("Content-Length: {announced}\r\n");
    }
    head += "\r\n";
    writer.write_all(head.as_bytes())?;
    writer.write_all(&answer.body)?;
    writer.flush()
}
