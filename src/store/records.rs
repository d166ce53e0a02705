//! What goes into the store and what comes out of it: one value for each event and one for each view.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;
use url::Url;

use crate::alert::PlannedDelivery;
use crate::config::FeedConfig;
use crate::health::{Disk, Part};
use crate::identity::{Basis, KeyPolicy};
use crate::model::{
    Alert, AlertId, Alias, AliasKind, ArticleId, ArticleText, Baseline, Candidate, Change, Choice, Delivery,
    DeliveryId, DeliveryKind, DeliveryState, Entry, Event, FeedFacts, FeedId, Fitness, FoundNotice, Hub, Lesson, Mark,
    Missing, Mute, Note, Notice, NoticeKind, Quality, Reader, Sightings, Source, Stopped, Subject, Subscription,
    Surroundings, Timestamp, UnsubscribedBy, Validators, Version,
};
use crate::schedule::Hints;
use crate::schedule::Schedule;

/// A 32-byte BLAKE3 digest.
pub type Digest = [u8; 32];

/// Proof of a lease on one row: a record that does not show the row's current token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimToken(pub i64);

/// A due feed, leased.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedFeed {
    pub id: FeedId,
    pub token: ClaimToken,
    pub config: FeedConfig,
    pub validators: Validators,
    /// Digest of the last body that was read in full: an equal body needs no parse.
    pub body: Option<Digest>,
    /// How its entries are told apart.
    pub keys: KeyPolicy,
    /// Failures in a row.
    pub failures: u32,
    /// When this poll was due.
    pub due_at: Timestamp,
    /// What is new in it is news: it was read whole once, or three times in pieces. What came before is the silent
    /// baseline.
    pub is_begun: bool,
    /// `None` before the first poll that read a feed.
    pub last_success_at: Option<Timestamp>,
    /// When a body was last fetched without validators or came with status 200.
    pub last_full_at: Option<Timestamp>,
    /// Until when it is asked without conditions, since it said "not modified" though it was.
    pub distrusted_until: Option<Timestamp>,
    /// When its document says to come again.
    pub hints: Hints,
}

/// The end of one poll.
#[derive(Debug, Clone, PartialEq)]
pub struct PollRecord {
    pub feed: FeedId,
    pub token: ClaimToken,
    pub now: Timestamp,
    /// Not before.
    pub next_due_at: Timestamp,
    /// Of a feed whose schedule follows its news: what says when it is due once it is known what is new.
    pub adaptive: Option<Adaptive>,
    /// How long the schedule waits from the poll before to this one; zero at the first.
    pub expected: Duration,
    pub outcome: PollOutcome,
    pub told: Told,
}

/// What an answer that was understood tells beside what is in the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// A moment before, the server had said that nothing was modified. If something was, it is not believed for a week.
    pub is_behind_304: bool,
    /// Where the feed's address redirects for good.
    pub moved_to: Option<Url>,
    /// When the document says to come again; `None` where none came, and what was said before holds.
    pub hints: Option<Hints>,
}

/// An adaptive schedule, and the feed's place among those that would be due with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Adaptive {
    pub schedule: Schedule,
    pub seed: u64,
    /// Until when the feed says that nothing new will come.
    pub fresh_until: Option<Timestamp>,
}

/// What a poll brought.
#[derive(Debug, Clone, PartialEq)]
pub enum PollOutcome {
    /// 304, or 200 with the body of last time.
    Unchanged { status: u16, validators: Validators, full: bool },
    Read {
        status: u16,
        validators: Validators,
        body: Digest,
        partial: bool,
        /// Who tells of the feed's news, where it says so and we can be told.
        hub: Option<Box<Hub>>,
        /// By which the entries have their keys; the store learns on.
        keys: KeyPolicy,
        entries: Vec<SeenEntry>,
    },
    /// `status` is `None` where no answer came. The validators stay as they were.
    Failed { status: Option<u16>, error: String },
    /// No answer, as from every other host: it says nothing of the feed, which stays as it was.
    Unreached,
    /// Not asked, since its host wants no requests for a while.
    PutOff,
}

