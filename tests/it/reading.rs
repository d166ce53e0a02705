//! The commands that read, run as a person or a program runs them, over an archive that the real daemon made.

mod disk;
mod evidence;

use std::fs;

use serde_json::{Value, json};

use crate::support::{Answer, Installation, Site, rss, unrest};

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
         {}</article></main></body></html>",
        unrest(toll)
    )
}

fn feed(site: &Site, items: &[(&str, &str)]) -> String {
    rss(site, "The Harbour Post", items)
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
    let lost = installation.run(&["rules", "explain", "dozens", &id]);
    assert!(String::from_utf8_lossy(&lost.stderr).contains("version 1 matched"), "{lost:?}");
    assert_eq!(installation.json(&["rules"])["rules"][0]["alerts"], 2);
    assert_eq!(installation.json(&["alerts", "--state", "sent"])["alerts"].as_array().map(Vec::len), Some(2));
    assert_eq!(installation.json(&["status"])["versions"], 3);
}

/// An expression makes every article be read: what the index leaves out must not change the answer.
#[test]
fn the_index_changes_no_answer() {
    let (_site, installation) = archive();
    for query in [
        "troops",
        "removed:dozens OR added:26",
        "dozens",
        "\"26 killed\"",
        "fans AND cup",
        "nobody",
        "protest* NEAR/9 capital",
    ] {
        let unnarrowed = format!("({query}) OR /no such text/");
        for command in [&["articles"][..], &["rules", "test"], &["rules", "test", "--since", "1h"]] {
            let ask = |query: &str| installation.json(&[command, &[query]].concat());
            let ids = |found: Value| -> Vec<Value> {
                let rows = found.as_object().and_then(|found| found.values().next()?.as_array()).cloned();
                rows.expect("a list")
                    .into_iter()
                    .map(|row| json!([row["id"], row["article"], row["version"], row["event"]]))
                    .collect()
            };
            assert_eq!(ids(ask(query)), ids(ask(&unnarrowed)), "{command:?} {query}");
        }
    }
    let said = |arguments: &[&str]| String::from_utf8_lossy(&installation.run(arguments).stderr).into_owned();
    assert!(said(&["rules", "test", "nobody"]).contains("none of 2 articles has the words"));
    assert!(said(&["rules", "test", "troops"]).contains("(read 1 of 2 articles)"));
    assert!(said(&["articles", "dozens"]).contains("An earlier version of one article matches, its latest no more:"));
    assert!(!said(&["--quiet", "articles", "dozens"]).contains("earlier"));
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
    assert_eq!(installation.json(&["articles"]), json!({"articles": [], "matched_earlier": []}));
    assert_eq!(installation.json(&["alerts", "--state", "failed"]), json!({"alerts": [], "notices": []}));
    let said = installation.run(&["articles", "--revised"]);
    assert_eq!(said.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&said.stderr).contains("no articles yet"));
    assert_eq!(installation.run(&["articles", "--rule", "nobody"]).status.code(), Some(1));
    assert_eq!(installation.run(&["history", "1"]).status.code(), Some(1));
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
fn a_page_that_is_not_fit_to_be_read_is_compared_with_none() {
    let installation = Installation::new("");
    let write = |name: &str, text: &str| fs::write(installation.path(name), text).expect("a writable folder");
    let paragraph =
        |n: u32| format!("<p>On day {n} the boats of the harbour stayed where they were, and nobody came.</p>");
    let whole: String = (1..=8).map(paragraph).collect();
    let story = |text: &str| format!("<html><body><main><article><h1>Strike</h1>{text}</article></main></body></html>");
    write("story.html", &story(&whole));
    write("stub.html", &story(&format!("{}<div><h3>Log in to read on</h3></div>", paragraph(1))));
    write("challenge.html", "<html><head><title>Just a moment...</title></head><body>Checking</body></html>");
    write("empty.html", "<html><body></body></html>");
    let cases = [
        ("story.html", "challenge.html", "the new one is a challenge"),
        ("challenge.html", "story.html", "the old one is a challenge"),
        ("story.html", "empty.html", "the new one is empty"),
        ("story.html", "stub.html", "the new one is cut off by a paywall"),
        ("empty.html", "challenge.html", "; the new one is a challenge"),
    ];
    for (old, new, said) in cases {
        for output in [&[][..], &["--json"]] {
            let refused = installation.run(&[&["inspect", "change", old, new], output].concat());
            let said_of_it = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0), "{old} {new}: {said_of_it}");
            assert!(said_of_it.contains("cannot compare the pages: the "), "{old} {new}: {said_of_it}");
            assert!(said_of_it.contains(said) && said_of_it.lines().count() == 1, "{old} {new}: {said_of_it}");
        }
    }
    // Alone, such a page is what `inspect page` is asked about.
    assert_eq!(installation.json(&["inspect", "page", "challenge.html"])["quality"], "challenge");
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

    write(
        "relative.xml",
        "<rss><channel><title>a</title><item><title>One</title><link>/x</link></item></channel></rss>",
    );
    let read = installation.json(&["inspect", "feed", "relative.xml"]);
    assert_eq!((&read["entries"][0]["link"], &read["entries"][0]["key"]), (&Value::Null, &Value::Null), "{read}");
    let read = installation.json(&["inspect", "feed", "relative.xml", "--url", "https://bob:s3cret@news.example/rss"]);
    assert_eq!(read["entries"][0]["link"], "https://news.example/x");

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

