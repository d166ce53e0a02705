//! `export --format warc`: WARC 1.1 (ISO 28500:2017), each record a gzip member of its own.
//!
//! A response record holds the answer as it is stored: headers as received, the body after content decoding. A header
//! that spoke of the body as it travelled is kept under `X-Archive-Orig-…` where it is not true of the stored one, as other
//! archives do, and `Content-Length` is the stored body's. Of a request nothing is stored but that there was one, so its
//! record holds the method, the address and the host, and nothing that would have to be made up.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use url::{Position, Url};

use crate::config;
use crate::model::{ArticleId, Timestamp};
use crate::store::{StoredPage, VersionRow};

const CONFORMS_TO: &str = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/";

/// What travelled otherwise than it is stored.
const OF_THE_TRAVEL: [&str; 3] = ["content-encoding", "transfer-encoding", "content-length"];

/// The file that records are written for.
#[derive(Debug, Clone)]
pub struct Warc {
    /// Of its warcinfo record.
    id: String,
}

impl Warc {
    /// The file with the record it begins with. `selected` says in words what is in it.
    pub fn begin(now: Timestamp, selected: &str) -> io::Result<(Self, Vec<u8>)> {
        let fields = format!(
            "software: wirewatch/{}\r\nformat: WARC File Format 1.1\r\n\
             conformsTo: {CONFORMS_TO}\r\ndescription: {selected}. Bodies are as stored: after content decoding; headers \
             that spoke of a body as it travelled are kept as X-Archive-Orig-. Of requests, method, address and host \
             are recorded alone. The metadata of each response names the version read from it and its hash.\r\n",
            env!("CARGO_PKG_VERSION"),
        );
        let id = record_id(&["warcinfo", &now.as_millis().to_string(), selected]);
        let record = Record {
            kind: "warcinfo",
            id: &id,
            date: now,
            content_type: "application/warc-fields",
            fields: Vec::new(),
            block: fields.as_bytes(),
        };
        let written = record.written()?;
        Ok((Self { id }, written))
    }

    /// The records of one version's page: response, request and metadata.
    pub fn page(&self, article: ArticleId, version: &VersionRow, page: &StoredPage) -> io::Result<Vec<u8>> {
        let url = config::without_user(&page.url);
        let seed = [article.0.to_string(), version.number.to_string(), version.sha256.clone()];
        let id = |kind: &str| record_id(&[kind, &seed[0], &seed[1], &seed[2], url.as_str()]);
        let [response, request, metadata] = ["response", "request", "metadata"].map(id);
        let about = |concurrent: &[&String]| {
            let mut fields = vec![("WARC-Target-URI", url.to_string()), ("WARC-Warcinfo-ID", self.id.clone())];
            fields.extend(concurrent.iter().map(|id| ("WARC-Concurrent-To", (*id).clone())));
            fields
        };
        let mut fields = about(&[&request, &metadata]);
        fields.push(("WARC-Payload-Digest", digest(&page.body)));
        let block = answer(page);
        let mut written = Record {
            kind: "response",
            id: &response,
            date: version.observed_at,
            content_type: "application/http;msgtype=response",
            fields,
            block: &block,
        }
        .written()?;
        let block = asked(&url);
        let asking = Record {
            kind: "request",
            id: &request,
            date: version.observed_at,
            content_type: "application/http;msgtype=request",
            fields: about(&[&response]),
            block: block.as_bytes(),
        };
        written.extend(asking.written()?);
        let block =
            format!("article: {}\r\nversion: {}\r\nversion-sha256: {}\r\n", article.0, version.number, version.sha256);
        let describing = Record {
            kind: "metadata",
            id: &metadata,
            date: version.observed_at,
            content_type: "application/warc-fields",
            fields: about(&[&response]),
            block: block.as_bytes(),
        };
        written.extend(describing.written()?);
        Ok(written)
    }
}

struct Record<'a> {
    kind: &'a str,
    id: &'a str,
    date: Timestamp,
    content_type: &'a str,
    fields: Vec<(&'a str, String)>,
    block: &'a [u8],
}

impl Record<'_> {
    fn written(&self) -> io::Result<Vec<u8>> {
        let mut head = format!("WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: {}\r\n", self.kind, self.id);
        let date = self.date.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        head.push_str(&format!("WARC-Date: {date}\r\n"));
        for (name, value) in &self.fields {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!(
            "WARC-Block-Digest: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
            digest(self.block),
            self.content_type,
            self.block.len()
        ));
        let mut member = GzEncoder::new(Vec::new(), Compression::default());
        member.write_all(head.as_bytes())?;
        member.write_all(self.block)?;
        member.write_all(b"\r\n\r\n")?;
        member.finish()
    }
}

/// The status line, the headers and the body. Of the status line, the number alone is stored.
fn answer(page: &StoredPage) -> Vec<u8> {
    let reason = match page.status {
        200 => "OK",
        203 => "Non-Authoritative Information",
        _ => "",
    };
    let mut answer = format!("HTTP/1.1 {} {reason}\r\n", page.status).into_bytes();
    let length = page.body.len().to_string();
    let mut is_measured = false;
    for (name, value) in &page.headers {
        let is_length = name.eq_ignore_ascii_case("content-length");
        let is_true = is_length && !is_measured && value == length.as_bytes();
        is_measured |= is_true;
        if !is_true && OF_THE_TRAVEL.iter().any(|header| name.eq_ignore_ascii_case(header)) {
            answer.extend_from_slice(b"X-Archive-Orig-");
        }
        answer.extend_from_slice(name.as_bytes());
        answer.extend_from_slice(b": ");
        answer.extend_from_slice(value);
        answer.extend_from_slice(b"\r\n");
    }
    if !is_measured {
        answer.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(&page.body);
    answer
}

fn asked(url: &Url) -> String {
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let host = &url[Position::BeforeHost..Position::AfterPort];
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// A UUID (version 8, RFC 9562 §5.8) made of what it names: the same record is known again in another export.
fn record_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut bytes = hash.finalize();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex(&bytes[..16]);
    let [one, two, three, four, five] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    format!("<urn:uuid:{one}-{two}-{three}-{four}-{five}>")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
