//! One article by all its addresses, and two articles that only look like one.

use std::time::Duration;

use serde_json::Value;

use super::{configuration, publish};
use crate::support::{Answer, Hours, Installation, Sink, Site, rss, unrest};

const ADDRESS: &str = "/world/troops-fire-on-protesters-in-the-capital";

/// A page with `head` in its head, whose text tells `toll`.
fn page(head: &str, headline: &str, toll: &str) -> Answer {
    Answer::html(format!(
        "<!doctype html><html lang=\"en\"><head><title>{headline}</title>{head}</head><body><nav><a href=\"/\">Home</a></nav>\
         <main><article><h1>{headline}</h1>\
         {}</article></main></body></html>",
        unrest(toll)
    ))
}

fn canonical(site: &Site, path: &str) -> String {
    format!("<link rel=\"canonical\" href=\"{}\">", site.url(path))
}

/// The newspaper with a second feed, both polled once while there was nothing in them.
fn watching() -> (Site, Sink, Installation) {
    let (site, sink) = (Site::start(), Sink::start());
    publish(&site, &[]);
    publish_top(&site, &[]);
    let top = format!("\n[[feed]]\nname = \"top\"\nurl = \"{}\"\n", site.url("/top.xml"));
    let installation = Installation::new(&(configuration(&site, &sink) + &top));
    installation.once();
    (site, sink, installation)
}

fn publish_top(site: &Site, links: &[&str]) {
    let entries: Vec<(&str, &str)> = links.iter().map(|link| ("Troops fire", *link)).collect();
    site.set("/top.xml", Answer::rss(rss(site, "Top", &entries)));
}

fn articles(installation: &Installation) -> Vec<Value> {
    installation.json(&["articles"])["articles"].as_array().expect("a list").clone()
}

fn history(installation: &Installation, address: &str) -> Value {
    installation.json(&["history", address])
}

fn aliases(history: &Value) -> Vec<(&str, &str)> {
    let aliases = history["aliases"].as_array().expect("a list");
    aliases
        .iter()
        .map(|alias| (alias["kind"].as_str().expect("a kind"), alias["url"].as_str().expect("an address")))
        .collect()
}

#[test]
fn a_slug_that_follows_the_headline_is_no_new_article() {
    let (site, sink, installation) = watching();
    let (old, new) = ("/world/unrest-in-the-capital-1234567", "/world/dozens-killed-in-the-capital-1234567");
    publish(&site, &[("Unrest in the capital", old)]);
    site.set(old, page(&canonical(&site, old), "Unrest in the capital", "a dozen"));
    installation.all();
    sink.next();

    publish(&site, &[("Dozens killed in the capital", new)]);
    site.set(old, Answer::redirect(new));
    site.set(new, page(&canonical(&site, new), "Dozens killed in the capital", "26"));
    installation.all();
    installation.all();

    let found = articles(&installation);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["versions"], 2);
    let revised = sink.next();
    assert_eq!(revised.header("Subject").as_deref(), Some("Re: [unrest] Unrest in the capital"));
    assert!(sink.waiting().is_empty(), "the new address is not news");
    let told = history(&installation, &site.url(new));
    assert_eq!(told["article"]["url"], site.url(old).as_str(), "found by its new address");
    assert_eq!(aliases(&told), [("redirect", site.url(new).as_str())]);
}

#[test]
fn a_story_that_moves_under_its_number_while_its_old_address_is_dead_lives_on() {
    let (site, sink, installation) = watching();
    let (old, new) = ("/world/unrest-in-the-capital-1234567", "/world/dozens-killed-in-the-capital-1234567");
    publish(&site, &[("Unrest in the capital", old)]);
    site.set(old, page("", "Unrest in the capital", "a dozen"));
    installation.all();
    sink.next();

    publish(&site, &[("Dozens killed in the capital", new)]);
    site.set(old, Answer::status(404));
    site.set(new, page("", "Unrest in the capital", "a dozen"));
    installation.all();
    installation.all();
    site.set(new, page("", "Unrest in the capital", "26"));
    installation.all();

    let found = articles(&installation);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["versions"], &found[0]["problem"]), (&Value::from(2), &Value::Null), "{found:?}");
    let revised = sink.next();
    assert_eq!(revised.header("Subject").as_deref(), Some("Re: [unrest] Unrest in the capital"));
    assert!(sink.waiting().is_empty(), "it is not gone");
    let dead = site.asked(old).len();
    installation.all();
    assert_eq!(site.asked(old).len(), dead, "the dead address is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_that_rests_wakes_when_it_comes_back_at_another_address() {
    let (site, sink) = (Site::start(), Sink::start());
    let (old, new) = ("/world/unrest-in-the-capital-1234567", "/world/dozens-killed-in-the-capital-1234567");
    publish(&site, &[]);
    let configuration =
        configuration(&site, &sink).replace("every 1s", "every 1m").replace("[\"1s for 1d\"]", "[\"10m for 1h\"]");
    let hours = Hours::new(&configuration).await;
    let minutes = |count: u64| Duration::from_secs(60 * count);
    hours.after(minutes(0)).await;
    publish(&site, &[("Unrest in the capital", old)]);
    site.set(old, page("", "Unrest in the capital", "a dozen"));
    hours.rounds(10, minutes(10)).await;
    let told = || history(&hours.installation, &site.url(old));
    assert_eq!(told()["article"]["next_check"], Value::Null, "it rests");

    publish(&site, &[("Dozens killed in the capital", new)]);
    site.set(old, Answer::redirect(new));
    site.set(new, page("", "Unrest in the capital", "26"));
    hours.rounds(2, minutes(10)).await;

    assert_eq!(articles(&hours.installation).len(), 1);
    assert_eq!(told()["versions"].as_array().map(Vec::len), Some(2), "{}", told());
}

