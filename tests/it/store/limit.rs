//! The hourly limit of an address, and the digest of what is over it.

use wirewatch::alert::PlannedDelivery;
use wirewatch::model::{Alert, DeliveryKind, DeliveryState, Event, Timestamp};
use wirewatch::store::{AttemptOutcome, CheckRecord, Lane, Settling};

use super::{Desk, HOUR, LEASE, MINUTE, alert, at, attempt, check_record, planned, seen, version};

/// Alerts on `count` new articles, announced and told at `now`, with a limit of two mails an hour.
async fn flood(desk: &Desk, now: Timestamp, count: u32) {
    let name = |n: u32| format!("{}-{n}", now.as_millis());
    desk.poll(now, (0..count).map(|n| seen(&name(n), "More")).collect()).await;
    for article in desk.store.claim_articles(now, 100, 100, LEASE).await.unwrap() {
        let number = article.latest.as_ref().map_or(1, |latest| latest.number + 1);
        let record = CheckRecord {
            alerts: vec![alert("ministry", if number == 1 { Event::New } else { Event::Revised })],
            deliveries: vec![PlannedDelivery { max_per_hour: 2, ..planned(now) }],
            next_due_at: None,
            ..check_record(&article, now, version(number, now))
        };
        desk.store.record_check(record).await.unwrap();
    }
}

#[tokio::test]
async fn above_the_hourly_limit_alerts_become_one_digest() {
    let desk = Desk::with_article("0").await;
    flood(&desk, at(600), 5).await;

    let mailed = desk.claim_deliveries(at(660)).await;
    assert_eq!(mailed.len(), 2);
    for claimed in mailed {
        desk.store.record_attempt(attempt(&claimed, at(661), AttemptOutcome::Sent)).await.unwrap();
    }
    assert_eq!(desk.store.next_delivery_due(Settling::Wait, Lane::Mail).await.unwrap(), Some(at(660) + HOUR));
    let digest = desk.claim_delivery(at(660) + HOUR).await.delivery;
    assert_eq!((digest.kind, digest.articles.len()), (DeliveryKind::Overflow, 4));
    assert!(digest.message_id.ends_with("@example.org"), "{}", digest.message_id);
}

#[tokio::test]
async fn the_limit_counts_when_mails_are_sent_and_not_when_they_are_written() {
    let desk = Desk::with_article("0").await;
    // Nobody sends anything for hours.
    for hour in 1..=4 {
        flood(&desk, at(0) + hour * HOUR, 3).await;
    }
    let morning = at(0) + 10 * HOUR;

    for claimed in desk.claim_deliveries(morning).await {
        desk.store.record_attempt(attempt(&claimed, morning, AttemptOutcome::Sent)).await.unwrap();
    }

    let sent = desk.store.outbox(Some(DeliveryState::Sent), 100).await.unwrap();
    assert_eq!(sent.len(), 2);
    let digest = desk.send(morning + HOUR).await.delivery;
    assert_eq!((digest.kind, digest.articles.len()), (DeliveryKind::Overflow, 11));
    assert_eq!(desk.claim_deliveries(morning + 2 * HOUR).await, []);
}

#[tokio::test]
async fn while_the_mail_server_is_down_only_so_many_are_tried_and_the_rest_is_one_digest() {
    let desk = Desk::with_article("0").await;
    for half_hour in 1..=6 {
        let now = at(1800 * half_hour);
        flood(&desk, now, 3).await;
        for claimed in desk.claim_deliveries(now + MINUTE).await {
            assert_eq!(claimed.delivery.kind, DeliveryKind::Article);
            let down = AttemptOutcome::Retry { at: now + 10 * MINUTE, error: "no answer".to_owned() };
            desk.store.record_attempt(attempt(&claimed, now + MINUTE, down)).await.unwrap();
        }
    }
    let up = at(0) + 4 * HOUR;

    let mut kinds = Vec::new();
    for minute in 0..30 {
        let now = up + minute * MINUTE;
        for claimed in desk.claim_deliveries(now).await {
            kinds.push(claimed.delivery.kind);
            desk.store.record_attempt(attempt(&claimed, now, AttemptOutcome::Sent)).await.unwrap();
        }
    }

    assert_eq!(kinds, [DeliveryKind::Article, DeliveryKind::Article, DeliveryKind::Overflow]);
    assert_eq!(desk.store.outbox(Some(DeliveryState::Sent), 100).await.unwrap().len(), 19, "nothing is lost");
}

