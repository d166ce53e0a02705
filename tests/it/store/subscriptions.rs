//! Subscriptions with hubs over days: asked for, renewed, given up.

use std::time::Duration;

use wirewatch::model::{Hub, Subscription, SubscriptionState, Timestamp};
use wirewatch::store::{Answered, DueSubscription, PollOutcome, PollRecord};

use super::{Desk, MINUTE, at, feed, only, poll_record, seen, url};

const OURS: &str = "https://watch.example.org/websub/";
const DAY: u64 = 86_400;

fn hub(name: &str) -> Hub {
    Hub { url: url(&format!("https://{name}.example/")), topic: url("https://wire.example/feed.xml") }
}

/// Polls the feed, which names that hub.
async fn poll(desk: &Desk, now: Timestamp, hub: Option<Hub>, entries: usize) {
    let claimed = desk.claim_feed(now).await;
    let entries = (0..entries).map(|n| seen(&format!("e{n}"), &format!("Headline {n}"))).collect();
    let mut record: PollRecord = poll_record(&claimed, now, entries);
    if let PollOutcome::Read { hub: named, .. } = &mut record.outcome {
        *named = hub.map(Box::new);
    }
    desk.store.record_poll(record).await.unwrap();
}

async fn due(desk: &Desk, now: Timestamp) -> Vec<DueSubscription> {
    desk.store.due_subscriptions(OURS, now, 10).await.unwrap()
}

async fn listed(desk: &Desk) -> Option<Subscription> {
    only(desk.store.feeds().await.unwrap()).subscription
}

/// A feed whose subscription was confirmed for ten days.
async fn subscribed() -> (Desk, DueSubscription) {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    poll(&desk, at(0), Some(hub("hub")), 1).await;
    let asked = only(due(&desk, at(1)).await);
    desk.store.answer_subscription(asked.feed, Answered::Confirmed { lease: None }, at(2)).await.unwrap();
    (desk, asked)
}

#[tokio::test]
async fn a_hub_that_does_not_confirm_is_asked_later_and_later_but_at_least_once_a_day() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    poll(&desk, at(0), Some(hub("hub")), 1).await;
    let mut asked = Vec::new();
    for minute in 0..4 * 24 * 60 {
        if !due(&desk, at(minute * 60)).await.is_empty() {
            asked.push(minute);
        }
    }
    assert_eq!(asked, [0, 10, 70, 430, 1870, 3310, 4750]);
}

#[tokio::test]
async fn a_subscription_is_renewed_before_it_ends_and_holds_meanwhile() {
    let (desk, first) = subscribed().await;
    assert!(due(&desk, at(8 * DAY)).await.is_empty());
    let again = only(due(&desk, at(9 * DAY + 10)).await);
    assert_eq!((again.token, again.secret), (first.token, first.secret), "the hub knows them");
    let subscription = listed(&desk).await.expect("a subscription");
    assert_eq!(subscription.state, SubscriptionState::Active);
    assert_eq!(subscription.until, Some(at(10 * DAY + 2)));
    // It was not renewed.
    due(&desk, at(10 * DAY + 10)).await;
    assert_eq!(listed(&desk).await.expect("a subscription").state, SubscriptionState::Asking);
}

#[tokio::test]
async fn what_a_hub_grants_is_bounded() {
    for (granted, until) in [(1, 300), (10_000_000_000, 30 * DAY)] {
        let (desk, asked) = subscribed().await;
        let lease = Some(Duration::from_secs(granted));
        desk.store.answer_subscription(asked.feed, Answered::Confirmed { lease }, at(100)).await.unwrap();
        assert_eq!(listed(&desk).await.expect("a subscription").until, Some(at(100 + until)));
    }
}

#[tokio::test]
async fn another_hub_or_none_is_another_subscription_or_none() {
    let (desk, first) = subscribed().await;
    poll(&desk, at(600), Some(hub("other")), 2).await;
    let second = only(due(&desk, at(601)).await);
    assert_ne!(second.token, first.token);
    assert_eq!(desk.store.subscription(&first.token).await.unwrap(), None);
    poll(&desk, at(1200), None, 3).await;
    assert_eq!(listed(&desk).await, None);
    assert_eq!(desk.store.subscription(&second.token).await.unwrap(), None);
}

#[tokio::test]
async fn under_another_address_of_ours_hubs_are_asked_anew() {
    let (desk, first) = subscribed().await;
    let again = only(desk.store.due_subscriptions("https://new.example/websub/", at(60), 10).await.unwrap());
    assert_eq!(again.token, first.token);
}

#[tokio::test]
async fn a_push_makes_the_feed_due_now_but_not_at_once_after_its_last_poll() {
    let (desk, asked) = subscribed().await;
    desk.store.pushed(asked.feed, at(3)).await.unwrap();
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(10)));
    poll(&desk, at(10), Some(hub("hub")), 2).await;
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(610)), "it found what it was told of");
    desk.store.pushed(asked.feed, at(100)).await.unwrap();
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(100)));
    poll(&desk, at(100), Some(hub("hub")), 2).await;
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(160)), "nothing yet: once more");
    poll(&desk, at(160), Some(hub("hub")), 2).await;
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(760)), "then no more");
}

#[tokio::test]
async fn a_hub_that_is_silent_while_polls_find_news_is_given_up_and_asked_again_in_a_week() {
    let (desk, asked) = subscribed().await;
    for round in 1..=6 {
        poll(&desk, at(round * 1_800), Some(hub("hub")), usize::try_from(round).unwrap() + 1).await;
    }
    let subscription = listed(&desk).await.expect("a subscription");
    assert_eq!(subscription.state, SubscriptionState::GivenUp);
    assert!(due(&desk, at(6 * DAY)).await.is_empty());
    assert_eq!(due(&desk, at(8 * DAY)).await.len(), 1);
    // One that tells after all is believed.
    desk.store.pushed(asked.feed, at(8 * DAY + 1)).await.unwrap();
    assert_eq!(listed(&desk).await.expect("a subscription").state, SubscriptionState::Active);
}

#[tokio::test]
async fn a_hub_that_is_a_few_minutes_behind_our_polls_is_not_given_up() {
    let (desk, asked) = subscribed().await;
    for round in 1..=10 {
        let now = at(round * 1_800);
        poll(&desk, now, Some(hub("hub")), usize::try_from(round).unwrap() + 1).await;
        desk.store.pushed(asked.feed, now + 5 * MINUTE).await.unwrap();
        poll(&desk, now + 5 * MINUTE, Some(hub("hub")), usize::try_from(round).unwrap() + 1).await;
    }
    assert_eq!(listed(&desk).await.expect("a subscription").state, SubscriptionState::Active);
}

#[tokio::test]
async fn a_feed_that_is_watched_no_longer_is_not_asked_for() {
    let (desk, asked) = subscribed().await;
    desk.store.sync_feeds(&[], at(60)).await.unwrap();
    assert!(due(&desk, at(20 * DAY)).await.is_empty());
    assert!(!desk.store.subscription(&asked.token).await.unwrap().expect("the hub still calls").is_watched);
}
