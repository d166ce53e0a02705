//! Does what the language says, word by word.

use super::*;

/// Where something stands: the number of the text, the first word and the last.
pub(super) type Place = (usize, usize, usize);

pub(super) struct Plain<'a> {
    pub texts: &'a [PlainText],
    pub sort: usize,
}

impl Plain<'_> {
    pub(super) fn holds(&self, ask: &Ask, scope: Scope) -> bool {
        match ask {
            Ask::Fact(fact) => FACTS[*fact].1[self.sort],
            Ask::In(scope, ask) if *scope != Scope::Anywhere => self.holds(ask, *scope),
            Ask::In(_, ask) => self.holds(ask, scope),
            Ask::All(parts) => parts.iter().all(|part| self.holds(part, scope)),
            Ask::Any(parts) => parts.iter().any(|part| self.holds(part, scope)),
            Ask::Not(ask) => !self.holds(ask, scope),
            Ask::AtLeast(count, items) => self.count(items, scope) >= *count,
            Ask::Term(..) | Ask::Regex(_) | Ask::Set | Ask::Near(..) => !self.places(ask, scope).is_empty(),
        }
    }

    /// How many items hold: a set counts with each of its terms, a term that stands there twice once.
    fn count(&self, items: &[Ask], scope: Scope) -> usize {
        let mut seen = Vec::new();
        let each = items.iter().flat_map(items_of);
        let distinct = each.filter(|item| {
            let (inner, scope) = match item.innermost(scope) {
                (fact @ Ask::Fact(_), _) => (fact, Scope::Anywhere),
                found => found,
            };
            let is_leaf = matches!(inner, Ask::Term(..) | Ask::Regex(_) | Ask::Fact(_));
            let key = (inner.identity(), format!("{scope:?}"));
            let is_new = !is_leaf || !seen.contains(&key);
            seen.push(key);
            is_new
        });
        distinct.filter(|item| self.holds(item, scope)).count()
    }

    /// Everywhere that a term, an alternative of terms or a NEAR stands.
    fn places(&self, ask: &Ask, scope: Scope) -> Vec<Place> {
        match ask {
            Ask::Term(tokens, form) => self.term(tokens, *form, scope),
            Ask::Regex(token) => self.term(&[*token], Form::Exact, scope),
            Ask::Set => WEATHER.iter().flat_map(|(token, form)| self.term(&[*token], *form, scope)).collect(),
            Ask::In(scope, ask) if *scope != Scope::Anywhere => self.places(ask, *scope),
            Ask::In(_, ask) => self.places(ask, scope),
            Ask::Any(parts) => parts.iter().flat_map(|part| self.places(part, scope)).collect(),
            Ask::Near(operands, links) => {
                let groups: Vec<Vec<Place>> = operands.iter().map(|operand| self.places(operand, scope)).collect();
                chains(&groups, links).concat()
            }
            _ => Vec::new(),
        }
    }

    fn term(&self, tokens: &[usize], form: Form, scope: Scope) -> Vec<Place> {
        let asked = asked_words(tokens, form);
        let mut places = Vec::new();
        for (number, text) in self.texts.iter().enumerate().filter(|(_, text)| text.scopes.contains(&scope)) {
            for (start, window) in text.words.windows(asked.len()).enumerate() {
                let counts = |word: &PlainWord| if form == Form::Exact { word.changed } else { word.came };
                let is_changed = !matches!(scope, Scope::Added | Scope::Removed) || window.iter().all(counts);
                if is_changed && window.iter().zip(&asked).all(|(word, asked)| asked.answers(word)) {
                    places.push((number, start, start + asked.len() - 1));
                }
            }
        }
        places
    }
}

/// An item of ATLEAST, a set as its terms.
fn items_of(item: &Ask) -> Vec<Ask> {
    match item {
        Ask::Set => WEATHER.map(|(token, form)| Ask::Term(vec![token], form)).to_vec(),
        Ask::In(scope, ask) => items_of(ask).into_iter().map(|ask| Ask::In(*scope, Box::new(ask))).collect(),
        other => vec![other.clone()],
    }
}

