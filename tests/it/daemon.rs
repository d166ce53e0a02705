//! The whole program: the real binary against a scripted site and a mail server.

mod adaptive;
mod backup;
mod bursts;
mod health;
mod http;
mod identity;
mod mutes;
mod outage;
mod push;
mod quality;
mod reconfigured;
mod reextract;
mod retention;
mod told;
mod unsubscribe;
mod templates;

use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::support::{Answer, Installation, Mail, Sink, Site, rss, unrest};

const STORY: &str = "/world/unrest?utm_source=rss";
const STORY_PATH: &str = "/world/unrest";

/// A site with one feed and one story, ready to be revised.
fn publish(site: &Site, entries: &[(&str, &str)]) {
    let feed = rss(site, "The Harbour Post", entries);
    let etag = format!("\"{}\"", feed.len());
    site.set("/rss.xml", Answer::rss(feed).header("ETag", &etag));
}

/// A news page. `advertisement` is what differs from load to load.
fn page(headline: &str, toll: &str, advertisement: &str) -> Answer {
    Answer::html(format!(
        "<!doctype html><html lang=\"en\"><head><title>{headline} | The Harbour Post</title>\
         <meta property=\"og:title\" content=\"{headline}\"></head><body><nav><a href=\"/\">Home</a></nav>\
         <aside class=\"ad\">{advertisement}</aside><main><article><h1>{headline}</h1>\
         {}</article></main><footer>{advertisement}</footer></body></html>",
        unrest(toll)
    ))
}

fn configuration(site: &Site, sink: &Sink) -> String {
    format!(
        r#"
[store]
path = "wirewatch.db"

[poll]
schedule = "every 1s"
per_host_interval = "0s"
allow_private_addresses = ["127.0.0.1"]

[pages]
recheck = ["1s for 1d"]
confirm = "0s"

[[feed]]
name = "harbour-post"
url = "{}"

[[rule]]
name = "unrest"
match = 'troops AND protest*'

[[recipient]]
name = "desk"
email = "desk@example.org"
settle = "0s"
update_interval = "0s"

[mail]
from = "Wirewatch <wirewatch@example.org>"
smtp = "{}"
"#,
        site.url("/rss.xml"),
        sink.url(),
    )
}

/// A site whose feed was polled once before the story appeared, so that the story is news.
fn watching() -> (Site, Sink, Installation) {
    watching_on(Site::start())
}

fn watching_on(site: Site) -> (Site, Sink, Installation) {
    let sink = Sink::start();
    publish(&site, &[("Cup tie", "/sport/cup")]);
    site.set("/sport/cup", page("Late header settles the cup tie", "0", "ad"));
    let installation = Installation::new(&configuration(&site, &sink));
    installation.once();
    assert!(sink.waiting().is_empty(), "what stands in a feed at its first poll is no news");
    (site, sink, installation)
}

fn break_news(site: &Site) {
    publish(site, &[("Dozens killed in the capital", STORY), ("Cup tie", "/sport/cup")]);
    site.set(STORY, page("Dozens killed in the capital", "a dozen", "Fly to the sun"));
}

fn story(installation: &Installation) -> serde_json::Value {
    let articles = installation.json(&["articles", "troops"]);
    let found = articles["articles"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|article| article["url"].as_str().is_some_and(|url| url.ends_with(STORY_PATH)));
    found.cloned().unwrap_or_else(|| panic!("no story in {articles}"))
}

