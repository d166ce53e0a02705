//! What is acknowledged is there after a crash, and concurrent events share their commits.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tokio::task::JoinSet;
use wirewatch::config::FeedConfig;
use wirewatch::model::{Event, Validators};
use wirewatch::store::{DaemonLock, PollOutcome, PollRecord, Store};

use super::{Desk, LEASE, alert, at, feed, planned, poll_record, seen_on, version};

/// A copy of database and log as a power cut would leave them, which is what was acknowledged and perhaps more.
fn crash(path: &Path) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("wirewatch.db");
    fs::copy(path, &copy).unwrap();
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    fs::copy(&log, folder.path().join("wirewatch.db-wal")).unwrap();
    (folder, copy)
}

#[tokio::test]
async fn a_crash_after_each_step_loses_nothing_of_it() {
    let desk = Desk::with_article("a").await;
    let (_folder, path) = crash(desk.store.path());
    let after = Store::open(&path).await.unwrap();
    let row = after.feeds().await.unwrap().remove(0);
    assert_eq!((row.entries, row.next_poll), (1, Some(at(600))), "entries and their validators, or neither");
    after.quick_check().await.unwrap();

    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let (_folder, path) = crash(desk.store.path());
    let after = Store::open(&path).await.unwrap();
    assert_eq!(after.status().await.unwrap().queue.pending, 1, "the alert is in the outbox of the version");

    let sent = desk.send(at(60)).await;
    let (_folder, path) = crash(desk.store.path());
    let after = Store::open(&path).await.unwrap();
    assert_eq!(after.outbox(None, 10).await.unwrap()[0].message_id, format!("<{}>", sent.delivery.message_id));
    assert_eq!(after.status().await.unwrap().queue.pending, 0);
    assert_eq!(after.verify().await.unwrap().flaws, []);
}

#[tokio::test]
async fn a_lease_held_in_a_crash_is_released_at_the_next_start() {
    let desk = Desk::with_article("a").await;
    let claimed = desk.claim_article(at(1)).await;
    let (_folder, path) = crash(desk.store.path());

    let _lock = DaemonLock::acquire(&path).unwrap();
    let after = Store::open(&path).await.unwrap();
    assert_eq!(after.claim_articles(at(2), 10, 10, LEASE).await.unwrap(), []);
    after.release_claims().await.unwrap();

    let again = after.claim_articles(at(2), 10, 10, LEASE).await.unwrap();
    assert_eq!((again.len(), again[0].id), (1, claimed.id));
    assert_ne!(again[0].token, claimed.token);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_come_together_share_commits_and_every_one_counts() {
    const FEEDS: usize = 200;
    let desk = Desk::open().await;
    let feeds: Vec<FeedConfig> = (0..FEEDS).map(|n| feed(&format!("feed-{n}"))).collect();
    desk.store.sync_feeds(&feeds, at(0)).await.unwrap();
    let claimed = desk.store.claim_feeds(at(0), FEEDS, 1000, LEASE).await.unwrap();
    let before = desk.store.commits();

    let mut polls = JoinSet::new();
    for feed in claimed {
        let store = desk.store.clone();
        let entries = (0..5).map(|n| seen_on("news.example", &format!("{}-{n}", feed.config.name), "News")).collect();
        polls.spawn(async move { store.record_poll(poll_record(&feed, at(1), entries)).await.unwrap().new_articles });
    }
    let articles: usize = polls.join_all().await.into_iter().sum();

    let commits = desk.store.commits() - before;
    assert!(commits < FEEDS as u64 / 2, "{commits} commits for {FEEDS} polls");
    assert_eq!(articles, FEEDS * 5);
    let (_folder, path) = crash(desk.store.path());
    let after = Store::open(&path).await.unwrap();
    assert_eq!(after.status().await.unwrap().articles, articles as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_fails_takes_nothing_of_its_group_with_it() {
    let desk = Desk::open().await;
    let feeds: Vec<FeedConfig> = (0..50).map(|n| feed(&format!("feed-{n}"))).collect();
    desk.store.sync_feeds(&feeds, at(0)).await.unwrap();
    let claimed = desk.store.claim_feeds(at(0), 50, 1000, LEASE).await.unwrap();

    let mut polls = JoinSet::new();
    for feed in claimed.iter().chain(&claimed).cloned() {
        let store = desk.store.clone();
        let entries = vec![seen_on("news.example", &feed.config.name, "News")];
        polls.spawn(async move { store.record_poll(poll_record(&feed, at(1), entries)).await.is_ok() });
    }
    let recorded = polls.join_all().await.into_iter().filter(|recorded| *recorded).count();

    assert_eq!(recorded, 50, "each claim counts once");
    assert_eq!(desk.store.status().await.unwrap().articles, 50);
}

#[tokio::test]
async fn an_event_whose_caller_went_away_takes_place_whole() {
    let desk = Desk::with_article("a").await;
    let claimed = desk.claim_article(at(0)).await;
    let store = desk.store.clone();
    let record = super::check_record(&claimed, at(1), version(1, at(1)));
    let recording = tokio::spawn(async move { store.record_check(record).await });
    tokio::task::yield_now().await;
    recording.abort();
    let _ = recording.await;

    let path = desk.store.path().to_owned();
    desk.store.close().await;
    let after = Store::open(&path).await.unwrap();
    let id = after.find_article("1").await.unwrap().unwrap();
    let stored = after.history(id).await.unwrap().unwrap();
    assert_eq!(stored.versions.len(), stored.article.versions as usize);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever order entries come, go and change in: each key is new once, and what changed is counted.
    #[test]
    fn every_entry_is_new_once(polls in prop::collection::vec(prop::collection::btree_map(0_u8..12, 0_u8..3, 0..8), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let desk = Desk::open().await;
            desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
            let mut known = std::collections::BTreeMap::new();
            for (round, entries) in polls.iter().enumerate() {
                let now = at(round as u64 * 600);
                let claimed = desk.claim_feed(now).await;
                let seen = entries.iter().map(|(key, title)| super::seen(&key.to_string(), &format!("{key} {title}"))).collect();
                let summary = desk.store.record_poll(poll_record(&claimed, now, seen)).await.unwrap();
                let (mut new, mut changed) = (0, 0);
                for (key, title) in entries {
                    match known.insert(*key, *title) {
                        None => new += 1,
                        Some(before) if before != *title => changed += 1,
                        Some(_) => {}
                    }
                }
                assert_eq!((summary.new_entries, summary.changed_entries, summary.new_articles), (new, changed, new));
            }
            let record = PollRecord {
                outcome: PollOutcome::Unchanged { status: 304, validators: Validators::default(), full: false },
                ..poll_record(&desk.claim_feed(at(99_999)).await, at(99_999), Vec::new())
            };
            desk.store.record_poll(record).await.unwrap();
            assert_eq!(desk.store.feeds().await.unwrap()[0].entries, known.len() as u64);
        });
    }
}
