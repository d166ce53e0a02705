//! What a page and the latest version of its article agree on, and how they differ.
//!
//! No extractor picks the same blocks of a page at every look, so a change is not what it picks this time. The paragraphs
//! of the version before are looked up in the whole page: one that still stands there has not gone, whoever picked it; one
//! with other words in its place was edited; and a block that was not known comes into question only where it stands
//! between paragraphs that are.

use std::collections::{HashMap, HashSet};

use crate::diff;
use crate::model::{ArticleText, Capture, Kind, PageBlock, Paragraph, Role, Sightings, size};

use super::blocks::{Run, beside, digest, key, page, place};
use super::overlap::{self, Sought, Words};
use super::template::Template;

/// Fewest words of a new block that counts because it reads as sentences; in the element of the article fewer will do.
const MIN_PROSE_WORDS: usize = 8;
/// With a smaller share of the words left, the page is another text, and places say nothing.
const LEAST_COMMON: (usize, usize) = (3, 10);

/// One way in which a page differs from the latest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The same whenever a look finds the same difference at the same place.
    pub digest: u64,
    /// The block or paragraph that came or went, and the paragraph before it.
    pub marks: Vec<u64>,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// A paragraph has other words, those of a block.
    Edited {
        paragraph: usize,
        block: usize,
    },
    /// A paragraph stands at the place of a block now.
    Moved {
        paragraph: usize,
        block: usize,
    },
    /// A paragraph stands nowhere on the page.
    Went {
        paragraph: usize,
    },
    /// A block that is no known paragraph.
    Came {
        block: usize,
    },
    Field(Field),
}

/// A field beside the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Headline,
    Summary,
    Byline,
    Correction,
}

/// The page of a look beside the latest version.
#[derive(Debug)]
pub(super) struct Agreement<'a> {
    old: &'a ArticleText,
    new: &'a ArticleText,
    page: Vec<PageBlock>,
    keys: Vec<u64>,
    fates: Vec<Fate>,
    pub steps: Vec<Step>,
}

/// What became of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// At this block, word for word.
    At(usize),
    /// Somewhere on the page, at another place or cut into blocks otherwise.
    Elsewhere(Option<usize>),
    Edited(usize),
    Missing,
}

impl<'a> Agreement<'a> {
    pub fn of(old: &'a ArticleText, capture: &'a Capture, sightings: &Sightings, template: &Template) -> Self {
        let page = page(capture);
        let keys: Vec<u64> = page.iter().map(|block| key(&block.text)).collect();
        let mut agreement = Self { old, new: &capture.text, fates: Vec::new(), steps: Vec::new(), page, keys };
        agreement.fates = agreement.find_paragraphs();
        agreement.steps = agreement.find_steps(sightings, template);
        agreement
    }

    /// The latest version with some of the steps taken.
    pub fn text(&self, is_taken: impl Fn(&Step) -> bool) -> ArticleText {
        let taken: HashSet<What> = self.steps.iter().filter(|step| is_taken(step)).map(|step| step.what).collect();
        let mut placed = self.placed(&taken);
        let came = taken.iter().filter_map(|what| match what {
            What::Came { block } => Some((*block, self.paragraph(*block))),
            _ => None,
        });
        placed.extend(came);
        placed.sort_by_key(|(place, _)| *place);
        let field = |field: Field| {
            let source = if taken.contains(&What::Field(field)) { self.new } else { self.old };
            field.of(source).clone()
        };
        ArticleText {
            headline: field(Field::Headline),
            summary: field(Field::Summary),
            byline: field(Field::Byline),
            correction: field(Field::Correction),
            paragraphs: placed.into_iter().map(|(_, paragraph)| paragraph).collect(),
            ..self.new.clone()
        }
    }

    /// What stands at the place of a step in the latest version, and what on the page.
    pub fn sides(&self, step: &Step) -> (Option<&str>, Option<&str>) {
        let old = |paragraph: usize| Some(self.old.paragraphs[paragraph].text.as_str());
        let new = |block: usize| Some(self.page[block].text.as_str());
        match step.what {
            What::Edited { paragraph, block } | What::Moved { paragraph, block } => (old(paragraph), new(block)),
            What::Went { paragraph } => (old(paragraph), None),
            What::Came { block } => (None, new(block)),
            What::Field(field) => (field.of(self.old).as_deref(), field.of(self.new).as_deref()),
        }
    }

