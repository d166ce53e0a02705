//! An edited site rule, a newer extractor: what is read otherwise then is no revision.

use serde_json::Value;

use super::{STORY, STORY_PATH, break_news, configuration, page, publish, story, watching_on};
use crate::support::{Answer, Installation, Sink, Site};

const PROMO: &str = "Subscribe to the weekend edition of this newspaper and get the first three months for nothing.";

/// The story with a promotion among its paragraphs, which looks like one of them.
fn page_with_promo(toll: &str) -> Answer {
    let mut answer = page("Dozens killed in the capital", toll, "Fly to the sun");
    let html = String::from_utf8(answer.body).expect("UTF-8");
    let promo = format!("<p class=\"promo\">{PROMO}</p><p>The government did not");
    answer.body = html.replace("<p>The government did not", &promo).into_bytes();
    answer
}

fn with_site_rule(configuration: &str) -> String {
    format!("{configuration}\n[[site]]\nhost = \"localhost\"\nremove = [\".promo\"]\n")
}

/// An installation that has read and mailed the story with its promotion.
fn having_read(change: impl Fn(String) -> String) -> (Site, Sink, Installation, String) {
    // Site rules are for names.
    let mut site = Site::start();
    site.origin = site.origin.replace("127.0.0.1", "localhost");
    let (site, sink, installation) = watching_on(site);
    let configuration = change(configuration(&site, &sink));
    installation.configure(&configuration);
    break_news(&site);
    site.set(STORY, page_with_promo("a dozen"));
    installation.all();
    sink.next();
    installation.all();
    let text = installation.stdout(&["show", &site.url(STORY_PATH)]);
    assert!(text.contains("weekend edition"), "{text}");
    assert!(sink.waiting().is_empty());
    (site, sink, installation, configuration)
}

fn history(site: &Site, installation: &Installation) -> Vec<Value> {
    let history = installation.json(&["history", &site.url(STORY_PATH)]);
    history["versions"].as_array().expect("a list").clone()
}

