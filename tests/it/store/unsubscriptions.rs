//! What an address unsubscribed from does not reach it any more; others are told as ever.

use wirewatch::alert::PlannedDelivery;
use wirewatch::model::{
    DeliveryKind, DeliveryState, Event, MailLink, Note, Stopped, Timestamp, UnsubscribedBy, Unsubscription,
};
use wirewatch::store::{AttemptOutcome, AttemptRecord, Fault, Lane, Settling, Store, UnsubscribeRequest, Warning};

use super::{Desk, HOUR, LEASE, MINUTE, alert, at, attempt, only, planned};

fn stop_rule(name: &str) -> Vec<Stopped> {
    vec![Stopped::Rule(name.to_owned())]
}

fn request(stops: Vec<Stopped>, now: Timestamp) -> UnsubscribeRequest {
    let paragraphs = vec!["Somebody did.".to_owned()];
    let note = Note { subject: "unsubscribed".to_owned(), paragraphs, ..Note::default() };
    let to = vec![("operator".to_owned(), "admin@example.org".to_owned())];
    UnsubscribeRequest {
        address: "desk@example.org".to_owned(),
        stops,
        how: UnsubscribedBy::OneClick,
        now,
        warning: Warning { note, channel: "smtp".to_owned(), to },
        host: "example.org".to_owned(),
    }
}

async fn unsubscribe(desk: &Desk, stops: Vec<Stopped>, now: Timestamp) -> Vec<Unsubscription> {
    desk.store.unsubscribe(request(stops, now)).await.unwrap()
}

/// News that both rules match, for `desk@example.org`, and for the same address as another recipient's and another one.
async fn news(desk: &Desk, number: u32, now: Timestamp) {
    let both = |recipient: &str, address: &str| PlannedDelivery {
        recipient: recipient.to_owned(),
        address: address.to_owned(),
        alerts: vec![0, 1],
        ..planned(now)
    };
    let to = vec![both("desk", "desk@example.org"), both("night", "desk@example.org"), both("desk", "two@example.org")];
    let event = if number == 1 { Event::New } else { Event::Revised };
    desk.revise(now, number, vec![alert("ministry", event), alert("figures", event)], to).await;
}

/// Sends all that is due: `recipient address rule, rule`, or the kind where it is no mail on an article.
async fn sent(desk: &Desk, now: Timestamp) -> Vec<String> {
    let mut sent = Vec::new();
    for claimed in desk.claim_deliveries(now).await {
        desk.store.record_attempt(attempt(&claimed, now, AttemptOutcome::Sent)).await.unwrap();
        let delivery = claimed.delivery;
        let rules = delivery.articles.iter().flat_map(|article| &article.rules).map(|rule| rule.name.clone());
        let rules = rules.collect::<Vec<_>>().join(", ");
        sent.push(match delivery.kind {
            DeliveryKind::Notice => format!("notice {}", delivery.address),
            _ => format!("{} {} {rules}", delivery.recipient, delivery.address),
        });
    }
    sent.sort();
    sent
}

async fn link(store: &Store, token: &str) -> Option<MailLink> {
    store.mail_link(token).await.unwrap()
}

#[tokio::test]
async fn an_address_gets_no_more_of_a_rule_and_others_do() {
    let desk = Desk::with_article("a").await;
    let begun = unsubscribe(&desk, stop_rule("ministry"), at(0)).await;
    assert_eq!(only(begun).stopped, Stopped::Rule("ministry".to_owned()));
    news(&desk, 1, at(10)).await;
    assert_eq!(
        sent(&desk, at(70)).await,
        [
            "desk desk@example.org figures",
            "desk two@example.org ministry, figures",
            "night desk@example.org figures",
            "notice admin@example.org"
        ]
    );
}