    /// Whether a block came or went before or behind all text that stayed.
    pub fn is_at_edge(&self, step: &Step) -> bool {
        let stands = |fate: &Fate| matches!(fate, Fate::At(_) | Fate::Edited(_));
        match step.what {
            What::Came { block } => {
                let is_before = |fate: &Fate| matches!(fate, Fate::At(at) | Fate::Edited(at) if *at < block);
                let is_behind = |fate: &Fate| matches!(fate, Fate::At(at) | Fate::Edited(at) if *at > block);
                !self.fates.iter().any(is_before) || !self.fates.iter().any(is_behind)
            }
            What::Went { paragraph } => {
                !self.fates[..paragraph].iter().any(stands) || !self.fates[paragraph..].iter().any(stands)
            }
            What::Edited { .. } | What::Moved { .. } | What::Field(_) => false,
        }
    }

    /// The paragraphs that stay, each with its place on the page, edited and moved where that step is taken.
    fn placed(&self, taken: &HashSet<What>) -> Vec<(usize, Paragraph)> {
        let mut placed: Vec<(usize, Paragraph)> = Vec::new();
        let mut behind = 0;
        for (index, paragraph) in self.old.paragraphs.iter().enumerate() {
            let moved = |block| taken.contains(&What::Moved { paragraph: index, block });
            let edited = |block| taken.contains(&What::Edited { paragraph: index, block });
            let (place, source) = match self.fates[index] {
                Fate::Missing if taken.contains(&What::Went { paragraph: index }) => continue,
                Fate::Elsewhere(Some(block)) if moved(block) => (block, Some(block)),
                Fate::Edited(block) if edited(block) => (block, Some(block)),
                Fate::At(block) => (block, Some(block)),
                Fate::Edited(block) => (block, None),
                Fate::Missing | Fate::Elsewhere(_) => (behind, None),
            };
            behind = behind.max(place);
            placed.push((place, source.map_or_else(|| paragraph.clone(), |block| self.paragraph(block))));
        }
        placed
    }

    fn paragraph(&self, block: usize) -> Paragraph {
        let block = &self.page[block];
        Paragraph { role: block.role, text: block.text.clone(), at: block.at }
    }

    fn find_paragraphs(&self) -> Vec<Fate> {
        let sought = |paragraph: &Paragraph| Sought { key: key(&paragraph.text), weight: paragraph.text.len() };
        let old: Vec<Sought> = self.old.paragraphs.iter().map(sought).collect();
        let mut fates = vec![Fate::Missing; old.len()];
        let mut is_taken = vec![false; self.page.len()];
        for (paragraph, block) in overlap::common_in_order(&old, &self.keys) {
            fates[paragraph] = Fate::At(block);
            is_taken[block] = true;
        }
        self.find_edited(&mut fates, &mut is_taken);
        self.find_elsewhere(&old, &mut fates, &is_taken);
        fates
    }

