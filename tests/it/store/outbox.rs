//! Alerts, the deliveries they join, and how those are sent.

use wirewatch::alert::PlannedDelivery;
use wirewatch::model::{Baseline, Change, DeliveryKind, DeliveryState, Event, Missing, Severity, Thread, Timestamp};
use wirewatch::store::{
    AttemptOutcome, AttemptRecord, CheckOutcome, CheckRecord, Claim, Fault, Lane, NewVersion, SeenEntry, Settling,
    StoreError,
};

use super::{Desk, HOUR, LEASE, MINUTE, alert, at, attempt, change, check_record, only, planned, seen, text, version};

#[tokio::test]
async fn an_alert_becomes_a_delivery_with_all_that_a_mail_needs() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;

    assert_eq!(desk.claim_deliveries(at(59)).await, [], "it settles");
    assert_eq!(desk.store.next_delivery_due(Settling::Wait, Lane::Mail).await.unwrap(), Some(at(60)));
    let claimed = desk.claim_delivery(at(60)).await;

    assert_eq!((claimed.channel.as_str(), claimed.attempts, claimed.message), ("smtp", 0, None));
    let delivery = claimed.delivery;
    assert_eq!((delivery.recipient.as_str(), delivery.address.as_str()), ("desk", "desk@example.org"));
    assert_eq!((delivery.kind, delivery.thread), (DeliveryKind::Article, None));
    assert!(delivery.message_id.ends_with("@example.org"), "{}", delivery.message_id);
    let article = only(delivery.articles);
    assert_eq!((article.event, article.before, article.change), (Event::New, None, None));
    assert_eq!((article.after.number, article.after.text), (1, text(1)));
    assert_eq!(article.feeds[0].name, "wire");
    let rule = only(article.rules);
    assert_eq!((rule.name.as_str(), rule.matches), ("ministry", alert("ministry", Event::New).matches));
}

#[tokio::test]
async fn at_the_end_of_a_run_nothing_settles() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;

    assert_eq!(desk.store.next_delivery_due(Settling::Over, Lane::Mail).await.unwrap(), Some(at(0)));
    only(desk.store.claim_deliveries(at(0), 10, LEASE, Settling::Over, Lane::Mail).await.unwrap());
}

#[tokio::test]
async fn several_rules_that_match_one_version_make_one_mail() {
    let desk = Desk::with_article("a").await;
    let alerts = vec![alert("ministry", Event::New), alert("figures", Event::New)];
    let both = PlannedDelivery { alerts: vec![0, 1], ..planned(at(0)) };
    desk.revise(at(0), 1, alerts, vec![both]).await;

    let article = only(desk.claim_delivery(at(60)).await.delivery.articles);

    let rules: Vec<&str> = article.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(rules, ["ministry", "figures"]);
}

#[tokio::test]
async fn a_revision_joins_the_mail_that_still_waits_and_does_not_delay_it() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let later = PlannedDelivery { settle_until: at(500), ..planned(at(59)) };
    // The next look is a minute after the last one, unless the feed says that something changed.
    desk.store.make_all_due(at(59)).await.unwrap();
    desk.revise(at(59), 2, vec![alert("ministry", Event::Revised)], vec![later]).await;

    let delivery = desk.send(at(60)).await.delivery;

    let article = only(delivery.articles);
    assert_eq!((article.event, article.after.number), (Event::New, 2), "the reader has not seen it yet");
    assert_eq!(article.rules.len(), 1);
    assert_eq!(desk.claim_deliveries(at(9999)).await, []);
}

#[tokio::test]
async fn a_claimed_delivery_is_sealed() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let first = desk.claim_delivery(at(60)).await;
    desk.store.drop_claim(Claim::Delivery(first.delivery.id, first.token)).await.unwrap();
    desk.revise(at(60), 2, vec![alert("ministry", Event::Revised)], vec![planned(at(60))]).await;

    assert_eq!(desk.send(at(200)).await.delivery.articles[0].after.number, 1);
    assert_eq!(desk.send(at(201)).await.delivery.articles[0].after.number, 2);
}

