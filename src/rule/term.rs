//! Compiles single terms of a query into leaves.

use std::ops::Range;

use regex::RegexBuilder;
use url::Host;

use super::field::Field;
use super::fold::{folded, is_unspaced, plain};
use super::lexer::{is_quote, is_star, is_tilde};
use super::node::{Asked, EventName, Leaf, Scope};
use super::note::{Note, did_you_mean};
use super::pattern::{Comparison, Pattern};
use super::words::Splitting;

/// Bytes that a compiled regular expression may take.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// Words of one phrase; what it costs to look for it grows with them.
const MAX_WORDS: usize = 200;

/// How a term is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Word,
    Phrase,
    Exact,
    /// One entry of a set: a word or phrase without quotes.
    Listed,
}

/// A term with its place in the query.
#[derive(Debug, Clone)]
pub(super) struct Term<'a> {
    /// Without quotes or `=`.
    pub text: &'a str,
    pub span: Range<usize>,
    pub style: Style,
}

/// Compiles a word or phrase for a field.
pub(super) fn compile(field: Field, term: &Term) -> Result<Leaf, Note> {
    match field {
        Field::Words(scope) => words(scope, term),
        Field::Site => site(term),
        Field::Feed => feed(term),
        Field::Language => language(term),
        Field::Event => event(term),
    }
}

/// Compiles a regular expression for a field.
pub(super) fn compile_regex(field: Field, source: &str, span: Range<usize>) -> Result<Leaf, Note> {
    let Field::Words(scope) = field else {
        let message = format!("`{}:` takes no regular expression", field.name());
        return Err(Note::new(span, message)
            .with_hint("they work on title, summary, text, author, tag, url, added and removed"));
    };
    if source.is_empty() {
        return Err(Note::new(span, "this regular expression is empty"));
    }
    let regex = RegexBuilder::new(source).size_limit(MAX_REGEX_BYTES).nest_limit(64).build();
    let regex = regex.map_err(|error| {
        let note = Note::new(span.clone(), format!("this regular expression does not compile: {}", reason(&error)));
        match error {
            regex::Error::CompiledTooBig(_) => note.with_hint("make its repetitions smaller"),
            _ if note.message.contains("look-around") => note.with_hint("say it with terms, AND and NOT"),
            _ => note.with_hint("a sign that is meant as such has a `\\` before it, as in `\\(`"),
        }
    })?;
    if regex.is_match("") {
        let note = Note::new(span, "this regular expression matches the empty text, and so every article");
        return Err(note.with_hint("ask for at least one character, with `+` in place of `*`"));
    }
    Ok(Leaf { term: format!("/{source}/"), asked: Asked::Regex(scope, regex) })
}

/// The sentence of a regex error, without its drawing of the expression.
fn reason(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "it becomes larger than 1 MB".to_owned(),
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.trim_start_matches("error:").trim().to_owned()
        }
    }
}

fn words(scope: Scope, term: &Term) -> Result<Leaf, Note> {
    let (text, comparison) = comparison(term);
    check_signs(term, text, comparison)?;
    let splitting = if scope == Scope::Url { Splitting::Address } else { Splitting::Prose };
    let pattern = Pattern::read(text, comparison, splitting).ok_or_else(|| nothing_in(term))?;
    if pattern.words() > MAX_WORDS {
        let note = Note::new(term.span.clone(), "this phrase has more than 200 words");
        return Err(note.with_hint("its first words will do"));
    }
    Ok(Leaf { term: label(text, comparison), asked: Asked::Words(scope, pattern) })
}

