//! One text of an article as a stream of words that can be looked up.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use super::fold::{self, Mapped};
use super::words::{Splitting, words};

/// A field's text, in blocks that no phrase crosses, with an index of its words.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    pub blocks: Vec<Block<'a>>,
    pub words: Vec<StreamWord>,
    /// The distinct words, sorted.
    vocabulary: Vec<Spelling>,
    /// The blocks in the form regular expressions see.
    plain: OnceLock<Vec<Mapped>>,
}

/// A part of a stored text.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub text: &'a str,
    /// Where it begins in the stored text of the field.
    pub base: usize,
}

/// A word where it stands: bytes of the field's stored text.
#[derive(Debug)]
pub(super) struct StreamWord {
    /// Index into the sorted vocabulary.
    pub rank: usize,
    pub block: usize,
    pub start: usize,
    pub end: usize,
    /// Nothing stands between it and the word before.
    pub glued: bool,
}

#[derive(Debug)]
struct Spelling {
    folded: Box<str>,
    /// Indexes into `words`, in order.
    positions: Vec<usize>,
}

impl<'a> Stream<'a> {
    /// Reads blocks of prose.
    pub fn new(blocks: Vec<Block<'a>>) -> Self {
        let texts: Vec<Mapped> = blocks.iter().map(|block| fold::folded(block.text)).collect();
        Self::index(blocks, &texts, Splitting::Prose, |range| range)
    }

    /// Reads a URL: percent-encoded letters count as letters, and words end also at dots and underscores.
    pub fn of_address(address: &'a str) -> Self {
        let decoded = Decoded::new(address);
        let texts = [fold::folded(&decoded.text)];
        let blocks = vec![Block { text: address, base: 0 }];
        Self::index(blocks, &texts, Splitting::Address, |range| decoded.origin(range))
    }

    fn index(
        blocks: Vec<Block<'a>>,
        texts: &[Mapped],
        splitting: Splitting,
        origin: impl Fn(Range<usize>) -> Range<usize>,
    ) -> Self {
        let mut stream_words = Vec::new();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut vocabulary: Vec<Spelling> = Vec::new();
        for (number, (block, text)) in blocks.iter().zip(texts).enumerate() {
            for word in words(text, splitting) {
                let folded = &text.text[word.folded.clone()];
                let rank = *seen.entry(folded).or_insert_with(|| {
                    vocabulary.push(Spelling { folded: folded.into(), positions: Vec::new() });
                    vocabulary.len() - 1
                });
                vocabulary[rank].positions.push(stream_words.len());
                let range = origin(text.origin(word.folded));
                stream_words.push(StreamWord {
                    rank,
                    block: number,
                    start: block.base + range.start,
                    end: block.base + range.end,
                    glued: word.joint == super::words::Joint::Glued,
                });
            }
        }
        vocabulary.sort_unstable_by(|a, b| a.folded.cmp(&b.folded));
        for (rank, spelling) in vocabulary.iter().enumerate() {
            spelling.positions.iter().for_each(|at| stream_words[*at].rank = rank);
        }
        Self { blocks, words: stream_words, vocabulary, plain: OnceLock::new() }
    }

