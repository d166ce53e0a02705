//! Whether two words are two spellings of one word.
//!
//! There is no dictionary of every language here, so the answer is yes only where the difference is one that slips of
//! the pen make and that seldom makes another word; a real change that is called a typo would go unnoticed.

use unicode_normalization::UnicodeNormalization;

use super::lexicon::{Class, Classes, Lexicon};

/// A shorter word may be another one for its accent.
const MIN_ACCENTED: usize = 6;

/// Whether `new` is `old` with a slip corrected (or made): one or two letters inside the word, and not a pair that
/// is known as two words. Both are folded; words of up to three letters and words with digits never are.
///
/// A name is another name sooner than a word is another word: there, only letters that changed places or were doubled
/// are slips.
pub(super) fn is_respelling(old: &str, new: &str, lexicon: &Lexicon, are_names: bool) -> bool {
    let (old, new) = (old.to_lowercase(), new.to_lowercase());
    let (a, b): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let shorter = a.len().min(b.len());
    if a == b || !(4..=40).contains(&shorter) || a.len().abs_diff(b.len()) > 2 {
        return false;
    }
    if old.chars().chain(new.chars()).any(|c| !c.is_alphabetic()) || lexicon.are_confusable(&old, &new) {
        return false;
    }
    if is_other_meaning(&old, &new, lexicon) || a[0] != b[0] {
        return false;
    }
    if is_house_spelling(&old, &new) || is_other_accent(&a, &b) {
        return true;
    }
    let (a, b) = trim_common_ends(&a, &b);
    is_slip(a, b, if are_names { shorter.min(7) } else { shorter })
}

/// Whether the difference is a syllable that negates, as in `geldi` and `gelmedi`, `likely` and `unlikely`.
pub(super) fn is_negating_pair(old: &str, new: &str, lexicon: &Lexicon) -> bool {
    let (short, long) = if old.len() < new.len() { (old, new) } else { (new, old) };
    if short.chars().count() < 4 {
        return false;
    }
    if lexicon.language == "tr" {
        return is_negated_in_turkish(short, long);
    }
    lexicon.negating_affixes.iter().any(|affix| long.strip_prefix(affix) == Some(short))
}

/// `geldi` and `gelmedi`, `olduğunu` and `olmadığını`: the syllable `ma` or `me` stands behind the stem, and what
/// follows it is in harmony with it.
fn is_negated_in_turkish(short: &str, long: &str) -> bool {
    let (short, long) = (harmonised(short), harmonised(long));
    let common = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    (2..=common).rev().take(4).any(|at| {
        let (ending, negated) = (&short[at..], &long[at..]);
        let behind = |syllable: &[char]| negated.strip_prefix(syllable).filter(|rest| rest.len() >= 2);
        let is_progressive = |rest: &[char]| rest.starts_with(&['i', 'y', 'o', 'r']);
        behind(&['m', 'e']).is_some_and(|rest| rest == ending || rest.strip_prefix(&['y']) == Some(ending))
            || behind(&['m']).is_some_and(|rest| is_progressive(rest) && rest == ending)
    })
}

/// The letters of a word without what vowel harmony and voicing change in them.
fn harmonised(word: &str) -> Vec<char> {
    let plain = |c: char| match c {
        'a' => 'e',
        'ı' | 'u' | 'ü' => 'i',
        'd' => 't',
        'ğ' | 'g' => 'k',
        'b' => 'p',
        'c' => 'ç',
        _ => c,
    };
    word.chars().map(plain).collect()
}

/// Whether both words carry meaning of their own, so that one letter makes another number, day or negation.
fn is_other_meaning(old: &str, new: &str, lexicon: &Lexicon) -> bool {
    let telling = [Class::Count, Class::Month, Class::Day, Class::Negation, Class::Unit];
    let telling = telling.into_iter().fold(Classes::default(), Classes::with);
    let carries = |word: &str| lexicon.classes(word).meets(telling);
    (carries(old) && carries(new)) || is_negating_pair(old, new, lexicon)
}

