//! What is muted is held, and comes as one digest when the silence ends.

use wirewatch::alert::PlannedDelivery;
use wirewatch::model::{Alert, ArticleId, DeliveryKind, DeliveryState, Event, Mute, MuteId, Timestamp};
use wirewatch::store::{AttemptOutcome, CheckRecord, MuteRequest, MuteTarget};

use super::{
    Desk, HOUR, LEASE, MINUTE, alert, at, attempt, check_record, feed, only, planned, poll_record, seen, version,
};

async fn mute(desk: &Desk, target: MuteTarget, now: Timestamp, until: Timestamp) -> Mute {
    let why = Some("strike coverage".to_owned());
    let request = MuteRequest { target, why, who: Some("anna".to_owned()), now, until };
    desk.store.mute(request).await.unwrap().unwrap()
}

fn rule(name: &str) -> MuteTarget {
    MuteTarget::Rule(name.to_owned())
}

/// News on so many further articles, told by a rule at `now`.
async fn news(desk: &Desk, now: Timestamp, count: u32) {
    desk.poll(now, (0..count).map(|n| seen(&format!("{}-{n}", now.as_millis()), "More")).collect()).await;
    for article in desk.store.claim_articles(now, 100, 100, LEASE).await.unwrap() {
        let number = article.latest.as_ref().map_or(1, |latest| latest.number + 1);
        let record = CheckRecord {
            alerts: vec![alert("ministry", Event::New)],
            deliveries: vec![planned(now)],
            next_due_at: None,
            ..check_record(&article, now, version(number, now))
        };
        desk.store.record_check(record).await.unwrap();
    }
}

async fn held(desk: &Desk) -> usize {
    desk.store.outbox(Some(DeliveryState::Held), 100).await.unwrap().len()
}

#[tokio::test]
async fn what_a_muted_rule_brings_comes_as_one_digest_when_the_mute_ends() {
    let desk = Desk::with_article("0").await;
    let muted = mute(&desk, rule("ministry"), at(0), at(0) + 8 * HOUR).await;
    news(&desk, at(600), 3).await;

    let row = desk.store.outbox(None, 10).await.unwrap().remove(0);
    assert_eq!((row.state, row.next_attempt), (DeliveryState::Held, Some(at(0) + 8 * HOUR)));
    assert_eq!(row.mute.as_ref(), Some(&muted));
    assert_eq!(desk.claim_deliveries(at(0) + 8 * HOUR - MINUTE).await, []);

    let digest = desk.send(at(0) + 8 * HOUR).await.delivery;
    assert_eq!((digest.kind, digest.articles.len()), (DeliveryKind::Muted, 4));
    assert_eq!(digest.mutes, [muted]);
    assert_eq!(desk.claim_deliveries(at(0) + 99 * HOUR).await, []);
    assert_eq!(held(&desk).await, 0);
}

#[tokio::test]
async fn a_mail_with_other_reasons_goes_out_without_the_muted_one() {
    let desk = Desk::with_article("a").await;
    mute(&desk, rule("ministry"), at(0), at(0) + HOUR).await;
    let alerts = vec![alert("ministry", Event::New), alert("figures", Event::New)];
    desk.revise(at(0), 1, alerts, vec![PlannedDelivery { alerts: vec![0, 1], ..planned(at(0)) }]).await;

    let delivery = desk.send(at(60)).await.delivery;

    assert_eq!(delivery.kind, DeliveryKind::Article);
    assert_eq!(only(only(delivery.articles).rules).name, "figures");
    assert_eq!(only(only(desk.send(at(0) + HOUR).await.delivery.articles).rules).name, "ministry");
}

#[tokio::test]
async fn a_mute_holds_what_waits_already() {
    let desk = Desk::with_article("0").await;
    news(&desk, at(600), 3).await;
    assert_eq!(held(&desk).await, 0);

    mute(&desk, rule("ministry"), at(610), at(0) + HOUR).await;

    assert_eq!(held(&desk).await, 4);
    assert_eq!(desk.claim_deliveries(at(0) + HOUR - MINUTE).await, []);
    assert_eq!(desk.send(at(0) + HOUR).await.delivery.articles.len(), 4);
}

#[tokio::test]
async fn a_lifted_mute_lets_go_at_once() {
    let desk = Desk::with_article("0").await;
    let muted = mute(&desk, rule("ministry"), at(0), at(0) + 8 * HOUR).await;
    news(&desk, at(600), 2).await;

    assert!(desk.store.unmute(muted.id, at(700)).await.unwrap().is_some());
    assert_eq!(desk.store.unmute(MuteId(99), at(700)).await.unwrap(), None);

    let digest = desk.claim_delivery(at(700)).await.delivery;
    assert_eq!((digest.articles.len(), digest.mutes[0].lifted_at), (3, Some(at(700))));
    assert_eq!(desk.store.mutes(at(700), false).await.unwrap(), []);
    assert_eq!(only(desk.store.mutes(at(700), true).await.unwrap()).lifted_at, Some(at(700)));
}

#[tokio::test]
async fn what_two_mutes_cover_waits_for_the_later_one() {
    let desk = Desk::with_article("0").await;
    let first = mute(&desk, rule("ministry"), at(0), at(0) + HOUR).await;
    mute(&desk, MuteTarget::Article(ArticleId(1)), at(0), at(0) + 2 * HOUR).await;
    news(&desk, at(600), 2).await;

    let digest = desk.send(at(0) + HOUR).await.delivery;
    assert_eq!((digest.articles.len(), digest.mutes), (2, vec![first]));
    assert_eq!(only(desk.send(at(0) + 2 * HOUR).await.delivery.articles).id, ArticleId(1));
}

