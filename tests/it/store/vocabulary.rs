//! The full-text index: it knows every word of every version, and loses none in a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rusqlite::Connection;
use wirewatch::model::{ArticleId, ArticleText, Event, Paragraph, Role, Source, Timestamp, Version};
use wirewatch::rule::{About, Narrowing, Query, Subject, index_words};
use wirewatch::store::{ArticleFilter, CheckOutcome, NewVersion, Store};

use super::{Desk, HOUR, LEASE, at, check_record, feed, seen};
use crate::narrowing;

fn said(words: &str) -> ArticleText {
    ArticleText { paragraphs: vec![Paragraph::new(Role::Paragraph, words)], ..ArticleText::default() }
}

/// Stores a text as the next version of each article that is due, given its number in the order of their addresses.
async fn store_all(desk: &Desk, now: Timestamp, text: impl Fn(usize) -> ArticleText) {
    loop {
        let claimed = desk.store.claim_articles(now, 50, 50, LEASE).await.unwrap();
        if claimed.is_empty() {
            return;
        }
        for article in claimed {
            let index: usize = article.url.path().trim_start_matches('/').parse().unwrap();
            let number = article.latest.as_ref().map_or(1, |latest| latest.number + 1);
            let text = text(index);
            let fingerprint = *blake3::hash(format!("{number} {text:?}").as_bytes()).as_bytes();
            let version = Version { number, observed_at: now, source: Source::Page, text };
            let change = (number > 1).then(super::change);
            let outcome = CheckOutcome::Version(NewVersion { version, fingerprint, change, fetched: None, page: None });
            desk.store.record_check(check_record(&article, now, outcome)).await.unwrap();
        }
    }
}

/// With an article for each text, at `news.example/0` and so on.
async fn archive(texts: &[ArticleText]) -> Desk {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let entries = (0..texts.len()).map(|index| seen(&index.to_string(), "News")).collect();
    desk.poll(at(0), entries).await;
    store_all(&desk, at(1), |index| texts[index].clone()).await;
    desk
}

async fn index_all(store: &Store) -> usize {
    let mut all = 0;
    loop {
        match store.index_words(7).await {
            Ok(0) => return all,
            Ok(count) => all += count,
            Err(error) => store.mend_words(error).await.unwrap(),
        }
    }
}

async fn found(store: &Store, narrowing: Narrowing) -> BTreeSet<i64> {
    let articles = store.select(ArticleFilter::default(), Some(narrowing)).await.unwrap();
    articles.into_iter().map(|article| article.0).collect()
}

async fn with_word(store: &Store, word: &str) -> BTreeSet<i64> {
    found(store, Narrowing::Word(word.to_owned())).await
}

fn runner() -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn some<T>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = runner();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

#[tokio::test]
async fn the_index_sees_exactly_the_words_of_the_rules_in_every_script() {
    let texts = some(narrowing::text(), 80);
    let desk = archive(&texts).await;
    assert_eq!(index_all(&desk.store).await, texts.len());

    let mut expected: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for (article, text) in stored(&desk).await {
        for word in index_words(&text.1, &text.0) {
            expected.entry(word).or_default().insert(article);
        }
    }
    assert!(expected.len() > 150, "{}", expected.len());
    for (word, articles) in expected {
        assert_eq!(with_word(&desk.store, &word).await, articles, "{word:?}");
    }
}

/// Every article with its address and latest text.
async fn stored(desk: &Desk) -> BTreeMap<i64, (url::Url, ArticleText)> {
    let all = desk.store.stored_articles(ArticleFilter::default()).await.unwrap();
    all.into_iter().map(|article| (article.row.id.0, (article.row.url, article.latest.unwrap().text))).collect()
}

#[tokio::test]
async fn what_a_query_matches_is_among_the_articles_that_the_index_leaves() {
    let desk = archive(&some(narrowing::text(), 60)).await;
    index_all(&desk.store).await;
    let articles = stored(&desk).await;
    let mut narrowed = 0;
    for query in some(narrowing::query(), 600) {
        let Ok(parsed) = Query::parse(&query, &narrowing::sets()) else { continue };
        let Some(narrowing) = parsed.query.narrowing() else { continue };
        let left = found(&desk.store, narrowing).await;
        narrowed += usize::from(left.len() < articles.len());
        for (article, (url, text)) in &articles {
            let about = About { url, feeds: &[], event: Some(Event::New), change: None };
            let matches = parsed.query.matches(&Subject::new(text, &about)).is_some();
            assert!(!matches || left.contains(article), "{query}: {text:?}");
        }
    }
    assert!(narrowed > 100, "{narrowed}");
}

