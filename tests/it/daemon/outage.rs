//! Mail servers that refuse, and that are away for days.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{STORY, break_news, configuration, page, publish, watching};
use crate::hook::server::Server;
use crate::support::{Answer, Hours, Mail, Sink, Site};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[test]
fn what_is_refused_for_its_content_goes_out_as_headline_and_link() {
    let (site, sink, installation) = watching();
    sink.refuse_html("554 5.7.1 looks like spam");
    break_news(&site);
    installation.all();
    let mail = sink.next();
    assert_eq!(mail.header("Content-Type").as_deref(), Some("text/plain; charset=utf-8"));
    assert!(mail.text().contains("Dozens killed in the capital"), "{}", mail.text());
    let row = &installation.json(&["alerts"])["alerts"][0];
    assert_eq!((row["state"].as_str(), row["attempts"].as_u64()), (Some("sent"), Some(1)), "{row}");
    let shown = installation.stdout(&["alerts", "show", "1", "--raw"]);
    assert_eq!(shown, mail.message, "the one that was accepted is the one that is shown");
}

#[test]
fn an_address_that_is_refused_twice_waits_until_somebody_asks() {
    let (site, sink, installation) = watching();
    let two = configuration(&site, &sink)
        .replace("[mail]", "[[recipient]]\nname = \"night\"\nemail = \"night@example.org\"\nsettle = \"0s\"\nupdate_interval = \"0s\"\n\n[mail]\noperator = \"admin@example.org\"");
    installation.configure(&two);
    sink.refuse("night@example.org", Some("550 5.1.1 no such user"));
    break_news(&site);
    installation.all();
    assert_eq!(sink.waiting().len(), 1, "one bad address blocks nobody, and one refusal is no habit");
    for toll in ["26", "31", "33"] {
        site.set(STORY, page("Dozens killed in the capital", toll, "ad"));
        installation.all();
    }
    let mails = sink.waiting();
    let notices: Vec<_> = mails
        .iter()
        .filter(|mail| {
            mail.header("Subject").is_some_and(|it| it.contains("nothing gets through to night@example.org"))
        })
        .collect();
    let mut told: Vec<&str> = notices.iter().map(|mail| mail.to.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["admin@example.org", "desk@example.org"], "each is told once");
    assert!(notices[0].text().contains("550 5.1.1 no such user"), "{}", notices[0].text());
    assert_eq!(mails.len(), 3 + 2);
    let status = installation.json(&["status"]);
    assert_eq!(status["suspended"][0]["address"], "night@example.org", "{status}");
    assert!(installation.stdout(&["status"]).contains("night@example.org is suspended"));
    let failed = installation.json(&["alerts", "--state", "failed"]);
    assert_eq!(failed["alerts"].as_array().map(Vec::len), Some(4), "{failed}");
    assert_eq!(failed["alerts"][0]["attempts"], 0, "nothing was tried after the second");

    sink.refuse("night@example.org", None);
    installation.stdout(&["alerts", "retry"]);
    installation.once();
    let late = sink.waiting();
    assert!(late.iter().all(|mail| mail.to == "night@example.org"), "{late:?}");
    assert_eq!(late.len(), 3, "the two that were refused, and one for all that came after");
    assert!(late.iter().any(|mail| mail.text().contains("that waited")), "{late:?}");
    assert_eq!(installation.json(&["status"])["suspended"].as_array().map(Vec::len), Some(0));
}

