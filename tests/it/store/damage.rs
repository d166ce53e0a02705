//! One damaged item: it is named and left alone, and everything else goes on.

use rusqlite::Connection;
use wirewatch::model::{ArticleId, Choice, Event, Reader};
use wirewatch::store::{CheckOutcome, FlawKind, HideRequest, NewVersion, StoreError, StoredPage};

use super::{Desk, HOUR, LEASE, alert, at, check_record, feed, only, planned, seen, text, url, version};

impl Desk {
    /// Two articles with a version each.
    async fn with_two() -> Self {
        let desk = Self::open().await;
        desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
        desk.poll(at(0), vec![seen("a", "One"), seen("b", "Two")]).await;
        for article in desk.store.claim_articles(at(0), 10, 10, LEASE).await.unwrap() {
            let number = u32::try_from(article.id.0).unwrap();
            let CheckOutcome::Version(new) = version(1, at(1)) else { unreachable!() };
            let new = NewVersion { version: wirewatch::model::Version { text: text(number), ..new.version }, ..new };
            desk.store.record_check(check_record(&article, at(1), CheckOutcome::Version(new))).await.unwrap();
        }
        desk
    }

    fn damage(&self, sql: &str) {
        let connection = Connection::open(self.folder.path().join("wirewatch.db")).unwrap();
        connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        assert!(connection.execute(sql, []).unwrap() > 0, "{sql}");
    }
}

const BAD_TEXT: &str = "UPDATE contents SET bytes = x'28b52ffd00' WHERE id =
    (SELECT content_id FROM versions WHERE article_id = 1 ORDER BY number DESC LIMIT 1)";

fn page(number: u8) -> StoredPage {
    let body = (0..8_000_u32).flat_map(|n| (n * 7919).to_le_bytes()).chain([number]).collect();
    StoredPage {
        url: url("https://news.example/a"),
        status: 200,
        headers: Vec::new(),
        body,
        reader: Reader { extractor: 1, site_rule: 0 },
        choice: Choice::default(),
    }
}

fn with_page(number: u32, seconds: u64) -> CheckOutcome {
    let CheckOutcome::Version(new) = version(number, at(seconds)) else { unreachable!() };
    CheckOutcome::Version(NewVersion { page: Some(page(u8::try_from(number).unwrap())), ..new })
}

#[tokio::test]
async fn a_damaged_text_parks_its_article_and_the_others_are_looked_at() {
    for damage in [BAD_TEXT, "DELETE FROM contents WHERE id = (SELECT content_id FROM versions WHERE article_id = 1)"] {
        let desk = Desk::with_two().await;
        desk.damage(damage);

        let claimed = only(desk.store.claim_articles(at(100), 10, 10, LEASE).await.unwrap());
        assert_eq!(claimed.id.0, 2);
        assert_eq!(desk.store.claim_articles(at(100), 10, 10, LEASE).await.unwrap(), [], "left alone");

        let status = desk.store.status().await.unwrap();
        assert_eq!((status.damaged, status.articles), (1, 2));
        let id = desk.store.find_article("1").await.unwrap().unwrap();
        let history = desk.store.history(id).await.unwrap().unwrap();
        let problem = history.article.problem.unwrap();
        assert!(problem.contains("damaged: version 1 of article 1"), "{problem}");
        assert_eq!(history.versions.len(), 1, "nothing was thrown away");
        assert!(history.article.next_check.is_some_and(|next| next > at(100) + 20 * HOUR), "it is tried again");

        let verified = desk.store.verify().await.unwrap();
        assert_eq!(verified.flaws.iter().map(|flaw| flaw.article.0).collect::<Vec<_>>(), [1]);
    }
}

#[tokio::test]
async fn what_is_damaged_is_listed_and_said_to_be_so() {
    let desk = Desk::with_two().await;
    desk.damage(BAD_TEXT);

    let listed = desk.store.stored_articles(Default::default()).await.unwrap();

    assert_eq!(listed.len(), 2);
    let damaged = listed.iter().find(|article| article.row.id.0 == 1).unwrap();
    assert!(
        damaged.latest.is_none() && damaged.row.problem.as_ref().is_some_and(|problem| problem.contains("damaged"))
    );
    let error = desk.store.version(damaged.row.id, None).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unreadable(what) if what.contains("version 1 of article 1")), "{error}");
}

