//! What the operator hears of feeds, the network and the machine, over hours and days.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{configuration, page, publish};
use crate::support::{Answer, Hours, Mail, Sink, Site, rss};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Polled every hour, with somebody to tell.
pub fn operated(site: &Site, sink: &Sink) -> String {
    configuration(site, sink)
        .replace("every 1s", "0 * * * *")
        .replace("[\"1s for 1d\"]", "[\"1h for 30d\"]")
        .replace("[\"127.0.0.1\"]", "[\"127.0.0.0/8\"]")
        .replace("[mail]", "[mail]\noperator = \"admin@example.org\"")
}

pub fn subjects(mails: &[Mail]) -> Vec<String> {
    mails.iter().filter_map(|mail| mail.header("Subject")).collect()
}

fn kinds(hours: &Hours) -> Vec<String> {
    let status = hours.json(&["status"]);
    let notices = status["notices"].as_array().expect("a list").iter();
    notices.filter_map(|notice| notice["kind"].as_str().map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_fails_for_a_day_is_told_once_and_once_when_it_is_read_again() {
    let (site, sink) = (Site::start(), Sink::start());
    publish(&site, &[("Cup tie", "/sport/cup")]);
    site.set("/sport/cup", page("Late header settles the cup tie", "0", "ad"));
    let hours = Hours::new(&operated(&site, &sink)).await;
    hours.after(HOUR).await;
    site.set("/rss.xml", Answer::status(503));
    hours.rounds(24, HOUR).await;
    assert_eq!(subjects(&sink.waiting()), [""; 0], "not a day yet");
    hours.after(HOUR).await;
    let mail = sink.next();
    assert_eq!(mail.to, "admin@example.org");
    assert_eq!(mail.header("Subject").as_deref(), Some("[wirewatch] feed harbour-post has failed for a day"));
    assert!(mail.text().contains("503"), "{}", mail.text());
    assert_eq!(kinds(&hours), ["feed_failing"]);
    assert_eq!(hours.json(&["feeds"])["feeds"][0]["notices"][0]["kind"], "feed_failing");

    publish(&site, &[("Bread", "/city/bread"), ("Cup tie", "/sport/cup")]);
    let bread =
        "The price of bread has doubled since the parliament was dissolved in March, say the bakers. ".repeat(5);
    site.set(
        "/city/bread",
        Answer::html(format!("<html><body><article><h1>Bread</h1><p>{bread}</p></article></body></html>")),
    );
    hours.rounds(12, HOUR).await;
    let mails = sink.waiting();
    assert_eq!(subjects(&mails), ["[wirewatch] feed harbour-post is read again"]);
    assert!(mails[0].text().contains("1 new entry found since"), "{}", mails[0].text());
    assert_eq!(kinds(&hours), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_heard_that_a_feed_fails_hears_that_it_is_read_again_also_when_it_was_paused_between() {
    let (site, sink) = (Site::start(), Sink::start());
    publish(&site, &[("Cup tie", "/sport/cup")]);
    site.set("/sport/cup", page("Late header settles the cup tie", "0", "ad"));
    let configuration = operated(&site, &sink);
    let hours = Hours::new(&configuration).await;
    hours.after(HOUR).await;
    site.set("/rss.xml", Answer::status(503));
    hours.rounds(26, HOUR).await;
    assert_eq!(subjects(&sink.waiting()), ["[wirewatch] feed harbour-post has failed for a day"]);

    hours.reload(&configuration.replace("name = \"harbour-post\"", "name = \"harbour-post\"\nenabled = false")).await;
    hours.rounds(2, HOUR).await;
    assert_eq!(kinds(&hours), [""; 0]);
    hours.reload(&configuration).await;
    hours.rounds(12, HOUR).await;
    assert_eq!(kinds(&hours), ["feed_failing"]);
    publish(&site, &[("Cup tie", "/sport/cup"), ("Cup tie again", "/sport/cup")]);
    hours.rounds(12, HOUR).await;

    assert_eq!(subjects(&sink.waiting()), ["[wirewatch] feed harbour-post is read again"]);
    hours.rounds(30, HOUR).await;
    assert_eq!(subjects(&sink.waiting()), [""; 0], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_no_host_can_be_reached_no_feed_is_blamed() {
    let sink = Sink::start();
    let sites: Vec<Site> = (1..=4).map(|n| Site::start_at(&format!("127.0.0.{n}"))).collect();
    for (n, site) in sites.iter().enumerate() {
        let path = format!("/story/{n}");
        site.set("/rss.xml", Answer::rss(rss(site, "Harbour Post", &[("A story", &path)])));
        site.set(&path, page(&format!("A story of the {n}th harbour"), "0", "ad"));
    }
    let feeds: String = sites[1..]
        .iter()
        .enumerate()
        .map(|(n, site)| format!("[[feed]]\nname = \"post-{n}\"\nurl = \"{}\"\n\n", site.url("/rss.xml")))
        .collect();
    let hours = Hours::new(&operated(&sites[0], &sink).replace("[[rule]]", &format!("{feeds}[[rule]]"))).await;
    hours.rounds(3, HOUR).await;

    sites.iter().for_each(Site::down);
    hours.rounds(30, HOUR / 5).await;
    assert_eq!(kinds(&hours), ["offline"]);
    assert!(hours.installation.stdout(&["status"]).contains("this machine seems to be offline"));
    assert_eq!(subjects(&sink.waiting()), [""; 0], "nobody could be mailed");

    sites.iter().for_each(Site::up);
    hours.rounds(3, Duration::from_secs(11 * 60)).await;

    let mails = sink.waiting();
    assert_eq!(subjects(&mails), ["[wirewatch] the network was away"]);
    assert!(mails[0].text().contains("no feed is blamed"), "{}", mails[0].text());
    assert_eq!(kinds(&hours), [""; 0]);
    let listed = hours.json(&["feeds"]);
    for feed in listed["feeds"].as_array().expect("a list") {
        assert_eq!((feed["state"].as_str(), feed["failures"].as_u64()), (Some("healthy"), Some(0)), "{feed}");
        assert!(feed["last_error"].is_null(), "{feed}");
    }
    hours.after(HOUR).await;
    let articles = hours.json(&["articles"]);
    for article in articles["articles"].as_array().expect("a list") {
        let (gone, problem, versions) = (&article["gone"], &article["problem"], &article["versions"]);
        assert_eq!((gone, problem, versions), (&false.into(), &serde_json::Value::Null, &1.into()), "{article}");
    }
    assert!(sink.waiting().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_four_hosts_that_fail_are_two_feeds_that_fail() {
    let sink = Sink::start();
    let sites: Vec<Site> = (1..=4).map(|n| Site::start_at(&format!("127.0.0.{n}"))).collect();
    sites.iter().for_each(|site| site.set("/rss.xml", Answer::rss(rss(site, "Harbour Post", &[]))));
    let feeds: String = sites[1..]
        .iter()
        .enumerate()
        .map(|(n, site)| format!("[[feed]]\nname = \"post-{n}\"\nurl = \"{}\"\n\n", site.url("/rss.xml")))
        .collect();
    let hours = Hours::new(&operated(&sites[0], &sink).replace("[[rule]]", &format!("{feeds}[[rule]]"))).await;
    hours.rounds(2, HOUR).await;
    sites[2..].iter().for_each(Site::down);
    hours.rounds(26, HOUR).await;
    let mails = sink.waiting();
    assert_eq!(mails.len(), 1, "what comes together goes into one mail: {:?}", subjects(&mails));
    assert!(mails[0].text().contains("feed post-1 has failed"), "{}", mails[0].text());
    assert!(mails[0].text().contains("feed post-2 has failed"), "{}", mails[0].text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_turns_over_between_two_polls_is_polled_too_rarely() {
    let (site, sink) = (Site::start(), Sink::start());
    let hours_news = |hour: usize| {
        let entries: Vec<(String, String)> =
            (0..5).map(|n| (format!("Story {n} of hour {hour}"), format!("/{hour}/{n}"))).collect();
        let entries: Vec<(&str, &str)> = entries.iter().map(|(title, path)| (title.as_str(), path.as_str())).collect();
        Answer::rss(rss(&site, "Wire", &entries))
    };
    let hours = Hours::new(&operated(&site, &sink)).await;
    for hour in 0..4 {
        site.set("/rss.xml", hours_news(hour));
        hours.after(HOUR).await;
    }
    let mails = sink.waiting();
    assert_eq!(subjects(&mails), ["[wirewatch] feed harbour-post is polled too rarely"]);
    let text = mails[0].text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("`schedule = \"every 20m\"` would be safe"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_nearly_full_is_told_and_so_is_its_room() {
    let (site, sink) = (Site::start(), Sink::start());
    publish(&site, &[]);
    let free = Arc::new(AtomicU64::new(60_000_000_000));
    let hours = Hours::on_disk(&operated(&site, &sink), Arc::clone(&free)).await;
    hours.after(HOUR).await;
    for (room, told) in [
        (400_000_000, vec!["[wirewatch] the disk is nearly full"]),
        (700_000_000, vec![]),
        (300_000_000_000, vec!["[wirewatch] the disk has room again"]),
        // Told today already.
        (400_000_000, vec![]),
    ] {
        free.store(room, Ordering::SeqCst);
        hours.after(HOUR).await;
        assert_eq!(subjects(&sink.waiting()), told, "{room} bytes");
    }
    hours.rounds(24, HOUR).await;
    assert_eq!(subjects(&sink.waiting()), ["[wirewatch] the disk is nearly full"], "still so a day later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_away_for_hours_shows_in_the_status_and_is_told_when_it_is_back() {
    let (site, mut sink) = (Site::start(), Sink::start());
    publish(&site, &[("Cup tie", "/sport/cup")]);
    site.set("/sport/cup", page("Late header settles the cup tie", "0", "ad"));
    let hours = Hours::new(&operated(&site, &sink)).await;
    hours.after(HOUR).await;
    sink.down();
    publish(&site, &[("Dozens killed", "/world/unrest"), ("Cup tie", "/sport/cup")]);
    site.set("/world/unrest", page("Dozens killed in the capital", "a dozen", "ad"));
    hours.rounds(5, HOUR).await;
    assert_eq!(kinds(&hours), ["queue_stuck"]);
    assert!(hours.installation.stdout(&["status"]).contains("nothing gets through"));
    sink.up();
    hours.rounds(6, HOUR).await;
    let mut told = subjects(&sink.waiting());
    told.sort();
    assert_eq!(
        told,
        [
            "[unrest] Dozens killed in the capital",
            "[wirewatch] the queue `mail` is stuck",
            "[wirewatch] the queue `mail` moves again",
        ]
    );
}
