//! Hiding a version: nothing of it is left but that there was one, and everything else goes on.

use std::collections::HashMap;
use std::time::Duration;

use wirewatch::alert::PlannedDelivery;
use wirewatch::model::{ArticleId, ArticleText, Change, Choice, Event, Figure, Reader};
use wirewatch::rule::Query;
use wirewatch::store::{
    ArticleFilter, AttemptOutcome, CheckOutcome, CheckRecord, ComposedMessage, Covered, FlawKind, HideOutcome,
    HideRequest, NewVersion, StoredPage,
};

use super::{Desk, alert, at, attempt, change, check_record, only, planned, text, url, version};

const ARTICLE: ArticleId = ArticleId(1);

fn page(number: u32) -> StoredPage {
    // Alike enough that each is stored against the first.
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

fn worded(words: &str) -> ArticleText {
    ArticleText { headline: Some(format!("Headline {words}")), ..text(1) }
}

impl Desk {
    /// Stores the next version, with its page.
    async fn store_version(&self, number: u32, text: ArticleText, change: Option<Change>) {
        let now = at(100 * u64::from(number));
        let CheckOutcome::Version(new) = version(number, now) else { unreachable!() };
        let version = wirewatch::model::Version { text, ..new.version };
        self.check(now, CheckOutcome::Version(NewVersion { version, page: Some(page(number)), change, ..new })).await;
    }

    async fn with_versions(texts: &[&str]) -> Self {
        let desk = Self::with_article("a").await;
        for (number, words) in (1..).zip(texts) {
            let figure = Figure { before: Some("3".into()), after: Some("5".into()), context: format!("{words} 5") };
            let change = (number > 1).then(|| Change { figures: vec![figure], ..change() });
            desk.store_version(number, worded(words), change).await;
        }
        while desk.store.index_words(100).await.unwrap() == 100 {}
        desk
    }

    async fn hide(&self, number: u32) -> HideOutcome {
        let (why, who) = ("court order".to_owned(), Some("anna".to_owned()));
        self.store.hide(HideRequest { article: ARTICLE, number, why, who, now: at(9_000) }).await.unwrap()
    }

    fn vocabulary_rows(&self) -> i64 {
        let connection = rusqlite::Connection::open(self.folder.path().join("wirewatch.db")).unwrap();
        connection.query_row("SELECT count(*) FROM vocabulary_docsize", [], |row| row.get(0)).unwrap()
    }

    async fn found(&self, query: &str) -> usize {
        let narrowing = Query::parse(query, &Default::default()).unwrap().query.narrowing();
        self.store.select(ArticleFilter::default(), narrowing).await.unwrap().len()
    }
}

#[tokio::test]
async fn of_a_hidden_version_the_hashes_remain_and_the_chain_holds() {
    let desk = Desk::with_versions(&["alpha", "bravo", "charlie", "delta"]).await;
    let before = desk.store.history(ARTICLE).await.unwrap().unwrap().versions;
    // The first is what the pages behind it are stored against.
    for number in [1, 3] {
        let HideOutcome::Hidden { hiding, messages, same } = desk.hide(number).await else { panic!("hidden") };
        assert_eq!(
            (hiding.why.as_str(), hiding.who.as_deref(), messages, same),
            ("court order", Some("anna"), 0, vec![])
        );
    }

    let after = desk.store.history(ARTICLE).await.unwrap().unwrap().versions;
    let hashes = |rows: &[wirewatch::store::VersionRow]| -> Vec<_> {
        rows.iter().map(|row| (row.sha256.clone(), row.page_sha256.clone(), row.observed_at)).collect()
    };
    assert_eq!(hashes(&after), hashes(&before));
    let verified = desk.store.verify().await.unwrap();
    assert_eq!((verified.versions, verified.pages, verified.hidden, verified.flaws), (4, 2, 2, vec![]));
    assert_eq!(desk.store.structure().await.unwrap(), Vec::<String>::new());
    for number in [2, 4] {
        assert_eq!(desk.store.page(ARTICLE, number).await.unwrap(), Some(page(number)), "stored without its base");
        let shown = desk.store.version(ARTICLE, Some(number)).await.unwrap().unwrap();
        assert!(shown.text.headline.is_some());
        assert_eq!(
            after[number as usize - 1].change.as_ref().unwrap().figures,
            [],
            "they tell what the one before said"
        );
    }
    for number in [1, 3] {
        let row = &after[number as usize - 1];
        assert_eq!((row.headline.as_ref(), row.hidden.is_some()), (None, true));
        let hidden = desk.store.version(ARTICLE, Some(number)).await.unwrap().unwrap();
        assert_eq!(hidden.text.headline, None);
        assert_eq!(hidden.text.text(), "");
        assert_eq!(desk.store.page(ARTICLE, number).await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_was_hidden_is_overwritten_in_the_file() {
    let desk = Desk::with_versions(&["alpha", "bravo"]).await;
    desk.hide(1).await;
    let path = desk.folder.path().join("wirewatch.db");
    desk.store.close().await;
    let file = std::fs::read(path).unwrap();
    let has = |words: &str| file.windows(words.len()).any(|bytes| bytes == words.as_bytes());
    assert_eq!((has("Headline alpha"), has("Headline bravo")), (false, true));
}

#[tokio::test]
async fn neither_a_later_headline_nor_the_full_text_index_keeps_what_was_hidden() {
    // Each headline stood in the article's row before the next one came.
    let desk = Desk::with_versions(&["zephyrine", "quibblesworth", "xanthippe"]).await;
    desk.hide(2).await;
    // Whether or not the index was brought up to date before.
    while desk.store.index_words(100).await.unwrap() == 100 {}
    let mut steps = 0;
    while !desk.store.sweep_words().await.unwrap() {
        steps += 1;
        assert!(steps < 100, "it comes to an end");
    }
    assert!(desk.store.sweep_words().await.unwrap(), "nothing is left to do");
    assert_eq!(
        (desk.found("zephyrine").await, desk.found("quibblesworth").await, desk.found("xanthippe").await),
        (1, 0, 1)
    );
    let path = desk.folder.path().join("wirewatch.db");
    desk.store.close().await;
    let file = std::fs::read(path).unwrap().to_ascii_lowercase();
    let has = |words: &str| file.windows(words.len()).any(|bytes| bytes == words.as_bytes());
    assert_eq!((has("zephyrine"), has("quibblesworth"), has("xanthippe")), (true, false, true));
}

#[tokio::test]
async fn whoever_alters_what_is_kept_of_a_hidden_version_is_found_out() {
    let desk = Desk::with_versions(&["alpha", "bravo"]).await;
    desk.hide(1).await;
    let connection = rusqlite::Connection::open(desk.folder.path().join("wirewatch.db")).unwrap();
    connection.execute("UPDATE hidings SET text_sha256 = zeroblob(32)", []).unwrap();
    let flaws = desk.store.verify().await.unwrap().flaws;
    let found: Vec<_> = flaws.iter().map(|flaw| (flaw.kind, flaw.version)).collect();
    assert_eq!(found, [(FlawKind::Hiding, Some(1)), (FlawKind::Chain, Some(1))]);
    connection.execute("DELETE FROM hidings", []).unwrap();
    let flaw = only(desk.store.verify().await.unwrap().flaws);
    assert_eq!((flaw.kind, flaw.version), (FlawKind::Text, Some(1)), "{}", flaw.what);
}

#[tokio::test]
async fn the_latest_version_is_not_hidden_and_no_other_twice() {
    let desk = Desk::with_versions(&["alpha", "bravo"]).await;
    assert_eq!(desk.hide(2).await, HideOutcome::Latest);
    assert_eq!(desk.hide(3).await, HideOutcome::Missing);
    assert!(matches!(desk.hide(1).await, HideOutcome::Hidden { .. }));
    assert_eq!(desk.hide(1).await, HideOutcome::Already);
}

#[tokio::test]
async fn a_text_that_another_version_has_too_stays_with_that_one() {
    let desk = Desk::with_versions(&["alpha", "bravo", "alpha", "charlie"]).await;
    let HideOutcome::Hidden { same, .. } = desk.hide(1).await else { panic!("hidden") };
    assert_eq!(same, [3]);
    let third = desk.store.version(ARTICLE, Some(3)).await.unwrap().unwrap();
    assert_eq!(third.text.headline.as_deref(), Some("Headline alpha"));
    assert_eq!(desk.store.verify().await.unwrap().flaws, []);
}

#[tokio::test]
async fn its_words_are_found_no_more_and_those_of_the_others_are() {
    let desk = Desk::with_versions(&["alpha", "bravo kept", "kept", "delta"]).await;
    assert_eq!((desk.found("bravo").await, desk.found("kept").await), (1, 1));
    desk.hide(2).await;
    assert_eq!((desk.found("bravo").await, desk.found("delta").await), (1, 1), "still to be read");
    desk.store.check_words(at(9_000), Duration::ZERO).await.unwrap();
    assert_eq!(desk.vocabulary_rows(), 2, "the index is whole, and was not begun anew");
    while desk.store.index_words(100).await.unwrap() == 100 {}
    assert_eq!((desk.found("bravo").await, desk.found("kept").await, desk.found("delta").await), (0, 1, 1));
}

#[tokio::test]
async fn a_mail_that_waits_tells_without_what_was_hidden() {
    let desk = Desk::with_article("a").await;
    desk.revise(at(0), 1, vec![alert("ministry", Event::New)], vec![planned(at(0))]).await;
    let first = desk.claim_delivery(at(60)).await;
    let (id, token) = (first.delivery.id, first.token);
    let composed = ComposedMessage {
        delivery: id,
        token,
        subject: "[ministry] Headline 1".into(),
        message: b"Headline 1".to_vec(),
        tells: HashMap::from([(ArticleId(1), Covered { since: 0, version: 1 })]),
    };
    desk.store.keep_message(composed).await.unwrap();
    desk.store.record_attempt(attempt(&first, at(60), AttemptOutcome::Sent)).await.unwrap();
    desk.revise(at(100), 2, vec![alert("ministry", Event::Revised)], vec![planned(at(100))]).await;
    let claimed = desk.claim_article(at(200)).await;
    let later = PlannedDelivery { settle_until: at(900), ..planned(at(200)) };
    let record = check_record(&claimed, at(200), version(3, at(200)));
    let revised = vec![alert("ministry", Event::Revised)];
    desk.store.record_check(CheckRecord { alerts: revised, deliveries: vec![later], ..record }).await.unwrap();

    let HideOutcome::Hidden { messages, .. } = desk.hide(1).await else { panic!("hidden") };
    assert_eq!(messages, 1, "what was sent is kept no more");
    let waiting = desk.claim_delivery(at(9_999)).await.delivery;
    let article = only(waiting.articles);
    // The first, which the reader was mailed, is shown no more: the next one stands for it.
    assert_eq!(article.before.map(|before| before.number), Some(2));
    assert_eq!(article.after.text, text(3));
    let thread = waiting.thread.expect("a thread");
    assert_eq!((thread.subject.as_str(), thread.references.len()), ("[ministry] (hidden)", 1));
    let rows = desk.store.outbox(None, 10).await.unwrap();
    assert!(rows.iter().any(|row| row.version == 1 && row.headline.is_none()), "{rows:?}");
}

#[tokio::test]
async fn the_watch_goes_on_and_alerts_as_ever() {
    let desk = Desk::with_versions(&["alpha", "bravo"]).await;
    desk.hide(1).await;
    let claimed = desk.claim_article(at(500)).await;
    assert_eq!(claimed.latest.as_ref().unwrap().text.headline.as_deref(), Some("Headline bravo"));
    let record = check_record(&claimed, at(500), version(3, at(500)));
    let (alerts, deliveries) = (vec![alert("ministry", Event::Revised)], vec![planned(at(500))]);
    desk.store.record_check(CheckRecord { alerts, deliveries, ..record }).await.unwrap();
    let article = only(desk.claim_delivery(at(600)).await.delivery.articles);
    assert_eq!((article.before.map(|before| before.number), article.after.number), (Some(2), 3));
    // A rule that asks what version 2 added is told of nothing, for nobody knows.
    assert_eq!(desk.store.before_revision(ARTICLE, 2).await.unwrap(), None);
}
