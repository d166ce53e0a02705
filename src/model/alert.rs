//! Matches, alerts, and the deliveries that carry them to people.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use url::Url;

use super::article::{ArticleId, ArticleText, Source};
use super::change::{Change, Mark, Severity};
use super::feed::FeedFacts;
use super::mute::{Mute, MuteId};
use super::time::Timestamp;

/// The identity of an alert in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertId(pub i64);

/// The identity of a delivery in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(pub i64);

/// What happened to an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    New,
    Revised,
    Gone,
    Back,
}

/// The field of an article in which a term was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchField {
    Title,
    Summary,
    /// The article's text; the contract calls it `body`.
    Body,
    Author,
    Tag,
    Url,
    Site,
    Feed,
    Lang,
    Added,
    Removed,
    Event,
}

/// Where a term of a rule was found: `text` is what stood at bytes `start..end` of the field's stored text.
///
/// For `Body` and `Added`, positions count in [`ArticleText::text`] of the version; for `Removed`, in that of the version
/// before. `Added` words of the headline and summary are told as `Title` and `Summary`. `start` and `end` are both 0
/// where the words stood in a text that no field names: the headline or summary before, a correction note. For `Tag`
/// and `Feed`, positions count in the one tag or name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    pub field: MatchField,
    /// The term as the rule writes it, folded (`csto`, `kazakh*`).
    pub term: SmolStr,
    pub text: SmolStr,
    pub start: usize,
    pub end: usize,
}

/// The decision that a rule matched a version and wants it told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub rule: String,
    /// The rule's query as it stood when it fired, so that the past stays explicable after an edit.
    pub query: String,
    pub event: Event,
    /// The feeds that the rule is about, as it names them; empty: all.
    pub feeds: Vec<String>,
    /// Names of recipients, from the rule.
    pub to: Vec<String>,
    /// Passes quiet hours.
    pub urgent: bool,
    /// A revision that the rule matches, though it did not match the version before.
    pub newly: bool,
    pub matches: Vec<Match>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    Pending,
    Sent,
    /// Given up; visible, and `alerts retry` starts it again.
    Failed,
    /// Waits for quiet hours or a mute to end.
    Held,
}

/// What a delivery gathers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryKind {
    /// The alerts on one article, mailed as they come.
    Article,
    /// All alerts of a recipient until a scheduled time.
    Digest,
    /// What matched among the recent entries at the first poll of a feed.
    Initial,
    /// What was over the address's hourly limit.
    Overflow,
    /// What was held while it was muted.
    Muted,
    /// What waited while no mail got through to the address.
    Backlog,
    /// A word of wirewatch on itself: [`Delivery::note`] in place of articles.
    Notice,
}

/// What wirewatch has to say of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// The burst it is about: it is of no use when that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<MuteId>,
    /// It passes quiet hours.
    #[serde(default)]
    pub is_urgent: bool,
}

/// One message to one address, with all that is needed to compose it.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub kind: DeliveryKind,
    /// The recipient's name in the configuration.
    pub recipient: String,
    pub address: String,
    /// Without angle brackets; fixed when the delivery was created.
    pub message_id: String,
    pub created_at: Timestamp,
    /// The mails about this article to this address that came before, those not known to have arrived included.
    pub thread: Option<Thread>,
    /// One for an `Article` delivery, none for a `Notice`, else at least one.
    pub articles: Vec<DeliveredArticle>,
    /// What held back the alerts of a `Muted` delivery.
    pub mutes: Vec<Mute>,
    /// What a `Notice` says.
    pub note: Option<Note>,
    /// What the link ends with that stops such mails; `None` where nobody can follow it.
    pub unsubscribe_token: Option<String>,
}

/// The mails about one article that an address has had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The subject of the first mail, decoded, byte for byte.
    pub subject: String,
    /// Message-IDs without angle brackets, first mail first, at most 20: the first and the latest.
    pub references: Vec<String>,
}

/// One article as a delivery tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveredArticle {
    pub id: ArticleId,
    pub url: Url,
    pub feeds: Vec<FeedFacts>,
    pub event: Event,
    pub rules: Vec<FiredRule>,
    /// The version the reader saw last (last mailed to this address, else the one before the alert); `None` for news.
    pub before: Option<DeliveredVersion>,
    pub after: DeliveredVersion,
    /// From `before` to `after`, where they are neighbours.
    pub change: Option<Change>,
    /// The greatest of every change between the two.
    pub severity: Option<Severity>,
    /// Those of every change between the two; sorted, without repeats. Of news, whether another story stood
    /// at the address before.
    pub marks: Vec<Mark>,
    /// How many versions after `before` its publisher made; 0 for news.
    pub revisions: u32,
    /// When the latest of its alerts came to be: for what is gone or back, when that was found.
    pub noticed_at: Timestamp,
    /// Of what is gone: when it was found to be back, where that was before the mail was made.
    pub back_at: Option<Timestamp>,
    /// When the address was sent the same before, at once or in another digest; `None` in a mail on this article alone.
    pub mailed_at: Option<Timestamp>,
}

/// A rule that fired, with where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiredRule {
    pub name: String,
    pub query: String,
    /// It did not match the version before: it tells of the revision however small that is.
    pub newly: bool,
    pub matches: Vec<Match>,
    /// It found words in the version on which it fired, and none of them stands in the one that is told.
    pub is_lost: bool,
}

/// A version inside a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveredVersion {
    pub number: u32,
    pub observed_at: Timestamp,
    pub source: Source,
    pub text: ArticleText,
}
