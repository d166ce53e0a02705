//! Hubs that tell of news (WebSub): the real daemon, a feed that names a hub, and the hub.

use std::collections::HashMap;
use std::net::TcpListener;

use aws_lc_rs::hmac;
use url::{Url, form_urlencoded};

use super::{configuration, page};
use crate::hook::server::Server;
use crate::support::{Answer, Installation, Running, Sink, Site, http, rss};

/// A newsroom whose feed is polled once a day, and served to a hub.
struct Newsroom {
    site: Site,
    sink: Sink,
    hub: Server,
    installation: Installation,
    daemon: Running,
    /// Where hubs reach it.
    address: String,
}

impl Newsroom {
    fn open(hub: Server) -> Self {
        let (site, sink) = (Site::start(), Sink::start());
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        let web = format!("[web]\nlisten = \"{address}\"\npublic_url = \"http://{address}/\"\n");
        let text = configuration(&site, &sink).replace("every 1s", "every 1d") + &web;
        publish(&site, &hub, &[("Cup tie", "/cup")]);
        site.set("/cup", page("Late header settles the cup tie", "0", "ad"));
        let installation = Installation::new(&text);
        let mut daemon = installation.start();
        daemon.page();
        Self { site, sink, hub, installation, daemon, address: address.to_string() }
    }

    /// What the hub is asked for.
    fn asked(&self) -> HashMap<String, String> {
        let posted = self.hub.next();
        assert_eq!(posted.line, "POST /hub HTTP/1.1");
        assert_eq!(posted.header("content-type"), "application/x-www-form-urlencoded");
        form_urlencoded::parse(&posted.body).into_owned().collect()
    }

    /// Lets the hub confirm a subscription as it was asked for; gives the path that it calls.
    fn confirm(&self, asked: &HashMap<String, String>) -> String {
        let callback: Url = asked["hub.callback"].parse().expect("an address");
        assert_eq!(callback.authority(), self.address);
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.topic", &asked["hub.topic"])
            .append_pair("hub.challenge", "a-challenge & more")
            .append_pair("hub.lease_seconds", "7200")
            .finish();
        let reply = http::get(&self.address, &format!("{}?{query}", callback.path()), "");
        assert_eq!((reply.status, reply.body.as_str()), (200, "a-challenge & more"));
        callback.path().to_owned()
    }

    fn push(&self, path: &str, method: &str, secret: &str, body: &str) -> u16 {
        let algorithm = if method == "sha1" { hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY } else { hmac::HMAC_SHA512 };
        let made = hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), body.as_bytes());
        let digits: String = made.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nX-Hub-Signature: {method}={digits}\r\n", self.address);
        let length = format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        http::ask(&self.address, &(head + &length + body)).status
    }

    fn subscription(&self) -> serde_json::Value {
        self.installation.json(&["feeds"])["feeds"][0]["subscription"].clone()
    }
}

fn publish(site: &Site, hub: &Server, entries: &[(&str, &str)]) {
    let links = format!(
        "<channel><atom:link xmlns:atom=\"http://www.w3.org/2005/Atom\" rel=\"hub\" href=\"{}\"/>",
        hub.url("/hub")
    );
    let document = rss(site, "Harbour Post", entries).replacen("<channel>", &links, 1);
    site.set("/rss.xml", Answer::rss(document));
}

