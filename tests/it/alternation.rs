//! The whole daemon, over hours, against pages that go to and fro, that change all the time, or all at once.

use std::time::Duration;

use serde_json::Value;

use crate::support::{Answer, Hours, Sink, Site, rss};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const STORY: &str = "/world/unrest";

fn configuration(site: &Site, sink: &Sink, confirm: &str) -> String {
    format!(
        r#"
[store]
path = "wirewatch.db"
[poll]
schedule = "every 10m"
initial = "0s"
per_host_interval = "0s"
allow_private_addresses = ["127.0.0.1"]
[pages]
recheck = ["10m for 1d", "1h for 7d"]
confirm = "{confirm}"
[[feed]]
name = "harbour-post"
url = "{}"
[[rule]]
name = "unrest"
match = 'troops AND protest*'
on = ["new", "revised", "gone", "back"]
[[recipient]]
name = "desk"
email = "desk@example.org"
settle = "0s"
update_interval = "0s"
[mail]
from = "Wirewatch <wirewatch@example.org>"
smtp = "{}"
max_per_hour = 0
"#,
        site.url("/rss.xml"),
        sink.url(),
    )
}

fn publish(site: &Site, paths: &[&str]) {
    let entries: Vec<(&str, &str)> = paths.iter().map(|path| ("A report", *path)).collect();
    site.set("/rss.xml", Answer::rss(rss(site, "The Harbour Post", &entries)));
}

/// A news page; `last` stands behind its text, `nth` makes it another article.
fn page(headline: &str, toll: u32, nth: usize, last: &str) -> Answer {
    let places = ["harbour", "old town", "station", "university", "market", "airport"];
    let place = places[nth];
    Answer::html(format!(
        "<!doctype html><html lang=\"en\"><head><title>{headline}</title></head><body><nav><a href=\"/\">Home</a></nav>\
         <main><article><h1>{headline}</h1>\
         <p>At least {toll} people were killed on Tuesday at the {place} when troops opened fire on protesters, \
         according to hospital staff and to several witnesses who spoke to this newspaper.</p>\
         <p>Doctors at the {place} said that they had treated patients with gunshot wounds in the corridors because the \
         emergency wards were full. Appeals for blood went out over loudspeakers.</p>\
         <p>The government did not comment on the events at the {place}. The union of dockworkers has called for a general \
         strike on Thursday, and shops near the {place} stayed closed.</p>{last}\
         </article></main><footer>The Harbour Post</footer></body></html>"
    ))
}

fn story(headline: &str, toll: u32) -> Answer {
    page(headline, toll, 0, "")
}

/// A site with one story that was told as news; the mail about it is taken.
async fn watching(confirm: &str, paths: &[&str]) -> (Site, Sink, Hours) {
    let (site, sink) = (Site::start(), Sink::start());
    publish(&site, &[]);
    let hours = Hours::new(&configuration(&site, &sink, confirm)).await;
    hours.after(MINUTE).await;
    publish(&site, paths);
    for (nth, path) in paths.iter().enumerate() {
        site.set(path, page("Dozens killed in the capital", 12, nth, ""));
    }
    hours.after(15 * MINUTE).await;
    assert_eq!(sink.waiting().len(), paths.len(), "the news");
    hours.rounds(2, 10 * MINUTE).await;
    assert!(sink.waiting().is_empty(), "told once");
    (site, sink, hours)
}

/// A round has sent what it sends when it is over.
fn only_mail(sink: &Sink) -> String {
    let mails = sink.waiting();
    assert_eq!(mails.len(), 1, "one mail was expected: {mails:?}");
    mails[0].text()
}

fn versions(hours: &Hours) -> Vec<u64> {
    let articles = hours.json(&["articles"]);
    articles["articles"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|article| article["versions"].as_u64().expect("a number"))
        .collect()
}

/// The number that the latest version of the first article gives.
fn stored_toll(hours: &Hours) -> String {
    let shown = hours.json(&["show", "1"]);
    let mut words = shown["text"].as_str().expect("a text").split_whitespace();
    words.nth(2).expect("at least so many").to_owned()
}

