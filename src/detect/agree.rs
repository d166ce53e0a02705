//! What a page and the latest version of its article agree on, and how they differ.
//!
//! No extractor picks the same blocks of a page at every look, so a change is not what it picks this time. The paragraphs
//! of the version before are looked up in the whole page: one that still stands there has not gone, whoever picked it; one
//! with other words in its place was edited; and a block that was not known comes into question only where it stands
//! between paragraphs that are.

use std::collections::HashSet;

use crate::diff;
use crate::model::{ArticleText, Capture, Kind, PageBlock, Paragraph, Role, Sightings, size};

use super::blocks::{Blocks, Run, digest, key, place};
use super::fates::{self, Fate};
use super::overlap::Words;
use super::step::{Field, Step, What};
use super::template::Template;

/// Fewest words of a new block that counts because it reads as sentences; in the element of the article fewer will do.
const MIN_PROSE_WORDS: usize = 8;
/// With a smaller share of the words left, the page is another text, and places say nothing.
const LEAST_COMMON: (usize, usize) = (3, 10);

/// The page of a look beside the latest version.
#[derive(Debug)]
pub(super) struct Agreement<'a> {
    old: &'a ArticleText,
    new: &'a ArticleText,
    pub page: Blocks<'a>,
    fates: Vec<Fate>,
    /// For each block, whether it is a paragraph that was known.
    known: Vec<bool>,
    /// The elements in which such blocks stand.
    own: HashSet<u64>,
    pub steps: Vec<Step>,
}

impl<'a> Agreement<'a> {
    pub fn of(old: &'a ArticleText, capture: &'a Capture, sightings: &Sightings, template: &Template) -> Self {
        let page = Blocks::of(capture);
        let fates = fates::find(old, &page);
        let known = known(&fates, page.list.len());
        let own = page.list.iter().zip(&known).filter(|(_, known)| **known).map(|(block, _)| block.group).collect();
        let mut agreement = Self { old, new: &capture.text, page, fates, known, own, steps: Vec::new() };
        agreement.steps = agreement.find_steps(sightings, template);
        agreement
    }

    /// The latest version with some of the steps taken.
    pub fn text(&self, is_taken: impl Fn(&Step) -> bool) -> ArticleText {
        let taken: HashSet<What> = self.steps.iter().filter(|step| is_taken(step)).map(|step| step.what).collect();
        let mut placed = self.placed(&taken);
        let came = taken.iter().filter_map(|what| match what {
            What::Came { block } => Some((*block, self.page.paragraph(*block))),
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
        let new = |block: usize| Some(self.page.list[block].text.as_str());
        match step.what {
            What::Edited { paragraph, block } | What::Moved { paragraph, block } => (old(paragraph), new(block)),
            What::Went { paragraph } => (old(paragraph), None),
            What::Came { block } => (None, new(block)),
            What::Field(field) => (field.of(self.old).as_deref(), field.of(self.new).as_deref()),
        }
    }

    /// Whether a step, read as the change of one paragraph, is of one of these kinds.
    pub fn says(&self, step: &Step, kinds: &[Kind]) -> bool {
        let (old, new) = self.sides(step);
        let text = |side: Option<&str>| ArticleText {
            paragraphs: side.map(|text| Paragraph::new(Role::Paragraph, text)).into_iter().collect(),
            ..ArticleText::default()
        };
        let change = diff::compare(&text(old), &text(new));
        change.is_some_and(|change| change.kinds.iter().any(|kind| kinds.contains(kind)))
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
            placed.push((place, source.map_or_else(|| paragraph.clone(), |block| self.page.paragraph(block))));
        }
        placed
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
                Fate::Edited(block) => {
                    steps.push(step(What::Edited { paragraph, block }, b'e', self.page.keys[block], &[]))
                }
                Fate::Elsewhere(Some(block)) if !template.has(old, &self.page.list[block].text) => {
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
            let (key, before) = (self.page.keys[block], self.before(block));
            let digest = digest(&[b"c", &key.to_le_bytes(), &before.to_le_bytes()]);
            Step { digest, marks: vec![key, place(before)], what: What::Came { block } }
        });
        steps.extend(came);
        steps
    }

