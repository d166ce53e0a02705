//! Site rules: the escape hatch for one publisher's pages (`[[site]]` in the configuration).

use thiserror::Error;

/// What the configuration says of the pages of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRule {
    /// A host name; `*.example.org` also stands for `example.org`.
    pub host: String,
    // Checked CSS, as text: the tree that is queried belongs to the extractor's crate, which takes selectors as text.
    text: Option<String>,
    headline: Option<String>,
    remove: Vec<String>,
}

/// The CSS selectors of a site rule, unchecked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteSelectors {
    /// The elements that hold the article's text; the extractor is not asked then.
    pub text: Option<String>,
    /// The element that holds the headline.
    pub headline: Option<String>,
    /// Elements to drop before anything is read.
    pub remove: Vec<String>,
}

/// A CSS selector of a site rule that does not parse.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("`{selector}` under `{which}` is not a CSS selector: {message}")]
pub struct SelectorError {
    /// The key in the configuration: `text`, `headline` or `remove`.
    pub which: &'static str,
    pub selector: String,
    pub message: String,
}

impl SiteRule {
    /// Checks every selector; the first that does not parse is the error.
    pub fn new(host: &str, selectors: SiteSelectors) -> Result<Self, SelectorError> {
        let SiteSelectors { text, headline, remove } = selectors;
        for (which, selector) in [("text", &text), ("headline", &headline)] {
            if let Some(selector) = selector {
                check_selector(which, selector)?;
            }
        }
        for selector in &remove {
            check_selector("remove", selector)?;
        }
        Ok(Self { host: host.to_ascii_lowercase(), text, headline, remove })
    }

    /// Whether this rule is for the pages of `host`.
    pub fn applies_to(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        match self.host.strip_prefix("*.") {
            Some(domain) => host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
            None => host == self.host,
        }
    }

    /// Stands for the selectors, which decide what is read of a page; 0 where there are none.
    pub fn selectors_digest(&self) -> u64 {
        if self.text.is_none() && self.headline.is_none() && self.remove.is_empty() {
            return 0;
        }
        let mut hasher = blake3::Hasher::new();
        let named = [("text", &self.text), ("headline", &self.headline)];
        let named = named.into_iter().filter_map(|(key, selector)| Some((key, selector.as_deref()?)));
        for (key, selector) in named.chain(self.remove.iter().map(|selector| ("remove", selector.as_str()))) {
            for part in [key, selector] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
        }
        let bytes = *hasher.finalize().as_bytes();
        u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]]).max(1)
    }

    pub(super) fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    pub(super) fn headline(&self) -> Option<&str> {
        self.headline.as_deref()
    }

    pub(super) fn remove(&self) -> &[String] {
        &self.remove
    }
}

fn check_selector(which: &'static str, selector: &str) -> Result<(), SelectorError> {
    match scraper::Selector::parse(selector) {
        Ok(_) => Ok(()),
        Err(error) => Err(SelectorError { which, selector: selector.to_owned(), message: error.to_string() }),
    }
}
