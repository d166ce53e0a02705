//! Who is told of an alert, and when.

use std::time::Duration;

use chrono_tz::Tz;
use wirewatch::alert::{Deliver, Outbox, PlannedDelivery, Recipient, once_a_day, plan};
use wirewatch::model::{Alert, Baseline, DeliveryKind, DeliveryState, Event, Timestamp};

fn recipient(name: &str) -> Recipient {
    Recipient {
        name: name.to_owned(),
        email: vec![format!("{name}@example.org")],
        hooks: Vec::new(),
        deliver: Deliver::Now,
        settle: Duration::from_secs(90),
        update_interval: Duration::from_secs(900),
        quiet: None,
    }
}

fn outbox(recipients: Vec<Recipient>) -> Outbox {
    Outbox {
        recipients,
        channel: "smtp".to_owned(),
        max_per_hour: 60,
        host: "example.org".to_owned(),
        zone: Tz::Europe__Berlin,
    }
}

fn alert(rule: &str, to: &[&str], event: Event) -> Alert {
    let to = to.iter().map(|name| (*name).to_owned()).collect();
    Alert {
        rule: rule.to_owned(),
        query: rule.to_owned(),
        event,
        feeds: Vec::new(),
        to,
        urgent: false,
        newly: false,
        matches: Vec::new(),
    }
}

fn at(moment: &str) -> Timestamp {
    moment.parse().expect("a time")
}

fn planned(recipients: Vec<Recipient>, alerts: &[Alert], now: &str) -> Vec<PlannedDelivery> {
    plan(&outbox(recipients), alerts, Baseline::News, at(now))
}

#[test]
fn rules_that_fire_together_share_one_delivery_for_each_address() {
    let mut desk = recipient("desk");
    desk.email.push("night@example.org".to_owned());
    let alerts = [alert("a", &["desk"], Event::New), alert("b", &["desk", "press"], Event::New)];
    let planned = planned(vec![desk, recipient("press")], &alerts, "2026-11-22T12:00:00Z");
    let seen: Vec<(&str, &[usize])> = planned.iter().map(|p| (p.address.as_str(), p.alerts.as_slice())).collect();
    assert_eq!(
        seen,
        [("desk@example.org", [0, 1].as_slice()), ("night@example.org", &[0, 1]), ("press@example.org", &[1])]
    );
    assert!(planned.iter().all(|p| p.settle_until == at("2026-11-22T12:01:30Z")), "{planned:?}");
}

#[test]
fn a_digest_waits_for_its_hour_in_the_configured_zone() {
    let desk = Recipient { deliver: Deliver::Digest("0 8 * * *".parse().expect("a schedule")), ..recipient("desk") };
    let planned = planned(vec![desk], &[alert("a", &["desk"], Event::Revised)], "2026-11-22T12:00:00Z");
    assert_eq!(planned[0].kind, DeliveryKind::Digest);
    assert_eq!(planned[0].earliest_at, at("2026-11-23T07:00:00Z"), "eight in Berlin");
}

#[test]
fn a_digest_at_half_past_two_comes_once_in_the_nights_in_which_the_clocks_change() {
    // In spring the clocks skip 02:30, in autumn they show it twice.
    for (from, until, due) in [
        (
            "2026-03-28T00:00:00Z",
            "2026-03-30T06:00:00Z",
            ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"],
        ),
        (
            "2026-10-24T00:00:00Z",
            "2026-10-26T06:00:00Z",
            ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"],
        ),
    ] {
        let digest = Deliver::Digest("30 2 * * *".parse().expect("a schedule"));
        let outbox = outbox(vec![Recipient { deliver: digest, ..recipient("desk") }]);
        let alerts = [alert("a", &["desk"], Event::New)];
        let mut seen: Vec<Timestamp> = Vec::new();
        let mut now = at(from);
        // An alert every five minutes joins a digest that is still to come.
        while now < at(until) {
            let planned = plan(&outbox, &alerts, Baseline::News, now);
            assert!(planned[0].earliest_at > now);
            assert_eq!(planned[0].settle_until, planned[0].earliest_at);
            if seen.last() != Some(&planned[0].earliest_at) {
                seen.push(planned[0].earliest_at);
            }
            now = now + Duration::from_secs(300);
        }
        assert_eq!(seen, due.map(at));
    }
}

#[test]
fn quiet_hours_hold_and_urgent_rules_pass() {
    let desk = Recipient { quiet: Some("23:00-06:00".parse().expect("quiet hours")), ..recipient("desk") };
    let night = "2026-11-22T23:30:00Z";
    let held = planned(vec![desk.clone()], &[alert("a", &["desk"], Event::New)], night);
    assert_eq!((held[0].state, held[0].earliest_at), (DeliveryState::Held, at("2026-11-23T05:00:00Z")));

    let urgent = Alert { urgent: true, ..alert("b", &["desk"], Event::New) };
    let passed = planned(vec![desk], &[alert("a", &["desk"], Event::New), urgent], night);
    assert_eq!((passed[0].state, passed[0].earliest_at), (DeliveryState::Pending, at(night)));
}

#[test]
fn what_matched_at_the_first_poll_of_a_feed_goes_into_one_mail() {
    let outbox = outbox(vec![recipient("desk")]);
    let now = at("2026-11-22T12:00:00Z");
    let first = plan(&outbox, &[alert("a", &["desk"], Event::New)], Baseline::Recent, now);
    assert_eq!(first[0].kind, DeliveryKind::Initial);
    let later = plan(&outbox, &[alert("a", &["desk"], Event::Revised)], Baseline::Recent, now);
    assert_eq!(later[0].kind, DeliveryKind::Article);
}

#[test]
fn an_article_under_the_brake_is_mailed_once_a_day_but_for_what_is_no_revision() {
    let alerts = [alert("a", &["desk"], Event::Revised), alert("b", &["press"], Event::Gone)];
    let mut planned = planned(vec![recipient("desk"), recipient("press")], &alerts, "2026-11-22T12:00:00Z");
    once_a_day(&mut planned, &alerts);
    let intervals: Vec<u64> = planned.iter().map(|delivery| delivery.update_interval.as_secs()).collect();
    assert_eq!(intervals, [24 * 60 * 60, 900]);
}
