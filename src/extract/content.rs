//! Says which blocks of a page are the article.
//!
//! The extractor decides what belongs to the article, but its own rendering loses words (all that stands in `time`
//! elements, for one) and joins others; so its answer is looked up among the page's blocks, letter by letter, and the
//! page's own blocks are taken.

use std::collections::BTreeMap;

use trafilatura::dom::Document;
use trafilatura::{ExtractionFocus, HtmlDateMode, Options};

use crate::model::Role;

use super::page::Page;
use super::site::SiteRule;
use super::walk::{self, Block};
use super::wording;

/// A block of text that belongs to the article.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The page's block it is, whole or in part; `None` when it was found in no block.
    pub index: Option<usize>,
    pub text: String,
    pub role: Role,
}

impl Chosen {
    fn whole(index: usize, block: &Block) -> Self {
        Self { index: Some(index), text: block.text.clone(), role: block.role }
    }
}

/// Shortest run of letters that says by itself where it stands on a page.
const TELLING_LETTERS: usize = 40;
/// Longest and shortest of the pieces in which a text is looked up that does not stand on the page as one run.
const PIECE_LETTERS: (usize, usize) = (24, 8);
/// How far behind the text before it a short text is looked for.
const NEAR_LETTERS: usize = 3_000;
/// Most texts that are looked up on the whole page or piece by piece: each costs time in proportion to the page.
const MAX_SEARCHES: usize = 300;

/// Fewest words of a paragraph that is taken because of where it stands.
const MIN_PROSE_WORDS: usize = 8;

/// The article's blocks in the order of the page: those the site's rule names, else those the extractor finds.
pub fn choose(page: Page, blocks: &[Block], site: Option<&SiteRule>) -> Vec<Chosen> {
    if let Some(selector) = site.and_then(SiteRule::text) {
        let named = page.blocks_in(selector);
        if !named.is_empty() {
            let chosen = |block: Block| Chosen { index: None, text: block.text, role: block.role };
            return named.into_iter().map(chosen).collect();
        }
    }
    look_up(&extracted(page.into_document()), blocks)
}

/// The extractor's blocks.
fn extracted(document: Document) -> Vec<Block> {
    // Precision mode has the best text and the steadiest; without fall-backs it loses pages that no rule knows.
    let options = Options::default()
        .with_focus(ExtractionFocus::FavorPrecision)
        .with_fallback(true)
        .with_exclude_comments(true)
        .with_html_date_mode(HtmlDateMode::Disabled);
    match trafilatura::extract_document(document, &options) {
        Ok(result) => {
            let content = Document::parse(&result.content_html);
            walk::blocks(&content, content.root())
        }
        // Its errors say that there is too little text, which `fitness` judges.
        Err(_) => Vec::new(),
    }
}

/// Finds the extracted texts on the page, and takes the page's blocks in their place.
fn look_up(extracted: &[Block], blocks: &[Block]) -> Vec<Chosen> {
    let page = Letters::of(blocks);
    let texts: Vec<String> = extracted.iter().map(|block| wording::letters(&block.text)).collect();
    let mut search = Search { page: &page, spans: vec![Vec::new(); texts.len()], searches: 0 };
    search.long_texts(&texts);
    search.short_texts(&texts);
    search.pieces(&texts);
    let mut covered = covered_letters(&search.spans, blocks.len(), &page);
    fill_kin(blocks, &mut covered, &page);
    fill_gaps(blocks, &mut covered, &page);
    fill_captions(blocks, &mut covered, &page);
    collect(extracted, &texts, &search.spans, blocks, &page, &covered)
}

/// The letters of all blocks of a page in one run.
struct Letters {
    run: String,
    /// Where each block starts in the run, and where the last one ends.
    starts: Vec<usize>,
}

impl Letters {
    fn of(blocks: &[Block]) -> Self {
        let mut run = String::new();
        let mut starts = Vec::with_capacity(blocks.len() + 1);
        for block in blocks {
            starts.push(run.len());
            run.extend(block.text.chars().filter(|character| character.is_alphanumeric()));
        }
        starts.push(run.len());
        Self { run, starts }
    }

    fn find(&self, text: &str, from: usize, to: usize) -> Option<(usize, usize)> {
        let from = self.run.ceil_char_boundary(from.min(self.run.len()));
        let to = self.run.ceil_char_boundary(to.min(self.run.len()));
        let start = from + self.run.get(from..to)?.find(text)?;
        Some((start, start + text.len()))
    }

    fn is_block_edge(&self, (start, end): (usize, usize)) -> bool {
        self.starts.binary_search(&start).is_ok() || self.starts.binary_search(&end).is_ok()
    }

    /// Whether enough of a block was extracted to take it whole.
    fn is_covered(&self, block: usize, covered: &[usize]) -> bool {
        covered[block] > 0 && covered[block] * 2 >= self.length(block)
    }

    fn length(&self, block: usize) -> usize {
        self.starts[block + 1] - self.starts[block]
    }