    /// Looks on the whole page for the paragraphs that were not found at their places.
    fn find_elsewhere(&self, old: &[Sought], fates: &mut [Fate], is_taken: &[bool]) {
        let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            places.entry(*key).or_default().push(at);
        }
        let mut run = Run::of(self.page.iter().map(|block| block.text.as_str()));
        for (paragraph, fate) in fates.iter_mut().enumerate().filter(|(_, fate)| **fate == Fate::Missing) {
            let found = places.get(&old[paragraph].key).map(Vec::as_slice).unwrap_or_default();
            // A text that stands at several places, such as the question before every answer, has not moved to one of them.
            let elsewhere = if let [only] = found { Some(*only) } else { None };
            if !found.is_empty() || run.holds(&self.old.paragraphs[paragraph].text) {
                *fate = Fate::Elsewhere(elsewhere.filter(|block| !is_taken[*block] && self.page[*block].is_article));
            }
        }
    }

    /// Pairs the paragraphs between two that stand with the blocks between them, where most words are the same.
    fn find_edited(&self, fates: &mut [Fate], is_taken: &mut [bool]) {
        let mut start = 0;
        let mut first_block = 0;
        for end in 0..=fates.len() {
            let (is_end, end_block) = match fates.get(end) {
                Some(Fate::At(block)) => (true, *block),
                Some(_) => (false, 0),
                None => (true, self.page.len()),
            };
            if !is_end {
                continue;
            }
            let missing: Vec<usize> = (start..end).collect();
            let free: Vec<usize> = (first_block..end_block).filter(|block| !is_taken[*block]).collect();
            let old: Vec<Words> = missing.iter().map(|at| Words::of(&self.old.paragraphs[*at].text)).collect();
            let new: Vec<Words> = free.iter().map(|at| Words::of(&self.page[*at].text)).collect();
            for (paragraph, block) in overlap::alike(&old, &new) {
                let (paragraph, block) = (missing[paragraph], free[block]);
                let is_same = key(&self.old.paragraphs[paragraph].text) == self.keys[block];
                fates[paragraph] = if is_same { Fate::At(block) } else { Fate::Edited(block) };
                is_taken[block] = true;
            }
            (start, first_block) = (end + 1, end_block + 1);
        }
    }

    fn find_steps(&self, sightings: &Sightings, template: &Template) -> Vec<Step> {
        let mut steps = Vec::new();
        let fields = [Field::Headline, Field::Summary, Field::Byline, Field::Correction];
        for field in fields {
            let (old, new) = (folded(field.of(self.old)), folded(field.of(self.new)));
            if old != new {
                let digest = digest(&[&[field as u8], new.as_bytes()]);
                steps.push(Step { digest, marks: Vec::new(), what: What::Field(field) });
            }
        }
        let mut before = 0;
        for (paragraph, fate) in self.fates.iter().enumerate() {
            let old = key(&self.old.paragraphs[paragraph].text);
            let step = |what, mark: u8, new: u64, marks: &[u64]| Step {
                digest: digest(&[&[mark], &old.to_le_bytes(), &new.to_le_bytes()]),
                marks: marks.to_vec(),
                what,
            };
            match *fate {
                Fate::Edited(block) => steps.push(step(What::Edited { paragraph, block }, b'e', self.keys[block], &[])),
                Fate::Elsewhere(Some(block)) if !template.has(old, &self.page[block].text) => {
                    steps.push(step(What::Moved { paragraph, block }, b'm', self.before(block), &[old]));
                }
                Fate::Missing => steps.push(step(What::Went { paragraph }, b'w', 0, &[old, before])),
                Fate::At(_) | Fate::Elsewhere(_) => {}
            }
            if matches!(fate, Fate::At(_) | Fate::Edited(_)) {
                before = place(old);
            }
        }
        let came = self.find_new(sightings, template).into_iter().map(|block| {
            let (key, before) = (self.keys[block], self.before(block));
            let digest = digest(&[b"c", &key.to_le_bytes(), &before.to_le_bytes()]);
            Step { digest, marks: vec![key, place(before)], what: What::Came { block } }
        });
        steps.extend(came);
        steps
    }

    /// The blocks that no paragraph is, and that the article may have got.
    fn find_new(&self, sightings: &Sightings, template: &Template) -> Vec<usize> {
        let known = self.known_blocks();
        let beside: HashSet<u64> = sightings.beside.iter().copied().collect();
        let own: HashSet<u64> = (0..self.page.len()).filter(|at| known[*at]).map(|at| self.page[at].group).collect();
        let is_other_text = self.is_other_text();
        let mut run = Run::of(self.old.paragraphs.iter().map(|paragraph| paragraph.text.as_str()));
        let mut after = next_known(&known).into_iter();
        let mut before: Option<usize> = None;
        let mut found: Vec<usize> = Vec::new();
        for (index, block) in self.page.iter().enumerate() {
            let place = Place { before, after: after.next().flatten(), is_other_text };
            if known[index] {
                before = Some(index);
                continue;
            }
            let is_known = beside.contains(&self.keys[index]) || template.has(self.keys[index], &block.text);
            if !is_known && self.fits(block, place, &own) && !run.holds(&block.text) {
                before = Some(index);
                found.push(index);
            }
        }
        found
    }

    /// Whether a new block may be the article's, for where it stands and what it is.
    fn fits(&self, block: &PageBlock, place: Place, own: &HashSet<u64>) -> bool {
        let is_alike = |at: Option<usize>| at.is_some_and(|at| self.page[at].group == block.group);
        let is_own = own.contains(&block.group) || !matches!(block.role, Role::Paragraph | Role::Heading);
        let is_prose = block.is_prose && is_own && block.text.split_whitespace().count() >= MIN_PROSE_WORDS;
        let is_between = place.before.is_some() && place.after.is_some();
        if !block.is_article {
            // The extractor leaves out last paragraphs, too.
            return is_prose && is_alike(place.before);
        }
        place.is_other_text || is_alike(place.before) || is_alike(place.after) || (is_between && is_prose)
    }

    /// For each block, whether it is a paragraph that was known.
    fn known_blocks(&self) -> Vec<bool> {
        let mut known = vec![false; self.page.len()];
        for fate in &self.fates {
            if let Fate::At(block) | Fate::Edited(block) | Fate::Elsewhere(Some(block)) = *fate {
                known[block] = true;
            }
        }
        known
    }

    /// Whether so little of the old text is left that this is a rewrite, or another article.
    fn is_other_text(&self) -> bool {
        let words = |paragraph: &Paragraph| paragraph.text.split_whitespace().count();
        let total: usize = self.old.paragraphs.iter().map(words).sum();
        let left = self.old.paragraphs.iter().zip(&self.fates).filter(|(_, fate)| **fate != Fate::Missing);
        let left: usize = left.map(|(paragraph, _)| words(paragraph)).sum();
        left * LEAST_COMMON.1 <= total * LEAST_COMMON.0
    }

    /// The key of the known paragraph before a block: its place, as far as that can be told from look to look.
    fn before(&self, block: usize) -> u64 {
        let known = self.fates.iter().enumerate().filter_map(|(paragraph, fate)| match fate {
            Fate::At(at) | Fate::Edited(at) if *at < block => Some((*at, paragraph)),
            _ => None,
        });
        known.max().map_or(0, |(_, paragraph)| key(&self.old.paragraphs[paragraph].text))
    }

    /// Whether a step shows that a paragraph is no part of the article, found right after the first look: it is gone, at
    /// another place, or a line with other figures in it.
    pub fn is_unsteady(&self, step: &Step) -> bool {
        const MAX_LINE_WORDS: usize = 12;
        match step.what {
            What::Went { .. } | What::Moved { .. } => true,
            What::Edited { paragraph, block } => {
                let (old, new) = (&self.old.paragraphs[paragraph].text, &self.page[block].text);
                let words = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
                let is_line = self.page[block].role == Role::Paragraph && size(new) <= MAX_LINE_WORDS;
                is_line && words(old) == words(new)
            }
            What::Came { .. } | What::Field(_) => false,
        }
    }

    /// Whether only the headline reads otherwise, and the publisher says of nothing that it was changed.
    pub fn is_quiet_headline(&self, step: &Step) -> bool {
        step.what == What::Field(Field::Headline)
            && self.steps.len() == 1
            && self.new.modified_at == self.old.modified_at
    }

    /// Whether a paragraph left that is the template's.
    pub fn is_of_template(&self, step: &Step, template: &Template) -> bool {
        let What::Went { paragraph } = step.what else { return false };
        let text = &self.old.paragraphs[paragraph].text;
        template.has(key(text), text)
    }

    /// Whether a step is what another selection of the page's blocks and words looks like: something came, went or stands
    /// elsewhere, and no word took the place of another.
    pub fn is_selection(&self, step: &Step) -> bool {
        let is_part = |old: &str, new: &str| {
            let (old, new) = (Words::of(old), Words::of(new));
            old.holds(&new) || new.holds(&old) || !old.is_alike(&new)
        };
        match step.what {
            What::Edited { paragraph, block } => {
                let (old, new) = (&self.old.paragraphs[paragraph].text, &self.page[block].text);
                is_part(old, new) && !is_negation(old, new)
            }
            What::Field(Field::Correction) => false,
            What::Field(field) => is_part(&folded(field.of(self.old)), &folded(field.of(self.new))),
            What::Went { .. } | What::Moved { .. } | What::Came { .. } => true,
        }
    }

    /// The latest version without the paragraphs of some steps.
    pub fn text_without(&self, steps: &[&Step]) -> ArticleText {
        let dropped: HashSet<usize> = steps
            .iter()
            .filter_map(|step| match step.what {
                What::Went { paragraph } | What::Moved { paragraph, .. } | What::Edited { paragraph, .. } => {
                    Some(paragraph)
                }
                What::Came { .. } | What::Field(_) => None,
            })
            .collect();
        let kept = self.old.paragraphs.iter().enumerate().filter(|(index, _)| !dropped.contains(index));
        ArticleText { paragraphs: kept.map(|(_, paragraph)| paragraph.clone()).collect(), ..self.old.clone() }
    }

    /// The blocks that stood beside the article before and are read as part of it now: an earlier look may have missed
    /// them. Digests, with their places.
    pub fn missed(&self, sightings: &Sightings, template: &Template) -> Vec<(u64, usize)> {
        let known = self.known_blocks();
        let own: HashSet<u64> = (0..self.page.len()).filter(|at| known[*at]).map(|at| self.page[at].group).collect();
        let beside: HashSet<u64> = sightings.beside.iter().copied().collect();
        let is_missed = |at: &usize| {
            let (block, key) = (&self.page[*at], self.keys[*at]);
            let is_text = block.is_article && block.is_prose && !known[*at];
            is_text && beside.contains(&key) && !sightings.restless.contains(&key) && !template.has(key, &block.text)
        };
        let words = |text: &str| text.split_whitespace().count();
        let missed: Vec<usize> = (0..self.page.len()).filter(is_missed).collect();
        let is_most = missed.iter().map(|at| words(&self.page[*at].text)).sum::<usize>() >= 2 * self.old.words();
        let missed = missed.into_iter().filter(|at| is_most || own.contains(&self.page[*at].group));
        missed.map(|at| (self.keys[at], at)).collect()
    }

    /// What stands at these places.
    pub fn paragraphs(&self, blocks: Vec<(u64, usize)>) -> Vec<Paragraph> {
        blocks.into_iter().map(|(_, block)| self.paragraph(block)).collect()
    }

    /// The latest version with these blocks at their places.
    pub fn text_with(&self, blocks: &[usize]) -> ArticleText {
        let mut with: Vec<(usize, Paragraph)> = self.placed(&HashSet::new());
        with.extend(blocks.iter().map(|block| (*block, self.paragraph(*block))));
        with.sort_by_key(|(place, _)| *place);
        ArticleText { paragraphs: with.into_iter().map(|(_, paragraph)| paragraph).collect(), ..self.old.clone() }
    }

    /// Digests of the prose beside the article, for [`Sightings::beside`].
    pub fn beside(&self) -> Vec<u64> {
        let known = self.known_blocks();
        beside(&self.page, &self.keys).into_iter().filter(|(index, _)| !known[*index]).map(|(_, key)| key).collect()
    }
}