#[test]
fn a_feed_is_polled_when_its_hub_tells_of_news_and_the_mail_goes_out_at_once() {
    let mut newsroom = Newsroom::open(Server::answering("202 Accepted", ""));
    let asked = newsroom.asked();
    assert_eq!(asked["hub.mode"], "subscribe");
    assert_eq!(asked["hub.topic"], newsroom.site.url("/rss.xml"));
    let path = newsroom.confirm(&asked);
    newsroom.daemon.logged("tells of news from now on");
    assert_eq!(newsroom.subscription()["state"], "active");

    publish(&newsroom.site, &newsroom.hub, &[("Unrest", "/unrest"), ("Cup tie", "/cup")]);
    newsroom.site.set("/unrest", page("Troops fire on protesters", "26", "ad"));
    // What is not signed with the secret is passed over, and says nothing of that.
    assert_eq!(newsroom.push(&path, "sha1", "another secret", "<rss/>"), 202);
    // As large as a whole feed.
    let body = "<item/>".repeat(100_000);
    assert_eq!(newsroom.push(&path, "sha512", &asked["hub.secret"], &body), 202);
    let mail = newsroom.sink.next();
    assert!(mail.header("Subject").expect("a subject").contains("Troops fire on protesters"));
    assert_eq!(newsroom.site.asked("/rss.xml").len(), 2, "once at the beginning, once for the push that was signed");
    assert!(newsroom.subscription()["pushed_at"].is_string());
    let shown = http::get(&newsroom.address, "/feeds/harbour-post", "");
    assert!(shown.body.contains("News told by") && !shown.body.contains(&asked["hub.secret"]), "{}", shown.body);
    let (_, log) = newsroom.daemon.stop();
    assert!(!log.contains(&asked["hub.secret"]) && !log.contains(&path), "the address is a key too: {log}");
}

#[test]
fn a_hub_that_tells_before_the_news_stands_in_the_feed_is_believed_for_another_poll() {
    let newsroom = Newsroom::open(Server::answering("202 Accepted", ""));
    let asked = newsroom.asked();
    let path = newsroom.confirm(&asked);
    assert_eq!(newsroom.push(&path, "sha1", &asked["hub.secret"], "ping"), 202);
    let polled = |listed: &serde_json::Value| {
        let feed = &listed["feeds"][0];
        let time = |name: &str| feed[name].as_str()?.parse::<wirewatch::model::Timestamp>().ok();
        let (Some(last), Some(next)) = (time("last_poll"), time("next_poll")) else { return false };
        newsroom.site.asked("/rss.xml").len() == 2 && next.since(last).as_secs() <= 60
    };
    newsroom.installation.wait_for(&["feeds"], polled);
}

#[test]
fn what_nobody_asked_for_is_not_confirmed_and_what_nobody_knows_is_not_found() {
    let newsroom = Newsroom::open(Server::answering("202 Accepted", ""));
    let asked = newsroom.asked();
    let callback: Url = asked["hub.callback"].parse().expect("an address");
    let topic = form_urlencoded::byte_serialize(asked["hub.topic"].as_bytes()).collect::<String>();
    for query in [
        "hub.mode=subscribe&hub.topic=http%3A%2F%2Felsewhere.example%2F&hub.challenge=x".to_owned(),
        format!("hub.mode=unsubscribe&hub.topic={topic}&hub.challenge=x"),
        format!("hub.mode=subscribe&hub.topic={topic}"),
        format!("hub.mode=subscribe&hub.topic={topic}&hub.challenge={}", "x".repeat(2_000)),
        String::new(),
    ] {
        let reply = http::get(&newsroom.address, &format!("{}?{query}", callback.path()), "");
        assert_eq!(reply.status, 404, "{query}");
    }
    assert_eq!(http::get(&newsroom.address, "/websub/other?hub.mode=subscribe", "").status, 404);
    assert_eq!(newsroom.push("/websub/other", "sha1", "x", "x"), 404);
    assert_eq!(newsroom.subscription()["state"], "asking");

    let denied = format!("{}?hub.mode=denied&hub.topic={topic}&hub.reason=no%0Aroom", callback.path());
    assert_eq!(http::get(&newsroom.address, &denied, "").status, 200);
    let subscription = newsroom.subscription();
    assert_eq!((subscription["state"].as_str(), subscription["error"].as_str()), (Some("refused"), Some("noroom")));
}

#[test]
fn a_hub_that_refuses_the_request_is_named_with_its_words() {
    let newsroom = Newsroom::open(Server::answering("403 Forbidden", "this topic is for others"));
    newsroom.asked();
    let listed = newsroom.installation.wait_for(&["feeds"], |listed| {
        listed["feeds"][0]["subscription"]["error"]
            .as_str()
            .is_some_and(|error| error.contains("this topic is for others"))
    });
    assert_eq!(listed["feeds"][0]["subscription"]["state"], "asking");
}