#[test]
fn a_story_is_followed_from_its_feed_to_the_mailbox() {
    let (site, sink, installation) = watching();

    // Nothing new: the server says so by 304, and nothing happens.
    installation.all();
    let polls = site.asked("/rss.xml");
    assert_eq!(polls.last().map(|asked| asked.status), Some(304), "the validators went back to the server");
    assert!(sink.waiting().is_empty());

    // A new entry: fetched, stored without its tracking parameter, mailed.
    break_news(&site);
    installation.all();
    let mail = sink.next();
    assert_eq!(mail.to, "desk@example.org");
    assert_eq!(mail.header("Subject").as_deref(), Some("[unrest] Dozens killed in the capital"));
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert!(mail.text().contains("troops"), "{}", mail.text());
    assert_eq!(story(&installation)["versions"], 1);

    // Noise on the page: no version, no mail.
    site.set(STORY, page("Dozens killed in the capital", "a dozen", "Sale ends soon"));
    installation.all();
    assert_eq!(story(&installation)["versions"], 1);
    assert!(sink.waiting().is_empty());

    // The toll moves: a version whose change says which figure, mailed in the thread of the first mail.
    site.set(STORY, page("Dozens killed in the capital", "26", "Learn a language"));
    installation.all();
    let revised = sink.next();
    assert_eq!(revised.header("Subject").as_deref(), Some("Re: [unrest] Dozens killed in the capital"));
    assert_eq!(revised.header("In-Reply-To"), mail.header("Message-ID"));
    assert!(revised.text().contains("26"), "{}", revised.text());
    let id = story(&installation)["id"].to_string();
    let history = installation.json(&["history", &id]);
    let change = &history["versions"][1]["change"];
    assert_eq!(change["severity"], "major");
    assert!(change["kinds"].as_array().expect("kinds").iter().any(|kind| kind == "figures"), "{change}");
    assert_eq!(change["figures"][0]["after"], "26");

    // Everything that was asked for, once.
    assert!(sink.waiting().is_empty());
    let alerts = installation.json(&["alerts"]);
    let states: Vec<_> = alerts["alerts"].as_array().expect("a list").iter().map(|alert| &alert["state"]).collect();
    assert_eq!(states, ["sent", "sent"]);
}

#[test]
fn alerts_wait_while_the_mail_server_is_down() {
    let (site, mut sink, installation) = watching();
    sink.down();
    break_news(&site);
    installation.run(&["run", "--once", "--all"]);
    let alerts = installation.json(&["alerts", "--state", "pending"]);
    assert_eq!(alerts["alerts"][0]["attempts"], 1, "{alerts}");
    assert!(alerts["alerts"][0]["error"].as_str().is_some_and(|error| !error.is_empty()), "{alerts}");
    assert!(alerts["alerts"][0]["next_attempt"].is_string(), "{alerts}");

    sink.up();
    installation.stdout(&["alerts", "retry", &alerts["alerts"][0]["id"].to_string()]);
    installation.once();
    let mail = sink.next();
    assert_eq!(mail.header("Message-ID").as_deref(), alerts["alerts"][0]["message_id"].as_str());
    assert!(sink.waiting().is_empty());
}

#[test]
fn a_kill_between_storing_and_sending_loses_no_alert() {
    let (site, mut sink, installation) = watching();
    sink.down();
    break_news(&site);
    let daemon = installation.start();
    installation.wait_for(&["alerts"], |answer| answer["alerts"].as_array().is_some_and(|alerts| !alerts.is_empty()));
    daemon.kill();

    sink.up();
    installation.stdout(&["alerts", "retry"]);
    let daemon = installation.start();
    let mail = sink.next();
    assert_eq!(mail.header("Subject").as_deref(), Some("[unrest] Dozens killed in the capital"));
    installation.wait_for(&["alerts"], |answer| answer["alerts"][0]["state"] == "sent");
    let (code, log) = daemon.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(sink.waiting().is_empty(), "sent once");
}

#[test]
fn a_kill_between_the_servers_yes_and_our_record_repeats_the_mail_with_its_message_id() {
    let (site, sink, installation) = watching();
    break_news(&site);
    let mut daemon = installation.start();
    let victim = daemon.id().to_string();
    let killed = Arc::new(Mutex::new(false));
    sink.on_mail(Some(Arc::new(move |_: &Mail| {
        let mut killed = killed.lock().expect("no panic");
        if !*killed {
            Command::new("kill").args(["-9", &victim]).status().expect("kill runs");
            *killed = true;
        }
    })));
    let first = sink.next();
    daemon.wait();

    let daemon = installation.start();
    let second = sink.next();
    assert_eq!(first.header("Message-ID"), second.header("Message-ID"));
    installation.wait_for(&["alerts"], |answer| answer["alerts"][0]["state"] == "sent");
    daemon.stop();
    assert!(sink.waiting().is_empty(), "at most one repeat");
}