#[tokio::test]
async fn a_mail_waits_for_the_one_before_on_its_article() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let first = desk.claim_delivery(at(60)).await;
    desk.revise(at(60), 2, vec![alert("ministry", Event::Revised)], vec![planned(at(60))]).await;
    assert_eq!(desk.claim_deliveries(at(130)).await, [], "it may be sending just now");
    let down = AttemptOutcome::Retry { at: at(1000), error: "no answer".to_owned() };
    desk.store.record_attempt(attempt(&first, at(140), down)).await.unwrap();

    assert_eq!(desk.store.next_delivery_due(Settling::Wait, Lane::Mail).await.unwrap(), Some(at(1000)));
    assert_eq!(desk.store.next_delivery_due(Settling::Over, Lane::Mail).await.unwrap(), Some(at(1000)));
    assert_eq!(desk.send(at(1000)).await.delivery.id, first.delivery.id);
    let second = desk.claim_delivery(at(1000)).await.delivery;
    assert_eq!(second.thread.unwrap().references, [first.delivery.message_id]);
}

#[tokio::test]
async fn a_mail_that_was_given_up_keeps_no_other_waiting_until_it_is_tried_again() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let first = desk.claim_delivery(at(60)).await;
    let given_up = AttemptOutcome::Failed { error: "refused".to_owned() };
    desk.store.record_attempt(attempt(&first, at(61), given_up)).await.unwrap();
    desk.revise(at(61), 2, vec![alert("ministry", Event::Revised)], vec![planned(at(61))]).await;
    let second = desk.claim_delivery(at(200)).await;
    assert_eq!(second.delivery.thread, None);
    desk.store.drop_claim(Claim::Delivery(second.delivery.id, second.token)).await.unwrap();

    desk.store.retry(None, at(300)).await.unwrap();

    assert_eq!(desk.send(at(300)).await.delivery.id, first.delivery.id);
    let thread = desk.send(at(300)).await.delivery.thread.unwrap();
    assert_eq!(thread.references, [first.delivery.message_id]);
}

#[tokio::test]
async fn the_message_that_was_accepted_is_the_one_that_is_kept() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let first = desk.claim_delivery(at(60)).await;
    let later = AttemptOutcome::Retry { at: at(400), error: "greylisted".to_owned() };
    desk.store.record_attempt(attempt(&first, at(61), later)).await.unwrap();
    let second = desk.claim_delivery(at(400)).await;
    let bare = AttemptRecord {
        message: b"Bare.\r\n".to_vec(),
        subject: "[ministry] Bare".to_owned(),
        ..attempt(&second, at(401), AttemptOutcome::Sent)
    };
    desk.store.record_attempt(bare).await.unwrap();

    let row = only(desk.store.outbox(None, 10).await.unwrap());
    assert_eq!(desk.store.message(row.id).await.unwrap().as_deref(), Some(b"Bare.\r\n".as_slice()));
    desk.revise(at(500), 2, vec![alert("ministry", Event::Revised)], vec![planned(at(500))]).await;
    assert_eq!(desk.claim_delivery(at(600)).await.delivery.thread.unwrap().subject, "[ministry] Bare");
}

#[tokio::test]
async fn the_same_alert_is_told_once() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    desk.send(at(60)).await;
    let claimed = desk.claim_article(at(60)).await;
    let record = CheckRecord {
        alerts: vec![alert("ministry", Event::New)],
        deliveries: vec![planned(at(60))],
        ..check_record(&claimed, at(60), CheckOutcome::Unchanged { fetched: None })
    };

    let summary = desk.store.record_check(record).await.unwrap();

    assert_eq!((summary.alerts, summary.deliveries), (0, 0));
    assert_eq!(desk.claim_deliveries(at(9999)).await, []);
}