    /// The block in which a place of the run lies.
    fn block_at(&self, place: usize) -> usize {
        self.starts.partition_point(|start| *start <= place).saturating_sub(1)
    }
}

/// Where on the page each extracted text was found.
struct Search<'p> {
    page: &'p Letters,
    spans: Vec<Vec<(usize, usize)>>,
    searches: usize,
}

impl Search<'_> {
    /// Long texts first: they stand once on a page, and show where the others must be.
    fn long_texts(&mut self, texts: &[String]) {
        let mut behind = 0;
        for (index, text) in texts.iter().enumerate().filter(|(_, text)| text.len() >= TELLING_LETTERS) {
            if let Some(span) = self.page.find(text, behind, usize::MAX) {
                self.spans[index] = vec![span];
                behind = span.1;
            } else if self.may_search() {
                self.spans[index] = self.page.find(text, 0, usize::MAX).into_iter().collect();
            }
        }
    }

    fn short_texts(&mut self, texts: &[String]) {
        let mut behind = 0;
        for (index, text) in texts.iter().enumerate() {
            if let Some(&(_, end)) = self.spans[index].first() {
                behind = end;
            } else if !text.is_empty() && text.len() < TELLING_LETTERS {
                let next = self.spans[index + 1..].iter().find_map(|spans| spans.first());
                let ahead = next.map(|span| span.0).filter(|start| *start >= behind);
                let span = self.page.find(text, behind, ahead.unwrap_or(behind + NEAR_LETTERS));
                if let Some(span) = span.filter(|span| self.page.is_block_edge(*span)) {
                    self.spans[index] = vec![span];
                    behind = span.1;
                }
            }
        }
    }

    /// A text that the extractor took something out of: found where most of its pieces stand.
    fn pieces(&mut self, texts: &[String]) {
        let mut behind = 0;
        for (index, text) in texts.iter().enumerate() {
            if let Some(&(_, end)) = self.spans[index].first() {
                behind = end;
            } else if text.len() >= 2 * PIECE_LETTERS.1 && self.may_search() {
                let spans = self.pieces_of(text, behind);
                let found: usize = spans.iter().map(|(start, end)| end - start).sum();
                if found * 2 >= text.len() {
                    self.spans[index] = spans;
                }
            }
        }
    }

    fn pieces_of(&self, text: &str, behind: usize) -> Vec<(usize, usize)> {
        let piece = (text.len() / 4).clamp(PIECE_LETTERS.1, PIECE_LETTERS.0);
        let near = if text.len() < TELLING_LETTERS { NEAR_LETTERS / 10 } else { NEAR_LETTERS };
        let (mut at, mut from) = (0, behind);
        let mut spans = Vec::new();
        while at < text.len() {
            let end = text.ceil_char_boundary(at + piece);
            if let Some(span) = self.page.find(&text[at..end], from, from + text.len() + near) {
                spans.push(span);
                from = span.1;
            }
            at = end;
        }
        spans
    }

    fn may_search(&mut self) -> bool {
        self.searches += 1;
        self.searches <= MAX_SEARCHES
    }
}

/// The blocks that are covered, and between them the texts that were found in none.
fn collect(
    extracted: &[Block],
    texts: &[String],
    spans: &[Vec<(usize, usize)>],
    blocks: &[Block],
    page: &Letters,
    covered: &[usize],
) -> Vec<Chosen> {
    let mut lost: Vec<(usize, Chosen)> = Vec::new();
    let mut behind = 0;
    for (index, block) in extracted.iter().enumerate() {
        match spans[index].last() {
            Some(&(_, end)) => behind = page.block_at(end.saturating_sub(1)) + 1,
            None if texts[index].len() >= TELLING_LETTERS => {
                lost.push((behind, Chosen { index: None, text: block.text.clone(), role: block.role }));
            }
            None => {}
        }
    }
    lost.sort_by_key(|(before, _)| *before);
    let mut lost = lost.into_iter().peekable();
    let mut chosen = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        while let Some((_, text)) = lost.next_if(|(before, _)| *before <= index) {
            chosen.push(text);
        }
        // Whole, even where a part was extracted: which part it is differs from look to look.
        if page.is_covered(index, covered) || covered[index] >= TELLING_LETTERS {
            chosen.push(Chosen::whole(index, block));
        }
    }
    chosen.extend(lost.map(|(_, text)| text));
    chosen
}

/// How many bytes of each block's letters were extracted.
fn covered_letters(spans: &[Vec<(usize, usize)>], count: usize, page: &Letters) -> Vec<usize> {
    let mut all: Vec<(usize, usize)> = spans.iter().flatten().copied().collect();
    all.sort_unstable();
    let mut covered = vec![0; count];
    let mut reached = 0;
    for (start, end) in all {
        let mut start = start.max(reached);
        reached = reached.max(end);
        while start < end {
            let block = page.block_at(start);
            let stop = end.min(page.starts[block + 1]);
            covered[block] += stop - start;
            start = stop;
        }
    }
    covered
}

