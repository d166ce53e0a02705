//! How feeds are asked for and what becomes of what servers answer, over hours and days.

use std::time::Duration;

use super::page;
use crate::support::{Answer, Hours, Installation, Site, rss};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A daemon of its own for these feeds, each with its lines of configuration.
fn configuration(feeds: &[(&str, String, &str)]) -> String {
    let feed =
        |(name, url, lines): &(&str, String, &str)| format!("[[feed]]\nname = \"{name}\"\nurl = \"{url}\"\n{lines}\n");
    let feeds: String = feeds.iter().map(feed).collect();
    format!(
        "[pages]\nfollow = false\n[poll]\nschedule = \"*/10 * * * *\"\nper_host_interval = \"0s\"\nallow_private_addresses = [\"127.0.0.0/8\"]\n\
         {feeds}"
    )
}

fn news(site: &Site, titles: &[&str]) -> String {
    let paths: Vec<String> = titles.iter().map(|title| format!("/{}", title.replace(' ', "-"))).collect();
    let entries: Vec<(&str, &str)> = titles.iter().zip(&paths).map(|(title, path)| (*title, path.as_str())).collect();
    rss(site, "The Harbour Post", &entries)
}

async fn watching(site: &Site) -> Hours {
    Hours::new(&configuration(&[("post", site.url("/rss.xml"), "")])).await
}

fn feed(hours: &Hours) -> serde_json::Value {
    hours.json(&["feeds"])["feeds"][0].clone()
}

/// After how many rounds of `every` the feed was asked, among the first `rounds`.
async fn asked_in(hours: &Hours, site: &Site, rounds: usize, every: Duration) -> Vec<usize> {
    let mut asked = Vec::new();
    for round in 1..=rounds {
        let before = site.asked("/rss.xml").len();
        hours.after(every).await;
        asked.extend((site.asked("/rss.xml").len() > before).then_some(round));
    }
    asked
}

type Case = (u16, &'static [(&'static str, &'static str)], Duration, &'static [usize]);