#[tokio::test]
async fn each_address_has_its_own_delivery() {
    let desk = Desk::with_article("a").await;
    let other = PlannedDelivery { address: "night@example.org".to_owned(), ..planned(at(0)) };
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0)), other]).await;

    let claimed = desk.claim_deliveries(at(60)).await;

    let addresses: Vec<&str> = claimed.iter().map(|claimed| claimed.delivery.address.as_str()).collect();
    assert_eq!(addresses, ["desk@example.org", "night@example.org"]);
    assert_ne!(claimed[0].delivery.message_id, claimed[1].delivery.message_id);
}

#[tokio::test]
async fn an_article_revised_again_and_again_is_mailed_once_in_each_interval() {
    let desk = Desk::with_article("a").await;
    let plan = |now| PlannedDelivery { update_interval: 15 * MINUTE, ..planned(now) };
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![plan(at(0))]).await;
    desk.send(at(60)).await;
    desk.revise(at(120), 2, vec![alert("ministry", Event::Revised)], vec![plan(at(120))]).await;
    desk.revise(at(300), 3, vec![alert("ministry", Event::Revised)], vec![plan(at(300))]).await;

    let end = at(60) + 15 * MINUTE;
    assert_eq!(desk.store.next_delivery_due(Settling::Wait, Lane::Mail).await.unwrap(), Some(end));
    assert_eq!(
        desk.store.next_delivery_due(Settling::Over, Lane::Mail).await.unwrap(),
        Some(end),
        "whether settling or not"
    );
    let article = only(desk.claim_delivery(end).await.delivery.articles);

    assert_eq!(article.event, Event::Revised);
    assert_eq!((article.before.unwrap().number, article.after.number), (1, 3), "since the version last mailed");
    assert_eq!(article.change, None, "no neighbours: whoever composes compares them");
}

#[tokio::test]
async fn a_revision_by_itself_comes_with_its_change_and_the_version_before() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, Vec::new(), Vec::new()).await;
    desk.revise(at(60), 2, vec![alert("ministry", Event::Revised)], vec![planned(at(60))]).await;

    let article = only(desk.claim_delivery(at(120)).await.delivery.articles);

    assert_eq!(article.event, Event::Revised);
    assert_eq!(article.before.unwrap().number, 1);
    assert!(article.change.unwrap().silent);
}

#[tokio::test]
async fn taken_down_and_returned_are_told_as_such_each_time() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    desk.send(at(60)).await;
    for (seconds, event) in [(60, Event::Gone), (300, Event::Back), (600, Event::Gone), (900, Event::Back)] {
        let now = at(seconds);
        let claimed = desk.claim_article(now).await;
        let outcome = match event {
            Event::Gone => CheckOutcome::Gone { missing: Missing { looks: 3, since: at(0) } },
            _ => CheckOutcome::Back { fetched: None },
        };
        let record = CheckRecord {
            alerts: vec![alert("ministry", event)],
            deliveries: vec![planned(now)],
            ..check_record(&claimed, now, outcome)
        };
        desk.store.record_check(record).await.unwrap();
        let article = only(desk.send(now + MINUTE).await.delivery.articles);
        assert_eq!((article.event, article.after.number), (event, 1));
    }
}

#[tokio::test]
async fn the_mails_on_an_article_are_one_thread() {
    let desk = Desk::with_article("a").await;
    let mut message_ids = Vec::new();
    for number in 1..=25 {
        let now = at(u64::from(number) * 600);
        let event = if number == 1 { Event::New } else { Event::Revised };
        desk.revise(now, number, vec![alert("ministry", event)], vec![planned(now)]).await;
        message_ids.push(desk.send(now + MINUTE).await.delivery.message_id);
    }
    desk.revise(at(99_000), 26, vec![alert("ministry", Event::Revised)], vec![planned(at(99_000))]).await;

    let thread = desk.claim_delivery(at(99_060)).await.delivery.thread.unwrap();

    let mut references = vec![message_ids[0].clone()];
    references.extend_from_slice(&message_ids[6..]);
    assert_eq!(thread, Thread { subject: "[ministry] Headline 1".to_owned(), references });
}