    /// The blocks that no paragraph is, and that the article may have got.
    fn find_new(&self, sightings: &Sightings, template: &Template) -> Vec<usize> {
        let beside: HashSet<u64> = sightings.beside.iter().copied().collect();
        let is_other_text = self.is_other_text();
        let mut run = Run::of(self.old.paragraphs.iter().map(|paragraph| paragraph.text.as_str()));
        let mut after = next_known(&self.known).into_iter();
        let mut before: Option<usize> = None;
        let mut found: Vec<usize> = Vec::new();
        for (index, block) in self.page.list.iter().enumerate() {
            let place = Place { before, after: after.next().flatten(), is_other_text };
            if self.known[index] {
                before = Some(index);
                continue;
            }
            let is_known = beside.contains(&self.page.keys[index]) || template.has(self.page.keys[index], &block.text);
            if !is_known && self.fits(block, place) && !run.holds(&block.text) {
                before = Some(index);
                found.push(index);
            }
        }
        found
    }

    /// Whether a new block may be the article's, for where it stands and what it is.
    fn fits(&self, block: &PageBlock, place: Place) -> bool {
        let is_alike = |at: Option<usize>| at.is_some_and(|at| self.page.list[at].group == block.group);
        let is_own = self.own.contains(&block.group) || !matches!(block.role, Role::Paragraph | Role::Heading);
        let is_prose = block.is_prose && is_own && block.text.split_whitespace().count() >= MIN_PROSE_WORDS;
        let is_between = place.before.is_some() && place.after.is_some();
        if !block.is_article {
            // The extractor leaves out last paragraphs, too.
            return is_prose && is_alike(place.before);
        }
        place.is_other_text || is_alike(place.before) || is_alike(place.after) || (is_between && is_prose)
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
                let (old, new) = (&self.old.paragraphs[paragraph].text, &self.page.list[block].text);
                let words = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
                let is_line = self.page.list[block].role == Role::Paragraph && size(new) <= MAX_LINE_WORDS;
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
                let (old, new) = (&self.old.paragraphs[paragraph].text, &self.page.list[block].text);
                // A denial takes one word.
                is_part(old, new) && !self.says(step, &[Kind::Negation])
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
        let beside: HashSet<u64> = sightings.beside.iter().copied().collect();
        let is_missed = |at: &usize| {
            let (block, key) = (&self.page.list[*at], self.page.keys[*at]);
            let is_text = block.is_article && block.is_prose && !self.known[*at];
            is_text && beside.contains(&key) && !sightings.restless.contains(&key) && !template.has(key, &block.text)
        };
        let missed: Vec<usize> = (0..self.page.list.len()).filter(is_missed).collect();
        let is_most = missed.iter().map(|at| size(&self.page.list[*at].text)).sum::<usize>() >= 2 * self.old.words();
        let missed = missed.into_iter().filter(|at| is_most || self.own.contains(&self.page.list[*at].group));
        missed.map(|at| (self.page.keys[at], at)).collect()
    }

    /// What stands at these places.
    pub fn paragraphs(&self, blocks: Vec<(u64, usize)>) -> Vec<Paragraph> {
        blocks.into_iter().map(|(_, block)| self.page.paragraph(block)).collect()
    }

    /// The latest version with these blocks at their places.
    pub fn text_with(&self, blocks: &[usize]) -> ArticleText {
        let mut with: Vec<(usize, Paragraph)> = self.placed(&HashSet::new());
        with.extend(blocks.iter().map(|block| (*block, self.page.paragraph(*block))));
        with.sort_by_key(|(place, _)| *place);
        ArticleText { paragraphs: with.into_iter().map(|(_, paragraph)| paragraph).collect(), ..self.old.clone() }
    }

    /// Digests of the prose beside the article, for [`Sightings::beside`].
    pub fn beside(&self) -> Vec<u64> {
        self.page.beside().into_iter().filter(|(index, _)| !self.known[*index]).map(|(_, key)| key).collect()
    }
}

/// For each block, whether a paragraph was found there.
fn known(fates: &[Fate], blocks: usize) -> Vec<bool> {
    let mut known = vec![false; blocks];
    for fate in fates {
        if let Fate::At(block) | Fate::Edited(block) | Fate::Elsewhere(Some(block)) = *fate {
            known[block] = true;
        }
    }
    known
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