#[tokio::test]
async fn a_version_is_found_before_its_words_are_in_the_index_and_after() {
    let desk = archive(&[said("troops and protesters"), said("a cup tie")]).await;
    assert_eq!(with_word(&desk.store, "troops").await.len(), 2, "either may hold it, as far as the index knows");
    assert_eq!(index_all(&desk.store).await, 2);
    let story = with_word(&desk.store, "troops").await;
    assert_eq!(story.len(), 1);

    store_all(&desk, at(100), |index| said(if index == 0 { "police and protesters" } else { "a cup tie, drawn" }))
        .await;
    assert_eq!(with_word(&desk.store, "police").await.len(), 2);
    index_all(&desk.store).await;
    assert_eq!(with_word(&desk.store, "police").await, story);
    assert_eq!(with_word(&desk.store, "troops").await, story, "an earlier version held it");
    let both = ["troops", "police"].map(|word| Narrowing::Word(word.to_owned())).to_vec();
    assert_eq!(found(&desk.store, Narrowing::All(both)).await, story, "what a revision took and what it brought");
    assert_eq!(index_all(&desk.store).await, 0);
    desk.store.quick_check().await.unwrap();
}

#[tokio::test]
async fn a_crash_between_two_batches_neither_loses_nor_doubles_words() {
    let texts: Vec<ArticleText> = (0..20).map(|number| said(&format!("story{number} of many"))).collect();
    let desk = archive(&texts).await;
    desk.store.index_words(8).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("wirewatch.db");
    fs::copy(desk.store.path(), &copy).unwrap();
    let mut log = desk.store.path().as_os_str().to_owned();
    log.push("-wal");
    fs::copy(&log, folder.path().join("wirewatch.db-wal")).unwrap();

    let after = Store::open(&copy).await.unwrap();
    assert_eq!(with_word(&after, "story3").await.len(), 13, "one that is found and twelve that are not indexed");
    assert_eq!(index_all(&after).await, 12);
    for number in 0..20 {
        assert_eq!(with_word(&after, &format!("story{number}")).await.len(), 1);
    }
    assert_eq!(with_word(&after, "many").await.len(), 20);
    after.quick_check().await.unwrap();
}

#[tokio::test]
async fn a_damaged_version_stays_a_candidate_and_holds_nobody_up() {
    let desk = archive(&[said("first words"), said("second words")]).await;
    let damaged = ArticleId(1);
    let break_it = || {
        let connection = Connection::open(desk.store.path()).unwrap();
        let sql = "UPDATE contents SET bytes = x'00' WHERE id = (SELECT content_id FROM versions WHERE article_id = 1)";
        assert_eq!(connection.execute(sql, []).unwrap(), 1);
    };
    break_it();
    assert_eq!(index_all(&desk.store).await, 2);
    assert_eq!(with_word(&desk.store, "second").await.len(), 2);
    assert_eq!(with_word(&desk.store, "nothing").await, BTreeSet::from([damaged.0]));

    store_all(&desk, at(100), |index| said(if index == 0 { "first words again" } else { "second words again" })).await;
    index_all(&desk.store).await;
    assert_eq!(with_word(&desk.store, "again").await.len(), 2, "the version after it is indexed whole");
}

/// Overwrites a page of the file on which texts lie, as a bad disk does. Says how many articles have theirs there.
fn ruin_a_page_of_texts(path: &Path) -> usize {
    let connection = Connection::open(path).unwrap();
    let page: u64 = connection
        .query_row(
            "SELECT pageno FROM dbstat WHERE name = 'contents' AND pagetype = 'leaf' ORDER BY ncell DESC LIMIT 1",
            [],
            |row| row.get::<_, i64>(0),
        )
        .unwrap()
        .try_into()
        .unwrap();
    let size: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(connection);
    let size = usize::try_from(size).unwrap();
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start((page - 1) * size as u64)).unwrap();
    file.write_all(&vec![0xee; size]).unwrap();
    let connection = Connection::open(path).unwrap();
    let readable = "SELECT length(bytes) FROM contents JOIN versions ON content_id = contents.id WHERE article_id = ?";
    (1..=40).filter(|article| connection.query_row(readable, [article], |row| row.get::<_, i64>(0)).is_err()).count()
}

