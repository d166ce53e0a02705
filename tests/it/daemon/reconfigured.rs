//! What waits, under another configuration than the one it was planned by.

use std::time::Duration;

use super::configuration;
use super::outage::wire;
use crate::support::{Hours, Sink, Site};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A text without the ends of its lines.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Desk {
    site: Site,
    sink: Sink,
    hours: Hours,
    configuration: String,
}

impl Desk {
    /// At one in the afternoon; `desk` stands in the recipient.
    async fn open(desk: &str) -> Self {
        let (site, sink) = (Site::start(), Sink::start());
        site.set("/rss.xml", wire(0, 0));
        let configuration = configuration(&site, &sink)
            .replace("name = \"harbour-post\"", "name = \"wire\"\nfollow = false")
            .replace("email = \"desk@example.org\"", &format!("email = \"desk@example.org\"\n{desk}"))
            .replace("[mail]", "[mail]\noperator = \"admin@example.org\"");
        let configuration = format!("timezone = 'UTC'\n{configuration}");
        let hours = Hours::new(&configuration).await;
        hours.after(HOUR).await;
        Self { site, sink, hours, configuration }
    }

    async fn reload(&self, from: &str, to: &str) {
        assert!(self.configuration.contains(from), "{from}");
        self.hours.reload(&self.configuration.replace(from, to)).await;
    }

    /// How many mails have come for the desk.
    fn mailed(&self) -> usize {
        self.sink.waiting().iter().filter(|mail| mail.to.contains("desk")).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_quiet_hours_goes_out_when_they_are_taken_away_or_end_earlier() {
    for (to, waits) in [("", 0), ("quiet = \"12:00-15:30\"", 2), ("quiet = \"12:00-20:00\"", 6)] {
        let desk = Desk::open("quiet = \"12:00-20:00\"").await;
        desk.site.set("/rss.xml", wire(1, 1));
        desk.hours.after(HOUR).await;
        assert_eq!(desk.mailed(), 0, "two o'clock is quiet");
        desk.reload("quiet = \"12:00-20:00\"", to).await;
        let mut waited = 0;
        desk.hours.after(Duration::from_secs(60)).await;
        while desk.mailed() == 0 {
            desk.hours.after(HOUR).await;
            waited += 1;
            assert!(waited < 12, "{to}");
        }
        assert!(waited == waits, "{to}: {waited} hours");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_digest_goes_out_at_the_time_of_the_new_one_where_that_is_earlier() {
    for (to, waits) in [("", 0), ("deliver = \"0 16 * * *\"", 2), ("deliver = \"0 8 * * 1\"", 6)] {
        let desk = Desk::open("deliver = \"0 20 * * *\"").await;
        desk.site.set("/rss.xml", wire(1, 1));
        desk.hours.after(HOUR).await;
        desk.reload("deliver = \"0 20 * * *\"", to).await;
        let mut waited = 0;
        desk.hours.after(Duration::from_secs(60)).await;
        while desk.mailed() == 0 {
            desk.hours.after(HOUR).await;
            waited += 1;
            assert!(waited < 12, "{to}");
        }
        assert!(waited == waits, "{to}: {waited} hours");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_recipient_or_an_address_that_is_gone_goes_nowhere_and_the_operator_is_told() {
    for (from, to, said) in [
        ("name = \"desk\"", "name = \"newsdesk\"", "names no recipient `desk` any more"),
        (
            "email = \"desk@example.org\"",
            "email = \"night@example.org\"",
            "names no `desk@example.org` for `desk` any more",
        ),
    ] {
        let desk = Desk::open("quiet = \"12:00-20:00\"").await;
        desk.site.set("/rss.xml", wire(1, 1));
        desk.hours.after(HOUR).await;
        desk.reload(from, to).await;
        desk.hours.rounds(8, HOUR).await;
        let mails = desk.sink.waiting();
        let told: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
        assert!(!told.contains(&"desk@example.org"), "{said}: {told:?}");
        assert!(
            mails.iter().any(|mail| mail.to == "admin@example.org" && words(&mail.text()).contains(said)),
            "{said}: {mails:?}"
        );
        let failed = desk.hours.json(&["alerts", "--state", "failed"]);
        assert!(failed["alerts"][0]["error"].as_str().is_some_and(|error| error.contains(said)), "{failed}");
    }
}
