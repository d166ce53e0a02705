//! A version as rules see it, prepared once and matched against many of them.

use std::sync::OnceLock;

use url::Url;

use super::changed::{Side, changed_words, runs_of};
use super::stream::{Block, Stream};
use crate::model::{ArticleText, Diff, Event, FeedFacts};

/// What rules may ask of a version besides its text.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub url: &'a Url,
    /// The feeds that announce the article.
    pub feeds: &'a [FeedFacts],
    /// What happened, where something did; a search in the archive has none.
    pub event: Option<Event>,
    /// The text before and what changed since; `None` for the first version.
    pub change: Option<(&'a ArticleText, &'a Diff)>,
}

/// A version, prepared for matching. Each field is read when a rule first asks for it.
#[derive(Debug)]
pub struct Subject<'a> {
    text: &'a ArticleText,
    about: About<'a>,
    streams: [OnceLock<Stream<'a>>; PLACES],
    changed: [OnceLock<Vec<bool>>; PLACES],
}

/// A text in which words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    Title,
    Summary,
    Body,
    Correction,
    Author,
    Tag,
    Url,
    Feed,
    OldTitle,
    OldSummary,
    OldBody,
    OldCorrection,
}

const PLACES: usize = 12;

/// The texts of the version itself.
pub(super) const NOW: [Place; 8] =
    [Place::Title, Place::Summary, Place::Body, Place::Correction, Place::Author, Place::Tag, Place::Url, Place::Feed];

/// The texts of the version before.
pub(super) const BEFORE: [Place; 4] = [Place::OldTitle, Place::OldSummary, Place::OldBody, Place::OldCorrection];

impl<'a> Subject<'a> {
    pub fn new(text: &'a ArticleText, about: &About<'a>) -> Self {
        Self { text, about: *about, streams: Default::default(), changed: Default::default() }
    }

    /// The host of the article's address, in lower case.
    pub(super) fn host(&self) -> &'a str {
        self.about.url.host_str().unwrap_or_default()
    }

    pub(super) fn language(&self) -> &'a str {
        self.text.language.as_deref().unwrap_or_default()
    }

    pub(super) fn event(&self) -> Option<Event> {
        self.about.event
    }

    /// Whether the correction note came, went or reads otherwise with this version.
    pub(super) fn is_corrected(&self) -> bool {
        let Some((before, _)) = self.about.change else { return false };
        self.about.event == Some(Event::Revised) && before.correction != self.text.correction
    }

    pub(super) fn stream(&self, place: Place) -> &Stream<'a> {
        self.streams[place as usize].get_or_init(|| self.read(place))
    }

    /// For each word of the place's stream, whether this version brought it (or, in a text of the version before,
    /// took it away).
    pub(super) fn changed(&self, place: Place) -> &[bool] {
        self.changed[place as usize].get_or_init(|| self.compare(place))
    }

    fn read(&self, place: Place) -> Stream<'a> {
        let before = self.about.change.map(|(before, _)| before);
        match place {
            Place::Title => single(&self.text.headline),
            Place::Summary => single(&self.text.summary),
            Place::Correction => single(&self.text.correction),
            Place::Author => single(&self.text.byline),
            Place::Body => paragraphs(Some(self.text)),
            Place::Tag => {
                let of_feeds = self.about.feeds.iter().flat_map(|feed| &feed.tags);
                separate(self.text.tags.iter().chain(of_feeds))
            }
            Place::Feed => separate(self.about.feeds.iter().map(|feed| &feed.name)),
            Place::Url => Stream::of_address(self.about.url.as_str()),
            Place::OldTitle => before.map_or_else(empty, |text| single(&text.headline)),
            Place::OldSummary => before.map_or_else(empty, |text| single(&text.summary)),
            Place::OldCorrection => before.map_or_else(empty, |text| single(&text.correction)),
            Place::OldBody => paragraphs(before),
        }
    }

    fn compare(&self, place: Place) -> Vec<bool> {
        let stream = self.stream(place);
        let Some((_, diff)) = self.about.change else {
            // All of a new article is new; that one was taken down or came back brings no word.
            let is_new = matches!(self.about.event, None | Some(Event::New));
            return vec![is_new; stream.words.len()];
        };
        let blocks = stream.blocks.len();
        match place {
            Place::Title => changed_words(stream, Side::New, &[Some(&diff.headline)]),
            Place::Summary => changed_words(stream, Side::New, &[Some(&diff.summary)]),
            Place::Correction => changed_words(stream, Side::New, &[Some(&diff.correction)]),
            Place::Body => changed_words(stream, Side::New, &runs_of(&diff.paragraphs, Side::New, blocks)),
            Place::OldTitle => changed_words(stream, Side::Old, &[Some(&diff.headline)]),
            Place::OldSummary => changed_words(stream, Side::Old, &[Some(&diff.summary)]),
            Place::OldCorrection => changed_words(stream, Side::Old, &[Some(&diff.correction)]),
            Place::OldBody => changed_words(stream, Side::Old, &runs_of(&diff.paragraphs, Side::Old, blocks)),
            Place::Author | Place::Tag | Place::Url | Place::Feed => vec![false; stream.words.len()],
        }
    }
}

fn empty<'a>() -> Stream<'a> {
    Stream::new(Vec::new())
}

fn single(text: &Option<String>) -> Stream<'_> {
    Stream::new(text.iter().map(|text| Block { text, base: 0 }).collect())
}

/// Texts that are each stored by themselves.
fn separate<'a>(texts: impl Iterator<Item = &'a String>) -> Stream<'a> {
    Stream::new(texts.map(|text| Block { text, base: 0 }).collect())
}

/// The paragraphs where they stand in [`ArticleText::text`].
fn paragraphs(text: Option<&ArticleText>) -> Stream<'_> {
    let mut base = 0;
    let blocks = text.iter().flat_map(|text| &text.paragraphs).map(|paragraph| {
        let block = Block { text: paragraph.text.as_str(), base };
        base += paragraph.text.len() + "\n\n".len();
        block
    });
    Stream::new(blocks.collect())
}
