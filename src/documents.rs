//! The JSON documents of the contract, for the command line and the web page alike: their keys and order, over rows of the
//! store and values of the model.

use std::collections::HashMap;

use serde::{Serialize, Serializer};
use url::Url;

use crate::archive::Earlier;
use crate::config;
use crate::model::{
    Alias, ArticleId, ArticleText, Change, Diff, Entry, Event, FeedDocument, FeedKind, Hub, Match, Mute, Notice,
    Paragraph, ParagraphChange, Quality, Severity, Timestamp, Unsubscription, WordChange,
};
use crate::rule::{Apart, Explanation, Operator, RuleRef};
use crate::store::{
    ArticleRow, FeedRow, Flaw, Hiding, History, OutboxNotice, OutboxRow, RuleHits, StoreStatus, Suspension, VersionRow,
};

/// `articles --json`
#[derive(Debug, Serialize)]
pub struct Articles<'a> {
    pub articles: Vec<Article<'a>>,
    /// Those of which only an earlier version matches.
    pub matched_earlier: Vec<EarlierArticle<'a>>,
}

/// An article, and the newest version of it that matches a query, which its latest does not.
#[derive(Debug, Serialize)]
pub struct EarlierArticle<'a> {
    pub id: ArticleId,
    pub url: &'a Url,
    /// Of that version.
    pub headline: Option<&'a str>,
    pub version: u32,
    pub versions: u32,
}

impl<'a> EarlierArticle<'a> {
    pub fn new<T>(earlier: &'a Earlier<T>) -> Self {
        let Earlier { row, version, headline, .. } = earlier;
        Self { id: row.id, url: &row.url, headline: headline.as_deref(), version: *version, versions: row.versions }
    }
}

/// An article with the names of the rules that its latest version matches.
#[derive(Debug, Serialize)]
pub struct Article<'a> {
    #[serde(flatten)]
    pub row: &'a ArticleRow,
    pub rules: &'a [String],
}

/// `history --json`
#[derive(Debug, Serialize)]
pub struct HistoryDocument<'a> {
    pub article: Article<'a>,
    /// Its other addresses, first seen first.
    pub aliases: &'a [Alias],
    pub versions: &'a [VersionRow],
    pub notices: &'a [Notice],
    /// Those in force on the article and on its feeds.
    pub mutes: &'a [Mute],
}

impl<'a> HistoryDocument<'a> {
    pub fn new(history: &'a History, rules: &'a [String], mutes: &'a [Mute]) -> Self {
        Self {
            article: Article { row: &history.article, rules },
            aliases: &history.aliases,
            versions: &history.versions,
            notices: &history.notices,
            mutes,
        }
    }
}

/// `show --json`
#[derive(Debug, Serialize)]
pub struct Shown<'a> {
    #[serde(flatten)]
    pub version: &'a VersionRow,
    pub summary: Option<&'a str>,
    pub correction: Option<&'a str>,
    pub section: Option<&'a str>,
    pub language: Option<&'a str>,
    pub tags: &'a [String],
    pub text: String,
    /// `None` where nobody can say: the version is hidden.
    pub rules: Option<&'a [String]>,
    pub article: ArticleId,
    pub url: &'a Url,
}

impl<'a> Shown<'a> {
    pub fn new(article: &'a ArticleRow, version: &'a VersionRow, text: &'a ArticleText, rules: &'a [String]) -> Self {
        Self {
            version,
            summary: text.summary.as_deref(),
            correction: text.correction.as_deref(),
            section: text.section.as_deref(),
            language: text.language.as_deref(),
            tags: &text.tags,
            text: text.text(),
            rules: version.hidden.is_none().then_some(rules),
            article: article.id,
            url: &article.url,
        }
    }
}

/// `hide --json`
#[derive(Debug, Serialize)]
pub struct Hidden<'a> {
    pub article: ArticleId,
    pub version: u32,
    pub hidden: &'a Hiding,
    /// How many messages were deleted.
    pub messages: usize,
    /// Versions with the very same text, which are shown still.
    pub same_text: &'a [u32],
}

/// `export --format jsonl`: one of its lines.
#[derive(Debug, Serialize)]
pub struct Exported<'a> {
    #[serde(flatten)]
    pub shown: Shown<'a>,
    pub feeds: &'a [String],
    pub first_seen: Timestamp,
    pub last_changed: Timestamp,
    /// Of the article.
    pub versions: u32,
}

impl<'a> Exported<'a> {
    pub fn new(shown: Shown<'a>, article: &'a ArticleRow) -> Self {
        let ArticleRow { feeds, first_seen, last_changed, versions, .. } = article;
        Self { shown, feeds, first_seen: *first_seen, last_changed: *last_changed, versions: *versions }
    }
}