/// Whether letters carry other accents, but each that has one keeps one: `réglement` and `règlement`.
fn is_other_accent(a: &[char], b: &[char]) -> bool {
    a.len() == b.len()
        && a.len() >= MIN_ACCENTED
        && a.iter().zip(b).filter(|(x, y)| x != y).all(|(x, y)| {
            let (x, y) = (bare(*x), bare(*y));
            x.is_some() && x == y
        })
}

/// The letter under an accent; `None` for a letter without one.
fn bare(c: char) -> Option<char> {
    let mut parts = [c].into_iter().nfd();
    let letter = parts.next();
    letter.filter(|_| parts.next().is_some())
}

/// British and American, and the like.
fn is_house_spelling(old: &str, new: &str) -> bool {
    const PAIRS: [(&str, &str); 10] = [
        ("isation", "ization"),
        ("ise", "ize"),
        ("ising", "izing"),
        ("ised", "ized"),
        ("yse", "yze"),
        ("our", "or"),
        ("tre", "ter"),
        ("ogue", "og"),
        ("ence", "ense"),
        ("aemia", "emia"),
    ];
    let is_pair = |a: &str, b: &str| {
        PAIRS.iter().any(|(british, american)| {
            let Some(at) = a.rfind(british) else { return false };
            at >= 3
                && a.len() - at - british.len() <= 3
                && b == format!("{}{american}{}", &a[..at], &a[at + british.len()..])
        })
    };
    is_pair(old, new) || is_pair(new, old)
}

/// What is left when the common beginning and end are taken away, with one common letter kept on each side.
fn trim_common_ends<'a>(a: &'a [char], b: &'a [char]) -> (Middle<'a>, Middle<'a>) {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (&a[prefix..], &b[prefix..]);
    let suffix = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(x, y)| x == y).count();
    let middle = |word: &'a [char]| Middle { word, start: prefix, end: word.len() - suffix };
    (middle(a), middle(b))
}

/// The part of a word in which it differs from another.
#[derive(Clone, Copy)]
struct Middle<'a> {
    word: &'a [char],
    start: usize,
    end: usize,
}

impl Middle<'_> {
    fn letters(&self) -> &[char] {
        &self.word[self.start..self.end]
    }

    fn is_at_the_end(&self) -> bool {
        self.end == self.word.len()
    }
}

/// Letters changed places, one was doubled or left out, or a vowel was taken for another, the longer the word the
/// more of these. At the end of a word a letter is an inflection (`attack`, `attacks`), so it must be a double or
/// a change of places.
fn is_slip(a: Middle, b: Middle, length: usize) -> bool {
    let at_end = a.is_at_the_end() || b.is_at_the_end();
    match (a.letters(), b.letters()) {
        ([x, y], [v, w]) if x == w && y == v => length >= 5 || (length == 4 && !at_end),
        ([], [extra]) => is_extra_letter(b, *extra, at_end, length),
        ([extra], []) => is_extra_letter(a, *extra, at_end, length),
        ([x], [y]) => !at_end && length >= 8 && is_vowel(*x) && is_vowel(*y),
        ([x, y], [z]) | ([z], [x, y]) => !at_end && length >= 9 && (x == z || y == z),
        (x, y) => !at_end && length >= 9 && x.len() <= 4 && x.len() == y.len() && are_shuffled(x, y),
    }
}

fn is_extra_letter(longer: Middle, extra: char, at_end: bool, length: usize) -> bool {
    let at = longer.start;
    let is_double = at > 0 && longer.word[at - 1] == extra || longer.word.get(at + 1) == Some(&extra);
    match (is_double, at_end) {
        (true, false) => length >= 5,
        (true, true) => length >= 5,
        (false, false) => length >= 8 && at >= 2,
        (false, true) => false,
    }
}

fn are_shuffled(a: &[char], b: &[char]) -> bool {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    a.sort_unstable();
    b.sort_unstable();
    a == b
}

/// Vowels without marks: `wurde` and `würde`, `esta` and `está` are different words.
fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}