#[tokio::test]
async fn a_page_that_the_disk_lost_takes_its_texts_and_no_others() {
    // Words that do not compress, so that each page holds a few.
    let word = |n: u32| blake3::hash(&n.to_le_bytes()).to_hex().to_string();
    let texts: Vec<ArticleText> = (0..40)
        .map(|n| said(&format!("story {}", (0..12).map(|m| word(n * 100 + m)).collect::<Vec<_>>().join(" "))))
        .collect();
    let desk = archive(&texts).await;
    let path = desk.store.path().to_owned();
    desk.store.close().await;
    let lost = ruin_a_page_of_texts(&path);
    assert!((1..20).contains(&lost), "{lost}");

    let store = Store::open(&path).await.unwrap();
    store.check_words(at(2), HOUR).await.unwrap();
    let mut batches = 0;
    while store.index_words(7).await.expect("the index is not to blame") > 0 {
        batches += 1;
        assert!(batches < 10);
    }
    assert_eq!(with_word(&store, &word(100)).await.len(), lost + usize::from(!is_lost(&store, 2).await));
    let unreadable = store.articles(ArticleFilter::default()).await.unwrap().len();
    assert_eq!(unreadable, 40, "all are listed");
    let stored = store.look_at((1..=40).map(ArticleId).collect(), |archived| archived.into_stored()).await.unwrap();
    assert_eq!(stored.seen.iter().filter(|article| article.latest.is_none()).count(), lost);
    assert_eq!(stored.seen.iter().filter(|article| article.row.problem.is_some()).count(), lost, "and each says why");
}

async fn is_lost(store: &Store, article: i64) -> bool {
    store.version(ArticleId(article), None).await.is_err()
}

#[tokio::test]
async fn a_damaged_index_is_done_without() {
    let desk = archive(&[said("first words"), said("second words")]).await;
    index_all(&desk.store).await;
    let path = desk.store.path().to_owned();
    desk.store.close().await;
    let connection = Connection::open(&path).unwrap();
    // Above ten are the words; below, how the index is built.
    connection.execute("UPDATE vocabulary_data SET block = x'ffffffff' WHERE id > 10", []).unwrap();
    drop(connection);

    let store = Store::open_existing(&path).await.unwrap();
    assert_eq!(with_word(&store, "second").await.len(), 2, "every article has to be read");
    assert_eq!(store.article(ArticleId(1)).await.unwrap().unwrap().latest.unwrap().text, said("first words"));
    assert!(store.quick_check().await.is_err(), "which the check of the whole database finds");
}

/// What can happen to the tables of the index.
const DAMAGES: &[&str] = &[
    "DELETE FROM vocabulary_idx",
    "DELETE FROM vocabulary_idx WHERE term = (SELECT max(term) FROM vocabulary_idx)",
    "DELETE FROM vocabulary_config",
    "DELETE FROM vocabulary_data",
    "DELETE FROM vocabulary_data WHERE id > 10 AND id % 2 = 0",
    "UPDATE vocabulary_data SET block = x'ffffffff' WHERE id > 10",
    "DELETE FROM vocabulary_docsize",
    "DELETE FROM vocabulary_docsize WHERE id = (SELECT min(id) FROM vocabulary_docsize)",
    "DELETE FROM meta WHERE name = 'vocabulary_parts'",
    "DROP TABLE vocabulary_data",
    "DROP TABLE vocabulary_idx",
    "DROP TABLE vocabulary",
    "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'vocabulary'",
    "DELETE FROM vocabulary_due",
    "DROP TABLE vocabulary_due",
];