/// What a feed answers from its second poll on, how long a round is, and the first rounds among 30 in which it is
/// asked then; whatever it answers, there are fewer than 13. It is polled every ten minutes where all is well.
const ANSWERS: &[Case] = &[
    (200, &[], MINUTE, &[10, 20, 30]),
    // A hint counts for less than a schedule that somebody typed.
    (200, &[("Cache-Control", "max-age=3600")], MINUTE, &[10, 20, 30]),
    (200, &[("Retry-After", "3600")], MINUTE, &[10, 20, 30]),
    (503, &[("Retry-After", "1500")], MINUTE, &[10]),
    (503, &[("Retry-After", "3600")], Duration::from_secs(600), &[1, 7, 13, 19, 25]),
    (503, &[("Retry-After", "Tue, 22 Nov 2050 14:00:00 GMT")], Duration::from_secs(600), &[1, 12, 13]),
    (503, &[("Retry-After", "99999999")], HOUR, &[1, 25]),
    (503, &[("Retry-After", "-5")], MINUTE, &[10, 20, 30]),
    (429, &[("Retry-After", "1500")], MINUTE, &[10]),
    (429, &[("Retry-After", "99999999")], HOUR, &[1, 25]),
    (410, &[], HOUR, &[1, 25]),
    (404, &[], HOUR, &[1, 2, 3, 4, 5, 6]),
    (403, &[], HOUR, &[1, 2, 3, 4, 5, 6]),
    (500, &[], HOUR, &[1, 2, 3, 4, 5, 6]),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_asked_again_when_its_answer_says_so() {
    for (status, headers, every, wanted) in ANSWERS {
        let site = Site::start();
        site.set("/rss.xml", Answer::rss(news(&site, &["Bread"])));
        let hours = watching(&site).await;
        hours.after(Duration::ZERO).await;
        let body = if *status == 200 { news(&site, &["Bread"]) } else { String::new() };
        let answer = Answer { status: *status, ..Answer::rss(body) };
        let answer = headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value));
        site.set("/rss.xml", answer);
        let asked = asked_in(&hours, &site, 30, *every).await;
        assert_eq!(asked[..wanted.len()], **wanted, "{status} {headers:?}");
        assert!(asked.len() < 13, "{status} {headers:?}: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_asked_too_often_is_left_alone_whatever_is_asked_for() {
    let (site, other) = (Site::start(), Site::start_at("127.0.0.2"));
    let feeds = [
        ("post", site.url("/rss.xml"), ""),
        ("sport", site.url("/sport.xml"), "schedule = \"*/5 * * * *\""),
        ("else", other.url("/rss.xml"), "follow = true"),
    ];
    // Of the other host's articles, one is on this host.
    let link = format!("<item><guid>1</guid><title>Bread</title><link>{}</link></item>", site.url("/bread"));
    other.set("/rss.xml", Answer::rss(format!("<rss version=\"2.0\"><channel><title>t</title>{link}</channel></rss>")));
    site.set("/bread", page("Bread", "0", "ad"));
    let good = Answer::rss(news(&site, &["Cup tie"]));
    site.set("/rss.xml", Answer::status(429).header("Retry-After", "1800"));
    site.set("/sport.xml", good.clone());
    let hours = Hours::new(&configuration(&feeds)).await;
    hours.after(Duration::ZERO).await;
    let asked_of_site = || ["/rss.xml", "/sport.xml", "/bread", "/robots.txt"].map(|path| site.asked(path).len());
    let before = asked_of_site();
    assert_eq!(before[0], 1);
    hours.rounds(29, MINUTE).await;
    assert_eq!(asked_of_site(), before, "nothing was asked of the host");
    assert!(other.asked("/rss.xml").len() >= 3, "another host goes on as ever");
    let listed = hours.json(&["feeds"])["feeds"].clone();
    let sport = listed.as_array().unwrap().iter().find(|feed| feed["name"] == "sport").unwrap();
    assert_eq!((&sport["state"], &sport["failures"]), (&"healthy".into(), &0.into()), "it did not fail: {sport}");
    site.set("/rss.xml", good);
    hours.rounds(8, MINUTE).await;
    let [post, sport, bread, robots] = asked_of_site();
    assert_eq!(post, 2, "asked again when the time was over");
    assert!(sport > before[1] && bread > 0 && robots > 0, "{sport} {bread} {robots}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_without_a_time_grows_from_a_minute_and_a_reload_does_not_end_it() {
    let site = Site::start();
    site.set("/rss.xml", Answer::status(429));
    let configured = configuration(&[("post", site.url("/rss.xml"), "")]).replace("*/10", "*");
    let hours = Hours::new(&configured).await;
    let asked = asked_in(&hours, &site, 22, MINUTE).await;
    for (refusals, gap) in asked.windows(2).map(|pair| pair[1] - pair[0]).enumerate() {
        assert!(gap >= 1 << refusals && gap <= (1 << refusals) * 2, "it doubles: {asked:?}");
    }
    // Another feed of the host, new in the configuration and due at once, waits too.
    hours.reload(&format!("{configured}\n[[feed]]\nname = \"new\"\nurl = \"{}\"\n", site.url("/new.xml"))).await;
    hours.rounds(10, MINUTE).await;
    assert!(site.asked("/new.xml").is_empty());
    hours.rounds(40, MINUTE).await;
    assert!(!site.asked("/new.xml").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_validator_is_renewed_by_itself_by_a_304_too() {
    let site = Site::start();
    let answer = |etag: &str, modified: &str| {
        let answer = Answer::rss(news(&site, &["Bread"]));
        let answer = if etag.is_empty() { answer } else { answer.header("ETag", etag) };
        if modified.is_empty() { answer } else { answer.header("Last-Modified", modified) }
    };
    // What is answered, the status, and the validators of the next request.
    let (monday, friday) = ("Mon, 14 Nov 2050 12:00:00 GMT", "Fri, 18 Nov 2050 12:00:00 GMT");
    let steps = [
        (answer("\"a\"", monday), 200, (Some("\"a\""), Some(monday))),
        (answer("\"a\"", friday), 304, (Some("\"a\""), Some(friday))),
        (answer("\"a\"", ""), 304, (Some("\"a\""), Some(friday))),
        (answer("W/\"b c\"", ""), 200, (Some("W/\"b c\""), None)),
        (answer("", monday), 200, (None, Some(monday))),
        (answer("unquoted", ""), 200, (Some("unquoted"), None)),
        (answer("", ""), 200, (None, None)),
    ];
    let hours = watching(&site).await;
    let mut expected = (None, None);
    for (answer, status, next) in steps {
        site.set("/rss.xml", answer);
        hours.after(10 * MINUTE).await;
        let asked = site.asked("/rss.xml").pop().unwrap();
        let sent = |name: &str| asked.headers.get(name).map(String::as_str);
        assert_eq!((sent("if-none-match"), sent("if-modified-since")), expected);
        assert_eq!(asked.status, status);
        expected = next;
    }
}

/// A feed that is asked for four times a day.
async fn watching_rarely(site: &Site) -> Hours {
    Hours::new(&configuration(&[("post", site.url("/rss.xml"), "")]).replace("*/10 *", "0 */6")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_changes_behind_its_304_is_not_believed_for_a_week() {
    let site = Site::start();
    let set = |titles: &[&str], etag| site.set("/rss.xml", Answer::rss(news(&site, titles)).header("ETag", etag));
    let always = "\"always\"";
    set(&["Bread"], always);
    let hours = watching_rarely(&site).await;
    let conditional = |from: usize| {
        let asked = site.asked("/rss.xml");
        asked[from..].iter().filter(|asked| asked.headers.contains_key("if-none-match")).count()
    };
    // An honest 304 is asked for in full once a day, and stays believed.
    hours.rounds(6, 6 * HOUR).await;
    assert_eq!((site.asked("/rss.xml").len(), conditional(0)), (7, 5), "one was full beside the first");
    assert_eq!(feed(&hours)["distrusted_until"], serde_json::Value::Null);

    set(&["Dozens killed", "Bread"], always);
    hours.rounds(4, 6 * HOUR).await;
    let listed = feed(&hours);
    assert_eq!(listed["entries"], 2, "found within a day");
    assert!(listed["distrusted_until"].is_string(), "{listed}");
    let from = site.asked("/rss.xml").len();
    hours.rounds(4 * 6, 6 * HOUR).await;
    assert_eq!((site.asked("/rss.xml").len() - from, conditional(from)), (4 * 6, 0), "nobody asks on conditions");

    // Then it gets another chance, during which it is watched: nothing is missed.
    hours.rounds(4, 6 * HOUR).await;
    set(&["Peace", "Dozens killed", "Bread"], always);
    hours.after(6 * HOUR).await;
    assert_eq!(feed(&hours)["entries"], 3);

    // A server that was mended is believed again.
    set(&["Peace", "Dozens killed", "Bread"], "\"true\"");
    hours.rounds(4 * 9, 6 * HOUR).await;
    let from = site.asked("/rss.xml").len();
    hours.rounds(4, 6 * HOUR).await;
    assert_eq!((site.asked("/rss.xml").len() - from, conditional(from)), (5, 4));
}

/// A redirect, the titles where it leads, and whether that is proposed after some days.
const REDIRECTS: &[(u16, &[&str], bool)] = &[
    (301, &["Bread", "Cup tie", "News"], true),
    (308, &["Bread", "Cup tie", "News"], true),
    (302, &["Bread", "Cup tie", "News"], false),
    (303, &["Bread", "Cup tie", "News"], false),
    (307, &["Bread", "Cup tie", "News"], false),
    (301, &["Pills", "Watches", "Casino"], false),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_redirect_is_proposed_after_days_and_polls_and_a_temporary_one_never() {
    for (status, titles, is_proposed) in REDIRECTS {
        let (site, new) = (Site::start(), Site::start_at("127.0.0.2"));
        let entries = |titles: &[&str]| Answer::rss(news(&site, titles));
        site.set("/rss.xml", entries(&["Bread", "Cup tie", "Weather"]));
        new.set("/feed", entries(titles));
        let hours = watching_rarely(&site).await;
        let proposal = || {
            let notices = feed(&hours)["notices"].as_array().unwrap().clone();
            notices.into_iter().find(|notice| notice["kind"] == "feed_moved")
        };
        hours.after(6 * HOUR).await;
        site.set("/rss.xml", Answer::status(*status).header("Location", &new.url("/feed")));
        hours.rounds(12, 6 * HOUR).await;
        assert_eq!(proposal(), None, "{status}: not for three days yet");
        hours.rounds(4, 6 * HOUR).await;
        assert_eq!(proposal().is_some(), *is_proposed, "{status} to {titles:?}");
        let Some(proposed) = proposal() else { continue };
        assert!(proposed["text"].as_str().unwrap().contains(&new.url("/feed")), "{proposed}");
        assert_eq!(feed(&hours)["url"], site.url("/rss.xml"), "nothing is changed by itself");
        site.set("/rss.xml", entries(&["Bread"]));
        hours.rounds(2, 6 * HOUR).await;
        assert_eq!(proposal(), None, "taken back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_was_taken_down_is_gone_and_told_as_such() {
    let site = Site::start();
    site.set("/rss.xml", Answer::rss(news(&site, &["Bread"])));
    let hours = watching(&site).await;
    hours.after(HOUR).await;
    site.set("/rss.xml", Answer::status(410));
    hours.after(HOUR).await;
    let listed = feed(&hours);
    assert_eq!((&listed["state"], &listed["notices"][0]["kind"]), (&"gone".into(), &"feed_gone".into()), "{listed}");
    hours.rounds(3, DAY).await;
    let kinds: Vec<_> = feed(&hours)["notices"].as_array().unwrap().iter().map(|it| it["kind"].clone()).collect();
    assert_eq!(kinds, ["feed_gone"], "and not as failing too");
    site.set("/rss.xml", Answer::rss(news(&site, &["Bread"])));
    hours.rounds(2, DAY).await;
    assert_eq!(
        (feed(&hours)["state"].clone(), feed(&hours)["notices"].clone()),
        ("healthy".into(), serde_json::json!([]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_not_found_for_a_day_is_told_with_what_to_do() {
    let site = Site::start();
    site.set("/rss.xml", Answer::rss(news(&site, &["Bread"])));
    let hours = watching(&site).await;
    hours.after(HOUR).await;
    site.set("/rss.xml", Answer::status(404));
    hours.rounds(30, HOUR).await;
    let notice = feed(&hours)["notices"][0].clone();
    let text = notice["text"].as_str().unwrap_or_default();
    assert!(text.contains("status 404") && text.contains("feeds discover"), "{notice}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_in_the_place_of_a_feed_is_a_failure_that_names_where_it_stands() {
    let (site, portal) = (Site::start(), Site::start_at("127.0.0.2"));
    site.set("/rss.xml", Answer::rss(news(&site, &["Bread"])).header("ETag", "\"1\""));
    let hours = watching(&site).await;
    hours.after(HOUR).await;
    portal.set("/login", Answer::html("<!doctype html><html><head><title>Log in</title></head><body>…</body></html>"));
    site.set("/rss.xml", Answer::redirect(&portal.url("/login")));
    hours.after(HOUR).await;
    let listed = feed(&hours);
    assert_eq!((&listed["state"], &listed["failures"]), (&"failing".into(), &1.into()));
    let error = listed["last_error"].as_str().unwrap();
    assert!(error.starts_with("its address leads to `127.0.0.2`: "), "{error}");
    // What was known of the feed is still known: the entries, and its validators.
    site.set("/rss.xml", Answer::rss(news(&site, &["Bread"])).header("ETag", "\"1\""));
    hours.after(HOUR).await;
    assert_eq!((site.asked("/rss.xml").pop().unwrap().status, &feed(&hours)["entries"]), (304, &1.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_found_is_a_failure_that_waits_longer_and_longer() {
    let site = Site::start();
    let feeds = [("gone", "http://no-such-host.invalid/rss.xml".to_owned(), ""), ("post", site.url("/rss.xml"), "")];
    site.set("/rss.xml", Answer::rss(news(&site, &["Bread"])));
    let hours = Hours::new(&configuration(&feeds)).await;
    let mut polls = Vec::new();
    for _ in 0..12 {
        hours.after(HOUR).await;
        polls.push(feed(&hours)["failures"].as_u64().unwrap());
    }
    let listed = feed(&hours);
    assert_eq!((&listed["name"], &listed["state"]), (&"gone".into(), &"failing".into()), "{listed}");
    assert!(listed["last_error"].as_str().unwrap().contains("cannot find the host"), "{listed}");
    assert!(polls[6] == 7 && polls[11] < 11, "{polls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_logs_in_to_a_feed_is_in_no_log_document_page_or_database() {
    let site = Site::start();
    site.set("/rss.xml", Answer::rss(news(&site, &["Bread"])));
    site.set("/401.xml", Answer::status(401));
    site.set("/away.xml", Answer::redirect("http://eve:s3cret@127.0.0.1:1/"));
    let all = "user = \"bob\"\npassword = \"s3cret\"\ncookie = \"id=s3cret\"\nheaders = { X-Key = \"s3cret\" }";
    let by_address = |path: &str| site.url(path).replace("://", "://bob:s3cret@");
    let feeds = [
        ("keys", site.url("/rss.xml"), all),
        ("address", by_address("/rss.xml?2"), ""),
        ("refused", by_address("/401.xml"), ""),
        ("away", by_address("/away.xml"), ""),
        ("proxy", site.url("/rss.xml?3"), "token = \"s3cret\"\nproxy = \"http://bob:s3cret@127.0.0.1:1\""),
    ];
    let hours = Hours::new(&configuration(&feeds)).await;
    hours.after(MINUTE).await;
    let sent: Vec<_> = ["/rss.xml", "/rss.xml?2", "/401.xml", "/away.xml"]
        .iter()
        .map(|path| site.asked(path)[0].headers.get("authorization").cloned())
        .collect();
    assert_eq!(sent, vec![Some("Basic Ym9iOnMzY3JldA==".to_owned()); 4]);
    let installation = &hours.installation;
    let everything: &[&[&str]] = &[
        &["feeds"],
        &["feeds", "--json"],
        &["feeds", "export"],
        &["articles", "--json"],
        &["status", "--json"],
        &["check"],
        &["check", "--online"],
        &["run", "--once", "--all", "-vv"],
    ];
    for arguments in everything {
        let mut command = installation.command(arguments);
        let output = command.env("RUST_LOG", "trace").output().expect("the binary runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(
            !said.is_empty() && !said.contains("s3cret") && !said.contains("Ym9iOnMzY3JldA"),
            "{arguments:?}: {said}"
        );
    }
    for file in std::fs::read_dir(installation.folder.path()).expect("a folder") {
        let path = file.expect("a file").path();
        if path.is_file() && path.extension().is_none_or(|it| it != "toml") {
            let bytes = std::fs::read(&path).expect("a readable file");
            assert!(!bytes.windows(6).any(|part| part == b"s3cret"), "{}", path.display());
        }
    }
}

#[test]
fn the_environment_names_a_proxy_only_where_the_configuration_says_so() {
    for (line, is_used) in [("", false), ("proxy = \"environment\"", true)] {
        let (site, proxy) = (Site::start(), Site::start_at("127.0.0.2"));
        site.set("/rss.xml", Answer::rss(news(&site, &["Bread"])));
        proxy.set(&site.url("/rss.xml"), Answer::rss(news(&site, &["Bread"])));
        let installation = Installation::new(&configuration(&[("post", site.url("/rss.xml"), line)]));
        let mut command = installation.command(&["run", "--once"]);
        command.env("http_proxy", &proxy.origin).env("HTTP_PROXY", &proxy.origin);
        assert!(command.output().expect("the binary runs").status.success());
        let asked = (site.asked("/rss.xml").len(), proxy.asked(&site.url("/rss.xml")).len());
        assert_eq!(asked, if is_used { (0, 1) } else { (1, 0) }, "{line}");
    }
}

#[test]
fn a_restart_asks_no_host_that_wants_to_be_left_alone() {
    let site = Site::start();
    site.set("/rss.xml", Answer::status(429).header("Retry-After", "3600"));
    site.set("/more.xml", Answer::rss(news(&site, &["Bread"])));
    let feeds = [("post", site.url("/rss.xml"), ""), ("more", site.url("/more.xml"), "schedule = \"every 1s\"")];
    let installation = Installation::new(&configuration(&feeds));
    let asked = || (site.asked("/rss.xml").len(), site.asked("/more.xml").len());
    installation.run(&["run", "--once"]);
    let before = asked();
    assert_eq!(before.0, 1);
    for _ in 0..3 {
        installation.run(&["run", "--once"]);
    }
    assert_eq!(asked().0, 1, "the feed that was refused waits");
    assert!(before.1 > 0 || asked().1 == 0, "and so does one that was put off");
}

/// A feed whose address leads to another origin, what logs in to it, what stands there, and whether the login is named.
const LED_AWAY: &[(&str, u16, bool)] = &[
    ("user = \"bob\"\npassword = \"s3cret\"", 401, true),
    ("headers = { X-Key = \"s3cret\" }", 403, true),
    ("token = \"s3cret\"", 404, true),
    ("token = \"s3cret\"", 503, false),
    ("", 401, false),
];

#[tokio::test(flavor = "multi_thread")]
async fn who_is_led_away_from_where_they_log_in_learns_that_nothing_was_shown_there() {
    for (lines, status, is_named) in LED_AWAY {
        let (site, new) = (Site::start(), Site::start_at("127.0.0.2"));
        site.set("/rss.xml", Answer::status(301).header("Location", &new.url("/feed")));
        new.set("/feed", Answer::status(*status));
        let hours = Hours::new(&configuration(&[("post", site.url("/rss.xml"), lines)])).await;
        hours.after(MINUTE).await;
        let said = feed(&hours)["last_error"].as_str().unwrap().to_owned();
        let named = format!("leads to `{}`, and what logs in goes to `{}` alone", new.origin, site.origin);
        assert_eq!(said.contains(&named), *is_named, "{lines}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_site_are_logged_in_to_and_its_robots_txt_is_not() {
    let site = Site::start();
    let named = |path: &str| site.url(path).replace("127.0.0.1", "localhost");
    let item = format!("<item><guid>1</guid><title>Bread</title><link>{}</link></item>", named("/bread"));
    site.set("/rss.xml", Answer::rss(format!("<rss version=\"2.0\"><channel><title>t</title>{item}</channel></rss>")));
    site.set("/bread", page("Bread", "0", "ad"));
    let login = "[[site]]\nhost = \"localhost\"\nuser = \"bob\"\npassword = \"s3cret\"\ncookies = { a = \"b\" }\n";
    let feeds = [("post", site.url("/rss.xml"), "follow = true")];
    let hours = Hours::new(&(configuration(&feeds) + login)).await;
    hours.after(MINUTE).await;
    let sent = |path: &str| {
        let asked = site.asked(path).pop().unwrap_or_else(|| panic!("{path} was not asked for"));
        ["authorization", "cookie"].map(|name| asked.headers.get(name).cloned())
    };
    assert_eq!(sent("/bread"), [Some("Basic Ym9iOnMzY3JldA==".to_owned()), Some("a=b".to_owned())]);
    assert_eq!((sent("/robots.txt"), sent("/rss.xml")), ([None, None], [None, None]));
}