/// `diff --format json`. `before` and `after` of its paragraphs are indexes from 0.
#[derive(Debug, Serialize)]
pub struct DiffDocument<'a> {
    pub from: u32,
    pub to: u32,
    pub headline: &'a [WordChange],
    pub summary: &'a [WordChange],
    pub byline: &'a [WordChange],
    pub correction: &'a [WordChange],
    pub paragraphs: &'a [ParagraphChange],
}

impl<'a> DiffDocument<'a> {
    pub fn new(from: u32, to: u32, diff: &'a Diff) -> Self {
        let Diff { headline, summary, byline, correction, paragraphs } = diff;
        Self { from, to, headline, summary, byline, correction, paragraphs }
    }
}

/// `mutes --json`
#[derive(Debug, Serialize)]
pub struct Mutes<'a> {
    pub mutes: &'a [Mute],
    pub unsubscribed: &'a [Unsubscription],
}

/// `feeds --json`
#[derive(Debug, Serialize)]
pub struct Feeds<'a> {
    #[serde(serialize_with = "without_users")]
    pub feeds: &'a [FeedRow],
}

/// No address is shown with the password in it.
fn without_any_user<S: Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
    url.as_ref().map(config::without_user).serialize(serializer)
}

fn without_users<S: Serializer>(feeds: &[FeedRow], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(feeds.iter().map(|feed| FeedRow { url: config::without_user(&feed.url), ..feed.clone() }))
}

fn without_user<S: Serializer>(url: &Url, serializer: S) -> Result<S::Ok, S::Error> {
    config::without_user(url).serialize(serializer)
}

/// `feeds discover --json`
#[derive(Debug, Serialize)]
pub struct Discovered<'a> {
    pub feeds: &'a [FoundFeed],
    /// Announced, and of no use.
    pub unusable: &'a [UnusableFeed],
}

/// A feed that a site offers, as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundFeed {
    #[serde(serialize_with = "without_user")]
    pub url: Url,
    pub title: Option<String>,
    pub kind: FeedKind,
    pub found: FoundBy,
    pub entries: usize,
    /// The youngest time that an entry has.
    pub latest: Option<Timestamp>,
    /// It seems to hold what readers write.
    pub comments: bool,
    /// A feed before it in the list that has all of its articles.
    #[serde(serialize_with = "without_any_user")]
    pub same_as: Option<Url>,
}

/// How a feed was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FoundBy {
    /// It stands at the address that was given.
    Given,
    /// The page has a `<link>` to it.
    Announced,
    /// The text of the page links to it.
    Linked,
    /// It stands where feeds usually do.
    Usual,
    /// robots.txt names it, a sitemap of news.
    Sitemap,
}

/// A feed that a page announces and that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnusableFeed {
    #[serde(serialize_with = "without_user")]
    pub url: Url,
    pub reason: String,
}

/// `rules --json`
#[derive(Debug, Serialize)]
pub struct Rules<'a> {
    pub rules: &'a [RuleRow],
}

/// A rule of the configuration with its hits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleRow {
    pub name: String,
    #[serde(rename = "match")]
    pub query: String,
    /// Feed names and `tag:` selectors; empty: all feeds.
    pub feeds: Vec<String>,
    pub on: Vec<Event>,
    pub min_severity: Severity,
    pub to: Vec<String>,
    pub urgent: bool,
    pub alerts: u64,
    pub last_alert: Option<Timestamp>,
}

impl RuleRow {
    /// The rules with their hits.
    pub fn all<'r>(rules: impl Iterator<Item = RuleRef<'r>>, hits: &[RuleHits]) -> Vec<Self> {
        let hits: HashMap<&str, &RuleHits> = hits.iter().map(|hits| (hits.rule.as_str(), hits)).collect();
        let row = |rule: RuleRef<'_>| {
            let hits = hits.get(rule.name);
            Self {
                name: rule.name.to_owned(),
                query: rule.query.to_owned(),
                feeds: rule.feeds.iter().map(ToString::to_string).collect(),
                on: rule.on.to_vec(),
                min_severity: rule.min_severity,
                to: rule.to.to_vec(),
                urgent: rule.urgent,
                alerts: hits.map_or(0, |hits| hits.alerts),
                last_alert: hits.and_then(|hits| hits.last_at),
            }
        };
        rules.map(row).collect()
    }
}

/// `rules test --json`
#[derive(Debug, Serialize)]
pub struct RuleTest<'a> {
    pub matches: &'a [WouldAlert],
}