#[tokio::test]
async fn a_digest_gathers_until_its_time() {
    let desk = Desk::with_article("a").await;
    let digest = |now: u64| PlannedDelivery {
        kind: DeliveryKind::Digest,
        earliest_at: at(7200),
        settle_until: at(7200),
        ..planned(at(now))
    };
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![digest(0)]).await;
    desk.poll(at(600), vec![seen("b", "Another")]).await;
    for article in desk.store.claim_articles(at(600), 10, 10, LEASE).await.unwrap() {
        let number = article.latest.as_ref().map_or(1, |latest| latest.number + 1);
        let event = if number == 1 { Event::New } else { Event::Revised };
        let record = CheckRecord {
            alerts: vec![alert("ministry", event)],
            deliveries: vec![digest(600)],
            ..check_record(&article, at(600), version(number, at(600)))
        };
        desk.store.record_check(record).await.unwrap();
    }

    assert_eq!(desk.store.claim_deliveries(at(7199), 10, LEASE, Settling::Over, Lane::Mail).await.unwrap(), []);
    let delivery = desk.claim_delivery(at(7200)).await.delivery;

    assert_eq!((delivery.kind, delivery.thread), (DeliveryKind::Digest, None));
    let told: Vec<_> = delivery.articles.iter().map(|a| (a.url.path(), a.event, a.after.number)).collect();
    assert_eq!(told, [("/a", Event::New, 2), ("/b", Event::New, 1)]);
}

/// A digest of another recipient who reads the same mailbox, about the record's first alert.
fn digest_at(due: Timestamp) -> PlannedDelivery {
    PlannedDelivery {
        recipient: "archive".to_owned(),
        kind: DeliveryKind::Digest,
        earliest_at: due,
        settle_until: due,
        ..planned(due)
    }
}

#[tokio::test]
async fn a_digest_knows_what_its_address_was_mailed_at_once() {
    let desk = Desk::with_article("a").await;
    let digest = PlannedDelivery { alerts: vec![1], ..digest_at(at(7200)) };
    let both = |event| vec![alert("ministry", event), alert("figures", event)];
    desk.revise(at(0), 1, both(Event::New), vec![planned(at(0)), digest.clone()]).await;
    desk.send(at(60)).await;

    let told = only(desk.send(at(7200)).await.delivery.articles);
    assert_eq!((told.event, told.mailed_at), (Event::New, Some(at(60))));

    // What came after the mail was not in it.
    let digest = PlannedDelivery { earliest_at: at(9000), settle_until: at(9000), ..digest };
    desk.store.make_all_due(at(8000)).await.unwrap();
    desk.revise(at(8000), 2, vec![alert("ministry", Event::Revised)], vec![planned(at(8000))]).await;
    desk.send(at(8060)).await;
    desk.store.make_all_due(at(8100)).await.unwrap();
    desk.revise(at(8100), 3, both(Event::Revised), vec![digest]).await;
    let told = only(desk.send(at(9000)).await.delivery.articles);
    assert_eq!((told.event, told.before.unwrap().number, told.mailed_at), (Event::Revised, 2, None));
}

#[tokio::test]
async fn an_end_is_mailed_before_only_if_it_was_that_end() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    desk.send(at(60)).await;
    let missing = || Missing { looks: 3, since: at(0) };
    for (seconds, outcome, event) in [
        (60, CheckOutcome::Gone { missing: missing() }, Event::Gone),
        (300, CheckOutcome::Back { fetched: None }, Event::Back),
        (600, CheckOutcome::Gone { missing: missing() }, Event::Gone),
    ] {
        let now = at(seconds);
        let claimed = desk.claim_article(now).await;
        let record = CheckRecord {
            alerts: vec![alert("ministry", event), alert("figures", event)],
            deliveries: vec![planned(now), PlannedDelivery { alerts: vec![1], ..digest_at(now + 2 * MINUTE) }],
            ..check_record(&claimed, now, outcome)
        };
        desk.store.record_check(record).await.unwrap();
        let mailed = desk.send(now + MINUTE).await.delivery;
        assert_eq!(only(mailed.articles).mailed_at, None);
        let told = only(desk.send(now + 2 * MINUTE).await.delivery.articles);
        assert_eq!((told.event, told.mailed_at, told.noticed_at), (event, Some(now + MINUTE), now));
    }
}

