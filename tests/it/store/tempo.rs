//! Feeds that are asked as their news comes, and those of a host that answers again.

use wirewatch::config::FeedConfig;
use wirewatch::model::Timestamp;
use wirewatch::schedule::Schedule;
use wirewatch::store::{Adaptive, PollOutcome, PollRecord, SeenEntry};

use super::{Desk, LEASE, MINUTE, at, feed, only, poll_record, seen};

/// Polls the one feed that is due, whose schedule is adaptive; gives when it is due again.
async fn poll(desk: &Desk, now: Timestamp, entries: Vec<SeenEntry>) -> Timestamp {
    let claimed = desk.claim_feed(now).await;
    let schedule: Schedule = "adaptive 2m to 1h".parse().unwrap();
    let record = poll_record(&claimed, now, entries);
    let adaptive = Some(Adaptive { schedule, seed: 1, fresh_until: None });
    let record = PollRecord { adaptive, next_due_at: now + 2 * MINUTE, ..record };
    desk.store.record_poll(record).await.unwrap();
    desk.store.next_feed_due().await.unwrap().expect("it is watched")
}

fn entries(count: usize) -> Vec<SeenEntry> {
    (0..count).rev().map(|n| seen(&format!("e{n}"), &format!("Headline {n}"))).collect()
}

#[tokio::test]
async fn a_feed_with_much_news_is_due_sooner_than_one_without() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let mut due = poll(&desk, at(0), entries(0)).await;
    let begun = due.since(at(0));
    for _ in 0..30 {
        due = poll(&desk, due, Vec::new()).await;
    }
    let before = due;
    due = poll(&desk, due, entries(1)).await;
    let calm = due.since(before);
    assert!(calm > begun && calm > 15 * MINUTE, "{calm:?} after {begun:?}");
    for round in 1..12 {
        due = poll(&desk, due, entries(1 + round * 10)).await;
    }
    let before = due;
    due = poll(&desk, due, entries(111)).await;
    let busy = due.since(before);
    assert!(busy < 4 * MINUTE, "{busy:?}");
}

#[tokio::test]
async fn what_the_server_asked_for_counts_more_than_what_is_learnt() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let claimed = desk.claim_feed(at(0)).await;
    let adaptive = Some(Adaptive { schedule: "adaptive".parse().unwrap(), seed: 1, fresh_until: None });
    let record = PollRecord { adaptive, next_due_at: at(86_000), ..poll_record(&claimed, at(0), entries(3)) };
    desk.store.record_poll(record).await.unwrap();
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(86_000)));
}

#[tokio::test]
async fn a_host_that_answers_again_is_asked_for_all_that_failed_there() {
    let desk = Desk::open().await;
    let feeds: Vec<FeedConfig> = ["refused", "down", "overloaded", "elsewhere", "up"]
        .map(|name| {
            let host = if name == "elsewhere" { "other" } else { "wire" };
            FeedConfig {
                name: name.to_owned(),
                url: super::url(&format!("https://{host}.example/{name}")),
                ..feed(name)
            }
        })
        .to_vec();
    desk.store.sync_feeds(&feeds, at(0)).await.unwrap();
    for claimed in desk.store.claim_feeds(at(0), 10, 10, LEASE).await.unwrap() {
        let status = match claimed.config.name.as_str() {
            "refused" => Some(403),
            "overloaded" => Some(503),
            _ => None,
        };
        let outcome = PollOutcome::Failed { status, error: "no".to_owned() };
        let next_due_at = if claimed.config.name == "up" { at(600) } else { at(6000) };
        let record = PollRecord { outcome, next_due_at, ..poll_record(&claimed, at(1), Vec::new()) };
        desk.store.record_poll(record).await.unwrap();
    }
    let up = only(desk.store.claim_feeds(at(600), 10, 10, LEASE).await.unwrap());
    assert_eq!(up.config.name, "up");
    desk.store.record_poll(poll_record(&up, at(601), Vec::new())).await.unwrap();
    let woken = only(desk.store.claim_feeds(at(601), 10, 10, LEASE).await.unwrap());
    assert_eq!(woken.config.name, "down", "the others were refused for a reason, or are of another host");
}