#[test]
fn an_amp_page_and_its_article_in_two_feeds_are_one_article() {
    let (site, sink, installation) = watching();
    let amp = format!("{ADDRESS}/amp");
    let head = canonical(&site, ADDRESS);
    site.set(ADDRESS, page(&format!("{head}<link rel=\"amphtml\" href=\"{}\">", site.url(&amp)), "Troops fire", "12"));
    site.set(&amp, page(&head, "Troops fire", "12"));

    // The AMP page alone at first, then both.
    publish_top(&site, &[&amp]);
    installation.all();
    sink.next();
    publish(&site, &[("Troops fire", ADDRESS)]);
    installation.all();
    installation.all();

    let found = articles(&installation);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["feeds"], serde_json::json!(["harbour-post", "top"]));
    assert!(sink.waiting().is_empty(), "told once");
    for address in [ADDRESS, &amp] {
        assert_eq!(history(&installation, &site.url(address))["article"]["id"], found[0]["id"]);
    }
}

#[test]
fn an_amp_page_and_its_article_that_appear_at_once_are_one_article() {
    let (site, sink, installation) = watching();
    let amp = format!("{ADDRESS}/amp");
    let head = canonical(&site, ADDRESS);
    site.set(ADDRESS, page(&format!("{head}<link rel=\"amphtml\" href=\"{}\">", site.url(&amp)), "Troops fire", "12"));
    site.set(&amp, page(&head, "Troops fire", "12"));
    publish_top(&site, &[&amp]);
    publish(&site, &[("Troops fire", ADDRESS)]);
    installation.all();
    installation.all();

    let found = articles(&installation);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["versions"], &found[0]["url"]), (&Value::from(1), &Value::from(site.url(ADDRESS))));
    assert_eq!(found[0]["feeds"], serde_json::json!(["harbour-post", "top"]));
    sink.next();
    assert!(sink.waiting().is_empty(), "told once");
}

#[test]
fn ten_articles_with_one_canonical_link_stay_ten() {
    let (site, sink, installation) = watching();
    let links: Vec<String> = (0..10).map(|n| format!("/world/troops-fire-on-protesters-story-{n}")).collect();
    for (n, link) in links.iter().enumerate() {
        site.set(link, page(&canonical(&site, ADDRESS), &format!("Troops fire, part {n}"), &format!("{n} hundred")));
    }
    let entries: Vec<(&str, &str)> = links.iter().map(|link| ("Troops", link.as_str())).collect();
    publish(&site, &entries);
    installation.all();
    installation.all();

    let found = articles(&installation);
    assert_eq!(found.len(), 10, "{found:?}");
    for _ in 0..10 {
        sink.next();
    }
    assert!(found.iter().all(|article| article["same_as"].is_null() && article["versions"] == 1));
    // The page that they all name is an article of its own, once it is announced.
    site.set(ADDRESS, page("", "Troops fire on protesters in the capital", "12"));
    publish(&site, &[&entries[..], &[("Troops fire", ADDRESS)]].concat());
    installation.all();
    assert_eq!(articles(&installation).len(), 11);
    assert!(aliases(&history(&installation, &site.url(&links[0]))).is_empty());
}

