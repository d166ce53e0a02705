//! A peer: every term of all rules in one Aho-Corasick automaton, run over the article's text as it is.
//!
//! What it finds is checked for the ends of words; a rule is evaluated when one of the terms was found without which it
//! cannot match, the fewest of them. It only decides: where the terms stand is not told. Fuzzy terms are beyond it, and
//! words that punctuation parts or a possessive 's follows are no phrase for it.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};
use anyhow::Context as _;

use wirewatch::model::{ArticleText, FeedFacts};
use wirewatch::rule::FeedSelector;

use crate::drawing::Drawn;
use crate::expression::{Form, Part, Term};

pub struct Automaton {
    terms: AhoCorasick,
    is_prefix: Vec<bool>,
    checks: Vec<Check>,
    feeds: Vec<Vec<FeedSelector>>,
    /// For each term, the rules that wait for it.
    waiting: Vec<Vec<u32>>,
}

/// What a run over one article leaves behind for the next.
pub struct Scratch {
    /// For each term, the number of the run that found it, and in the title.
    found: Vec<u32>,
    found_in_title: Vec<u32>,
    /// For each rule, the number of the run that evaluated it.
    seen: Vec<u32>,
    run: u32,
    text: String,
    hits: Vec<Hit>,
}

#[derive(Debug, Clone, Copy)]
struct Hit {
    term: u32,
    start: usize,
    end: usize,
}

enum Check {
    Term {
        term: u32,
        in_title: bool,
    },
    /// A term that this engine has no words for.
    Never,
    All(Box<[Check]>),
    Any(Box<[Check]>),
    Not(Box<Check>),
    AtLeast(usize, Box<[Check]>),
    Near(usize, Box<[u32]>, Box<[u32]>),
}

impl Automaton {
    pub fn new(rules: &[Drawn]) -> anyhow::Result<Self> {
        let mut builder = Builder::default();
        let checks: Vec<Check> = rules.iter().map(|rule| builder.check(&rule.part)).collect();
        let mut waiting = vec![Vec::new(); builder.texts.len()];
        for (number, check) in (0_u32..).zip(&checks) {
            for term in check.required().unwrap_or_default() {
                waiting[term as usize].push(number);
            }
        }
        let terms = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(&builder.texts)
            .context("the automaton is too large")?;
        let feeds = rules.iter().map(|rule| rule.feeds.clone()).collect();
        Ok(Self { terms, is_prefix: builder.is_prefix, checks, feeds, waiting })
    }

    pub fn scratch(&self) -> Scratch {
        let terms = self.is_prefix.len();
        Scratch {
            found: vec![0; terms],
            found_in_title: vec![0; terms],
            seen: vec![0; self.checks.len()],
            run: 0,
            text: String::new(),
            hits: Vec::new(),
        }
    }

    /// The rules that match, by index, in order.
    pub fn matches(&self, article: &ArticleText, feeds: &[FeedFacts], scratch: &mut Scratch) -> Vec<usize> {
        let title = scratch.read(article);
        for found in self.terms.find_overlapping_iter(&scratch.text) {
            let term = found.pattern().as_usize();
            let (before, after) = (&scratch.text[..found.start()], &scratch.text[found.end()..]);
            let begins = !before.ends_with(char::is_alphanumeric);
            let ends = self.is_prefix[term] || !after.starts_with(char::is_alphanumeric);
            if !begins || !ends {
                continue;
            }
            scratch.found[term] = scratch.run;
            if found.end() <= title {
                scratch.found_in_title[term] = scratch.run;
            }
            scratch.hits.push(Hit { term: term as u32, start: found.start(), end: found.end() });
        }
        let mut matching = Vec::new();
        for at in 0..scratch.hits.len() {
            for &rule in &self.waiting[scratch.hits[at].term as usize] {
                let rule = rule as usize;
                let is_new = std::mem::replace(&mut scratch.seen[rule], scratch.run) != scratch.run;
                if is_new && self.covers(rule, feeds) && self.checks[rule].holds(scratch) {
                    matching.push(rule);
                }
            }
        }
        matching.sort_unstable();
        matching
    }

    fn covers(&self, rule: usize, feeds: &[FeedFacts]) -> bool {
        let selectors = &self.feeds[rule];
        selectors.is_empty() || feeds.iter().any(|feed| selectors.iter().any(|selector| selector.selects(feed)))
    }
}

