//! The full-text index: it knows every word of every version, and loses none in a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rusqlite::Connection;
use wirewatch::model::{ArticleId, ArticleText, Event, Paragraph, Role, Source, Timestamp, Version};
use wirewatch::rule::{About, Narrowing, Query, Subject, index_words};
use wirewatch::store::{ArticleFilter, CheckOutcome, NewVersion, Store};

use super::{Desk, LEASE, at, check_record, feed, seen};
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
        match store.index_words(7).await.unwrap() {
            0 => return all,
            count => all += count,
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
    assert_eq!(urls, kept);
}
