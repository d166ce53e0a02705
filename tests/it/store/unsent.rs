//! What was tried and is not sent: nothing else waits for it longer than it must, and tried again it tells the story as it
//! stands by then.

use std::time::Duration;

use wirewatch::alert::PlannedDelivery;
use wirewatch::model::{Change, DeliveredArticle, Delivery, DeliveryKind, Event, Mark, Note, Timestamp};
use wirewatch::store::{
    AttemptOutcome, AttemptRecord, CheckOutcome, CheckRecord, ClaimedDelivery, ComposedMessage, Covered, Fault,
    MuteRequest, MuteTarget, NewVersion, Telling, Warning,
};

use super::{Desk, HOUR, MINUTE, alert, at, attempt, change, check_record, only, planned, version};

const REFUSED: &str = "451 later";

/// A desk where the mail on a story's first version was tried at 60 s, is tried again at 1000 s, and certainly did not
/// arrive (or may have).
async fn tried(fault: Fault) -> (Desk, ClaimedDelivery) {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let first = desk.claim_delivery(at(60)).await;
    let later = AttemptOutcome::Retry { at: at(1000), error: REFUSED.to_owned() };
    record(&desk, &first, at(61), later, fault).await;
    (desk, first)
}

async fn record(desk: &Desk, claimed: &ClaimedDelivery, now: Timestamp, outcome: AttemptOutcome, fault: Fault) {
    desk.store.record_attempt(AttemptRecord { fault, ..attempt(claimed, now, outcome) }).await.unwrap();
}

/// As the daemon does before it hands a message over.
async fn keep(desk: &Desk, claimed: &ClaimedDelivery) {
    let covered = |article: &DeliveredArticle| Covered {
        since: article.before.as_ref().map_or(0, |before| before.number),
        version: article.after.number,
    };
    let composed = ComposedMessage {
        delivery: claimed.delivery.id,
        token: claimed.token,
        subject: "A subject".to_owned(),
        message: b"A message".to_vec(),
        tells: claimed.delivery.articles.iter().map(|article| (article.id, covered(article))).collect(),
    };
    desk.store.keep_message(composed).await.unwrap();
}

/// A revision that another rule is about.
async fn revised(desk: &Desk, now: Timestamp, number: u32) {
    desk.store.make_all_due(now).await.unwrap();
    desk.revise(now, number, vec![alert("figures", Event::Revised)], vec![planned(now)]).await;
}

async fn mute(desk: &Desk, name: &str, now: Timestamp, until: Timestamp) {
    let target = MuteTarget::Rule(name.to_owned());
    desk.store.mute(MuteRequest { target, why: None, who: None, now, until }).await.unwrap().unwrap();
}

fn rules(claimed: &ClaimedDelivery) -> Vec<&str> {
    claimed.delivery.articles.iter().flat_map(|article| &article.rules).map(|rule| rule.name.as_str()).collect()
}

fn held(until: Timestamp) -> AttemptOutcome {
    AttemptOutcome::Held { until }
}

#[tokio::test]
async fn an_alert_that_was_undone_keeps_the_next_one_waiting_no_longer_nor_does_a_kill_before() {
    for killed in [false, true] {
        let desk = Desk::with_article("a").await;
        desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
        let mut first = desk.claim_delivery(at(60)).await;
        revised(&desk, at(60), 2).await;
        if killed {
            desk.store.release_claims().await.unwrap();
            first = desk.claim_delivery(at(130)).await;
        }
        record(&desk, &first, at(131), AttemptOutcome::Void, Fault::default()).await;

        assert_eq!(rules(&desk.claim_delivery(at(132)).await), ["figures"], "killed: {killed}");
    }
}

#[tokio::test]
async fn a_mute_holds_what_it_names_of_a_mail_that_was_tried_and_nothing_else() {
    let (desk, first) = tried(Fault::Undelivered).await;
    mute(&desk, "ministry", at(100), at(0) + 8 * HOUR).await;
    revised(&desk, at(120), 2).await;

    assert_eq!(rules(&desk.send(at(200)).await), ["figures"], "it does not wait for what is muted");

    let muted = desk.send(at(0) + 8 * HOUR).await;
    assert_eq!((muted.delivery.kind, rules(&muted)), (DeliveryKind::Muted, vec!["ministry"]));
    assert!(muted.delivery.id != first.delivery.id);
}

