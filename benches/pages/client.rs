//! A reader of the web page that keeps its connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, bail};

/// No answer may take this long.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Client {
    page: String,
    stream: BufReader<TcpStream>,
}

/// What came back.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    pub status: u16,
    pub bytes: usize,
}

impl Client {
    /// `page`: host and port.
    pub fn connect(page: &str) -> anyhow::Result<Self> {
        Ok(Self { page: page.to_owned(), stream: open(page)? })
    }

    /// Asks once more on a new connection where the server has ended the old one.
    pub fn ask(&mut self, address: &str) -> anyhow::Result<Answer> {
        if let Ok(answer) = self.ask_once(address) {
            return Ok(answer);
        }
        self.stream = open(&self.page)?;
        self.ask_once(address).with_context(|| format!("asking for {address}"))
    }

    fn ask_once(&mut self, address: &str) -> anyhow::Result<Answer> {
        let request = format!("GET {address} HTTP/1.1\r\nHost: {}\r\n\r\n", self.page);
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut bytes) = (0, None);
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                bail!("the connection ended");
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).context("a status")?.parse()?;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                bytes = Some(value.trim().parse::<usize>()?);
            }
        }
        let bytes = bytes.context("an answer without a length")?;
        std::io::copy(&mut self.stream.by_ref().take(bytes as u64), &mut std::io::sink())?;
        Ok(Answer { status, bytes })
    }
}

fn open(page: &str) -> anyhow::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(page)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(BufReader::new(stream))
}