/// An entry with the article it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenEntry {
    pub entry: Entry,
    /// The article's normalised address, its identity.
    pub article: Url,
    /// Where to fetch it; `None` when the entry itself is the article's source.
    pub link: Option<Url>,
    /// How the article begins: as the best of the announcements before its first version says.
    pub baseline: Baseline,
}

/// A subscription that is to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSubscription {
    pub feed: FeedId,
    pub hub: Hub,
    /// The last part of the address that the hub is to call.
    pub token: String,
    /// What the hub is to sign with.
    pub secret: String,
    pub asked_at: Timestamp,
}

/// A subscription that a hub speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSubscription {
    pub feed: FeedId,
    pub feed_name: String,
    pub hub: Hub,
    pub secret: String,
    pub is_watched: bool,
}

/// What a hub says of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It holds, for so long where the hub says so.
    Confirmed {
        lease: Option<Duration>,
    },
    Denied {
        reason: String,
    },
}

/// What `record_poll` found in the entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PollSummary {
    pub new_entries: usize,
    pub changed_entries: usize,
    pub new_articles: usize,
    /// Entries on articles that the feed had not announced before.
    pub announced: usize,
    /// Entries of the document that was read before this one; 0 at the first poll.
    pub listed_before: usize,
    /// It brought far more than any poll before: what came with it is held.
    pub is_burst: bool,
}

/// A due article, leased, with all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedArticle {
    pub id: ArticleId,
    pub token: ClaimToken,
    /// The normalised address, its identity.
    pub url: Url,
    /// Where to fetch it; `None` when its entry is its source.
    pub link: Option<Url>,
    pub baseline: Baseline,
    pub first_seen_at: Timestamp,
    /// When its latest version was stored; `first_seen_at` before there is one.
    pub last_changed_at: Timestamp,
    pub last_full_at: Option<Timestamp>,
    pub validators: Validators,
    /// Digest of the page's bytes at the last capture that was read.
    pub body: Option<Digest>,
    /// Looks in a row that found nothing new.
    pub idle_checks: u32,
    /// Failed or unfit looks in a row.
    pub failures: u32,
    /// Looks in a row that found it missing (404, 410, soft 404), and since when.
    pub missing: Option<Missing>,
    /// Told as gone, and not back yet.
    pub gone: bool,
    /// The entry that speaks for it: the newest of the feed that was the first to announce it. Another feed's takes its
    /// place only when that one is watched no longer, and not before it changes.
    pub entry: Option<Entry>,
    /// Every feed that has announced it, by name.
    pub feeds: Vec<FeedFacts>,
    /// Names of those that have announced it since its last look, where it has a version.
    pub new_feeds: Vec<String>,
    pub latest: Option<Version>,
    /// What reads the page as the latest version does; `None` where that is the feed's text.
    pub reader: Option<Reader>,
    /// Where the page of the latest version was found, if it is kept.
    pub page_url: Option<Url>,
    /// Fingerprints (`diff::fingerprint`) of the latest version and of those between which and it the publisher changed
    /// something, newest first, at most 200.
    pub fingerprints: Vec<(u32, Digest)>,
    pub candidate: Option<Candidate>,
    pub sightings: Sightings,
    /// Addresses that are believed to be its own too.
    pub aliases: Vec<Url>,
    /// Before it has a version: articles with versions that it may turn out to be, at most a few.
    pub kin: Vec<Kin>,
    pub surroundings: Surroundings,
}

