//! A server on loopback, by raw sockets, that answers as the test says.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came.
pub struct Posted {
    pub line: String,
    headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Posted {
    /// The value of a header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

pub struct Server {
    port: u16,
    posted: Receiver<Posted>,
    answer: Arc<Mutex<String>>,
}

impl Server {
    pub fn answering(status: &str, body: &str) -> Self {
        Self::answering_with(status, &[], body)
    }

    pub fn answering_with(status: &str, headers: &[&str], body: &str) -> Self {
        let answer = Arc::new(Mutex::new(answer(status, headers, body)));
        let current = Arc::clone(&answer);
        Self::serve(answer, move |mut stream| {
            let text = current.lock().expect("no panic").clone();
            let _ = stream.write_all(text.as_bytes());
        })
    }

    /// Answers otherwise from now on.
    pub fn answer(&self, status: &str) {
        *self.answer.lock().expect("no panic") = answer(status, &[], "");
    }

    /// Hands every connection to `act` once its request was read.
    pub fn start(act: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self::serve(Arc::default(), act)
    }

    fn serve(answer: Arc<Mutex<String>>, act: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (tell, posted) = channel();
        let act = Arc::new(act);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tell, act) = (tell.clone(), Arc::clone(&act));
                thread::spawn(move || {
                    if let Some(request) = read(&stream) {
                        let _ = tell.send(request);
                        act(stream);
                    }
                });
            }
        });
        Self { port, posted, answer }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The next request; fails the test when none comes.
    pub fn next(&self) -> Posted {
        self.posted.recv_timeout(PATIENCE).expect("a request arrives")
    }

    /// A request that has arrived and was not taken yet.
    pub fn waiting(&self) -> Option<Posted> {
        self.posted.try_recv().ok()
    }
}

/// Holds the connection until the client gives up.
pub fn until_closed(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 16]);
}

/// An address where nobody listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

fn answer(status: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn read(stream: &TcpStream) -> Option<Posted> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Posted { line: line.trim_end().to_owned(), headers, body })
}
