//! What a change between two texts means: its kinds, its severity, its figures, and whether it was announced.

use super::body::{self, Body};
use super::examination::Examination;
use super::figures::Reading;
use super::findings::Findings;
use super::fold::{fingerprint, fold};
use super::headline;
use super::lexicon::Lexicon;
use super::names::Known;
use super::pair::Pair;
use super::token::{Text, Vocabulary, is_spaceless};
use crate::model::{ArticleText, Change, Kind, Severity};

/// A text of fewer words is not rewritten, its sentences are changed.
const LEAST_REWRITTEN: usize = 12;

/// The change from one text to the next, or `None` when a reader sees no difference.
///
/// `restores` is left open: it takes the earlier versions to tell.
pub fn compare(old: &ArticleText, new: &ArticleText) -> Option<Change> {
    if fingerprint(old) == fingerprint(new) {
        return None;
    }
    let lexicon = Lexicon::of(new);
    let texts = old.paragraphs.iter().chain(&new.paragraphs).map(|paragraph| paragraph.text.as_str());
    let known = Known::new(texts.collect());
    let title = headline(old, new, lexicon, &known);
    let summary = summary(old, new, lexicon, &known);
    let note = correction(old, new, lexicon, &known);
    let mut body = body::examine(old, new, lexicon, &known);
    let shares = Shares::of(&body, old, new);
    mark_rewrite(&mut body, &shares);

    let mut findings = Findings::default();
    let mut silent_candidates = Findings::default();
    for part in [&title.findings, &body.findings] {
        part.kinds().iter().for_each(|kind| silent_candidates.note(*kind));
    }
    let (added, removed) = (body.added_words, body.removed_words);
    // A note that was taken away announces nothing.
    let has_new_note = body.has_new_note || note.is_reworded && !is_empty(&new.correction);
    let counted = [&title, &summary, &note];
    let added_words = added + counted.iter().map(|field| field.added_words).sum::<usize>();
    let removed_words = removed + counted.iter().map(|field| field.removed_words).sum::<usize>();
    for part in [title.findings, summary.findings, note.findings, body.findings] {
        findings.merge(part);
    }
    if differs(&old.byline, &new.byline) {
        findings.note(Kind::Byline);
    }
    tidy(&mut findings);
    let is_above_minor = silent_candidates.kinds().iter().any(|kind| severity(*kind, &shares) > Severity::Minor);
    let silent = is_above_minor && !has_moved(old, new) && !has_new_note;
    let severity = findings.kinds().iter().map(|kind| severity(*kind, &shares)).max();
    let figures = std::mem::take(&mut findings.figures);
    Some(Change {
        kinds: findings.into_kinds(),
        severity,
        added_words,
        removed_words,
        silent,
        figures,
        marks: Vec::new(),
        restores: None,
    })
}

/// What was found in a field.
#[derive(Debug, Default)]
struct Field {
    findings: Findings,
    added_words: usize,
    removed_words: usize,
    /// Other words, not only other spellings and punctuation.
    is_reworded: bool,
}

impl Field {
    fn examine<'t>(
        old: &'t Option<String>,
        new: &'t Option<String>,
        lexicon: &'static Lexicon,
        known: &Known<'t>,
    ) -> Self {
        let mut vocabulary = Vocabulary::new(lexicon);
        let old = Text::read(old.as_deref().unwrap_or_default(), &mut vocabulary);
        let new = Text::read(new.as_deref().unwrap_or_default(), &mut vocabulary);
        let pair = Pair::compare(&old, &new, &vocabulary);
        let reading = |text| Reading { text, vocabulary: &vocabulary };
        let mut examination = Examination::of_heading(&pair, reading(&old), reading(&new), known);
        let (old_stays, new_stays) = pair.staying(&vocabulary);
        if old_stays.contains(&true) && new_stays.contains(&true) {
            pair.hunks.iter().for_each(|hunk| examination.examine(hunk, |_| true, |_| true));
        } else {
            examination.examine_rewritten();
        }
        let findings = examination.finish();
        let is_word = |text: &Text, index: usize| text.tokens[index].is_word();
        let removed_words = pair.hunks.iter().flat_map(|hunk| hunk.old.clone()).filter(|at| is_word(&old, *at)).count();
        let added_words = pair.hunks.iter().flat_map(|hunk| hunk.new.clone()).filter(|at| is_word(&new, *at)).count();
        let is_respelling = |kind: &Kind| matches!(kind, Kind::Typo | Kind::Punctuation);
        let is_respelt = !findings.kinds().is_empty() && findings.kinds().iter().all(is_respelling);
        let is_reworded = !is_respelt && words(&old, &vocabulary) != words(&new, &vocabulary);
        Self { findings, added_words, removed_words, is_reworded }
    }

    /// Only punctuation differs.
    fn cosmetic() -> Self {
        let mut field = Self::default();
        field.findings.note(Kind::Punctuation);
        field
    }
}

/// The words of a text as one string, without capitals and punctuation.
fn words(text: &Text, vocabulary: &Vocabulary) -> String {
    let words = text.tokens.iter().filter(|token| token.is_word());
    words.map(|token| vocabulary.text(token.key).to_lowercase().replace(['\'', '.'], "")).collect()
}