fn kinds(version: &Value) -> Vec<&str> {
    version["change"]["kinds"].as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

#[test]
fn an_edited_site_rule_makes_a_technical_version_and_no_mail() {
    let (site, sink, installation, configuration) = having_read(|configuration| configuration);
    let daemon = installation.start();
    installation.wait_for(&["status"], |status| status["running"] == true);
    installation.configure(&with_site_rule(&configuration));
    daemon.signal("HUP");
    installation.wait_for(&["history", &site.url(STORY_PATH)], |history| history["article"]["versions"] == 2);

    let versions = history(&site, &installation);
    assert_eq!(kinds(&versions[1]), ["technical"]);
    assert_eq!(versions[1]["change"]["severity"], Value::Null);
    assert_eq!(versions[1]["change"]["marks"][0], "read_anew");
    let text = installation.stdout(&["show", &site.url(STORY_PATH)]);
    assert!(!text.contains("weekend edition"), "{text}");
    assert!(sink.waiting().is_empty());

    // A true revision afterwards tells of nothing else.
    site.set(STORY, page_with_promo("26"));
    let mail = sink.next();
    assert!(mail.text().contains("26"), "{}", mail.text());
    assert!(!mail.text().contains("weekend edition"), "{}", mail.text());
    installation.wait_for(&["history", &site.url(STORY_PATH)], |history| history["article"]["versions"] == 3);
    assert_eq!(kinds(&history(&site, &installation)[2]), ["figures"]);
    daemon.stop();
    assert!(sink.waiting().is_empty());
    assert_eq!(story(&installation)["revisions"], 1);
}

#[test]
fn a_revision_in_the_same_look_as_a_new_rule_is_told_with_nothing_but_itself() {
    let (site, sink, installation, configuration) = having_read(|configuration| configuration);
    installation.configure(&with_site_rule(&configuration));
    site.set(STORY, page_with_promo("26"));
    installation.all();

    let mail = sink.next();
    assert!(mail.text().contains("26"), "{}", mail.text());
    assert!(!mail.text().contains("weekend edition"), "{}", mail.text());
    let versions = history(&site, &installation);
    assert_eq!(versions.len(), 3, "{versions:?}");
    assert_eq!((kinds(&versions[1]), kinds(&versions[2])), (vec!["technical"], vec!["figures"]));
    assert!(sink.waiting().is_empty());
}

#[test]
fn without_kept_pages_a_revision_in_the_same_look_as_a_new_rule_is_told() {
    let (site, sink, installation, configuration) =
        having_read(|configuration| configuration.replace("[store]", "[store]\nkeep_pages = false"));
    installation.configure(&with_site_rule(&configuration));
    site.set(STORY, page_with_promo("26"));
    installation.all();

    let mail = sink.next();
    assert!(mail.text().contains("26"), "{}", mail.text());
    assert!(!mail.text().contains("weekend edition"), "{}", mail.text());
    let versions = history(&site, &installation);
    assert_eq!((kinds(&versions[1]), kinds(&versions[2])), (vec!["technical"], vec!["figures"]));
    installation.all();
    assert_eq!(history(&site, &installation).len(), 3);
    assert!(sink.waiting().is_empty());
}

#[test]
fn without_kept_pages_the_same_bytes_under_a_new_rule_are_technical() {
    let (site, sink, installation, configuration) =
        having_read(|configuration| configuration.replace("[store]", "[store]\nkeep_pages = false"));
    installation.configure(&with_site_rule(&configuration));
    installation.all();
    installation.all();
    let versions = history(&site, &installation);
    assert_eq!(versions.len(), 2, "{versions:?}");
    assert_eq!(kinds(&versions[1]), ["technical"]);
    assert!(sink.waiting().is_empty());
}

#[test]
fn a_page_that_another_extractor_read_is_read_anew_at_the_next_look() {
    let (site, sink, installation, _) = having_read(|configuration| configuration);
    let connection = rusqlite::Connection::open(installation.path("wirewatch.db")).expect("the database");
    connection.execute("UPDATE articles SET extractor = 0 WHERE extractor IS NOT NULL", []).expect("an update");
    drop(connection);
    installation.all();
    assert_eq!(history(&site, &installation).len(), 1, "it reads as before");
    assert!(sink.waiting().is_empty());
    publish(&site, &[]);
}

#[test]
fn reextract_shows_with_a_dry_run_what_it_stores_without() {
    let (site, sink, installation, configuration) = having_read(|configuration| configuration);
    installation.configure(&with_site_rule(&configuration));

    let shown = installation.stdout(&["reextract", "--dry-run"]);
    assert!(shown.contains("would be read anew: 16 words removed"), "{shown}");
    assert!(shown.contains("- Subscribe to the weekend edition"), "{shown}");
    assert_eq!(history(&site, &installation).len(), 1, "nothing was stored");
    let dry = installation.json(&["reextract", "--dry-run"]);
    assert_eq!(dry["read_anew"], 1, "{dry}");
    assert_eq!(dry["articles"][0]["outcome"], "read_anew");
    assert_eq!(dry["articles"][0]["change"]["marks"][0], "read_anew");
    assert_eq!(dry["articles"][0]["diff"]["paragraphs"][2]["op"], "delete", "{dry}");

    let done = installation.json(&["reextract"]);
    assert_eq!((&done["dry_run"], &done["read_anew"], &done["same"]), (&false.into(), &1.into(), &1.into()), "{done}");
    let versions = history(&site, &installation);
    assert_eq!((versions.len(), kinds(&versions[1])), (2, vec!["technical"]));
    let page = installation.stdout(&["show", "--html", &format!("{}@2", site.url(STORY_PATH))]);
    assert!(page.contains("weekend edition"), "the page is as it was");

    // Done once is done, and the daemon agrees.
    assert_eq!(installation.json(&["reextract"])["read_anew"], 0);
    installation.all();
    assert_eq!(history(&site, &installation).len(), 2);
    assert!(sink.waiting().is_empty());
}

#[test]
fn reextract_takes_articles_by_query_and_by_name() {
    let (site, _sink, installation, configuration) = having_read(|configuration| configuration);
    installation.configure(&with_site_rule(&configuration));
    let none = installation.json(&["reextract", "cup", "--dry-run"]);
    assert_eq!((&none["read_anew"], &none["same"]), (&0.into(), &1.into()), "{none}");
    let one = installation.json(&["reextract", "troops", "--since", "1d", "--feed", "harbour-post", "--dry-run"]);
    assert_eq!(one["read_anew"], 1, "{one}");
    let named = installation.json(&["reextract", "--dry-run", "--article", &site.url(STORY_PATH)]);
    assert_eq!(named["read_anew"], 1, "{named}");
    assert_eq!(installation.run(&["reextract", "--article", "4711"]).status.code(), Some(1));
    assert_eq!(installation.run(&["reextract", "--feed", "unknown"]).status.code(), Some(1));
    assert_eq!(installation.run(&["reextract", "(", "--dry-run"]).status.code(), Some(2));
}

#[test]
fn reextract_works_beside_a_daemon_that_reads_alike_and_refuses_one_that_does_not() {
    let (site, sink, installation, configuration) =
        having_read(|configuration| configuration.replace("\"1s for 1d\"", "\"1h for 1d\""));
    let daemon = installation.start();
    installation.wait_for(&["status"], |status| status["running"] == true);
    installation.configure(&with_site_rule(&configuration));
    let refused = installation.run(&["reextract"]);
    assert_eq!(refused.status.code(), Some(1));
    let message = String::from_utf8_lossy(&refused.stderr);
    assert!(message.contains("reload"), "{message}");
    assert_eq!(installation.json(&["reextract", "--dry-run"])["read_anew"], 1);

    daemon.signal("HUP");
    let read_anew = |answer: &Value| answer["read_anew"] == 1;
    installation.wait_for(&["reextract"], read_anew);
    assert_eq!(kinds(&history(&site, &installation)[1]), ["technical"]);
    daemon.stop();
    assert!(sink.waiting().is_empty());
}

#[test]
fn reextract_says_where_no_page_is_kept() {
    let (site, _sink, installation, configuration) =
        having_read(|configuration| configuration.replace("[store]", "[store]\nkeep_pages = false"));
    installation.configure(&with_site_rule(&configuration));
    let all = installation.run(&["reextract"]);
    assert_eq!(all.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&all.stderr).contains("without a kept page"));
    let named = installation.run(&["reextract", "--article", &site.url(STORY_PATH)]);
    assert_eq!(named.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&named.stderr).contains("its page was not kept"));
}