/// The end of one check of an article.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRecord {
    pub article: ArticleId,
    pub token: ClaimToken,
    pub now: Timestamp,
    /// `None`: it rests.
    pub next_due_at: Option<Timestamp>,
    pub outcome: CheckOutcome,
    /// What the look told of the article's addresses. Where that makes it another article that has versions, or an
    /// older one, nothing else of the record is stored.
    pub aliases: Vec<SeenAlias>,
    /// `None` leaves them as they were.
    pub sightings: Option<Sightings>,
    /// What read the page as the latest version (or the one of this record) says; `None` leaves it as it was.
    pub reader: Option<Reader>,
    /// For the memory of its host.
    pub lesson: Lesson,
    /// What the page said, whether fit to be read or not; `None` leaves it as it was.
    pub seen: Option<SeenText>,
    /// What stands in the way of the page although the outcome is another: the feed was read in its place, or a text
    /// that fell to a fraction waits to be believed.
    pub trouble: Option<Trouble>,
    /// Stored with the version (or, for gone and back, with the latest one).
    pub alerts: Vec<Alert>,
    /// Indexes in `PlannedDelivery::alerts` point into `alerts`.
    pub deliveries: Vec<PlannedDelivery>,
    pub notices: Vec<FoundNotice>,
    /// Notices that are over, where they are open.
    pub ended: Vec<(NoticeKind, Subject)>,
}

/// What a page said at a look, as digests: by them the same text is found on other articles of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenText {
    /// Of `detect::body`.
    pub text: Digest,
    pub headline: Option<Digest>,
}

/// Why an article's page could not be read, or is not believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// `None` where no page came.
    pub quality: Option<Quality>,
    pub reason: String,
}

/// The page of an article's latest version, read anew. The lease goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadingRecord {
    pub article: ArticleId,
    pub token: ClaimToken,
    pub now: Timestamp,
    /// What read it.
    pub reader: Reader,
    pub sightings: Sightings,
    /// Where it reads otherwise: a technical version, which is no activity.
    pub version: Option<NewVersion>,
}

/// An address that a look saw to be its article's, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAlias {
    pub url: Url,
    pub kind: AliasKind,
    /// Enough to make two articles one; else it holds until another article claims it too.
    pub firm: bool,
}

/// Another article whose address is like that of one that has no version yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Kin {
    pub id: ArticleId,
    pub url: Url,
    pub link: Option<Url>,
    /// What it says in its latest version.
    pub text: ArticleText,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one for each check, handed on once")]
pub enum CheckOutcome {
    /// 304, the same bytes, or other bytes that read the same. Clears failures, `missing` and the candidate.
    Unchanged {
        fetched: Option<Fetched>,
    },
    /// No answer, as from every other host: it says nothing of the article, which stays as it was.
    Unreached,
    /// No page: `status` is `None` where no answer came.
    Failed {
        status: Option<u16>,
        error: String,
        missing: Option<Missing>,
    },
    /// A page that is not fit to be read; stored as the article's last reason.
    Unfit {
        status: u16,
        fitness: Fitness,
        missing: Option<Missing>,
    },
    /// Reads differently; look again soon. Keeps validators and body as they were, so that the next fetch is full.
    Unconfirmed {
        candidate: Candidate,
    },
    Version(NewVersion),
    /// Told as taken down.
    Gone {
        missing: Missing,
    },
    /// Returned, and reads as before. (Returned with another text: a `Version` whose change has `Kind::Back`.)
    Back {
        fetched: Option<Fetched>,
    },
}

/// What a successful fetch leaves to make the next one cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub validators: Validators,
    pub body: Digest,
    /// Whether the page itself came, and not only a 304.
    pub full: bool,
}

/// A version to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVersion {
    /// `number` must be the latest number plus one.
    pub version: Version,
    pub fingerprint: Digest,
    pub change: Option<Change>,
    pub fetched: Option<Fetched>,
    /// The raw page, where pages are kept.
    pub page: Option<StoredPage>,
}

impl NewVersion {
    /// Whether it begins another story at the same address.
    pub fn is_reused(&self) -> bool {
        self.change.as_ref().is_some_and(|change| change.is_marked(Mark::Reused))
    }
}

/// A page as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPage {
    pub url: Url,
    pub status: u16,
    /// Header lines as received, in order, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// After content decoding.
    pub body: Vec<u8>,
    /// What read it.
    pub reader: Reader,
    /// What that chose of it.
    pub choice: Choice,
}

/// Whether a claim waits for deliveries to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    Wait,
    /// Nothing more will come in this run.
    Over,
}

/// Deliveries that wait for each other: a slow webhook keeps no mail waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Mail,
    /// Webhooks and ntfy.
    Hooks,
}

