//! Retention: what is old goes, what somebody was told of or waits for stays, and no feed makes news of what went.

use rusqlite::Connection;
use wirewatch::model::{ArticleId, ArticleText, Choice, Event, Reader};
use wirewatch::rule::Query;
use wirewatch::store::{
    ArticleFilter, CheckOutcome, CheckRecord, FlawKind, HideRequest, NewVersion, Pruned, Pruning, Store, StoredPage,
    Verification,
};

use super::{Desk, LEASE, alert, at, check_record, feed, planned, poll_record, seen, text, url, version};

const ARTICLE: ArticleId = ArticleId(1);
/// Later than anything that the tests store.
const LATER: u64 = 1_000_000;

fn said(words: &str) -> ArticleText {
    ArticleText { headline: Some(format!("Headline {words}")), ..text(1) }
}

fn page(number: u32) -> StoredPage {
    let body = (0..8_000_u32).flat_map(|n| (n * 7919).to_le_bytes()).chain(number.to_le_bytes()).collect();
    StoredPage {
        url: url("https://news.example/a"),
        status: 200,
        headers: Vec::new(),
        body,
        reader: Reader { extractor: 1, site_rule: 0 },
        choice: Choice::default(),
    }
}

impl Desk {
    /// One article with these versions, each with its page; of the one numbered somebody is to be told.
    async fn with_story(words: &[&str], told: u32) -> Self {
        let desk = Self::with_article("a").await;
        for (number, words) in (1..).zip(words) {
            let now = at(100 * u64::from(number));
            let CheckOutcome::Version(new) = version(number, now) else { unreachable!() };
            let version = wirewatch::model::Version { text: said(words), ..new.version };
            let claimed = desk.claim_article(now).await;
            let outcome = CheckOutcome::Version(NewVersion { version, page: Some(page(number)), ..new });
            let record = check_record(&claimed, now, outcome);
            let (alerts, deliveries) = match number == told {
                true => (vec![alert("ministry", Event::New)], vec![planned(now)]),
                false => (Vec::new(), Vec::new()),
            };
            desk.store.record_check(CheckRecord { alerts, deliveries, ..record }).await.unwrap();
        }
        while desk.store.index_words(100).await.unwrap() == 100 {}
        desk
    }

    fn rest(&self) {
        self.sql("UPDATE articles SET due_at = NULL");
    }

    fn sql(&self, sql: &str) {
        let connection = Connection::open(self.folder.path().join("wirewatch.db")).unwrap();
        assert!(connection.execute(sql, []).unwrap() > 0, "{sql}");
    }

