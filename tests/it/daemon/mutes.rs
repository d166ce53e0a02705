//! Silence on request, in the whole program.

use std::time::Duration;

use super::{STORY, STORY_PATH, break_news, configuration, page, publish, watching};
use crate::support::{Hours, Sink, Site};

#[test]
fn a_muted_rule_is_heard_again_as_one_digest_that_says_why_it_was_silent() {
    let (site, sink, installation) = watching();
    let refused = installation.run(&["mute", "rule", "unrset", "--for", "8h"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("did you mean `unrest`?"));
    for wrong in [&["mute", "rule", "unrest"][..], &["mute", "rule", "unrest", "--for", "366d"]] {
        assert_eq!(installation.run(wrong).status.code(), Some(2), "{wrong:?}");
    }
    let muted = installation.json(&["mute", "rule", "unrest", "--for", "8h", "--why", "we are there"]);
    assert_eq!((muted["kind"].as_str(), muted["why"].as_str()), (Some("rule"), Some("we are there")));

    let daemon = installation.start();
    break_news(&site);
    let rows = installation.wait_for(&["alerts", "--state", "held"], |answer| {
        answer["alerts"].as_array().is_some_and(|alerts| !alerts.is_empty())
    });
    assert_eq!(rows["alerts"][0]["mute"]["why"], "we are there", "{rows}");
    let status = installation.json(&["status"]);
    assert_eq!((&status["mutes"][0]["name"], &status["queue"]["held"]), (&"unrest".into(), &1.into()), "{status}");
    assert!(installation.stdout(&["status"]).contains("rule unrest until"));
    assert!(installation.stdout(&["alerts"]).contains("rule unrest is muted"));
    assert!(sink.waiting().is_empty());

    let id = muted["id"].to_string();
    assert!(installation.stdout(&["unmute", &id]).contains("rule unrest is heard again"));
    let mail = sink.next();
    assert_eq!(
        mail.header("Subject").as_deref(),
        Some("[wirewatch] 1 story held while muted: Dozens killed in the capital")
    );
    assert!(mail.text().contains("Held while the rule unrest was muted"), "{}", mail.text());
    assert!(mail.text().contains("because: we are there"), "{}", mail.text());
    daemon.stop();
    assert_eq!(installation.run(&["unmute", &id]).status.code(), Some(1), "it was lifted already");
    assert_eq!(installation.json(&["mutes"])["mutes"].as_array().map(Vec::len), Some(0));
    assert_eq!(installation.json(&["mutes", "--all"])["mutes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_muted_article_says_so_in_its_history_and_others_are_told() {
    let (site, sink, installation) = watching();
    break_news(&site);
    installation.all();
    sink.next();
    let url = site.url(STORY_PATH);
    installation.stdout(&["mute", "article", &url, "--for", "2d"]);
    site.set(STORY, page("Dozens killed in the capital", "26", "ad"));
    installation.all();
    assert!(sink.waiting().is_empty());
    let history = installation.json(&["history", &url]);
    assert_eq!(history["versions"].as_array().map(Vec::len), Some(2), "watched as ever");
    assert_eq!(history["mutes"][0]["kind"], "article", "{history}");
    assert!(installation.stdout(&["history", &url]).contains("Muted\n"));
    let held = installation.json(&["alerts", "--state", "held"]);
    installation.stdout(&["alerts", "retry", &held["alerts"][0]["id"].to_string()]);
    installation.once();
    assert!(sink.next().text().contains("26"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wants_digests_gets_what_was_muted_with_the_next_one() {
    const HOUR: Duration = Duration::from_secs(60 * 60);
    let (site, sink) = (Site::start(), Sink::start());
    publish(&site, &[("Cup tie", "/sport/cup")]);
    site.set("/sport/cup", page("Late header settles the cup tie", "0", "ad"));
    // The clock begins at noon.
    let digests = configuration(&site, &sink)
        .replace("settle = \"0s\"", "settle = \"0s\"\ndeliver = \"0 18 * * *\"")
        .replace("[store]", "timezone = \"UTC\"\n[store]");
    let hours = Hours::new(&digests).await;
    hours.after(HOUR).await;
    break_news(&site);
    hours.mute_rule("unrest", 8 * HOUR).await;
    hours.rounds(9, HOUR).await;
    assert!(sink.waiting().is_empty(), "muted at the digest's time, and heard again after it");
    hours.rounds(18, HOUR).await;
    assert!(sink.waiting().is_empty(), "not before the next digest");
    hours.rounds(3, HOUR).await;
    assert_eq!(sink.waiting().len(), 1);
}
