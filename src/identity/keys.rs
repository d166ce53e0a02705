//! What tells the entries of one feed apart, from poll to poll: learnt, because feeds lie about it.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use url::Url;

use super::{normalise, of_entry, of_part, shape};
use crate::model::Entry;

/// Pages that are remembered as linked to by several entries; beyond, the one that was found first goes.
const MAX_SHARED: usize = 32;
/// An id that stands for so many headings under one link is no id; fewer may be revisions of one entry.
const HEADINGS_OF_ONE_ID: usize = 3;
/// A page that so many entries of a document link to is none of theirs.
const ENTRIES_OF_ONE_PAGE: usize = 3;

/// What the key of an entry is made of, from the best to the last resort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The published id, else the link, else title and date.
    #[default]
    Id,
    /// The link, else title and date: the ids change, or are not unique.
    Link,
    /// Title and date: the links change too.
    Title,
}

/// How the entries of a feed are told apart, as its documents have shown it to be needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPolicy {
    pub basis: Basis,
    /// Parameters of links that are made up for each request, in lower case, sorted.
    pub volatile: Vec<String>,
    /// Digests of pages that several entries link to.
    shared: Vec<u64>,
    /// Polls in a row at which most entries came under other keys than before.
    pub(super) churned: u8,
    /// Parameters that were another one at each of the last polls, with how many those are.
    pub(super) suspects: Vec<(String, u8)>,
}

impl KeyPolicy {
    /// Takes in what a document shows by itself: ids that stand for several things, pages that are several entries'.
    pub fn read(&mut self, entries: &[Entry]) {
        if self.basis == Basis::Id && has_worthless_ids(entries) {
            self.basis = Basis::Link;
        }
        for page in self.shared_pages(entries) {
            let digest = digest(&page);
            if !self.shared.contains(&digest) {
                self.shared.push(digest);
            }
        }
        self.shared.drain(..self.shared.len().saturating_sub(MAX_SHARED));
    }

    /// Gives each entry its key and drops those that repeat an earlier one.
    pub fn keyed(&self, entries: Vec<Entry>) -> Vec<Entry> {
        let keys = self.keys(&entries.iter().collect::<Vec<_>>());
        let mut seen = HashSet::new();
        let keyed = entries.into_iter().zip(keys).map(|(entry, key)| Entry { key, ..entry });
        keyed.filter(|entry| seen.insert(entry.key.clone())).collect()
    }

    /// The keys of the entries of one document.
    ///
    /// Where one key would stand for several entries, all of them get into it what tells them apart, so that none
    /// changes its key because another came or went.
    pub fn keys(&self, entries: &[&Entry]) -> Vec<String> {
        let mut keys: Vec<String> = entries.iter().map(|entry| self.first_key(entry)).collect();
        let apart: Vec<String> = entries.iter().map(|entry| self.distinction(entry)).collect();
        let mut first: HashMap<&str, &str> = HashMap::new();
        let mut ambiguous: HashSet<String> = HashSet::new();
        for (key, apart) in keys.iter().zip(&apart) {
            if *first.entry(key).or_insert(apart) != apart {
                ambiguous.insert(key.clone());
            }
        }
        for (key, apart) in keys.iter_mut().zip(apart) {
            if ambiguous.contains(key) {
                *key = format!("{key} {apart}");
            }
        }
        keys
    }

    /// The identity of the article that an entry stands for: its link's; its own in the page where that is many
    /// entries'; its own in the feed where it has no link.
    pub fn article(&self, feed: &Url, entry: &Entry) -> Url {
        match &entry.link {
            Some(link) if self.is_shared(link) => of_part(&self.address(link), link.fragment().unwrap_or(&entry.key)),
            Some(link) => self.address(link),
            None => of_entry(feed, &entry.key),
        }
    }

    /// The identity of a link, without what this feed makes up for each request.
    pub fn address(&self, link: &Url) -> Url {
        self.steady(&normalise(link))
    }

    /// A normalised address without what this feed makes up for each request.
    pub fn steady(&self, address: &Url) -> Url {
        shape::without_parameters(address, &self.volatile)
    }

