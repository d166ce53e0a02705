//! The database that is measured: articles with their revisions, what rules found in them, the outbox, notices, mutes.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use tokio::task::JoinSet;
use wirewatch::alert::PlannedDelivery;
use wirewatch::model::{
    Alert, DeliveryKind, DeliveryState, Event, Fitness, FoundNotice, Match, MatchField, Note, NoticeKind, Quality,
    Stopped, Subject, Timestamp, UnsubscribedBy,
};
use wirewatch::store::{
    AttemptOutcome, AttemptRecord, CheckOutcome, CheckRecord, ClaimedDelivery, DaemonLock, Fault, Lane, MuteRequest,
    MuteTarget, Settling, Store, Trouble, UnsubscribeRequest, Warning,
};

use crate::newsroom::{self, BETWEEN, Paper};
use crate::site;

pub const FEEDS: usize = 300;
pub const RULES: usize = 50;
const WORDS: usize = 800;
const MOST_REVISIONS: u32 = 40;
/// One in ten thousand articles is revised so often, the first of them has this number.
pub const BUSY: usize = 5_000;
/// Deliveries at a time.
const CLAIMED: usize = 256;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Of so many mails one is given up, and one waits.
const FAILED: i64 = 50;
const WAITING: usize = 40;

/// The query of a rule: most ask for rare words, as people's rules do.
pub fn query(rule: usize) -> String {
    match rule % 10 {
        0 => format!("csto AND (kazakh* OR peacekeep*) AND {}", BEATS[rule % BEATS.len()]),
        1 => format!("added:misstated AND {}", BEATS[rule % BEATS.len()]),
        _ => format!("\"ruling on beat {rule}\" OR (beat{rule} AND {} NOT football)", BEATS[rule % BEATS.len()]),
    }
}

const BEATS: [&str; 6] = ["court", "budget", "strike", "election", "police", "minister"];

pub fn fill(folder: &Path, database: &Path, articles: usize) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let now = Timestamp::from_millis(i64::try_from(site::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis())?);
    let begin =
        Timestamp::from_millis(now.as_millis() - i64::try_from(BETWEEN.as_millis())? * i64::try_from(articles)?);
    runtime.block_on(async {
        let began = Instant::now();
        let paper = Paper { feeds: FEEDS, words: WORDS, revisions, most_revisions: MOST_REVISIONS, tell };
        let filled = newsroom::fill(database, articles, begin, paper).await?;
        println!("{} articles, {} versions in {:.0?}", filled.articles, filled.versions, began.elapsed());
        let began = Instant::now();
        let mails = mail(database, now).await?;
        println!("{mails} mails in {:.0?}", began.elapsed());
        let began = Instant::now();
        let indexed = newsroom::index(database).await?;
        println!("{indexed} versions indexed in {:.0?}", began.elapsed());
        Ok(())
    })
}

/// Half of the articles have one version, a quarter two, a quarter three.
fn revisions(number: usize) -> u32 {
    match (number % 10_000, number % 4) {
        (BUSY, _) => MOST_REVISIONS,
        (_, 0) => 2,
        (_, 1) => 1,
        _ => 0,
    }
}

fn tell(number: usize, record: &mut CheckRecord) {
    let is_first = matches!(&record.outcome, CheckOutcome::Version(version) if version.version.number == 1);
    if number % 40 == 7 {
        let fitness = Fitness { quality: Quality::Paywall, reason: "the text ends at a subscription".to_owned() };
        record.outcome = CheckOutcome::Unfit { status: 200, fitness, missing: None };
        record.next_due_at = None;
        return;
    }
    if number % 40 == 11 {
        record.trouble = Some(Trouble { quality: Some(Quality::Empty), reason: "no text was found".to_owned() });
    }
    if number.is_multiple_of(1_500) {
        let (kind, subject) = (NoticeKind::Alternating, Subject::Article(record.article));
        let text = "goes to and fro between two readings".to_owned();
        record.notices.push(FoundNotice { kind, subject, text, since: None, lasts: 400 * DAY });
    }
    if is_first && number % 4 > 1 {
        return;
    }
    let event = if is_first { Event::New } else { Event::Revised };
    // Some rules find ten times as much as others.
    let rule = if number.is_multiple_of(2) { number / 2 % 10 } else { number % RULES };
    record.alerts.push(alert(rule, event));
    record.deliveries.push(planned(record.now, number));
}