#[tokio::test]
async fn an_address_gets_no_more_of_one_recipient_or_nothing_at_all() {
    let desk = Desk::with_article("a").await;
    unsubscribe(&desk, vec![Stopped::Recipient("night".to_owned())], at(0)).await;
    news(&desk, 1, at(10)).await;
    let told = ["desk desk@example.org ministry, figures", "desk two@example.org ministry, figures"];
    assert_eq!(sent(&desk, at(70)).await, [told[0], told[1], "notice admin@example.org"]);

    let everything = request(vec![Stopped::Everything], at(100));
    let shouted = UnsubscribeRequest { address: "DESK@Example.org".to_owned(), ..everything };
    assert_eq!(desk.store.unsubscribe(shouted).await.unwrap().len(), 1, "capitals make no other address");
    news(&desk, 2, at(3000)).await;
    assert_eq!(sent(&desk, at(3070)).await, [told[1], "notice admin@example.org"]);
}

#[tokio::test]
async fn what_waits_loses_the_alerts_and_goes_out_without_them() {
    let desk = Desk::with_article("a").await;
    news(&desk, 1, at(10)).await;
    unsubscribe(&desk, stop_rule("ministry"), at(20)).await;
    unsubscribe(&desk, vec![Stopped::Recipient("night".to_owned())], at(21)).await;
    let rows = desk.store.outbox(None, 10).await.unwrap();
    let mut waiting: Vec<String> =
        rows.iter().map(|row| format!("{} {} {}", row.recipient, row.address, row.rule)).collect();
    waiting.sort();
    assert_eq!(
        waiting,
        ["desk desk@example.org figures", "desk two@example.org figures", "desk two@example.org ministry"]
    );
    let mails = sent(&desk, at(70)).await;
    assert_eq!(mails[..2], ["desk desk@example.org figures", "desk two@example.org ministry, figures"]);
    assert_eq!(desk.store.rule_hits().await.unwrap().len(), 2, "the alerts themselves stay");
}