/// A newsroom with two addresses and an operator, whose feed brings stories of an hour.
async fn two_desks(site: &Site, sink: &Sink) -> Hours {
    site.set("/rss.xml", wire(0, 0));
    let night = "[[recipient]]\nname = \"night\"\nemail = \"night@example.org\"\nsettle = \"0s\"\n\
                 update_interval = \"0s\"\n\n[mail]\noperator = \"admin@example.org\"";
    let configuration = configuration(site, sink)
        .replace("name = \"harbour-post\"", "name = \"wire\"\nfollow = false")
        .replace("\"1s for 1d\"", "\"90d for 90d\"")
        .replace("[mail]", night);
    let hours = Hours::new(&configuration).await;
    hours.after(HOUR).await;
    hours
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_address_is_tried_once_a_day_with_all_that_came_for_it() {
    let (site, sink) = (Site::start(), Sink::start());
    let hours = two_desks(&site, &sink).await;
    sink.refuse("night@example.org", Some("550 5.1.1 no such user"));
    for hour in 1..=30 {
        site.set("/rss.xml", wire(hour, 1));
        hours.after(HOUR).await;
    }
    assert_eq!(hours.json(&["status"])["suspended"][0]["address"], "night@example.org");
    let attempts: u64 = hours.json(&["alerts", "--limit", "100"])["alerts"]
        .as_array()
        .expect("alerts")
        .iter()
        .filter(|row| row["recipient"] == "night")
        .filter(|row| row["attempts"].as_u64().is_some_and(|attempts| attempts > 0))
        .count() as u64;
    assert!(attempts > 20, "a day later all that failed was tried as one: {attempts}");
    sink.waiting();

    sink.refuse("night@example.org", None);
    for hour in 31..=56 {
        site.set("/rss.xml", wire(hour, 1));
        hours.after(HOUR).await;
    }
    let late: Vec<Mail> = sink.waiting().into_iter().filter(|mail| mail.to == "night@example.org").collect();
    assert!(late[0].text().contains("that waited"), "{}", late[0].text());
    assert!(late.len() < 10, "{} mails", late.len());
    assert_eq!(hours.json(&["status"])["suspended"].as_array().map(Vec::len), Some(0), "and it is heard of again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_against_us_suspends_nobody_and_its_alerts_wait_until_it_is_mended() {
    let (site, sink) = (Site::start(), Sink::start());
    let hours = two_desks(&site, &sink).await;
    for address in ["desk@example.org", "night@example.org"] {
        sink.refuse(address, Some("554 5.7.1 relay access denied"));
    }
    site.set("/rss.xml", wire(1, 3));
    hours.rounds(12, HOUR).await;
    let alerts = hours.json(&["alerts", "--state", "pending"]);
    assert_eq!(alerts["alerts"].as_array().map(Vec::len), Some(6), "{alerts}");
    assert_eq!(hours.json(&["status"])["suspended"].as_array().map(Vec::len), Some(0));
    for address in ["desk@example.org", "night@example.org"] {
        sink.refuse(address, None);
    }
    hours.rounds(6, HOUR).await;
    let alerts = hours.json(&["alerts", "--state", "sent"]);
    assert_eq!(alerts["alerts"].as_array().map(Vec::len), Some(6), "{alerts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_is_refused_for_good_is_told_once_to_the_operator_and_the_others() {
    let (site, sink) = (Site::start(), Sink::start());
    let hours = two_desks(&site, &sink).await;
    sink.refuse_like("report 0 of hour 1", "550 5.6.0 no mail about troops");
    site.set("/rss.xml", wire(1, 1));
    hours.after(HOUR).await;
    hours.rounds(3, HOUR).await;
    assert_eq!(hours.json(&["alerts", "--state", "failed"])["alerts"].as_array().map(Vec::len), Some(2));
    let mails = sink.waiting();
    let mut told: Vec<(&str, bool)> =
        mails.iter().map(|mail| (mail.to.as_str(), mail.text().contains("550 5.6.0 no mail about troops"))).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!(told, [("admin@example.org", true), ("desk@example.org", true), ("night@example.org", true)]);
    assert!(mails.iter().all(|mail| mail.header("Subject").is_some_and(|it| it.contains("could not be sent"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_always_hangs_up_before_it_answers_gets_five_copies_and_not_one_every_hour() {
    let (site, sink) = (Site::start(), Sink::start());
    let hours = two_desks(&site, &sink).await;
    sink.refuse_like("report 0 of hour 1", "");
    site.set("/rss.xml", wire(1, 1));
    hours.rounds(72, HOUR).await;
    let mails = sink.waiting();
    let copies: Vec<&Mail> = mails.iter().filter(|mail| mail.text().contains("report 0 of hour 1")).collect();
    let mut ids: Vec<_> = copies.iter().filter_map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(copies.len(), 10, "five for each address");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2, "all of them under one Message-ID");
    let alerts = hours.json(&["alerts", "--state", "failed"]);
    assert_eq!(alerts["alerts"].as_array().map(Vec::len), Some(2), "{alerts}");
    assert!(mails.iter().any(|mail| mail.text().contains("never said whether it keeps it")), "{mails:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_five_days_of_vain_attempts_the_alert_has_failed_and_the_operator_is_told_once() {
    let (site, sink) = (Site::start(), Sink::start());
    site.set("/rss.xml", wire(0, 0));
    let configuration = configuration(&site, &sink)
        .replace("name = \"harbour-post\"", "name = \"wire\"\nfollow = false")
        .replace("[mail]", "[mail]\noperator = \"admin@example.org\"");
    let hours = Hours::new(&configuration).await;
    hours.after(HOUR).await;
    sink.refuse("desk@example.org", Some("451 4.2.1 come back later"));
    site.set("/rss.xml", wire(1, 1));
    hours.rounds(4 * 24 / 2, 2 * HOUR).await;
    let row = &hours.json(&["alerts"])["alerts"][0];
    assert_eq!(row["state"], "pending", "{row}");
    assert!(row["attempts"].as_u64().is_some_and(|attempts| attempts > 15), "{row}");

    hours.rounds(6 * 24 / 2, 2 * HOUR).await;

    assert_eq!(hours.json(&["alerts"])["alerts"][0]["state"], "failed");
    let told = sink.waiting();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].to, "admin@example.org");
    assert!(told[0].text().contains("451 4.2.1 come back later"), "{}", told[0].text());
}

/// A feed with full texts: so many stories of an hour.
pub(super) fn wire(hour: usize, stories: usize) -> Answer {
    let item = |n: usize| {
        format!(
            "<item><guid>{hour}-{n}</guid><title>Troops and protesters, report {n} of hour {hour}</title>\
             <link>https://wire.example/{hour}/{n}</link><content:encoded><![CDATA[<p>Troops met protesters in district \
             {hour}-{n} at noon, and {n} people were hurt, said the hospital.</p><p>Nobody else was there to \
             see.</p>]]></content:encoded></item>"
        )
    };
    let items: String = (0..stories).map(item).collect();
    Answer::rss(format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>Wire</title>\
         {items}</channel></rss>"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn after_three_days_without_a_mail_server_two_thousand_alerts_are_one_digest() {
    let (site, mut sink) = (Site::start(), Sink::start());
    site.set("/rss.xml", wire(0, 0));
    let configuration = configuration(&site, &sink)
        .replace("name = \"harbour-post\"", "name = \"wire\"\nfollow = false")
        .replace("\"1s for 1d\"", "\"90d for 90d\"");
    let hours = Hours::new(&configuration).await;
    hours.after(HOUR).await;
    sink.down();
    for hour in 1..=72 {
        site.set("/rss.xml", wire(hour, 28));
        hours.after(HOUR).await;
    }
    let waiting = hours.json(&["alerts", "--state", "pending"]);
    assert_eq!(waiting["alerts"].as_array().map(Vec::len), Some(72 * 28));

    sink.up();
    hours.rounds(6, HOUR).await;

    let mails = sink.waiting();
    let subjects: Vec<_> = mails.iter().filter_map(|mail| mail.header("Subject")).collect();
    assert_eq!(mails.len(), 1, "{subjects:?}");
    assert!(subjects[0].contains("2016 stories that waited"), "{subjects:?}");
    assert!(mails[0].message.len() < 100_000, "{} bytes", mails[0].message.len());
    assert!(mails[0].text().contains("They waited because no mail got through to you."), "{}", mails[0].text());
    let sent = hours.json(&["alerts", "--state", "sent"]);
    assert_eq!(sent["alerts"].as_array().map(Vec::len), Some(72 * 28));
}

#[test]
fn a_mail_is_handed_over_once_the_one_before_it_is_recorded() {
    let (site, sink, installation) = watching();
    let items: Vec<(String, String)> =
        (0..12).map(|n| (format!("Unrest in district {n}"), format!("/world/unrest-{n}"))).collect();
    for (n, (headline, path)) in items.iter().enumerate() {
        site.set(path, page(headline, &format!("{}", 20 + n), "ad"));
    }
    let entries: Vec<(&str, &str)> = items.iter().map(|(headline, path)| (headline.as_str(), path.as_str())).collect();
    publish(&site, &entries);
    let database = installation.path("wirewatch.db");
    let recorded = Arc::new(Mutex::new(Vec::new()));
    let before_each = Arc::clone(&recorded);
    sink.on_mail(Some(Arc::new(move |_: &Mail| {
        let reader = Connection::open_with_flags(&database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let sql = "SELECT count(*) FROM deliveries WHERE state = 'sent'";
        before_each.lock().unwrap().push(reader.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap());
    })));
    installation.all();

    assert_eq!(sink.waiting().len(), 12);
    assert_eq!(*recorded.lock().unwrap(), (0..12).collect::<Vec<_>>(), "a crash repeats one mail at the most");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_hours_in_which_a_webhook_took_nothing_it_gets_one_document_and_mail_came_all_the_same() {
    let (site, sink) = (Site::start(), Sink::start());
    let webhook = Server::answering("503 Service Unavailable", "");
    site.set("/rss.xml", wire(0, 0));
    let hook = format!("email = \"desk@example.org\"\nwebhook = \"{}\"", webhook.url("/newsroom"));
    let configuration = configuration(&site, &sink)
        .replace("name = \"harbour-post\"", "name = \"wire\"\nfollow = false")
        .replace("email = \"desk@example.org\"", &hook);
    let hours = Hours::new(&configuration).await;
    hours.after(HOUR).await;
    for hour in 1..=6 {
        site.set("/rss.xml", wire(hour, 2));
        hours.after(HOUR).await;
    }
    assert_eq!(sink.waiting().len(), 12, "mail is another lane");
    while webhook.waiting().is_some() {}

    webhook.answer("200 OK");
    hours.rounds(5, HOUR).await;

    let posted = webhook.next().json();
    assert_eq!(posted["articles"].as_array().map(Vec::len), Some(12), "{posted}");
    assert!(webhook.waiting().is_none(), "one for all");
    let sent = hours.json(&["alerts", "--state", "sent"]);
    assert_eq!(sent["alerts"].as_array().map(Vec::len), Some(24));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_did_not_get_through_is_listed_with_the_alerts() {
    let (site, mut sink) = (Site::start(), Sink::start());
    site.set("/rss.xml", wire(0, 0));
    let configuration = configuration(&site, &sink)
        .replace("name = \"harbour-post\"", "name = \"wire\"\nfollow = false")
        .replace("[mail]", "[mail]\noperator = \"admin@example.org\"");
    let free = Arc::new(AtomicU64::new(1_000_000));
    sink.down();
    let hours = Hours::on_disk(&configuration, free).await;
    hours.after(HOUR).await;
    let notices = hours.json(&["alerts"]);
    let notice = &notices["notices"][0];
    assert_eq!((notice["kind"].as_str(), notice["state"].as_str()), (Some("notice"), Some("pending")), "{notices}");
    assert!(notice["subject"].as_str().is_some_and(|it| it.contains("the disk is nearly full")), "{notices}");
    assert!(hours.installation.stdout(&["alerts"]).contains("the disk is nearly full"));
    sink.up();
    hours.rounds(2, HOUR).await;
    assert_eq!(sink.waiting().len(), 1);
    assert!(!hours.installation.stdout(&["alerts"]).contains("the disk is nearly full"), "sent");
}
