//! Technical versions: what our own reading changed is told apart from what the publisher changed.

use wirewatch::alert::PlannedDelivery;
use wirewatch::model::{
    Alert, ArticleText, Change, Event, Kind, Mark, Paragraph, Role, Sightings, Source, Timestamp, Version,
};
use wirewatch::store::{ArticleFilter, CheckOutcome, CheckRecord, Claim, NewVersion, ReadingRecord, StoreError};

use super::{Desk, HOUR, LEASE, alert, at, check_record, only, planned, version};

const READER: wirewatch::model::Reader = wirewatch::model::Reader { extractor: 2, site_rule: 7 };
const TOLL: &str = "The ministry counted 12 dead.";
const TOLL_LATER: &str = "The ministry counted 26 dead.";
const PROMO: &str = "Subscribe to the weekend edition of this newspaper.";
const RESCUE: &str = "Helicopters took families from the roofs of their houses.";

fn text(paragraphs: &[&str]) -> ArticleText {
    let paragraph = |text: &&str| Paragraph { role: Role::Paragraph, text: (*text).to_owned(), at: None };
    ArticleText {
        headline: Some("Dam breaks".to_owned()),
        paragraphs: paragraphs.iter().map(paragraph).collect(),
        ..ArticleText::default()
    }
}

fn new_version(number: u32, now: Timestamp, paragraphs: &[&str], kinds: &[Kind]) -> NewVersion {
    let CheckOutcome::Version(new) = version(number, now) else { unreachable!() };
    let marks = if kinds == [Kind::Technical] { vec![Mark::ReadAnew] } else { Vec::new() };
    let change = new.change.map(|change| Change { kinds: kinds.to_vec(), marks, figures: Vec::new(), ..change });
    let version = Version { number, observed_at: now, source: Source::Page, text: text(paragraphs) };
    NewVersion { version, change, ..new }
}

impl Desk {
    async fn tells(&self, seconds: u64, number: u32, paragraphs: &[&str], alerts: Vec<Alert>) {
        let now = at(seconds);
        let claimed = self.claim_article(now).await;
        let new = new_version(number, now, paragraphs, &[Kind::Figures]);
        let record = check_record(&claimed, now, CheckOutcome::Version(new));
        let deliveries: Vec<PlannedDelivery> = if alerts.is_empty() { Vec::new() } else { vec![planned(now)] };
        self.store.record_check(CheckRecord { alerts, deliveries, ..record }).await.unwrap();
    }

    async fn reads_anew(&self, seconds: u64, number: u32, paragraphs: &[&str]) {
        let claimed = self.claim_article(at(seconds)).await;
        let version = Some(new_version(number, at(seconds), paragraphs, &[Kind::Technical]));
        let record = ReadingRecord {
            article: claimed.id,
            token: claimed.token,
            now: at(seconds),
            reader: READER,
            sightings: Sightings::default(),
            version,
        };
        self.store.record_reading(record).await.unwrap();
        self.store.drop_claim(Claim::Article(claimed.id, claimed.token)).await.unwrap();
    }
}

fn paragraphs(text: &ArticleText) -> Vec<&str> {
    text.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect()
}

#[tokio::test]
async fn a_version_read_anew_is_no_activity_and_leaves_the_article_due_as_it_was() {
    let desk = Desk::with_article("a").await;
    desk.tells(1, 1, &[TOLL, PROMO], Vec::new()).await;
    let due = desk.store.next_article_due().await.unwrap();
    desk.reads_anew(100, 2, &[TOLL]).await;

    assert_eq!(desk.store.next_article_due().await.unwrap(), due);
    let article = desk.claim_article(at(100)).await;
    assert_eq!((article.latest.unwrap().number, article.reader), (2, Some(READER)));
    let row = desk.store.article(article.id).await.unwrap().unwrap().row;
    assert_eq!((row.versions, row.revisions, row.last_changed), (2, 0, at(1)));
    let revised = ArticleFilter { revised: true, ..ArticleFilter::default() };
    assert_eq!(desk.store.articles(revised).await.unwrap(), []);
    assert_eq!(article.fingerprints, [(2, [2; 32])], "to read as before is no return to another state");
    assert_eq!(desk.store.verify().await.unwrap().flaws, []);
}