#[test]
fn a_second_daemon_is_refused_and_readers_work_beside_the_first() {
    let (_site, _sink, installation) = watching();
    let daemon = installation.start();
    installation.wait_for(&["status"], |status| status["running"] == true);
    let second = installation.run(&["run"]);
    assert_eq!(second.status.code(), Some(1));
    let message = String::from_utf8_lossy(&second.stderr);
    assert!(message.contains(&daemon.id().to_string()), "the message names the running one: {message}");
    assert_eq!(installation.json(&["feeds"])["feeds"][0]["state"], "healthy");
    assert_eq!(daemon.stop().0, Some(0));
    assert_eq!(installation.json(&["status"])["running"], false);
}

#[test]
fn a_reload_takes_all_or_nothing() {
    let (site, sink, installation) = watching();
    let daemon = installation.start();
    installation.wait_for(&["status"], |status| status["running"] == true);

    // Broken: the running configuration stays.
    let good = configuration(&site, &sink);
    installation.configure(&good.replace("name = \"harbour-post\"", "nmae = \"harbour-post\""));
    daemon.signal("HUP");
    break_news(&site);
    assert_eq!(sink.next().header("Subject").as_deref(), Some("[unrest] Dozens killed in the capital"));

    // Mended, and with another feed: taken over.
    site.set("/other.xml", Answer::rss("<rss version=\"2.0\"><channel><title>Other</title></channel></rss>"));
    let more = format!("{good}\n[[feed]]\nname = \"other\"\nurl = \"{}\"\n", site.url("/other.xml"));
    installation.configure(&more);
    daemon.signal("HUP");
    installation.wait_for(&["feeds"], |answer| {
        answer["feeds"]
            .as_array()
            .is_some_and(|feeds| feeds.iter().any(|feed| feed["name"] == "other" && feed["last_poll"].is_string()))
    });
    let (code, log) = daemon.stop();
    assert_eq!(code, Some(0));
    assert!(log.contains("nmae"), "the log says what was wrong: {log}");
}

#[test]
fn feeds_that_fail_say_why_and_the_others_go_on() {
    let (site, sink) = (Site::start(), Sink::start());
    publish(&site, &[]);
    site.set("/page.xml", Answer::html("<html><head><title>Log in</title></head><body>Please log in</body></html>"));
    site.set("/broken.xml", Answer::rss("<rss version=\"2.0\"><channel><item><title>Only half").cut_short());
    site.set("/inward.xml", Answer::redirect("http://127.0.0.2:9/"));
    site.set("/huge.xml", Answer::rss(vec![b'x'; 100_000]));
    let mut configuration = configuration(&site, &sink).replace("[poll]", "[poll]\nmax_body = \"64 KiB\"");
    for name in ["page", "broken", "inward", "missing", "huge"] {
        configuration += &format!("\n[[feed]]\nname = \"{name}\"\nurl = \"{}\"\n", site.url(&format!("/{name}.xml")));
    }
    configuration += "\n[[feed]]\nname = \"dead\"\nurl = \"http://127.0.0.1:9/\"\n";
    let installation = Installation::new(&configuration);
    installation.once();
    let feeds = installation.json(&["feeds"]);
    let feed = |name: &str| {
        let all = feeds["feeds"].as_array().expect("a list");
        all.iter().find(|feed| feed["name"] == name).cloned().unwrap_or_else(|| panic!("no feed {name}"))
    };
    assert_eq!(feed("harbour-post")["state"], "healthy");
    for (name, words) in [
        ("page", "login page"),
        ("broken", "broke off"),
        ("inward", "private network"),
        ("missing", "404"),
        ("huge", "larger than"),
        ("dead", "connect"),
    ] {
        let feed = feed(name);
        assert_eq!(feed["state"], "failing", "{feed}");
        assert_eq!(feed["failures"], 1, "{feed}");
        let error = feed["last_error"].as_str().unwrap_or_default().to_owned();
        assert!(error.contains(words), "{name}: {error}");
    }
}

#[test]
fn a_page_that_cannot_be_read_is_told_from_its_feed() {
    let (site, sink, installation) = watching();
    publish(&site, &[("Troops shoot at protesters", "/closed"), ("Cup tie", "/sport/cup")]);
    site.set("/closed", Answer::status(403));
    installation.all();
    assert_eq!(sink.next().header("Subject").as_deref(), Some("[unrest] Troops shoot at protesters"));
    let history = installation.json(&["history", &site.url("/closed")]);
    assert_eq!(history["versions"][0]["source"], "feed");
}

