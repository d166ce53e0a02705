//! What can be done from the pages: sending again, muting, unmuting; and who may.

use super::markup;
use crate::support::http::{Reply, get, post_form};
use crate::support::{Answer, Installation, Running, Sink, Site, rss, unrest};

/// A newsroom whose mail server takes nothing at first.
struct Newsroom {
    address: String,
    sink: Sink,
    installation: Installation,
    _daemon: Running,
    _site: Site,
}

const AT_ONCE: &str = "settle = '0s'\nupdate_interval = '0s'";
const RULE: &str = "unrest v1.atom";

fn story(toll: &str) -> Answer {
    let text = unrest(toll);
    Answer::html(format!(
        "<!doctype html><html lang=\"en\"><head><title>{toll} killed</title></head><body><main><article>\
         <h1>{toll} killed</h1>{text}</article></main></body></html>"
    ))
}

/// What a reader of a well-formed page sees.
fn words(path: &str, body: &str) -> String {
    let page = markup::read(body).unwrap_or_else(|wrong| panic!("{path}: {wrong}\n{body}"));
    let words = page.words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace("&lt;", "<").replace("&gt;", ">").replace(" ,", ",")
}

impl Newsroom {
    fn open(password: &str) -> Self {
        Self::delivering(password, AT_ONCE)
    }

    /// One whose desk is told in this way.
    fn delivering(password: &str, how: &str) -> Self {
        let (site, sink) = (Site::start(), Sink::start());
        sink.refuse("desk@example.org", Some("550 5.1.1 no such user <b>here</b>"));
        site.set("/rss.xml", Answer::rss(rss(&site, "The Harbour Post", &[])));
        let installation = Installation::new(&format!(
            "[poll]\nschedule = 'every 1h'\nper_host_interval = '0s'\nallow_private_addresses = ['127.0.0.1']\n\
             [pages]\nrecheck = ['1h for 1d']\nconfirm = '0s'\n\
             [mail]\nfrom = 'Wirewatch <wirewatch@example.org>'\nsmtp = '{}'\n\
             [[feed]]\nname = 'post'\nurl = '{}'\n[[rule]]\nname = '{RULE}'\nmatch = 'troops'\n\
             [[recipient]]\nname = 'desk'\nemail = 'desk@example.org'\n{how}\n\
             [web]\nlisten = '127.0.0.1:0'\n{password}",
            sink.url(),
            site.url("/rss.xml")
        ));
        installation.once();
        site.set("/rss.xml", Answer::rss(rss(&site, "The Harbour Post", &[("Killed", "/unrest")])));
        site.set("/unrest", story("a dozen"));
        let is_refused = !installation.run(&["run", "--once", "--all"]).status.success();
        assert_eq!(is_refused, how == AT_ONCE, "the alert was refused, where it was tried");
        let mut daemon = installation.start();
        let address = daemon.page();
        Self { address, sink, installation, _daemon: daemon, _site: site }
    }

    fn read(&self, path: &str) -> String {
        let reply = get(&self.address, path, "");
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        words(path, &reply.body)
    }

    /// As the desk's Anna would by one of our own pages.
    fn ask(&self, path: &str, form: &str) -> Reply {
        use base64::Engine as _;
        let token = base64::engine::general_purpose::STANDARD.encode("Anna:open sesame");
        let headers = format!("Origin: http://{}\r\nAuthorization: Basic {token}\r\n", self.address);
        post_form(&self.address, path, &headers, form)
    }

    /// What leads back to a page.
    fn done(&self, path: &str, form: &str) -> String {
        let reply = self.ask(path, form);
        assert_eq!(reply.status, 303, "{path}: {}", reply.body);
        reply.header("Location").expect("a place").to_owned()
    }
}

const PASSWORD: &str = "password = 'open sesame'\n";

