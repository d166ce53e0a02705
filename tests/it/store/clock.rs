//! A clock that ran ahead and was set back leaves nothing waiting for its future.

use std::time::Duration;

use wirewatch::model::Event;
use wirewatch::store::{CheckOutcome, CheckRecord, PullBack, PulledBack};

use super::{Desk, HOUR, LEASE, MINUTE, alert, at, check_record, feed, planned, seen, version};

fn order(now: u64) -> PullBack {
    let now = at(now);
    PullBack {
        now,
        feeds: Vec::new(),
        digests: Vec::new(),
        articles_after: now + 48 * HOUR,
        mails_after: now + 48 * HOUR,
        is_clock_set_back: false,
    }
}

const AHEAD: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// A feed, an article and a mail, all written while the clock was far ahead.
async fn from_the_future() -> Desk {
    let desk = Desk::open().await;
    let then = at(0) + AHEAD;
    desk.store.sync_feeds(&[feed("wire")], then).await.unwrap();
    desk.poll(then, vec![seen("a", "A headline")]).await;
    let claimed = desk.claim_article(then).await;
    let record = check_record(&claimed, then, version(1, then));
    let (alerts, deliveries) = (vec![alert("ministry", Event::New)], vec![planned(then)]);
    desk.store.record_check(CheckRecord { alerts, deliveries, ..record }).await.unwrap();
    desk
}

#[tokio::test]
async fn what_was_written_in_the_future_keeps_its_wait() {
    let desk = from_the_future().await;

    let pulled = desk.store.pull_back(PullBack { is_clock_set_back: true, ..order(0) }).await.unwrap();

    assert_eq!(pulled, PulledBack { feeds: 1, articles: 1, deliveries: 1 });
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(0) + 10 * MINUTE));
    assert_eq!(desk.store.next_article_due().await.unwrap(), Some(at(0) + MINUTE));
    assert_eq!(desk.claim_delivery(at(61)).await.delivery.articles[0].id.0, 1);
    let again = desk.store.pull_back(PullBack { is_clock_set_back: true, ..order(30) }).await.unwrap();
    assert_eq!(again, PulledBack::default(), "once");
}

#[tokio::test]
async fn what_is_due_later_than_can_be_is_due_soon() {
    let desk = from_the_future().await;
    let far_off = desk.store.far_off(at(0) + 25 * HOUR).await.unwrap();
    let (feed, name, due_at) = far_off.feeds[0].clone();
    assert_eq!((name.as_str(), due_at), ("wire", at(0) + AHEAD + 10 * MINUTE));

    let pulled = desk.store.pull_back(PullBack { feeds: vec![feed], ..order(0) }).await.unwrap();

    assert_eq!(pulled, PulledBack { feeds: 1, articles: 1, deliveries: 1 });
    assert_eq!(desk.store.next_feed_due().await.unwrap(), Some(at(0)));
    assert!(desk.store.next_article_due().await.unwrap().is_some_and(|due| due < at(0) + HOUR));
}

#[tokio::test]
async fn what_is_due_in_time_stays_as_it_is() {
    let desk = Desk::with_article("a").await;
    let claimed = desk.claim_article(at(0)).await;
    let unchanged = check_record(&claimed, at(0), CheckOutcome::Unchanged { fetched: None });
    let next_due_at = Some(at(0) + 30 * HOUR);
    desk.store.record_check(CheckRecord { next_due_at, ..unchanged }).await.unwrap();

    let pulled = desk.store.pull_back(PullBack { is_clock_set_back: true, ..order(1) }).await.unwrap();

    assert_eq!(pulled, PulledBack::default());
    assert_eq!(desk.store.next_article_due().await.unwrap(), next_due_at);
    assert_eq!(desk.store.claim_articles(at(1), 10, 10, LEASE).await.unwrap(), []);
}