#[test]
fn robots_txt_is_obeyed_for_pages() {
    let (site, sink, installation) = watching();
    // robots.txt is kept for a day in the daemon's memory; every run asks anew.
    site.set("/robots.txt", Answer::new("text/plain", "User-agent: *\nDisallow: /world/\n"));
    break_news(&site);
    installation.all();
    assert!(site.asked(STORY).is_empty(), "the page was not fetched");
    assert!(sink.waiting().is_empty(), "the feed's headline alone does not match");
    assert_eq!(installation.json(&["history", &site.url(STORY_PATH)])["versions"][0]["source"], "feed");
}

#[test]
fn a_feed_with_full_text_is_its_own_source() {
    let (site, sink) = (Site::start(), Sink::start());
    let feed = |toll: &str| {
        format!(
            "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>Wire</title>\
             <item><guid>1</guid><title>Unrest</title><link>{}</link><content:encoded><![CDATA[<p>Troops fired on \
             protesters; {toll} people died, doctors said.</p><p>The government did not comment.</p>]]></content:encoded>\
             </item></channel></rss>",
            site.url("/story")
        )
    };
    let empty = "<rss version=\"2.0\"><channel><title>Wire</title></channel></rss>";
    site.set("/rss.xml", Answer::rss(empty));
    let configuration =
        configuration(&site, &sink).replace("name = \"harbour-post\"", "name = \"wire\"\nfollow = false");
    let installation = Installation::new(&configuration);
    installation.once();
    site.set("/rss.xml", Answer::rss(feed("12")));
    installation.all();
    assert_eq!(sink.next().header("Subject").as_deref(), Some("[unrest] Unrest"));
    site.set("/rss.xml", Answer::rss(feed("21")));
    installation.all();
    let revised = sink.next();
    assert!(revised.text().contains("21"), "{}", revised.text());
    assert!(site.asked("/story").is_empty(), "no page was fetched");
}

#[test]
fn a_deep_link_that_leads_to_the_front_page_is_no_revision() {
    let (site, sink, installation) = watching();
    break_news(&site);
    installation.all();
    sink.next();
    site.set("/", page("The Harbour Post", "no", "front page"));
    site.set(STORY, Answer::redirect("/"));
    installation.all();
    assert_eq!(story(&installation)["versions"], 1);
    assert!(sink.waiting().is_empty());
}

#[test]
fn a_server_that_answers_304_to_everything_is_asked_for_the_whole_page_once_a_day() {
    let (site, sink, installation) = watching();
    break_news(&site);
    let stale = |answer: Answer| answer.header("ETag", "\"always the same\"");
    site.set(STORY, stale(page("Dozens killed in the capital", "a dozen", "ad")));
    installation.all();
    sink.next();
    site.set(STORY, stale(page("Dozens killed in the capital", "26", "ad")));
    installation.all();
    assert_eq!(story(&installation)["versions"], 1, "the server says that nothing changed");
    // A day later by the clock that the database has.
    let database = a_day_passes(&installation);
    installation.all();
    assert_eq!(story(&installation)["versions"], 2, "{database}");
}

/// Moves the times of the last whole fetches a day back, as if a day had passed; says how many.
fn a_day_passes(installation: &Installation) -> String {
    let connection = rusqlite::Connection::open(installation.path("wirewatch.db")).expect("the database");
    let moved =
        connection.execute("UPDATE articles SET last_full_at = last_full_at - 90000000", []).expect("an update");
    format!("{moved} articles")
}

