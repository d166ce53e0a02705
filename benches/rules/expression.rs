//! What a generated rule asks, as a tree that can be written in several languages.

use crate::articles::capitalised;

#[derive(Debug, Clone)]
pub enum Part {
    Term(Term),
    All(Vec<Part>),
    Any(Vec<Part>),
    Not(Box<Part>),
    /// Two operands, terms or alternatives of terms, with at most so many steps between them.
    Near(usize, Box<[Part; 2]>),
    AtLeast(usize, Vec<Part>),
}

/// A word, or words with single blanks between them, in lower-case ASCII.
#[derive(Debug, Clone)]
pub struct Term {
    pub text: String,
    pub form: Form,
    pub in_title: bool,
    /// Whether it is written with a capital.
    pub is_name: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    Whole,
    Prefix,
    Fuzzy,
}

/// How a person writes queries.
#[derive(Debug, Clone, Copy)]
pub struct Hand {
    /// ` ` for AND, `-` for NOT.
    pub is_terse: bool,
    /// “ and ” instead of straight quotes.
    pub curls_quotes: bool,
}

impl Part {
    /// In wirewatch's language.
    pub fn written(&self, hand: Hand) -> String {
        match self {
            Self::Any(parts) => joined(parts, " OR ", hand),
            _ => self.nested(hand),
        }
    }

    fn nested(&self, hand: Hand) -> String {
        match self {
            Self::Term(term) => term.written(hand),
            Self::All(parts) => joined(parts, if hand.is_terse { " " } else { " AND " }, hand),
            Self::Any(parts) => format!("({})", joined(parts, " OR ", hand)),
            Self::Not(part) if hand.is_terse => format!("-{}", part.nested(hand)),
            Self::Not(part) => format!("NOT {}", part.nested(hand)),
            Self::Near(steps, sides) => format!("{} NEAR/{steps} {}", sides[0].nested(hand), sides[1].nested(hand)),
            Self::AtLeast(count, parts) => format!("ATLEAST/{count}({})", joined(parts, ", ", hand)),
        }
    }

    /// In that of SQLite's FTS5; `None` where it has no words for it.
    pub fn in_fts5(&self) -> Option<String> {
        Some(match self {
            Self::Term(term) => term.in_fts5()?,
            Self::All(parts) => {
                let (nots, held): (Vec<&Part>, Vec<&Part>) =
                    parts.iter().partition(|part| matches!(part, Self::Not(_)));
                let held: Option<Vec<String>> = held.into_iter().map(Self::in_fts5).collect();
                let mut query = format!("({})", held?.join(" AND "));
                for not in nots {
                    query = format!("({query} NOT {})", not.in_fts5()?);
                }
                query
            }
            Self::Any(parts) => {
                let parts: Option<Vec<String>> = parts.iter().map(Self::in_fts5).collect();
                format!("({})", parts?.join(" OR "))
            }
            Self::Not(part) => part.in_fts5()?,
            Self::Near(steps, sides) => {
                let pairs = sides[0].terms().into_iter().flat_map(|left| {
                    sides[1].terms().into_iter().map(move |right| {
                        // FTS5 counts the words between the two.
                        Some(format!("NEAR({} {}, {})", left.in_fts5()?, right.in_fts5()?, steps - 1))
                    })
                });
                let pairs: Option<Vec<String>> = pairs.collect();
                format!("({})", pairs?.join(" OR "))
            }
            Self::AtLeast(count, parts) => {
                let ways: Option<Vec<String>> =
                    choices(parts, *count).into_iter().map(|chosen| Self::All(chosen).in_fts5()).collect();
                format!("({})", ways?.join(" OR "))
            }
        })
    }

    /// All terms, in order; of a side of a NEAR, its alternatives.
    pub fn terms(&self) -> Vec<&Term> {
        match self {
            Self::Term(term) => vec![term],
            Self::Not(part) => part.terms(),
            Self::Near(_, sides) => sides.iter().flat_map(Self::terms).collect(),
            Self::All(parts) | Self::Any(parts) | Self::AtLeast(_, parts) => {
                parts.iter().flat_map(Self::terms).collect()
            }
        }
    }
}

impl Term {
    fn written(&self, hand: Hand) -> String {
        let text = if self.is_name { capitalised(&self.text) } else { self.text.clone() };
        let field = if self.in_title { "title:" } else { "" };
        match self.form {
            Form::Prefix => format!("{field}{text}*"),
            Form::Fuzzy => format!("{field}{text}~"),
            Form::Whole if !text.contains(' ') => format!("{field}{text}"),
            Form::Whole if hand.curls_quotes => format!("{field}“{text}”"),
            Form::Whole => format!("{field}\"{text}\""),
        }
    }

    fn in_fts5(&self) -> Option<String> {
        let field = if self.in_title { "title : " } else { "" };
        match self.form {
            Form::Whole => Some(format!("{field}\"{}\"", self.text)),
            Form::Prefix => Some(format!("{field}\"{}\"*", self.text)),
            Form::Fuzzy => None,
        }
    }
}

fn joined(parts: &[Part], between: &str, hand: Hand) -> String {
    let parts: Vec<String> = parts.iter().map(|part| part.nested(hand)).collect();
    parts.join(between)
}

/// Every way to choose so many of the parts.
fn choices(parts: &[Part], count: usize) -> Vec<Vec<Part>> {
    let Some((first, rest)) = parts.split_first() else {
        return if count == 0 { vec![Vec::new()] } else { Vec::new() };
    };
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut with = choices(rest, count - 1);
    with.iter_mut().for_each(|chosen| chosen.insert(0, first.clone()));
    with.extend(choices(rest, count));
    with
}