/// Takes off the signs that say how the term is to be compared.
fn comparison<'a>(term: &Term<'a>) -> (&'a str, Comparison) {
    let text = term.text;
    let is_loose = matches!(term.style, Style::Word | Style::Listed);
    if term.style == Style::Exact {
        return (text, Comparison::Exact);
    }
    if let (Style::Listed, Some(exact)) = (term.style, text.strip_prefix('=')) {
        return (exact.trim_matches(is_quote), Comparison::Exact);
    }
    let text = if term.style == Style::Listed { text.trim_matches(is_quote) } else { text };
    match text.strip_suffix(is_tilde) {
        Some(word) if is_loose => (word, Comparison::Fuzzy),
        _ => (text, Comparison::Folded),
    }
}

/// The term as matches name it.
fn label(text: &str, comparison: Comparison) -> String {
    let shown = match comparison {
        Comparison::Exact => format!("={}", plain(text).text),
        Comparison::Folded => folded(text).text,
        Comparison::Fuzzy => format!("{}~", folded(text).text),
    };
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn nothing_in(term: &Term) -> Note {
    let text = term.text;
    if text.trim().is_empty() {
        return Note::new(term.span.clone(), "this phrase is empty")
            .with_hint("write a word between the quotes, or take them away");
    }
    let hint = match text.trim() {
        "&" | "&&" | "+" => "operators are AND, OR and NOT",
        text if text.starts_with('#') => "a query has no comments: write them outside of its quotes",
        "=" => "`=` goes directly before a word or phrase: `=US`",
        "*" => "a `*` goes directly behind the beginning of a word",
        _ => "to look for signs write a regular expression between slashes",
    };
    Note::new(term.span.clone(), format!("`{}` holds no letter or digit", text.trim())).with_hint(hint)
}

/// Refuses signs that mean something in other search languages and would silently mean nothing here.
fn check_signs(term: &Term, text: &str, comparison: Comparison) -> Result<(), Note> {
    let refuse = |message: String, hint: &str| Err(Note::new(term.span.clone(), message).with_hint(hint));
    if comparison == Comparison::Exact && text.contains(is_sign) && term.style != Style::Phrase {
        return refuse("`=` cannot be combined with `*` or `~`".to_owned(), "leave one of them out");
    }
    check_stars(term, text)?;
    if comparison == Comparison::Fuzzy && text.contains(is_star) {
        return refuse("`*` and `~` cannot be combined".to_owned(), "leave one of them out");
    }
    if comparison == Comparison::Fuzzy && text.contains(is_unspaced) {
        return refuse(
            "`~` works on whole words of scripts that put spaces between words".to_owned(),
            "leave the `~` out",
        );
    }
    let is_one_word = matches!(term.style, Style::Word | Style::Exact) || comparison == Comparison::Fuzzy;
    if is_one_word && text.contains(is_tilde) {
        return refuse("a `~` stands only at the end of a word".to_owned(), "for example `tokayev~`");
    }
    if text.match_indices(is_tilde).any(|(at, tilde)| ends_word(text, at, tilde)) {
        return refuse("a `~` does nothing inside a phrase".to_owned(), "for example `tokayev~ ONEAR/1 said`");
    }
    if term.style != Style::Word {
        return Ok(());
    }
    if text.contains('|') {
        return refuse("`|` is not an operator".to_owned(), "write OR");
    }
    if text.contains("&&") {
        return refuse("`&&` is not an operator".to_owned(), "write AND");
    }
    if let Some(sign) = text.chars().find(|c| "^\\{}[]<>".contains(*c)) {
        return refuse(format!("`{sign}` means nothing here"), "put text with such signs in quotes");
    }
    if has_inner(text, '?') {
        return refuse(
            "`?` does not stand for a letter".to_owned(),
            "write the beginning of the word with `*`, or a regular expression",
        );
    }
    Ok(())
}

fn is_sign(c: char) -> bool {
    is_star(c) || is_tilde(c)
}

/// Whether the sign stands behind a letter or digit and before none.
fn ends_word(text: &str, at: usize, sign: &str) -> bool {
    let is_letter =
        |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c));
    is_letter(text[..at].chars().next_back()) && !is_letter(text[at + sign.len()..].chars().next())
}