#[tokio::test]
async fn a_check_that_finds_it_whole_again_ends_the_damage() {
    let desk = Desk::with_two().await;
    desk.damage("INSERT INTO meta SELECT 'kept', hex(bytes) FROM contents JOIN versions ON content_id = id WHERE article_id = 1");
    desk.damage(BAD_TEXT);
    desk.store.claim_articles(at(100), 10, 10, LEASE).await.unwrap();
    desk.damage(
        "UPDATE contents SET bytes = unhex((SELECT value FROM meta WHERE name = 'kept')) WHERE length(bytes) = 5",
    );

    let tomorrow = at(100) + 25 * HOUR;
    for article in desk.store.claim_articles(tomorrow, 10, 10, LEASE).await.unwrap() {
        let unchanged = CheckOutcome::Unchanged { fetched: None };
        desk.store.record_check(check_record(&article, tomorrow, unchanged)).await.unwrap();
    }

    assert_eq!(desk.store.status().await.unwrap().damaged, 0);
}

#[tokio::test]
async fn a_damaged_page_stops_no_version_and_is_named() {
    let desk = Desk::with_article("a").await;
    desk.check(at(1), with_page(1, 1)).await;
    desk.damage("UPDATE contents SET bytes = x'00' WHERE id = (SELECT content_id FROM pages)");

    desk.check(at(100), with_page(2, 100)).await;

    let id = desk.store.find_article("1").await.unwrap().unwrap();
    assert!(
        matches!(desk.store.page(id, 1).await, Err(StoreError::Unreadable(what)) if what.contains("the page of version 1"))
    );
    assert_eq!(desk.store.page(id, 2).await.unwrap(), Some(page(2)), "stored for itself");
    let verified = desk.store.verify().await.unwrap();
    let flaws: Vec<_> = verified.flaws.iter().map(|flaw| (flaw.kind, flaw.version)).collect();
    assert_eq!(flaws, [(FlawKind::Page, Some(1))]);
}

#[tokio::test]
async fn the_same_bytes_come_again_mend_those_that_went_bad() {
    let desk = Desk::with_article("a").await;
    desk.check(at(1), with_page(1, 1)).await;
    desk.damage("UPDATE contents SET bytes = x'00' WHERE id = (SELECT content_id FROM pages)");
    let CheckOutcome::Version(new) = version(2, at(100)) else { unreachable!() };
    desk.check(at(100), CheckOutcome::Version(NewVersion { page: Some(page(1)), ..new })).await;

    let id = desk.store.find_article("1").await.unwrap().unwrap();
    assert_eq!(desk.store.page(id, 1).await.unwrap(), Some(page(1)));
    assert_eq!(desk.store.verify().await.unwrap().flaws, []);
}

#[tokio::test]
async fn an_alert_on_a_damaged_text_is_told_by_its_headline() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(1), 1, vec![alert("ministry", Event::New)], vec![planned(at(1))]).await;
    desk.damage(BAD_TEXT);
    desk.damage("UPDATE alerts SET matches = x'00'");

    let claimed = desk.claim_delivery(at(100)).await;

    let told = &claimed.delivery.articles[0];
    assert_eq!(told.after.text.headline.as_deref(), Some("Headline 1"));
    assert_eq!((told.rules[0].name.as_str(), told.rules[0].matches.len()), ("ministry", 0));
}

#[tokio::test]
async fn a_delivery_that_says_nothing_any_more_fails_and_the_others_go_out() {
    let desk = Desk::with_two().await;
    for (seconds, article) in [(100, 0), (101, 0)] {
        let claimed = desk.store.claim_articles(at(seconds), 1, 10, LEASE).await.unwrap().remove(article);
        let number = claimed.latest.as_ref().unwrap().number + 1;
        let record = check_record(&claimed, at(seconds), version(number, at(seconds)));
        let (alerts, deliveries) = (vec![alert("ministry", Event::Revised)], vec![planned(at(seconds))]);
        desk.store.record_check(wirewatch::store::CheckRecord { alerts, deliveries, ..record }).await.unwrap();
    }
    desk.damage("UPDATE articles SET url = 'no address' WHERE id = 1");

    let claimed = only(desk.claim_deliveries(at(1000)).await);

    assert_eq!(claimed.delivery.articles[0].id.0, 2);
    let failed = desk.store.outbox(Some(wirewatch::model::DeliveryState::Failed), 10).await.unwrap();
    assert!(failed[0].error.as_ref().is_some_and(|error| error.contains("damaged")), "{failed:?}");
}