#[test]
fn a_damaged_article_is_named_and_the_others_are_watched_on() {
    let (site, sink, installation, configuration) = having_read(|configuration| configuration);
    let connection = rusqlite::Connection::open(installation.path("wirewatch.db")).expect("the database");
    let damage = "UPDATE contents SET bytes = x'28b52ffd00' WHERE id IN (
        SELECT content_id FROM versions JOIN articles ON articles.id = article_id WHERE articles.url LIKE '%/cup')";
    assert_eq!(connection.execute(damage, []).expect("an update"), 1);
    drop(connection);

    site.set(STORY, page_with_promo("26"));
    installation.all();
    assert!(sink.next().text().contains("26"));

    assert_eq!(installation.json(&["status"])["damaged"], 1);
    let cup = installation.json(&["history", &site.url("/sport/cup")]);
    assert!(cup["article"]["problem"].as_str().is_some_and(|problem| problem.contains("damaged")), "{cup}");
    assert_eq!(installation.json(&["articles"])["articles"].as_array().map(Vec::len), Some(2));
    assert_eq!(installation.run(&["rules", "test", "troops"]).status.code(), Some(0));
    let shown = installation.run(&["show", &site.url("/sport/cup")]);
    assert_eq!(shown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&shown.stderr).contains("damaged: version 1"));

    installation.configure(&with_site_rule(&configuration));
    let reread = installation.run(&["reextract"]);
    assert_eq!(reread.status.code(), Some(1));
    let said = String::from_utf8_lossy(&reread.stderr);
    assert!(said.contains("left out 1 article: damaged"), "{said}");
    assert!(String::from_utf8_lossy(&reread.stdout).contains("read anew: 16 words removed"));
}

#[test]
fn a_version_that_was_read_anew_is_shown_as_no_edit() {
    let (site, sink, installation, configuration) = having_read(|configuration| configuration);
    let address = site.url(STORY_PATH);
    installation.configure(&with_site_rule(&configuration));
    installation.stdout(&["reextract"]);
    let told = installation.stdout(&["history", &address]);
    assert!(told.contains("read anew\n  no edit: read by another extractor or site rule; 16 words removed"), "{told}");
    let unrevised = installation.run(&["diff", &address]);
    assert_eq!(unrevised.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unrevised.stderr).contains("was not revised"));
    assert_eq!(installation.json(&["articles", "--revised"])["articles"].as_array().map(Vec::len), Some(0));
    let removed = |installation: &Installation| installation.json(&["articles", "removed:weekend"])["articles"].clone();
    assert_eq!(removed(&installation).as_array().map(Vec::len), Some(0), "nobody removed it");
    let tested = installation.json(&["rules", "test", "removed:weekend OR -weekend troops"]);
    let versions: Vec<&Value> =
        tested["matches"].as_array().expect("a list").iter().map(|found| &found["version"]).collect();
    assert!(!versions.contains(&&2.into()), "{tested}");

    site.set(STORY, page_with_promo("26"));
    installation.all();
    assert!(sink.next().text().contains("26"));
    installation.configure(&configuration);
    installation.stdout(&["reextract"]);
    assert_eq!(history(&site, &installation).len(), 4);
    let last = installation.run(&["diff", &address]);
    let (shown, said) = (String::from_utf8_lossy(&last.stdout), String::from_utf8_lossy(&last.stderr));
    assert!(shown.contains("{+26+}") && !shown.contains("weekend"), "{shown}");
    assert!(said.contains("since then only read otherwise"), "{said}");
    assert_eq!(installation.json(&["diff", &address])["to"], 3);
    let all = installation.run(&["diff", &format!("{address}@1..3")]);
    let (shown, said) = (String::from_utf8_lossy(&all.stdout), String::from_utf8_lossy(&all.stderr));
    assert!(said.contains("read otherwise from version 2 on"), "{said}");
    assert!(shown.contains("weekend") && shown.contains("figures") && !shown.contains("text removed"), "{shown}");
    assert_eq!(installation.json(&["articles", "added:26"])["articles"].as_array().map(Vec::len), Some(1));
    assert_eq!(removed(&installation).as_array().map(Vec::len), Some(0));
    assert!(sink.waiting().is_empty());
}
