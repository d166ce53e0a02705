//! The whole program with several ways to one recipient.

use std::fs;

use serde_json::Value;

use super::server::Server;
use crate::support::{Answer, Installation, Sink, Site, rss, unrest};

const STORY: &str = "/world/unrest";
const SECRETS: [&str; 4] = ["T0000hidden", "topic-hidden", "signing-hidden", "token-hidden"];

struct Newsroom {
    site: Site,
    sink: Sink,
    webhook: Server,
    ntfy: Server,
    installation: Installation,
}

impl Newsroom {
    fn open() -> Self {
        let (site, sink) = (Site::start(), Sink::start());
        let (webhook, ntfy) = (Server::answering("200 OK", "ok"), Server::answering("200 OK", "{}"));
        site.set("/rss.xml", Answer::rss(rss(&site, "The Harbour Post", &[])));
        let installation = Installation::new(&format!(
            r#"
[store]
path = "wirewatch.db"
[poll]
per_host_interval = "0s"
allow_private_addresses = ["127.0.0.1"]
[pages]
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
webhook = {{ url = "{}", secret_file = "webhook-secret" }}
ntfy = {{ url = "{}", token_file = "ntfy-token" }}
settle = "0s"
update_interval = "0s"
[mail]
from = "Wirewatch <wirewatch@example.org>"
smtp = "{}"
"#,
            site.url("/rss.xml"),
            webhook.url("/services/T0000hidden"),
            ntfy.url("/topic-hidden"),
            sink.url(),
        ));
        fs::write(installation.path("webhook-secret"), "signing-hidden\n").expect("a writable folder");
        fs::write(installation.path("ntfy-token"), "token-hidden\n").expect("a writable folder");
        installation.once();
        Self { site, sink, webhook, ntfy, installation }
    }

    fn break_news(&self) {
        let headline = "Dozens killed in the capital";
        self.site.set("/rss.xml", Answer::rss(rss(&self.site, "The Harbour Post", &[(headline, STORY)])));
        let page = format!("<html><body><article><h1>{headline}</h1>{}</article></body></html>", unrest("a dozen"));
        self.site.set(STORY, Answer::html(page));
    }

    /// Everything due, and what was printed and logged.
    fn work(&self) -> String {
        let output = self.installation.run(&["run", "--once", "--all", "-v"]);
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }

    /// The states of the outbox by channel.
    fn alerts(&self) -> Vec<(String, String)> {
        let alerts = self.installation.json(&["alerts"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rows = alerts["alerts"].as_array().expect("a list").iter();
        let mut rows: Vec<_> = rows.map(|row| (text(&row["channel"]), text(&row["state"]))).collect();
        rows.sort();
        rows
    }
}

fn states(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(channel, state)| ((*channel).to_owned(), (*state).to_owned())).collect()
}

fn assert_secret(told: &str) {
    for secret in SECRETS {
        assert!(!told.contains(secret), "{secret} stands in: {told}");
    }
}

#[test]
fn one_alert_goes_by_every_way_once() {
    let room = Newsroom::open();
    room.break_news();
    let log = room.work();
    let mail = room.sink.next();
    let (posted, pushed) = (room.webhook.next(), room.ntfy.next());
    assert_eq!(posted.line, "POST /services/T0000hidden HTTP/1.1");
    assert_eq!(posted.json()["articles"][0]["headline"], "Dozens killed in the capital");
    assert!(posted.header("x-wirewatch-signature").starts_with("sha256="));
    assert_eq!(pushed.line, "POST / HTTP/1.1");
    assert_eq!(pushed.json()["topic"], "topic-hidden");
    assert_eq!(pushed.json()["title"].as_str(), mail.header("Subject").as_deref());
    assert_eq!(room.alerts(), states(&[("ntfy", "sent"), ("smtp", "sent"), ("webhook", "sent")]));
    room.work();
    assert!(room.webhook.waiting().is_none() && room.ntfy.waiting().is_none() && room.sink.waiting().is_empty());

    // What is shown of it gives nothing away, the stored notification included.
    let alerts = room.installation.json(&["alerts"]);
    assert_secret(&(log + &alerts.to_string() + &room.installation.stdout(&["alerts"])));
    for alert in alerts["alerts"].as_array().expect("a list") {
        let shown = room.installation.stdout(&["alerts", "show", &alert["id"].to_string()]);
        assert!(shown.contains("Dozens killed in the capital"), "{shown}");
        assert_secret(&shown);
    }
}

#[test]
fn a_way_that_fails_keeps_no_other_waiting_and_repeats_the_same_bytes() {
    let room = Newsroom::open();
    room.webhook.answer("503 Busy");
    room.ntfy.answer("403 Forbidden");
    room.break_news();
    let log = room.work();
    room.sink.next();
    assert_eq!(room.alerts(), states(&[("ntfy", "failed"), ("smtp", "sent"), ("webhook", "pending")]));
    room.work();
    let told = room.sink.next().text();
    assert!(told.contains("could not be sent") && told.contains("403"), "{told}");
    assert_secret(&told);
    assert_secret(&(log + &room.installation.json(&["alerts"]).to_string()));

    let first = room.webhook.next();
    room.webhook.answer("200 OK");
    room.ntfy.answer("200 OK");
    room.installation.stdout(&["alerts", "retry"]);
    room.work();
    let second = room.webhook.next();
    assert_eq!(first.header("idempotency-key"), second.header("idempotency-key"));
    assert_eq!(first.body, second.body);
    assert_eq!(room.alerts(), states(&[("ntfy", "sent"), ("smtp", "sent"), ("webhook", "sent")]));
    assert!(room.sink.waiting().is_empty(), "the mail was sent once");
}

#[test]
fn a_hook_that_was_taken_out_of_the_configuration_is_given_up_in_words() {
    let room = Newsroom::open();
    room.webhook.answer("503 Busy");
    room.break_news();
    room.work();
    let configuration = fs::read_to_string(room.installation.path("wirewatch.toml")).expect("the configuration");
    let kept: Vec<&str> = configuration.lines().filter(|line| !line.starts_with("webhook")).collect();
    room.installation.configure(&kept.join("\n"));
    room.installation.stdout(&["alerts", "retry"]);
    room.work();
    let failed = room.installation.json(&["alerts", "--state", "failed"]);
    assert_eq!(failed["alerts"][0]["error"], "the configuration names no `webhook` for `desk` any more");
}

#[test]
fn checking_notifies_nobody_and_a_test_mail_everybody() {
    let room = Newsroom::open();
    let checked = room.installation.stdout(&["check", "--online"]);
    assert!(checked.contains("webhook of `desk`: not asked"), "{checked}");
    assert!(room.webhook.waiting().is_none() && room.ntfy.waiting().is_none() && room.sink.waiting().is_empty());

    let told = room.installation.stdout(&["test-mail"]);
    assert_eq!(told.matches("accepted the sample alert").count(), 3, "{told}");
    assert_eq!(room.webhook.next().json()["recipient"], "desk");
    assert!(room.ntfy.next().json()["title"].as_str().is_some_and(|title| title.contains("Ferry")));
    room.sink.next();
    room.ntfy.answer("401 Who");
    let output = room.installation.run(&["test-mail"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("did not accept it: posting the alert failed: status 401"), "{said}");
    assert_secret(&(told + &checked + &said));
    room.installation.stdout(&["test-mail", "--to", "guest@example.org"]);
    assert!(room.sink.next().text().contains("Lindholm"));
}