/// A due delivery, leased. From the first claim on it is sealed: later alerts start another one.
///
/// `DeliveredArticle::change` is there where `before` and `after` are neighbours; where versions lie between them it
/// is `None`, and whoever composes the message compares the two texts.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedDelivery {
    pub token: ClaimToken,
    pub delivery: Delivery,
    pub channel: String,
    /// Attempts that ended, before this one.
    pub attempts: u32,
    /// Attempts after which nobody knows whether the message arrived; this one is among them until it ended.
    pub doubts: u32,
    /// Somebody asked for it to be sent now: quiet hours do not hold it.
    pub is_released: bool,
    /// The message as rendered for the first attempt; later attempts send these bytes.
    pub message: Option<Vec<u8>>,
}

/// The end of one attempt to send a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptRecord {
    pub delivery: DeliveryId,
    pub token: ClaimToken,
    pub now: Timestamp,
    pub subject: String,
    pub message: Vec<u8>,
    pub outcome: AttemptOutcome,
    /// Where it was not sent: what that says of the message and its address.
    pub fault: Fault,
    /// Whom to tell if nothing gets through to the address any more: at the second refusal of the address in a row, or
    /// where there is none, at once; and not again before a mail has got through.
    pub warning: Option<Warning>,
}

/// What a failed attempt says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    /// The message may have arrived all the same.
    #[default]
    Unknown,
    /// It certainly did not arrive.
    Undelivered,
    /// The same, because there was no server, or none that takes anything.
    Unreached,
    /// The server refused the address for good.
    Address,
}

/// A notice on an address: nothing gets through to it, or it asked for no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub note: Note,
    pub channel: String,
    /// Recipients with an address each, at most [`Warning::MOST_TOLD`].
    pub to: Vec<(String, String)>,
}

impl Warning {
    pub const MOST_TOLD: usize = 50;
}

/// A mail to the operator, and the notices that it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// Rows of notices.
    pub told: Vec<(i64, Part)>,
    pub warning: Warning,
    /// The part of its Message-ID after the `@`.
    pub host: String,
    pub now: Timestamp,
}

/// What an address asks to get no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsubscribeRequest {
    /// As the outbox has it; capitals make no difference.
    pub address: String,
    pub stops: Vec<Stopped>,
    pub how: UnsubscribedBy,
    pub now: Timestamp,
    /// Who is told of it, where it is news.
    pub warning: Warning,
    /// The part after the `@` of Message-IDs.
    pub host: String,
}

/// An address at which nothing is tried until `alerts retry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suspension {
    pub address: String,
    pub since: Timestamp,
    /// What the server said last.
    pub error: Option<String>,
}

/// A message as it is about to be handed over for the first time.
#[derive(Debug, Clone)]
pub struct ComposedMessage {
    pub delivery: DeliveryId,
    pub token: ClaimToken,
    pub subject: String,
    pub message: Vec<u8>,
    /// What it tells of its articles; of the others it says nothing.
    pub tells: HashMap<ArticleId, Covered>,
}

/// What a message tells of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// The version that it compares with; 0 where it tells the whole story.
    pub since: u32,
    pub version: u32,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    Sent,
    Retry {
        at: Timestamp,
        error: String,
    },
    Failed {
        error: String,
    },
    /// Not tried: quiet hours last until then. What was never tried may gather further alerts meanwhile.
    Held {
        until: Timestamp,
    },
    /// Not tried: it becomes part of the digest of that time.
    Joins {
        digest_at: Timestamp,
    },
    /// Not tried: nothing is left to tell (the edit was reverted). The delivery leaves the outbox, its alerts stay.
    Void,
}

/// How a feed fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedState {
    Healthy,
    Failing,
    Gone,
    Paused,
}

/// How many articles could not be read at their last look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    pub articles: u64,
    /// The words of their qualities, most articles first; `failed` where no page came.
    pub by_quality: Vec<QualityCount>,
    /// The commonest reason among those of the commonest quality.
    pub reason: Option<String>,
}