#[tokio::test]
async fn what_was_read_anew_is_no_part_of_the_mail_on_the_next_revision() {
    let desk = Desk::with_article("a").await;
    desk.tells(1, 1, &[TOLL, PROMO], vec![alert("ministry", Event::New)]).await;
    desk.send(at(61)).await;
    desk.reads_anew(100, 2, &[TOLL]).await;
    desk.tells(200, 3, &[TOLL_LATER], vec![alert("ministry", Event::Revised)]).await;

    let delivery = desk.send(at(300)).await.delivery;
    let told = &delivery.articles[0];
    let before = told.before.as_ref().unwrap();
    assert_eq!((before.number, paragraphs(&before.text), told.revisions), (2, vec![TOLL], 1));
    assert!(told.change.is_some(), "version 3 as it was stored");
}

#[tokio::test]
async fn what_was_read_anew_between_two_revisions_is_taken_out_of_their_mail() {
    let desk = Desk::with_article("a").await;
    desk.tells(1, 1, &[TOLL, PROMO], vec![alert("ministry", Event::New)]).await;
    desk.send(at(61)).await;
    desk.tells(100, 2, &[TOLL, RESCUE, PROMO], Vec::new()).await;
    desk.reads_anew(200, 3, &[TOLL, RESCUE]).await;
    desk.tells(300, 4, &[TOLL_LATER, RESCUE], vec![alert("ministry", Event::Revised)]).await;

    let delivery = desk.send(at(400)).await.delivery;
    let told = &delivery.articles[0];
    let before = told.before.as_ref().unwrap();
    assert_eq!((before.number, paragraphs(&before.text)), (1, vec![TOLL]), "as it would read today");
    assert_eq!((told.revisions, &told.change), (2, &None), "whoever composes the mail compares the two");
}

#[tokio::test]
async fn a_rule_that_matches_after_a_better_reading_is_told_as_news() {
    let desk = Desk::with_article("a").await;
    desk.tells(1, 1, &[TOLL], vec![alert("ministry", Event::New)]).await;
    desk.send(at(61)).await;
    let claimed = desk.claim_article(at(100)).await;
    let new = new_version(2, at(100), &[TOLL, RESCUE], &[Kind::Technical]);
    let record = check_record(&claimed, at(100), CheckOutcome::Version(new));
    let (alerts, deliveries) = (vec![alert("rescue", Event::New)], vec![planned(at(100))]);
    desk.store.record_check(CheckRecord { alerts, deliveries, ..record }).await.unwrap();

    let told = desk.send(at(200)).await.delivery.articles.remove(0);
    assert_eq!((told.event, told.before, told.change), (Event::New, None, None));
}

#[tokio::test]
async fn a_claim_of_one_article_keeps_others_away_and_leaves_it_due() {
    let desk = Desk::with_article("a").await;
    let due = desk.store.next_article_due().await.unwrap();
    let known = desk.store.known_article(desk.claim_article(at(0)).await.id).await.unwrap().unwrap();
    assert_eq!(desk.store.claim_article(known.id, at(1), LEASE).await.unwrap(), None, "somebody is at it");

    let claimed = desk.store.claim_article(known.id, at(0) + HOUR, LEASE).await.unwrap().expect("the lease ran out");
    assert_eq!(desk.store.claim_articles(at(0) + HOUR, 10, 10, LEASE).await.unwrap(), []);
    desk.store.drop_claim(Claim::Article(claimed.id, claimed.token)).await.unwrap();
    assert_eq!(desk.store.next_article_due().await.unwrap(), due);

    let record = ReadingRecord {
        article: claimed.id,
        token: claimed.token,
        now: at(2),
        reader: READER,
        sightings: Sightings::default(),
        version: None,
    };
    assert_eq!(desk.store.record_reading(record).await, Err(StoreError::ClaimLost));
    assert!(desk.store.known_article(wirewatch::model::ArticleId(99)).await.unwrap().is_none());
    only(desk.store.claim_articles(at(0) + HOUR, 10, 10, LEASE).await.unwrap());
}

#[tokio::test]
async fn what_the_daemon_reads_by_is_noted() {
    let desk = Desk::open().await;
    assert_eq!(desk.store.readers().await.unwrap(), None);
    for noted in ["1 a", "1 a b"] {
        desk.store.note_readers(noted.to_owned()).await.unwrap();
        assert_eq!(desk.store.readers().await.unwrap().as_deref(), Some(noted));
    }
}