#[tokio::test]
async fn what_waits_behind_a_mail_that_was_tried_goes_when_that_one_is_muted() {
    let (desk, _) = tried(Fault::Undelivered).await;
    revised(&desk, at(120), 2).await;
    assert_eq!(desk.claim_deliveries(at(200)).await, [], "it waits for the one before it");
    let rows = desk.store.outbox(None, 10).await.unwrap();
    assert_eq!((rows[0].waits_for, rows[0].next_attempt), (Some(rows[1].id), None));
    assert_eq!((rows[1].waits_for, rows[1].next_attempt), (None, Some(at(1000))));

    mute(&desk, "ministry", at(210), at(0) + 8 * HOUR).await;

    assert_eq!(rules(&desk.claim_delivery(at(211)).await), ["figures"]);
}

#[tokio::test]
async fn an_urgent_alert_brings_with_it_what_was_tried_and_waits_for_the_morning() {
    let (desk, first) = tried(Fault::Undelivered).await;
    let again = desk.claim_delivery(at(1000)).await;
    record(&desk, &again, at(1000), held(at(0) + 7 * HOUR), Fault::Undelivered).await;
    assert_eq!(desk.claim_deliveries(at(2000)).await, []);
    revised(&desk, at(2000), 2).await;

    let both = desk.claim_delivery(at(2060)).await;

    assert_eq!((both.delivery.id, both.message.clone()), (first.delivery.id, None), "composed anew");
    assert_eq!(rules(&both), ["ministry", "figures"]);
    assert_eq!(desk.claim_deliveries(at(0) + 99 * HOUR).await.len(), 1, "the same one, when its lease is over");
}

#[tokio::test]
async fn an_urgent_alert_passes_a_mail_that_may_have_arrived_and_waits_for_the_morning_as_it_was_sent() {
    let (desk, first) = tried(Fault::Unknown).await;
    let again = desk.claim_delivery(at(1000)).await;
    revised(&desk, at(1001), 2).await;
    record(&desk, &again, at(1002), held(at(0) + 7 * HOUR), Fault::default()).await;

    assert_eq!(rules(&desk.send(at(1100)).await), ["figures"]);

    let morning = desk.claim_delivery(at(0) + 7 * HOUR).await;
    assert_eq!(morning.delivery.id, first.delivery.id);
    assert_eq!(morning.message, Some(attempt(&first, at(61), AttemptOutcome::Sent).message));
}

#[tokio::test]
async fn a_failed_mail_is_composed_anew_unless_it_may_have_arrived() {
    for (fault, is_anew) in [(Fault::Undelivered, true), (Fault::Address, true), (Fault::Unknown, false)] {
        let desk = Desk::with_article("a").await;
        desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
        let first = desk.claim_delivery(at(60)).await;
        record(&desk, &first, at(61), AttemptOutcome::Failed { error: REFUSED.to_owned() }, fault).await;

        assert_eq!(desk.store.retry(None, at(90)).await.unwrap(), 1);

        let again = desk.claim_delivery(at(90)).await;
        assert_eq!(again.delivery.message_id, first.delivery.message_id, "{fault:?}");
        assert_eq!(again.message.is_none(), is_anew, "{fault:?}");
    }
}

#[tokio::test]
async fn a_failed_mail_that_is_tried_again_after_a_later_one_tells_the_story_as_it_stands() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let first = desk.claim_delivery(at(60)).await;
    record(&desk, &first, at(61), AttemptOutcome::Failed { error: REFUSED.to_owned() }, Fault::Undelivered).await;
    revised(&desk, at(70), 2).await;
    let second = desk.send(at(130)).await;

    assert_eq!(desk.store.retry(None, at(200)).await.unwrap(), 1);

    let again = desk.claim_delivery(at(200)).await;
    let article = &again.delivery.articles[0];
    assert_eq!((rules(&again), article.event, article.after.number), (vec!["ministry"], Event::New, 2));
    let thread = again.delivery.thread.as_ref().expect("the thread of the later one");
    assert_eq!(thread.references, [second.delivery.message_id]);
}

