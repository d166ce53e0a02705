//! The feeds of the configuration, their queue and their polls.

use wirewatch::config::FeedConfig;
use wirewatch::model::Validators;
use wirewatch::store::{Claim, ClaimToken, FeedState, PollOutcome, PollRecord, PollSummary, StoreError, SyncSummary};

use super::{Desk, LEASE, MINUTE, at, feed, only, poll_record, seen, url};

#[tokio::test]
async fn a_new_feed_is_due_at_once() {
    let desk = Desk::open().await;

    let summary = desk.store.sync_feeds(&[feed("wire")], at(5)).await.unwrap();

    assert_eq!(summary, SyncSummary { added: 1, ..SyncSummary::default() });
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(5)));
    let claimed = desk.claim_feed(at(5)).await;
    assert_eq!(claimed.config, feed("wire"));
    assert_eq!((claimed.last_success_at, claimed.body, claimed.failures), (None, None, 0));
}

#[tokio::test]
async fn the_same_configuration_changes_nothing() {
    let desk = Desk::with_article("a").await;

    let summary = desk.store.sync_feeds(&[feed("wire")], at(60)).await.unwrap();

    assert_eq!(summary, SyncSummary::default());
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(600)));
}

#[tokio::test]
async fn an_unknown_name_at_a_known_address_is_a_renamed_feed() {
    let desk = Desk::with_article("a").await;
    let renamed = FeedConfig { name: "agency".to_owned(), ..feed("wire") };

    let summary = desk.store.sync_feeds(&[renamed], at(60)).await.unwrap();

    assert_eq!(summary, SyncSummary { renamed: 1, ..SyncSummary::default() });
    let row = only(desk.store.feeds().await.unwrap());
    assert_eq!((row.name.as_str(), row.entries, row.next_poll), ("agency", 1, Some(at(600))));
}

#[tokio::test]
async fn a_removed_feed_is_not_polled_and_keeps_its_history() {
    let desk = Desk::with_article("a").await;

    let summary = desk.store.sync_feeds(&[], at(60)).await.unwrap();
    assert_eq!(summary, SyncSummary { removed: 1, ..SyncSummary::default() });
    assert_eq!(desk.store.feeds().await.unwrap(), []);
    assert_eq!(desk.store.next_feed_due().await.unwrap(), None);
    assert_eq!(desk.claim_article(at(60)).await.feeds[0].name, "wire");

    let summary = desk.store.sync_feeds(&[feed("wire")], at(90)).await.unwrap();
    assert_eq!(summary, SyncSummary { added: 1, ..SyncSummary::default() });
    let nothing_new = PollSummary { listed_before: 1, ..PollSummary::default() };
    assert_eq!(desk.poll(at(90), vec![seen("a", "A headline")]).await, nothing_new);
}

#[tokio::test]
async fn a_disabled_feed_is_paused() {
    let desk = Desk::open().await;
    let off = FeedConfig { enabled: false, ..feed("wire") };

    desk.store.sync_feeds(&[off], at(0)).await.unwrap();

    assert_eq!(only(desk.store.feeds().await.unwrap()).state, FeedState::Paused);
    assert_eq!(desk.store.claim_feeds(at(999), 10, 1000, LEASE).await.unwrap(), []);
    desk.store.sync_feeds(&[feed("wire")], at(1000)).await.unwrap();
    desk.claim_feed(at(1000)).await;
}

#[tokio::test]
async fn a_feed_at_a_new_address_loses_its_validators_and_the_poll_under_way() {
    let desk = Desk::with_article("a").await;
    let claimed = desk.claim_feed(at(600)).await;
    assert_eq!(claimed.validators.etag.as_deref(), Some(b"\"1\"".as_slice()));
    let moved = FeedConfig { url: url("https://wire.example/rss"), ..feed("wire") };

    desk.store.sync_feeds(&[moved], at(610)).await.unwrap();

    let record = poll_record(&claimed, at(611), Vec::new());
    assert_eq!(desk.store.record_poll(record).await.unwrap_err(), StoreError::ClaimLost);
    let again = desk.claim_feed(at(611)).await;
    assert_eq!((again.validators, again.body), (Validators::default(), None));
    assert_eq!(again.last_success_at, None, "what stands at the new address is no news");
}