impl Scratch {
    /// Takes the article's text, in blocks with a line break between; where the title ends.
    fn read(&mut self, article: &ArticleText) -> usize {
        self.run += 1;
        self.hits.clear();
        self.text.clear();
        self.text.push_str(article.headline.as_deref().unwrap_or_default());
        let title = self.text.len();
        let paragraphs = article.paragraphs.iter().map(|paragraph| paragraph.text.as_str());
        for block in article.summary.as_deref().into_iter().chain(paragraphs) {
            self.text.push('\n');
            self.text.push_str(block);
        }
        title
    }

    fn near(&self, steps: usize, left: &[u32], right: &[u32]) -> bool {
        let of =
            |terms: &[u32]| -> Vec<Hit> { self.hits.iter().filter(|hit| terms.contains(&hit.term)).copied().collect() };
        let (left, right) = (of(left), of(right));
        left.iter().any(|a| right.iter().any(|b| self.words_between(*a, *b).is_some_and(|words| words < steps)))
    }

    /// `None` where the hits overlap or a block ends between them.
    fn words_between(&self, a: Hit, b: Hit) -> Option<usize> {
        let (first, second) = if a.start <= b.start { (a, b) } else { (b, a) };
        let between = self.text.get(first.end..second.start).filter(|text| !text.contains('\n'))?;
        Some(between.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).count())
    }
}

impl Check {
    fn holds(&self, scratch: &Scratch) -> bool {
        match self {
            Self::Term { term, in_title: true } => scratch.found_in_title[*term as usize] == scratch.run,
            Self::Term { term, in_title: false } => scratch.found[*term as usize] == scratch.run,
            Self::Never => false,
            Self::All(parts) => parts.iter().all(|part| part.holds(scratch)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(scratch)),
            Self::Not(part) => !part.holds(scratch),
            Self::AtLeast(count, parts) => parts.iter().filter(|part| part.holds(scratch)).count() >= *count,
            Self::Near(steps, left, right) => scratch.near(*steps, left, right),
        }
    }

    /// Terms of which one must be found; of all such lists the shortest.
    fn required(&self) -> Option<Vec<u32>> {
        match self {
            Self::Term { term, .. } => Some(vec![*term]),
            Self::Never => Some(Vec::new()),
            Self::All(parts) => parts.iter().filter_map(Self::required).min_by_key(Vec::len),
            Self::Any(parts) | Self::AtLeast(_, parts) => {
                let lists: Option<Vec<Vec<u32>>> = parts.iter().map(Self::required).collect();
                Some(lists?.concat())
            }
            Self::Not(_) => None,
            Self::Near(_, left, right) => Some(if left.len() <= right.len() { left.to_vec() } else { right.to_vec() }),
        }
    }
}

#[derive(Default)]
struct Builder {
    texts: Vec<String>,
    is_prefix: Vec<bool>,
    known: HashMap<(String, bool), u32>,
}

impl Builder {
    fn check(&mut self, part: &Part) -> Check {
        let mut all = |parts: &[Part]| parts.iter().map(|part| self.check(part)).collect();
        match part {
            Part::All(parts) => Check::All(all(parts)),
            Part::Any(parts) => Check::Any(all(parts)),
            Part::AtLeast(count, parts) => Check::AtLeast(*count, all(parts)),
            Part::Not(part) => Check::Not(Box::new(self.check(part))),
            Part::Near(steps, sides) => {
                let [left, right] = [&sides[0], &sides[1]]
                    .map(|side| side.terms().into_iter().filter_map(|term| self.number(term)).collect());
                Check::Near(*steps, left, right)
            }
            Part::Term(term) => match self.number(term) {
                Some(number) => Check::Term { term: number, in_title: term.in_title },
                None => Check::Never,
            },
        }
    }

    fn number(&mut self, term: &Term) -> Option<u32> {
        if term.form == Form::Fuzzy {
            return None;
        }
        let is_prefix = term.form == Form::Prefix;
        let next = self.texts.len() as u32;
        let number = *self.known.entry((term.text.clone(), is_prefix)).or_insert(next);
        if number == next {
            self.texts.push(term.text.clone());
            self.is_prefix.push(is_prefix);
        }
        Some(number)
    }
}
