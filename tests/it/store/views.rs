//! What commands and pages are shown.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use wirewatch::archive::{self, Search, Wanted};
use wirewatch::model::{DeliveryState, Event};
use wirewatch::rule::{Query, RuleSet};
use wirewatch::store::{Archived, ArticleFilter, FeedCounts, QueueCounts, RuleHits};

use super::{Desk, alert, at, feed, only, planned, poll_record, seen};

/// Three articles from two feeds; `a` has two versions and an alert.
async fn newsroom() -> Desk {
    let desk = Desk::with_article("a").await;
    desk.revise(at(1), 1, Vec::new(), Vec::new()).await;
    desk.revise(at(100), 2, vec![alert("ministry", Event::Revised)], vec![planned(at(100))]).await;
    desk.store.sync_feeds(&[feed("wire"), feed("post")], at(200)).await.unwrap();
    let claimed = desk.claim_feed(at(200)).await;
    desk.store
        .record_poll(poll_record(&claimed, at(200), vec![seen("b", "Second"), seen("c", "Third")]))
        .await
        .unwrap();
    desk
}

async fn listed(desk: &Desk, filter: ArticleFilter) -> Vec<String> {
    let rows = desk.store.articles(filter).await.unwrap();
    rows.into_iter().map(|row| row.url.path().to_owned()).collect()
}

#[tokio::test]
async fn articles_are_listed_with_the_newest_activity_first() {
    let desk = newsroom().await;

    assert_eq!(listed(&desk, ArticleFilter::default()).await, ["/c", "/b", "/a"]);

    let rows = desk.store.articles(ArticleFilter::default()).await.unwrap();
    assert_eq!(rows[0].headline.as_deref(), Some("Third"), "the entry's title until there is a version");
    assert_eq!((rows[2].headline.as_deref(), rows[2].versions), (Some("Headline 2"), 2));
    assert_eq!((rows[2].first_seen, rows[2].last_changed, rows[2].last_check), (at(0), at(100), Some(at(100))));
    assert_eq!(
        (rows[0].feeds.as_slice(), rows[2].feeds.as_slice()),
        (&["post".to_owned()][..], &["wire".to_owned()][..])
    );
}

#[tokio::test]
async fn articles_are_filtered() {
    let desk = newsroom().await;
    let all = ArticleFilter::default;

    assert_eq!(listed(&desk, ArticleFilter { revised: true, ..all() }).await, ["/a"]);
    assert_eq!(listed(&desk, ArticleFilter { since: Some(at(101)), ..all() }).await, ["/c", "/b"]);
    assert_eq!(listed(&desk, ArticleFilter { feed: Some("wire".to_owned()), ..all() }).await, ["/a"]);
    assert_eq!(listed(&desk, ArticleFilter { alerted_by: Some("ministry".to_owned()), ..all() }).await, ["/a"]);
    assert_eq!(listed(&desk, ArticleFilter { alerted_by: Some("none".to_owned()), ..all() }).await, [""; 0]);
}

#[tokio::test]
async fn filters_hold_together() {
    let desk = newsroom().await;
    let both = ArticleFilter {
        feed: Some("wire".to_owned()),
        alerted_by: Some("ministry".to_owned()),
        revised: true,
        since: Some(at(100)),
        ..ArticleFilter::default()
    };

    assert_eq!(listed(&desk, both.clone()).await, ["/a"]);
    for other in [
        ArticleFilter { feed: Some("post".to_owned()), ..both.clone() },
        ArticleFilter { feed: Some("unknown".to_owned()), ..both.clone() },
        ArticleFilter { alerted_by: Some("none".to_owned()), ..both.clone() },
        ArticleFilter { since: Some(at(101)), ..both.clone() },
        ArticleFilter { limit: Some(0), ..both.clone() },
    ] {
        assert_eq!(listed(&desk, other.clone()).await, [""; 0], "{other:?}");
    }
    let of_post = ArticleFilter { feed: Some("post".to_owned()), limit: Some(1), ..ArticleFilter::default() };
    let last = desk.store.articles(of_post.clone()).await.unwrap().pop().unwrap();
    assert_eq!(last.url.path(), "/c");
    let next = ArticleFilter { after: Some((last.last_changed, last.id)), ..of_post };
    assert_eq!(listed(&desk, next).await, ["/b"]);
}