/// A version on which a rule would have alerted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WouldAlert {
    pub article: ArticleId,
    pub version: u32,
    pub event: Event,
    pub headline: Option<String>,
    pub terms: Vec<Match>,
    pub observed_at: Timestamp,
}

/// `rules explain --json`
#[derive(Debug, Serialize)]
pub struct Explained<'a> {
    pub article: ArticleId,
    pub version: u32,
    pub matches: bool,
    pub explanation: Node<'a>,
}

/// One part of a query: whether it holds, where, and the parts that it is made of.
#[derive(Debug, Serialize)]
pub struct Node<'a> {
    pub text: &'a str,
    /// `words`, `fact`, `all`, `any`, `not`, `near` or `at_least`.
    pub operator: &'static str,
    /// How many parts must hold, for `at_least`.
    pub needed: Option<usize>,
    pub held: bool,
    pub terms: &'a [Match],
    /// For `near` that does not hold.
    /// `too_far`, `other_paragraphs`, `overlapping`, `not_in_a_row`: why words that stand there are not near each other.
    pub apart: Option<&'static str>,
    pub closest: Option<Closest<'a>>,
    pub parts: Vec<Node<'a>>,
}

/// Where words that must be near each other come closest.
#[derive(Debug, Serialize)]
pub struct Closest<'a> {
    /// How many words apart; neighbours are one.
    pub words: usize,
    pub allowed: usize,
    /// They stand only in the other order.
    pub reversed: bool,
    pub terms: &'a [Match],
}

impl<'a> From<&'a Explanation> for Node<'a> {
    fn from(explanation: &'a Explanation) -> Self {
        let closest = explanation.closest().map(|closest| Closest {
            words: closest.words,
            allowed: closest.allowed,
            reversed: closest.is_reversed,
            terms: &closest.matches,
        });
        Self {
            text: &explanation.text,
            operator: explanation.operator.word(),
            needed: match explanation.operator {
                Operator::AtLeast(count) => Some(count),
                _ => None,
            },
            held: explanation.held,
            terms: &explanation.matches,
            apart: explanation.apart.as_ref().map(Apart::word),
            closest,
            parts: explanation.parts.iter().map(Node::from).collect(),
        }
    }
}

/// `alerts --json`
#[derive(Debug, Serialize)]
pub struct Alerts<'a> {
    pub alerts: &'a [OutboxRow],
    /// What wirewatch had to say of itself.
    pub notices: &'a [OutboxNotice],
}

/// `alerts show --json`
#[derive(Debug, Serialize)]
pub struct AlertMessage<'a> {
    #[serde(flatten)]
    pub row: &'a OutboxRow,
    /// As sent; `None` before the first attempt.
    pub message: Option<&'a str>,
    /// Its text part, decoded.
    pub text: Option<&'a str>,
}

/// `alerts retry --json`
#[derive(Debug, Serialize)]
pub struct Retried {
    /// How many will be sent again.
    pub messages: usize,
}

/// `status --json`
#[derive(Debug, Serialize)]
pub struct Status<'a> {
    pub running: bool,
    pub version: &'a str,
    #[serde(flatten)]
    pub store: &'a StoreStatus,
    /// Those in force.
    pub mutes: &'a [Mute],
    /// Addresses to which nothing gets through.
    pub suspended: &'a [Suspension],
}

/// `reextract --json`: one of its `articles`. Those that read as before are only counted.
#[derive(Debug, Serialize)]
pub struct Reextracted<'a> {
    pub id: ArticleId,
    pub url: &'a Url,
    pub headline: Option<&'a str>,
    /// `read_anew`, `no_page`, `unfit`, `busy` or `damaged`.
    pub outcome: &'static str,
    /// Of the technical version; with `--dry-run` the number that it would have.
    pub version: Option<u32>,
    /// Why it was left out.
    pub reason: Option<&'a str>,
    pub change: Option<&'a Change>,
    pub diff: Option<DiffDocument<'a>>,
}

/// `reextract --json`: what stands behind its `articles`.
#[derive(Debug, Serialize)]
pub struct ReextractSummary {
    pub read_anew: u64,
    pub same: u64,
    pub no_page: u64,
    pub unfit: u64,
    pub busy: u64,
    pub damaged: u64,
}

/// `verify --json`
#[derive(Debug, Serialize)]
pub struct Verified<'a> {
    /// Nothing was found that is not as it was stored.
    pub sound: bool,
    pub articles: u64,
    pub versions: u64,
    pub pages: u64,
    pub hidden: u64,
    /// What is wrong with the database itself, in SQLite's words.
    pub structure: &'a [String],
    pub flaws: &'a [Flaw],
}

