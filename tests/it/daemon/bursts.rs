//! Feeds that are published anew and sites that are rebuilt: held, told once, and released.

use std::time::Duration;

use super::health::{operated, subjects};
use super::page;
use crate::hook::server::Server;
use crate::support::{Answer, Hours, Mail, Sink, Site, rss};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// So many stories from one number on; all of them match the rule.
fn stories(site: &Site, from: usize, count: usize) {
    let entries: Vec<(String, String)> =
        (from..from + count).map(|n| (format!("Troops and protesters {n}"), format!("/{n}"))).collect();
    for (n, (title, path)) in (from..).zip(&entries) {
        let answer = page(title, &format!("{n}"), "ad");
        let body = String::from_utf8_lossy(&answer.body).replace("the capital", &format!("district {n}"));
        site.set(path, Answer::html(body));
    }
    let entries: Vec<(&str, &str)> = entries.iter().map(|(title, path)| (title.as_str(), path.as_str())).collect();
    site.set("/rss.xml", Answer::rss(rss(site, "Wire", &entries)));
}

/// A feed that brings one story an hour for ten hours.
async fn usual(site: &Site, sink: &Sink, configuration: &str) -> Hours {
    stories(site, 0, 10);
    // Each page is looked at once.
    let hours = Hours::new(&configuration.replace("1h for 30d", "29d for 30d")).await;
    for n in 0..10 {
        stories(site, n, 10);
        hours.after(HOUR).await;
    }
    assert_eq!(sink.waiting().len(), 9, "as they come");
    hours
}