#[tokio::test]
async fn of_two_recipients_with_one_address_the_second_is_told_what_stands_there_too() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![], vec![]).await;
    let later = PlannedDelivery { recipient: "night".to_owned(), earliest_at: at(500), ..planned(at(60)) };
    desk.store.make_all_due(at(60)).await.unwrap();
    desk.revise(at(60), 2, vec![alert("figures", Event::Revised)], vec![planned(at(60)), later]).await;
    desk.store.make_all_due(at(70)).await.unwrap();
    desk.revise(at(70), 3, vec![], vec![]).await;
    let first = desk.claim_delivery(at(120)).await;
    keep(&desk, &first).await;
    record(&desk, &first, at(121), AttemptOutcome::Sent, Fault::default()).await;

    let second = desk.claim_delivery(at(500)).await;

    for claimed in [first, second] {
        let article = &claimed.delivery.articles[0];
        let from = article.before.as_ref().map(|before| before.number);
        assert_eq!((from, article.after.number), (Some(1), 3), "{}", claimed.delivery.recipient);
    }
}

#[tokio::test]
async fn a_digest_marks_only_what_was_told_from_its_beginning() {
    for (rule, is_marked) in [("figures", false), ("ministry", true)] {
        let desk = Desk::with_article("a").await;
        let told = if rule == "ministry" { vec![alert("ministry", Event::New)] } else { vec![] };
        let plans = if told.is_empty() { vec![] } else { vec![planned(at(0))] };
        desk.revise(at(0), 1, told, plans).await;
        revised(&desk, at(10), 2).await;
        let mail = desk.claim_delivery(at(70)).await;
        keep(&desk, &mail).await;
        record(&desk, &mail, at(71), AttemptOutcome::Sent, Fault::default()).await;
        let digest = PlannedDelivery { kind: DeliveryKind::Digest, recipient: "night".to_owned(), ..planned(at(100)) };
        desk.store.make_all_due(at(100)).await.unwrap();
        let claimed = desk.claim_article(at(100)).await;
        let record = check_record(&claimed, at(100), CheckOutcome::Unchanged { fetched: None });
        let record = CheckRecord { alerts: vec![alert("late", Event::New)], deliveries: vec![digest], ..record };
        desk.store.record_check(record).await.unwrap();

        let digest = desk.claim_delivery(at(160)).await;
        let article = &digest.delivery.articles[0];
        assert_eq!((article.mailed_at.is_some(), article.after.number), (is_marked, 2), "{rule}");
    }
}

#[tokio::test]
async fn quiet_hours_hold_every_notice_by_itself() {
    let desk = Desk::with_article("a").await;
    for subject in ["one", "two"] {
        let note = Note { subject: subject.to_owned(), ..Note::default() };
        let to = vec![("desk".to_owned(), "desk@example.org".to_owned())];
        let warning = Warning { note, channel: "smtp".to_owned(), to };
        let told = Telling { told: vec![], warning, host: "example.org".to_owned(), now: at(0) };
        desk.store.tell(told).await.unwrap();
    }
    for claimed in desk.claim_deliveries(at(1)).await {
        record(&desk, &claimed, at(2), held(at(500)), Fault::default()).await;
    }

    assert_eq!(desk.claim_deliveries(at(500)).await.len(), 2);
}