#[tokio::test]
async fn nobody_waits_for_those_who_only_look() {
    let desk = newsroom().await;
    let id = desk.store.find_article("https://news.example/a").await.unwrap().unwrap();
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let (release, held) = mpsc::channel::<()>();
    let held = Arc::new(Mutex::new(held));
    let visitors: Vec<_> = (0..20)
        .map(|_| {
            let (store, held, begun) = (desk.store.for_visitors(), Arc::clone(&held), begun.clone());
            let look = move |_: Archived<'_>| {
                begun.send(()).unwrap();
                // Ends with an error once nobody can release it any more.
                Ok(held.lock().unwrap().recv().is_err())
            };
            tokio::spawn(async move { store.look_at(vec![id], look).await.unwrap().seen })
        })
        .collect();
    for _reader in 0..4 {
        begins.recv().await.unwrap();
    }

    assert_eq!(desk.store.status().await.unwrap().articles, 3);

    drop(release);
    for visitor in visitors {
        assert_eq!(visitor.await.unwrap(), [true]);
    }
}

#[tokio::test]
async fn a_search_that_nobody_waits_for_reads_no_further() {
    let desk = newsroom().await;
    let id = desk.store.find_article("https://news.example/a").await.unwrap().unwrap();
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let look = move |_: Archived<'_>| {
        begun.send(()).unwrap();
        Ok(held.lock().unwrap().recv().is_err())
    };
    let store = desk.store.clone();
    let search = tokio::spawn(async move {
        archive::look_through(&store, vec![id; 200], |_| (), look, |_| ControlFlow::Continue(())).await
    });
    begins.recv().await.unwrap();

    search.abort();
    assert!(search.await.unwrap_err().is_cancelled());
    drop(release);

    let mut looks = 1;
    while begins.recv().await.is_some() {
        looks += 1;
    }
    assert!(looks <= 4, "the one that every reader had begun, not {looks}");
}

#[tokio::test]
async fn articles_are_read_page_by_page() {
    let desk = newsroom().await;
    let mut paths = Vec::new();
    let mut after = None;
    loop {
        let filter = ArticleFilter { after, limit: Some(1), ..ArticleFilter::default() };
        let Some(article) = desk.store.stored_articles(filter).await.unwrap().pop() else { break };
        after = Some((article.row.last_changed, article.row.id));
        assert_eq!(article.latest.map_or(0, |latest| latest.number), article.row.versions);
        paths.push(article.row.url.path().to_owned());
    }
    assert_eq!(paths, ["/c", "/b", "/a"]);
}

#[tokio::test]
async fn an_article_is_found_by_number_and_by_address_in_every_spelling() {
    let desk = newsroom().await;
    let id = desk.store.find_article("https://news.example/a").await.unwrap().unwrap();

    for named in [id.0.to_string().as_str(), "HTTPS://news.EXAMPLE:443/a", " https://news.example/a?utm_source=rss"] {
        assert_eq!(desk.store.find_article(named).await.unwrap(), Some(id), "{named}");
    }
    for unknown in ["999", "https://news.example/z", "a", ""] {
        assert_eq!(desk.store.find_article(unknown).await.unwrap(), None, "{unknown}");
    }
}

#[tokio::test]
async fn a_history_has_every_version_with_its_change_and_seal() {
    let desk = newsroom().await;
    let id = desk.store.find_article("https://news.example/a").await.unwrap().unwrap();

    let history = desk.store.history(id).await.unwrap().unwrap();

    assert_eq!(history.article.versions, 2);
    let [first, second] = history.versions.as_slice() else { panic!("two versions") };
    assert_eq!((first.number, first.words, first.change.is_none()), (1, 5, true));
    assert_eq!((second.headline.as_deref(), second.observed_at), (Some("Headline 2"), at(100)));
    assert!(second.change.as_ref().unwrap().silent);
    assert!(first.sha256.len() == 64 && first.sha256 != second.sha256);
    assert_eq!(desk.store.version(id, None).await.unwrap().unwrap().number, 2);
    assert_eq!(desk.store.version(id, Some(3)).await.unwrap(), None);
}

/// The documented lines, hashed with other tools.
#[tokio::test]
async fn anybody_can_compute_the_hash_of_a_version() {
    let desk = newsroom().await;
    let id = desk.store.find_article("https://news.example/a").await.unwrap().unwrap();

    let history = desk.store.history(id).await.unwrap().unwrap();

    let hashes: Vec<&str> = history.versions.iter().map(|version| version.sha256.as_str()).collect();
    let first = sealed(1, "page", &super::text(1), at(1).as_millis(), "-");
    let second = sealed(2, "page", &super::text(2), at(100).as_millis(), &first);
    assert_eq!(hashes, [first, second]);
}