/// `backup --json`
#[derive(Debug, Serialize)]
pub struct BackedUp {
    pub file: String,
    pub bytes: u64,
    /// Everything in the copy is what was stored.
    pub sound: bool,
    pub articles: u64,
    pub versions: u64,
    pub pages: u64,
    /// Older copies that `--keep` removed.
    pub removed: Vec<String>,
}

/// `prune --json`
#[derive(Debug, Serialize)]
pub struct Pruned<'a> {
    pub dry_run: bool,
    /// What was active since stays; `null`: everything does.
    pub before: Option<Timestamp>,
    /// Gone as a whole.
    pub articles: u64,
    /// Of these, and of articles that go on.
    pub versions: u64,
    pub pages: u64,
    /// The wording of mails that were sent.
    pub messages: u64,
    pub notices: u64,
    /// Articles that were left as they are, each with what is wrong with it.
    pub damaged: &'a [String],
    pub database_bytes: u64,
    /// Of these, free for what comes next.
    pub free_bytes: u64,
}

/// `restore --json`
#[derive(Debug, Serialize)]
pub struct Restored {
    pub database: String,
    pub from: String,
    /// The database from before; `null`: there was none.
    pub kept: Option<String>,
    pub articles: u64,
    pub versions: u64,
    pub pages: u64,
    /// Messages that wait in it.
    pub pending: u64,
}

/// `inspect feed --json`
#[derive(Debug, Serialize)]
pub struct InspectedFeed<'a> {
    pub kind: FeedKind,
    pub title: Option<&'a str>,
    pub partial: bool,
    /// Who tells of its news (WebSub), and by which address.
    pub hub: Option<&'a Hub>,
    pub entries: Vec<InspectedEntry<'a>>,
}

#[derive(Debug, Serialize)]
pub struct InspectedEntry<'a> {
    pub id: Option<&'a str>,
    pub title: Option<&'a str>,
    pub link: Option<&'a Url>,
    pub published: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub author: Option<&'a str>,
    pub summary: Option<&'a str>,
    /// The full text where the feed carries it, paragraphs separated by a blank line.
    pub text: Option<String>,
    pub tags: &'a [String],
    pub language: Option<&'a str>,
    /// By what wirewatch knows it again; `None` where that hangs on the document's address, which nobody has said.
    pub key: Option<&'a str>,
}

impl<'a> From<&'a FeedDocument> for InspectedFeed<'a> {
    fn from(document: &'a FeedDocument) -> Self {
        let FeedDocument { kind, title, partial, is_too_long: _, hub, entries } = document;
        let entries = entries.iter().map(InspectedEntry::from).collect();
        Self { kind: *kind, title: title.as_deref(), partial: *partial, hub: hub.as_ref(), entries }
    }
}

impl<'a> From<&'a Entry> for InspectedEntry<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            id: entry.id.as_deref(),
            title: entry.title.as_deref(),
            link: entry.link.as_ref(),
            published: entry.published_at,
            updated: entry.updated_at,
            author: entry.author.as_deref(),
            summary: entry.summary.as_deref(),
            text: joined(&entry.text),
            tags: &entry.tags,
            language: entry.language.as_deref(),
            key: Some(entry.key.as_str()).filter(|key| !key.is_empty()),
        }
    }
}

fn joined(paragraphs: &[Paragraph]) -> Option<String> {
    let texts: Vec<&str> = paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

/// `inspect page --json`
#[derive(Debug, Serialize)]
pub struct InspectedPage<'a> {
    pub quality: Quality,
    /// The evidence for the quality.
    pub reason: Option<&'a str>,
    #[serde(flatten)]
    pub text: &'a ArticleText,
    #[serde(rename = "text")]
    pub joined: String,
}

impl<'a> InspectedPage<'a> {
    pub fn new(quality: Quality, reason: &'a str, text: &'a ArticleText) -> Self {
        Self { quality, reason: (!reason.is_empty()).then_some(reason), text, joined: text.text() }
    }
}

/// `inspect change --json`
#[derive(Debug, Serialize)]
pub struct InspectedChange<'a> {
    pub change: Option<&'a Change>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<DiffDocument<'a>>,
}

impl<'a> InspectedChange<'a> {
    /// Without a change there is no diff either, whatever the words look like.
    pub fn new(change: Option<&'a Change>, diff: &'a Diff) -> Self {
        Self { change, diff: change.map(|_| DiffDocument::new(1, 2, diff)) }
    }
}
