//! Reads the tables of a configuration and reports what does not fit, each at its place.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use super::keys::{self, Schema};
use super::report::{Complaint, Finding, Report};
use super::source::Place;
use super::text::position_in_source;
use super::tree::{Entry, Kind, Node};
use crate::schedule::{parse_duration, show_duration};

/// The values of one section, perhaps gathered from several files. Each key stands in it once.
#[derive(Debug)]
pub(super) struct Section<'t> {
    pub schema: &'static Schema,
    /// The header, or the value of an inline table.
    pub place: Place,
    values: BTreeMap<&'static str, Value<'t>>,
}

/// A value with its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'t> {
    pub key: &'static str,
    pub key_place: Place,
    pub place: Place,
    kind: &'t Kind,
}

/// A string with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'t> {
    pub text: &'t str,
    pub place: Place,
}

impl<'t> Section<'t> {
    /// A section that no file has named.
    pub fn absent(schema: &'static Schema, place: Place) -> Self {
        Self { schema, place, values: BTreeMap::new() }
    }

    pub fn read(schema: &'static Schema, entries: &'t [Entry], place: Place, report: &mut Report) -> Self {
        let mut section = Self::absent(schema, place);
        section.add(entries, report);
        section
    }

    /// Adds the keys of a table; unknown ones, and ones that are there already, are reported.
    pub fn add(&mut self, entries: &'t [Entry], report: &mut Report) {
        for Entry { key, key_place, value } in entries {
            let Some(known) = self.schema.keys.iter().find(|known| *known == key) else {
                let hint = keys::suggest_key(self.schema, key);
                if hint.is_none() {
                    // What a key holds that is like none of ours may be anything, a secret included.
                    hide(value, report);
                }
                report.error(*key_place, format!("unknown key `{key}` {}", self.schema.place())).maybe_hint(hint);
                continue;
            };
            if let Some(first) = self.values.get(known) {
                report
                    .error(*key_place, format!("`{known}` {} is set twice", self.schema.place()))
                    .related(first.key_place, "it is set here first");
                continue;
            }
            let value = Value { key: known, key_place: *key_place, place: value.place, kind: &value.kind };
            self.values.insert(known, value);
        }
    }

    pub fn get(&self, key: &str) -> Option<Value<'t>> {
        debug_assert!(self.schema.keys.contains(&key), "`{key}` is missing in the list of keys");
        self.values.get(key).copied()
    }

    /// The value of a key that must be there.
    pub fn require(&self, key: &str, report: &mut Report) -> Option<Value<'t>> {
        let value = self.get(key);
        if value.is_none() {
            report.error(self.place, format!("`{key}` is missing {}", self.schema.place()));
        }
        value
    }

    pub fn text(&self, key: &str, report: &mut Report) -> Option<Text<'t>> {
        self.get(key)?.text(report)
    }

    pub fn boolean(&self, key: &str, report: &mut Report) -> Option<bool> {
        let value = self.get(key)?;
        if value.as_boolean().is_none() {
            value.reject_type("`true` or `false`", report);
        }
        value.as_boolean()
    }

    /// A whole number within bounds.
    pub fn number(&self, key: &str, bounds: RangeInclusive<u64>, report: &mut Report) -> Option<u64> {
        let value = self.get(key)?;
        let Kind::Number(number) = value.kind else {
            value.reject_type("a whole number", report);
            return None;
        };
        let number = number.filter(|number| bounds.contains(number));
        if number.is_none() {
            let message = format!("`{key}` must be a whole number from {} to {}", bounds.start(), bounds.end());
            report.error(value.place, message);
        }
        number
    }

    /// A duration within bounds.
    pub fn duration(&self, key: &str, bounds: RangeInclusive<Duration>, report: &mut Report) -> Option<Duration> {
        let value = self.get(key)?;
        if let Kind::Number(Some(number)) = value.kind {
            let hint = format!("write `\"{number}s\"`, `\"{number}m\"` or `\"{number}h\"`");
            value.reject_type("a duration in quotes", report).hint(hint);
            return None;
        }
        let text = value.text(report)?;
        let duration = text.parse(report, |text| parse_duration(text).map_err(Complaint::from))?;
        if !bounds.contains(&duration) {
            let (least, most) = (show_duration(*bounds.start()), show_duration(*bounds.end()));
            report.error(text.place, format!("`{key}` must be from `{least}` to `{most}`"));
            return None;
        }
        Some(duration)
    }

    /// A string that a function understands.
    pub fn parsed<T>(
        &self,
        key: &str,
        report: &mut Report,
        parse: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        self.text(key, report)?.parse(report, parse)
    }
}

