//! Notices, and what is known of an article's host.

use std::time::Duration;

use wirewatch::model::{ArticleId, FoundNotice, HostLooks, Missing, NoticeKind, SharedStep, Sightings, Subject};
use wirewatch::store::{CheckOutcome, CheckRecord, SeenEntry};

use super::{Desk, HOUR, LEASE, MINUTE, at, check_record, feed, fetched, seen, version};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn found(kind: NoticeKind, subject: Subject, text: &str) -> FoundNotice {
    FoundNotice { kind, subject, text: text.to_owned(), since: None, lasts: DAY }
}

fn to_and_fro(text: &str) -> FoundNotice {
    found(NoticeKind::Alternating, Subject::Article(ArticleId(1)), text)
}

/// A store with several articles of one host, each with a version.
async fn with_articles(count: u64) -> Desk {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let entries: Vec<SeenEntry> = (0..count).map(|n| seen(&format!("a{n}"), "A headline")).collect();
    desk.poll(at(0), entries).await;
    for article in desk.store.claim_articles(at(1), 100, 100, LEASE).await.unwrap() {
        desk.store.record_check(check_record(&article, at(1), version(1, at(1)))).await.unwrap();
    }
    desk
}

#[tokio::test]
async fn a_notice_that_is_found_again_counts_and_stays_one() {
    let desk = Desk::with_article("a").await;
    for (seconds, text) in [(0, "one"), (100, "two"), (200, "three")] {
        let claimed = desk.claim_article(at(seconds)).await;
        let record = check_record(&claimed, at(seconds), CheckOutcome::Unchanged { fetched: None });
        let record = CheckRecord { notices: vec![to_and_fro(text)], ..record };
        let summary = desk.store.record_check(record).await.unwrap();
        assert_eq!(summary.notices, if seconds == 0 { vec![0] } else { vec![] });
    }
    let notices = desk.store.status().await.unwrap().notices;
    assert_eq!(notices.len(), 1);
    let notice = &notices[0];
    assert_eq!((notice.text.as_str(), notice.count), ("three", 3));
    assert_eq!((notice.first_at, notice.last_at, notice.closed_at), (at(0), at(200), None));
}

#[tokio::test]
async fn a_notice_ends_when_it_is_over_or_was_long_not_found() {
    let desk = Desk::with_article("a").await;
    let braked = found(NoticeKind::Braked, Subject::Article(ArticleId(1)), "all the time");
    let claimed = desk.claim_article(at(0)).await;
    let record = check_record(&claimed, at(0), version(1, at(0)));
    desk.store.record_check(CheckRecord { notices: vec![to_and_fro("one"), braked], ..record }).await.unwrap();
    assert!(desk.claim_article(at(100)).await.surroundings.is_braked);
    desk.store.release_claims().await.unwrap();

    let claimed = desk.claim_article(at(200)).await;
    let record = check_record(&claimed, at(200), CheckOutcome::Unchanged { fetched: None });
    let ended = vec![(NoticeKind::Braked, Subject::Article(ArticleId(1)))];
    desk.store.record_check(CheckRecord { ended, ..record }).await.unwrap();
    let open: Vec<NoticeKind> = desk.store.status().await.unwrap().notices.iter().map(|notice| notice.kind).collect();
    assert_eq!(open, [NoticeKind::Alternating]);

    let day = DAY.as_secs();
    desk.check(at(day + 1), CheckOutcome::Unchanged { fetched: Some(fetched()) }).await;
    assert_eq!(desk.store.status().await.unwrap().notices, []);
    let history = desk.store.history(ArticleId(1)).await.unwrap().unwrap();
    assert!(history.notices.iter().all(|notice| notice.closed_at.is_some()) && history.notices.len() == 2);
}

#[tokio::test]
async fn a_notice_on_a_host_is_shown_with_the_feeds_of_its_articles() {
    let desk = with_articles(2).await;
    let claimed = desk.store.claim_articles(at(100), 1, 1, LEASE).await.unwrap().remove(0);
    let notice = found(NoticeKind::SiteChange, Subject::Host("news.example".to_owned()), "a footer");
    let record = check_record(&claimed, at(100), CheckOutcome::Unchanged { fetched: None });
    desk.store.record_check(CheckRecord { notices: vec![notice], ..record }).await.unwrap();
    let feeds = desk.store.feeds().await.unwrap();
    assert_eq!(feeds[0].notices.iter().map(|notice| notice.text.as_str()).collect::<Vec<_>>(), ["a footer"]);
}

