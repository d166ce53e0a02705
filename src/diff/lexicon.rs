//! The words that carry meaning of their own, by language: negations, count words, units, dates, attributions.
//!
//! The lists are data under `words/`, one file for each language; a language without a list works without.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::token::is_spaceless;
use crate::model::ArticleText;

/// What a word can be. A word can be several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Class {
    /// Among the most frequent words; tells the language, and is no name.
    Common,
    Negation,
    /// A number or count word; may have a value (`twelve=12`).
    Count,
    /// A count word only where it stands against another figure: `one`, `several`.
    WeakCount,
    Unit,
    Month,
    /// A month only beside a number: `may`, `march`.
    WeakMonth,
    /// A weekday, a relative day, a part of the day.
    Day,
    /// After the number of an hour, day or year: `pm`, `Uhr`, `年`.
    Clock,
    /// Before a year: `in 2019`.
    BeforeYear,
    Attribution,
    /// Before the source of a statement: `according to`, `laut`.
    Source,
    Abbreviation,
    Article,
}

/// A set of classes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Classes(u16);

impl Classes {
    pub fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    /// Whether a class of `other` is among these.
    pub fn meets(self, other: Classes) -> bool {
        self.0 & other.0 != 0
    }

    pub fn with(self, class: Class) -> Self {
        Self(self.0 | 1 << class as u8)
    }
}

const SECTIONS: [(&str, Class); 14] = [
    ("common", Class::Common),
    ("negations", Class::Negation),
    ("counts", Class::Count),
    ("weak_counts", Class::WeakCount),
    ("units", Class::Unit),
    ("months", Class::Month),
    ("weak_months", Class::WeakMonth),
    ("days", Class::Day),
    ("clock", Class::Clock),
    ("before_years", Class::BeforeYear),
    ("attributions", Class::Attribution),
    ("sources", Class::Source),
    ("abbreviations", Class::Abbreviation),
    ("articles", Class::Article),
];

/// Latin-script languages first, English at their head: it stands in where nothing tells the language.
const FILES: [(&str, &str); 12] = [
    ("en", include_str!("words/en.txt")),
    ("de", include_str!("words/de.txt")),
    ("fr", include_str!("words/fr.txt")),
    ("es", include_str!("words/es.txt")),
    ("pt", include_str!("words/pt.txt")),
    ("it", include_str!("words/it.txt")),
    ("nl", include_str!("words/nl.txt")),
    ("tr", include_str!("words/tr.txt")),
    ("ru", include_str!("words/ru.txt")),
    ("ar", include_str!("words/ar.txt")),
    ("zh", include_str!("words/zh.txt")),
    ("ja", include_str!("words/ja.txt")),
];

static LEXICONS: LazyLock<Vec<Lexicon>> =
    LazyLock::new(|| FILES.iter().map(|(language, file)| Lexicon::parse(language, file)).collect());

/// How many of the languages in [`FILES`] are told apart by their words.
const LATIN: usize = 8;
/// What a frequent word, another word of the lists, and the claim of a page say for a language.
const COMMON: usize = 2;
const LISTED: usize = 1;
const CLAIM: usize = 6;
/// Fewest letters of a word that tells a language without being frequent in it: `km` is at home everywhere.
const MIN_LISTED_CHARS: usize = 4;

/// What each word says for each of the first languages.
static VOTES: LazyLock<HashMap<&'static str, [usize; LATIN]>> = LazyLock::new(|| {
    let mut votes: HashMap<&'static str, [usize; LATIN]> = HashMap::new();
    for (at, lexicon) in LEXICONS[..LATIN].iter().enumerate() {
        for (word, entry) in &lexicon.words {
            match entry.classes.has(Class::Common) {
                true => votes.entry(word).or_default()[at] = COMMON,
                false if word.chars().count() >= MIN_LISTED_CHARS => votes.entry(word).or_default()[at] = LISTED,
                false => {}
            }
        }
    }
    votes
});

/// The word lists of one language.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    pub language: &'static str,
    words: HashMap<&'static str, Entry>,
    /// Negations, units and days of a script without spaces, to be looked for inside a text.
    runs: Vec<(&'static str, Class)>,
    /// First words of those units that have two: `per cent`.
    two_word_heads: HashSet<&'static str>,
    /// Syllables that turn a word into its opposite: `un-`, Turkish `-me-`.
    pub negating_affixes: Vec<&'static str>,
    /// Endings of negated verbs: `n't`.
    negating_endings: Vec<&'static str>,
    /// How correction and update lines begin, in lower case.
    corrections: Vec<String>,
    /// Groups of real words that look like misspellings of each other.
    confusables: HashMap<&'static str, Vec<usize>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Entry {
    classes: Classes,
    value: Option<&'static str>,
}