    /// Every distinct word, folded, in order.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        self.vocabulary.iter().map(|spelling| &*spelling.folded)
    }

    pub fn rank(&self, folded: &str) -> Option<usize> {
        self.vocabulary.binary_search_by(|spelling| (*spelling.folded).cmp(folded)).ok()
    }

    pub fn ranks_with_prefix(&self, prefix: &str) -> Range<usize> {
        let start = self.vocabulary.partition_point(|spelling| *spelling.folded < *prefix);
        let length = self.vocabulary[start..].partition_point(|spelling| spelling.folded.starts_with(prefix));
        start..start + length
    }

    /// The words that are at most `off` letters (replaced, missing, too many, or two swapped) from `folded`.
    pub fn ranks_near(&self, folded: &str, off: usize) -> Vec<usize> {
        let letters = folded.chars().count();
        let near = |spelling: &Spelling| {
            // Counting bytes first spares the walk over words that are far too long.
            spelling.folded.len() <= (letters + off) * 4
                && spelling.folded.chars().count().abs_diff(letters) <= off
                && strsim::osa_distance(&spelling.folded, folded) <= off
        };
        let ranked = self.vocabulary.iter().enumerate();
        ranked.filter(|(_, spelling)| near(spelling)).map(|(rank, _)| rank).collect()
    }

    pub fn positions(&self, rank: usize) -> &[usize] {
        &self.vocabulary[rank].positions
    }

    /// The words of a block.
    pub fn words_of(&self, block: usize) -> Range<usize> {
        let start = self.words.partition_point(|word| word.block < block);
        let length = self.words[start..].partition_point(|word| word.block == block);
        start..start + length
    }

    /// Whether the word at `at` is written with exactly these characters, as NFC.
    pub fn is_written(&self, at: usize, exact: &str) -> bool {
        let word = &self.words[at];
        let written = self.slice(word.block, word.start..word.end);
        written == exact || (!written.is_ascii() && fold::plain(written).text == exact)
    }

    /// The words of a block that the bytes touch, first and last; `None` when they touch none.
    pub fn words_in(&self, block: usize, bytes: &Range<usize>) -> Option<(usize, usize)> {
        let range = self.words_of(block);
        let words = &self.words[range.clone()];
        let first = range.start + words.partition_point(|word| word.end <= bytes.start);
        let after = range.start + words.partition_point(|word| word.start < bytes.end);
        (first < after).then(|| (first, after - 1))
    }

    /// The text at bytes of the field's stored text, which lie in one block.
    pub fn slice(&self, block: usize, bytes: Range<usize>) -> &'a str {
        let block = &self.blocks[block];
        block.text.get(bytes.start - block.base..bytes.end - block.base).unwrap_or_default()
    }

    /// The blocks in the form regular expressions see: NFC without invisible characters.
    pub fn plain(&self) -> &[Mapped] {
        self.plain.get_or_init(|| self.blocks.iter().map(|block| fold::plain(block.text)).collect())
    }
}

/// A URL with its percent-encoding undone where that gives text.
struct Decoded {
    text: String,
    /// For each byte of `text`, the bytes of the URL it comes from.
    origins: Vec<Range<usize>>,
}

impl Decoded {
    fn new(address: &str) -> Self {
        let mut decoded = Self { text: String::with_capacity(address.len()), origins: Vec::new() };
        let mut at = 0;
        while at < address.len() {
            let bytes = escaped_bytes(&address[at..]);
            let text = valid_start(&bytes);
            if text.is_empty() {
                let length = address[at..].chars().next().map_or(1, char::len_utf8);
                decoded.push(&address[at..at + length], at..at + length);
                at += length;
                continue;
            }
            for c in text.chars() {
                let end = at + 3 * c.len_utf8();
                decoded.push(c.encode_utf8(&mut [0; 4]), at..end);
                at = end;
            }
        }
        decoded
    }

    fn push(&mut self, text: &str, origin: Range<usize>) {
        self.text.push_str(text);
        self.origins.extend(std::iter::repeat_n(origin, text.len()));
    }

    fn origin(&self, range: Range<usize>) -> Range<usize> {
        match (self.origins.get(range.start), self.origins.get(range.end.saturating_sub(1))) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        }
    }
}

/// The bytes that the percent escapes at the start of `address` stand for.
fn escaped_bytes(address: &str) -> Vec<u8> {
    let escapes = address.as_bytes().chunks_exact(3).map_while(|chunk| match chunk {
        [b'%', high, low] => Some((hex(*high)? << 4) | hex(*low)?),
        _ => None,
    });
    escapes.collect()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn valid_start(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}
