//! Feeds that are asked when news of them is likely.

use std::time::Duration;

use super::{configuration, page};
use crate::support::{Answer, Hours, Sink, Site, rss};

const MINUTE: Duration = Duration::from_secs(60);

fn publish(site: &Site, count: usize) {
    let entries: Vec<(String, String)> =
        (0..count).rev().map(|n| (format!("Story {n}"), format!("/story/{n}"))).collect();
    for (n, (title, path)) in (0..count).rev().zip(&entries) {
        site.set(path, page(title, &format!("{n}"), "ad"));
    }
    let entries: Vec<(&str, &str)> = entries.iter().map(|(title, path)| (title.as_str(), path.as_str())).collect();
    site.set("/rss.xml", Answer::rss(rss(site, "Wire", &entries)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_asked_more_often_while_it_has_news() {
    let (site, sink) = (Site::start(), Sink::start());
    let adaptive = configuration(&site, &sink).replace("every 1s", "adaptive").replace("1s for 1d", "29d for 30d");
    publish(&site, 2);
    let hours = Hours::new(&adaptive).await;
    let asked = || site.asked("/rss.xml").len();
    hours.rounds(300, MINUTE).await;
    let before = asked();
    hours.rounds(120, MINUTE).await;
    let calm = asked() - before;
    assert!((4..=8).contains(&calm), "{calm} polls in two hours without news");
    for story in 3..23 {
        publish(&site, story);
        hours.rounds(3, MINUTE).await;
    }
    let before = asked();
    for story in 23..43 {
        publish(&site, story);
        hours.rounds(3, MINUTE).await;
    }
    let busy = asked() - before;
    assert!((15..=30).contains(&busy), "{busy} polls in an hour full of news");
    assert_eq!(hours.json(&["feeds"])["feeds"][0]["entries"], 42);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_day_in_which_nothing_ran_every_feed_is_asked_once() {
    let (site, sink) = (Site::start(), Sink::start());
    for schedule in ["*/10 * * * *", "every 10m", "adaptive"] {
        let feeds: String = (0..5)
            .map(|n| format!("[[feed]]\nname = \"post-{n}\"\nurl = \"{}\"\n\n", site.url(&format!("/{n}.xml"))))
            .collect();
        (0..5).for_each(|n| site.set(&format!("/{n}.xml"), Answer::rss(rss(&site, "Post", &[]))));
        publish(&site, 1);
        let text = configuration(&site, &sink).replace("every 1s", schedule);
        let hours = Hours::new(&text.replace("[[rule]]", &format!("{feeds}[[rule]]"))).await;
        hours.rounds(3, 40 * MINUTE).await;
        let before: Vec<usize> = (0..5).map(|n| site.asked(&format!("/{n}.xml")).len()).collect();
        hours.after(24 * 60 * MINUTE).await;
        let after: Vec<usize> = (0..5).map(|n| site.asked(&format!("/{n}.xml")).len()).collect();
        let times: Vec<usize> = before.iter().zip(&after).map(|(before, after)| after - before).collect();
        assert_eq!(times, [1; 5], "{schedule}");
    }
}