#[tokio::test]
async fn a_story_of_many_revisions_is_as_severe_as_the_greatest_of_them() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    desk.send(at(60)).await;
    desk.revise(at(60), 2, vec![alert("ministry", Event::Revised)], vec![digest_at(at(9000))]).await;
    desk.store.make_all_due(at(120)).await.unwrap();
    let claimed = desk.claim_article(at(120)).await;
    let CheckOutcome::Version(third) = version(3, at(120)) else { unreachable!() };
    let small = Change { severity: Some(Severity::Minor), ..change() };
    let outcome = CheckOutcome::Version(NewVersion { change: Some(small), ..third });
    let record = CheckRecord {
        alerts: vec![alert("ministry", Event::Revised)],
        deliveries: vec![digest_at(at(9000))],
        ..check_record(&claimed, at(120), outcome)
    };
    desk.store.record_check(record).await.unwrap();

    let told = only(desk.send(at(9000)).await.delivery.articles);
    assert_eq!((told.before.unwrap().number, told.after.number), (1, 3));
    assert_eq!((told.change, told.severity), (None, Some(Severity::Major)));
}

#[tokio::test]
async fn the_first_polls_digest_waits_for_the_last_article() {
    let desk = Desk::with_article("a").await;
    let initial = |now| PlannedDelivery { kind: DeliveryKind::Initial, settle_until: now + MINUTE, ..planned(now) };
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![initial(at(0))]).await;
    desk.poll(at(600), vec![seen("b", "Another")]).await;
    let claimed = desk.store.claim_articles(at(600), 10, 10, LEASE).await.unwrap().pop().unwrap();
    let record = CheckRecord {
        alerts: vec![alert("ministry", Event::New)],
        deliveries: vec![initial(at(50))],
        ..check_record(&claimed, at(50), version(1, at(50)))
    };
    desk.store.record_check(record).await.unwrap();

    assert_eq!(desk.store.next_delivery_due(Settling::Wait, Lane::Mail).await.unwrap(), Some(at(110)));
    assert_eq!(desk.claim_delivery(at(110)).await.delivery.articles.len(), 2);
}

#[tokio::test]
async fn the_first_polls_digest_waits_for_what_nobody_has_looked_at_yet() {
    let desk = Desk::with_article("a").await;
    let initial = |now| PlannedDelivery { kind: DeliveryKind::Initial, settle_until: now + MINUTE, ..planned(now) };
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![initial(at(0))]).await;
    let recent = |key| SeenEntry { baseline: Baseline::Recent, ..seen(key, "Another") };
    desk.poll(at(600), vec![recent("b"), recent("c")]).await;

    let claimed = desk.store.claim_articles(at(600), 10, 10, LEASE).await.unwrap();
    let unread: Vec<_> = claimed.iter().filter(|article| article.latest.is_none()).collect();
    assert_eq!(unread.len(), 2);

    assert_eq!(desk.claim_deliveries(at(60)).await, []);
    assert_eq!(desk.store.next_delivery_due(Settling::Wait, Lane::Mail).await.unwrap(), Some(at(90)));
    // What cannot be read was looked at too.
    let failed = || CheckOutcome::Failed { status: Some(503), error: "503".to_owned(), missing: None };
    desk.store.record_check(check_record(unread[0], at(70), failed())).await.unwrap();
    assert_eq!(desk.claim_deliveries(at(90)).await, []);
    desk.store.record_check(check_record(unread[1], at(95), failed())).await.unwrap();
    assert_eq!(desk.claim_delivery(at(120)).await.delivery.kind, DeliveryKind::Initial);
}

