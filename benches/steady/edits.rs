//! Edits of an article's own text, with the kind of change that each is.

use std::sync::LazyLock;

use regex::Regex;
use wirewatch::model::{ArticleText, Kind};

use crate::pages::{Page, folded, words};
use crate::random::Random;
use crate::tree::{Node, NodeId};

/// What an editor may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    ChangeNumber,
    ReplaceWord,
    AddNegation,
    RemoveQuotation,
    AddSentence,
    RemoveParagraph,
    AddParagraphInside,
    AddParagraphAtEnd,
    ChangeHeadline,
    AddCorrection,
    ChangePunctuation,
    FixTypo,
}

pub const TASKS: [Task; 12] = [
    Task::ChangeNumber,
    Task::ReplaceWord,
    Task::AddNegation,
    Task::RemoveQuotation,
    Task::AddSentence,
    Task::RemoveParagraph,
    Task::AddParagraphInside,
    Task::AddParagraphAtEnd,
    Task::ChangeHeadline,
    Task::AddCorrection,
    Task::ChangePunctuation,
    Task::FixTypo,
];

/// A page before and after an edit.
pub struct Edit {
    pub task: Task,
    pub before: Page,
    pub after: Page,
    /// Folded text that stands in the article only after, and only before.
    came: Option<String>,
    went: Option<String>,
}

impl Task {
    pub fn name(self) -> &'static str {
        match self {
            Self::ChangeNumber => "a number changed",
            Self::ReplaceWord => "a word replaced",
            Self::AddNegation => "a negation added",
            Self::RemoveQuotation => "a quotation removed",
            Self::AddSentence => "a sentence added",
            Self::RemoveParagraph => "a paragraph removed",
            Self::AddParagraphInside => "a paragraph added inside",
            Self::AddParagraphAtEnd => "a paragraph added at the end",
            Self::ChangeHeadline => "the headline changed",
            Self::AddCorrection => "a correction added",
            Self::ChangePunctuation => "punctuation changed",
            Self::FixTypo => "a typo fixed",
        }
    }

    /// Whether these kinds say what was done: one of the first list, and none that is in neither.
    pub fn is_said_by(self, kinds: &[Kind]) -> bool {
        let (any, also): (&[Kind], &[Kind]) = match self {
            Self::ChangeNumber => (&[Kind::Figures, Kind::Date], &[]),
            Self::ReplaceWord => (&[Kind::Wording, Kind::Name], &[]),
            Self::AddNegation => (&[Kind::Negation], &[]),
            // What stood in the quotation went with it.
            Self::RemoveQuotation => {
                (&[Kind::Quote], &[Kind::Removal, Kind::Wording, Kind::Name, Kind::Figures, Kind::Date, Kind::Negation])
            }
            Self::AddSentence | Self::AddParagraphInside | Self::AddParagraphAtEnd => (&[Kind::Addition], &[]),
            Self::RemoveParagraph => (&[Kind::Removal], &[Kind::Quote]),
            Self::ChangeHeadline => (&[Kind::Headline], &[Kind::Name]),
            Self::AddCorrection => (&[Kind::Correction], &[Kind::Addition]),
            Self::ChangePunctuation => (&[Kind::Punctuation], &[]),
            Self::FixTypo => (&[Kind::Typo], &[]),
        };
        kinds.iter().any(|kind| any.contains(kind))
            && kinds.iter().all(|kind| any.contains(kind) || also.contains(kind))
    }

    /// Does it on a page, or `None` where there is nothing to do it on.
    pub fn apply(self, page: &Page, random: &mut Random) -> Option<Edit> {
        let sentences: [&str; 3] = [
            "Officials in the region said that they would publish a full account before the summer.",
            "A spokeswoman for the group declined to say when the talks would be taken up again.",
            "Neighbours described the mood in the town that evening as calm but tired.",
        ];
        let sentence = (*random.pick(&sentences)?).to_owned();
        let markup = format!("<p>{sentence}</p>");
        match self {
            Self::ChangeNumber => self.reword(page, random, change_number),
            Self::ReplaceWord => self.reword(page, random, replace_word),
            Self::AddNegation => self.reword(page, random, |text, random| add_negation(text, &page.language, random)),
            Self::RemoveQuotation => self.reword(page, random, remove_quotation),
            Self::AddSentence => self.reword(page, random, |text, _| {
                text.trim_end().ends_with('.').then(|| format!("{} {sentence}", text.trim_end()))
            }),
            Self::ChangePunctuation => self.reword(page, random, remove_comma),
            Self::FixTypo => {
                let typo = self.reword(page, random, misspell)?;
                let Edit { before, after, came, went, .. } = typo;
                Some(Edit { task: self, before: after, after: before, came: went, went: came })
            }
            Self::RemoveParagraph => remove_paragraph(page, random),
            Self::AddParagraphInside => {
                let (_, inside) = beside(page).split_last().map(|(last, rest)| (*last, rest.to_vec()))?;
                self.insert(page, *random.pick(&inside)?, &markup, &sentence)
            }
            Self::AddParagraphAtEnd => self.insert(page, *beside(page).last()?, &markup, &sentence),
            Self::AddCorrection => {
                let note = correction(&page.language)?;
                self.insert(page, *beside(page).last()?, &format!("<p>{note}</p>"), note)
            }
            Self::ChangeHeadline => change_headline(page, random),
        }
    }

    /// Changes one text of the article.
    fn reword(
        self,
        page: &Page,
        random: &mut Random,
        change: impl Fn(&str, &mut Random) -> Option<String>,
    ) -> Option<Edit> {
        let has_quotes =
            |id: &NodeId| page.tree.text(page.tree.parent(*id)).contains(['"', '“', '”', '«', '„', '\'', '’']);
        let mut texts = page.texts();
        if self != Self::RemoveQuotation {
            texts.retain(|id| !has_quotes(id));
        }
        random.shuffle(&mut texts);
        texts.into_iter().find_map(|id| {
            let Node::Text(old) = page.tree.node(id) else { return None };
            let new = change(old, random).filter(|new| new != old)?;
            let (went, came) = snippets(old, &new);
            let went = Some(went).filter(|went| !folded(&new).contains(went.as_str()));
            let came = Some(came).filter(|came| !folded(old).contains(came.as_str()));
            // Pages that show a text twice still show it after one of the two was edited.
            let is_unique = |text: &String| page.shown().matches(text.as_str()).count() < 2;
            if !went.iter().all(is_unique) {
                return None;
            }
            let mut after = page.clone();
            after.tree.set_text(id, new);
            Some(Edit { task: self, before: page.clone(), after, came, went })
        })
    }

    fn insert(self, page: &Page, beside: NodeId, markup: &str, text: &str) -> Option<Edit> {
        let mut after = page.clone();
        let new = after.tree.fragment(markup);
        after.tree.insert_after(beside, &new);
        // The noise of later fetches goes behind the new end, or between the old paragraphs.
        let place = after.paragraphs.iter().position(|id| *id == beside)? + 1;
        after.paragraphs.splice(place..place, new);
        Some(Edit { task: self, before: page.clone(), after, came: Some(text.to_owned()), went: None })
    }
}

