//! The commands that read, run as a person or a program runs them, over an archive that the real daemon made.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Answer, Installation, Site};

const CONFIGURATION: &str = r#"
timezone = "Europe/Berlin"

[poll]
per_host_interval = "0s"
allow_private_addresses = ["127.0.0.1"]

[pages]
recheck = ["1s for 1d"]
confirm = "0s"

[[feed]]
name = "harbour-post"
url = "FEED"
tags = ["world"]

[[rule]]
name = "unrest"
match = 'troops AND protest*'

[[recipient]]
name = "desk"
email = "desk@example.org"
settle = "0s"
update_interval = "0s"
"#;

fn page(headline: &str, toll: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><title>{headline} | The Harbour Post</title>\
         <meta property=\"og:title\" content=\"{headline}\"></head><body><main><article><h1>{headline}</h1>\
         <p>At least {toll} people were killed on Tuesday when troops opened fire on protesters in the capital, \
         according to hospital staff and to several witnesses who spoke to this newspaper.</p>\
         <p>Doctors said that they had treated patients with gunshot wounds in the corridors because the emergency \
         wards were full. Appeals for blood went out over loudspeakers from the churches of the city.</p>\
         <p>The government did not comment. The price of bread has doubled since the parliament was dissolved in March, \
         and the union of dockworkers has called for a general strike on Thursday.</p></article></main></body></html>"
    )
}

fn feed(site: &Site, items: &[(&str, &str)]) -> String {
    let item =
        |(title, link): &(&str, &str)| format!("<item><title>{title}</title><link>{}</link></item>", site.url(link));
    let items: String = items.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>The Harbour Post</title>{items}</channel></rss>")
}

/// An archive with one story of two versions, which alerted twice.
fn archive() -> (Site, Installation) {
    let site = Site::start();
    site.set("/rss.xml", Answer::rss(feed(&site, &[])));
    let installation = Installation::new(&CONFIGURATION.replace("FEED", &site.url("/rss.xml")));
    installation.once();
    site.set("/rss.xml", Answer::rss(feed(&site, &[("Dozens killed", "/story"), ("Cup tie", "/cup")])));
    site.set("/story", Answer::html(page("Dozens \u{1b}[31mkilled", "a dozen")));
    site.set("/cup", Answer::html(page("Cup tie", "no").replace("troops", "fans").replace("protesters", "guests")));
    installation.all();
    site.set("/story", Answer::html(page("26 killed", "26")));
    installation.all();
    (site, installation)
}

