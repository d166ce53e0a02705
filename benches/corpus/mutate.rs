//! `mutate`: damages feed documents in every way that is known to hurt parsers, and reads them.

use std::panic;
use std::path::Path;
use std::time::Duration;

use anyhow::ensure;

use wirewatch::feed;

use crate::documents::{self, Document};
use crate::stopwatch::{millis, timed};

/// A reading that takes longer is as bad as a panic.
const LIMIT: Duration = Duration::from_secs(1);

/// Damaged documents grow to at most this many bytes.
const MAX_BYTES: usize = 10_000_000;

/// Damages that one document gets, one upon the other.
const MAX_DAMAGES: usize = 6;

/// Of so many documents one gets damages that make it huge.
const ONE_HUGE_IN: usize = 2_000;

/// Bytes that mean something to some reader.
const PIECES: [&[u8]; 32] = [
    b"<",
    b">",
    b"&",
    b"\"",
    b"'",
    b"\0",
    b"\xFF\xFE",
    b"\xFE\xFF",
    b"\xEF\xBB\xBF",
    b"\xC3",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"-->",
    b"</",
    b"/>",
    b"<?xml",
    b"?>",
    b"&#x110000;",
    b"&amp;",
    b"&#",
    b"<!DOCTYPE x [",
    b"<!ENTITY a '",
    b"<item>",
    b"</item>",
    b"<entry>",
    b"<title>",
    b"xmlns:a='",
    b"xml:base='",
    b"{",
    b"[",
    b"\\u",
];

/// What was read, and how it went.
#[derive(Default)]
struct Outcome {
    inputs: usize,
    bytes: u64,
    feeds: usize,
    partial: usize,
    panics: Vec<usize>,
    slow: Vec<usize>,
    slowest: (Duration, usize, usize),
}

/// Reads `count` damaged documents; each has a number, and the same number gives the same document.
pub fn measure(folder: &Path, first: usize, count: usize) -> anyhow::Result<()> {
    let documents = documents::load(folder)?;
    ensure!(!documents.is_empty(), "the folder names no documents");
    let mut outcome = Outcome::default();
    for number in first..first + count {
        let (document, bytes) = damaged(&documents, number);
        outcome.read(number, document, &bytes);
    }
    outcome.print();
    ensure!(outcome.panics.is_empty() && outcome.slow.is_empty(), "a document made the reader panic, or took too long");
    Ok(())
}

impl Outcome {
    fn read(&mut self, number: usize, document: &Document, bytes: &[u8]) {
        let Ok(address) = document.address() else { return };
        let work = || {
            let read = feed::parse(bytes, document.content_type(), &address);
            feed::hints(bytes, document.content_type());
            feed::discover(bytes, document.content_type(), &address);
            feed::linked(bytes, document.content_type(), &address);
            read
        };
        let (read, time) = timed(|| panic::catch_unwind(panic::AssertUnwindSafe(work)));
        self.inputs += 1;
        self.bytes += bytes.len() as u64;
        match read {
            Ok(Ok(feed)) => {
                self.feeds += 1;
                self.partial += usize::from(feed.partial);
            }
            // A panic of the parser below, or a document of ours that it cannot read.
            Ok(Err(feed::FeedError::Unreadable { .. })) | Err(_) => self.panics.push(number),
            Ok(Err(_)) => {}
        }
        if time > LIMIT {
            self.slow.push(number);
        }
        if time > self.slowest.0 {
            self.slowest = (time, number, bytes.len());
        }
    }

    fn print(&self) {
        println!("{:12}  damaged documents, {:.1} GB", self.inputs, self.bytes as f64 / 1e9);
        println!("{:12}  read as feeds, {} of them in part", self.feeds, self.partial);
        println!("{:12}  panics {:?}", self.panics.len(), &self.panics[..self.panics.len().min(20)]);
        println!("{:12}  over {LIMIT:?} {:?}", self.slow.len(), &self.slow[..self.slow.len().min(20)]);
        let (time, number, bytes) = self.slowest;
        println!("slowest {:.1} ms CPU: number {number}, {bytes} bytes", millis(time));
    }
}