fn held(hours: &Hours) -> usize {
    hours.json(&["alerts", "--state", "held"])["alerts"].as_array().map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_published_anew_is_held_told_once_and_comes_as_one_digest() {
    let (site, sink) = (Site::start(), Sink::start());
    let hours = usual(&site, &sink, &operated(&site, &sink)).await;

    stories(&site, 1000, 60);
    hours.rounds(3, HOUR).await;
    let mails = sink.waiting();
    assert_eq!(subjects(&mails), ["[wirewatch] 60 alerts are held: harbour-post brought too much at once"]);
    assert_eq!(mails[0].to, "admin@example.org");
    let text = words(&mails[0]);
    assert!(text.contains("60 new entries came at once, where never more than about 1 did"), "{text}");
    assert!(text.contains("wirewatch unmute 1"), "{text}");
    assert!(text.contains("wirewatch alerts retry --held"), "{text}");
    assert_eq!(held(&hours), 60);
    let row = &hours.json(&["alerts", "--state", "held"])["alerts"][0];
    assert_eq!((row["mute"]["kind"].as_str(), row["mute"]["name"].as_str()), (Some("burst"), Some("harbour-post")));
    assert!(hours.installation.stdout(&["alerts", "--state", "held"]).contains("held as a burst of harbour-post"));
    assert!(hours.installation.stdout(&["mutes"]).contains("60 new entries came at once"));
    assert!(hours.installation.stdout(&["status"]).contains("alerts on it that would go out at once are held"));

    hours.rounds(4, HOUR).await;
    let mails = sink.waiting();
    assert_eq!(mails.len(), 1, "{:?}", subjects(&mails));
    assert_eq!(mails[0].to, "desk@example.org");
    assert!(subjects(&mails)[0].contains("60 stories that came at once"), "{:?}", subjects(&mails));
    assert!(words(&mails[0]).contains("Held because too much came at once from harbour-post"), "{}", words(&mails[0]));
    assert_eq!(held(&hours), 0);
    stories(&site, 1001, 60);
    hours.after(HOUR).await;
    assert_eq!(sink.waiting().len(), 1, "what comes after comes at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_operator_the_recipients_are_told_and_what_is_held_can_be_released() {
    let (site, sink) = (Site::start(), Sink::start());
    let alone = operated(&site, &sink).replace("operator = \"admin@example.org\"", "");
    let hours = usual(&site, &sink, &alone).await;
    stories(&site, 1000, 60);
    hours.after(HOUR).await;
    let mails = sink.waiting();
    assert_eq!(subjects(&mails), ["[wirewatch] 60 alerts are held: harbour-post brought too much at once"]);
    assert_eq!(mails[0].to, "desk@example.org");

    assert_eq!(hours.retry_held().await, 1);
    hours.after(Duration::from_secs(60)).await;
    let mails = sink.waiting();
    assert_eq!(mails.len(), 1, "{:?}", subjects(&mails));
    assert!(subjects(&mails)[0].contains("60 stories"), "{:?}", subjects(&mails));
    assert_eq!(held(&hours), 0);
    hours.rounds(8, HOUR).await;
    assert_eq!(subjects(&sink.waiting()), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_no_mail_is_told_the_other_way() {
    let (site, sink, webhook) = (Site::start(), Sink::start(), Server::answering("200 OK", ""));
    let phones =
        format!("[[recipient]]\nname = \"phones\"\nwebhook = \"{}\"\nsettle = \"0s\"\n", webhook.url("/phones"));
    let both = operated(&site, &sink)
        .replace("operator = \"admin@example.org\"", "")
        .replace("[[recipient]]", &format!("{phones}[[recipient]]"));
    let hours = usual(&site, &sink, &both).await;
    while webhook.waiting().is_some() {}
    stories(&site, 1000, 60);
    hours.after(HOUR).await;
    assert_eq!(subjects(&sink.waiting()), ["[wirewatch] 120 alerts are held: harbour-post brought too much at once"]);
    let posted = webhook.next().json();
    assert_eq!((posted["kind"].as_str(), posted["recipient"].as_str()), (Some("notice"), Some("phones")), "{posted}");
    assert!(webhook.waiting().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_quiet_hours_a_burst_is_told_where_it_holds_what_is_urgent_and_never_when_it_is_over() {
    for urgent in [false, true] {
        let (site, sink) = (Site::start(), Sink::start());
        // Ten hours after noon it is quiet, until after the burst is over.
        let quiet = operated(&site, &sink)
            .replace("operator = \"admin@example.org\"", "")
            .replace("settle = \"0s\"", "settle = \"0s\"\nquiet = \"22:30-06:30\"")
            .replace("[[recipient]]", &format!("urgent = {urgent}\n[[recipient]]"));
        let hours = usual(&site, &sink, &format!("timezone = 'UTC'\n{quiet}")).await;
        stories(&site, 1000, 60);
        hours.after(HOUR).await;
        let told = ["[wirewatch] 60 alerts are held: harbour-post brought too much at once"];
        assert_eq!(subjects(&sink.waiting()), told[..usize::from(urgent)]);
        hours.rounds(9, HOUR).await;
        let mails = subjects(&sink.waiting());
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert!(mails[0].contains("60 stories that came at once"), "{mails:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_days_without_a_poll_are_no_burst() {
    let (site, sink) = (Site::start(), Sink::start());
    let hours = usual(&site, &sink, &operated(&site, &sink)).await;
    stories(&site, 1000, 60);
    hours.after(72 * HOUR).await;
    assert_eq!(held(&hours), 0);
    assert_eq!(sink.waiting().len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_rebuilt_is_held_and_told_once() {
    let (site, sink) = (Site::start(), Sink::start());
    stories(&site, 0, 30);
    let hours = Hours::new(&operated(&site, &sink)).await;
    hours.rounds(6, 16 * HOUR).await;
    assert_eq!(subjects(&sink.waiting()), [""; 0]);
    for n in 0..30 {
        let rebuilt = format!("Forces and protesters, report {n}: what we know after the {n}th day of unrest");
        let text =
            format!("The ministry of district {n} named {n} dead after troops met protesters at gate {n}. ").repeat(4);
        let body = format!(
            "<html><body><article><h1>{rebuilt}</h1><p>{text}</p><p>{rebuilt} {text}</p></article></body></html>"
        );
        site.set(&format!("/{n}"), Answer::html(body));
    }
    hours.rounds(3, 4 * HOUR / 3).await;
    let mails = sink.waiting();
    let told: Vec<_> = subjects(&mails).into_iter().filter(|subject| subject.contains("too much at once")).collect();
    assert_eq!(told.len(), 1, "{:?}", subjects(&mails));
    assert!(held(&hours) >= 20, "{} held", held(&hours));
    hours.after(8 * HOUR).await;
    assert_eq!(held(&hours), 0);
    assert_eq!(sink.waiting().len(), 1, "one digest");
}

/// The text of a mail, whatever its line breaks.
fn words(mail: &Mail) -> String {
    mail.text().split_whitespace().collect::<Vec<_>>().join(" ")
}