fn strings(values: &Value) -> Vec<&str> {
    values.as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

#[test]
fn the_archive_answers_every_question() {
    let (site, installation) = archive();
    let found = installation.json(&["articles", "troops protest*"]);
    let story = &found["articles"][0];
    assert_eq!((story["headline"].as_str(), story["versions"].as_u64()), (Some("26 killed"), Some(2)), "{found}");
    assert_eq!((strings(&story["feeds"]), strings(&story["rules"])), (vec!["harbour-post"], vec!["unrest"]));
    assert_eq!(found["articles"].as_array().map(Vec::len), Some(1));
    let ask = |arguments: &[&str]| installation.json(arguments)["articles"].as_array().map(Vec::len);
    assert_eq!(ask(&["articles"]), Some(2));
    assert_eq!(ask(&["articles", "--revised"]), Some(1));
    assert_eq!(ask(&["articles", "--rule", "unrest", "--feed", "harbour-post", "--since", "1h"]), Some(1));
    assert_eq!(ask(&["articles", "--limit", "1"]), Some(1));
    assert_eq!(ask(&["articles", "--since", "2099-01-01"]), Some(0));

    let id = story["id"].to_string();
    for name in [id.clone(), site.url("/story?utm_source=mail")] {
        let history = installation.json(&["history", &name]);
        assert_eq!(history["article"]["rules"], json!(["unrest"]));
        assert_eq!(history["versions"][0]["change"], Value::Null);
        assert_eq!(history["versions"][1]["change"]["figures"][0]["after"], "26");
    }
    let first = installation.json(&["show", &format!("{id}@1")]);
    assert_eq!((first["number"].as_u64(), first["headline"].as_str()), (Some(1), Some("Dozens [31mkilled")), "{first}");
    assert!(first["text"].as_str().is_some_and(|text| text.contains("\n\nDoctors said")));
    let diff = installation.json(&["diff", &id]);
    assert_eq!((&diff["from"], &diff["to"]), (&json!(1), &json!(2)));
    assert_eq!(diff["paragraphs"][0]["op"], "change");
    assert_eq!(diff, installation.json(&["diff", &format!("{id}@1..2")]));

    let tested = installation.json(&["rules", "test", "removed:dozens OR added:26"]);
    assert_eq!(tested["matches"][0]["event"], "revised");
    assert_eq!(tested["matches"].as_array().map(Vec::len), Some(1), "{tested}");
    let explained = installation.json(&["rules", "explain", "troops AND (football OR protest*)", &id]);
    assert_eq!((&explained["matches"], &explained["version"]), (&json!(true), &json!(2)));
    assert_eq!(explained["explanation"]["parts"][1]["parts"][0]["held"], false, "{explained}");
    assert_eq!(installation.json(&["rules"])["rules"][0]["alerts"], 2);
    assert_eq!(installation.json(&["alerts", "--state", "sent"])["alerts"].as_array().map(Vec::len), Some(2));
    assert_eq!(installation.json(&["status"])["versions"], 3);
}

#[test]
fn people_get_text_without_control_characters_and_files_get_the_bytes() {
    let (_site, installation) = archive();
    let shown = installation.stdout(&["articles", "troops"]);
    assert!(shown.contains("26 killed") && shown.contains("troops opened fire"), "{shown}");
    let id = installation.json(&["articles", "troops"])["articles"][0]["id"].to_string();
    for arguments in
        [vec!["history", &id], vec!["show", &id], vec!["diff", &id], vec!["rules"], vec!["feeds"], vec!["alerts"]]
    {
        let shown = installation.stdout(&arguments);
        assert!(shown.chars().all(|character| character == '\n' || !character.is_control()), "{shown:?}");
        assert!(shown.lines().count() > 1, "{shown}");
    }
    let words = installation.stdout(&["diff", &id]);
    assert!(words.contains("[-a dozen-]{+26+}") && words.contains("… 2 unchanged paragraphs …"), "{words}");
    assert!(installation.stdout(&["diff", &id, "--format", "unified"]).contains("\n+At least 26 people"));
    assert!(installation.stdout(&["diff", &id, "--format", "html"]).starts_with("<!DOCTYPE html>"));
    assert_eq!(installation.stdout(&["show", &id, "--html"]), page("26 killed", "26"));
    let alert = installation.json(&["alerts"])["alerts"][0]["id"].to_string();
    assert!(installation.stdout(&["alerts", "show", &alert]).starts_with("From: "));
}

#[test]
fn what_is_not_there_is_1_and_what_is_no_question_is_2() {
    let (_site, installation) = archive();
    let cases: [(&[&str], i32, &str); 12] = [
        (&["history", "999"], 1, "no article `999`"),
        (&["history", "https://news.example/none"], 1, "no article"),
        (&["show", "1@9"], 1, "not a version 9"),
        (&["diff", "https://news.example/none@1..2"], 1, "no article"),
        (&["articles", "--rule", "nobody"], 1, "no rule `nobody`"),
        (&["articles", "--feed", "nobody"], 1, "no feed `nobody`"),
        (&["alerts", "show", "999"], 1, "no alert 999"),
        (&["alerts", "retry", "999"], 1, "no alert 999"),
        (&["articles", "troops AND"], 2, "^^^"),
        (&["rules", "test", "(troops"], 2, "^"),
        (&["rules", "explain", "", "1"], 2, "error"),
        (&["--config", "none.toml", "articles"], 2, "none.toml"),
    ];
    for (arguments, code, message) in cases {
        let output = installation.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(message), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn before_the_first_run_the_configuration_answers() {
    let installation = Installation::new("");
    fs::remove_file(installation.path("wirewatch.toml")).expect("a file to remove");
    installation.stdout(&["init"]);
    assert_eq!(installation.run(&["init"]).status.code(), Some(1), "init replaces nothing");
    installation.stdout(&["check"]);
    let feeds = installation.json(&["feeds"]);
    assert_eq!(feeds["feeds"][0]["last_poll"], Value::Null);
    assert_eq!(installation.json(&["status"])["running"], false);
    assert_eq!(installation.json(&["rules"])["rules"][0]["alerts"], 0);
    assert_eq!(installation.run(&["articles"]).status.code(), Some(1));
    assert!(!installation.path("wirewatch.db").exists(), "a look at the archive makes none");

    let exported = installation.stdout(&["feeds", "export"]);
    fs::write(installation.path("feeds.opml"), exported).expect("a writable folder");
    let imported = installation.stdout(&["feeds", "import", "feeds.opml"]);
    assert_eq!(imported.matches("[[feed]]").count(), feeds["feeds"].as_array().map_or(0, Vec::len));
    for shell in ["bash", "zsh", "fish"] {
        assert!(installation.stdout(&["completions", shell]).contains("wirewatch"));
    }
    assert!(installation.stdout(&["man"]).contains(".TH wirewatch 1"));
    installation.stdout(&["man", "--to", "man1"]);
    assert!(installation.path("man1/wirewatch-rules-test.1").exists());
}

#[test]
fn documents_are_inspected_without_a_configuration_or_a_store() {
    let site = Site::start();
    let installation = Installation::new("");
    fs::remove_file(installation.path("wirewatch.toml")).expect("a file to remove");
    let write = |name: &str, text: &str| fs::write(installation.path(name), text).expect("a writable folder");
    write("feed.xml", &feed(&site, &[("One", "/1"), ("Two", "/2")]));
    write("old.html", &page("Dozens killed", "a dozen"));
    write("new.html", &page("26 killed", "26"));
    write("challenge.html", "<html><head><title>Just a moment...</title></head><body>Checking</body></html>");

    let read = installation.json(&["inspect", "feed", "feed.xml"]);
    assert_eq!((&read["kind"], read["entries"][1]["link"].as_str()), (&json!("rss"), Some(site.url("/2").as_str())));
    let read = installation.json(&["inspect", "page", "old.html", "--url", "https://news.example/story"]);
    assert_eq!((&read["quality"], &read["headline"]), (&json!("good"), &json!("Dozens killed")));
    let changed = installation.json(&["inspect", "change", "old.html", "new.html"]);
    assert_eq!(changed["change"]["figures"][0]["after"], "26", "{changed}");
    assert_eq!(changed["diff"]["to"], 2);
    assert_eq!(installation.json(&["inspect", "change", "old.html", "old.html"]), json!({"change": null}));
    assert_eq!(installation.json(&["inspect", "change", "old.html", "challenge.html"]), json!({"change": null}));

    let refused = installation.run(&["inspect", "feed", "old.html"]);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
    assert_eq!(String::from_utf8_lossy(&refused.stderr).lines().count(), 1);

    site.set(
        "/",
        Answer::html("<html><head><link rel=alternate type=application/rss+xml href=/rss.xml></head></html>"),
    );
    site.set("/rss.xml", Answer::rss(feed(&site, &[])));
    let found = installation.json(&["feeds", "discover", &site.url("/")]);
    assert_eq!(found["feeds"][0]["url"].as_str(), Some(site.url("/rss.xml").as_str()));
}