fn alert(rule: usize, event: Event) -> Alert {
    let found = Match { field: MatchField::Body, term: "court".into(), text: "court".into(), start: 0, end: 5 };
    Alert {
        rule: format!("rule-{rule}"),
        query: query(rule),
        event,
        feeds: Vec::new(),
        to: vec!["desk".to_owned()],
        urgent: false,
        newly: false,
        matches: vec![found],
    }
}

fn planned(now: Timestamp, number: usize) -> PlannedDelivery {
    let waits = number.is_multiple_of(WAITING);
    PlannedDelivery {
        recipient: "desk".to_owned(),
        address: "desk@example.org".to_owned(),
        channel: "maildir".to_owned(),
        kind: DeliveryKind::Article,
        earliest_at: if waits { now + 400 * DAY } else { now },
        settle_until: now,
        update_interval: Duration::ZERO,
        max_per_hour: 0,
        state: if waits { DeliveryState::Held } else { DeliveryState::Pending },
        host: "example.org".to_owned(),
        alerts: vec![0],
    }
}

/// Sends what is due, mutes and unsubscribes.
async fn mail(database: &Path, now: Timestamp) -> anyhow::Result<usize> {
    let _lock = DaemonLock::acquire(database)?;
    let store = Store::open(database).await?;
    let mut mails = 0;
    loop {
        let claimed = store.claim_deliveries(now, CLAIMED, DAY, Settling::Over, Lane::Mail).await?;
        if claimed.is_empty() {
            break;
        }
        mails += claimed.len();
        let mut attempts = JoinSet::new();
        for claimed in claimed {
            let store = store.clone();
            attempts.spawn(async move { store.record_attempt(attempt(&claimed, now)).await });
        }
        while let Some(recorded) = attempts.join_next().await {
            recorded??;
        }
    }
    for number in 0..5 {
        let target = MuteTarget::Rule(format!("rule-{}", RULES - 1 - number));
        let why = Some("too much of it".to_owned());
        store.mute(MuteRequest { target, why, who: None, now, until: now + 400 * DAY }).await?;
        let warning = Warning {
            note: Note { subject: "Somebody unsubscribed".to_owned(), ..Note::default() },
            channel: "maildir".to_owned(),
            to: Vec::new(),
        };
        let request = UnsubscribeRequest {
            address: format!("reader-{number}@example.org"),
            stops: vec![Stopped::Rule(format!("rule-{number}"))],
            how: UnsubscribedBy::Page,
            now,
            warning,
            host: "example.org".to_owned(),
        };
        store.unsubscribe(request).await?;
    }
    store.close().await;
    Ok(mails)
}

fn attempt(claimed: &ClaimedDelivery, now: Timestamp) -> AttemptRecord {
    let is_failed = claimed.delivery.id.0 % FAILED == 0;
    let error = "550 5.7.1 this message looks like spam".to_owned();
    let body = "It said, and it did not say. ".repeat(60);
    AttemptRecord {
        delivery: claimed.delivery.id,
        token: claimed.token,
        now,
        subject: format!("Story of delivery {}", claimed.delivery.id.0),
        message: format!("Message-ID: <{}>\r\n\r\n{body}\r\n", claimed.delivery.message_id).into_bytes(),
        outcome: if is_failed { AttemptOutcome::Failed { error } } else { AttemptOutcome::Sent },
        fault: Fault::Undelivered,
        warning: None,
    }
}
