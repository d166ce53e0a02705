//! Feeds and tags that a query names and that are not there.

use std::collections::BTreeSet;

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
    tags: Vec<&'a str>,
}

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
            tags: tags.into_iter().collect(),
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
        let words = format!(" {} ", pattern.spelled());
        let has_words = |tag: &str| spelled(tag).is_some_and(|tag| format!(" {tag} ").contains(&words));
        if !is_plain || leaf.term.contains(char::is_numeric) || self.tags.iter().any(|tag| has_words(tag)) {
            return None;
        }
        let is_near = |tag: &str| {
            let (tag, words) = (spelled(tag).unwrap_or_default(), words.trim());
            let letters = tag.chars().count().min(words.chars().count());
            let allowed = if letters < LONG_TAG { 1 } else { 2 };
            letters >= SHORTEST_TAG && strsim::osa_distance(&tag, words) <= allowed
        };
        let tag = self.tags.iter().copied().find(|tag| is_near(tag))?;
        let note = Note::new(node.written.span().clone(), format!("no feed has the tag `{}`; articles may", leaf.term));
        Some(note.with_hint(format!("did you mean `tag:{}`?", quoted(tag))))
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