    fn count_of(&self, table: &str) -> i64 {
        let connection = Connection::open(self.folder.path().join("wirewatch.db")).unwrap();
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    /// As retention says it will, it does.
    async fn prune(&self) -> Pruned {
        let said = self.store.prunable(at(LATER)).await.unwrap();
        let done = self.store.prune(at(LATER), at(LATER), || true).await.unwrap();
        assert_eq!(said, done);
        assert_eq!(self.store.prunable(at(LATER)).await.unwrap(), Pruning::default(), "nothing is left to do");
        assert_eq!(self.store.structure().await.unwrap(), Vec::<String>::new());
        done.pruned
    }

    /// Thirty articles that rest, each with a version and its page.
    async fn with_thirty() -> Self {
        let desk = Self::open().await;
        desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
        let claimed = desk.claim_feed(at(0)).await;
        let entries = (0..30).map(|n| seen(&n.to_string(), "A headline")).collect();
        desk.store.record_poll(poll_record(&claimed, at(0), entries)).await.unwrap();
        for article in desk.store.claim_articles(at(0), 50, 50, LEASE).await.unwrap() {
            let CheckOutcome::Version(new) = version(1, at(1)) else { unreachable!() };
            let number = u32::try_from(article.id.0).unwrap();
            let outcome = CheckOutcome::Version(NewVersion { page: Some(page(number)), ..new });
            desk.store.record_check(check_record(&article, at(1), outcome)).await.unwrap();
        }
        desk.rest();
        desk
    }

    async fn holds(&self) -> Verification {
        let verification = self.store.verify().await.unwrap();
        assert_eq!(verification.flaws, []);
        verification
    }

    async fn finds(&self, query: &str) -> usize {
        while self.store.index_words(100).await.unwrap() == 100 {}
        let narrowing = Query::parse(query, &Default::default()).unwrap().query.narrowing();
        self.store.select(ArticleFilter::default(), narrowing).await.unwrap().len()
    }
}

#[tokio::test]
async fn an_article_that_rests_goes_with_all_that_is_stored_of_it_and_its_feed_makes_no_news_of_it() {
    let desk = Desk::with_story(&["alpha", "bravo", "charlie"], 2).await;
    desk.send(at(1_000)).await;
    assert_eq!(desk.prune().await.articles, 0, "it is watched still");
    let desk = Desk::with_story(&["alpha", "bravo", "charlie"], 2).await;
    desk.send(at(1_000)).await;
    desk.rest();

    let pruned = desk.prune().await;

    assert_eq!((pruned.articles, pruned.versions, pruned.pages), (1, 3, 3));
    for table in ["versions", "pages", "contents", "alerts", "deliveries", "messages", "vocabulary_due"] {
        assert_eq!(desk.count_of(table), 0, "{table}");
    }
    assert_eq!(desk.finds("alpha").await, 0);
    let status = desk.store.status().await.unwrap();
    assert_eq!((status.articles, status.versions), (0, 0));
    assert_eq!(desk.store.articles(ArticleFilter::default()).await.unwrap(), []);
    // The feed lists it still.
    let polled = desk.poll(at(LATER), vec![seen("a", "A headline")]).await;
    assert_eq!((polled.new_entries, polled.changed_entries), (0, 0));
    assert_eq!(desk.store.claim_articles(at(LATER), 10, 10, LEASE).await.unwrap(), []);
    // And then something is new in it after all.
    desk.poll(at(LATER + 600), vec![seen("a", "Another headline")]).await;
    let claimed = desk.claim_article(at(LATER + 600)).await;
    assert_eq!((claimed.latest.is_none(), claimed.baseline), (true, wirewatch::model::Baseline::Old));
    desk.store.record_check(check_record(&claimed, at(LATER + 600), version(1, at(LATER + 600)))).await.unwrap();
    let status = desk.store.status().await.unwrap();
    assert_eq!((status.articles, status.versions), (1, 1));
    assert_eq!(desk.holds().await.versions, 1);
}

#[tokio::test]
async fn of_an_article_that_goes_on_the_first_the_latest_and_what_was_told_stay_and_the_chain_holds() {
    let desk = Desk::with_story(&["alpha", "bravo", "charlie", "delta", "echo"], 3).await;
    desk.send(at(1_000)).await;
    let before = desk.store.history(ARTICLE).await.unwrap().unwrap().versions;

    let pruned = desk.prune().await;

    assert_eq!((pruned.articles, pruned.versions, pruned.pages), (0, 2, 2));
    let after = desk.store.history(ARTICLE).await.unwrap().unwrap().versions;
    let shown: Vec<u32> =
        after.iter().filter(|version| version.hidden.is_none()).map(|version| version.number).collect();
    assert_eq!(shown, [1, 3, 5]);
    assert!(before.iter().zip(&after).all(|(before, after)| before.sha256 == after.sha256));
    assert_eq!(after[1].hidden.as_ref().unwrap().why, "older than `retention` in [store]");
    let held = desk.holds().await;
    assert_eq!((held.versions, held.pages, held.hidden), (5, 3, 2));
    assert_eq!((desk.finds("bravo").await, desk.finds("charlie").await, desk.finds("echo").await), (0, 1, 1));
    // What the chain needs of them is still what it was.
    desk.sql("UPDATE hidings SET text_sha256 = zeroblob(32) WHERE number = 2");
    let altered = desk.store.verify().await.unwrap().flaws;
    assert!(altered.iter().any(|flaw| flaw.kind == FlawKind::Chain), "{altered:?}");
}

#[tokio::test]
async fn what_was_altered_before_a_version_went_does_not_become_whole_by_it() {
    let desk = Desk::with_story(&["alpha", "bravo", "charlie"], 0).await;
    desk.sql("UPDATE versions SET words = words + 1 WHERE number = 2");
    assert_eq!(desk.prune().await.versions, 1);
    let flaws = desk.store.verify().await.unwrap().flaws;
    let found: Vec<_> = flaws.iter().map(|flaw| (flaw.kind, flaw.version)).collect();
    assert_eq!(found, [(FlawKind::Listed, Some(2))], "{flaws:?}");
}

#[tokio::test]
async fn what_an_alert_needs_that_was_not_delivered_stays_until_it_was() {
    for state in ["pending", "held", "failed"] {
        let desk = Desk::with_story(&["alpha", "bravo", "charlie"], 2).await;
        desk.rest();
        desk.sql(&format!("UPDATE deliveries SET state = '{state}'"));
        assert_eq!(desk.prune().await, Pruned::default(), "{state}");
        assert_eq!(desk.holds().await.pages, 3);
        desk.sql(&format!("UPDATE deliveries SET state = 'sent', sent_at = {}", at(1_000).as_millis()));
        assert_eq!(desk.prune().await.articles, 1, "{state}");
    }
}

#[tokio::test]
async fn who_hid_a_version_and_why_is_never_lost() {
    let desk = Desk::with_story(&["alpha", "bravo", "charlie"], 0).await;
    desk.rest();
    let (why, who) = ("court order".to_owned(), Some("anna".to_owned()));
    desk.store.hide(HideRequest { article: ARTICLE, number: 1, why, who, now: at(900) }).await.unwrap();

    let pruned = desk.prune().await;

    assert_eq!((pruned.articles, pruned.versions), (0, 1), "the one between alone");
    let versions = desk.store.history(ARTICLE).await.unwrap().unwrap().versions;
    assert_eq!(versions[0].hidden.as_ref().unwrap().who.as_deref(), Some("anna"));
    assert_eq!(desk.holds().await.hidden, 2);
}

#[tokio::test]
async fn a_damaged_article_stays_and_is_named_and_keeps_no_other_from_going() {
    let desk = Desk::with_thirty().await;
    let connection = Connection::open(desk.folder.path().join("wirewatch.db")).unwrap();
    let damage = "PRAGMA foreign_keys = OFF; UPDATE versions SET number = 5000000000 WHERE article_id = 9";
    connection.execute_batch(damage).unwrap();

    let said = desk.store.prunable(at(LATER)).await.unwrap();
    let done = desk.store.prune(at(LATER), at(LATER), || true).await.unwrap();

    assert_eq!(said, done);
    assert_eq!((done.pruned.articles, done.pruned.versions, done.damaged.len()), (29, 29, 1));
    assert!(done.damaged[0].starts_with("article 9: "), "{:?}", done.damaged);
    assert_eq!((desk.count_of("versions"), desk.count_of("pages")), (1, 1), "nothing of it went");
}

#[tokio::test]
async fn broken_off_anywhere_it_leaves_whole_articles_and_goes_on_where_it_was() {
    let desk = Desk::with_thirty().await;
    // As by a kill: what was begun is there whole or not at all.
    let asked = std::cell::Cell::new(0);
    let stops = || asked.replace(asked.get() + 1) < 2;
    let some = desk.store.prune(at(LATER), at(LATER), stops).await.unwrap().pruned;
    assert!(some.articles > 0 && some.articles < 30, "{some:?}");
    let path = desk.folder.path().join("wirewatch.db");
    let Desk { store, folder } = desk;
    drop(store);
    let desk = Desk { store: Store::open(&path).await.unwrap(), folder };
    assert_eq!(desk.holds().await.versions, 30 - some.versions);
    assert_eq!(desk.prune().await.articles, 30 - some.articles);

    desk.store.close().await;
    let before = std::fs::metadata(&path).unwrap().len();
    Store::shrink(&path).await.unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < before);
}