#[tokio::test]
async fn a_muted_feed_silences_what_no_other_feed_announces() {
    let desk = Desk::with_article("0").await;
    desk.store.sync_feeds(&[feed("wire"), feed("other")], at(0)).await.unwrap();
    let claimed = only(desk.store.claim_feeds(at(1), 10, 1000, LEASE).await.unwrap());
    desk.store.record_poll(poll_record(&claimed, at(1), vec![seen("0", "A headline")])).await.unwrap();
    mute(&desk, MuteTarget::Feed("wire".to_owned()), at(1), at(0) + 8 * HOUR).await;
    desk.revise(at(2), 1, vec![alert("ministry", Event::New)], vec![planned(at(2))]).await;
    assert_eq!(desk.send(at(62)).await.delivery.kind, DeliveryKind::Article, "the other feed is not muted");

    mute(&desk, MuteTarget::Feed("other".to_owned()), at(63), at(0) + HOUR).await;
    desk.revise(at(64), 2, vec![alert("ministry", Event::Revised)], vec![planned(at(64))]).await;

    assert_eq!(desk.claim_deliveries(at(0) + HOUR - MINUTE).await, []);
    let digest = desk.send(at(0) + HOUR).await.delivery;
    assert_eq!(digest.kind, DeliveryKind::Muted, "heard again by the first feed that is");
    let request =
        MuteRequest { target: MuteTarget::Feed("wyre".to_owned()), why: None, who: None, now: at(0), until: at(9) };
    assert_eq!(desk.store.mute(request).await.unwrap(), None);
}

#[tokio::test]
async fn a_mail_that_was_tried_stays_whole_and_waits() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let tried = desk.claim_delivery(at(60)).await;
    let later = AttemptOutcome::Retry { at: at(120), error: "no answer".to_owned() };
    desk.store.record_attempt(attempt(&tried, at(61), later)).await.unwrap();
    mute(&desk, rule("ministry"), at(90), at(0) + HOUR).await;

    assert_eq!(held(&desk).await, 1);
    assert_eq!(desk.claim_deliveries(at(3000)).await, []);
    let again = desk.claim_delivery(at(0) + HOUR).await;
    assert_eq!((again.delivery.message_id, again.attempts), (tried.delivery.message_id, 1));
}

#[tokio::test]
async fn one_alert_is_released_by_name_and_the_others_stay_held() {
    let desk = Desk::with_article("0").await;
    mute(&desk, rule("ministry"), at(0), at(0) + 8 * HOUR).await;
    news(&desk, at(600), 2).await;
    let row = desk.store.outbox(None, 10).await.unwrap().remove(0);

    assert_eq!(desk.store.retry(Some(&[row.id]), at(700)).await.unwrap(), 1);

    let released = desk.send(at(700)).await;
    assert!(released.is_released);
    assert_eq!(only(released.delivery.articles).id, row.article);
    assert_eq!(held(&desk).await, 2);
    assert_eq!(desk.send(at(0) + 8 * HOUR).await.delivery.articles.len(), 2);
}

#[tokio::test]
async fn a_digest_goes_out_at_its_time_without_what_is_still_muted() {
    let desk = Desk::with_article("0").await;
    let digest = PlannedDelivery {
        kind: DeliveryKind::Digest,
        earliest_at: at(0) + 2 * HOUR,
        settle_until: at(0) + 2 * HOUR,
        alerts: vec![0, 1],
        ..planned(at(0))
    };
    let alerts = vec![alert("ministry", Event::New), alert("figures", Event::New)];
    mute(&desk, rule("ministry"), at(0), at(0) + HOUR).await;
    desk.revise(at(0), 1, alerts, vec![digest]).await;

    mute(&desk, rule("figures"), at(0), at(0) + 3 * HOUR).await;

    let sent = desk.send(at(0) + 2 * HOUR).await.delivery;
    assert_eq!((sent.kind, only(only(sent.articles).rules).name), (DeliveryKind::Digest, "ministry".to_owned()));
    assert_eq!(only(only(desk.send(at(0) + 3 * HOUR).await.delivery.articles).rules).name, "figures");
}

#[tokio::test]
async fn several_alerts_of_one_held_mail_are_released_together() {
    let desk = Desk::with_article("0").await;
    mute(&desk, rule("ministry"), at(0), at(0) + 8 * HOUR).await;
    news(&desk, at(600), 2).await;
    let ids: Vec<i64> = desk.store.outbox(None, 10).await.unwrap().iter().map(|row| row.id).collect();

    assert_eq!(desk.store.retry(Some(&ids), at(700)).await.unwrap(), 1);

    assert_eq!(desk.send(at(700)).await.delivery.articles.len(), ids.len());
    assert_eq!(held(&desk).await, 0);
}

#[tokio::test]
async fn a_muted_feed_silences_a_rule_that_is_about_no_other_feed() {
    let desk = Desk::with_article("0").await;
    desk.store.sync_feeds(&[feed("wire"), feed("other")], at(0)).await.unwrap();
    let claimed = only(desk.store.claim_feeds(at(1), 10, 1000, LEASE).await.unwrap());
    desk.store.record_poll(poll_record(&claimed, at(1), vec![seen("0", "A headline")])).await.unwrap();
    mute(&desk, MuteTarget::Feed("wire".to_owned()), at(1), at(0) + 8 * HOUR).await;
    let of_wire = Alert { feeds: vec!["wire".to_owned()], ..alert("ministry", Event::New) };

    desk.revise(at(2), 1, vec![of_wire], vec![planned(at(2))]).await;

    assert_eq!(
        desk.claim_deliveries(at(0) + 8 * HOUR - MINUTE).await,
        [],
        "that the other feed has it too is nothing to it"
    );
    assert_eq!(desk.send(at(0) + 8 * HOUR).await.delivery.kind, DeliveryKind::Muted);
}