/// Adds the prose of the other boxes that the template makes like the article's: the extractor takes one of several
/// boxes between which advertisements stand, not always the same one.
fn fill_kin(blocks: &[Block], covered: &mut [usize], page: &Letters) {
    let mut kins: BTreeMap<u64, Group> = BTreeMap::new();
    let mut all = 0;
    for (index, block) in blocks.iter().enumerate().filter(|(_, block)| is_prose(block)) {
        if page.is_covered(index, covered) {
            let kin = kins.entry(block.kin).or_default();
            kin.covered_letters += block.letters;
            kin.covered_blocks += 1;
            all += block.letters;
        }
    }
    let Some((kin, own)) = kins.into_iter().max_by_key(|(_, kin)| kin.covered_letters) else { return };
    if own.covered_blocks < MIN_OWN_BLOCKS || own.covered_letters * 10 < all * OWN_SHARE {
        return;
    }
    let is_kin = |index: &usize| blocks[*index].kin == kin && is_prose(&blocks[*index]);
    let mut boxes: BTreeMap<usize, usize> = BTreeMap::new();
    for index in (0..blocks.len()).filter(is_kin) {
        *boxes.entry(blocks[index].group).or_default() += 1;
    }
    let is_own = |index: &usize| is_kin(index) && boxes[&blocks[*index].group] >= MIN_BOX_BLOCKS;
    let first = (0..blocks.len()).find(|index| page.is_covered(*index, covered)).unwrap_or_default();
    // Behind a heading of its own stands another article, or what readers say, in boxes of the same making.
    let begins_another = |block: &Block| matches!(block.element, "h1" | "h2") && block.kin != kin;
    let end = (first + 1..blocks.len()).find(|index| begins_another(&blocks[*index])).unwrap_or(blocks.len());
    let range = first..end.max(first);
    for index in range.filter(is_own) {
        covered[index] = page.length(index);
    }
}

/// With fewer blocks of the article in boxes of one making, and a smaller share of its letters in tenths, the making says
/// nothing.
const MIN_OWN_BLOCKS: usize = 3;
const OWN_SHARE: usize = 6;
/// A box with fewer paragraphs is a card.
const MIN_BOX_BLOCKS: usize = 2;

/// Adds the headings above the article's paragraphs, and the prose that stands among the article's paragraphs and was
/// left out: the extractor drops a paragraph with a long link in it, or the first two. Behind the last one it does not
/// look; there stand the invitations to subscribe.
fn fill_gaps(blocks: &[Block], covered: &mut [usize], page: &Letters) {
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    for (index, block) in blocks.iter().enumerate().filter(|(_, block)| is_prose(block)) {
        let group = groups.entry(block.group).or_default();
        group.letters += block.letters;
        if page.is_covered(index, covered) {
            group.covered_letters += block.letters;
            group.covered_blocks += 1;
            group.last = index;
        }
    }
    for (index, block) in blocks.iter().enumerate().filter(|(_, block)| is_prose(block)) {
        let group = &groups[&block.group];
        let is_article = group.covered_blocks >= 3 && group.covered_letters * 2 >= group.letters;
        if is_article && index < group.last {
            covered[index] = page.length(index);
        }
    }
    for index in (1..blocks.len()).rev() {
        let (heading, next) = (&blocks[index - 1], &blocks[index]);
        let is_heading = heading.role == Role::Heading
            && heading.group == next.group
            && heading.linked_letters * 2 < heading.letters;
        if is_heading && is_prose(next) && page.is_covered(index, covered) {
            covered[index - 1] = page.length(index - 1);
        }
    }
}

/// Adds the captions among the article's paragraphs that say something in a sentence; a credit or a label does not.
fn fill_captions(blocks: &[Block], covered: &mut [usize], page: &Letters) {
    let is_own = |index: &usize| is_prose(&blocks[*index]) && page.is_covered(*index, covered);
    let Some(last) = (0..blocks.len()).rfind(is_own) else { return };
    let first = (0..last).find(is_own).unwrap_or(last);
    let is_sentence = |block: &Block| {
        block.linked_letters * 2 < block.letters
            && block.text.ends_with(['.', '!', '?', '。', '”', '"'])
            && wording::size(&block.text) >= MIN_PROSE_WORDS
    };
    for index in first..last {
        if blocks[index].role == Role::Caption && is_sentence(&blocks[index]) {
            covered[index] = page.length(index);
        }
    }
}

/// The prose that one element holds, and how much of it was extracted.
#[derive(Debug, Default)]
struct Group {
    letters: usize,
    covered_letters: usize,
    covered_blocks: usize,
    last: usize,
}

/// Whether a block reads as sentences of its own.
pub fn is_prose(block: &Block) -> bool {
    const ENDS: [char; 16] = ['.', '!', '?', '…', ':', '"', '\'', '”', '’', '»', '“', ')', '。', '！', '？', '」'];
    matches!(block.role, Role::Paragraph | Role::Quotation | Role::Post)
        && !block.marks.is_advertisement()
        && block.linked_letters * 2 < block.letters
        && block.text.ends_with(ENDS)
        && wording::size(&block.text) >= MIN_PROSE_WORDS
}
