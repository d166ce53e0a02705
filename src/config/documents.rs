//! Reads the configuration's file and those it includes.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::files::{Files, reason, resolve};
use super::keys;
use super::report::Report;
use super::source::Place;
use super::tree::{self, Entry, Kind};

const MOST_FILES: usize = 10_000;
const DEEPEST: usize = 32;
/// One slip often upsets the parser several times.
const MOST_SYNTAX_ERRORS: usize = 3;

/// A file that is TOML.
#[derive(Debug)]
pub(super) struct Document {
    pub source: usize,
    pub entries: Vec<Entry>,
}

/// The file and all that it includes, each once, a file before those it includes.
pub(super) fn gather(path: &Path, files: &dyn Files, report: &mut Report) -> Vec<Document> {
    let mut gathering = Gathering { files, documents: Vec::new(), open: Vec::new(), seen: HashSet::new() };
    let path = resolve(Path::new(""), &path.to_string_lossy());
    match files.read(&path) {
        Ok(text) => gathering.add(path, text, report),
        Err(error) => {
            let source = report.add_source(path, String::new());
            report
                .error(Place::whole(source), format!("the configuration cannot be read: {}", reason(&error)))
                .hint(help(&error));
        }
    }
    gathering.documents
}

fn help(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "`wirewatch init` writes one to begin with",
        io::ErrorKind::IsADirectory => "name a file in it",
        io::ErrorKind::PermissionDenied => "the account that wirewatch runs as has to be allowed to read it",
        _ => "`--config FILE` names another one",
    }
}

struct Gathering<'f> {
    files: &'f dyn Files,
    documents: Vec<Document>,
    /// The chain of files that led here.
    open: Vec<PathBuf>,
    seen: HashSet<PathBuf>,
}

impl Gathering<'_> {
    fn add(&mut self, path: PathBuf, text: String, report: &mut Report) {
        self.seen.insert(path.clone());
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let source = report.add_source(path.clone(), text);
        let (table, errors) = DeTable::parse_recoverable(&report.source(source).text);
        let entries = tree::entries(table.get_ref(), source);
        hide_secrets(&entries, report);
        if !errors.is_empty() {
            report_syntax(&errors, source, report);
            return;
        }
        let includes = includes(&entries);
        self.documents.push(Document { source, entries });
        self.open.push(path);
        for include in includes {
            self.include(include, report);
        }
        self.open.pop();
    }

    fn include(&mut self, (typed, place): (String, Place), report: &mut Report) {
        let path = resolve(report.source(place.source).folder(), &typed);
        if self.open.len() >= DEEPEST || self.seen.len() >= MOST_FILES {
            report.error(place, "too many files are included");
            return;
        }
        if is_pattern(&typed) {
            self.include_matching(&path, place, report);
            return;
        }
        if let Some(start) = self.open.iter().position(|open| *open == path) {
            let chain: Vec<String> =
                self.open[start..].iter().chain([&path]).map(|path| format!("`{}`", path.display())).collect();
            report.error(place, format!("the files include each other: {}", chain.join(" → ")));
            return;
        }
        if self.seen.contains(&path) {
            return;
        }
        match self.files.read(&path) {
            Ok(text) => self.add(path, text, report),
            Err(error) => refuse(&path, &error, place, report),
        }
    }

    fn include_matching(&mut self, pattern: &Path, place: Place, report: &mut Report) {
        let matching = match self.files.matching(pattern) {
            Ok(matching) => matching,
            Err(error) => return refuse(pattern, &error, place, report),
        };
        if matching.is_empty() {
            report.warning(place, "no file matches this");
        }
        for path in matching {
            let path = resolve(Path::new(""), &path.to_string_lossy());
            // A pattern may well match the file it stands in.
            if self.seen.contains(&path) {
                continue;
            }
            if self.seen.len() >= MOST_FILES {
                report.error(place, "too many files are included");
                return;
            }
            match self.files.read(&path) {
                Ok(text) => self.add(path, text, report),
                Err(error) => refuse(&path, &error, place, report),
            }
        }
    }
}

pub(super) fn is_pattern(typed: &str) -> bool {
    typed.contains(['*', '?', '['])
}

fn refuse(path: &Path, error: &io::Error, place: Place, report: &mut Report) {
    report.error(place, format!("`{}` cannot be read: {}", path.display(), reason(error)));
}

/// The files that a table wants included. Whatever else stands there is told when the whole table is read.
fn includes(entries: &[Entry]) -> Vec<(String, Place)> {
    let Some(include) = entries.iter().find(|entry| entry.key == "include") else { return Vec::new() };
    let nodes = match &include.value.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(&include.value),
    };
    let typed = nodes.iter().filter_map(|node| match &node.kind {
        Kind::Text(text) => Some((text.clone(), node.place)),
        _ => None,
    });
    typed.collect()
}

fn hide_secrets(entries: &[Entry], report: &mut Report) {
    for Entry { key, value, .. } in entries {
        if keys::is_secret(key) {
            report.hide(value.place);
        }
        match &value.kind {
            Kind::Table(inner) => hide_secrets(inner, report),
            Kind::List(items) => {
                for item in items {
                    if let Kind::Table(inner) = &item.kind {
                        hide_secrets(inner, report);
                    }
                }
            }
            _ => {}
        }
    }
}

fn report_syntax(errors: &[toml::de::Error], source: usize, report: &mut Report) {
    report.distrust(source);
    for error in errors.iter().take(MOST_SYNTAX_ERRORS) {
        let place = error.span().map_or(Place::whole(source), |span| Place::new(source, span));
        let (message, expected) = match error.message().split_once(", expected ") {
            Some((message, expected)) => (message, (expected != "nothing").then(|| format!("expected {expected}"))),
            None => (error.message(), None),
        };
        match message {
            "duplicate key" => {
                let key =
                    error.span().and_then(|span| report.source(source).text.get(span)).unwrap_or_default().to_owned();
                report.error(place, format!("`{key}` is set twice")).hint("keep one of them");
            }
            "string values must be quoted" => {
                report.error(place, "this is not TOML: a string stands in quotes").hint("write `\"…\"`");
            }
            "missing escaped value" => {
                let message = "this is not TOML: in double quotes every `\\` is written twice";
                report.error(place, message).hint("put the text between single quotes: '…'");
            }
            "unexpected key or value" if follows_string(&report.source(source).text, error.span()) => {
                let message = "this is not TOML: the quote before this place has ended the text";
                report.error(place, message).hint("put a text that holds quotes between ''' and '''");
            }
            _ => {
                report.error(place, format!("this is not TOML: {message}")).maybe_hint(expected);
            }
        }
    }
}

/// Whether the place stands directly behind a quote.
fn follows_string(text: &str, span: Option<std::ops::Range<usize>>) -> bool {
    span.and_then(|span| text.get(..span.start)).is_some_and(|before| before.ends_with(['"', '\'']))
}
