//! `[[feed]]` and the feeds of OPML files.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use url::Url;

use super::access::{self, Access};
use super::files::{Files, reason, resolve};
use super::names::{self, Nameless};
use super::opml::{self, OpmlFeed};
use super::reader::{Section, Text};
use super::report::Report;
use super::settings::FeedConfig;
use super::source::Place;
use super::{general, values};
use crate::schedule::Schedule;

/// What feeds have that do not say otherwise.
pub(super) struct FeedDefaults {
    pub schedule: Schedule,
    pub follow: bool,
}

/// All feeds, with what rules may call them, also of those that could not be read.
#[derive(Default)]
pub(super) struct Feeds {
    pub all: Vec<FeedConfig>,
    pub names: BTreeSet<String>,
    pub tags: BTreeSet<String>,
    /// How they are asked for, by their names, where there is more to it than the address.
    pub access: HashMap<String, Access>,
}

/// A feed before it has a name.
struct Candidate {
    name: Option<String>,
    title: Option<String>,
    feed: FeedConfig,
    access: Access,
}

/// Reads the feeds of the configuration and, behind them, those of the OPML files.
pub(super) fn feeds(
    sections: &[Section<'_>],
    outlines: Vec<(OpmlFeed, Place)>,
    defaults: &FeedDefaults,
    files: &dyn Files,
    report: &mut Report,
) -> Feeds {
    let mut reading = Reading { defaults, places: HashMap::new(), urls: HashMap::new(), schedules: HashMap::new() };
    let mut feeds = Feeds::default();
    let mut candidates = Vec::new();
    for section in sections {
        candidates.extend(reading.feed(section, &mut feeds, files, report));
    }
    for (outline, place) in outlines {
        candidates.extend(reading.outline(outline, place, &mut feeds, report));
    }
    let nameless: Vec<Nameless<'_>> = candidates
        .iter()
        .filter(|candidate| candidate.name.is_none())
        .map(|candidate| Nameless { url: candidate.feed.url.as_str(), title: candidate.title.as_deref() })
        .collect();
    let taken: HashSet<String> = feeds.names.iter().cloned().collect();
    let mut derived = names::assign(&nameless, &taken).into_iter();
    for Candidate { name, feed, access, .. } in candidates {
        let Some(name) = name.or_else(|| derived.next()) else { continue };
        if !access.is_empty() {
            feeds.access.insert(name.clone(), access);
        }
        feeds.names.insert(name.clone());
        feeds.all.push(FeedConfig { name, ..feed });
    }
    feeds
}

struct Reading<'d> {
    defaults: &'d FeedDefaults,
    /// Where each name was given.
    places: HashMap<String, Place>,
    /// Where each address was given.
    urls: HashMap<Url, Place>,
    /// Feeds share the schedules they type alike: there may be a million of them.
    schedules: HashMap<String, Schedule>,
}