fn notices(hours: &Hours) -> Vec<Value> {
    hours.json(&["status"])["notices"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_headline_in_two_tests_brings_one_notice_and_no_mail() {
    let (site, sink, hours) = watching("0s", &[STORY]).await;
    let (one, other) = (story("Dozens killed in the capital", 12), story("Why did nobody listen?", 12));
    site.take_turns(STORY, vec![other, one]);
    hours.rounds(40, 10 * MINUTE).await;
    assert_eq!(versions(&hours), [1]);
    assert!(sink.waiting().is_empty());
    let notices = notices(&hours);
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!(notices[0]["kind"], "alternating");
    assert_eq!(notices[0]["article"], 1);
    assert!(notices[0]["text"].as_str().is_some_and(|text| text.contains("Why did nobody listen?")), "{notices:?}");
    assert!(notices[0]["count"].as_u64().is_some_and(|count| count > 1), "{notices:?}");
    let history = hours.json(&["history", "1"]);
    assert_eq!(history["notices"][0]["kind"], "alternating");
    assert!(hours.installation.stdout(&["history", "1"]).contains("goes to and fro"));
    // Quiet again, the notice is over.
    site.set(STORY, story("Dozens killed in the capital", 12));
    hours.rounds(30, HOUR).await;
    assert_eq!(versions(&hours), [1]);
    assert_eq!(self::notices(&hours), Vec::<Value>::new());
    assert!(hours.json(&["history", "1"])["notices"][0]["closed_at"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_cache_nodes_serve_late_is_one_version_within_about_an_hour() {
    let (site, sink, hours) = watching("0s", &[STORY]).await;
    let (old, new) = (story("Dozens killed in the capital", 12), story("Dozens killed in the capital", 26));
    site.take_turns(STORY, vec![new.clone(), old]);
    hours.after(20 * MINUTE).await;
    site.set(STORY, new);
    hours.rounds(5, 10 * MINUTE).await;
    assert_eq!(versions(&hours), [1], "it has to stand for an hour");
    hours.rounds(3, 10 * MINUTE).await;
    assert_eq!(versions(&hours), [2]);
    assert!(only_mail(&sink).contains("26"));
    assert_eq!(hours.json(&["history", "1"])["versions"][1]["change"]["marks"][0], "alternating");
    hours.rounds(12, HOUR).await;
    assert_eq!(versions(&hours), [2]);
    assert!(sink.waiting().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_missing_for_one_look_is_nothing() {
    let (site, sink, hours) = watching("0s", &[STORY]).await;
    let whole = page("Dozens killed in the capital", 12, 0, "");
    let short =
        Answer::html(String::from_utf8_lossy(&whole.body).replace("Appeals for blood went out over loudspeakers.", ""));
    site.take_turns(STORY, vec![short, whole.clone(), whole.clone(), whole.clone()]);
    hours.after(20 * MINUTE).await;
    site.set(STORY, whole);
    hours.rounds(12, 10 * MINUTE).await;
    assert_eq!(versions(&hours), [1]);
    assert!(sink.waiting().is_empty());
    assert_eq!(notices(&hours), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_that_is_revised_all_the_time_is_stored_hourly_and_mailed_once_a_day() {
    let (site, sink, hours) = watching("0s", &[STORY]).await;
    let mut toll = 100;
    let mut revise = async |times: usize| {
        for _ in 0..times {
            toll += 1;
            site.set(STORY, story("Dozens killed in the capital", toll));
            hours.after(12 * MINUTE).await;
        }
        toll
    };
    // One more than the brake lets through: the first may come before its look is due.
    revise(25).await;
    assert_eq!(versions(&hours), [25]);
    assert_eq!(sink.waiting().len(), 24);
    let told = stored_toll(&hours);
    // From here on the brake is on: some eleven hours more.
    revise(60).await;
    let stored = versions(&hours)[0];
    assert!((30..=37).contains(&stored), "{stored} versions");
    assert!(sink.waiting().is_empty(), "no mail within a day of the last one");
    let notices = notices(&hours);
    assert_eq!((notices.len(), &notices[0]["kind"]), (1, &"braked".into()), "{notices:?}");
    let last = revise(100).await;
    let mails = sink.waiting();
    assert_eq!(mails.len(), 1, "one mail a day");
    assert!(mails[0].text().contains(&told), "from what was told last: {}", mails[0].text());
    // It calms down: everything is told in the end, and the notice is over.
    hours.rounds(40, HOUR).await;
    let mails = sink.waiting();
    assert!(mails.last().is_some_and(|mail| mail.text().contains(&last.to_string())), "{mails:?}");
    assert!(mails.len() <= 2, "{} mails", mails.len());
    assert_eq!(self::notices(&hours), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_cut_to_a_few_lines_is_told_after_an_hour_as_much_shorter() {
    let (site, sink, hours) = watching("0s", &[STORY]).await;
    let whole = String::from_utf8(story("Dozens killed in the capital", 12).body).expect("UTF-8");
    let (start, rest) = whole.split_once(", according to hospital staff").expect("a first sentence");
    let (_, end) = rest.split_once("</article>").expect("an end");
    site.set(STORY, Answer::html(format!("{start}.</p></article>{end}")));
    hours.rounds(5, 10 * MINUTE).await;
    assert_eq!(versions(&hours), [1], "it has to stand for an hour");
    assert_eq!(hours.json(&["history", "1"])["article"]["quality"], "shortened");
    hours.rounds(4, 10 * MINUTE).await;
    assert_eq!(versions(&hours), [2]);
    let mail = only_mail(&sink);
    assert!(mail.contains("\r\nThe text is much shorter than it was.\r\n"), "{mail}");
    assert_eq!(hours.json(&["history", "1"])["versions"][1]["change"]["marks"], serde_json::json!(["shortened"]));
    assert!(hours.installation.stdout(&["history", "1"]).contains("much shorter than before"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_footer_under_five_articles_is_the_sites_and_is_not_mailed() {
    let paths = ["/1", "/2", "/3", "/4", "/5"];
    let (site, sink, hours) = watching("1s", &paths).await;
    let footer =
        "<p>Our reporters need your help to go on with their work, so please think of a gift to the newspaper.</p>";
    for (nth, path) in paths.iter().enumerate() {
        site.set(path, page("Dozens killed in the capital", 12, nth, footer));
    }
    hours.rounds(3, 20 * MINUTE).await;
    assert_eq!(sink.waiting().iter().map(crate::support::Mail::text).collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!(versions(&hours), [2; 5]);
    assert_eq!(hours.json(&["history", "3"])["versions"][1]["change"]["kinds"][0], "technical");
    let notices = notices(&hours);
    assert_eq!((notices.len(), &notices[0]["kind"]), (1, &"site_change".into()), "{notices:?}");
    assert_eq!(notices[0]["host"], "127.0.0.1");
    assert!(hours.installation.stdout(&["feeds"]).contains("the same text came to"));
    // An article that is edited at the same time is told for its edit.
    site.set("/4", page("Dozens killed in the capital", 31, 3, footer));
    hours.rounds(2, 20 * MINUTE).await;
    assert!(only_mail(&sink).contains("31"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_of_correction_under_many_articles_is_told_for_each() {
    let paths = ["/1", "/2", "/3", "/4"];
    let (site, sink, hours) = watching("1s", &paths).await;
    let note =
        "<p>Correction: an earlier version of this article gave a wrong name of the minister of the interior.</p>";
    for (nth, path) in paths.iter().enumerate() {
        site.set(path, page("Dozens killed in the capital", 12, nth, note));
    }
    hours.rounds(2, 20 * MINUTE).await;
    assert_eq!(sink.waiting().len(), 4);
    assert_eq!(notices(&hours), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_whose_every_page_is_missing_brings_one_notice_and_takes_nothing_down() {
    let paths = ["/1", "/2", "/3", "/4", "/5"];
    let (site, sink, hours) = watching("0s", &paths).await;
    paths.iter().for_each(|path| site.set(path, Answer::status(404)));
    hours.rounds(48, 30 * MINUTE).await;
    assert!(sink.waiting().is_empty());
    let notices = notices(&hours);
    assert_eq!((notices.len(), &notices[0]["kind"]), (1, &"site_missing".into()), "{notices:?}");
    // Back, all but one: that one was taken down.
    for (nth, path) in paths.iter().enumerate().skip(1) {
        site.set(path, page("Dozens killed in the capital", 12, nth, ""));
    }
    hours.rounds(60, HOUR).await;
    assert!(only_mail(&sink).contains("Taken down"));
    let articles = hours.json(&["articles"]);
    let gone =
        articles["articles"].as_array().expect("a list").iter().filter(|article| article["gone"] == true).count();
    assert_eq!(gone, 1, "{articles}");
    assert_eq!(self::notices(&hours), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_withheld_for_legal_reasons_is_taken_down_while_others_stay() {
    let paths = ["/1", "/2", "/3", "/4"];
    let (site, sink, hours) = watching("0s", &paths).await;
    site.set("/2", Answer::status(451));
    hours.after(10 * MINUTE).await;
    assert!(sink.waiting().is_empty(), "one failure is nothing");
    hours.rounds(12, 30 * MINUTE).await;
    only_mail(&sink);
    assert_eq!(hours.json(&["alerts"])["alerts"][0]["event"], "gone");
    let found = |query: &str| hours.json(&["articles", query])["articles"].as_array().map(Vec::len);
    let counts = ["event:gone troops", "troops -event:gone", "event:gone football", "event:back troops"].map(found);
    assert_eq!(counts, [Some(1), Some(3), Some(0), Some(0)]);
    let id = hours.json(&["articles", "event:gone"])["articles"][0]["id"].to_string();
    assert_eq!(hours.json(&["rules", "explain", "troops event:gone", &id])["matches"], true);
    let remark = |arguments: &[&str]| String::from_utf8(hours.installation.run(arguments).stderr).expect("UTF-8");
    assert!(remark(&["rules", "test", "troops event:gone"]).contains("are not replayed"));
    assert!(remark(&["articles", "troops event:back"]).contains("`event:back` finds nothing here"));
    assert!(remark(&["rules", "explain", "event:back", &id]).contains("`event:back` finds nothing here"));
    assert!(remark(&["articles", "event:corrected"]).contains("last revision alone"));
    assert!(!remark(&["articles", "troops event:gone"]).contains("event:"));
}