#[test]
fn an_alert_that_failed_is_sent_again_by_whoever_knows_the_password() {
    let newsroom = Newsroom::open(PASSWORD);
    let page = newsroom.read("/alerts/1");
    assert!(page.contains("failed") && page.contains("no such user <b>here</b>"), "{page}");
    assert!(newsroom.read("/alerts?state=failed").contains("Send again what failed: 1 message"));
    let origin = format!("Origin: http://{}\r\n", newsroom.address);
    assert_eq!(post_form(&newsroom.address, "/alerts/1/retry", &origin, "").status, 401);
    assert_eq!(newsroom.installation.json(&["alerts"])["alerts"][0]["state"], "failed");

    newsroom.sink.refuse("desk@example.org", None);
    assert_eq!(newsroom.done("/alerts/1/retry", ""), "/alerts/1");
    let mail = newsroom.sink.next();
    assert!(mail.text().contains("troops"), "{}", mail.text());
    newsroom.installation.wait_for(&["alerts"], |found| found["alerts"][0]["state"] == "sent");
    let again = newsroom.ask("/alerts/1/retry", "");
    assert_eq!(again.status, 409, "{}", again.body);
    assert!(again.body.contains("Alert 1 was sent already"), "{}", again.body);
    assert_eq!(newsroom.ask("/alerts/9/retry", "").status, 404);
}

#[test]
fn an_alert_that_only_waits_for_its_time_is_not_hurried_and_it_is_said() {
    let newsroom = Newsroom::delivering(PASSWORD, "deliver = '0 8 1 1 *'");
    let page = newsroom.read("/alerts/1");
    assert!(page.contains("pending") && page.contains("goes out in"), "{page}");
    assert!(!page.contains("Send it"), "a button would do nothing: {page}");
    let refused = newsroom.ask("/alerts/1/retry", "");
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.body.contains("Alert 1 was not tried yet, and goes out by itself"), "{}", refused.body);
}

#[test]
fn all_that_failed_is_sent_again_at_once() {
    let newsroom = Newsroom::open(PASSWORD);
    newsroom.sink.refuse("desk@example.org", None);
    assert_eq!(newsroom.done("/alerts/retry", ""), "/alerts");
    newsroom.sink.next();
}

#[test]
fn a_mute_is_begun_and_lifted_and_says_by_whom_and_why() {
    let newsroom = Newsroom::open(PASSWORD);
    assert_eq!(newsroom.done("/mutes", "kind=rule&name=unrest+v1.atom&for=8h&why=the+%3Cnight%3E+desk"), "/mutes");
    for path in ["/mutes", "/rules/unrest%20v1.atom"] {
        let page = newsroom.read(path);
        assert!(page.contains(RULE) && page.contains("the <night> desk"), "{path}: {page}");
    }
    let mutes = newsroom.installation.json(&["mutes"]);
    assert_eq!(mutes["mutes"][0]["who"], "Anna", "{mutes}");
    assert_eq!(newsroom.done("/mutes/1/lift", ""), "/mutes");
    assert!(newsroom.read("/mutes").contains("Nothing is muted."));
    assert!(newsroom.read("/mutes?all=true").contains("lifted"));
    assert_eq!(newsroom.ask("/mutes/1/lift", "").status, 409);
    assert_eq!(newsroom.ask("/mutes/7/lift", "").status, 404);
    assert_eq!(newsroom.ask("/unsubscriptions/7/end", "").status, 409);

    assert_eq!(newsroom.done("/mutes", "kind=article&name=1&for=1h"), "/mutes");
    assert!(newsroom.read("/articles/1").contains("Article 1 is muted until"));
    assert_eq!(newsroom.done("/mutes", "kind=feed&name=post&for=90m"), "/mutes");
    assert!(newsroom.read("/feeds/post").contains("Feed post is muted until"));
}

