//! Rules, and which of them match a version.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use super::query::Query;
use super::subject::{BEFORE, NOW, Place, Subject};
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

/// The rules of a configuration, ordered so that a version is held against few of them.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    /// Rules that cannot match without one of these words, folded.
    by_word: HashMap<Box<str>, Vec<usize>>,
    /// Rules for which no such words are known, in order.
    always: Vec<usize>,
    /// Whether words of the version before can make a rule match.
    looks_back: bool,
}

impl Rule {
    /// Whether one of the feeds is among those that the rule is about.
    pub fn covers(&self, feeds: &[FeedFacts]) -> bool {
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
    pub fn new(rules: Vec<Rule>) -> Self {
        let mut set = Self { looks_back: rules.iter().any(|rule| rule.query.uses_change()), ..Self::default() };
        for (index, rule) in rules.iter().enumerate() {
            match rule.query.root().anchors() {
                Some(words) => words.into_iter().for_each(|word| set.file(word, index)),
                None => set.always.push(index),
            }
        }
        set.rules = rules;
        set
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules that match the version and cover one of its feeds, by index, in order.
    pub fn matches(&self, subject: &Subject, feeds: &[FeedFacts]) -> Vec<(usize, Vec<Match>)> {
        let covering = self.candidates(subject).into_iter().filter(|index| self.rules[*index].covers(feeds));
        covering.filter_map(|index| Some((index, self.rules[index].query.matches(subject)?))).collect()
    }

    fn file(&mut self, word: &str, index: usize) {
        let rules = self.by_word.entry(word.into()).or_default();
        if rules.last() != Some(&index) {
            rules.push(index);
        }
    }

    /// The rules that one of the version's words can make match, and those that always may.
    fn candidates(&self, subject: &Subject) -> BTreeSet<usize> {
        let mut candidates: BTreeSet<usize> = self.always.iter().copied().collect();
        if self.by_word.is_empty() {
            return candidates;
        }
        let before: &[Place] = if self.looks_back { &BEFORE } else { &[] };
        for place in NOW.iter().chain(before) {
            for word in subject.stream(*place).spellings() {
                candidates.extend(self.by_word.get(word).into_iter().flatten());
            }
        }
        candidates
    }
}