fn headline<'t>(old: &'t ArticleText, new: &'t ArticleText, lexicon: &'static Lexicon, known: &Known<'t>) -> Field {
    if !differs(&old.headline, &new.headline) {
        return Field::default();
    }
    let folded = |headline: &'t Option<String>| fold(headline.as_deref().unwrap_or_default());
    let canonical = new.canonical_url.as_ref().or(old.canonical_url.as_ref());
    if headline::differ_in_suffix_only(&folded(&old.headline), &folded(&new.headline), canonical) {
        return Field::cosmetic();
    }
    let mut field = Field::examine(&old.headline, &new.headline, lexicon, known);
    field.findings.forget(&[Kind::Wording]);
    if field.is_reworded {
        field.findings.note(Kind::Headline);
    }
    field
}

fn summary<'t>(old: &'t ArticleText, new: &'t ArticleText, lexicon: &'static Lexicon, known: &Known<'t>) -> Field {
    if !differs(&old.summary, &new.summary) {
        return Field::default();
    }
    let mut field = Field::examine(&old.summary, &new.summary, lexicon, known);
    field.findings.forget(&[Kind::Wording]);
    if field.is_reworded {
        field.findings.note(Kind::Summary);
    }
    field
}

fn correction<'t>(old: &'t ArticleText, new: &'t ArticleText, lexicon: &'static Lexicon, known: &Known<'t>) -> Field {
    if !differs(&old.correction, &new.correction) {
        return Field::default();
    }
    let mut field = Field::examine(&old.correction, &new.correction, lexicon, known);
    field.findings = Findings::default();
    field.findings.note(if field.is_reworded { Kind::Correction } else { Kind::Punctuation });
    field
}

fn is_empty(field: &Option<String>) -> bool {
    fold(field.as_deref().unwrap_or_default()).is_empty()
}

fn differs(old: &Option<String>, new: &Option<String>) -> bool {
    fold(old.as_deref().unwrap_or_default()) != fold(new.as_deref().unwrap_or_default())
}

/// How much of the text came, went and survived.
#[derive(Debug)]
struct Shares {
    much_came: bool,
    much_went: bool,
    is_rewritten: bool,
}

impl Shares {
    fn of(body: &Body, old: &ArticleText, new: &ArticleText) -> Self {
        let (old_words, new_words) = (count_words(old), count_words(new));
        let survived = old_words.saturating_sub(body.removed_words);
        // Where little came, the text was cut, not rewritten.
        let was_replaced = body.added_words * 3 >= body.removed_words;
        Self {
            much_came: body.came_words * 3 > new_words,
            much_went: body.went_words * 3 > old_words,
            is_rewritten: old_words >= LEAST_REWRITTEN && survived * 5 < old_words * 2 && was_replaced,
        }
    }
}

/// Words of the paragraphs; in scripts without spaces each character is one.
fn count_words(text: &ArticleText) -> usize {
    let in_paragraph = |text: &str| {
        let characters = text.chars().filter(|c| is_spaceless(*c)).count();
        characters + text.split_whitespace().filter(|word| !word.starts_with(is_spaceless)).count()
    };
    text.paragraphs.iter().map(|paragraph| in_paragraph(&paragraph.text)).sum()
}

/// A rewrite says it all about sentences that came, went and changed.
fn mark_rewrite(body: &mut Body, shares: &Shares) {
    if !shares.is_rewritten {
        return;
    }
    body.findings.forget(&[Kind::Addition, Kind::Removal, Kind::Wording, Kind::Move]);
    body.findings.note(Kind::Rewrite);
}

/// Punctuation and markup are said only where nothing else differs; a change that no closer look explains is markup.
fn tidy(findings: &mut Findings) {
    if findings.kinds().iter().any(|kind| !matches!(kind, Kind::Punctuation | Kind::Markup)) {
        findings.forget(&[Kind::Punctuation, Kind::Markup]);
    }
    if findings.has(Kind::Punctuation) {
        findings.forget(&[Kind::Markup]);
    }
    if findings.kinds().is_empty() {
        findings.note(Kind::Markup);
    }
}

/// Whether the publisher says that the article was modified since.
fn has_moved(old: &ArticleText, new: &ArticleText) -> bool {
    match (old.modified_at, new.modified_at) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => after > before,
    }
}

fn severity(kind: Kind, shares: &Shares) -> Severity {
    match kind {
        Kind::Headline | Kind::Figures | Kind::Negation | Kind::Quote | Kind::Correction | Kind::Rewrite => {
            Severity::Major
        }
        Kind::Addition if shares.much_came => Severity::Major,
        Kind::Removal if shares.much_went => Severity::Major,
        Kind::Gone | Kind::Back => Severity::Major,
        Kind::Addition | Kind::Removal | Kind::Date | Kind::Name | Kind::Summary | Kind::Wording => Severity::Notable,
        Kind::Byline | Kind::Move | Kind::Typo | Kind::Punctuation | Kind::Markup => Severity::Minor,
        Kind::Restored | Kind::Technical => Severity::Minor,
    }
}
