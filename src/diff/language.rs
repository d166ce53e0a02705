//! Whether two texts are in different languages, by what they are written in and not by what they claim.

use crate::model::{ArticleText, Paragraph, Role, size};

use super::lexicon;

/// Fewest words (or half as many characters of a dense script) by which a language can be told.
const MIN_WORDS: usize = 25;
/// Most characters of a text that are looked at.
const SAMPLE_CHARS: usize = 6_000;
/// A text whose words are to this share among the most frequent ones of a language is in it.
const IN_IT: f64 = 0.24;
/// A text is not in a language if its share is below this, and below half of the other text's. Headlines strung together
/// have as few frequent words as another language has, so it takes more words to say so,
const NOT_IN_IT: f64 = 0.12;
const MIN_WORDS_NOT_IN_IT: usize = 60;
/// and where no list knows the other language, this share of letters that English does not have.
const FOREIGN_LETTERS: f64 = 0.02;
/// Or each is in a language of its own, by so much more than in any other: Spanish and Portuguese share half their
/// frequent words.
const LEAD: f64 = 1.25;

/// In what another language than `before` the text of `after` is, in words ("in German"); `None` where it is in the same
/// one, or where the texts are too short to tell.
///
/// Told by the script, and among the languages of the word lists by their most frequent words: a declared `lang` is often
/// that of the template. Two languages of one script without word lists are not told apart.
pub fn other_language(before: &ArticleText, after: &ArticleText) -> Option<&'static str> {
    let (before, after) = (sample(before), sample(after));
    if size(&before) < MIN_WORDS || size(&after) < MIN_WORDS {
        return None;
    }
    let scripts = (script(&before)?, script(&after)?);
    match scripts {
        (Script::Latin, Script::Latin) => other_latin(&before, &after),
        (one, other) if one != other => Some(name(other, &after)),
        _ => None,
    }
}

fn other_latin(before: &str, after: &str) -> Option<&'static str> {
    let (is_long_before, is_long_after) = (size(before) >= MIN_WORDS_NOT_IN_IT, size(after) >= MIN_WORDS_NOT_IN_IT);
    let letters = after.chars().filter(|c| c.is_alphabetic()).count().max(1);
    let foreign = after.chars().filter(|c| c.is_alphabetic() && !c.is_ascii()).count();
    let is_foreign = foreign as f64 / letters as f64 >= FOREIGN_LETTERS;
    let (before, after) = (lexicon::shares(before), lexicon::shares(after));
    let best = |shares: &lexicon::Shares| {
        let best = shares.iter().copied().max_by(|(_, a), (_, b)| a.total_cmp(b));
        best.filter(|(_, share)| *share >= IN_IT)
    };
    let share = |shares: &lexicon::Shares, language: &str| {
        shares.iter().find(|(other, _)| *other == language).map_or(0.0, |(_, share)| *share)
    };
    let lacks = |shares: &lexicon::Shares, (language, most): (&str, f64)| {
        let share = share(shares, language);
        share < NOT_IN_IT && share * 2.0 < most
    };
    let leads = |shares: &lexicon::Shares, (language, most): (&str, f64)| {
        shares.iter().all(|(other, share)| *other == language || share * LEAD <= most)
    };
    match (best(&before), best(&after)) {
        (Some(was), Some(found)) if was.0 != found.0 && leads(&before, was) && leads(&after, found) => {
            Some(in_words(found.0))
        }
        (_, Some(found)) if is_long_before && lacks(&before, found) => Some(in_words(found.0)),
        (Some(was), _) if is_long_after && is_foreign && lacks(&after, was) => Some("in another language"),
        _ => None,
    }
}

/// What a text is written in, as far as it tells the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    /// Cyrillic with the letters of Ukrainian and without those of Russian.
    Ukrainian,
    Cyrillic,
    Greek,
    Hebrew,
    Arabic,
    Chinese,
    Japanese,
    Korean,
    Devanagari,
    Thai,
    Other,
}

/// The script of most of the letters.
fn script(text: &str) -> Option<Script> {
    let mut counts: Vec<(Script, usize)> = Vec::new();
    let mut letters = 0;
    for script in text.chars().filter(|c| c.is_alphabetic()).map(script_of) {
        letters += 1;
        match counts.iter_mut().find(|(counted, _)| *counted == script) {
            Some((_, count)) => *count += 1,
            None => counts.push((script, 1)),
        }
    }
    let count = |script: Script| counts.iter().find(|(counted, _)| *counted == script).map_or(0, |(_, count)| *count);
    if (count(Script::Chinese) + count(Script::Japanese)) * 2 > letters {
        return Some(if count(Script::Japanese) * 10 > letters { Script::Japanese } else { Script::Chinese });
    }
    let (script, most) = counts.iter().copied().max_by_key(|(_, count)| *count)?;
    if most * 10 < letters * 6 {
        return None;
    }
    let has = |letters: &str| text.chars().filter(|c| letters.contains(*c)).count();
    match script {
        Script::Cyrillic if has("іїєґІЇЄ") > 3 && has("ыэъёЫЭ") == 0 => Some(Script::Ukrainian),
        script => Some(script),
    }
}

fn script_of(character: char) -> Script {
    match character {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{590}'..='\u{5ff}' => Script::Hebrew,
        '\u{600}'..='\u{77f}' => Script::Arabic,
        '\u{900}'..='\u{97f}' => Script::Devanagari,
        '\u{e00}'..='\u{e7f}' => Script::Thai,
        '\u{3040}'..='\u{30ff}' => Script::Japanese,
        '\u{3400}'..='\u{9fff}' => Script::Chinese,
        '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}' => Script::Korean,
        _ => Script::Other,
    }
}

fn name(script: Script, text: &str) -> &'static str {
    match script {
        Script::Latin => {
            let best = lexicon::shares(text).into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
            best.filter(|(_, share)| *share >= IN_IT).map_or("in Latin script", |(language, _)| in_words(language))
        }
        Script::Ukrainian => "in Ukrainian",
        Script::Cyrillic => "in Cyrillic script",
        Script::Greek => "in Greek",
        Script::Hebrew => "in Hebrew script",
        Script::Arabic => "in Arabic script",
        Script::Chinese => "in Chinese",
        Script::Japanese => "in Japanese",
        Script::Korean => "in Korean",
        Script::Devanagari => "in Devanagari script",
        Script::Thai => "in Thai",
        Script::Other => "in another script",
    }
}

fn in_words(language: &str) -> &'static str {
    match language {
        "en" => "in English",
        "de" => "in German",
        "fr" => "in French",
        "es" => "in Spanish",
        "pt" => "in Portuguese",
        "it" => "in Italian",
        "nl" => "in Dutch",
        "tr" => "in Turkish",
        _ => "in another language",
    }
}

/// The prose of a text: names and results in lists have no language.
fn sample(text: &ArticleText) -> String {
    let is_prose = |paragraph: &&Paragraph| matches!(paragraph.role, Role::Paragraph | Role::Quotation | Role::Post);
    let paragraphs = text.paragraphs.iter().filter(is_prose).flat_map(|paragraph| paragraph.text.chars().chain(['\n']));
    paragraphs.take(SAMPLE_CHARS).collect()
}