#[tokio::test]
async fn an_index_that_is_damaged_in_any_way_never_hides_an_article_and_is_made_anew() {
    let many = |letter: &str| (0..2000).map(|number| format!(" {letter}{number}")).collect::<String>();
    for damage in DAMAGES {
        for is_clean_stop in [true, false] {
            let texts = ["first", "second", "third"].map(|name| said(&format!("{name}{}", many(name))));
            let desk = archive(&texts).await;
            // One is not indexed yet.
            desk.store.index_words(2).await.unwrap();
            let path = desk.store.path().to_owned();
            desk.store.close().await;
            let connection = Connection::open(&path).unwrap();
            connection.execute_batch(damage).unwrap();
            if !is_clean_stop {
                connection.execute("INSERT INTO meta (name, value) VALUES ('open', 'yes')", []).unwrap();
            }
            drop(connection);

            let guest = Store::open_existing(&path).await.unwrap();
            for word in ["first7", "second1999", "third1000"] {
                let article = with_word(&guest, word).await;
                assert!(!article.is_empty(), "{damage}: {word}");
            }
            guest.close().await;

            let store = Store::open(&path).await.unwrap();
            store.check_words(at(2), HOUR).await.unwrap();
            assert_eq!(index_all(&store).await, 3, "{damage}");
            for word in ["first7", "second1999", "third1000"] {
                assert_eq!(with_word(&store, word).await.len(), 1, "{damage}: {word}");
            }
            store.quick_check().await.unwrap();
            store.close().await;
        }
    }
}

#[tokio::test]
async fn an_index_that_breaks_while_it_is_used_is_made_anew_and_nothing_else_fails() {
    for damage in DAMAGES {
        let desk = archive(&[said("first words"), said("second words")]).await;
        desk.store.index_words(1).await.unwrap();
        let connection = Connection::open(desk.store.path()).unwrap();
        connection.execute_batch(damage).unwrap();
        drop(connection);
        desk.store.check_words(at(2), HOUR).await.unwrap();
        index_all(&desk.store).await;
        assert_eq!(with_word(&desk.store, "first").await.len(), 1, "{damage}");
        assert_eq!(with_word(&desk.store, "second").await.len(), 1, "{damage}");
        desk.store.quick_check().await.unwrap();
        store_all(&desk, at(100), |_| said("third words")).await;
        index_all(&desk.store).await;
        assert_eq!(with_word(&desk.store, "third").await.len(), 2, "{damage}");
    }
}

#[tokio::test]
async fn the_whole_index_is_read_now_and_then_and_not_each_time() {
    let many: String = (0..4000).map(|number| format!(" word{number}")).collect();
    let desk = archive(&[said(&many), said("second words")]).await;
    index_all(&desk.store).await;
    desk.store.check_words(at(0), HOUR).await.unwrap();
    let connection = Connection::open(desk.store.path()).unwrap();
    let last = "UPDATE vocabulary_data SET block = x'ffffffff' WHERE id = (SELECT max(id) FROM vocabulary_data)";
    connection.execute(last, []).unwrap();
    desk.store.check_words(at(3599), HOUR).await.unwrap();
    assert_eq!(index_all(&desk.store).await, 0);
    desk.store.check_words(at(3600), HOUR).await.unwrap();
    assert_eq!(index_all(&desk.store).await, 2);
}

#[tokio::test]
async fn articles_are_selected_in_the_order_of_the_list() {
    let texts: Vec<ArticleText> = (0..12).map(|number| said(if number % 2 == 0 { "even" } else { "odd" })).collect();
    let desk = archive(&texts).await;
    index_all(&desk.store).await;
    let listed: Vec<ArticleId> =
        desk.store.articles(ArticleFilter::default()).await.unwrap().into_iter().map(|row| row.id).collect();
    assert_eq!(desk.store.select(ArticleFilter::default(), None).await.unwrap(), listed);

    let even = with_word(&desk.store, "even").await;
    let kept: Vec<ArticleId> = listed.into_iter().filter(|id| even.contains(&id.0)).collect();
    let word = || Some(Narrowing::Word("even".to_owned()));
    assert_eq!(desk.store.select(ArticleFilter::default(), word()).await.unwrap(), kept);
    let late = ArticleFilter { since: Some(at(2)), ..ArticleFilter::default() };
    assert_eq!(desk.store.select(late, word()).await.unwrap(), []);
    let other = ArticleFilter { feed: Some("post".to_owned()), ..ArticleFilter::default() };
    assert_eq!(desk.store.select(other, None).await.unwrap(), []);
    let urls = desk.store.look_at(kept.clone(), |article| Ok(article.row.id)).await.unwrap();
    assert_eq!(urls.seen, kept);
}
