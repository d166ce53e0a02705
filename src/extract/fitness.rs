//! Judges whether a page is fit to be read as the article it was asked for.
//!
//! Only what this page alone can tell: the answer's headers (`barrier`), redirects (`redirect`) and earlier captures
//! (`detect`) are for others to weigh. A real article must never be called unfit, so every verdict but `empty` wants a
//! mark and hardly any text.

use url::Url;

use crate::model::{ArticleText, Fitness, Quality};

use super::marks::Marks;
use super::{other, phrases, wording};

/// A page with more words than this is an article, whatever its title says.
const MAX_STUB_WORDS: usize = 120;
/// So long is the free part of a paid article at most.
const MAX_TEASER_WORDS: usize = 400;
/// A page that says nothing but `not found` may list so many words of other articles.
const MAX_LISTED_WORDS: usize = 800;
/// With fewer words of its own than this, a page is what its prompts say.
const HARDLY_ANY_WORDS: usize = 25;
/// With fewer words than this there is nothing to compare.
const MIN_WORDS: usize = 4;
/// Longest title that a challenge or an error page has, in characters.
const MAX_TITLE_CHARS: usize = 90;
/// A paragraph that ends without a mark has been cut if it is this long; shorter ones are captions and signatures.
const MIN_CUT_WORDS: usize = 12;

/// The text as the verdict sees it.
struct Measure {
    /// All of the text, in words.
    words: usize,
    /// Without the paragraphs that only prompt.
    own_words: usize,
    is_cut: bool,
    /// What paragraphs of the text prompt.
    prompt: Option<(Quality, String)>,
}

impl Measure {
    fn of(text: &ArticleText) -> Self {
        let mut measure = Self { words: 0, own_words: 0, is_cut: false, prompt: None };
        for paragraph in &text.paragraphs {
            let size = wording::size(&paragraph.text);
            measure.words += size;
            match phrases::prompt(&paragraph.text) {
                Some(quality) => {
                    let words = wording::first_chars(&paragraph.text, 80);
                    measure.prompt.get_or_insert((quality, words));
                }
                None => {
                    measure.own_words += size;
                    measure.is_cut = is_cut(&paragraph.text, size);
                }
            }
        }
        measure
    }
}

/// Whether a last paragraph breaks off: in an ellipsis, or in no mark at all.
fn is_cut(last: &str, words: usize) -> bool {
    let breaks_off = last.ends_with(char::is_alphanumeric) && words >= MIN_CUT_WORDS;
    last.ends_with(['…', ',']) || last.ends_with("...") || breaks_off
}

/// The verdict, with the evidence in words.
pub fn judge(text: &ArticleText, marks: &Marks, url: &Url) -> Fitness {
    let measure = Measure::of(text);
    if let Some(fitness) = by_title(&measure, marks)
        .or_else(|| by_challenge(&measure, marks))
        .or_else(|| by_prompt(&measure, marks))
        .or_else(|| by_paywall(&measure, marks))
    {
        return fitness;
    }
    if measure.words < MIN_WORDS {
        return unfit(Quality::Empty, "the page has no article text");
    }
    if let Some(reason) = other::other_article(text, marks, url).or_else(|| other::list(text, marks, url)) {
        return unfit(Quality::OtherArticle, reason);
    }
    unfit(Quality::Good, format!("the page has {}", counted(measure.words)))
}

fn unfit(quality: Quality, reason: impl Into<String>) -> Fitness {
    Fitness { quality, reason: reason.into() }
}

/// A page whose title says what it is. A real short article may be titled so too: one that states its date, or whose
/// title goes on, needs hardly any text to be doubted.
fn by_title(measure: &Measure, marks: &Marks) -> Option<Fitness> {
    let is_short = |title: &&String| title.chars().count() <= MAX_TITLE_CHARS;
    let titles = || marks.titles.iter().chain(&marks.headings).filter(is_short);
    let says_all = |title: &String| phrases::titles().any(|(_, phrase)| phrases::says_only(title, phrase));
    for (quality, phrase) in phrases::titles() {
        let Some(title) = titles().find(|title| phrases::says(title, phrase)) else { continue };
        let says_only = titles().any(|title| phrases::says_only(title, phrase));
        let is_plain = marks.headings.iter().all(says_all) && marks.titles.iter().all(says_all);
        let lists = matches!(quality, Quality::NotFound | Quality::Error) && is_plain && !marks.is_article;
        let is_agreed = measure.prompt.as_ref().is_some_and(|(prompted, _)| *prompted == quality);
        let most = match (says_only, marks.is_article) {
            (true, false) if lists => MAX_LISTED_WORDS,
            (true, false) => MAX_STUB_WORDS,
            (true, true) => HARDLY_ANY_WORDS,
            (false, false) if is_agreed => MAX_STUB_WORDS,
            (false, false) => HARDLY_ANY_WORDS / 2,
            (false, true) if is_agreed => HARDLY_ANY_WORDS,
            (false, true) => continue,
        };
        if measure.own_words <= most {
            let few = counted(measure.words);
            return Some(unfit(quality, format!("the page is titled `{title}` and has {few}")));
        }
    }
    None
}

/// A page of what protects the site.
fn by_challenge(measure: &Measure, marks: &Marks) -> Option<Fitness> {
    let name = marks.challenge.as_ref()?;
    let is_challenge = !marks.is_article && measure.words < MAX_STUB_WORDS / 2;
    is_challenge.then(|| unfit(Quality::Challenge, format!("the page is {name}")))
}

/// A page that says in the place of its text what it is.
fn by_prompt(measure: &Measure, marks: &Marks) -> Option<Fitness> {
    let anywhere = marks.prompts.first().filter(|_| measure.own_words < MIN_WORDS);
    let (quality, words) = measure.prompt.as_ref().or(anywhere)?;
    let most = if marks.is_article { HARDLY_ANY_WORDS / 2 } else { HARDLY_ANY_WORDS };
    let is_most = measure.own_words < most;
    is_most.then(|| unfit(*quality, format!("the page says `{words}` and has {}", counted(measure.own_words))))
}

/// The free part of a paid article. Pages that are read in full may carry every one of these marks alone.
fn by_paywall(measure: &Measure, marks: &Marks) -> Option<Fitness> {
    let is_paywall = |(quality, _): &&(Quality, String)| *quality == Quality::Paywall;
    let prompt = measure.prompt.iter().chain(&marks.prompts).find(is_paywall);
    let has_wall = prompt.is_some() || marks.has_paywall;
    let witnesses = [has_wall, marks.is_paid, measure.is_cut].into_iter().filter(|witness| *witness).count();
    let is_stub = match witnesses {
        3 => measure.own_words <= MAX_TEASER_WORDS,
        2 => measure.own_words <= MAX_STUB_WORDS && (has_wall || !marks.is_article),
        _ => false,
    };
    if !is_stub || measure.own_words < MIN_WORDS {
        return None;
    }
    let few = counted(measure.own_words);
    let reason = match prompt {
        Some((_, words)) => format!("the page says `{words}` and has only {few}"),
        None => format!("the page has a paywall and only {few}"),
    };
    Some(unfit(Quality::Paywall, reason))
}

fn counted(words: usize) -> String {
    if words == 1 { "1 word of text".to_owned() } else { format!("{words} words of text") }
}