impl Edit {
    /// Whether a reading shows the page after the edit, as far as the edit goes.
    pub fn is_shown_by(&self, text: &ArticleText) -> bool {
        if self.task == Task::ChangeHeadline {
            let has = |word: &Option<String>| {
                let shown = text.headline.as_deref().unwrap_or_default();
                word.as_ref().is_some_and(|word| shown.contains(word.as_str()))
            };
            return has(&self.came) && !has(&self.went);
        }
        let has = |wanted: &String| {
            let blocks = text.paragraphs.iter().map(|paragraph| &paragraph.text).chain(&text.correction);
            blocks.into_iter().any(|block| folded(block).contains(wanted.as_str()))
        };
        self.came.as_ref().is_none_or(has) && !self.went.as_ref().is_some_and(has)
    }

    /// Whether a reading has the passage that is edited, or, for what is put in, any text at all.
    pub fn is_of(&self, text: &ArticleText) -> bool {
        let blocks = || text.paragraphs.iter().map(|paragraph| &paragraph.text).chain(&text.headline);
        match &self.went {
            Some(went) => blocks().any(|block| folded(block).contains(went.as_str())),
            None => !text.paragraphs.is_empty(),
        }
    }

    /// What was put in or taken out, for people.
    pub fn told(&self) -> String {
        let text = self.came.as_ref().or(self.went.as_ref()).cloned().unwrap_or_default();
        format!("{}: {}", self.task.name(), text.chars().take(80).collect::<String>())
    }
}

