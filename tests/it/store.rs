//! What every store has to do, against its public interface: the specification of a back end.

mod activity;
mod aliases;
mod articles;
mod clock;
mod damage;
mod durability;
mod feeds;
mod fitness;
mod hiding;
mod limit;
mod mutes;
mod notices;
mod opening;
mod outbox;
mod readings;
mod retention;
mod subscriptions;
mod tempo;
mod unsent;
mod unsubscriptions;
mod views;
mod vocabulary;

use std::time::Duration;

use tempfile::TempDir;
use url::Url;
use wirewatch::alert::PlannedDelivery;
use wirewatch::config::FeedConfig;
use wirewatch::identity::KeyPolicy;
use wirewatch::model::{
    Alert, ArticleText, Baseline, Change, DeliveryKind, DeliveryState, Entry, Event, Kind, Lesson, Match, MatchField,
    Paragraph, Role, Severity, Source, Timestamp, Validators, Version,
};
use wirewatch::store::{
    AttemptOutcome, AttemptRecord, CheckOutcome, CheckRecord, CheckSummary, ClaimedArticle, ClaimedDelivery,
    ClaimedFeed, Fault, Fetched, Lane, NewVersion, PollOutcome, PollRecord, PollSummary, SeenEntry, Settling, Store,
    Told,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const LEASE: Duration = Duration::from_secs(5 * 60);

/// A store in a folder of its own.
struct Desk {
    store: Store,
    folder: TempDir,
}

impl Desk {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("wirewatch.db")).await.unwrap();
        Self { store, folder }
    }

    /// With one feed, `wire`, whose first poll brought one article, not looked at yet.
    async fn with_article(key: &str) -> Self {
        let desk = Self::open().await;
        desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
        desk.poll(at(0), vec![seen(key, "A headline")]).await;
        desk
    }

    async fn claim_feed(&self, now: Timestamp) -> ClaimedFeed {
        only(self.store.claim_feeds(now, 10, 1000, LEASE).await.unwrap())
    }

    async fn poll(&self, now: Timestamp, entries: Vec<SeenEntry>) -> PollSummary {
        let claimed = self.claim_feed(now).await;
        self.store.record_poll(poll_record(&claimed, now, entries)).await.unwrap()
    }

    async fn claim_article(&self, now: Timestamp) -> ClaimedArticle {
        only(self.store.claim_articles(now, 10, 10, LEASE).await.unwrap())
    }

    async fn check(&self, now: Timestamp, outcome: CheckOutcome) -> CheckSummary {
        let claimed = self.claim_article(now).await;
        self.store.record_check(check_record(&claimed, now, outcome)).await.unwrap()
    }

    /// Stores the next version of the one article that is due, and what it alerts on.
    async fn revise(&self, now: Timestamp, number: u32, alerts: Vec<Alert>, planned: Vec<PlannedDelivery>) {
        let claimed = self.claim_article(now).await;
        let record = check_record(&claimed, now, version(number, now));
        self.store.record_check(CheckRecord { alerts, deliveries: planned, ..record }).await.unwrap();
    }

    async fn claim_delivery(&self, now: Timestamp) -> ClaimedDelivery {
        only(self.claim_deliveries(now).await)
    }

    async fn claim_deliveries(&self, now: Timestamp) -> Vec<ClaimedDelivery> {
        self.store.claim_deliveries(now, 10, LEASE, Settling::Wait, Lane::Mail).await.unwrap()
    }

    async fn send(&self, now: Timestamp) -> ClaimedDelivery {
        let claimed = self.claim_delivery(now).await;
        self.store.record_attempt(attempt(&claimed, now, AttemptOutcome::Sent)).await.unwrap();
        claimed
    }
}

/// Seconds after the beginning of the test's world.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_795_356_000_000) + Duration::from_secs(seconds)
}

