//! Which entries of a feed are news, whatever its publisher does to their ids, links and dates: scripts of documents,
//! polled by the real daemon.

use std::time::Duration;

use serde_json::Value;

use crate::support::{Answer, Hours, Mail, Sink, Site};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// One feed over some polls.
struct Script<'a> {
    name: &'a str,
    polls: Vec<Poll<'a>>,
    /// Of the feed at the end, as `feeds --json` has it.
    told_apart_by: &'a str,
    ignored: Vec<&'a str>,
    /// Articles at the end.
    articles: Option<usize>,
}

#[derive(Default)]
struct Poll<'a> {
    entries: Vec<Line<'a>>,
    /// Titles of the mails that it brings.
    news: Vec<&'a str>,
}

/// An entry: each part but the title may be missing.
struct Line<'a> {
    id: &'a str,
    link: &'a str,
    title: &'a str,
    /// Day of November and time.
    date: &'a str,
    summary: &'a str,
}

/// Reads scripts as `tests/fixtures/identity/known_entries.txt` explains them.
fn scripts(text: &str) -> Vec<Script<'_>> {
    let mut scripts: Vec<Script<'_>> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        if let Some(name) = line.strip_prefix("## ") {
            let polls = vec![Poll::default()];
            scripts.push(Script { name, polls, told_apart_by: "id", ignored: Vec::new(), articles: None });
            continue;
        }
        let script = scripts.last_mut().expect("a name first");
        let poll = script.polls.last_mut().expect("there is always one");
        if line == "--" {
            script.polls.push(Poll::default());
        } else if let Some(title) = line.strip_prefix("> ") {
            poll.news.push(title);
        } else if let Some(count) = line.strip_prefix("= articles ") {
            script.articles = Some(count.parse().expect("a number"));
        } else if let Some(basis) = line.strip_prefix("= by ") {
            script.told_apart_by = basis;
        } else if let Some(names) = line.strip_prefix("= without ") {
            script.ignored = names.split(' ').collect();
        } else {
            let [id, link, title, date, summary] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            poll.entries.push(Line { id, link, title, date, summary });
        }
    }
    scripts
}

impl Line<'_> {
    fn item(&self, site: &Site) -> String {
        let element = |name: &str, text: String| match text.is_empty() {
            true => String::new(),
            false => format!("<{name}>{}</{name}>", text.replace('&', "&amp;")),
        };
        let absolute = |text: &str| if text.starts_with('/') { site.url(text) } else { text.to_owned() };
        let id = absolute(self.id).replace('&', "&amp;");
        let id = if id.is_empty() { id } else { format!("<guid isPermaLink=\"false\">{id}</guid>") };
        let date = match self.date.split_once(' ') {
            Some((day, time)) => format!("{day} Nov 2050 {time}:00 GMT"),
            None => String::new(),
        };
        let parts = [
            id,
            element("link", absolute(self.link)),
            element("title", self.title.to_owned()),
            element("pubDate", date),
            element("description", self.summary.to_owned()),
        ];
        format!("<item>{}</item>", parts.concat())
    }
}