impl Unreadable {
    /// Those of which no page came at all.
    pub fn failed(&self) -> u64 {
        self.by_quality.iter().find(|count| count.quality == "failed").map_or(0, |count| count.articles)
    }
}

/// How many articles are of one quality.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QualityCount {
    pub quality: String,
    pub articles: u64,
}

/// A feed as `feeds` shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedRow {
    pub name: String,
    pub url: Url,
    pub tags: Vec<String>,
    pub state: FeedState,
    pub last_poll: Option<Timestamp>,
    pub last_success: Option<Timestamp>,
    pub next_poll: Option<Timestamp>,
    pub failures: u32,
    pub last_status: Option<u16>,
    pub last_error: Option<String>,
    /// It said "not modified" though it was, and is asked without conditions until then.
    pub distrusted_until: Option<Timestamp>,
    /// Entries ever seen.
    pub entries: u64,
    /// Articles it announced.
    pub articles: u64,
    /// With the hub that it names.
    pub subscription: Option<Subscription>,
    /// What its entries are told apart by: their ids, unless these turned out to be none.
    pub told_apart_by: Basis,
    /// Parameters that it makes up for each request: left out of its links' identity.
    pub ignored_parameters: Vec<String>,
    /// Open ones on it and on the hosts of its articles, newest first.
    pub notices: Vec<Notice>,
    pub unreadable: Unreadable,
}

/// Which feeds a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedFilter {
    /// Those with this in name, address or tags, in letters of any case.
    pub part: Option<String>,
    /// Only those whose last poll failed.
    pub failing: bool,
    /// Those whose names stand behind this one.
    pub after: Option<String>,
    pub limit: Option<u32>,
}

/// An article as `articles` shows it; `rules` is added by whoever knows the rules.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArticleRow {
    pub id: ArticleId,
    pub url: Url,
    /// Of the latest version, else the entry's title.
    pub headline: Option<String>,
    pub feeds: Vec<String>,
    pub first_seen: Timestamp,
    /// By its publisher.
    pub last_changed: Timestamp,
    pub versions: u32,
    /// Versions that its publisher made of an earlier one; the others are readings of ours.
    pub revisions: u32,
    /// When it was last looked at, and what stood in the way if that look failed.
    pub last_check: Option<Timestamp>,
    pub next_check: Option<Timestamp>,
    pub quality: Option<Quality>,
    pub problem: Option<String>,
    /// Told as gone, and not back yet.
    pub gone: bool,
    /// The older article that it was found to be: it rests, and what comes is told there.
    pub same_as: Option<ArticleId>,
    /// When retention took everything that was stored of it; `None` where it did not, or where it has come again.
    pub pruned_at: Option<Timestamp>,
}

/// Which articles to list: newest activity first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ArticleFilter {
    /// Name of a feed that announced it.
    pub feed: Option<String>,
    /// With activity (first seen or changed) at or after.
    pub since: Option<Timestamp>,
    /// Only those that their publisher revised.
    pub revised: bool,
    /// Name of a rule that has alerted on it.
    pub alerted_by: Option<String>,
    /// Continue after this row of an earlier page.
    pub after: Option<(Timestamp, ArticleId)>,
    pub limit: Option<u32>,
}

/// An article with its latest version and feeds, for matching against stored text.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredArticle {
    pub row: ArticleRow,
    pub feeds: Vec<FeedFacts>,
    pub latest: Option<Version>,
}

/// One version as `history` shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionRow {
    pub number: u32,
    pub observed_at: Timestamp,
    pub source: Source,
    pub headline: Option<String>,
    pub byline: Option<String>,
    pub published_at: Option<Timestamp>,
    pub modified_at: Option<Timestamp>,
    pub words: usize,
    /// Hex SHA-256 over the version's content and the hash of the version before.
    pub sha256: String,
    /// Of its page's body, where one was kept; part of what the hash above is made of.
    pub page_sha256: Option<String>,
    pub change: Option<Change>,
    /// It is shown no more: its text, headline and page are gone.
    pub hidden: Option<Hiding>,
}