#[test]
fn two_links_that_lead_to_one_page_are_two_articles() {
    let (site, _sink, installation) = watching();
    let live = "/live/troops-and-protesters-in-the-capital-as-it-happened";
    let (one, other) = ("/world/troops-fire-in-capital", "/world/protesters-killed-in-capital");
    site.set(one, Answer::redirect(live));
    site.set(other, Answer::redirect(live));
    site.set(live, page(&canonical(&site, live), "Troops and protesters in the capital", "12"));
    publish(&site, &[("Troops fire", one), ("Protesters killed", other)]);
    installation.all();
    installation.all();

    let found = articles(&installation);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|article| article["same_as"].is_null()));
    for address in [one, other] {
        assert!(aliases(&history(&installation, &site.url(address))).is_empty());
    }
    publish(&site, &[("Troops fire", one), ("Protesters killed", other), ("Live", live)]);
    installation.all();
    assert_eq!(articles(&installation).len(), 3, "the page itself is a third");
}

#[test]
fn two_links_that_lead_to_one_page_stay_two_articles_however_its_bytes_change() {
    let (site, _sink, installation) = watching();
    let live = "/live/troops-and-protesters-in-the-capital-as-it-happened";
    let (one, other) = ("/world/troops-fire-in-capital", "/world/protesters-killed-in-capital");
    site.set(one, Answer::redirect(live));
    site.set(other, Answer::redirect(live));
    publish(&site, &[("Troops fire", one), ("Protesters killed", other)]);
    for round in 0..4 {
        let mut answer = page(&canonical(&site, live), "Troops and protesters in the capital", "12");
        answer.body.extend_from_slice(format!("<!-- {round} -->").as_bytes());
        site.set(live, answer);
        installation.all();
    }

    let found = articles(&installation);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|article| article["same_as"].is_null() && article["versions"] == 1), "{found:?}");
}

#[test]
fn a_feed_that_moves_all_its_links_to_https_brings_no_new_articles() {
    let (site, sink, installation) = watching();
    let secure = |path: &str| site.url(path).replacen("http:", "https:", 1);
    let paths = ["/world/troops-one", "/world/troops-two", "/world/troops-three"];
    for (path, toll) in paths.into_iter().zip(["12", "13", "14"]) {
        let head = format!("<link rel=\"canonical\" href=\"{}\">", secure(path));
        site.set(path, page(&head, path, toll));
    }
    publish(&site, &paths.map(|path| ("Troops", path)));
    installation.all();
    paths.iter().for_each(|_| drop(sink.next()));

    let items: String = paths
        .iter()
        .map(|path| format!("<item><guid>{0}</guid><title>Troops</title><link>{0}</link></item>", secure(path)))
        .collect();
    site.set(
        "/rss.xml",
        Answer::rss(format!("<rss version=\"2.0\"><channel><title>Moved</title>{items}</channel></rss>")),
    );
    installation.all();
    installation.all();

    assert_eq!(articles(&installation).len(), 3);
    assert!(sink.waiting().is_empty());
    let told = history(&installation, &secure(paths[0]));
    assert_eq!(aliases(&told), [("canonical", secure(paths[0]).as_str())]);
}

#[test]
fn a_token_that_differs_at_every_poll_breeds_no_articles() {
    let (site, sink, installation) = watching();
    for (poll, token) in ["1f", "2b", "9c"].into_iter().enumerate() {
        let link = format!("{ADDRESS}?session={token}");
        site.set(&link, page("", "Troops fire", "12"));
        let item = format!(
            "<item><guid isPermaLink=\"false\">7</guid><title>Troops</title><link>{}</link></item>",
            site.url(&link)
        );
        site.set(
            "/rss.xml",
            Answer::rss(format!("<rss version=\"2.0\"><channel><title>{poll}</title>{item}</channel></rss>")),
        );
        installation.all();
    }
    let found = articles(&installation);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["versions"], 1);
    assert!(!site.asked(&format!("{ADDRESS}?session=9c")).is_empty(), "fetched where the feed says now");
    sink.next();
    assert!(sink.waiting().is_empty());
}

#[test]
fn a_link_that_leads_to_a_login_or_to_another_article_is_no_version() {
    let (site, sink, installation) = watching();
    let other = "/world/troops-withdraw-from-the-capital-7654321";
    let wanted = "/world/troops-fire-on-protesters-1234567";
    site.set(ADDRESS, Answer::redirect(&format!("/login?next={ADDRESS}")));
    site.set(&format!("/login?next={ADDRESS}"), page("", "Read on with an account", "12"));
    site.set(wanted, Answer::redirect(other));
    site.set(other, page("", "Troops withdraw from the capital, protesters say", "12"));
    publish(&site, &[("Cup tie", ADDRESS), ("Weather", wanted)]);
    installation.all();

    let sources: Vec<Value> = [ADDRESS, wanted]
        .iter()
        .filter_map(|path| history(&installation, &site.url(path))["versions"].get(0).map(|v| v["source"].clone()))
        .collect();
    assert_eq!(sources, ["feed", "feed"], "no page was taken for theirs");
    assert!(sink.waiting().is_empty());
}