impl Lexicon {
    /// The word lists for an article: by its most frequent words, helped by the language that the page claims.
    ///
    /// The claim alone is not enough, since content management systems claim their default.
    pub fn of(text: &ArticleText) -> &'static Lexicon {
        let claim = text.language.as_deref().unwrap_or_default().to_ascii_lowercase();
        let claimed = claim.split(['-', '_']).next().unwrap_or_default();
        let sample = sample(text);
        if let Some(language) = language_of_script(&sample, claimed) {
            return named(language);
        }
        let mut scores = [0_usize; LATIN];
        for word in sample.split(|c: char| !c.is_alphabetic()) {
            let votes = VOTES.get(word.to_lowercase().as_str()).copied().unwrap_or_default();
            scores.iter_mut().zip(votes).for_each(|(score, vote)| *score += vote);
        }
        let claimed = LEXICONS[..LATIN].iter().position(|lexicon| lexicon.language == claimed);
        claimed.into_iter().for_each(|at| scores[at] += CLAIM);
        // The first of the best, so that English wins where nothing tells.
        let best = (0..LATIN).rev().max_by_key(|at| scores[*at]).unwrap_or_default();
        &LEXICONS[best]
    }

    fn parse(language: &'static str, file: &'static str) -> Self {
        let mut lexicon = Self { language, ..Self::default() };
        let mut section = "";
        let mut groups = 0;
        for line in file.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name;
            } else if !line.is_empty() && !line.starts_with('#') {
                for word in line.split_whitespace() {
                    lexicon.add(section, word, &mut groups);
                }
            }
        }
        lexicon
    }

    fn add(&mut self, section: &str, word: &'static str, groups: &mut usize) {
        match section {
            "negating_affixes" => self.negating_affixes.push(word),
            "negating_endings" => self.negating_endings.push(word),
            "corrections" => self.corrections.push(word.replace('_', " ")),
            "confusables" => {
                *groups += 1;
                for one in word.split('/') {
                    self.confusables.entry(one).or_default().push(*groups);
                }
            }
            _ => self.classify(section, word),
        }
    }

    fn classify(&mut self, section: &str, word: &'static str) {
        let class = SECTIONS.iter().find(|(name, _)| *name == section).map(|(_, class)| *class);
        let class = class.expect("the word lists use only known sections");
        let (word, value) = match word.split_once('=') {
            Some((word, value)) => (word, Some(value)),
            None => (word, None),
        };
        let entry = self.words.entry(word).or_default();
        entry.classes = entry.classes.with(class);
        entry.value = entry.value.or(value);
        if word.starts_with(is_spaceless) {
            self.runs.push((word, class));
        }
        if let (Class::Unit, Some((head, _))) = (class, word.split_once('_')) {
            self.two_word_heads.insert(head);
        }
    }

    /// What a word, in lower case, is.
    pub fn classes(&self, lower: &str) -> Classes {
        let listed = self.words.get(lower).map(|entry| entry.classes).unwrap_or_default();
        let is_negated = self.negating_endings.iter().any(|ending| lower.ends_with(ending));
        if is_negated { listed.with(Class::Negation) } else { listed }
    }

    /// What a count word or unit stands for: `12` for `twelve`, `%` for `percent`.
    pub fn value(&self, lower: &str) -> Option<&'static str> {
        self.words.get(lower).and_then(|entry| entry.value)
    }

    /// Whether a unit of two words begins with this one, in lower case.
    pub fn begins_two_words(&self, lower: &str) -> bool {
        self.two_word_heads.contains(lower)
    }

    /// How often words of a class occur in a text that is written without spaces.
    pub fn occurrences(&self, text: &str, class: Class) -> usize {
        let of_class = self.runs.iter().filter(|(_, of)| *of == class);
        of_class.map(|(word, _)| text.matches(word).count()).sum()
    }

    /// How correction and update lines begin in all languages, in lower case: they are told apart from prose easily,
    /// short texts from each other are not.
    pub fn corrections() -> impl Iterator<Item = &'static str> {
        LEXICONS.iter().flat_map(|lexicon| &lexicon.corrections).map(String::as_str)
    }

    /// Whether two words, in lower case, are known to be different words in spite of looking alike.
    pub fn are_confusable(&self, one: &str, other: &str) -> bool {
        let (Some(a), Some(b)) = (self.confusables.get(one), self.confusables.get(other)) else { return false };
        a.iter().any(|group| b.contains(group))
    }
}

/// The languages in Latin script, each with the share of a text's words that are among its most frequent ones.
pub(super) type Shares = Vec<(&'static str, f64)>;

pub(super) fn shares(text: &str) -> Shares {
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    let common = |lexicon: &Lexicon| words.iter().filter(|word| lexicon.classes(word).has(Class::Common)).count();
    let share = |lexicon: &Lexicon| common(lexicon) as f64 / words.len().max(1) as f64;
    LEXICONS[..LATIN].iter().map(|lexicon| (lexicon.language, share(lexicon))).collect()
}

fn named(language: &str) -> &'static Lexicon {
    LEXICONS.iter().find(|lexicon| lexicon.language == language).unwrap_or(&LEXICONS[0])
}

/// Enough text to tell a language by.
fn sample(text: &ArticleText) -> String {
    let fields = [&text.headline, &text.summary].into_iter().flatten().map(String::as_str);
    let paragraphs = text.paragraphs.iter().map(|paragraph| paragraph.text.as_str());
    let mut sample = String::new();
    for part in fields.chain(paragraphs) {
        sample.extend(part.chars().take(600));
        sample.push('\n');
        if sample.len() > 800 {
            break;
        }
    }
    sample
}

/// The language where the script tells it.
fn language_of_script(sample: &str, claimed: &str) -> Option<&'static str> {
    let (mut han, mut kana, mut arabic, mut cyrillic, mut letters) = (0, 0, 0, 0, 0);
    for c in sample.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        match c {
            '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' => han += 1,
            '\u{3041}'..='\u{30ff}' => kana += 1,
            '\u{600}'..='\u{6ff}' => arabic += 1,
            '\u{400}'..='\u{52f}' => cyrillic += 1,
            _ => {}
        }
    }
    let is_most = |count: usize| count * 2 > letters;
    match () {
        () if is_most(han + kana) && (kana * 10 > letters || claimed == "ja") => Some("ja"),
        () if is_most(han + kana) => Some("zh"),
        () if is_most(arabic) => Some("ar"),
        () if is_most(cyrillic) => Some("ru"),
        () => None,
    }
}