/// A `*` must stand directly behind a letter or digit, and at the end of its word.
fn check_stars(term: &Term, text: &str) -> Result<(), Note> {
    for (at, star) in text.match_indices(is_star) {
        if !ends_word(text, at, star) || text[at + star.len()..].starts_with(is_star) {
            let note = Note::new(term.span.clone(), "a `*` stands only at the end of a word");
            return Err(note.with_hint(
                "for the beginning or middle of words write a regular expression, for words between others NEAR",
            ));
        }
    }
    Ok(())
}

/// Whether the sign stands between two letters.
fn has_inner(text: &str, sign: char) -> bool {
    text.match_indices(sign).any(|(at, sign)| {
        let before = text[..at].chars().next_back();
        let after = text[at + sign.len()..].chars().next();
        before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
    })
}

fn site(term: &Term) -> Result<Leaf, Note> {
    let name = term.text.trim();
    let name = name.strip_prefix("*.").unwrap_or(name).trim_matches('.');
    let host = match Host::parse(name) {
        Ok(host) if !name.contains(is_sign) && term.style != Style::Exact => host.to_string(),
        _ => {
            let note = Note::new(term.span.clone(), format!("`{}` is not the name of a host", term.text));
            return Err(note.with_hint(
                "write it without scheme and path, for example `site:example.org`; other hosts below it count too",
            ));
        }
    };
    Ok(Leaf { term: host.clone(), asked: Asked::Site(host) })
}

fn feed(term: &Term) -> Result<Leaf, Note> {
    refuse_signs(Field::Feed, term, &['~'])?;
    check_stars(term, term.text)?;
    let pattern = Pattern::read(term.text, Comparison::Folded, Splitting::Prose).ok_or_else(|| nothing_in(term))?;
    Ok(Leaf { term: label(term.text, Comparison::Folded), asked: Asked::Feed(pattern) })
}

fn language(term: &Term) -> Result<Leaf, Note> {
    refuse_signs(Field::Language, term, &['*', '~'])?;
    let tag = term.text.trim().to_ascii_lowercase().replace('_', "-");
    let mut subtags = tag.split('-');
    let primary = subtags.next().unwrap_or_default();
    let is_code = matches!(primary.len(), 2..=3) && primary.bytes().all(|byte| byte.is_ascii_alphabetic());
    let are_subtags =
        subtags.all(|subtag| matches!(subtag.len(), 1..=8) && subtag.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !is_code || !are_subtags {
        let note = Note::new(term.span.clone(), format!("`{}` is not the code of a language", term.text));
        return Err(note.with_hint("codes have two or three letters, for example `lang:de`"));
    }
    Ok(Leaf { term: tag.clone(), asked: Asked::Language(tag) })
}

fn event(term: &Term) -> Result<Leaf, Note> {
    refuse_signs(Field::Event, term, &['*', '~'])?;
    let written = term.text.trim().to_lowercase();
    let Some(name) = EventName::ALL.into_iter().find(|event| event.name() == written) else {
        let note = Note::new(term.span.clone(), format!("unknown event `{}`", term.text));
        let close = did_you_mean(&written, "", EventName::ALL.into_iter().map(EventName::name));
        return Err(
            note.with_hint(close.unwrap_or_else(|| "events are new, revised, gone, back and corrected".to_owned()))
        );
    };
    Ok(Leaf { term: name.name().to_owned(), asked: Asked::Event(name) })
}

fn refuse_signs(field: Field, term: &Term, signs: &[char]) -> Result<(), Note> {
    let is_refused = term.style == Style::Exact || term.text.contains(signs);
    if !is_refused {
        return Ok(());
    }
    let signs: Vec<String> = ['='].iter().chain(signs).map(|sign| format!("`{sign}`")).collect();
    Err(Note::new(term.span.clone(), format!("`{}:` takes no {}", field.name(), signs.join(" or "))))
}