#[test]
fn what_cannot_be_muted_is_said_above_the_form_as_it_was_filled_in() {
    let newsroom = Newsroom::open(PASSWORD);
    for (form, said) in [
        ("kind=rule&name=unrest&for=8h", "There is no rule `unrest`"),
        ("kind=rule&name=unrest+v1.aton&for=8h", "did you mean `unrest v1.atom`?"),
        ("kind=feed&name=poste&for=8h", "did you mean `post`?"),
        ("kind=article&name=77&for=8h", "There is no article `77`"),
        ("kind=article&name=&for=8h", "There is no article ``"),
        ("kind=house&name=post&for=8h", "Choose a rule, a feed or an article"),
        ("", "Choose a rule, a feed or an article"),
        ("kind=feed&name=post&for=soon", "For how long: "),
        ("kind=feed&name=post&for=0s", "For how long: nothing is muted for no time"),
        ("kind=feed&name=post&for=366d", "For how long: at most a year"),
        ("kind=feed&name=post", "For how long: "),
    ] {
        let reply = newsroom.ask("/mutes", form);
        let page = words(form, &reply.body);
        assert_eq!((reply.status, page.contains(said)), (422, true), "{form}: {page}");
    }
    let long = format!("kind=feed&name=post&for=8h&why={}", "because+".repeat(100));
    let reply = newsroom.ask("/mutes", &long);
    assert!(reply.status == 422 && reply.body.contains("Why: at most 500 characters"), "{}", reply.body);
    let refilled = newsroom.ask("/mutes", "kind=feed&name=%22%3E%3Cb%3E&for=2h&why=elections");
    for kept in ["value=\"&quot;&gt;&lt;b&gt;\"", "value=\"2h\"", "value=\"elections\"", "value=\"feed\" selected"] {
        assert!(refilled.body.contains(kept), "{kept}: {}", refilled.body);
    }
    assert!(newsroom.read("/mutes?all=true").contains("Nothing was ever muted."));
}

#[test]
fn an_address_that_unsubscribed_gets_its_mails_again() {
    let newsroom = Newsroom::open(PASSWORD);
    let database = newsroom.installation.path("wirewatch.db");
    let connection = rusqlite::Connection::open(database).expect("the database opens");
    connection
        .execute(
            "INSERT INTO unsubscriptions (address, rule, how, begun_at) VALUES ('desk@example.org', ?, 'page', 0)",
            [RULE],
        )
        .expect("a row");
    let page = newsroom.read("/mutes");
    assert!(page.contains("desk@example.org gets no more of rule unrest v1.atom"), "{page}");
    assert_eq!(newsroom.done("/unsubscriptions/1/end", ""), "/mutes");
    assert!(newsroom.read("/mutes").contains("No address has unsubscribed"));
    assert!(newsroom.read("/mutes?all=true").contains("taken back"));
}

#[test]
fn without_a_password_nothing_is_offered_and_nothing_done() {
    let newsroom = Newsroom::open("");
    for path in ["/alerts", "/alerts/1", "/mutes", "/rules/unrest%20v1.atom", "/feeds/post", "/articles/1"] {
        let reply = get(&newsroom.address, path, "");
        assert!(reply.body.contains("set a password"), "{path}: {}", reply.body);
        assert!(!reply.body.contains("method=\"post\""), "{path}: {}", reply.body);
    }
    for path in ["/alerts/retry", "/alerts/1/retry", "/mutes", "/mutes/1/lift", "/unsubscriptions/1/end"] {
        assert_eq!(newsroom.ask(path, "").status, 403, "{path}");
    }
}

#[test]
fn a_rule_whose_name_ends_as_a_feed_does_has_a_page_and_a_feed() {
    let newsroom = Newsroom::open("");
    assert!(newsroom.read("/rules/unrest%20v1.atom").contains("What it asks for"));
    let feed = get(&newsroom.address, "/rules/unrest%20v1.atom.atom", "");
    assert_eq!(feed.header("Content-Type"), Some("application/atom+xml; charset=utf-8"), "{}", feed.body);
    assert_eq!(get(&newsroom.address, "/rules/nobody.atom", "").status, 404);
}