    /// Whether the page is no entry's own: the front page, or one that several entries of a document linked to.
    pub fn is_shared(&self, link: &Url) -> bool {
        let page = self.address(link);
        is_root(&page) || self.shared.contains(&digest(&page))
    }

    fn first_key(&self, entry: &Entry) -> String {
        let id = entry.id.as_ref().filter(|_| self.basis == Basis::Id);
        if let Some(id) = id {
            return id.clone();
        }
        let link = entry.link.as_ref().filter(|_| self.basis != Basis::Title);
        if let Some(link) = link {
            let address = self.address(link);
            return if self.is_shared(link) {
                format!("{address} {}", self.distinction(entry))
            } else {
                address.into()
            };
        }
        let date = entry.published_at.or(entry.updated_at).map(|date| date.to_string()).unwrap_or_default();
        format!("{} {date}", heading(entry).unwrap_or("untitled")).trim().to_owned()
    }

    /// What may differ between two entries with the same key: the link under one id or title, the title under one link
    /// or none.
    fn distinction(&self, entry: &Entry) -> String {
        let is_by_link = match self.basis {
            Basis::Id => entry.id.is_some(),
            Basis::Link => false,
            Basis::Title => true,
        };
        match &entry.link {
            Some(link) if is_by_link => self.address(link).into(),
            _ => heading(entry).unwrap_or_default().to_owned(),
        }
    }

    /// Pages that are none of their entries': those of three different titles link to each, or all of a document.
    fn shared_pages(&self, entries: &[Entry]) -> Vec<Url> {
        let mut pages: HashMap<Url, Sharers<'_>> = HashMap::new();
        for entry in entries {
            let Some(link) = &entry.link else { continue };
            pages.entry(self.address(link)).or_default().add(entry);
        }
        let shared = pages.into_iter().filter(|(_, sharers)| {
            let (ids, headings) = (sharers.ids.len(), sharers.headings.len());
            headings >= ENTRIES_OF_ONE_PAGE || ids >= 2 && headings >= 2 && sharers.count == entries.len()
        });
        let mut shared: Vec<Url> = shared.map(|(page, _)| page).collect();
        shared.sort();
        shared
    }
}

/// The entries of a document that link to one page, or share an id.
#[derive(Debug, Default)]
struct Sharers<'a> {
    ids: HashSet<Option<&'a str>>,
    links: HashSet<Option<Url>>,
    headings: HashSet<Option<&'a str>>,
    count: usize,
}

impl<'a> Sharers<'a> {
    fn add(&mut self, entry: &'a Entry) {
        self.ids.insert(entry.id.as_deref().or_else(|| heading(entry)));
        self.links.insert(entry.link.as_ref().map(normalise));
        self.headings.insert(heading(entry));
        self.count += 1;
    }
}

/// What an entry is called: its title, else its summary, else the beginning of its text.
pub fn heading(entry: &Entry) -> Option<&str> {
    let text = || entry.text.first().map(|paragraph| paragraph.text.as_str());
    entry.title.as_deref().or(entry.summary.as_deref()).or_else(text)
}

/// Whether more than half of the entries share an id with one that is another thing: links elsewhere, or is one of many
/// with different titles.
fn has_worthless_ids(entries: &[Entry]) -> bool {
    let mut ids: HashMap<&str, Sharers<'_>> = HashMap::new();
    for entry in entries {
        if let Some(id) = &entry.id {
            ids.entry(id).or_default().add(entry);
        }
    }
    let is_conflicting = |sharers: &&Sharers<'_>| {
        let (links, headings) = (&sharers.links, sharers.headings.len());
        links.len() > 1 || headings >= HEADINGS_OF_ONE_ID || links.contains(&None) && headings > 1
    };
    let conflicting: usize = ids.values().filter(is_conflicting).map(|sharers| sharers.count).sum();
    conflicting * 2 > entries.len()
}

/// The front page itself, and not a section that may be an article on a small site.
fn is_root(page: &Url) -> bool {
    page.path() == "/" && page.query().is_none() && page.fragment().is_none()
}

fn digest(page: &Url) -> u64 {
    let mut short = [0; 8];
    short.copy_from_slice(&blake3::hash(page.as_str().as_bytes()).as_bytes()[..8]);
    u64::from_le_bytes(short)
}
