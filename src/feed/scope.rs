//! What the elements around a place have declared: namespaces, `xml:base` and `xml:lang`.

use std::borrow::Cow;
use std::sync::Arc;

use url::Url;

use super::scanner::Tag;
use super::vocabulary::Space;

/// Declarations beyond this many at one place are not looked at.
const MAX_DECLARATIONS: usize = 64;

/// Longer addresses and language tags are not believed.
const MAX_VALUE_BYTES: usize = 8 * 1024;

/// The declarations in force, each with the depth of the element that made it.
pub(super) struct Scope {
    spaces: Vec<(usize, String, Space)>,
    bases: Vec<(usize, Arc<Url>)>,
    languages: Vec<(usize, String)>,
    document: Arc<Url>,
}

impl Scope {
    pub(super) fn new(document: &Url) -> Self {
        Self { spaces: Vec::new(), bases: Vec::new(), languages: Vec::new(), document: Arc::new(document.clone()) }
    }

    /// What relative links are relative to.
    pub(super) fn base(&self) -> &Arc<Url> {
        self.bases.last().map_or(&self.document, |(_, base)| base)
    }

    pub(super) fn language(&self) -> Option<&str> {
        self.languages.last().map(|(_, language)| language.as_str())
    }

    /// Takes in what `tag`, as the element at `depth`, declares.
    pub(super) fn enter(&mut self, depth: usize, tag: &Tag<'_>) {
        if !tag.mentions("xml") && !is_cdf(tag) {
            return;
        }
        for (name, value) in tag.attributes().filter(|(_, value)| value.len() <= MAX_VALUE_BYTES) {
            if let Some(prefix) = declared_prefix(name) {
                if self.spaces.len() < MAX_DECLARATIONS {
                    self.spaces.push((depth, prefix.to_ascii_lowercase(), declared_space(depth, prefix, &value)));
                }
            } else if name.eq_ignore_ascii_case("xml:base") || is_cdf(tag) && name.eq_ignore_ascii_case("base") {
                if let Ok(base) = self.base().join(value.trim()) {
                    self.bases.push((depth, Arc::new(base)));
                }
            } else if name.eq_ignore_ascii_case("xml:lang") {
                self.languages.push((depth, value.trim().to_owned()));
            }
        }
    }

    /// Forgets what elements deeper than `depth` have declared.
    pub(super) fn leave(&mut self, depth: usize) {
        self.spaces.truncate(self.spaces.partition_point(|(at, ..)| *at <= depth));
        self.bases.truncate(self.bases.partition_point(|(at, _)| *at <= depth));
        self.languages.truncate(self.languages.partition_point(|(at, _)| *at <= depth));
    }

    /// The vocabulary and the local name, in lower case, of an element that would stand at `depth`.
    pub(super) fn resolve<'a>(&self, depth: usize, tag: &Tag<'a>) -> (Space, Cow<'a, str>) {
        let (prefix, local) = tag.name.rsplit_once(':').unwrap_or(("", tag.name));
        let own = || {
            let mut declarations = tag.attributes().take(MAX_DECLARATIONS);
            declarations.find_map(|(name, value)| {
                let declared = declared_prefix(name)?;
                declared.eq_ignore_ascii_case(prefix).then(|| declared_space(depth, prefix, &value))
            })
        };
        let own = if tag.mentions("xmlns") { own() } else { None };
        (own.unwrap_or_else(|| self.space(prefix)), lower_case(local))
    }

    fn space(&self, prefix: &str) -> Space {
        let declared = self.spaces.iter().rev().find(|(_, other, _)| other.eq_ignore_ascii_case(prefix));
        match declared {
            Some((_, _, space)) => *space,
            None if prefix.is_empty() => Space::Own,
            None => Space::of_prefix(&lower_case(prefix)),
        }
    }
}

/// CDF's channel, which says by `BASE` what its links are relative to.
fn is_cdf(tag: &Tag<'_>) -> bool {
    tag.name.eq_ignore_ascii_case("channel") && tag.attribute("href").is_some()
}

/// The prefix that an attribute declares: `dc` for `xmlns:dc`, nothing for `xmlns`.
fn declared_prefix(attribute: &str) -> Option<&str> {
    match attribute {
        "xmlns" => Some(""),
        _ => attribute.strip_prefix("xmlns:"),
    }
}

fn declared_space(depth: usize, prefix: &str, uri: &str) -> Space {
    match Space::of_uri(uri) {
        // A root element in a namespace of its own invention is meant as the format it looks like.
        Space::Unknown if prefix.is_empty() && depth == 1 => Space::Own,
        Space::Unknown => Space::of_prefix(&lower_case(prefix)),
        known => known,
    }
}

/// `name` in lower case.
pub(super) fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(name.to_ascii_lowercase());
    }
    Cow::Borrowed(name)
}
