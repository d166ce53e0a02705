//! A version as rules see it.

use url::Url;

use super::node::EventName;
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

/// A version with what is to be asked of it.
#[derive(Debug)]
pub struct Subject<'a> {
    text: &'a ArticleText,
    about: About<'a>,
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

pub(super) const PLACES: usize = 12;

/// Some of the places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Places(u16);

impl Place {
    pub const ALL: [Self; PLACES] = [
        Self::Title,
        Self::Summary,
        Self::Body,
        Self::Correction,
        Self::Author,
        Self::Tag,
        Self::Url,
        Self::Feed,
        Self::OldTitle,
        Self::OldSummary,
        Self::OldBody,
        Self::OldCorrection,
    ];
}

impl Places {
    pub fn contains(self, place: Place) -> bool {
        self.0 & (1 << place as u16) != 0
    }

    /// Adds the places `first` to `last`.
    pub fn add(&mut self, first: Place, last: Place) {
        (first as u16..=last as u16).for_each(|place| self.0 |= 1 << place);
    }
}

impl<'a> Subject<'a> {
    pub fn new(text: &'a ArticleText, about: &About<'a>) -> Self {
        Self { text, about: *about }
    }

    /// The host of the article's address, in lower case.
    pub(super) fn host(&self) -> &'a str {
        self.about.url.host_str().unwrap_or_default()
    }

    pub(super) fn language(&self) -> &'a str {
        self.text.language.as_deref().unwrap_or_default()
    }

    pub(super) fn diff(&self) -> Option<&'a Diff> {
        self.about.change.map(|(_, diff)| diff)
    }

    /// Whether all words of the version count as brought by it. A new article is all new; one that was taken down or
    /// came back brings no word.
    pub(super) fn is_all_new(&self) -> bool {
        self.about.change.is_none() && matches!(self.about.event, None | Some(Event::New))
    }

    /// Hands over the texts of a place, each with where it begins in what is stored.
    pub(super) fn blocks(&self, place: Place, mut each: impl FnMut(&'a str, usize)) {
        let before = self.about.change.map(|(before, _)| before);
        match place {
            Place::Title => self.text.headline.iter().for_each(|text| each(text, 0)),
            Place::Summary => self.text.summary.iter().for_each(|text| each(text, 0)),
            Place::Body => paragraphs(self.text, each),
            Place::Correction => self.text.correction.iter().for_each(|text| each(text, 0)),
            Place::Author => self.text.byline.iter().for_each(|text| each(text, 0)),
            Place::Tag => {
                let of_feeds = self.about.feeds.iter().flat_map(|feed| &feed.tags);
                self.text.tags.iter().chain(of_feeds).for_each(|tag| each(tag, 0));
            }
            Place::Url => each(self.about.url.as_str(), 0),
            Place::Feed => self.about.feeds.iter().for_each(|feed| each(&feed.name, 0)),
            Place::OldTitle => before.iter().filter_map(|text| text.headline.as_ref()).for_each(|text| each(text, 0)),
            Place::OldSummary => before.iter().filter_map(|text| text.summary.as_ref()).for_each(|text| each(text, 0)),
            Place::OldBody => before.iter().for_each(|text| paragraphs(text, &mut each)),
            Place::OldCorrection => {
                before.iter().filter_map(|text| text.correction.as_ref()).for_each(|text| each(text, 0));
            }
        }
    }

    /// Hands over what is so of the version as a whole, in the words of [`fact`].
    pub(super) fn facts(&self, mut each: impl FnMut(&str)) {
        let host = self.host();
        let parents = host.match_indices('.').map(|(dot, _)| &host[dot + 1..]);
        std::iter::once(host).chain(parents).for_each(|host| each(&fact::site(host)));
        let language = self.language().to_ascii_lowercase().replace('_', "-");
        let wider = language.match_indices('-').map(|(end, _)| &language[..end]);
        std::iter::once(&*language).chain(wider).for_each(|tag| each(&fact::language(tag)));
        self.events().for_each(|event| each(&fact::event(event)));
    }

    fn events(&self) -> impl Iterator<Item = EventName> {
        let event = self.about.event.map(EventName::of);
        event.into_iter().chain(self.is_corrected().then_some(EventName::Corrected))
    }

    /// Whether the correction note came, went or reads otherwise with this version.
    fn is_corrected(&self) -> bool {
        let Some((before, _)) = self.about.change else { return false };
        self.about.event == Some(Event::Revised) && before.correction != self.text.correction
    }
}

/// The paragraphs where they stand in [`ArticleText::text`].
fn paragraphs<'a>(text: &'a ArticleText, mut each: impl FnMut(&'a str, usize)) {
    let mut base = 0;
    for paragraph in &text.paragraphs {
        each(&paragraph.text, base);
        base += paragraph.text.len() + "\n\n".len();
    }
}

/// What can be so of a version as a whole, as terms of a lexicon.
pub(super) mod fact {
    use super::EventName;

    /// It stands on this host or below it.
    pub fn site(host: &str) -> String {
        format!("site:{host}")
    }

    /// It is in this language; a tag or the first subtags of one, in lower case.
    pub fn language(tag: &str) -> String {
        format!("lang:{tag}")
    }

    pub fn event(name: EventName) -> String {
        format!("event:{}", name.name())
    }
}