/// The paragraphs beside which others can be put.
fn beside(page: &Page) -> Vec<NodeId> {
    let is_inside = |id: &NodeId| page.tree.parent(*id) == page.container && page.tree.name(*id) == "p";
    page.paragraphs.iter().copied().filter(is_inside).collect()
}

fn remove_paragraph(page: &Page, random: &mut Random) -> Option<Edit> {
    let mut removable = beside(page);
    removable.retain(|id| words(&page.tree.text(*id)) >= 8);
    if removable.len() < 4 {
        return None;
    }
    let id = removable[random.between(1, removable.len() - 2)];
    let went = folded(&page.tree.text(id));
    let mut after = page.clone();
    after.tree.remove(id);
    after.paragraphs.retain(|other| *other != id);
    Some(Edit { task: Task::RemoveParagraph, before: page.clone(), after, came: None, went: Some(went) })
}

/// Replaces a word of the headline wherever it is told: main heading, title, metadata.
fn change_headline(page: &Page, random: &mut Random) -> Option<Edit> {
    static STATED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#""headline"\s*:\s*"(?:[^"\\]|\\.)*""#).expect("a pattern"));
    let headline = page.headline.as_ref().filter(|headline| words(headline) >= 5)?;
    // Readers see the main heading; a title that only search engines see is no headline.
    let shown = page.tree.elements(&["h1"]).into_iter().find(|id| folded(&page.tree.text(*id)) == *headline)?;
    let title = page.tree.elements(&["title"]).first().map(|id| page.tree.text(*id)).unwrap_or_default();
    let is_told = |word: &&str| is_plain(word) && title.contains(*word) && page.tree.text(shown).contains(*word);
    let long: Vec<&str> = headline.split_whitespace().filter(is_told).collect();
    let old = *random.pick(&long)?;
    let new = *random.pick(&["candle", "harbour", "orchard", "meadow"])?;
    let mut after = page.clone();
    let replaced = |text: &str| text.replacen(old, new, 1);
    for id in page.tree.elements(&["h1", "title", "script", "meta"]) {
        let is_title = page.tree.attribute(id, "property").or(page.tree.attribute(id, "name"));
        match page.tree.name(id) {
            "meta" if is_title.is_some_and(|name| name.ends_with(":title")) => {
                let attributes = after.tree.attributes_mut(id).into_iter().flatten();
                attributes.filter(|(name, _)| name == "content").for_each(|(_, value)| *value = replaced(value));
            }
            "script" if page.tree.attribute(id, "type") == Some("application/ld+json") => {
                for text in page.tree.children(id) {
                    let stated = page.tree.text(*text);
                    let told = STATED.replace_all(&stated, |found: &regex::Captures<'_>| replaced(&found[0]));
                    after.tree.set_text(*text, told.into_owned());
                }
            }
            "h1" | "title" if folded(&page.tree.text(id)).contains(old) => {
                let inner = page.tree.below(id).into_iter();
                let texts = inner.filter(|id| matches!(page.tree.node(*id), Node::Text(text) if text.contains(old)));
                for text in texts.take(1) {
                    after.tree.set_text(text, replaced(&page.tree.text(text)));
                }
            }
            _ => {}
        }
    }
    let came = Some(new.to_owned());
    let went = Some(old.to_owned());
    Some(Edit { task: Task::ChangeHeadline, before: page.clone(), after, came, went })
}

/// A word in small letters that nobody would take for a name, a number or a negation.
fn is_plain(word: &str) -> bool {
    const SAYING: [&str; 14] = [
        "million",
        "billion",
        "dozens",
        "hundreds",
        "thousands",
        "nothing",
        "denied",
        "denies",
        "confirmed",
        "without",
        "seventeen",
        "january",
        "monday",
        "percent",
    ];
    word.chars().count() >= 6 && word.chars().all(char::is_lowercase) && !SAYING.contains(&word)
}

fn change_number(text: &str, random: &mut Random) -> Option<String> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b\d[\d.,]*\d\b|\b\d\b").expect("a pattern"));
    let found: Vec<_> = NUMBER.find_iter(text).collect();
    let place = random.pick(&found)?.end() - 1;
    let digit = text[place..].chars().next()?.to_digit(10)?;
    let other = (digit + random.between(1, 8) as u32) % 10;
    Some(format!("{}{other}{}", &text[..place], &text[place + 1..]))
}