#[tokio::test]
async fn a_damaged_feed_is_left_alone_and_mended_by_the_next_start() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("top"), feed("wire")], at(0)).await.unwrap();
    desk.damage("UPDATE feeds SET config = '{', tags = '[' WHERE name = 'top'");

    let claimed = only(desk.store.claim_feeds(at(0), 10, 10, LEASE).await.unwrap());
    assert_eq!(claimed.config.name, "wire");
    let row = desk.store.feeds().await.unwrap().remove(0);
    assert!(row.last_error.is_some_and(|error| error.contains("damaged")), "{}", row.name);

    desk.store.sync_feeds(&[feed("top"), feed("wire")], at(10)).await.unwrap();
    assert_eq!(only(desk.store.claim_feeds(at(10), 10, 10, LEASE).await.unwrap()).config.name, "top");
}

#[tokio::test]
async fn damaged_remarks_beside_an_article_cost_only_themselves() {
    let desk = Desk::with_two().await;
    desk.damage("UPDATE entries SET content = x'00'");
    desk.damage("UPDATE articles SET sightings = x'00' WHERE id = 1");
    desk.damage("UPDATE versions SET change = x'00'");
    desk.damage("UPDATE feeds SET tags = '['");

    assert_eq!(desk.store.claim_articles(at(100), 10, 10, LEASE).await.unwrap().len(), 2);
    // An entry whose old words are lost is announced once more.
    desk.poll(at(700), vec![seen("a", "Another headline"), seen("b", "Two")]).await;
}

/// One article with three versions and their pages.
async fn with_three() -> Desk {
    let desk = Desk::with_article("a").await;
    for number in 1..=3 {
        desk.check(at(100 * u64::from(number)), with_page(number, 100 * u64::from(number))).await;
    }
    assert_eq!(desk.store.structure().await.unwrap(), Vec::<String>::new());
    let verified = desk.store.verify().await.unwrap();
    assert_eq!((verified.versions, verified.pages, verified.flaws.len()), (3, 3, 0));
    desk
}

#[tokio::test]
async fn whatever_is_altered_behind_its_back_is_found_and_named() {
    use FlawKind::{Chain, Listed, Missing, Page, Text};
    let cases: &[(&str, &[(FlawKind, u32)])] = &[
        ("UPDATE versions SET observed_at = observed_at - 1 WHERE number = 2", &[(Chain, 2)]),
        ("UPDATE versions SET source = 'feed' WHERE number = 1", &[(Chain, 1)]),
        ("UPDATE articles SET url = 'https://news.example/b'", &[(Chain, 1), (Chain, 2), (Chain, 3)]),
        // Neither the version nor its successor is what it was.
        ("UPDATE versions SET sha256 = zeroblob(32) WHERE number = 2", &[(Chain, 2), (Chain, 3)]),
        (
            "UPDATE versions SET content_id = (SELECT content_id FROM versions WHERE number = 1) WHERE number = 2",
            &[(Listed, 2), (Chain, 2)],
        ),
        ("UPDATE versions SET headline = 'Nothing happened' WHERE number = 3", &[(Listed, 3)]),
        ("UPDATE versions SET published_at = 5000 WHERE number = 1", &[(Listed, 1)]),
        ("UPDATE versions SET words = words + 1 WHERE number = 2", &[(Listed, 2)]),
        ("UPDATE versions SET technical = 1 WHERE number = 2", &[(Listed, 2)]),
        ("UPDATE versions SET fingerprint = zeroblob(8) WHERE number = 1", &[(Listed, 1)]),
        (
            "UPDATE versions SET change = (SELECT change FROM versions WHERE number = 2) WHERE number = 1",
            &[(Listed, 1)],
        ),
        ("UPDATE versions SET checksum = zeroblob(32) WHERE number = 3", &[(Listed, 3)]),
        ("UPDATE pages SET url = 'https://news.example/other' WHERE number = 2", &[(Page, 2)]),
        ("UPDATE pages SET status = 404 WHERE number = 2", &[(Page, 2)]),
        ("UPDATE pages SET headers = (SELECT choice FROM pages WHERE number = 2) WHERE number = 2", &[(Page, 2)]),
        ("UPDATE versions SET content_id = NULL WHERE number = 2", &[(Text, 2)]),
        ("DELETE FROM versions WHERE number = 2", &[(Missing, 2), (Chain, 3)]),
        ("DELETE FROM versions WHERE number = 3", &[(Missing, 3)]),
        ("DELETE FROM pages WHERE number = 2", &[(Page, 2)]),
        (
            "UPDATE pages SET content_id = (SELECT content_id FROM pages WHERE number = 1) WHERE number = 2",
            &[(Page, 2)],
        ),
        ("UPDATE versions SET page_sha256 = NULL WHERE number = 1", &[(Chain, 1), (Page, 1)]),
    ];
    for (sql, expected) in cases {
        let desk = with_three().await;
        desk.damage(sql);
        let flaws = desk.store.verify().await.unwrap().flaws;
        let found: Vec<_> = flaws.iter().filter_map(|flaw| Some((flaw.kind, flaw.version?))).collect();
        assert_eq!(found, *expected, "{sql}: {flaws:?}");
    }
}