#[tokio::test]
async fn the_first_polls_digest_does_not_wait_for_ever() {
    let desk = Desk::with_article("a").await;
    let initial = PlannedDelivery { kind: DeliveryKind::Initial, ..planned(at(0)) };
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![initial]).await;
    desk.poll(at(600), vec![SeenEntry { baseline: Baseline::Recent, ..seen("b", "Another") }]).await;

    assert_eq!(desk.claim_deliveries(at(890)).await, []);
    desk.claim_delivery(at(920)).await;
}

#[tokio::test]
async fn quiet_hours_hold_and_an_urgent_alert_lifts_the_mail_out_of_them() {
    let desk = Desk::with_article("a").await;
    let quiet = PlannedDelivery { state: DeliveryState::Held, earliest_at: at(30_000), ..planned(at(0)) };
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![quiet]).await;
    assert_eq!(desk.store.status().await.unwrap().queue.held, 1);
    assert_eq!(desk.store.next_delivery_due(Settling::Wait, Lane::Mail).await.unwrap(), Some(at(30_000)));

    desk.revise(at(60), 2, vec![alert("figures", Event::Revised)], vec![planned(at(60))]).await;

    assert_eq!(desk.store.status().await.unwrap().queue.pending, 1);
    desk.claim_delivery(at(60)).await;
}

#[tokio::test]
async fn a_held_mail_goes_out_when_its_time_has_come() {
    let desk = Desk::with_article("a").await;
    let quiet = PlannedDelivery { state: DeliveryState::Held, earliest_at: at(30_000), ..planned(at(0)) };
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![quiet]).await;

    assert_eq!(desk.claim_deliveries(at(29_999)).await, []);
    desk.send(at(30_000)).await;
    assert_eq!(only(desk.store.outbox(None, 10).await.unwrap()).state, DeliveryState::Sent);
}

#[tokio::test]
async fn a_failed_attempt_is_repeated_with_the_same_bytes_and_id() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let first = desk.claim_delivery(at(60)).await;
    let later = AttemptOutcome::Retry { at: at(400), error: "greylisted".to_owned() };
    desk.store.record_attempt(attempt(&first, at(61), later)).await.unwrap();

    assert_eq!(desk.claim_deliveries(at(399)).await, []);
    let second = desk.claim_delivery(at(400)).await;

    assert_eq!(second.attempts, 1);
    assert_eq!(second.delivery.message_id, first.delivery.message_id);
    assert_eq!(second.message, Some(attempt(&first, at(61), AttemptOutcome::Sent).message));
}

#[tokio::test]
async fn a_mail_that_was_sent_but_not_recorded_goes_again_with_the_same_id() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let killed = desk.claim_delivery(at(60)).await;
    desk.store.release_claims().await.unwrap();

    let again = desk.claim_delivery(at(61)).await;

    assert_eq!(again.delivery.message_id, killed.delivery.message_id);
    let lost = desk.store.record_attempt(attempt(&killed, at(61), AttemptOutcome::Sent)).await.unwrap_err();
    assert_eq!(lost, StoreError::ClaimLost);
}

#[tokio::test]
async fn a_mail_that_was_given_up_can_be_tried_again() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let claimed = desk.claim_delivery(at(60)).await;
    let given_up = AttemptOutcome::Failed { error: "no such user".to_owned() };
    desk.store.record_attempt(attempt(&claimed, at(61), given_up)).await.unwrap();
    let row = only(desk.store.outbox(Some(DeliveryState::Failed), 10).await.unwrap());
    assert_eq!((row.error.as_deref(), row.attempts, row.next_attempt), (Some("no such user"), 1, None));
    assert_eq!(desk.claim_deliveries(at(9999)).await, []);

    assert_eq!(desk.store.retry(Some(&[row.id + 1]), at(100)).await.unwrap(), 0);
    assert_eq!(desk.store.retry(Some(&[row.id]), at(100)).await.unwrap(), 1);

    let again = desk.claim_delivery(at(100)).await;
    assert_eq!((again.attempts, &again.delivery.message_id), (0, &claimed.delivery.message_id));
    assert_eq!(desk.store.retry(None, at(101)).await.unwrap(), 0, "a pending one needs none");
}