fn document(site: &Site, entries: &[Line<'_>]) -> Answer {
    let items: String = entries.iter().map(|entry| entry.item(site)).collect();
    Answer::rss(format!("<rss version=\"2.0\"><channel><title>The Wire</title>{items}</channel></rss>"))
}

fn configuration(site: &Site, sink: &Sink, feeds: usize) -> String {
    let feed = |n: usize| {
        format!("[[feed]]\nname = \"wire-{n}\"\nurl = \"{}\"\nfollow = false\n", site.url(&format!("/{n}.xml")))
    };
    let feeds: String = (1..=feeds).map(feed).collect();
    format!(
        "[store]\npath = \"wirewatch.db\"\n[poll]\nschedule = \"every 1h\"\nper_host_interval = \"0s\"\ninitial = \"0s\"\n\
         allow_private_addresses = [\"127.0.0.1\"]\n[pages]\nconfirm = \"0s\"\n{feeds}\
         [[rule]]\nname = \"wire\"\nmatch = 'wire'\n\
         [[recipient]]\nname = \"desk\"\nemail = \"desk@example.org\"\nsettle = \"0s\"\nupdate_interval = \"0s\"\n\
         [mail]\nfrom = \"w@example.org\"\nsmtp = \"{}\"\nmax_per_hour = 0\n",
        sink.url()
    )
}

/// The mails that came, in the order of their letters: `Flood`, `revised Flood`.
fn told(sink: &Sink) -> Vec<String> {
    let told = |mail: &Mail| {
        let subject = mail.header("Subject").unwrap_or_default();
        let title = subject.trim_start_matches("Re: ").trim_start_matches("[wire] ");
        if mail.text().contains("Revised") { format!("revised {title}") } else { title.to_owned() }
    };
    let mut mails: Vec<String> = sink.waiting().iter().map(told).collect();
    mails.sort();
    mails
}

async fn check(script: &Script<'_>) -> Vec<String> {
    let (site, sink) = (Site::start(), Sink::start());
    let mut failures = Vec::new();
    site.set("/1.xml", document(&site, &script.polls[0].entries));
    let hours = Hours::new(&configuration(&site, &sink, 1)).await;
    for (at, poll) in script.polls.iter().enumerate() {
        site.set("/1.xml", document(&site, &poll.entries));
        hours.after(HOUR + HOUR / 4).await;
        let mut expected: Vec<String> = poll.news.iter().map(|title| (*title).to_owned()).collect();
        expected.sort();
        let told = told(&sink);
        if told != expected {
            failures.push(format!("{}, poll {}: {told:?} and not {expected:?}", script.name, at + 1));
        }
    }
    let feed = &hours.json(&["feeds"])["feeds"][0];
    let policy = (feed["told_apart_by"].as_str(), &feed["ignored_parameters"]);
    if policy != (Some(script.told_apart_by), &Value::from(script.ignored.clone())) {
        failures.push(format!("{}: in the end {policy:?}", script.name));
    }
    let articles = hours.json(&["articles"])["articles"].as_array().map_or(0, Vec::len);
    if script.articles.is_some_and(|expected| expected != articles) {
        failures.push(format!("{}: {articles} articles", script.name));
    }
    failures
}

async fn check_all(text: &str) {
    let mut failures = Vec::new();
    for script in scripts(text) {
        failures.extend(check(&script).await);
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_known_is_no_news_whatever_becomes_of_its_key() {
    check_all(include_str!("../fixtures/identity/known_entries.txt")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_is_news_whatever_key_it_has() {
    check_all(include_str!("../fixtures/identity/new_entries.txt")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_in_five_feeds_is_one_article_and_one_mail_that_names_them_all() {
    let (site, sink) = (Site::start(), Sink::start());
    let publish = |entries: &[Line<'_>]| (1..=5).for_each(|n| site.set(&format!("/{n}.xml"), document(&site, entries)));
    publish(&[]);
    let hours = Hours::new(&configuration(&site, &sink, 5)).await;
    hours.after(HOUR).await;
    publish(&[Line {
        id: "7",
        link: "/a?utm_source=rss",
        title: "Flood",
        date: "22 10:00",
        summary: "The wire says.",
    }]);
    hours.after(HOUR + HOUR / 4).await;
    let mails = sink.waiting();
    assert_eq!(mails.len(), 1);
    let text = mails[0].text();
    (1..=5).for_each(|n| assert!(text.contains(&format!("wire-{n}")), "wire-{n} is not named: {text}"));
    let articles = hours.json(&["articles"]);
    assert_eq!(articles["articles"].as_array().map(Vec::len), Some(1));
    assert_eq!(articles["articles"][0]["feeds"].as_array().map(Vec::len), Some(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_first_document_was_cut_before_is_no_news_when_it_comes_whole() {
    let (site, sink) = (Site::start(), Sink::start());
    let line = |id, link, title| Line { id, link, title, date: "21 10:00", summary: "The wire says." };
    let whole = document(&site, &[line("1", "/a", "Flood"), line("2", "/b", "Storm")]);
    let cut = whole.body.len() - 150;
    site.set("/1.xml", Answer::rss(&whole.body[..cut]));
    let hours = Hours::new(&configuration(&site, &sink, 1)).await;
    hours.after(HOUR).await;
    assert_eq!(hours.json(&["feeds"])["feeds"][0]["entries"], 1);
    site.set("/1.xml", whole);
    hours.after(HOUR + HOUR / 4).await;
    assert_eq!(hours.json(&["feeds"])["feeds"][0]["entries"], 2);
    assert_eq!(told(&sink), [""; 0]);
    site.set("/1.xml", document(&site, &[line("2", "/b", "Storm"), line("3", "/c", "Quake")]));
    hours.after(HOUR + HOUR / 4).await;
    assert_eq!(told(&sink), ["Quake"]);
}