#[tokio::test]
async fn a_revision_joins_the_overflow_that_has_yet_to_tell_of_its_article() {
    let desk = Desk::with_article("0").await;
    flood(&desk, at(600), 5).await;
    for claimed in desk.claim_deliveries(at(660)).await {
        desk.store.record_attempt(attempt(&claimed, at(661), AttemptOutcome::Sent)).await.unwrap();
    }
    let last = seen(&format!("{}-4", at(600).as_millis()), "Edited");
    desk.poll(at(1200), vec![last]).await;
    let revised = PlannedDelivery { max_per_hour: 2, ..planned(at(1200)) };
    desk.revise(at(1200), 2, vec![alert("ministry", Event::Revised)], vec![revised]).await;

    let digest = desk.claim_delivery(at(661) + HOUR).await.delivery;

    let told: Vec<_> = digest.articles.iter().map(|article| (article.event, article.after.number)).collect();
    assert_eq!(told, [(Event::New, 1), (Event::New, 1), (Event::New, 1), (Event::New, 2)]);
}

#[tokio::test]
async fn what_is_urgent_goes_out_above_the_limit_too() {
    let desk = Desk::with_article("0").await;
    flood(&desk, at(600), 5).await;
    for claimed in desk.claim_deliveries(at(660)).await {
        desk.store.record_attempt(attempt(&claimed, at(661), AttemptOutcome::Sent)).await.unwrap();
    }
    desk.poll(at(1200), vec![seen("urgent", "More")]).await;
    let urgent = Alert { urgent: true, ..alert("ministry", Event::New) };
    let planned = PlannedDelivery { max_per_hour: 2, ..planned(at(1200)) };
    desk.revise(at(1200), 1, vec![urgent], vec![planned]).await;

    assert_eq!(desk.claim_delivery(at(1260)).await.delivery.kind, DeliveryKind::Article);
}

#[tokio::test]
async fn an_urgent_alert_takes_its_story_out_of_the_digest_that_waits() {
    let desk = Desk::with_article("0").await;
    desk.revise(at(0), 1, vec![], vec![]).await;
    flood(&desk, at(600), 2).await;
    for claimed in desk.claim_deliveries(at(660)).await {
        desk.store.record_attempt(attempt(&claimed, at(661), AttemptOutcome::Sent)).await.unwrap();
    }
    let planned = |now: Timestamp| PlannedDelivery { max_per_hour: 2, ..planned(now) };
    desk.poll(at(1200), vec![seen("story", "More")]).await;
    desk.revise(at(1200), 1, vec![alert("ministry", Event::New)], vec![planned(at(1200))]).await;
    assert_eq!(desk.claim_deliveries(at(1260)).await, [], "above the limit");
    desk.store.make_all_due(at(1300)).await.unwrap();
    for article in desk.store.claim_articles(at(1300), 100, 100, LEASE).await.unwrap() {
        if article.url.as_str().ends_with("/story") {
            let urgent = Alert { urgent: true, ..alert("flash", Event::Revised) };
            let record = check_record(&article, at(1300), version(2, at(1300)));
            let record = CheckRecord { alerts: vec![urgent], deliveries: vec![planned(at(1300))], ..record };
            desk.store.record_check(record).await.unwrap();
        }
    }

    let told = desk.claim_delivery(at(1360)).await.delivery;
    assert_eq!((told.kind, told.articles[0].rules.len()), (DeliveryKind::Article, 2));
}
