//! What comes in the place of an article: told with its reason, tried again, never a version and never a mail.

use serde_json::{Value, json};

use super::{STORY, STORY_PATH, break_news, page, publish, story, watching};
use crate::support::{Answer, Installation, Site};

fn told() -> Answer {
    page("Dozens killed in the capital", "a dozen", "ad")
}

fn challenge() -> Answer {
    let page = Answer::html("<html><head><title>Just a moment...</title></head><body></body></html>");
    Answer { status: 403, ..page }.header("CF-Mitigated", "challenge")
}

/// The story's beginning, above a prompt to log in.
fn login_stub() -> Answer {
    let html = String::from_utf8(told().body).expect("UTF-8");
    let (start, _) = html.split_once("<p>Doctors said").expect("a second paragraph");
    Answer::html(format!("{start}<div><h3>Log in to read on</h3></div></article></main></body></html>"))
}

/// A notice under a headline of its own, that no list of phrases knows.
fn notice() -> Answer {
    Answer::html(
        "<html lang=\"en\"><head><title>The Harbour Post</title></head><body><main><article><h1>The Harbour Post</h1>\
         <p>Our printers and our writers are on strike today, and so is the machine that keeps these pages. What you see \
         here is all there is until Thursday, when the council of the paper meets with the union of dockworkers, and \
         with the owners, about the wages of the night shift.</p></article></main></body></html>",
    )
}

fn unreadable(installation: &Installation) -> Value {
    let status = installation.json(&["status"]);
    let feeds = installation.json(&["feeds"]);
    assert_eq!(feeds["feeds"][0]["unreadable"], status["unreadable"], "one feed announced all of it");
    status["unreadable"].clone()
}

fn problem(installation: &Installation, site: &Site) -> (String, String) {
    let history = installation.json(&["history", &site.url(STORY_PATH)]);
    let word = |key: &str| history["article"][key].as_str().unwrap_or_default().to_owned();
    (word("quality"), word("problem"))
}

#[test]
fn a_challenge_and_a_login_between_two_looks_are_told_and_are_no_versions() {
    let (site, sink, installation) = watching();
    break_news(&site);
    installation.all();
    sink.next();

    site.set(STORY, challenge());
    let log = String::from_utf8(installation.run(&["run", "--once", "--all"]).stderr).expect("UTF-8");
    let reason = "status 403: a challenge of Cloudflare stands before the page (header `cf-mitigated: challenge`)";
    assert_eq!(log.lines().filter(|line| line.contains("not fit to be read")).count(), 1, "one line: {log}");
    assert!(log.contains(reason), "{log}");
    assert_eq!(problem(&installation, &site), ("challenge".to_owned(), reason.to_owned()));
    assert_eq!(
        unreadable(&installation),
        json!({ "articles": 1, "by_quality": [{ "quality": "challenge", "articles": 1 }], "reason": reason })
    );
    assert!(installation.stdout(&["history", &site.url(STORY_PATH)]).contains("a challenge of Cloudflare"));
    assert!(installation.stdout(&["feeds"]).contains("1 article not readable at the last look (1 challenge)"));
    assert!(installation.stdout(&["status"]).contains("1 at the last look: 1 challenge"));

    site.set(STORY, login_stub());
    for _ in 0..3 {
        installation.all();
    }
    let (quality, reason) = problem(&installation, &site);
    assert_eq!(quality, "paywall", "{reason}");
    assert!(reason.contains("Log in to read on"), "{reason}");
    assert_eq!(unreadable(&installation)["by_quality"][0]["quality"], "paywall");

    site.set(STORY, told());
    installation.all();
    assert_eq!(problem(&installation, &site), ("good".to_owned(), String::new()));
    assert_eq!(unreadable(&installation), json!({ "articles": 0, "by_quality": [], "reason": null }));
    assert_eq!(story(&installation)["versions"], 1);
    assert!(sink.waiting().is_empty(), "nothing was told of it");
}

