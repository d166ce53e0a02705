//! From the link in a mail to silence, in the whole program.

use std::io::Write;

use super::{STORY, break_news, configuration, page, watching};
use crate::support::http::{Reply, ask, connect, get};
use crate::support::{Installation, Mail, Running, Sink, Site};

const PUBLIC: &str = "https://watch.example.org";

/// Two rules, the second of which only a later toll matches, and two addresses; a page for others behind a password, mails
/// that are signed.
fn newsroom() -> (Site, Sink, Installation) {
    let (site, sink, installation) = watching();
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/transport/dkim-ed25519.pem");
    let two = configuration(&site, &sink)
        .replace("\"desk@example.org\"", "[\"desk@example.org\", \"two@example.org\"]")
        .replace("[[recipient]]", "[[rule]]\nname = \"toll\"\nmatch = '26 OR 31'\n\n[[recipient]]")
        .replace("[mail]", &format!("[mail]\noperator = \"admin@example.org\"\ndkim = {{ domain = \"example.org\", selector = \"w\", key_file = \"{key}\" }}"));
    let web = format!("\n[web]\nlisten = '127.0.0.1:0'\npassword = 'open sesame'\npublic_url = '{PUBLIC}'\n");
    installation.configure(&(two + &web));
    (site, sink, installation)
}

fn revise(site: &Site, toll: &str) {
    site.set(STORY, page("Dozens killed in the capital", toll, "ad"));
}

/// The next mails, by who gets them and of which rules.
fn next(sink: &Sink, count: usize) -> Vec<(Mail, String)> {
    let told = |mail: Mail| {
        let rules = mail.header("X-Wirewatch-Rule").unwrap_or_default();
        let told = format!("{} {rules}", mail.to);
        (mail, told)
    };
    let mut mails: Vec<(Mail, String)> = (0..count).map(|_| told(sink.next())).collect();
    mails.sort_by(|(_, one), (_, other)| one.cmp(other));
    mails
}

fn told(mails: &[(Mail, String)]) -> Vec<&str> {
    mails.iter().map(|(_, told)| told.as_str()).collect()
}

/// The path of a mail's link.
fn link(mail: &Mail) -> String {
    let header = mail.header("List-Unsubscribe").expect("a link");
    let url = header.trim_start_matches('<').trim_end_matches('>');
    assert!(mail.text().replace("=\r\n", "").contains(url), "the footer has it too: {}", mail.text());
    url.strip_prefix(PUBLIC).expect("a link to our page").to_owned()
}

fn request(path: &str, form: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: watch.example.org\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
        form.len()
    )
}

/// The same form as RFC 8058 would rather have it.
fn multipart(path: &str) -> String {
    let form = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    request(path, form).replace("application/x-www-form-urlencoded", "multipart/form-data; boundary=b")
}

fn post(address: &str, path: &str, form: &str) -> Reply {
    ask(address, &request(path, form))
}

fn unsubscribed(installation: &Installation) -> Vec<serde_json::Value> {
    installation.json(&["mutes"])["unsubscribed"].as_array().expect("a list").clone()
}

/// The first mails on the story: that to `desk@example.org`, and where the page is served.
fn first_mail(site: &Site, sink: &Sink, installation: &Installation) -> (Mail, Running, String) {
    let mut daemon = installation.start();
    let address = daemon.page();
    break_news(site);
    let mut mails = next(sink, 2);
    assert_eq!(told(&mails), ["desk@example.org unrest", "two@example.org unrest"]);
    (mails.remove(0).0, daemon, address)
}