impl Reading<'_> {
    fn feed(
        &mut self,
        section: &Section<'_>,
        feeds: &mut Feeds,
        files: &dyn Files,
        report: &mut Report,
    ) -> Option<Candidate> {
        let url_text = section.require("url", report).and_then(|value| value.text(report));
        let url = url_text.and_then(|text| text.parse(report, values::http_url).zip(Some(text)));
        let name_text = section.text("name", report);
        let name = name_text.map(|text| self.name(text, feeds, report));
        let schedule = section.text("schedule", report).and_then(|text| self.schedule(text, report));
        let tags = section.get("tags").and_then(|value| value.texts(report));
        let tags = tags.map(|texts| tags_of(&texts, report)).unwrap_or_default();
        feeds.tags.extend(tags.iter().cloned());
        let follow = section.boolean("follow", report);
        let enabled = section.boolean("enabled", report);

        let (plain, named) = url.as_ref().map(|(url, _)| access::split_user(url)).unzip();
        let access = access::access(section, named.flatten(), files, report);
        let (url, url_text) = url?;
        if let Some(first) = self.urls.insert(url.clone(), url_text.place) {
            report.warning(url_text.place, "this feed is configured twice").related(first, "the first is here");
        }
        let url = plain.unwrap_or(url);
        access::warn_of_plain_text(&access, &url, url_text.place, report);
        let feed = FeedConfig {
            name: String::new(),
            url,
            schedule: schedule.unwrap_or_else(|| self.defaults.schedule.clone()),
            tags,
            follow: follow.unwrap_or(self.defaults.follow),
            enabled: enabled.unwrap_or(true),
            found_on_page: false,
        };
        match name {
            Some(name) => Some(Candidate { name: Some(name?), title: None, feed, access }),
            None => Some(Candidate { name: None, title: None, feed, access }),
        }
    }

    fn name(&mut self, text: Text<'_>, feeds: &mut Feeds, report: &mut Report) -> Option<String> {
        let name = text.parse(report, values::name)?;
        if let Some(first) = self.places.get(&name) {
            report.error(text.place, format!("two feeds are named `{name}`")).related(*first, "the first is here");
            return None;
        }
        self.places.insert(name.clone(), text.place);
        feeds.names.insert(name.clone());
        Some(name)
    }

    fn schedule(&mut self, text: Text<'_>, report: &mut Report) -> Option<Schedule> {
        if let Some(schedule) = self.schedules.get(text.text) {
            return Some(schedule.clone());
        }
        let schedule = general::schedule(text, report)?;
        self.schedules.insert(text.text.to_owned(), schedule.clone());
        Some(schedule)
    }

    /// A feed of an OPML file; one that `[[feed]]` names already has what is said there.
    fn outline(
        &mut self,
        outline: OpmlFeed,
        place: Place,
        feeds: &mut Feeds,
        report: &mut Report,
    ) -> Option<Candidate> {
        let url = match values::http_url(&outline.url) {
            Ok(url) => url,
            Err(complaint) => {
                report.warning(place, format!("a feed is left out: {}", complaint.message));
                return None;
            }
        };
        if self.urls.insert(url.clone(), place).is_some() {
            return None;
        }
        let (url, authorization) = access::split_user(&url);
        let access = Access { authorization, ..Access::default() };
        feeds.tags.extend(outline.tags.iter().cloned());
        let feed = FeedConfig {
            name: String::new(),
            url,
            schedule: self.defaults.schedule.clone(),
            tags: outline.tags,
            follow: self.defaults.follow,
            enabled: true,
            found_on_page: false,
        };
        Some(Candidate { name: None, title: Some(outline.name), feed, access })
    }
}

/// Tags without repeats.
fn tags_of(texts: &[Text<'_>], report: &mut Report) -> Vec<String> {
    let mut tags: Vec<String> = Vec::with_capacity(texts.len());
    for text in texts {
        let tag = text.text.trim();
        if tag.is_empty() || tag.chars().any(char::is_control) {
            report.error(text.place, "a tag is a word, not empty and without line breaks");
        } else if let Some(tag) = tag.strip_prefix("tag:") {
            report.error(text.place, "a tag is written without `tag:` here").hint(format!("write `{tag}`"));
        } else if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

/// The feeds of the OPML files that the top level names, each with its line.
pub(super) fn outlines(roots: &[Section<'_>], files: &dyn Files, report: &mut Report) -> Vec<(OpmlFeed, Place)> {
    let mut outlines = Vec::new();
    let mut read = BTreeMap::new();
    for root in roots {
        let texts = root.get("opml").and_then(|value| value.texts(report)).unwrap_or_default();
        for text in texts {
            let path = resolve(report.source(text.place.source).folder(), text.text);
            if read.insert(path.clone(), ()).is_some() {
                continue;
            }
            match files.read(&path) {
                Ok(document) => outlines.extend(outlines_of(path, document, report)),
                Err(error) => {
                    let message = format!("`{}` cannot be read: {}", path.display(), reason(&error));
                    report.error(text.place, message);
                }
            }
        }
    }
    outlines
}

fn outlines_of(path: std::path::PathBuf, document: String, report: &mut Report) -> Vec<(OpmlFeed, Place)> {
    let parsed = opml::read_opml(&document);
    let source = report.add_source(path, document);
    let line_place = |line: usize, report: &Report| Place::new(source, report.source(source).line_span(line));
    match parsed {
        Ok(feeds) => {
            let placed = feeds.into_iter().map(|feed| {
                let place = line_place(feed.line, report);
                (feed, place)
            });
            placed.collect()
        }
        Err(error) => {
            report.error(line_place(error.line, report), error.to_string());
            Vec::new()
        }
    }
}
