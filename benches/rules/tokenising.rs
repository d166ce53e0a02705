//! Turning a version into words, alone.

use url::Url;

use wirewatch::model::{ArticleText, Event, FeedFacts};
use wirewatch::rule::{About, RuleSet, Subject};

use crate::drawing;

/// A rule of one word that no text holds: what asking it costs is the reading of the version.
pub struct Tokenising {
    rules: RuleSet,
    surroundings: Surroundings,
}

/// What stands around every article.
pub struct Surroundings {
    pub url: Url,
    pub feeds: Vec<FeedFacts>,
}

impl Tokenising {
    pub fn new() -> anyhow::Result<Self> {
        let rules = RuleSet::new(vec![drawing::read("nothing", "zzyzxqvwk", Vec::new())?]);
        Ok(Self { rules, surroundings: Surroundings::new()? })
    }

    pub fn run(&self, text: &ArticleText) -> usize {
        let subject = self.surroundings.subject(text);
        self.rules.matches(&subject, &self.surroundings.feeds).len()
    }
}

impl Surroundings {
    pub fn new() -> anyhow::Result<Self> {
        let url = Url::parse("https://wire.example/2026/11/a-story-about-something")?;
        let feeds = vec![FeedFacts { name: "wire".to_owned(), tags: vec!["world".to_owned()] }];
        Ok(Self { url, feeds })
    }

    pub fn subject<'a>(&'a self, text: &'a ArticleText) -> Subject<'a> {
        let about = About { url: &self.url, feeds: &self.feeds, event: Some(Event::New), change: None };
        Subject::new(text, &about)
    }
}
