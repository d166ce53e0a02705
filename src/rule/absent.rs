//! Feeds and tags that a query names and that are not there.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::node::{Asked, Leaf, Node, NodeKind, Scope};
use super::note::{Note, closest};
use super::pattern::{Comparison, Form, Pattern};
use super::query::Query;
use super::words::Splitting;

/// The feeds that are watched, and their tags, as queries name them.
#[derive(Debug)]
pub struct FeedNames<'a> {
    names: Vec<&'a str>,
    /// The words of each name, with a blank between, and with none.
    spelled: BTreeSet<String>,
    joined: BTreeSet<String>,
    tags: Tags<'a>,
}

/// Spelled once, however many rules name one.
#[derive(Debug)]
struct Tags<'a> {
    /// Every run of words in a tag, as the words of a term find it.
    runs: HashSet<String>,
    /// The tags with their words, by how many letters those have.
    by_length: BTreeMap<usize, Vec<(&'a str, String)>>,
}

/// A tag of more words is found as a whole or by as many from its beginning.
const WORDS_OF_A_TAG: usize = 12;

/// Feeds that are listed where a name is like none of them.
const FEW: usize = 5;

/// A tag with fewer letters is too much like too many others.
const SHORTEST_TAG: usize = 4;

/// From so many letters on, two may be off.
const LONG_TAG: usize = 7;

impl<'a> FeedNames<'a> {
    pub fn new(names: impl IntoIterator<Item = &'a str>, tags: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        let words = || names.iter().filter_map(|name| spelled(name));
        Self {
            spelled: words().collect(),
            joined: words().map(|words| words.replace(' ', "")).collect(),
            tags: Tags::new(tags),
            names,
        }
    }

    /// Whether a feed has the name, or one that begins so.
    fn has(&self, leaf: &Leaf, pattern: &Pattern) -> bool {
        let words = pattern.spelled();
        let is_beginning = leaf.term.ends_with('*');
        let is_in = |names: &BTreeSet<String>, words: &str| match is_beginning {
            true => names.range(words.to_owned()..).next().is_some_and(|name| name.starts_with(words)),
            false => names.contains(words),
        };
        let is_joined = pattern.pieces().iter().any(|piece| piece.joined.is_some());
        let inner = words.split(' ').count() > 1 && leaf.term.matches('*').count() > usize::from(is_beginning);
        inner || is_in(&self.spelled, &words) || (is_joined && is_in(&self.joined, &words.replace(' ', "")))
    }

    fn unknown_feed(&self, node: &Node, leaf: &Leaf, pattern: &Pattern) -> Option<Note> {
        if self.names.is_empty() || self.has(leaf, pattern) {
            return None;
        }
        let hint = match closest(leaf.term.trim_end_matches('*'), self.names.iter().copied()) {
            Some(name) => format!("did you mean `feed:{}`?", quoted(name)),
            None if self.names.len() <= FEW => {
                let names: Vec<String> = self.names.iter().map(|name| format!("`{name}`")).collect();
                format!("what is watched: {}", names.join(", "))
            }
            None => "`wirewatch feeds` lists them".to_owned(),
        };
        let beginning = if leaf.term.ends_with('*') { "whose name begins with" } else { "with the name" };
        let name = leaf.term.trim_end_matches('*');
        Some(Note::new(node.written.span().clone(), format!("there is no feed {beginning} `{name}`")).with_hint(hint))
    }

    /// A tag may be an article's own; only one that is nearly a feed's is doubtful.
    fn misspelt_tag(&self, node: &Node, leaf: &Leaf, pattern: &Pattern) -> Option<Note> {
        let is_plain = pattern.pieces().iter().flat_map(|piece| &piece.words).all(|word| word.form == Form::Whole);
        let words = pattern.spelled();
        if !is_plain || leaf.term.contains(char::is_numeric) || self.tags.runs.contains(&words) {
            return None;
        }
        let tag = self.tags.near(&words)?;
        let note = Note::new(node.written.span().clone(), format!("no feed has the tag `{}`; articles may", leaf.term));
        Some(note.with_hint(format!("did you mean `tag:{}`?", quoted(tag))))
    }
}

impl<'a> Tags<'a> {
    fn new(tags: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut runs, mut by_length) = (HashSet::new(), BTreeMap::<usize, Vec<_>>::new());
        for tag in tags {
            let Some(words) = spelled(tag) else { continue };
            let each: Vec<&str> = words.split(' ').take(WORDS_OF_A_TAG).collect();
            for first in 0..each.len() {
                runs.extend((first..each.len()).map(|last| each[first..=last].join(" ")));
            }
            runs.insert(words.clone());
            by_length.entry(words.chars().count()).or_default().push((tag, words));
        }
        Self { runs, by_length }
    }

    /// A tag that differs by a letter, or by two where both are long.
    fn near(&self, words: &str) -> Option<&'a str> {
        let letters = words.chars().count();
        let is_near = |tag: &str, length: usize| {
            let shorter = length.min(letters);
            let allowed = if shorter < LONG_TAG { 1 } else { 2 };
            shorter >= SHORTEST_TAG
                && length.abs_diff(letters) <= allowed
                && strsim::osa_distance(tag, words) <= allowed
        };
        let mut candidates = self
            .by_length
            .range(letters.saturating_sub(2)..=letters + 2)
            .flat_map(|(length, tags)| tags.iter().map(|(tag, words)| (*tag, words, *length)));
        candidates.find(|(_, tag, length)| is_near(tag, *length)).map(|(tag, ..)| tag)
    }
}

impl Query {
    /// Warnings for feeds that nobody watches, and for tags that are nearly those of feeds.
    ///
    /// The names are asked for only where the query needs them.
    pub fn misnamed<'n, 'a: 'n>(&self, known: impl Fn() -> &'n FeedNames<'a>) -> Vec<Note> {
        let mut notes = Vec::new();
        each_leaf(self.root(), &mut |node, leaf| {
            notes.extend(match &leaf.asked {
                Asked::Feed(pattern) => known().unknown_feed(node, leaf, pattern),
                Asked::Words(Scope::Tag, pattern) => known().misspelt_tag(node, leaf, pattern),
                _ => None,
            });
        });
        notes
    }
}

fn each_leaf(node: &Node, each: &mut impl FnMut(&Node, &Leaf)) {
    match &node.kind {
        NodeKind::Leaf(leaf) => each(node, leaf),
        _ => node.children().iter().for_each(|child| each_leaf(child, each)),
    }
}

/// The words of a name as they are compared.
fn spelled(name: &str) -> Option<String> {
    Pattern::read(name, Comparison::Folded, Splitting::Prose).map(|pattern| pattern.spelled())
}

/// As a query names it.
fn quoted(name: &str) -> String {
    if name.contains(|c: char| !c.is_alphanumeric() && !"-_.".contains(c)) {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}