#[test]
fn a_password_in_the_address_of_a_feed_is_shown_nowhere() {
    let site = Site::start();
    let address = |path: &str| site.url(path).replace("http://", "http://bob:s3cret@");
    let feed = |name: &str, path: &str| format!("[[feed]]\nname = \"{name}\"\nurl = \"{}\"\n", address(path));
    let configuration = CONFIGURATION.split("[[feed]]").next().expect("a head").to_owned();
    let installation = Installation::new(&(configuration + &feed("a", "/rss.xml") + &feed("b", "/none.xml")));
    site.set("/rss.xml", Answer::rss(self::feed(&site, &[])));
    let everything: [&[&str]; 9] = [
        &["feeds", "--json"],
        &["feeds", "export"],
        &["run", "--once"],
        &["feeds", "--json"],
        &["feeds"],
        &["check", "--online"],
        &["inspect", "feed", &address("/none.xml")],
        &["feeds", "discover", &address("/rss.xml")],
        &["watch", &address("/none.xml"), "--match", "x"],
    ];
    for arguments in everything {
        let output = installation.run(arguments);
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(!said.contains("s3cret") && !said.contains("bob"), "{arguments:?}: {said}");
        assert!(!said.trim().is_empty(), "{arguments:?}");
    }
    let exported = installation.run(&["feeds", "export"]);
    assert!(String::from_utf8_lossy(&exported.stderr).contains("left out the credentials of a, b"));
}