#[tokio::test]
async fn a_new_schedule_counts_at_once_and_new_tags_do_not() {
    let desk = Desk::with_article("a").await;

    let tagged = FeedConfig { tags: vec!["courts".to_owned()], ..feed("wire") };
    desk.store.sync_feeds(&[tagged], at(60)).await.unwrap();
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(600)));

    let quicker = FeedConfig { schedule: "every 5m".parse().unwrap(), ..feed("wire") };
    desk.store.sync_feeds(&[quicker], at(90)).await.unwrap();
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(90)));
}

#[tokio::test]
async fn a_feed_that_was_turned_away_is_asked_again_when_the_configuration_is_read_anew() {
    for (status, due_at) in [(Some(401), 601), (Some(407), 601), (Some(503), 9000), (None, 9000)] {
        let desk = Desk::with_article("a").await;
        let claimed = desk.claim_feed(at(600)).await;
        let outcome = PollOutcome::Failed { status, error: "no".to_owned() };
        let record = PollRecord { outcome, next_due_at: at(9000), ..poll_record(&claimed, at(600), Vec::new()) };
        desk.store.record_poll(record).await.unwrap();

        desk.store.sync_feeds(&[feed("wire")], at(601)).await.unwrap();

        assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(due_at)), "{status:?}");
    }
}

#[tokio::test]
async fn the_feed_that_is_due_longest_is_claimed_first() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("late")], at(10)).await.unwrap();
    desk.store.sync_feeds(&[feed("late"), feed("early")], at(5)).await.unwrap();

    let first = only(desk.store.claim_feeds(at(20), 1, 1000, LEASE).await.unwrap());
    let second = only(desk.store.claim_feeds(at(20), 1, 1000, LEASE).await.unwrap());

    assert_eq!((first.config.name.as_str(), second.config.name.as_str()), ("early", "late"));
}

#[tokio::test]
async fn a_leased_feed_is_nobody_elses_until_the_lease_ends() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let slow = desk.claim_feed(at(0)).await;
    let end = at(0) + LEASE;

    assert_eq!(desk.store.claim_feeds(at(1), 10, 1000, LEASE).await.unwrap(), []);
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(end), "the end of the lease counts as due");

    let quick = desk.claim_feed(end).await;
    let record = poll_record(&slow, end, vec![seen("a", "A headline")]);
    assert_eq!(desk.store.record_poll(record).await.unwrap_err(), StoreError::ClaimLost);
    let record = poll_record(&quick, end, vec![seen("a", "A headline")]);
    assert_eq!(desk.store.record_poll(record).await.unwrap().new_articles, 1);
}

#[tokio::test]
async fn an_expired_lease_that_nobody_took_still_counts() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let slow = desk.claim_feed(at(0)).await;

    let late = at(0) + LEASE + MINUTE;

    desk.store.record_poll(poll_record(&slow, late, vec![seen("a", "A headline")])).await.unwrap();
}

#[tokio::test]
async fn a_claim_counts_once() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let claimed = desk.claim_feed(at(0)).await;
    let forged = PollRecord { token: ClaimToken(claimed.token.0 + 1), ..poll_record(&claimed, at(1), Vec::new()) };
    assert_eq!(desk.store.record_poll(forged).await.unwrap_err(), StoreError::ClaimLost);

    desk.store.record_poll(poll_record(&claimed, at(1), Vec::new())).await.unwrap();

    let again = poll_record(&claimed, at(2), Vec::new());
    assert_eq!(desk.store.record_poll(again).await.unwrap_err(), StoreError::ClaimLost);
}

#[tokio::test]
async fn a_claim_can_be_given_back() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let claimed = desk.claim_feed(at(0)).await;

    desk.store.drop_claim(Claim::Feed(claimed.id, claimed.token)).await.unwrap();

    let lost = desk.store.record_poll(poll_record(&claimed, at(1), Vec::new())).await.unwrap_err();
    assert_eq!(lost, StoreError::ClaimLost);
    desk.claim_feed(at(1)).await;
}

#[tokio::test]
async fn the_leases_of_a_dead_daemon_end_when_the_next_one_starts() {
    let desk = Desk::with_article("a").await;
    desk.claim_feed(at(600)).await;
    desk.claim_article(at(600)).await;

    desk.store.release_claims().await.unwrap();

    desk.claim_feed(at(600)).await;
    desk.claim_article(at(600)).await;
}