#[tokio::test]
async fn changes_are_counted_on_the_other_articles_of_the_host_for_some_hours() {
    let desk = with_articles(3).await;
    let claimed = desk.store.claim_articles(at(100), 10, 10, LEASE).await.unwrap();
    for (article, shown) in claimed.iter().zip([vec![1, u64::MAX], vec![1], vec![]]) {
        let record = check_record(article, at(100), CheckOutcome::Unchanged { fetched: None });
        let sightings = Some(Sightings { shown, ..Sightings::default() });
        desk.store.record_check(CheckRecord { sightings, ..record }).await.unwrap();
    }
    let mut steps: Vec<Vec<(u64, u32, u32)>> = Vec::new();
    for article in desk.store.claim_articles(at(200), 10, 10, LEASE).await.unwrap() {
        let of = |step: &SharedStep| (step.digest, step.articles, step.looked_at);
        let mut known: Vec<_> = article.surroundings.steps.iter().map(of).collect();
        known.sort_unstable();
        steps.push(known);
    }
    assert_eq!(steps, [vec![(1, 1, 1)], vec![(1, 1, 1), (u64::MAX, 1, 1)], vec![(1, 2, 2), (u64::MAX, 1, 1)]]);
    desk.store.release_claims().await.unwrap();
    let later = desk.store.claim_articles(at(100) + 7 * HOUR, 10, 10, LEASE).await.unwrap();
    assert!(later.iter().all(|article| article.surroundings.steps.is_empty()));
}

#[tokio::test]
async fn an_article_that_is_missing_knows_how_the_others_of_its_host_fare() {
    let desk = with_articles(4).await;
    let claimed = desk.store.claim_articles(at(100), 10, 10, LEASE).await.unwrap();
    for (n, article) in claimed.iter().enumerate() {
        let missing = Some(Missing { looks: 1, since: at(100) });
        let outcome = match n {
            0 | 1 => CheckOutcome::Failed { status: Some(404), error: "404".to_owned(), missing },
            _ => CheckOutcome::Unchanged { fetched: None },
        };
        desk.store.record_check(check_record(article, at(101), outcome)).await.unwrap();
    }
    let claimed = desk.store.claim_articles(at(200), 10, 10, LEASE).await.unwrap();
    assert_eq!(claimed[0].surroundings.host, HostLooks { missing: 1, answering: 2, is_noticed: false });
    assert_eq!(claimed[3].surroundings.host, HostLooks::default(), "nobody asks while it is there");
}

#[tokio::test]
async fn the_times_of_the_latest_revisions_are_known() {
    let desk = Desk::with_article("a").await;
    for number in 1..=30 {
        desk.check(at(u64::from(number) * 60), version(number, at(u64::from(number) * 60))).await;
    }
    let revised = desk.claim_article(at(4000)).await.surroundings.revised_at;
    assert_eq!((revised.len(), revised[0], revised[23]), (24, at(1800), at(420)));
}

#[tokio::test]
async fn an_article_that_rests_is_woken_by_hand() {
    let desk = Desk::with_article("a").await;
    let claimed = desk.claim_article(at(0)).await;
    let rests = CheckRecord { next_due_at: None, ..check_record(&claimed, at(1), version(1, at(1))) };
    desk.store.record_check(rests).await.unwrap();
    desk.store.recheck(claimed.id, at(50)).await.unwrap();
    assert_eq!(desk.store.next_article_due().await.unwrap(), Some(at(50)));
}

#[tokio::test]
async fn an_entry_that_changes_at_every_poll_wakes_its_page_every_other_minute() {
    let desk = Desk::with_article("a").await;
    let claimed = desk.claim_article(at(0)).await;
    let record = CheckRecord { next_due_at: Some(at(100_000)), ..check_record(&claimed, at(590), version(1, at(590))) };
    desk.store.record_check(record).await.unwrap();
    desk.poll(at(600), vec![seen("a", "Another headline")]).await;
    assert_eq!(desk.store.next_article_due().await.unwrap(), Some(at(590) + 2 * MINUTE));
}

#[tokio::test]
async fn the_looks_missed_while_nobody_watched_are_spread_and_news_goes_first() {
    let desk = with_articles(60).await;
    let back = at(0) + 9 * HOUR;
    desk.poll(back, vec![seen("new", "News")]).await;
    assert_eq!(desk.store.spread_overdue(back, 30 * MINUTE).await.unwrap(), 60);
    let first = desk.store.claim_articles(back, 100, 100, LEASE).await.unwrap();
    let due: Vec<&str> = first.iter().map(|article| article.url.path()).collect();
    assert!(due.contains(&"/new") && due.len() <= 2, "{due:?}");
    let rest = desk.store.claim_articles(back + 30 * MINUTE, 100, 100, LEASE).await.unwrap();
    assert_eq!(rest.len(), 61, "all of them within half an hour; the leases of the first are over");
}

#[tokio::test]
async fn a_small_backlog_stays_due() {
    let desk = with_articles(5).await;
    assert_eq!(desk.store.spread_overdue(at(0) + 9 * HOUR, 30 * MINUTE).await.unwrap(), 0);
}