#[test]
fn a_page_that_was_never_read_is_told_from_its_feed_and_its_wall_is_shown() {
    let (site, sink, installation) = watching();
    break_news(&site);
    site.set(STORY, login_stub());
    installation.all();
    let history = installation.json(&["history", &site.url(STORY_PATH)]);
    // What the page has of its text may be all that is free of it: a prompt alone makes no stub of a whole text.
    assert_eq!(history["versions"][0]["source"], "page");
    let cut = String::from_utf8(login_stub().body).expect("UTF-8").replace("according to hospital staff", "according");
    let cut = cut.split(" and to several").next().expect("a part").to_owned() + "...</p><h3>Log in to read on</h3>";
    publish(&site, &[("Troops shoot at protesters", "/closed"), ("Cup tie", "/sport/cup")]);
    site.set("/closed", Answer::html(cut));
    sink.waiting();
    installation.all();
    let history = installation.json(&["history", &site.url("/closed")]);
    assert_eq!(history["versions"][0]["source"], "feed", "{history}");
    assert_eq!(history["article"]["quality"], "paywall", "{history}");
    assert!(installation.stdout(&["history", &site.url("/closed")]).contains("Log in to read on"));
}

#[test]
fn a_notice_on_every_page_of_a_site_is_no_version_of_any_article() {
    let (site, sink, installation) = watching();
    let stories: Vec<(String, String)> =
        (1..=5).map(|n| (format!("Story {n} of the harbour"), format!("/world/story-{n}"))).collect();
    let listed: Vec<(&str, &str)> = stories.iter().map(|(title, link)| (title.as_str(), link.as_str())).collect();
    publish(&site, &listed);
    for (title, link) in &listed {
        site.set(link, page(title, "no", "ad"));
    }
    // The same words under five addresses would be a notice themselves.
    for (n, (title, link)) in listed.iter().enumerate() {
        let html = String::from_utf8(page(title, "no", "ad").body).expect("UTF-8");
        let own = html.replace("troops", &format!("boat {n}")).replace("Doctors", &format!("Doctors of quay {n}"));
        site.set(link, Answer::html(own));
    }
    installation.all();
    while !sink.waiting().is_empty() {}
    // Five pages say the same at once: with the first two nobody can know, but every change is looked at again.
    for (_, link) in &listed {
        site.set(link, notice());
    }
    for _ in 0..4 {
        installation.all();
    }
    let articles = installation.json(&["articles"]);
    let versions = |link: &str| {
        let all = articles["articles"].as_array().expect("a list").iter();
        let found = all.filter(|article| article["url"].as_str().is_some_and(|url| url.ends_with(link)));
        found.map(|article| article["versions"].as_u64().expect("a number")).sum::<u64>()
    };
    let revised: Vec<&str> = listed.iter().map(|(_, link)| *link).filter(|link| versions(link) > 1).collect();
    // Two are looked at side by side, so a third may begin before the second is recorded.
    assert!(revised.len() <= 3, "{revised:?}");
    let unreadable = unreadable(&installation);
    assert_eq!(unreadable["by_quality"][0]["quality"], "repeated", "{unreadable}");
    assert!(unreadable["reason"].as_str().is_some_and(|reason| reason.contains("the site")), "{unreadable}");
}

#[test]
fn bytes_of_no_charset_are_told_and_tried_again() {
    let (site, sink, installation) = watching();
    break_news(&site);
    installation.all();
    sink.next();
    let garbled: Vec<u8> = b"<html><head><meta charset=utf-8></head><body><p>"
        .iter()
        .copied()
        .chain((0..4_000u32).flat_map(|n| [0xff, 0xfe, b'a' + u8::try_from(n % 26).expect("a letter")]))
        .collect();
    site.set(STORY, Answer::new("text/html; charset=utf-8", garbled));
    installation.all();
    let (_, reason) = problem(&installation, &site);
    assert!(reason.contains("cannot be decoded"), "{reason}");
    let article = installation.json(&["history", &site.url(STORY_PATH)])["article"].clone();
    assert!(article["next_check"].is_string(), "{article}");
    site.set(STORY, told());
    installation.all();
    assert_eq!(problem(&installation, &site).1, "");
    assert_eq!(story(&installation)["versions"], 1);
}