impl Ask {
    /// What stands behind its fields, and the field that counts.
    fn innermost(&self, scope: Scope) -> (&Ask, Scope) {
        match self {
            Self::In(Scope::Anywhere, ask) => ask.innermost(scope),
            Self::In(scope, ask) => ask.innermost(*scope),
            other => (other, scope),
        }
    }

    /// A term as matches name it.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Term(tokens, form) => {
                let text = term_text(tokens, *form).replace('"', "");
                if *form == Form::Exact {
                    text
                } else {
                    text.to_lowercase().replace('ü', "u").replace("łódź", "lodz")
                }
            }
            other => other.text(),
        }
    }

    /// What tells items that are counted apart: of terms the words that they ask for, however they are written.
    fn identity(&self) -> String {
        match self {
            Self::Term(tokens, form) => format!("{:?}", asked_words(tokens, *form)),
            other => other.text(),
        }
    }
}

/// All ways to choose one place of each group such that each is near enough to the one before.
fn chains(groups: &[Vec<Place>], links: &[(usize, bool)]) -> Vec<Vec<Place>> {
    let mut chains: Vec<Vec<Place>> = groups[0].iter().map(|place| vec![*place]).collect();
    for (group, link) in groups[1..].iter().zip(links) {
        let longer = chains.iter().flat_map(|chain| {
            let near = group.iter().filter(|place| is_near(*chain.last().unwrap(), **place, *link));
            near.map(|place| [chain.as_slice(), &[*place]].concat()).collect::<Vec<_>>()
        });
        chains = longer.collect();
    }
    chains
}

fn is_near(left: Place, right: Place, (words, in_order): (usize, bool)) -> bool {
    let after = right.1 > left.2 && right.1 - left.2 <= words;
    let before = left.1 > right.2 && left.1 - right.2 <= words;
    left.0 == right.0 && (after || (before && !in_order))
}

#[derive(Debug)]
pub(super) struct AskedWord {
    /// As it is written where it is asked for exactly, else folded.
    word: &'static str,
    form: Form,
    glued: bool,
}

pub(super) fn asked_words(tokens: &[usize], form: Form) -> Vec<AskedWord> {
    let last = tokens.len() - 1;
    let words = tokens.iter().enumerate().flat_map(|(at, token)| {
        let token = &TOKENS[*token];
        token.words.iter().enumerate().map(move |(nth, (written, folded))| {
            let is_last = at == last && nth + 1 == token.words.len();
            let glued = token.glued && nth > 0;
            let is_run = folded.chars().any(|c| c > '\u{3000}');
            let form = match form {
                Form::Exact => return AskedWord { word: written, form, glued },
                Form::Prefix if is_last && !is_run => Form::Prefix,
                Form::Fuzzy if folded.len() >= 3 && !folded.starts_with(char::is_numeric) && !is_run => Form::Fuzzy,
                _ => Form::Whole,
            };
            AskedWord { word: folded, form, glued }
        })
    });
    words.collect()
}

impl AskedWord {
    pub(super) fn answers(&self, word: &PlainWord) -> bool {
        let is_word = match self.form {
            Form::Exact => self.word == word.written,
            Form::Whole => self.word == word.folded,
            Form::Prefix => word.folded.starts_with(self.word),
            Form::Fuzzy => {
                let (wanted, found): (Vec<char>, Vec<char>) =
                    (self.word.chars().collect(), word.folded.chars().collect());
                distance(&wanted, &found) <= if wanted.len() > 5 { 2 } else { 1 }
            }
        };
        is_word && (word.glued || !self.glued)
    }
}

/// Letters to replace, drop, put in, or swap with the next.
fn distance(a: &[char], b: &[char]) -> usize {
    match (a, b) {
        ([], rest) | (rest, []) => rest.len(),
        ([x, a @ ..], [y, b @ ..]) if x == y => distance(a, b),
        ([x, a_rest @ ..], [y, b_rest @ ..]) => {
            if a.len().abs_diff(b.len()) > 2 {
                return 3;
            }
            let swapped = match (a_rest, b_rest) {
                ([x2, a_rest @ ..], [y2, b_rest @ ..]) if x == y2 && x2 == y => distance(a_rest, b_rest),
                _ => 3,
            };
            swapped.min(distance(a_rest, b_rest)).min(distance(a_rest, b)).min(distance(a, b_rest)) + 1
        }
    }
}