fn only<T>(mut rows: Vec<T>) -> T {
    assert_eq!(rows.len(), 1, "one row was expected");
    rows.remove(0)
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn feed(name: &str) -> FeedConfig {
    FeedConfig {
        name: name.to_owned(),
        url: url(&format!("https://{name}.example/feed.xml")),
        schedule: "every 10m".parse().unwrap(),
        tags: vec!["world".to_owned()],
        follow: true,
        enabled: true,
        found_on_page: false,
    }
}

/// An entry `key` that links to an article on `news.example`.
fn seen(key: &str, title: &str) -> SeenEntry {
    seen_on("news.example", key, title)
}

fn seen_on(host: &str, key: &str, title: &str) -> SeenEntry {
    let article = url(&format!("https://{host}/{key}"));
    let link = url(&format!("https://{host}/{key}?utm_source=rss"));
    let entry = Entry {
        key: key.to_owned(),
        id: Some(key.to_owned()),
        title: Some(title.to_owned()),
        link: Some(link.clone()),
        published_at: Some(Timestamp::from_millis(1_795_355_999_123)),
        updated_at: None,
        author: None,
        summary: Some("What it says in short.".to_owned()),
        text: Vec::new(),
        tags: Vec::new(),
        language: None,
    };
    SeenEntry { entry, article, link: Some(link), baseline: Baseline::News }
}

fn poll_record(claimed: &ClaimedFeed, now: Timestamp, entries: Vec<SeenEntry>) -> PollRecord {
    let validators = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None };
    let outcome = PollOutcome::Read {
        status: 200,
        validators,
        body: [7; 32],
        partial: false,
        hub: None,
        keys: KeyPolicy::default(),
        entries,
    };
    let expected = 10 * MINUTE;
    let (feed, token, next_due_at, told) = (claimed.id, claimed.token, now + 10 * MINUTE, Told::default());
    PollRecord { feed, token, now, next_due_at, adaptive: None, expected, outcome, told }
}

fn check_record(claimed: &ClaimedArticle, now: Timestamp, outcome: CheckOutcome) -> CheckRecord {
    CheckRecord {
        article: claimed.id,
        token: claimed.token,
        now,
        next_due_at: Some(now + MINUTE),
        outcome,
        aliases: Vec::new(),
        sightings: None,
        seen: None,
        trouble: None,
        reader: None,
        lesson: Lesson::default(),
        alerts: Vec::new(),
        deliveries: Vec::new(),
        notices: Vec::new(),
        ended: Vec::new(),
    }
}

fn text(number: u32) -> ArticleText {
    ArticleText {
        headline: Some(format!("Headline {number}")),
        byline: Some("A. Reporter".to_owned()),
        published_at: Some(Timestamp::from_millis(1_795_355_999_456)),
        paragraphs: vec![Paragraph::new(Role::Paragraph, format!("The ministry counted {number} dead."))],
        ..ArticleText::default()
    }
}

fn change() -> Change {
    Change {
        kinds: vec![Kind::Figures],
        severity: Some(Severity::Major),
        added_words: 1,
        removed_words: 1,
        silent: true,
        figures: Vec::new(),
        marks: Vec::new(),
        restores: None,
    }
}

fn version(number: u32, now: Timestamp) -> CheckOutcome {
    CheckOutcome::Version(NewVersion {
        version: Version { number, observed_at: now, source: Source::Page, text: text(number) },
        fingerprint: [u8::try_from(number).unwrap(); 32],
        change: (number > 1).then(change),
        fetched: Some(fetched()),
        page: None,
    })
}

fn fetched() -> Fetched {
    let validators = Validators { etag: Some(b"W/\"p\"".to_vec()), last_modified: Some(b"yesterday".to_vec()) };
    Fetched { validators, body: [9; 32], full: true }
}

fn alert(rule: &str, event: Event) -> Alert {
    let found = Match { field: MatchField::Body, term: "ministry".into(), text: "ministry".into(), start: 4, end: 12 };
    Alert {
        rule: rule.to_owned(),
        query: "ministry".to_owned(),
        event,
        feeds: Vec::new(),
        to: vec!["desk".to_owned()],
        urgent: false,
        newly: false,
        matches: vec![found],
    }
}

/// To `desk@example.org`, at once after a minute of settling, about the record's first alert.
fn planned(now: Timestamp) -> PlannedDelivery {
    PlannedDelivery {
        recipient: "desk".to_owned(),
        address: "desk@example.org".to_owned(),
        channel: "smtp".to_owned(),
        kind: DeliveryKind::Article,
        earliest_at: now,
        settle_until: now + MINUTE,
        update_interval: Duration::ZERO,
        max_per_hour: 0,
        state: DeliveryState::Pending,
        host: "example.org".to_owned(),
        alerts: vec![0],
    }
}

fn attempt(claimed: &ClaimedDelivery, now: Timestamp, outcome: AttemptOutcome) -> AttemptRecord {
    AttemptRecord {
        delivery: claimed.delivery.id,
        token: claimed.token,
        now,
        subject: "[ministry] Headline 1".to_owned(),
        message: format!("Message-ID: <{}>\r\n\r\nHello.\r\n", claimed.delivery.message_id).into_bytes(),
        outcome,
        fault: Fault::default(),
        warning: None,
    }
}
