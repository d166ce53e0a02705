//! Whether a capture that looks like an article can be believed, given what the article said before and what the other
//! articles of its host say.

use std::time::Duration;

use crate::diff;
use crate::extract;
use crate::model::{
    ArticleText, Capture, Echoes, Entry, Fitness, Foreign, Paragraph, Quality, Sightings, Source, Timestamp, Version,
    size,
};

use super::Known;

/// Of a shorter text, a share says nothing.
const MIN_WORDS: usize = 60;
/// A stub says what the article said, to this share.
const OLD_WORDS_PERCENT: usize = 60;
/// By so many characters at its beginning a paragraph is known again.
const BEGINNING_CHARS: usize = 60;
/// Sites serve other editions by the reader's country, and it changes with the way a request takes; an article that was
/// really replaced by its translation stays so.
const FOREIGN_STANDS: Duration = Duration::from_secs(24 * 60 * 60);
const FOREIGN_LOOKS: u32 = 3;
/// The same text on so many other articles of the host is no article's.
const ECHOES: usize = 2;
/// A shorter text may well be the same on several pages (`Watch the video above`), under another headline each.
const MIN_ECHO_WORDS: usize = 40;
/// A text that fell to less than this share has to stand for an hour.
const SHORTENED_TO_A: usize = 3;

/// Why a capture that is good by itself is not fit to be read as the next state of this article.
pub(super) fn doubt(
    known: &Known<'_>,
    sightings: &mut Sightings,
    capture: &Capture,
    now: Timestamp,
) -> Option<Fitness> {
    if capture.fitness.quality != Quality::Good {
        return Some(capture.fitness.clone());
    }
    let latest = known.latest.filter(|_| capture.source == Source::Page)?;
    collapsed(&latest.text, capture).or_else(|| foreign(latest, sightings, capture, now))
}

/// The beginning of the article, or its summary, before a wall. A new text before a wall is an edit.
fn collapsed(before: &ArticleText, capture: &Capture) -> Option<Fitness> {
    let wall = capture.wall.as_ref()?;
    let own = capture.text.paragraphs.iter().filter(|paragraph| !extract::prompts(&paragraph.text));
    let own: Vec<&Paragraph> = own.collect();
    let (was, is) = (before.words(), own.iter().map(|paragraph| size(&paragraph.text)).sum::<usize>());
    let has_new_note = capture.text.correction.is_some() && capture.text.correction != before.correction;
    if was < MIN_WORDS || is * 2 >= was || has_new_note {
        return None;
    }
    let fields = [&before.headline, &before.summary].into_iter().flatten().map(String::as_str);
    let said: Vec<&str> = fields.chain(before.paragraphs.iter().map(|paragraph| paragraph.text.as_str())).collect();
    let said = said.join("\n");
    let said = diff::fold(&said);
    let old = own.into_iter().filter(|paragraph| {
        let beginning: String = diff::fold(&paragraph.text).chars().take(BEGINNING_CHARS).collect();
        said.contains(beginning.trim_end_matches(['.', '…', ' ']))
    });
    let old: usize = old.map(|paragraph| size(&paragraph.text)).sum();
    (old * 100 >= is * OLD_WORDS_PERCENT).then(|| Fitness {
        quality: wall.quality,
        reason: format!("the text fell from {was} to {is} words, and the page {}", wall.evidence),
    })
}

/// Another language than that of the version before, until it has stood for a day.
fn foreign(latest: &Version, sightings: &mut Sightings, capture: &Capture, now: Timestamp) -> Option<Fitness> {
    let seen = sightings.foreign.take();
    let language = diff::other_language(&latest.text, &capture.text)?;
    let seen = seen.map_or(Foreign { since: now, looks: 1 }, |seen| Foreign { looks: seen.looks + 1, ..seen });
    sightings.foreign = Some(seen);
    if seen.looks >= FOREIGN_LOOKS && now.since(seen.since) >= FOREIGN_STANDS {
        return None;
    }
    let reason = format!("the text is {language}, other than version {}", latest.number);
    Some(Fitness { quality: Quality::OtherLanguage, reason })
}

/// Why a capture says what other articles of its host say, so that it is none of theirs: a notice of the site, an error
/// text that no list knows, a page to which many addresses lead.
///
/// A text that the article has as its version already is left alone: nothing would be won.
pub fn repeated(
    latest: Option<&Version>,
    entry: Option<&Entry>,
    capture: &Capture,
    echoes: &Echoes,
) -> Option<Fitness> {
    let words = capture.text.words();
    let print = |text: &ArticleText| diff::fingerprint(&body(text));
    if words == 0 || latest.is_some_and(|latest| print(&latest.text) == print(&capture.text)) {
        return None;
    }
    // A notice in place of many articles is what somebody will ask for.
    if capture.text.correction.is_some() || capture.text.paragraphs.iter().any(|note| extract::is_note(&note.text)) {
        return None;
    }
    let unfit = |reason: String| Some(Fitness { quality: Quality::Repeated, reason });
    let has_fallen = latest.is_some_and(|latest| latest.text.words() >= MIN_WORDS && words * 2 < latest.text.words());
    let is_telling = words >= MIN_ECHO_WORDS || has_fallen || echoes.same_both >= ECHOES;
    if echoes.same_text.len() >= ECHOES && is_telling {
        let others: Vec<String> = echoes.same_text.iter().take(3).map(|article| article.0.to_string()).collect();
        return unfit(format!("the same text stands on other articles of the site ({})", others.join(", ")));
    }
    if echoes.is_known && is_telling {
        return unfit("the text is one that the site has shown on many articles".to_owned());
    }
    let says_nothing = words < MIN_ECHO_WORDS && !speaks_of(capture, entry);
    if echoes.same_headline >= ECHOES && says_nothing {
        let headline = capture.text.headline.as_deref().unwrap_or_default();
        return unfit(format!(
            "other articles of the site are headed `{headline}` too, and the feed's title is another"
        ));
    }
    None
}

/// The text alone, without what surrounds it: what is compared between articles.
pub fn body(text: &ArticleText) -> ArticleText {
    ArticleText { paragraphs: text.paragraphs.clone(), ..ArticleText::default() }
}

/// Whether a page has a word of the title that the feed gives; without a title, it may.
fn speaks_of(capture: &Capture, entry: Option<&Entry>) -> bool {
    let Some(title) = entry.and_then(|entry| entry.title.as_deref()) else { return true };
    let headline = capture.text.headline.as_deref().unwrap_or_default();
    let said = diff::fold(&format!("{headline}\n{}", capture.text.text())).to_lowercase();
    let title = diff::fold(title).to_lowercase();
    let mut words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 4).peekable();
    words.peek().is_none() || words.any(|word| said.contains(word))
}

/// What is to be told of a page that reads far shorter than the latest version, while that waits to be believed.
pub fn shortened(latest: Option<&Version>, text: &ArticleText) -> Option<Fitness> {
    let before = &latest?.text;
    is_shortened(before, text).then(|| Fitness {
        quality: Quality::Shortened,
        reason: format!(
            "the text fell from {} to {} words; it becomes a version if it stands for an hour",
            before.words(),
            text.words()
        ),
    })
}

/// Whether a text fell to so little that it has to stand for an hour, and that the reader is told so.
pub(super) fn is_shortened(before: &ArticleText, text: &ArticleText) -> bool {
    let (was, is) = (before.words(), text.words());
    was > MIN_WORDS && is * SHORTENED_TO_A < was
}