impl VersionRow {
    /// Whether only our reading of the version before changed.
    pub fn is_technical(&self) -> bool {
        self.change.as_ref().is_some_and(Change::is_technical)
    }
}

/// Every version of one article, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct History {
    pub article: ArticleRow,
    /// Its other addresses, first seen first.
    pub aliases: Vec<Alias>,
    pub versions: Vec<VersionRow>,
    /// Newest first, closed ones among them; the latest few.
    pub notices: Vec<Notice>,
}

/// One version that a publisher made, among those of other articles.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub article: ArticleId,
    pub url: Url,
    pub feeds: Vec<String>,
    /// Of the version before.
    pub headline_before: Option<String>,
    pub version: VersionRow,
}

/// A mute that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MuteRequest {
    pub target: MuteTarget,
    pub why: Option<String>,
    pub who: Option<String>,
    pub now: Timestamp,
    pub until: Timestamp,
}

/// What to mute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MuteTarget {
    /// By its name.
    Feed(String),
    /// By its name.
    Rule(String),
    Article(ArticleId),
}

/// One alert to one recipient, as `alerts` shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutboxRow {
    /// Of the alert-to-recipient pair; `alerts show` and `alerts retry` take it.
    pub id: i64,
    pub rule: String,
    pub article: ArticleId,
    pub headline: Option<String>,
    pub version: u32,
    pub event: Event,
    pub recipient: String,
    pub address: String,
    pub channel: String,
    pub state: DeliveryState,
    pub attempts: u32,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub next_attempt: Option<Timestamp>,
    /// With angle brackets.
    pub message_id: String,
    pub error: Option<String>,
    /// The alert of the message that goes first: those about an article reach an address in their order.
    pub waits_for: Option<i64>,
    /// What holds it, where that is a mute.
    pub mute: Option<Mute>,
}

/// A word of wirewatch on itself in the outbox, as `alerts` shows it beside the alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutboxNotice {
    /// Always `notice`.
    pub kind: DeliveryKind,
    pub subject: String,
    pub recipient: String,
    pub address: String,
    pub channel: String,
    pub state: DeliveryState,
    pub attempts: u32,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub next_attempt: Option<Timestamp>,
    /// With angle brackets.
    pub message_id: String,
    pub error: Option<String>,
}

/// How often a rule has alerted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHits {
    pub rule: String,
    pub alerts: u64,
    pub last_at: Option<Timestamp>,
}

/// An alert as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRow {
    pub id: AlertId,
    pub rule: String,
    pub article: ArticleId,
    pub version: u32,
    pub event: Event,
    pub created_at: Timestamp,
}

/// What `sync_feeds` did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncSummary {
    /// New in the configuration, or back in it.
    pub added: usize,
    pub changed: usize,
    pub renamed: usize,
    pub removed: usize,
}

/// What `record_check` stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckSummary {
    /// The number of the new version.
    pub version: Option<u32>,
    /// Alerts that had not been stored before.
    pub alerts: usize,
    /// Deliveries that were started or took in an alert.
    pub deliveries: usize,
    /// The article that this one was found to be: nothing else was stored.
    pub same_as: Option<ArticleId>,
    /// Which of the record's notices were not open before, by their places.
    pub notices: Vec<usize>,
}

/// A lease to be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    Feed(FeedId, ClaimToken),
    Article(ArticleId, ClaimToken),
    Delivery(DeliveryId, ClaimToken),
}

/// Feeds and digests that are due late, each with its name or its recipient's, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FarOff {
    pub feeds: Vec<(FeedId, String, Timestamp)>,
    pub digests: Vec<(DeliveryId, String, Timestamp)>,
}

/// What is due later than it can be, and has to be made due soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullBack {
    pub now: Timestamp,
    pub feeds: Vec<FeedId>,
    /// With the times that they should be due at.
    pub digests: Vec<(DeliveryId, Timestamp)>,
    /// No article can be due after this.
    pub articles_after: Timestamp,
    /// No delivery but a digest can be due after this.
    pub mails_after: Timestamp,
    /// Whether rows may have been written in the future; finding those takes a look at every row.
    pub is_clock_set_back: bool,
}

