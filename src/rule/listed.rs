//! What a term of a set may be: a word or phrase, and none of the signs by which a rule puts terms together.

use std::ops::Range;

use super::field::Field;
use super::lexer::{ends_regex, is_minus, is_quote};
use super::note::{Note, closest};

/// Refuses a term that is rule language: read as words it would be a phrase that stands nowhere.
///
/// `=` before it and `*` or `~` behind a word are part of the term. Between quotes everything is.
pub(super) fn check<'n>(set: &str, term: &str, names: impl Iterator<Item = &'n str> + Clone) -> Result<(), Note> {
    let term = Listed { set, text: term };
    if let Some(note) = term.as_a_set(names) {
        return Err(note);
    }
    let first_found = [term.as_a_whole(), term.by_words(), term.by_signs()];
    first_found.into_iter().flatten().min_by_key(|note| note.span.start).map_or(Ok(()), Err)
}

struct Listed<'t> {
    set: &'t str,
    text: &'t str,
}

impl Listed<'_> {
    /// What a term is by its beginning and end.
    fn as_a_whole(&self) -> Option<Note> {
        let Self { set, text } = self;
        let start = text.len() - text.trim_start().len();
        let typed = text.trim();
        let first = typed.chars().next()?;
        let rest = &typed[first.len_utf8()..];
        let whole = start..start + typed.len();
        let sign = start..start + first.len_utf8();
        if first == '/' && ends_regex(rest) && rest.contains(is_of_regex) {
            let hint = format!("write it in the rule: `(${set} OR {typed})`");
            return Some(Note::new(whole, "a set holds no regular expression").with_hint(hint));
        }
        // A temperature is no NOT.
        if is_minus(first) && rest.starts_with(|c: char| !c.is_whitespace() && !c.is_numeric()) {
            let word = rest.trim_start_matches(is_minus);
            let hint =
                format!("what must not be there is said in the rule: `-${set}`; for the word itself write `{word}`");
            return Some(Note::new(sign, "a term of a set takes no NOT").with_hint(hint));
        }
        if self.is_list() {
            return Some(Note::new(whole, "a term of a set is one phrase").with_hint("write a term for each"));
        }
        None
    }

    /// The name of a set, or nearly: `$AAPL` is a word like any other.
    fn as_a_set<'n>(&self, names: impl Iterator<Item = &'n str> + Clone) -> Option<Note> {
        let Self { set, text } = self;
        let start = text.len() - text.trim_start().len();
        let typed = text.trim();
        let name = typed.strip_prefix(['$', '＄'])?;
        let other = names.clone().find(|known| *known == name).or_else(|| closest(name, names))?;
        let hint = format!(
            "write the terms of both here, or `(${set} OR ${other})` in the rule; for the word itself write `{name}`"
        );
        Some(Note::new(start..start + typed.len(), "a set holds no other set").with_hint(hint))
    }

    /// Terms between quotes of any kind, with a comma between them.
    fn is_list(&self) -> bool {
        let is_mark = |c: char| is_quote(c) || matches!(c, '\'' | '‘' | '’');
        let typed = self.text.trim();
        let mut parts = typed.split([',', ';', '，', '、']).map(str::trim);
        let is_marked = |part: &str| part.chars().count() > 2 && part.starts_with(is_mark) && part.ends_with(is_mark);
        typed.contains([',', ';', '，', '、']) && parts.all(is_marked)
    }

    /// Words that are operators or fields.
    fn by_words(&self) -> Option<Note> {
        if self.is_quoted() {
            return None;
        }
        let words: Vec<Range<usize>> = words(self.text).collect();
        (0..words.len()).find_map(|at| {
            let (word, span) = (&self.text[words[at].clone()], words[at].clone());
            let is_between = at > 0 && at + 1 < words.len();
            let is_before = at + 1 < words.len();
            match word {
                "OR" | "||" if is_between => {
                    let each = words.split(|other| self.text[other.clone()] == *word);
                    let each = each.filter_map(|words| Some(&self.text[words.first()?.start..words.last()?.end]));
                    let each: Vec<String> = each.map(|term| format!("\"{term}\"")).collect();
                    Some(operator(span, word, &format!("write a term for each: `{}`", each.join(", "))))
                }
                "AND" | "&&" if is_between => {
                    Some(operator(span, word, &format!("AND stands in the rule: `${} AND word`", self.set)))
                }
                "NOT" if is_before => {
                    let hint = format!("what must not be there is said in the rule: `-${}`", self.set);
                    Some(operator(span, word, &hint))
                }
                _ if is_near(word) && (is_between || word.contains('/')) => {
                    Some(operator(span, word, &format!("{word} stands in the rule: `${} {word} word`", self.set)))
                }
                _ if word.starts_with("ATLEAST/") || word.starts_with("ATLEAST(") => {
                    let hint = format!("write its terms here, and `ATLEAST/2(${})` in the rule", self.set);
                    Some(Note::new(span, "a term of a set is no ATLEAST").with_hint(hint))
                }
                _ => self.field(word, span, is_before),
            }
        })
    }

    /// `title:word`, or `title:` before a word.
    fn field(&self, word: &str, span: Range<usize>, is_before: bool) -> Option<Note> {
        let (name, behind) = word.split_once([':', '：'])?;
        let is_meant = !behind.is_empty() || (is_before && name.chars().all(char::is_lowercase));
        Field::named(name).filter(|_| is_meant)?;
        let field = &word[..word.len() - behind.len()];
        let hint = format!("a field stands in the rule, before the set: `{field}${}`", self.set);
        let span = span.start..span.start + field.len();
        Some(Note::new(span, format!("a term of a set takes no field `{field}`")).with_hint(hint))
    }

    /// Signs anywhere in the term.
    fn by_signs(&self) -> Option<Note> {
        if self.is_quoted() {
            return None;
        }
        let mut before = None;
        for (at, sign) in self.text.char_indices() {
            let span = at..at + sign.len_utf8();
            let after = self.text[span.end..].chars().next();
            let begins_word = before.is_some_and(char::is_whitespace) && after.is_some_and(char::is_alphabetic);
            let is_inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            match sign {
                '(' | ')' | '（' | '）' => {
                    let hint = format!(
                        "write a term for each of the words, or a phrase without it: `{}`; between quotes of its own it is \
                         read over: {}",
                        self.bare(),
                        self.between_quotes()
                    );
                    return Some(Note::new(span, "a term of a set takes no parentheses").with_hint(hint));
                }
                '|' => return Some(operator(span, "|", "write a term for each")),
                '=' | '＝' if begins_word => {
                    return Some(
                        Note::new(span, "`=` stands only before the whole term")
                            .with_hint("write it at the beginning of the term, or a term for each"),
                    );
                }
                c if is_minus(c) && begins_word => {
                    let hint = format!("what must not be there is said in the rule; else write `{}`", self.bare());
                    return Some(Note::new(span, "a term of a set takes no NOT").with_hint(hint));
                }
                '?' if is_inside(before) && is_inside(after) && !self.is_address(at) => {
                    let hint = "write the beginning of the word with `*`, or a term for each";
                    return Some(Note::new(span, "`?` does not stand for a letter").with_hint(hint));
                }
                c if is_quote(c) && after.is_some_and(char::is_whitespace) && self.opens_behind(span.end) && at > 0 => {
                    let note = Note::new(at..self.text.len(), "a term of a set is one phrase");
                    return Some(note.with_hint("write a term for each"));
                }
                _ => {}
            }
            before = Some(sign);
        }
        None
    }

    /// Whether another phrase follows the one that ends here, and the first began where the term does.
    fn opens_behind(&self, end: usize) -> bool {
        self.text.trim_start().starts_with(is_quote) && self.text[end..].trim_start().starts_with(is_quote)
    }

    /// Whether one pair of quotes stands around the whole, perhaps behind a `=`.
    fn is_quoted(&self) -> bool {
        let text = self.text.trim();
        let text = text.strip_prefix(['=', '＝']).unwrap_or(text);
        let inner = text.strip_prefix(is_quote).and_then(|text| text.strip_suffix(is_quote));
        inner.is_some_and(|inner| !inner.contains(is_quote))
    }

    /// Whether the word at this place is a part of an address: `watch?v=abc`.
    fn is_address(&self, at: usize) -> bool {
        let mut words = words(self.text);
        words.any(|word| word.contains(&at) && self.text[word].contains(['=', '/', '.', '&', ':']))
    }

    /// As it is written in TOML so that quotes stand around the whole.
    fn between_quotes(&self) -> String {
        match self.text.contains('\'') {
            true => format!("`\"\\\"{}\\\"\"`", self.text.trim().replace('"', "")),
            false => format!("`'\"{}\"'`", self.text.trim().replace('"', "")),
        }
    }

    /// The term without signs between its words.
    fn bare(&self) -> String {
        let is_taken_out = |c: char| matches!(c, '(' | ')' | '（' | '）');
        let text = self.text.replace(is_taken_out, " ");
        let words = text.split_whitespace().map(|word| word.trim_start_matches(is_minus));
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// The note for an operator, with the way out for names that are written so.
fn operator(span: Range<usize>, operator: &str, hint: &str) -> Note {
    let is_word = operator.starts_with(char::is_alphabetic) && !operator.contains('/');
    let as_word = match is_word {
        true => format!("; for the word itself write `{}`", operator.to_lowercase()),
        false => String::new(),
    };
    Note::new(span, format!("a term of a set takes no operator `{operator}`")).with_hint(format!("{hint}{as_word}"))
}

/// Whether it is `NEAR`, `ONEAR/5` and the like.
fn is_near(word: &str) -> bool {
    let (operator, number) = word.split_once('/').unwrap_or((word, ""));
    matches!(operator, "NEAR" | "ONEAR") && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a sign means something in a regular expression: `/politics/` is a part of an address.
fn is_of_regex(c: char) -> bool {
    "\\.+*?()|[]{}^$".contains(c)
}

/// The places of the words, which blanks part.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let start = move |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(move |word| start(word)..start(word) + word.len())
}