#[tokio::test]
async fn an_edit_that_was_undone_before_its_digest_leaves_the_outbox() {
    let desk = Desk::with_article("a").await;
    let alerts = vec![alert("ministry", Event::New)];
    desk.revise(at(0), 1, alerts, vec![PlannedDelivery { kind: DeliveryKind::Digest, ..planned(at(0)) }]).await;
    let digest = desk.claim_delivery(at(60)).await;
    let undone =
        ClaimedDelivery { delivery: Delivery { articles: vec![], ..digest.delivery.clone() }, ..digest.clone() };
    keep(&desk, &undone).await;
    record(&desk, &digest, at(61), AttemptOutcome::Sent, Fault::default()).await;

    assert_eq!(desk.store.outbox(None, 10).await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_was_muted_joins_the_next_digest_of_its_address() {
    let digest_at = at(0) + 9 * HOUR;
    let digest = PlannedDelivery {
        kind: DeliveryKind::Digest,
        earliest_at: digest_at,
        settle_until: digest_at,
        update_interval: Duration::ZERO,
        ..planned(at(0))
    };
    for waits in [false, true] {
        let desk = Desk::with_article("a").await;
        desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
        mute(&desk, "ministry", at(10), at(0) + HOUR).await;
        if waits {
            desk.store.make_all_due(at(90)).await.unwrap();
            desk.revise(at(90), 2, vec![alert("figures", Event::Revised)], vec![digest.clone()]).await;
        }
        let heard = desk.claim_delivery(at(0) + HOUR).await;
        assert_eq!(heard.delivery.kind, DeliveryKind::Muted);
        record(&desk, &heard, at(0) + HOUR, AttemptOutcome::Joins { digest_at }, Fault::default()).await;

        assert_eq!(desk.claim_deliveries(at(0) + 8 * HOUR).await, []);
        let told = only(desk.claim_deliveries(digest_at).await);
        assert_eq!(told.delivery.kind, DeliveryKind::Digest);
        assert_eq!(rules(&told).len(), if waits { 2 } else { 1 });
    }
}

#[tokio::test]
async fn what_is_still_muted_does_not_join_the_digest() {
    let (digest_at, longer) = (at(0) + 9 * HOUR, at(0) + 8 * HOUR);
    let desk = Desk::with_article("a").await;
    let alerts = vec![alert("ministry", Event::New), alert("figures", Event::New)];
    desk.revise(at(0), 1, alerts, vec![PlannedDelivery { alerts: vec![0, 1], ..planned(at(0)) }]).await;
    mute(&desk, "ministry", at(10), at(0) + HOUR).await;
    mute(&desk, "figures", at(10), longer).await;
    let heard = desk.claim_delivery(at(0) + HOUR).await;
    assert_eq!(rules(&heard), ["ministry"]);
    record(&desk, &heard, at(0) + HOUR, AttemptOutcome::Joins { digest_at }, Fault::default()).await;

    let second = desk.claim_delivery(longer).await;
    assert_eq!((second.delivery.kind, rules(&second)), (DeliveryKind::Muted, vec!["figures"]));
    record(&desk, &second, longer, AttemptOutcome::Joins { digest_at }, Fault::default()).await;

    assert_eq!(desk.claim_deliveries(digest_at - MINUTE).await, []);
    assert_eq!(rules(&desk.claim_delivery(digest_at).await), ["ministry", "figures"]);
}

#[tokio::test]
async fn a_story_that_waits_while_its_address_is_used_for_another_one_is_told_by_itself() {
    for kind in [DeliveryKind::Article, DeliveryKind::Digest] {
        let desk = Desk::with_article("a").await;
        let plan = |now| PlannedDelivery { kind, ..planned(now) };
        desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![plan(at(0))]).await;
        desk.store.make_all_due(at(10)).await.unwrap();
        let claimed = desk.claim_article(at(10)).await;
        let CheckOutcome::Version(other) = version(2, at(10)) else { panic!("a version") };
        let change = Change { marks: vec![Mark::Reused], ..change() };
        let outcome = CheckOutcome::Version(NewVersion { change: Some(change), ..other });
        let told = CheckRecord { alerts: vec![alert("garden", Event::New)], ..check_record(&claimed, at(10), outcome) };
        desk.store.record_check(CheckRecord { deliveries: vec![plan(at(10))], ..told }).await.unwrap();

        let mut told = Vec::new();
        for now in [at(70), at(71)] {
            for claimed in desk.claim_deliveries(now).await {
                let stories = &claimed.delivery.articles;
                told.extend(stories.iter().map(|story| (story.event, story.after.number, story.rules[0].name.clone())));
                keep(&desk, &claimed).await;
                record(&desk, &claimed, now, AttemptOutcome::Sent, Fault::default()).await;
            }
        }
        let expected = [(Event::New, 1, "ministry".to_owned()), (Event::New, 2, "garden".to_owned())];
        assert_eq!(told, expected, "{kind:?}");
    }
}