/// A briefing: the same address and headline each day, and another text.
fn briefing(day: u32, paragraphs: &[&str]) -> Answer {
    let text: String = paragraphs.iter().map(|text| format!("<p>{text}</p>")).collect();
    Answer::html(format!(
        "<!doctype html><html lang=\"en\"><head><title>Morning briefing</title>\
         <meta property=\"article:published_time\" content=\"2026-11-{day}T06:00:00Z\"></head>\
         <body><main><article><h1>Morning briefing</h1>{text}</article></main></body></html>"
    ))
}

const MONDAY: [&str; 4] = [
    "At least a dozen people were killed when troops opened fire on protesters in the capital, hospital staff said.",
    "Doctors treated patients with gunshot wounds in corridors because every emergency ward was full by midnight.",
    "Bread has doubled in price since parliament was dissolved in March, and dockworkers called a general strike.",
    "Elsewhere, a bridge collapsed over the river Salm after weeks of rain; nobody was hurt, its operator announced.",
];
const TUESDAY: [&str; 4] = [
    "Negotiators reached agreement overnight: soldiers withdraw from squares, protest leaders leave prison by Friday.",
    "Central bankers meanwhile raised interest rates again, citing wages, energy costs plus stubborn rents everywhere.",
    "Astronomers published images showing two galaxies merging; troops of amateurs helped classify faint objects.",
    "Finally some football: Harbour United won three nil against Lindholm thanks to goals scored within six minutes.",
];

#[test]
fn an_address_that_is_used_again_for_another_story_is_news_and_no_revision() {
    let (site, sink, installation) = watching();
    publish(&site, &[("Morning briefing", "/briefing")]);
    site.set("/briefing", briefing(23, &MONDAY));
    installation.all();
    let first = sink.next();

    site.set("/briefing", briefing(24, &TUESDAY));
    installation.all();
    installation.all();

    let news = sink.next();
    assert_eq!(news.header("Subject").as_deref(), Some("[unrest] Morning briefing"), "no reply to yesterday's");
    assert_eq!(news.header("In-Reply-To"), None);
    let text = news.text();
    assert!(text.contains("New from") && text.contains("Another story stood at this address before"), "{text}");
    assert!(!text.contains("Revised") && !text.contains("gunshot"), "{text}");
    assert_ne!(first.header("Message-ID"), news.header("Message-ID"));
    assert!(sink.waiting().is_empty());

    let told = history(&installation, &site.url("/briefing"));
    let change = &told["versions"][1]["change"];
    assert_eq!(change["marks"], serde_json::json!(["reused"]), "{change}");
    assert!(change["kinds"].as_array().is_some_and(|kinds| kinds.contains(&"rewrite".into())), "{change}");
    assert_eq!(change["silent"], false);
    let plain = installation.stdout(&["history", &site.url("/briefing")]);
    assert!(plain.contains("another story at the same address"), "{plain}");
    assert_eq!(told["versions"].as_array().map(Vec::len), Some(2), "{told}");

    // From here on the new story is revised.
    let mut edited = TUESDAY;
    edited[3] = "Finally some football: Harbour United won four nil against Lindholm thanks to goals scored within six minutes.";
    site.set("/briefing", briefing(24, &edited));
    installation.all();
    let revised = sink.next();
    assert_eq!(revised.header("Subject").as_deref(), Some("Re: [unrest] Morning briefing"));
    assert_eq!(revised.header("In-Reply-To"), news.header("Message-ID"));
    assert!(!revised.text().contains("gunshot"), "{}", revised.text());
}

#[test]
fn a_story_that_is_rewritten_within_hours_is_revised() {
    let (site, sink, installation) = watching();
    publish(&site, &[("Morning briefing", "/briefing")]);
    site.set("/briefing", briefing(23, &MONDAY));
    installation.all();
    sink.next();
    // A look at other bytes with the same text settles what stays on the page.
    let mut reloaded = briefing(23, &MONDAY);
    reloaded.body.extend_from_slice(b"<!-- reloaded -->");
    site.set("/briefing", reloaded);
    installation.all();
    site.set("/briefing", briefing(23, &TUESDAY));
    installation.all();
    installation.all();
    let revised = sink.next();
    assert_eq!(revised.header("Subject").as_deref(), Some("Re: [unrest] Morning briefing"));
    let told = history(&installation, &site.url("/briefing"));
    assert_eq!(told["versions"][1]["change"]["marks"], serde_json::json!([]));
}