#[tokio::test]
async fn what_may_have_arrived_stays_as_it_was_sent_and_the_rest_of_a_backlog_is_one_digest() {
    let desk = Desk::with_article("0").await;
    desk.poll(at(600), (1..5).map(|n| seen(&n.to_string(), "More")).collect()).await;
    for article in desk.store.claim_articles(at(600), 10, 10, LEASE).await.unwrap() {
        let number = article.latest.as_ref().map_or(1, |latest| latest.number + 1);
        let record = CheckRecord {
            alerts: vec![alert("ministry", Event::New)],
            deliveries: vec![planned(at(600))],
            next_due_at: None,
            ..check_record(&article, at(600), version(number, at(600)))
        };
        desk.store.record_check(record).await.unwrap();
    }
    let claimed = desk.claim_deliveries(at(660)).await;
    assert_eq!(claimed.len(), 5);
    for (place, claimed) in claimed.iter().enumerate() {
        let down = AttemptOutcome::Retry { at: at(700), error: "no answer".to_owned() };
        let fault = if place == 0 { Fault::Unknown } else { Fault::Undelivered };
        desk.store.record_attempt(AttemptRecord { fault, ..attempt(claimed, at(661), down) }).await.unwrap();
    }

    let again = desk.claim_deliveries(at(600) + 2 * HOUR).await;

    let kinds: Vec<_> = again.iter().map(|it| (it.delivery.kind, it.delivery.articles.len(), it.attempts)).collect();
    assert_eq!(kinds, [(DeliveryKind::Article, 1, 1), (DeliveryKind::Backlog, 4, 1)]);
    assert_eq!(again[0].delivery.message_id, claimed[0].delivery.message_id);
}

#[tokio::test]
async fn an_alert_without_a_version_is_refused() {
    let desk = Desk::with_article("a").await;
    let claimed = desk.claim_article(at(0)).await;
    let record = CheckRecord {
        alerts: vec![alert("ministry", Event::Gone)],
        ..check_record(&claimed, at(0), CheckOutcome::Gone { missing: Missing { looks: 1, since: at(0) } })
    };

    let error = desk.store.record_check(record).await.unwrap_err();

    assert!(matches!(error, StoreError::Contradiction(_)), "{error}");
}

#[tokio::test]
async fn matches_of_an_earlier_version_point_into_the_version_that_is_told() {
    let desk = Desk::with_article("a").await;
    let mut moved = alert("ministry", Event::New);
    moved.matches[0].start = 0;
    moved.matches[0].end = 8;
    let mut lost = alert("lost", Event::New);
    lost.matches[0].text = "count 1".into();
    let both = PlannedDelivery { alerts: vec![0, 1], settle_until: at(0) + HOUR, ..planned(at(0)) };
    desk.revise(at(0), 1, vec![moved, lost], vec![both]).await;
    desk.revise(at(60), 2, vec![alert("figures", Event::Revised)], vec![planned(at(60))]).await;

    let article = only(desk.claim_delivery(at(120)).await.delivery.articles);

    let text = article.after.text.text();
    let found: Vec<Vec<&str>> =
        article.rules.iter().map(|rule| rule.matches.iter().map(|m| &text[m.start..m.end]).collect()).collect();
    assert_eq!(found, [vec!["ministry"], vec![], vec!["ministry"]]);
}

#[tokio::test]
async fn mail_and_webhooks_are_claimed_in_lanes_of_their_own() {
    let desk = Desk::with_article("a").await;
    let hook = PlannedDelivery {
        channel: "webhook".to_owned(),
        address: "https://hooks.example/~1".to_owned(),
        ..planned(at(0))
    };
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0)), hook]).await;
    let claim = async |lane| desk.store.claim_deliveries(at(60), 10, LEASE, Settling::Wait, lane).await.unwrap();
    assert_eq!(desk.store.next_delivery_due(Settling::Wait, Lane::Hooks).await.unwrap(), Some(at(60)));
    assert_eq!(only(claim(Lane::Hooks).await).channel, "webhook");
    assert_eq!(only(claim(Lane::Mail).await).channel, "smtp");
}