#[test]
fn an_edit_that_is_reverted_while_its_mail_waits_is_not_mailed() {
    let (site, sink, installation) = watching();
    let patient = configuration(&site, &sink).replace("settle = \"0s\"", "settle = \"8s\"");
    break_news(&site);
    installation.all();
    sink.next();
    installation.configure(&patient);
    let daemon = installation.start();
    let versions = |count: u64| {
        move |answer: &serde_json::Value| {
            answer["articles"].as_array().is_some_and(|all| all.iter().any(|article| article["versions"] == count))
        }
    };
    site.set(STORY, page("Dozens killed in the capital", "26", "ad"));
    installation.wait_for(&["articles"], versions(2));
    site.set(STORY, page("Dozens killed in the capital", "a dozen", "ad"));
    installation.wait_for(&["articles"], versions(3));
    let nothing = |answer: &serde_json::Value| answer["alerts"].as_array().is_some_and(Vec::is_empty);
    installation.wait_for(&["alerts", "--state", "pending"], nothing);
    let (_, log) = daemon.stop();
    assert!(log.contains("reverted"), "{log}");
    assert!(sink.waiting().is_empty());
}

#[test]
fn a_rule_of_one_feed_hears_of_an_article_that_another_feed_announced_first() {
    let (site, sink, installation) = watching();
    site.set("/courts.xml", Answer::rss("<rss version=\"2.0\"><channel><title>Courts</title></channel></rss>"));
    let courts = format!(
        "\n[[feed]]\nname = \"courts\"\nurl = \"{}\"\n\n[[rule]]\nname = \"courts-only\"\nmatch = 'capital'\nfeeds = [\"courts\"]\n",
        site.url("/courts.xml")
    );
    installation.configure(&(configuration(&site, &sink) + &courts));
    installation.all();
    break_news(&site);
    installation.all();
    assert_eq!(sink.next().header("X-Wirewatch-Rule").as_deref(), Some("unrest"));
    let item = format!("<item><guid>c</guid><title>Dozens killed</title><link>{}</link></item>", site.url(STORY_PATH));
    site.set(
        "/courts.xml",
        Answer::rss(format!("<rss version=\"2.0\"><channel><title>Courts</title>{item}</channel></rss>")),
    );
    installation.all();
    assert_eq!(sink.next().header("X-Wirewatch-Rule").as_deref(), Some("courts-only"));
    assert_eq!(story(&installation)["versions"], 1, "two feeds that word it differently do not revise it");
    installation.all();
    assert!(sink.waiting().is_empty(), "told once");
}

#[test]
fn a_304_that_nobody_asked_for_is_a_failure() {
    let (site, sink) = (Site::start(), Sink::start());
    site.set("/rss.xml", Answer::status(304));
    let installation = Installation::new(&configuration(&site, &sink));
    installation.run(&["run", "--once"]);
    let feed = &installation.json(&["feeds"])["feeds"][0];
    assert_eq!(feed["state"], "failing", "{feed}");
    assert!(feed["last_error"].as_str().is_some_and(|error| error.contains("304")), "{feed}");
}

#[test]
fn a_reload_of_an_empty_file_stops_no_watching() {
    let (site, _sink, installation) = watching();
    let daemon = installation.start();
    installation.wait_for(&["status"], |status| status["running"] == true);
    let good = std::fs::read_to_string(installation.path("wirewatch.toml")).expect("a configuration");
    installation.configure("");
    daemon.signal("HUP");
    installation.configure(&good);
    break_news(&site);
    let has_story = |answer: &serde_json::Value| answer["articles"].as_array().is_some_and(|all| all.len() == 2);
    installation.wait_for(&["articles"], has_story);
    daemon.stop();
}

#[test]
fn a_site_that_moves_all_its_links_mails_no_storm() {
    let (site, sink, installation) = watching();
    break_news(&site);
    installation.all();
    sink.next();
    let stories = [
        ("Dozens killed in the capital", STORY, page("Dozens killed in the capital", "a dozen", "ad")),
        ("Cup tie", "/sport/cup", page("Late header settles the cup tie", "0", "ad")),
    ];
    let moved: String = stories
        .into_iter()
        .map(|(title, guid, page)| {
            let link = site.url(&format!("/new{guid}"));
            site.set(&format!("/new{guid}"), page);
            format!("<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title><link>{link}</link></item>")
        })
        .collect();
    site.set(
        "/rss.xml",
        Answer::rss(format!("<rss version=\"2.0\"><channel><title>Moved</title>{moved}</channel></rss>")),
    );
    installation.all();
    assert_eq!(installation.json(&["articles"])["articles"].as_array().map(Vec::len), Some(2));
    assert!(sink.waiting().is_empty());
}
