//! The fields a query can name.

use super::node::Scope;
use super::note::did_you_mean;

/// What a term is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Words(Scope),
    Site,
    Feed,
    Language,
    Event,
}

const FIELDS: [(&str, Field); 12] = [
    ("title", Field::Words(Scope::Title)),
    ("summary", Field::Words(Scope::Summary)),
    ("text", Field::Words(Scope::Text)),
    ("author", Field::Words(Scope::Author)),
    ("tag", Field::Words(Scope::Tag)),
    ("url", Field::Words(Scope::Url)),
    ("site", Field::Site),
    ("feed", Field::Feed),
    ("lang", Field::Language),
    ("added", Field::Words(Scope::Added)),
    ("removed", Field::Words(Scope::Removed)),
    ("event", Field::Event),
];

/// What people call the fields elsewhere.
const OTHER_NAMES: [(&str, &str); 18] = [
    ("headline", "title"),
    ("heading", "title"),
    ("intitle", "title"),
    ("body", "text"),
    ("intext", "text"),
    ("content", "text"),
    ("standfirst", "summary"),
    ("lead", "summary"),
    ("description", "summary"),
    ("byline", "author"),
    ("by", "author"),
    ("category", "tag"),
    ("keyword", "tag"),
    ("inurl", "url"),
    ("domain", "site"),
    ("host", "site"),
    ("source", "feed"),
    ("language", "lang"),
];

impl Field {
    /// The field of this name, in whatever capitals.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    pub fn name(self) -> &'static str {
        FIELDS.iter().find(|(_, field)| *field == self).map_or("", |(name, _)| name)
    }

    /// The hint for a field that does not exist.
    pub fn suggestion(name: &str) -> String {
        let lower = name.to_lowercase();
        if let Some((_, known)) = OTHER_NAMES.iter().find(|(other, _)| *other == lower) {
            return format!("did you mean `{known}:`?");
        }
        if matches!(&*lower, "http" | "https") {
            return "search for addresses with `site:` (a host) or `url:` (words of the address)".to_owned();
        }
        let known = FIELDS.iter().map(|(known, _)| *known);
        did_you_mean(name, "", known).map_or_else(
            || "put a text with a colon in quotes; the fields are title, summary, text, author, tag, url, site, feed, lang, added, removed, event".to_owned(),
            |hint| hint.replace("`?", ":`?"),
        )
    }
}
