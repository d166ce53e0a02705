//! The rule language: what it means for a version to match a query, and where its words stand. Pure.
//!
//! A query goes text → `lexer` → `parser` (with `term` for each word, `check` for the whole) → `Node` tree, and from
//! there into a `program` over numbered terms, which the `lexicon` knows; [`RuleSet`] has one program and one lexicon for
//! all rules, filed as `postings` under their `anchor`s. A version is a [`Subject`]; a `reading` turns it into words (by
//! `scan`, or the long way by `fold` and `words`) and into the terms among them, once. `evaluate`, `phrase` and `near`
//! hold a program against a reading.

mod absent;
mod address;
mod advice;
mod anchor;
mod changed;
mod check;
mod evaluate;
mod explanation;
mod field;
mod fold;
mod frequency;
mod idle;
mod index;
mod lexer;
mod lexicon;
mod likeness;
mod listed;
mod narrow;
mod near;
mod node;
mod note;
mod parser;
mod pattern;
mod phrase;
mod postings;
mod present;
mod program;
mod query;
mod reader;
mod reading;
mod ruleset;
mod scan;
mod sets;
mod subject;
mod term;
mod texts;
mod words;

pub use absent::FeedNames;
pub use explanation::{Apart, Closest, Explanation, Operator};
pub use frequency::Frequencies;
pub use index::index_words;
pub use narrow::Narrowing;
pub use note::{Note, Place};
pub use query::{Parsed, Query};
pub use ruleset::{FeedSelector, Rule, RuleRef, RuleSet};
pub use sets::Sets;
pub use subject::{About, Subject};