fn replace_word(text: &str, random: &mut Random) -> Option<String> {
    let long: Vec<&str> = text.split_whitespace().filter(|word| is_plain(word)).collect();
    let old = random.pick(&long)?;
    let new = random.pick(&["brittle", "velvet", "patient", "wandering", "copper"])?;
    Some(text.replacen(&format!(" {old} "), &format!(" {new} "), 1))
}

fn add_negation(text: &str, language: &str, random: &mut Random) -> Option<String> {
    let pairs: &[(&str, &str)] = match language {
        "en" => &[
            (" is ", " is not "),
            (" was ", " was not "),
            (" are ", " are not "),
            (" will ", " will not "),
            (" were ", " were not "),
            (" has ", " has not "),
            (" have ", " have not "),
        ],
        "de" => &[(" ist ", " ist nicht "), (" war ", " war nicht "), (" wird ", " wird nicht ")],
        "es" => &[(" es ", " no es "), (" fue ", " no fue "), (" está ", " no está "), (" ha ", " no ha ")],
        "pt" => &[(" é ", " não é "), (" foi ", " não foi "), (" está ", " não está "), (" tem ", " não tem ")],
        "it" => &[(" è ", " non è "), (" ha ", " non ha "), (" era ", " non era ")],
        "nl" => &[(" is ", " is niet "), (" was ", " was niet ")],
        _ => &[],
    };
    let fitting: Vec<_> = pairs.iter().filter(|(plain, _)| text.contains(plain)).collect();
    let (plain, negated) = random.pick(&fitting)?;
    Some(text.replacen(plain, negated, 1))
}

fn remove_quotation(text: &str, random: &mut Random) -> Option<String> {
    static QUOTED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"“[^“”]{25,}”|"[^"]{25,}"|«[^«»]{25,}»|„[^„“]{25,}“"#).expect("a pattern"));
    let found: Vec<_> = QUOTED.find_iter(text).filter(|quoted| words(quoted.as_str()) >= 4).collect();
    let quoted = random.pick(&found)?;
    let rest = format!("{}{}", &text[..quoted.start()], &text[quoted.end()..]);
    (words(&rest) >= 3).then_some(rest)
}

fn remove_comma(text: &str, random: &mut Random) -> Option<String> {
    static COMMA: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\p{Ll}{2}, \p{Ll}{2}").expect("a pattern"));
    let found: Vec<_> = COMMA.find_iter(text).collect();
    let found = random.pick(&found)?;
    Some(format!("{}{}{}", &text[..found.start()], found.as_str().replace(',', ""), &text[found.end()..]))
}

/// Swaps two letters inside a long word.
fn misspell(text: &str, random: &mut Random) -> Option<String> {
    let long: Vec<&str> =
        text.split_whitespace().filter(|word| is_plain(word) && word.is_ascii() && word.len() >= 7).collect();
    let word = random.pick(&long)?;
    let at = (3..word.len() - 2).find(|at| word.as_bytes()[*at] != word.as_bytes()[at + 1])?;
    let swapped = format!("{}{}{}{}", &word[..at], &word[at + 1..at + 2], &word[at..at + 1], &word[at + 2..]);
    Some(text.replacen(&format!(" {word} "), &format!(" {swapped} "), 1))
}

fn correction(language: &str) -> Option<&'static str> {
    match language {
        "en" => {
            Some("Correction: An earlier version of this article misstated the year in which the bridge was built.")
        }
        "de" => Some("Korrektur: In einer früheren Fassung dieses Artikels stand ein falsches Baujahr der Brücke."),
        "es" => Some("Corrección: Una versión anterior de este artículo daba un año equivocado para el puente."),
        "pt" => Some("Correção: Uma versão anterior deste texto informava um ano errado para a ponte."),
        "fr" => Some("Correction : une version précédente de cet article donnait une mauvaise date pour le pont."),
        _ => None,
    }
}

/// Where two texts differ, with some of what stands around it, folded.
fn snippets(old: &str, new: &str) -> (String, String) {
    const AROUND: usize = 25;
    let start = old
        .char_indices()
        .zip(new.chars())
        .find(|((_, a), b)| a != b)
        .map_or(old.len().min(new.len()), |((at, _), _)| at);
    let rest = old.len().min(new.len()) - start;
    let same = old.bytes().rev().zip(new.bytes().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let cut = |text: &str| {
        let from = text.floor_char_boundary(start.saturating_sub(AROUND));
        let to = text.ceil_char_boundary((text.len() - same + AROUND).min(text.len()));
        folded(&text[from..to])
    };
    (cut(old), cut(new))
}
