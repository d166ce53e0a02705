//! HTTP by hand, so that a test says every byte.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// An answer as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (named, value) = line.split_once(':')?;
            named.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Opens a connection that waits for an answer for a minute.
pub fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    stream
}

/// One GET on a connection of its own, addressed to where it goes.
pub fn get(address: &str, path: &str, headers: &str) -> Reply {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Connection: close\r\n\r\n"))
}

/// One POST of an empty form, addressed to where it goes.
pub fn post(address: &str, path: &str, headers: &str) -> Reply {
    let length = "Content-Length: 0\r\n";
    ask(address, &format!("POST {path} HTTP/1.1\r\nHost: {address}\r\n{headers}{length}Connection: close\r\n\r\n"))
}

/// One POST of a filled form, addressed to where it goes.
pub fn post_form(address: &str, path: &str, headers: &str, form: &str) -> Reply {
    let length = format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", form.len());
    let head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\n{headers}{length}Connection: close\r\n\r\n");
    ask(address, &(head + form))
}

/// Sends these bytes and reads until the connection ends. Where the server ends it while it is written to, what came is
/// what counts.
pub fn ask(address: &str, request: &str) -> Reply {
    let mut stream = connect(address);
    let _ = stream.write_all(request.as_bytes());
    read(stream)
}

/// The same through a socket in the file system.
pub fn ask_unix(socket: &Path, request: &str) -> Reply {
    let mut stream = UnixStream::connect(socket).expect("somebody listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("it is read");
    read(stream)
}

fn read(mut stream: impl Read) -> Reply {
    let mut bytes = Vec::new();
    let mut part = [0; 8192];
    while let Ok(read @ 1..) = stream.read(&mut part) {
        bytes.extend(&part[..read]);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no answer: {text:?}"));
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}
