//! Rules, and which of them match a version.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use super::anchor::{self, Anchor, Target};
use super::evaluate::Evaluation;
use super::frequency::Frequencies;
use super::lexicon::TermId;
use super::program::{Compiler, OpId, Program};
use super::query::Query;
use super::reading::Reading;
use super::subject::Subject;
use super::texts::Texts;
use crate::model::{Event, FeedFacts, Match, Severity};

/// `[[rule]]`, checked: a query with the conditions under which it alerts.
#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    pub query: Query,
    /// Empty: all feeds.
    pub feeds: Vec<FeedSelector>,
    pub on: Vec<Event>,
    pub min_severity: Severity,
    /// Names of recipients.
    pub to: Vec<String>,
    /// Passes quiet hours.
    pub urgent: bool,
}

/// Which feeds a rule is about: one by its name, or all with a tag (`tag:world`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedSelector {
    Name(String),
    Tag(String),
}

/// The rules of a configuration, filed so that a version is held against few of them.
#[derive(Debug, Default)]
pub struct RuleSet {
    program: Program,
    names: Texts,
    queries: Texts,
    rules: Vec<Compiled>,
    conditions: Vec<Conditions>,
    postings: Postings,
}

/// A rule of a set.
#[derive(Debug, Clone, Copy)]
struct Compiled {
    root: OpId,
    /// Its place among the conditions, which many rules share.
    conditions: u32,
}

/// When and for whom a rule alerts, as [`Rule`] says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Conditions {
    feeds: Vec<FeedSelector>,
    on: Vec<Event>,
    min_severity: Severity,
    to: Vec<String>,
    urgent: bool,
}

/// One rule of a [`RuleSet`]; see [`Rule`].
#[derive(Debug, Clone, Copy)]
pub struct RuleRef<'a> {
    pub name: &'a str,
    /// As it was written.
    pub query: &'a str,
    pub feeds: &'a [FeedSelector],
    pub on: &'a [Event],
    pub min_severity: Severity,
    pub to: &'a [String],
    pub urgent: bool,
    /// Whether it asks how a version differs from the one before: `added:`, `removed:` or `event:corrected`.
    pub uses_change: bool,
}

/// Which rules to look at for the terms that a version has.
#[derive(Debug, Default)]
struct Postings {
    /// Where the postings of each term begin; one more for the end.
    starts: Vec<u32>,
    all: Vec<Posting>,
    /// Rules that no term of a version can be asked for, in order.
    always: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Posting {
    rule: u32,
    /// A term that the version must have besides, or the term of the posting again.
    guard: TermId,
}

impl Conditions {
    /// Whether one of the feeds is among those that the rule is about.
    fn covers(&self, feeds: &[FeedFacts]) -> bool {
        self.feeds.is_empty() || feeds.iter().any(|feed| self.feeds.iter().any(|selector| selector.selects(feed)))
    }
}

impl FeedSelector {
    pub fn selects(&self, feed: &FeedFacts) -> bool {
        match self {
            Self::Name(name) => feed.name == *name,
            Self::Tag(tag) => feed.tags.contains(tag),
        }
    }
}

impl FromStr for FeedSelector {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.strip_prefix("tag:") {
            Some(tag) => Self::Tag(tag.trim().to_owned()),
            None => Self::Name(text.to_owned()),
        })
    }
}

impl fmt::Display for FeedSelector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::Tag(tag) => write!(formatter, "tag:{tag}"),
        }
    }
}