#[test]
fn a_round_that_reads_no_feed_fails_and_says_so_however_quiet() {
    let site = Site::start();
    let installation = Installation::new(&CONFIGURATION.replace("FEED", &site.url("/none.xml")));
    let output = installation.run(&["run", "--once", "-q"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("polled 1 feed (1 failed)"), "{output:?}");
}

#[test]
fn a_round_that_sends_nothing_of_what_was_due_fails() {
    let site = Site::start();
    // Nobody listens where the mail should go.
    let mail = "[mail]\nfrom = \"a@example.org\"\nsmtp = \"smtp+plain://127.0.0.1:9\"\n";
    let installation = Installation::new(&(CONFIGURATION.replace("FEED", &site.url("/rss.xml")) + mail));
    site.set("/rss.xml", Answer::rss(feed(&site, &[])));
    installation.once();
    site.set("/rss.xml", Answer::rss(feed(&site, &[("Dozens killed", "/story")])));
    site.set("/story", Answer::html(page("Dozens killed", "a dozen")));
    let output = installation.run(&["run", "--once", "--all"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("sent 0 messages (1 not yet)"), "{said}");
    installation.once();
}

#[test]
fn the_articles_of_a_rule_are_those_it_matches_now_and_those_it_has_alerted_on() {
    let (site, installation) = archive();
    let listed = |rule: &str| {
        let found = installation.json(&["articles", "--rule", rule]);
        found["articles"].as_array().map(|all| all.iter().map(|one| one["headline"].to_string()).collect::<Vec<_>>())
    };
    let configuration = CONFIGURATION.replace("FEED", &site.url("/rss.xml"));
    let sport = "[[rule]]\nname = \"sport\"\nmatch = 'fans'\n";
    // Added after the match: it has alerted on nothing, and matches all the same.
    installation.configure(&(configuration.clone() + sport));
    assert_eq!(listed("sport"), Some(vec!["\"Cup tie\"".to_owned()]));
    // Changed since: it matches nothing now, and has alerted.
    installation.configure(&configuration.replace("troops AND protest*", "zebra"));
    assert_eq!(listed("unrest"), Some(vec!["\"26 killed\"".to_owned()]));
    // Configured no more.
    installation.configure(&configuration.replace("unrest", "other"));
    assert_eq!(listed("unrest"), Some(vec!["\"26 killed\"".to_owned()]));
}

#[test]
fn lists_of_feeds_are_read_in_the_encoding_they_declare() {
    let installation = Installation::new("opml = \"feeds.opml\"\n");
    let list = |head: &str| {
        format!(
            "{head}<opml version=\"1.0\"><body><outline text=\"Süd\"><outline text=\"Łódź é\" \
             xmlUrl=\"https://a.example/rss\"/><outline text=\"Broken\" xmlUrl=\"notaurl\"/></outline></body></opml>"
        )
    };
    let latin = |head: &str| {
        let text = list(head).replace("Łódź ", "");
        text.chars().map(|character| u8::try_from(u32::from(character)).expect("Latin-1")).collect::<Vec<u8>>()
    };
    let utf_16 = |text: String| [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let files: [(Vec<u8>, &str); 5] = [
        (list("").into_bytes(), "Łódź é"),
        (list("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").into_bytes(), "Łódź é"),
        (latin("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"), "é"),
        (latin("<?xml version='1.0' encoding='windows-1252' ?>"), "é"),
        (utf_16(list("<?xml version=\"1.0\" encoding=\"UTF-16\"?>")), "Łódź é"),
    ];
    for (bytes, name) in files {
        fs::write(installation.path("feeds.opml"), bytes).expect("a writable folder");
        let imported = installation.run(&["feeds", "import", "feeds.opml"]);
        let (toml, said) = (String::from_utf8_lossy(&imported.stdout), String::from_utf8_lossy(&imported.stderr));
        assert!(toml.contains(&format!("name = \"{name}\"")) && toml.contains("tags = [\"Süd\"]"), "{toml}");
        assert!(!toml.contains("notaurl") && said.contains("left out `Broken`"), "{toml}{said}");
        assert_eq!(installation.json(&["feeds"])["feeds"][0]["name"], name);
    }
    // Nothing declared, and no UTF-8.
    fs::write(installation.path("feeds.opml"), latin("")).expect("a writable folder");
    assert!(installation.stdout(&["feeds", "import", "feeds.opml"]).contains("name = \"é\""));
}

#[test]
fn watch_shows_what_stands_in_a_feed_without_dates_and_ends_at_once() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    let site = Site::start();
    let installation = Installation::new("");
    site.set("/rss.xml", Answer::rss(feed(&site, &[("Dozens killed", "/story")])));
    site.set("/story", Answer::html(page("Dozens killed", "a dozen")));
    let address = site.url("/rss.xml");
    let mut command = installation.command(&["watch", "-q", &address, &address, "--match", "troops"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let stdout = child.stdout.take().expect("stdout is piped");
    let line = BufReader::new(stdout).lines().map_while(Result::ok).find(|line| line.contains("Dozens killed"));
    assert!(line.is_some());
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    let begun = std::time::Instant::now();
    let output = child.wait_with_output().expect("the binary ends");
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "it waits for something");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn the_environment_names_zone_and_configuration() {
    let (_site, installation) = archive();
    let configuration = fs::read_to_string(installation.path("wirewatch.toml")).expect("a configuration");
    installation.configure(&configuration.replace("timezone = \"Europe/Berlin\"", ""));
    for (zone, shown) in
        [("America/St_Johns", "NST"), (":Asia/Kolkata", "IST"), ("/usr/share/zoneinfo/Asia/Tokyo", "JST")]
    {
        let mut command = installation.command(&["history", "1"]);
        let output = command.env("TZ", zone).env("WIREWATCH_CONFIG", "").output().expect("the binary runs");
        let history = String::from_utf8_lossy(&output.stdout).into_owned();
        let summer = shown.replace("NST", "NDT");
        assert!(history.contains(shown) || history.contains(&summer), "{zone}: {history}{output:?}");
    }
}