#[tokio::test]
async fn what_may_be_on_its_way_stays_and_what_certainly_never_arrived_goes() {
    let desk = Desk::with_article("a").await;
    let alone = PlannedDelivery { alerts: vec![0], ..planned(at(10)) };
    desk.revise(at(10), 1, vec![alert("ministry", Event::New)], vec![alone]).await;
    let claimed = desk.claim_delivery(at(70)).await;
    unsubscribe(&desk, stop_rule("ministry"), at(71)).await;
    let again = AttemptOutcome::Retry { at: at(100), error: "451 later".to_owned() };
    let lost = AttemptRecord { fault: Fault::Unknown, ..attempt(&claimed, at(72), again.clone()) };
    desk.store.record_attempt(lost).await.unwrap();

    let mails = desk.claim_deliveries(at(100)).await;
    let repeated = mails.iter().find(|mail| mail.delivery.kind == DeliveryKind::Article).unwrap();
    assert_eq!(repeated.delivery.message_id, claimed.delivery.message_id, "it may have arrived, and is repeated whole");

    let desk = Desk::with_article("a").await;
    let alone = PlannedDelivery { alerts: vec![0], ..planned(at(10)) };
    desk.revise(at(10), 1, vec![alert("ministry", Event::New)], vec![alone]).await;
    let claimed = desk.claim_delivery(at(70)).await;
    let refused = AttemptRecord { fault: Fault::Undelivered, ..attempt(&claimed, at(72), again) };
    desk.store.record_attempt(refused).await.unwrap();
    unsubscribe(&desk, stop_rule("ministry"), at(73)).await;
    assert_eq!(sent(&desk, at(100)).await, ["notice admin@example.org"]);
    assert!(desk.store.outbox(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_held_or_gathered_is_not_sent_when_its_time_comes() {
    let desk = Desk::with_article("a").await;
    let digest = PlannedDelivery { kind: DeliveryKind::Digest, earliest_at: at(0) + HOUR, ..planned(at(10)) };
    let quiet = PlannedDelivery {
        recipient: "night".to_owned(),
        state: DeliveryState::Held,
        earliest_at: at(0) + HOUR,
        ..planned(at(10))
    };
    desk.revise(at(10), 1, vec![alert("ministry", Event::New)], vec![digest, quiet]).await;
    unsubscribe(&desk, stop_rule("ministry"), at(20)).await;
    assert!(desk.store.outbox(None, 10).await.unwrap().is_empty());
    assert_eq!(sent(&desk, at(0) + 2 * HOUR).await, ["notice admin@example.org"]);
}

#[tokio::test]
async fn a_failed_mail_that_somebody_asks_for_again_is_not_sent_either() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(10), 1, vec![alert("ministry", Event::New)], vec![planned(at(10))]).await;
    let claimed = desk.claim_delivery(at(70)).await;
    let failed = AttemptOutcome::Failed { error: "550 no".to_owned() };
    let failed = AttemptRecord { fault: Fault::Undelivered, ..attempt(&claimed, at(71), failed) };
    desk.store.record_attempt(failed).await.unwrap();
    unsubscribe(&desk, stop_rule("ministry"), at(80)).await;
    assert_eq!(desk.store.outbox(None, 10).await.unwrap().len(), 1, "what failed stays to be seen");
    desk.store.retry(None, at(90)).await.unwrap();
    assert_eq!(sent(&desk, at(90)).await, ["notice admin@example.org"]);
}

#[tokio::test]
async fn a_mail_that_was_refused_for_a_while_goes_again_without_the_rule_that_is_wanted_no_more() {
    let desk = Desk::with_article("a").await;
    let alerts = vec![alert("ministry", Event::New), alert("figures", Event::New)];
    desk.revise(at(10), 1, alerts, vec![PlannedDelivery { alerts: vec![0, 1], ..planned(at(10)) }]).await;
    let claimed = desk.claim_delivery(at(70)).await;
    let later = AttemptOutcome::Retry { at: at(100), error: "451 later".to_owned() };
    let refused = AttemptRecord { fault: Fault::Undelivered, ..attempt(&claimed, at(72), later) };
    desk.store.record_attempt(refused).await.unwrap();
    unsubscribe(&desk, stop_rule("ministry"), at(73)).await;

    let mails = desk.claim_deliveries(at(100)).await;
    let again = mails.iter().find(|mail| mail.delivery.kind == DeliveryKind::Article).unwrap();
    assert_eq!((again.delivery.id, &again.message), (claimed.delivery.id, &None));
    let rules: Vec<&str> = again.delivery.articles[0].rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(rules, ["figures"]);
}

#[tokio::test]
async fn asked_twice_it_is_done_and_told_once() {
    let desk = Desk::with_article("a").await;
    let first = only(unsubscribe(&desk, stop_rule("ministry"), at(0)).await);
    assert_eq!(unsubscribe(&desk, stop_rule("ministry"), at(1)).await, []);
    assert_eq!(sent(&desk, at(2)).await, ["notice admin@example.org"]);

    let ended = desk.store.resubscribe(vec![first.id], at(3)).await.unwrap();
    assert_eq!(only(ended).ended_at, Some(at(3)));
    assert_eq!(desk.store.resubscribe(vec![first.id], at(4)).await.unwrap(), []);
    assert_eq!(only(unsubscribe(&desk, stop_rule("ministry"), at(5)).await).id, first.id, "it goes on");
    assert_eq!(sent(&desk, at(6)).await, [] as [&str; 0]);

    unsubscribe(&desk, vec![Stopped::Everything], at(7)).await;
    assert_eq!(unsubscribe(&desk, stop_rule("figures"), at(8)).await, [], "everything is all of it");
    assert_eq!(desk.store.unsubscriptions(false).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_taken_back_is_sent_again_from_then_on() {
    let desk = Desk::with_article("a").await;
    let begun = only(unsubscribe(&desk, vec![Stopped::Everything], at(0)).await);
    news(&desk, 1, at(10)).await;
    sent(&desk, at(70)).await;
    desk.store.resubscribe(vec![begun.id], at(80)).await.unwrap();
    assert_eq!(sent(&desk, at(0) + HOUR).await, [] as [&str; 0], "what came meanwhile is not told later");
    news(&desk, 2, at(0) + HOUR).await;
    assert_eq!(sent(&desk, at(0) + HOUR + MINUTE).await.len(), 3);
    assert_eq!(desk.store.unsubscriptions(false).await.unwrap(), []);
    assert_eq!(only(desk.store.unsubscriptions(true).await.unwrap()).ended_at, Some(at(80)));
}

#[tokio::test]
async fn whoever_asked_for_nothing_at_all_gets_no_notice_either_unless_it_is_the_operator() {
    let desk = Desk::with_article("a").await;
    unsubscribe(&desk, vec![Stopped::Everything], at(0)).await;
    sent(&desk, at(1)).await;
    let to = ["desk", "operator"].map(|name| (name.to_owned(), "desk@example.org".to_owned()));
    let others = request(stop_rule("ministry"), at(10));
    let warning = Warning { to: to.to_vec(), ..others.warning };
    let others = UnsubscribeRequest { address: "two@example.org".to_owned(), warning, ..others };
    desk.store.unsubscribe(others).await.unwrap();
    let told = only(desk.claim_deliveries(at(10)).await).delivery;
    assert_eq!((told.recipient.as_str(), told.unsubscribe_token), ("operator", None));
}

#[tokio::test]
async fn the_link_of_a_mail_knows_its_address_and_rules_for_ever() {
    let desk = Desk::with_article("a").await;
    news(&desk, 1, at(10)).await;
    let mails = desk.claim_deliveries(at(70)).await;
    let token = |recipient: &str, address: &str| {
        let mut mails = mails.iter().map(|mail| &mail.delivery);
        let mail = mails.find(|mail| mail.recipient == recipient && mail.address == address).unwrap();
        mail.unsubscribe_token.clone().unwrap()
    };
    let known = link(&desk.store, &token("night", "desk@example.org")).await.unwrap();
    assert_eq!((known.address.as_str(), known.recipient.as_str()), ("desk@example.org", "night"));
    assert_eq!(known.stops(), ["ministry", "figures"].map(|rule| Stopped::Rule(rule.to_owned())));
    assert_eq!(known.stopped, []);
    assert_ne!(token("night", "desk@example.org"), token("desk", "desk@example.org"));

    let token = token("desk", "two@example.org");
    let store = desk.store.clone();
    store.close().await;
    let store = Store::open(&desk.folder.path().join("wirewatch.db")).await.unwrap();
    assert_eq!(link(&store, &token).await.unwrap().address, "two@example.org", "the key is kept");
    let elsewhere = Desk::with_article("a").await;
    news(&elsewhere, 1, at(10)).await;
    elsewhere.claim_deliveries(at(70)).await;
    assert_eq!(link(&elsewhere.store, &token).await, None, "another database has another key");
    for forged in ["", "A", &token[1..], &format!("{token}A"), &token.replace('A', "B").replace('C', "D"), "../../etc"]
    {
        assert!(forged == token || link(&store, forged).await.is_none(), "{forged}");
    }
    assert!(!token.contains("two"), "{token}");
}

#[tokio::test]
async fn the_link_of_a_digest_stands_for_all_that_its_recipient_gets() {
    let desk = Desk::with_article("a").await;
    let digest = PlannedDelivery { kind: DeliveryKind::Digest, ..planned(at(10)) };
    desk.revise(at(10), 1, vec![alert("ministry", Event::New)], vec![digest]).await;
    let token = desk.send(at(70)).await.delivery.unsubscribe_token.unwrap();
    let known = link(&desk.store, &token).await.unwrap();
    assert_eq!(known.stops(), [Stopped::Recipient("desk".to_owned())]);
    unsubscribe(&desk, known.stops(), at(80)).await;
    unsubscribe(&desk, stop_rule("ministry"), at(81)).await;
    let stopped = link(&desk.store, &token).await.unwrap().stopped;
    assert_eq!(
        only(stopped).stopped,
        Stopped::Recipient("desk".to_owned()),
        "what another link stopped is not its own"
    );
}

#[tokio::test]
async fn what_is_no_mail_has_no_link() {
    let desk = Desk::with_article("a").await;
    let hook = PlannedDelivery { channel: "webhook".to_owned(), ..planned(at(10)) };
    desk.revise(at(10), 1, vec![alert("ministry", Event::New)], vec![hook]).await;
    let claimed = desk.store.claim_deliveries(at(70), 10, LEASE, Settling::Wait, Lane::Hooks).await.unwrap();
    assert_eq!(only(claimed).delivery.unsubscribe_token, None);
}