/// How much was made due soon.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PulledBack {
    pub feeds: usize,
    pub articles: usize,
    pub deliveries: usize,
}

/// What was found of articles whose versions and pages were read to the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    pub articles: u64,
    pub versions: u64,
    /// Pages that were kept.
    pub pages: u64,
    /// Versions that are hidden: of these the hashes are all there is to check.
    pub hidden: u64,
    /// By article and version.
    pub flaws: Vec<Flaw>,
}

impl Verification {
    /// Adds what was found of other articles.
    pub fn add(&mut self, other: Self) {
        self.articles += other.articles;
        self.versions += other.versions;
        self.pages += other.pages;
        self.hidden += other.hidden;
        self.flaws.extend(other.flaws);
    }
}

/// Something that is not as it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flaw {
    pub article: ArticleId,
    /// `None`: the article cannot be read at all.
    pub version: Option<u32>,
    pub kind: FlawKind,
    /// What was found, as a clause.
    pub what: String,
}

/// What a flaw is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlawKind {
    /// The article's row, or all of its versions.
    Article,
    /// A version that has to be there is not.
    Missing,
    /// The text cannot be read.
    Text,
    /// The hash does not follow from the content and the version before.
    Chain,
    /// The stored page is gone, cannot be read, or is another one.
    Page,
    /// What lists show of the version (headline, byline, times, words, the change) is not what its text says, or was altered.
    Listed,
    /// The record of who hid the version, when and why was altered, or is of one that nobody hid.
    Hiding,
}

/// A version that somebody wants shown no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HideRequest {
    pub article: ArticleId,
    pub number: u32,
    pub why: String,
    pub who: Option<String>,
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HideOutcome {
    Hidden {
        hiding: Hiding,
        /// Messages that may have shown it: those that were sent are kept no more, those that wait are composed anew.
        messages: usize,
        /// Versions of the article with the very same text, which are shown still.
        same: Vec<u32>,
    },
    /// It was hidden before.
    Already,
    /// The latest version is what the next look is compared with.
    Latest,
    /// There is no such version.
    Missing,
}

/// What retention took, or would take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Gone as a whole.
    pub articles: u64,
    /// Of these, and of articles that go on.
    pub versions: u64,
    pub pages: u64,
    pub messages: u64,
    pub notices: u64,
}

impl Pruned {
    pub fn add(&mut self, other: Self) {
        self.articles += other.articles;
        self.versions += other.versions;
        self.pages += other.pages;
        self.messages += other.messages;
        self.notices += other.notices;
    }
}

/// One pass of retention.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruning {
    pub pruned: Pruned,
    /// Articles that were left as they are, each with what is wrong with it.
    pub damaged: Vec<String>,
}

/// A version that is shown no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hiding {
    pub hidden_at: Timestamp,
    pub who: Option<String>,
    pub why: String,
    /// Hex SHA-256 of what was its text, as the version's hash takes it.
    pub text_sha256: String,
}

/// The store in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreStatus {
    pub feeds: FeedCounts,
    pub articles: u64,
    pub versions: u64,
    pub queue: QueueCounts,
    /// Articles whose last look found a page unfit to be read.
    pub unfit: u64,
    /// Articles that are not looked at, because what is stored of them is damaged.
    pub damaged: u64,
    /// The same with those whose page did not come at all, by quality.
    pub unreadable: Unreadable,
    pub database_bytes: u64,
    /// Where the database lies, if that says.
    pub disk: Option<Disk>,
    pub last_poll: Option<Timestamp>,
    pub last_alert: Option<Timestamp>,
    /// Open ones, newest first, at most 50.
    pub notices: Vec<Notice>,
}

/// Feeds by state; `gone` ones count as failing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FeedCounts {
    pub healthy: u64,
    pub failing: u64,
    pub paused: u64,
}

/// Deliveries that are not sent, by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct QueueCounts {
    pub pending: u64,
    pub failed: u64,
    pub held: u64,
}