fn sealed(number: u32, source: &str, text: &wirewatch::model::ArticleText, at: i64, previous: &str) -> String {
    use sha2::{Digest, Sha256};
    let hex = |bytes: &[u8]| -> String { Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect() };
    let content = hex(serde_json::to_string(text).unwrap().as_bytes());
    let address = "https://news.example/a";
    hex(format!("wirewatch version\n{address}\n{number}\n{at}\n{source}\n{content}\n-\n{previous}\n").as_bytes())
}

#[tokio::test]
async fn the_outbox_shows_one_row_for_each_alert_and_address() {
    let desk = newsroom().await;

    let row = only(desk.store.outbox(None, 10).await.unwrap());
    assert_eq!((row.rule.as_str(), row.version, row.event), ("ministry", 2, Event::Revised));
    assert_eq!((row.headline.as_deref(), row.address.as_str()), (Some("Headline 2"), "desk@example.org"));
    assert_eq!((row.state, row.next_attempt, row.sent_at), (DeliveryState::Pending, Some(at(160)), None));
    assert!(row.message_id.starts_with('<') && row.message_id.ends_with("@example.org>"), "{}", row.message_id);
    assert_eq!(desk.store.message(row.id).await.unwrap(), None);

    let sent = desk.send(at(160)).await;
    let row = only(desk.store.outbox(Some(DeliveryState::Sent), 10).await.unwrap());
    assert_eq!((row.attempts, row.sent_at, row.next_attempt), (1, Some(at(160)), None));
    assert_eq!(row.message_id, format!("<{}>", sent.delivery.message_id));
    assert!(desk.store.message(row.id).await.unwrap().unwrap().starts_with(b"Message-ID: <"));
    assert_eq!(desk.store.outbox(Some(DeliveryState::Pending), 10).await.unwrap(), []);
    assert_eq!(desk.store.outbox(None, 0).await.unwrap(), []);
}

#[tokio::test]
async fn the_store_knows_its_figures() {
    let desk = newsroom().await;

    let status = desk.store.status().await.unwrap();

    assert_eq!(status.feeds, FeedCounts { healthy: 2, failing: 0, paused: 0 });
    assert_eq!((status.articles, status.versions, status.unfit), (3, 2, 0));
    assert_eq!(status.queue, QueueCounts { pending: 1, failed: 0, held: 0 });
    assert_eq!((status.last_poll, status.last_alert), (Some(at(200)), Some(at(100))));
    assert!(status.database_bytes > 100_000);
    let hits = RuleHits { rule: "ministry".to_owned(), alerts: 1, last_at: Some(at(100)) };
    assert_eq!(desk.store.rule_hits().await.unwrap(), [hits]);
}

#[tokio::test]
async fn an_article_that_is_unknown_is_none() {
    let desk = newsroom().await;
    let unknown = wirewatch::model::ArticleId(999);

    assert_eq!(desk.store.article(unknown).await.unwrap(), None);
    assert_eq!(desk.store.history(unknown).await.unwrap(), None);
    assert_eq!(desk.store.version(unknown, None).await.unwrap(), None);
}

/// Searches as whoever gives up at once and asks again from there on: how often, and what was found.
async fn search_in_pieces(desk: &Desk, query: &str) -> (usize, Vec<i64>) {
    let query = Query::parse(query, &Default::default()).unwrap().query;
    let (mut found, mut after) = (Vec::new(), None);
    for searches in 1.. {
        let filter = ArticleFilter { after, ..ArticleFilter::default() };
        let wanted = Wanted { filter, query: Some(query.clone()), ..Wanted::default() };
        let search = Search::new(&desk.store, Arc::new(RuleSet::new(Vec::new())), wanted).await.unwrap();
        let listing = search.within(Duration::ZERO).run(&desk.store, |_| {}, |_, _| ()).await.unwrap();
        found.extend(listing.articles.iter().map(|found| found.row.id.0));
        match listing.broken_off {
            Some(place) => after = Some(place),
            None => return (searches, found),
        }
    }
    unreachable!("a search ends")
}

#[tokio::test]
async fn a_search_that_is_broken_off_goes_on_from_there_and_finds_the_same() {
    let desk = newsroom().await;
    // One that found something, and one that finds that nothing is left.
    assert_eq!(search_in_pieces(&desk, "headline").await, (2, vec![1]));
    assert_eq!(search_in_pieces(&desk, "nobodywrotethis").await.1, [0; 0]);
}