impl Field {
    pub fn of(self, text: &ArticleText) -> &Option<String> {
        match self {
            Self::Headline => &text.headline,
            Self::Summary => &text.summary,
            Self::Byline => &text.byline,
            Self::Correction => &text.correction,
        }
    }
}

/// Whether a paragraph denies what it said before, or the other way round: it takes one word.
fn is_negation(old: &str, new: &str) -> bool {
    let text = |text: &str| {
        let paragraph = Paragraph::new(Role::Paragraph, text);
        ArticleText { paragraphs: vec![paragraph], ..ArticleText::default() }
    };
    diff::compare(&text(old), &text(new)).is_some_and(|change| change.kinds.contains(&Kind::Negation))
}

fn folded(field: &Option<String>) -> String {
    diff::fold(field.as_deref().unwrap_or_default()).into_owned()
}

/// Where a new block stands: behind and before which known ones.
#[derive(Debug, Clone, Copy)]
struct Place {
    before: Option<usize>,
    after: Option<usize>,
    is_other_text: bool,
}

/// For each block, the next one behind it that is known.
fn next_known(known: &[bool]) -> Vec<Option<usize>> {
    let mut found = vec![None; known.len()];
    let mut next = None;
    for index in (0..known.len()).rev() {
        found[index] = next;
        next = if known[index] { Some(index) } else { next };
    }
    found
}