#[test]
fn one_click_stops_a_rule_for_one_address_and_can_be_taken_back() {
    let (site, sink, installation) = newsroom();
    let (mail, daemon, address) = first_mail(&site, &sink, &installation);
    assert_eq!(mail.header("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
    let signature: String = mail.header("DKIM-Signature").expect("signed").split_whitespace().collect();
    assert!(signature.contains(":List-Unsubscribe:List-Unsubscribe-Post:"), "{signature}");
    let path = link(&mail);
    assert!(!path.contains("desk"), "{path}");

    // Following the link shows what would stop, and stops nothing; nobody is asked for a password.
    let shown = ask(&address, &format!("GET {path} HTTP/1.1\r\nHost: watch.example.org\r\nConnection: close\r\n\r\n"));
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(shown.body.contains("desk@example.org</strong> gets mails of the rule"), "{}", shown.body);
    assert!(shown.body.contains("Stop everything to"), "{}", shown.body);
    assert_eq!(shown.header("Referrer-Policy"), Some("same-origin"), "no other site learns the key");
    assert_eq!(unsubscribed(&installation), [] as [serde_json::Value; 0]);

    for request in [request(&path, "List-Unsubscribe=One-Click"), multipart(&path)] {
        let done = ask(&address, &request);
        assert_eq!(done.status, 200, "{}", done.body);
        assert!(done.body.contains("gets no more:"), "{}", done.body);
    }
    let known = unsubscribed(&installation);
    assert_eq!(known.len(), 1, "{known:?}");
    assert_eq!(
        (known[0]["address"].as_str(), known[0]["name"].as_str(), known[0]["how"].as_str()),
        (Some("desk@example.org"), Some("unrest"), Some("one-click"))
    );
    assert!(installation.stdout(&["mutes"]).contains("rule unrest"));

    // The operator hears of it, once; then the story moves on.
    let notice = next(&sink, 1).remove(0).0;
    assert_eq!(notice.to, "admin@example.org");
    assert_eq!(notice.header("Subject").as_deref(), Some("[wirewatch] desk@example.org unsubscribed"));
    assert_eq!(notice.header("List-Unsubscribe"), None);
    revise(&site, "26");
    let mails = next(&sink, 2);
    assert_eq!(told(&mails), ["desk@example.org toll", "two@example.org unrest, toll"]);

    // The button of the page takes it back.
    assert!(get(&address, &path, "").body.contains("Send it again"), "by this machine's own name too");
    let back = post(&address, &path, "what=again");
    assert_eq!((back.status, back.header("Location")), (303, path.rsplit('/').next()), "{}", back.head);
    assert_eq!(unsubscribed(&installation), [] as [serde_json::Value; 0]);
    revise(&site, "31");
    let mails = next(&sink, 2);
    assert_eq!(told(&mails), ["desk@example.org unrest, toll", "two@example.org unrest, toll"]);
    let (_, log) = daemon.stop();
    assert!(log.contains("unsubscribed") && log.contains("subscribed again"), "{log}");
    assert!(!log.contains(path.rsplit('/').next().expect("a token")), "the key stands in no log");
}

#[test]
fn the_page_stops_everything_and_the_command_line_takes_it_back() {
    let (site, sink, installation) = newsroom();
    let (mail, daemon, address) = first_mail(&site, &sink, &installation);
    let path = link(&mail);
    for form in ["", "what=", "what=nothing", "list-unsubscribe=One-Click", "List-Unsubscribe=Later"] {
        assert_eq!(post(&address, &path, form).status, 400, "{form}");
    }
    assert_eq!(post(&address, &path, "what=everything").status, 303);
    let shown = get(&address, &path, "").body;
    assert!(shown.contains("everything, since") && !shown.contains("Stop"), "{shown}");
    assert_eq!(next(&sink, 1)[0].0.to, "admin@example.org");
    revise(&site, "26");
    assert_eq!(told(&next(&sink, 1)), ["two@example.org unrest, toll"]);

    assert_eq!(installation.run(&["unmute", "u9"]).status.code(), Some(1));
    assert_eq!(installation.run(&["unmute", "v1"]).status.code(), Some(2));
    let id = format!("u{}", unsubscribed(&installation)[0]["id"]);
    assert!(installation.stdout(&["unmute", &id]).contains("desk@example.org gets everything again"));
    assert_eq!(installation.run(&["unmute", &id]).status.code(), Some(1), "it was taken back already");
    revise(&site, "31");
    assert_eq!(told(&next(&sink, 2)), ["desk@example.org unrest, toll", "two@example.org unrest, toll"]);
    daemon.stop();
}

#[test]
fn a_forged_link_says_nothing_and_does_nothing() {
    let (site, sink, installation) = newsroom();
    let (mail, daemon, address) = first_mail(&site, &sink, &installation);
    let path = link(&mail);
    let (last, rest) = (path.chars().last().expect("a token"), &path[..path.len() - 1]);
    let other = if last == 'A' { 'Q' } else { 'A' };
    let middle = path.len() / 2;
    let flipped = if &path[middle..=middle] == "x" { "y" } else { "x" };
    for forged in [
        format!("{rest}{other}"),
        rest.to_owned(),
        format!("{path}A"),
        format!("{}{flipped}{}", &path[..middle], &path[middle + 1..]),
        "/unsubscribe/1".to_owned(),
        "/unsubscribe/%2e%2e".to_owned(),
    ] {
        for reply in [get(&address, &forged, ""), post(&address, &forged, "List-Unsubscribe=One-Click")] {
            assert_eq!(reply.status, 404, "{forged}: {}", reply.body);
            assert!(!reply.body.contains("example.org") && !reply.body.contains("unrest"), "{}", reply.body);
        }
    }
    assert_eq!(unsubscribed(&installation), [] as [serde_json::Value; 0]);
    daemon.stop();
}

#[test]
fn a_daemon_that_dies_over_a_click_has_done_it_or_not_and_the_next_click_does_it_once() {
    let (site, sink, installation) = newsroom();
    let (mail, daemon, address) = first_mail(&site, &sink, &installation);
    let path = link(&mail);
    // What is known as sent is not repeated.
    installation.wait_for(&["alerts", "--state", "sent"], |sent| sent["alerts"].as_array().map(Vec::len) == Some(2));
    let mut connection = connect(&address);
    connection.write_all(request(&path, "List-Unsubscribe=One-Click").as_bytes()).expect("it is read");
    daemon.kill();
    let done = unsubscribed(&installation).len();
    assert!(done <= 1, "{done}");

    let mut daemon = installation.start();
    let address = daemon.page();
    assert_eq!(post(&address, &path, "List-Unsubscribe=One-Click").status, 200);
    assert_eq!(unsubscribed(&installation).len(), 1);
    revise(&site, "26");
    let mails = next(&sink, 3);
    assert_eq!(told(&mails), ["admin@example.org ", "desk@example.org toll", "two@example.org unrest, toll"]);
    daemon.stop();
    assert!(sink.waiting().is_empty(), "the operator was told once");
}

#[test]
fn who_unsubscribed_from_a_recipient_stays_so_under_its_new_name() {
    let (site, sink, installation) = newsroom();
    break_news(&site);
    installation.all();
    rusqlite::Connection::open(installation.path("wirewatch.db"))
        .and_then(|connection| {
            let sql = "INSERT INTO unsubscriptions (address, recipient, how, begun_at)
                 VALUES ('Two@example.org', 'desk', 'page', 0)";
            connection.execute(sql, [])
        })
        .expect("a row");
    let configured = std::fs::read_to_string(installation.path("wirewatch.toml")).expect("the configuration");
    installation.configure(&configured.replace("name = \"desk\"", "name = \"newsdesk\""));
    sink.waiting();
    revise(&site, "26");
    installation.all();
    let known = unsubscribed(&installation);
    assert_eq!((known[0]["address"].as_str(), known[0]["name"].as_str()), (Some("Two@example.org"), Some("newsdesk")));
    let told: Vec<String> = sink.waiting().into_iter().map(|mail| mail.to).collect();
    assert_eq!(told, ["desk@example.org"]);
}