impl<'t> Value<'t> {
    pub fn text(&self, report: &mut Report) -> Option<Text<'t>> {
        let text = self.as_text();
        if text.is_none() {
            self.reject_type("a string", report);
        }
        text
    }

    /// The string, if it is one.
    pub fn as_text(&self) -> Option<Text<'t>> {
        match self.kind {
            Kind::Text(text) => Some(Text { text, place: self.place }),
            _ => None,
        }
    }

    pub fn as_boolean(&self) -> Option<bool> {
        match self.kind {
            Kind::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<u64> {
        match self.kind {
            Kind::Number(number) => *number,
            _ => None,
        }
    }

    pub fn as_table(&self) -> Option<&'t [Entry]> {
        match self.kind {
            Kind::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// A list of strings, or one string in place of a list of one. Items of another type are reported and left out.
    pub fn texts(&self, report: &mut Report) -> Option<Vec<Text<'t>>> {
        match self.kind {
            Kind::Text(text) => Some(vec![Text { text, place: self.place }]),
            Kind::List(items) => Some(texts_of(self.key, items, report)),
            _ => {
                self.reject_type("a list of strings", report);
                None
            }
        }
    }

    /// The one table under `[mail]`.
    pub fn table(&self, report: &mut Report) -> Option<&'t [Entry]> {
        if self.as_table().is_none() {
            let hint = format!("write `[{}]` on a line of its own, and the keys below it", self.key);
            self.reject_type("a table", report).hint(hint);
        }
        self.as_table()
    }

    /// The tables under `[[feed]]`, each with the place of its header.
    pub fn tables(&self, report: &mut Report) -> Vec<(&'t [Entry], Place)> {
        let hint = format!("write `[[{}]]`, once for each", self.key);
        let Kind::List(items) = self.kind else {
            self.reject_type("a list of tables", report).hint(hint);
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(items.len());
        for item in items {
            match &item.kind {
                Kind::Table(entries) => tables.push((entries.as_slice(), item.place)),
                other => {
                    let message = format!("`{}` must hold only tables, and this is {}", self.key, other.name());
                    report.error(item.place, message).hint(hint.clone());
                }
            }
        }
        tables
    }

    pub fn reject_type<'r>(&self, expected: &str, report: &'r mut Report) -> &'r mut Finding {
        report.error(self.place, format!("`{}` must be {expected}, and this is {}", self.key, self.kind.name()))
    }
}

impl Text<'_> {
    /// Runs a function over the string; a complaint is reported at the part of the string that it names.
    pub fn parse<T>(&self, report: &mut Report, parse: impl FnOnce(&str) -> Result<T, Complaint>) -> Option<T> {
        match parse(self.text) {
            Ok(value) => Some(value),
            Err(Complaint { message, hint, span }) => {
                let place = span.map_or(self.place, |span| self.part(span, report));
                report.error(place, message).maybe_hint(hint);
                None
            }
        }
    }

    /// Where bytes of the string stand in the file, quotes and escapes counted.
    pub fn part(&self, span: Range<usize>, report: &Report) -> Place {
        let source = &report.source(self.place.source).text;
        let raw = source.get(self.place.start..self.place.end).unwrap_or_default();
        let start = position_in_source(raw, span.start);
        let end = position_in_source(raw, span.end).max(start);
        Place::new(self.place.source, self.place.start + start..self.place.start + end)
    }
}

/// Hides what a value holds; of a table the header stays, by which people find it.
fn hide(value: &Node, report: &mut Report) {
    match &value.kind {
        Kind::Table(entries) => entries.iter().for_each(|entry| hide(&entry.value, report)),
        Kind::List(items) => items.iter().for_each(|item| hide(item, report)),
        _ => report.hide(value.place),
    }
}

/// The strings of a table: `{ Accept-Language = "de" }`. Other types are reported and left out.
pub(super) fn strings_of<'t>(entries: &'t [Entry], report: &mut Report) -> Vec<(&'t Entry, Text<'t>)> {
    let mut strings = Vec::with_capacity(entries.len());
    for entry in entries {
        match &entry.value.kind {
            Kind::Text(text) => strings.push((entry, Text { text, place: entry.value.place })),
            other => {
                report.error(
                    entry.value.place,
                    format!("`{}` must be a string, and this is {}", entry.key, other.name()),
                );
            }
        }
    }
    strings
}

/// The lists of a table: `[sets]`. Other types are reported and left out.
pub(super) fn lists_of<'t>(entries: &'t [Entry], report: &mut Report) -> Vec<(&'t Entry, Vec<Text<'t>>)> {
    let mut lists = Vec::with_capacity(entries.len());
    for entry in entries {
        match &entry.value.kind {
            Kind::List(items) => lists.push((entry, texts_of(&entry.key, items, report))),
            other => {
                let message = format!("`{}` must be a list of strings, and this is {}", entry.key, other.name());
                report.error(entry.value.place, message).hint(format!("write `{} = [\"…\", \"…\"]`", entry.key));
            }
        }
    }
    lists
}

fn texts_of<'t>(key: &str, items: &'t [Node], report: &mut Report) -> Vec<Text<'t>> {
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match &item.kind {
            Kind::Text(text) => texts.push(Text { text, place: item.place }),
            other => {
                let message = format!("`{key}` must hold only strings, and this is {}", other.name());
                report.error(item.place, message);
            }
        }
    }
    texts
}
