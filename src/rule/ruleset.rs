//! Rules, and which of them match a version.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::anchor;
use super::evaluate::Evaluation;
use super::frequency::Frequencies;
use super::postings::Postings;
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
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    rules: Arc<Rules>,
    postings: Postings,
}

#[derive(Debug, Default)]
struct Rules {
    program: Program,
    /// Each rule's name and query with [`BETWEEN`] them: one text takes less room than two.
    texts: Texts,
    compiled: Vec<Compiled>,
    conditions: Vec<Conditions>,
}

/// No name has it.
const BETWEEN: char = '\0';

/// A rule of a set.
#[derive(Debug, Clone, Copy)]
struct Compiled {
    root: OpId,
    /// Its place among the conditions, which many rules share.
    conditions: u32,
}

/// When and for whom a rule alerts, as [`Rule`] says, and what [`RuleRef`] says of its query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Conditions {
    feeds: Vec<FeedSelector>,
    on: Vec<Event>,
    min_severity: Severity,
    to: Vec<String>,
    urgent: bool,
    uses_change: bool,
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
        let mut builder = Builder::default();
        rules.into_iter().for_each(|rule| builder.add(rule));
        let rules = builder.finish();
        Self { postings: rules.filed(&Frequencies::default()), rules: Arc::new(rules) }
    }

    /// The same rules, filed by what was found to be rare in what is watched. They match the same.
    pub fn filed_by(&self, frequencies: &Frequencies) -> Self {
        Self { postings: self.rules.filed(frequencies), rules: Arc::clone(&self.rules) }
    }

    pub fn len(&self) -> usize {
        self.rules.compiled.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rules.compiled.is_empty()
    }

    pub fn rule(&self, index: usize) -> RuleRef<'_> {
        let rules = &*self.rules;
        let (number, rule) = (index as u32, rules.compiled[index]);
        let conditions = &rules.conditions[rule.conditions as usize];
        let (name, query) = rules.texts.get(number).split_once(BETWEEN).unwrap_or_default();
        RuleRef {
            name,
            query,
            feeds: &conditions.feeds,
            on: &conditions.on,
            min_severity: conditions.min_severity,
            to: &conditions.to,
            urgent: conditions.urgent,
            uses_change: conditions.uses_change,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = RuleRef<'_>> {
        (0..self.len()).map(|index| self.rule(index))
    }

    /// The rules that every version is held against, since there is no word without which they cannot match.
    pub fn unanchored(&self) -> impl Iterator<Item = RuleRef<'_>> {
        self.postings.always().iter().map(|index| self.rule(*index as usize))
    }

    /// Whether a rule asks how a version differs from the one before.
    pub fn uses_change(&self) -> bool {
        self.rules.program.looks_at_changes()
    }

    /// The rules that match the version and cover one of its feeds, by index, in order, each with where its terms
    /// stand: sorted, without repeats, at most 200; empty where it matches by what is not there alone.
    pub fn matches(&self, subject: &Subject<'_>, feeds: &[FeedFacts]) -> Vec<(usize, Vec<Match>)> {
        let mut room = Vec::new();
        self.matching(subject, feeds, |evaluation, root| evaluation.matches_by(root, &mut room))
    }

    /// The rules that match the version and cover one of its feeds, by index, in order.
    pub fn which_match(&self, subject: &Subject<'_>, feeds: &[FeedFacts]) -> Vec<usize> {
        let found = self.matching(subject, feeds, |_, _| Some(()));
        found.into_iter().map(|(index, ())| index).collect()
    }

    fn matching<T>(
        &self,
        subject: &Subject<'_>,
        feeds: &[FeedFacts],
        mut ask: impl FnMut(Evaluation<'_>, OpId) -> Option<T>,
    ) -> Vec<(usize, T)> {
        if self.is_empty() {
            return Vec::new();
        }
        let Rules { program, compiled, conditions, .. } = &*self.rules;
        let reading = Reading::new(subject, &program.lexicon, program.places());
        let evaluation = Evaluation { program, reading: &reading };
        let mut found = Vec::new();
        for index in self.postings.candidates(&reading) {
            let rule = compiled[index as usize];
            // Most do not hold, which is known sooner than where the terms stand.
            if !conditions[rule.conditions as usize].covers(feeds) || !evaluation.holds(rule.root) {
                continue;
            }
            found.extend(ask(evaluation, rule.root).map(|told| (index as usize, told)));
        }
        found
    }
}

impl Rules {
    fn filed(&self, frequencies: &Frequencies) -> Postings {
        let anchors = self.compiled.iter().map(|rule| anchor::anchors(&self.program, rule.root, frequencies));
        Postings::new(anchors, self.program.lexicon.len())
    }
}

/// Takes rules one by one, so that a query is let go when the next is taken.
#[derive(Default)]
struct Builder {
    compiler: Compiler,
    texts: Texts,
    compiled: Vec<Compiled>,
    conditions: Vec<Conditions>,
    known_conditions: HashMap<Conditions, u32>,
}

impl Builder {
    fn add(&mut self, rule: Rule) {
        let (root, uses_change) = self.compiler.add(rule.query.root());
        self.texts.push(&format!("{}{BETWEEN}{}", rule.name, rule.query.text()));
        let Rule { feeds, on, min_severity, to, urgent, .. } = rule;
        let conditions = Conditions { feeds, on, min_severity, to, urgent, uses_change };
        let conditions = *self.known_conditions.entry(conditions).or_insert_with_key(|conditions| {
            self.conditions.push(conditions.clone());
            (self.conditions.len() - 1) as u32
        });
        self.compiled.push(Compiled { root, conditions });
    }

    fn finish(mut self) -> Rules {
        self.texts.shrink();
        self.compiled.shrink_to_fit();
        Rules {
            program: self.compiler.finish(),
            texts: self.texts,
            compiled: self.compiled,
            conditions: self.conditions,
        }
    }
}