#[tokio::test]
async fn a_poll_stores_entries_validators_and_the_next_time_together() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();

    let summary = desk.poll(at(1), vec![seen("a", "First"), seen("b", "Second")]).await;

    assert_eq!(
        summary,
        PollSummary {
            new_entries: 2,
            changed_entries: 0,
            new_articles: 2,
            announced: 2,
            listed_before: 0,
            is_burst: false
        }
    );
    let row = only(desk.store.feeds().await.unwrap());
    assert_eq!((row.entries, row.articles, row.last_status), (2, 2, Some(200)));
    assert_eq!((row.last_poll, row.next_poll), (Some(at(1)), Some(at(601))));
    let again = desk.claim_feed(at(601)).await;
    assert_eq!((again.body, again.last_success_at), (Some([7; 32]), Some(at(1))));
    assert_eq!(again.validators.etag.as_deref(), Some(b"\"1\"".as_slice()));
}

#[tokio::test]
async fn an_entry_that_left_the_feed_and_came_back_is_not_new() {
    let desk = Desk::with_article("a").await;

    desk.poll(at(600), Vec::new()).await;
    let summary = desk.poll(at(1200), vec![seen("a", "A headline")]).await;

    assert_eq!(summary, PollSummary::default());
}

#[tokio::test]
async fn a_feed_that_was_read_empty_has_its_baseline_and_its_first_entry_is_news() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    desk.poll(at(0), Vec::new()).await;
    assert_eq!(desk.claim_feed(at(600)).await.last_success_at, Some(at(0)));
}

#[tokio::test]
async fn failures_are_counted_and_keep_the_validators() {
    let desk = Desk::with_article("a").await;
    let claimed = desk.claim_feed(at(600)).await;
    let outcome = PollOutcome::Failed { status: Some(503), error: "server error".to_owned() };
    let record = PollRecord { outcome, ..poll_record(&claimed, at(600), Vec::new()) };

    desk.store.record_poll(record).await.unwrap();

    let row = only(desk.store.feeds().await.unwrap());
    assert_eq!((row.state, row.failures, row.last_status), (FeedState::Failing, 1, Some(503)));
    assert_eq!((row.last_error.as_deref(), row.last_success), (Some("server error"), Some(at(0))));
    let again = desk.claim_feed(at(1200)).await;
    assert_eq!(again.validators.etag.as_deref(), Some(b"\"1\"".as_slice()));

    let unchanged = PollOutcome::Unchanged { status: 304, validators: again.validators.clone(), full: false };
    let record = PollRecord { outcome: unchanged, ..poll_record(&again, at(1200), Vec::new()) };
    desk.store.record_poll(record).await.unwrap();
    let row = only(desk.store.feeds().await.unwrap());
    assert_eq!((row.state, row.failures, row.last_error), (FeedState::Healthy, 0, None));
}

#[tokio::test]
async fn a_damaged_document_leaves_no_validators_to_hide_behind() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let claimed = desk.claim_feed(at(0)).await;
    let mut record = poll_record(&claimed, at(0), vec![seen("a", "A headline")]);
    if let PollOutcome::Read { partial, .. } = &mut record.outcome {
        *partial = true;
    }

    desk.store.record_poll(record).await.unwrap();

    assert_eq!(desk.claim_feed(at(600)).await.validators, Validators::default());
}

#[tokio::test]
async fn many_feeds_are_taken_over_in_one_transaction() {
    let desk = Desk::open().await;
    let feeds: Vec<FeedConfig> = (0..2_000).map(|n| feed(&format!("feed-{n}"))).collect();

    assert_eq!(desk.store.sync_feeds(&feeds, at(0)).await.unwrap().added, 2_000);

    assert_eq!(desk.store.commits(), 1);
    assert_eq!(desk.store.claim_feeds(at(0), 64, 1000, LEASE).await.unwrap().len(), 64);
}

#[tokio::test]
async fn a_host_with_many_feeds_does_not_keep_the_others_waiting() {
    let desk = Desk::open().await;
    let mut feeds: Vec<FeedConfig> = (0..100).map(|n| feed(&format!("slow{n:03}"))).collect();
    for slow in &mut feeds {
        slow.url = format!("https://slow.example/{}.xml", slow.name).parse().unwrap();
    }
    feeds.push(FeedConfig { url: "https://other.example/feed.xml".parse().unwrap(), ..feed("zz-other") });
    desk.store.sync_feeds(&feeds, at(0)).await.unwrap();

    let claimed = desk.store.claim_feeds(at(0), 64, 2, LEASE).await.unwrap();
    let names: Vec<&str> = claimed.iter().map(|feed| feed.config.name.as_str()).collect();
    assert_eq!(names, ["slow000", "slow001", "zz-other"]);
    assert_eq!(desk.store.claim_feeds(at(1), 64, 2, LEASE).await.unwrap(), [], "two of the host are under way");
}