impl RuleSet {
    /// Files the rules by what is thought to be rare in their queries.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self::with_frequencies(rules, &Frequencies::default())
    }

    /// Files the rules by what was found to be rare in what is watched. They match the same.
    pub fn with_frequencies(rules: impl IntoIterator<Item = Rule>, frequencies: &Frequencies) -> Self {
        let mut builder = Builder::default();
        rules.into_iter().for_each(|rule| builder.add(rule));
        builder.finish(frequencies)
    }

    pub fn len(&self) -> usize {
        self.rules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub fn rule(&self, index: usize) -> RuleRef<'_> {
        let rule = self.rules[index];
        let (number, conditions) = (index as u32, &self.conditions[rule.conditions as usize]);
        RuleRef {
            name: self.names.get(number),
            query: self.queries.get(number),
            feeds: &conditions.feeds,
            on: &conditions.on,
            min_severity: conditions.min_severity,
            to: &conditions.to,
            urgent: conditions.urgent,
            uses_change: self.program.uses_change(rule.root),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = RuleRef<'_>> {
        (0..self.len()).map(|index| self.rule(index))
    }

    /// The rules that every version is held against, since there is no word without which they cannot match.
    pub fn unanchored(&self) -> impl Iterator<Item = RuleRef<'_>> {
        self.postings.always.iter().map(|index| self.rule(*index as usize))
    }

    /// Whether a rule asks how a version differs from the one before.
    pub fn uses_change(&self) -> bool {
        self.program.looks_at_changes()
    }

    /// The rules that match the version and cover one of its feeds, by index, in order, each with where its terms
    /// stand: sorted, without repeats, at most 200; empty where it matches by what is not there alone.
    pub fn matches(&self, subject: &Subject<'_>, feeds: &[FeedFacts]) -> Vec<(usize, Vec<Match>)> {
        self.matching(subject, feeds, |evaluation, root| evaluation.matches(root))
    }

    /// The rules that match the version and cover one of its feeds, by index, in order.
    pub fn which_match(&self, subject: &Subject<'_>, feeds: &[FeedFacts]) -> Vec<usize> {
        let found = self.matching(subject, feeds, |evaluation, root| evaluation.holds(root).then_some(()));
        found.into_iter().map(|(index, ())| index).collect()
    }

    fn matching<T>(
        &self,
        subject: &Subject<'_>,
        feeds: &[FeedFacts],
        ask: impl Fn(Evaluation<'_>, OpId) -> Option<T>,
    ) -> Vec<(usize, T)> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let reading = Reading::new(subject, &self.program.lexicon, self.program.places());
        let evaluation = Evaluation { program: &self.program, reading: &reading };
        let candidates = self.postings.candidates(&reading).into_iter();
        let found = candidates.filter_map(|index| {
            let rule = self.rules[index as usize];
            let is_meant = self.conditions[rule.conditions as usize].covers(feeds) && evaluation.holds(rule.root);
            if !is_meant {
                return None;
            }
            Some((index as usize, ask(evaluation, rule.root)?))
        });
        found.collect()
    }
}

impl Postings {
    fn new(mut filed: Vec<(TermId, Posting)>, always: Vec<u32>, terms: usize) -> Self {
        filed.sort_unstable_by_key(|(term, posting)| (*term, posting.rule, posting.guard));
        filed.dedup_by_key(|(term, posting)| (*term, posting.rule, posting.guard));
        let mut starts = vec![0; terms + 1];
        filed.iter().for_each(|(term, _)| starts[*term as usize + 1] += 1);
        for term in 0..terms {
            starts[term + 1] += starts[term];
        }
        let all = filed.into_iter().map(|(_, posting)| posting).collect();
        Self { starts, all, always }
    }

    fn of(&self, term: TermId) -> &[Posting] {
        &self.all[self.starts[term as usize] as usize..self.starts[term as usize + 1] as usize]
    }

    /// The rules that may match, in order, each once.
    fn candidates(&self, reading: &Reading<'_>) -> Vec<u32> {
        let mut candidates = self.always.clone();
        for term in reading.present() {
            let postings = self.of(term).iter();
            let guarded = postings.filter(|posting| posting.guard == term || reading.has(posting.guard));
            candidates.extend(guarded.map(|posting| posting.rule));
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}

/// Takes rules one by one, so that a query is let go when the next is taken.
#[derive(Default)]
struct Builder {
    compiler: Compiler,
    names: Texts,
    queries: Texts,
    rules: Vec<Compiled>,
    conditions: Vec<Conditions>,
    known_conditions: HashMap<Conditions, u32>,
}

impl Builder {
    fn add(&mut self, rule: Rule) {
        let root = self.compiler.add(rule.query.root());
        self.names.push(&rule.name);
        self.queries.push(rule.query.text());
        let Rule { feeds, on, min_severity, to, urgent, .. } = rule;
        let conditions = Conditions { feeds, on, min_severity, to, urgent };
        let conditions = *self.known_conditions.entry(conditions).or_insert_with_key(|conditions| {
            self.conditions.push(conditions.clone());
            (self.conditions.len() - 1) as u32
        });
        self.rules.push(Compiled { root, conditions });
    }

    fn finish(mut self, frequencies: &Frequencies) -> RuleSet {
        let mut program = self.compiler.finish();
        let (mut filed, mut always) = (Vec::new(), Vec::new());
        for (rule, number) in self.rules.iter().zip(0..) {
            match anchor::anchors(&program, rule.root, frequencies) {
                Some(anchors) => filed.extend(anchors.iter().map(|anchor| file(&mut program, anchor, number))),
                None => always.push(number),
            }
        }
        let postings = Postings::new(filed, always, program.lexicon.len());
        program.lexicon.shrink();
        self.names.shrink();
        self.queries.shrink();
        self.rules.shrink_to_fit();
        RuleSet {
            program,
            names: self.names,
            queries: self.queries,
            rules: self.rules,
            conditions: self.conditions,
            postings,
        }
    }
}

/// Under which term an anchor files its rule.
fn file(program: &mut Program, anchor: &Anchor, rule: u32) -> (TermId, Posting) {
    let term = match anchor.term {
        Target::Term(term) => term,
        Target::Pair(first, second) => program.lexicon.learn_pair(first, second),
    };
    let guard = if anchor.guard == super::lexicon::NONE { term } else { anchor.guard };
    (term, Posting { rule, guard })
}