/// The document with this number.
fn damaged(documents: &[Document], number: usize) -> (&Document, Vec<u8>) {
    let mut dice = Dice::new(number);
    let document = &documents[dice.below(documents.len())];
    let mut bytes = document.bytes.clone();
    for _ in 0..=dice.below(MAX_DAMAGES) {
        damage(&mut bytes, documents, &mut dice);
    }
    if dice.below(ONE_HUGE_IN) == 0 {
        swell(&mut bytes, &mut dice);
    }
    bytes.truncate(MAX_BYTES);
    (document, bytes)
}

fn damage(bytes: &mut Vec<u8>, documents: &[Document], dice: &mut Dice) {
    let at = dice.below(bytes.len() + 1);
    let some = dice.slice(bytes);
    match dice.below(10) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(some)),
        2 => {
            let again = bytes[some].repeat(1 + dice.below(4));
            insert(bytes, at, &again);
        }
        3 => (0..=dice.below(16)).for_each(|_| flip(bytes, dice)),
        4 | 5 => {
            let piece = PIECES[dice.below(PIECES.len())];
            insert(bytes, at, &piece.repeat(1 + dice.below(3)));
        }
        // Part of another document.
        6 => {
            let other = &documents[dice.below(documents.len())].bytes;
            insert(bytes, at, &other[dice.slice(other)]);
        }
        // An element inside itself, and a tag with an attribute as long as an article.
        7 => nest(bytes, dice, 64),
        8 => widen(bytes, dice, 4_096),
        _ => {
            let moved: Vec<u8> = bytes.drain(some).collect();
            let at = dice.below(bytes.len() + 1);
            insert(bytes, at, &moved);
        }
    }
}

/// Makes a document of up to ten megabytes, by one of the ways of which parsers die.
fn swell(bytes: &mut Vec<u8>, dice: &mut Dice) {
    match dice.below(4) {
        0 => nest(bytes, dice, 200_000),
        1 => widen(bytes, dice, MAX_BYTES),
        2 => {
            let piece = PIECES[dice.below(PIECES.len())];
            let at = dice.below(bytes.len() + 1);
            insert(bytes, at, &piece.repeat(MAX_BYTES / 4 / piece.len()));
        }
        _ => {
            let some = dice.slice(bytes);
            let times = MAX_BYTES / (1 + some.len());
            let again = bytes[some].repeat(times.min(100_000));
            let at = dice.below(bytes.len() + 1);
            insert(bytes, at, &again);
        }
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, more: &[u8]) {
    let more = &more[..more.len().min(MAX_BYTES)];
    bytes.splice(at..at, more.iter().copied());
}

fn flip(bytes: &mut [u8], dice: &mut Dice) {
    if !bytes.is_empty() {
        bytes[dice.below(bytes.len())] ^= 1 << dice.below(8);
    }
}

/// Repeats a start tag of the document behind itself.
fn nest(bytes: &mut Vec<u8>, dice: &mut Dice, most: usize) {
    if let Some(tag) = a_tag(bytes, dice) {
        let inner = bytes[tag.clone()].repeat(1 + dice.below(most.min(MAX_BYTES / tag.len())));
        insert(bytes, tag.end, &inner);
    }
}

/// Gives a start tag attributes, one with a long value or many.
fn widen(bytes: &mut Vec<u8>, dice: &mut Dice, most: usize) {
    if let Some(tag) = a_tag(bytes, dice) {
        let length = dice.below(most);
        let attributes = match dice.below(3) {
            0 => [b" href=\"".as_slice(), &b"a/".repeat(length / 2), b"\""].concat(),
            1 => b" a=1".repeat(length / 4),
            _ => b" xmlns:a='b'".repeat(length / 12),
        };
        insert(bytes, tag.end - 1, &attributes);
    }
}

/// Where a start tag stands that follows a random place.
fn a_tag(bytes: &[u8], dice: &mut Dice) -> Option<std::ops::Range<usize>> {
    let from = dice.below(bytes.len() + 1);
    let starts = bytes[from..].windows(2).position(|pair| pair[0] == b'<' && pair[1].is_ascii_alphabetic())?;
    let start = from + starts;
    let length = bytes[start..].iter().position(|byte| *byte == b'>')?;
    Some(start..start + length + 1)
}

/// Numbers that look random and are the same every time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn new(number: usize) -> Self {
        Self((number as u64).wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    /// A number below `bound`, which is not zero.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }

    /// A part of `bytes`, mostly short.
    fn slice(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len() + 1);
        let most = 1 + (bytes.len() - start) / (1 + self.below(16));
        start..bytes.len().min(start + self.below(most))
    }
}