#[tokio::test]
async fn an_altered_record_of_a_hidden_version_is_found() {
    for (sql, expected) in [
        ("", vec![]),
        ("UPDATE hidings SET who = 'nobody'", vec![FlawKind::Hiding]),
        ("UPDATE hidings SET why = 'no reason'", vec![FlawKind::Hiding]),
        ("UPDATE hidings SET hidden_at = hidden_at + 1", vec![FlawKind::Hiding]),
        ("UPDATE hidings SET checksum = NULL", vec![FlawKind::Hiding]),
        ("UPDATE hidings SET text_sha256 = zeroblob(32)", vec![FlawKind::Hiding, FlawKind::Chain]),
        ("UPDATE versions SET words = 0 WHERE number = 2", vec![FlawKind::Listed]),
        ("UPDATE articles SET headline = 'Nothing happened'", vec![FlawKind::Listed]),
        ("UPDATE articles SET revisions = 0", vec![FlawKind::Listed]),
        // Its text is there, and no page, answer or command shows it any more.
        (
            "INSERT INTO hidings (article_id, number, hidden_at, who, why, text_sha256, checksum, by_retention)
             SELECT article_id, 1, hidden_at, who, why, text_sha256, checksum, by_retention FROM hidings",
            vec![FlawKind::Hiding],
        ),
    ] {
        let desk = with_three().await;
        let (article, why, who) = (ArticleId(1), "court order".to_owned(), Some("desk".to_owned()));
        desk.store.hide(HideRequest { article, number: 2, why, who, now: at(1000) }).await.unwrap();
        if !sql.is_empty() {
            desk.damage(sql);
        }
        let flaws = desk.store.verify().await.unwrap().flaws;
        assert_eq!(flaws.iter().map(|flaw| flaw.kind).collect::<Vec<_>>(), expected, "{sql}: {flaws:?}");
    }
}

#[tokio::test]
async fn hiding_a_version_does_not_make_good_what_was_altered_before() {
    for number in [2, 3] {
        let desk = with_three().await;
        desk.damage(&format!("UPDATE versions SET words = words + 1 WHERE number = {number}"));
        let (article, why) = (ArticleId(1), "court order".to_owned());
        desk.store.hide(HideRequest { article, number: 2, why, who: None, now: at(1000) }).await.unwrap();
        let flaws = desk.store.verify().await.unwrap().flaws;
        let found: Vec<_> = flaws.iter().map(|flaw| (flaw.kind, flaw.version)).collect();
        assert_eq!(found, [(FlawKind::Listed, Some(number))], "{flaws:?}");
    }
}

#[tokio::test]
async fn rows_that_refer_to_nothing_are_a_damaged_structure() {
    let desk = with_three().await;
    desk.damage("DELETE FROM versions WHERE number = 2");
    let found = desk.store.structure().await.unwrap();
    assert!(found.iter().any(|line| line.contains("`pages` refers to a row of `versions`")), "{found:?}");
}
