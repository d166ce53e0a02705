//! The meta tags of a page.

use super::super::page::Page;
use super::json_ld;

/// Names in lower case with their contents, in document order.
pub struct Tags(Vec<(String, String)>);

/// Most tags that are kept.
const MAX_META_TAGS: usize = 500;

impl Tags {
    pub fn read(page: &Page) -> Self {
        let mut tags = Vec::new();
        for element in page.elements(&["meta"]) {
            let Some(content) = page.attribute(element, "content") else { continue };
            for attribute in ["property", "name", "itemprop", "http-equiv"] {
                if let Some(name) = page.attribute(element, attribute)
                    && tags.len() < MAX_META_TAGS
                {
                    tags.push((name.trim().to_ascii_lowercase(), json_ld::plain(&content)));
                }
            }
        }
        Self(tags)
    }

    /// The first content of the first of these names that has one.
    pub fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.contents(name).next()).map(str::to_owned)
    }

    /// Every content of these names, in the order of the names.
    pub fn all(&self, names: &[&str]) -> Vec<String> {
        names.iter().flat_map(|name| self.contents(name)).map(str::to_owned).collect()
    }

    fn contents<'t>(&'t self, name: &str) -> impl Iterator<Item = &'t str> {
        let named = self.0.iter().filter(move |(key, content)| key == name && !content.is_empty());
        named.map(|(_, content)| content.as_str()).collect::<Vec<_>>().into_iter()
    }
}
