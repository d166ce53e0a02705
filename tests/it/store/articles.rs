//! The queue of articles, their checks and their versions.

use std::collections::BTreeMap;

use wirewatch::model::{
    Baseline, Candidate, Choice, FeedFacts, Fitness, HostMemory, Lesson, Missing, Quality, Reader, Source, Timestamp,
};
use wirewatch::store::{CheckOutcome, CheckRecord, Claim, NewVersion, SeenEntry, StoreError, StoredPage};

use super::{
    Desk, HOUR, LEASE, MINUTE, at, check_record, feed, fetched, only, poll_record, seen, seen_on, text, url, version,
};

#[tokio::test]
async fn a_new_article_is_due_at_once_with_all_that_is_known() {
    let desk = Desk::with_article("a").await;

    let article = desk.claim_article(at(0)).await;

    let announced = seen("a", "A headline");
    assert_eq!((&article.url, &article.link), (&announced.article, &announced.link));
    assert_eq!(article.entry.as_ref(), Some(&announced.entry), "to the millisecond");
    assert_eq!(article.feeds, [FeedFacts { name: "wire".to_owned(), tags: vec!["world".to_owned()] }]);
    assert_eq!((article.first_seen_at, article.last_changed_at), (at(0), at(0)));
    assert_eq!((article.latest, article.missing, article.candidate, article.gone), (None, None, None, false));
}

#[tokio::test]
async fn one_article_in_two_feeds_is_one_article() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("post"), feed("wire")], at(0)).await.unwrap();
    for claimed in desk.store.claim_feeds(at(0), 10, 1000, LEASE).await.unwrap() {
        desk.store.record_poll(poll_record(&claimed, at(0), vec![seen("a", "A headline")])).await.unwrap();
    }

    let article = desk.claim_article(at(0)).await;

    let names: Vec<&str> = article.feeds.iter().map(|feed| feed.name.as_str()).collect();
    assert_eq!(names, ["post", "wire"]);
}

#[tokio::test]
async fn a_changed_entry_makes_its_article_due() {
    let desk = Desk::with_article("a").await;
    let claimed = desk.claim_article(at(0)).await;
    let rests = CheckRecord { next_due_at: None, ..check_record(&claimed, at(1), version(1, at(1))) };
    desk.store.record_check(rests).await.unwrap();
    assert_eq!(desk.store.next_article_due().await.unwrap(), None);

    let summary = desk.poll(at(600), vec![seen("a", "Another headline")]).await;

    assert_eq!((summary.changed_entries, summary.new_entries), (1, 0));
    let article = desk.claim_article(at(600)).await;
    assert_eq!(article.entry.unwrap().title.as_deref(), Some("Another headline"));
}

#[tokio::test]
async fn an_entry_that_changes_during_a_check_makes_it_due_again() {
    let desk = Desk::with_article("a").await;
    let under_way = desk.claim_article(at(599)).await;
    desk.poll(at(600), vec![seen("a", "Another headline")]).await;

    desk.store.record_check(check_record(&under_way, at(601), version(1, at(601)))).await.unwrap();

    assert_eq!(desk.store.next_article_due().await.unwrap(), Some(at(601)));
}

#[tokio::test]
async fn the_backlog_of_one_host_does_not_fill_the_batch() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let mut entries: Vec<SeenEntry> = (0..50).map(|n| seen_on("big.example", &format!("b{n}"), "Big")).collect();
    entries.extend((0..3).map(|n| seen_on("small.example", &format!("s{n}"), "Small")));
    desk.poll(at(0), entries).await;

    let first = desk.store.claim_articles(at(0), 10, 2, LEASE).await.unwrap();
    let mut hosts: BTreeMap<&str, usize> = BTreeMap::new();
    for article in &first {
        *hosts.entry(article.url.host_str().unwrap()).or_default() += 1;
    }
    assert_eq!(hosts, BTreeMap::from([("big.example", 2), ("small.example", 2)]));

    assert_eq!(desk.store.claim_articles(at(0), 10, 2, LEASE).await.unwrap(), [], "those under way count");
    let done = first.iter().find(|article| article.url.host_str() == Some("big.example")).unwrap();
    desk.store.record_check(check_record(done, at(1), version(1, at(1)))).await.unwrap();
    let next = only(desk.store.claim_articles(at(1), 10, 2, LEASE).await.unwrap());
    assert_eq!(next.url.host_str(), Some("big.example"));
}

#[tokio::test]
async fn an_article_that_needs_no_fetch_waits_for_no_host() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let entries = (0..8).map(|n| SeenEntry { link: None, ..seen(&format!("n{n}"), "Told by the feed") }).collect();
    desk.poll(at(0), entries).await;

    let claimed = desk.store.claim_articles(at(0), 16, 1, LEASE).await.unwrap();

    assert_eq!(claimed.len(), 8);
    assert!(claimed.iter().all(|article| article.link.is_none()));
}

#[tokio::test]
async fn a_version_comes_back_as_it_was_stored() {
    let desk = Desk::with_article("a").await;

    let summary = desk.check(at(1), version(1, at(1))).await;
    assert_eq!(summary.version, Some(1));

    let article = desk.claim_article(at(100)).await;
    let latest = article.latest.unwrap();
    assert_eq!((latest.number, latest.observed_at, latest.source), (1, at(1), Source::Page));
    assert_eq!(latest.text, text(1), "to the millisecond");
    assert_eq!((article.validators, article.body), (fetched().validators, Some(fetched().body)));
    assert_eq!(article.fingerprints, [(1, [1; 32])]);
    assert_eq!((article.last_changed_at, article.last_full_at), (at(1), Some(at(1))));
}

#[tokio::test]
async fn a_version_has_to_follow_the_latest_one() {
    let desk = Desk::with_article("a").await;
    let claimed = desk.claim_article(at(0)).await;

    let error = desk.store.record_check(check_record(&claimed, at(1), version(2, at(1)))).await.unwrap_err();

    assert!(matches!(error, StoreError::Contradiction(_)), "{error}");
    desk.store.record_check(check_record(&claimed, at(1), version(1, at(1)))).await.expect("nothing was half done");
}

#[tokio::test]
async fn every_version_stays_readable_through_a_hundred_revisions() {
    let desk = Desk::with_article("a").await;
    for number in 1..=100 {
        desk.check(at(u64::from(number) * 60), version(number, at(u64::from(number) * 60))).await;
    }

    let id = desk.store.find_article("https://news.example/a").await.unwrap().unwrap();
    for number in 1..=100 {
        assert_eq!(desk.store.version(id, Some(number)).await.unwrap().unwrap().text, text(number));
    }
    let verified = desk.store.verify().await.unwrap();
    assert_eq!((verified.articles, verified.flaws), (1, Vec::new()));
}

#[tokio::test]
async fn the_page_of_a_version_is_kept_as_it_was_received() {
    let desk = Desk::with_article("a").await;
    for number in 1..=2 {
        let now = at(u64::from(number) * 60);
        let CheckOutcome::Version(new) = version(number, now) else { unreachable!() };
        desk.check(now, CheckOutcome::Version(NewVersion { page: Some(page(number)), ..new })).await;
    }

    let id = desk.store.find_article("1").await.unwrap().unwrap();
    assert_eq!(desk.store.page(id, 1).await.unwrap(), Some(page(1)));
    assert_eq!(desk.store.page(id, 2).await.unwrap(), Some(page(2)));
    assert_eq!(desk.store.page(id, 3).await.unwrap(), None);
}

fn page(number: u32) -> StoredPage {
    let mut body = b"<!doctype html><title>\xff not UTF-8 \x00</title>".to_vec();
    body.extend((0..4_000_u32).flat_map(|n| (n * 7919).to_le_bytes()));
    body.push(u8::try_from(number).unwrap());
    StoredPage {
        url: url("https://news.example/a?final"),
        status: 200,
        headers: vec![
            ("content-type".to_owned(), b"text/html; charset=utf-8".to_vec()),
            ("x-odd".to_owned(), b"\xe9: \xff: ".to_vec()),
            ("x-odd".to_owned(), Vec::new()),
        ],
        body,
        reader: Reader { extractor: 3, site_rule: u64::MAX },
        choice: Choice { chosen: vec![u64::MAX, 1], kept: Vec::new(), fields: [0, 1, 2, u64::MAX], facts: 9 },
    }
}

#[tokio::test]
async fn looks_without_news_and_failures_are_counted() {
    let desk = Desk::with_article("a").await;
    desk.check(at(0), version(1, at(0))).await;
    desk.check(at(100), CheckOutcome::Unchanged { fetched: None }).await;
    desk.check(at(200), CheckOutcome::Unchanged { fetched: None }).await;
    let missing = Missing { looks: 1, since: at(300) };
    let failed = CheckOutcome::Failed { status: Some(404), error: "not found".to_owned(), missing: Some(missing) };
    desk.check(at(300), failed).await;

    let article = desk.claim_article(at(400)).await;
    assert_eq!((article.idle_checks, article.failures, article.missing), (2, 1, Some(missing)));
    assert_eq!(article.validators, fetched().validators, "a failure leaves them as they were");

    desk.store.record_check(check_record(&article, at(400), version(2, at(400)))).await.unwrap();
    let article = desk.claim_article(at(500)).await;
    assert_eq!((article.idle_checks, article.failures, article.missing), (0, 0, None));
}

#[tokio::test]
async fn an_unfit_page_is_an_observation_with_its_reason() {
    let desk = Desk::with_article("a").await;
    let fitness = Fitness { quality: Quality::Challenge, reason: "the title says `Just a moment...`".to_owned() };
    desk.check(at(0), CheckOutcome::Unfit { status: 200, fitness, missing: None }).await;

    let row = desk.store.article(desk.claim_article(at(100)).await.id).await.unwrap().unwrap().row;

    assert_eq!((row.versions, row.quality), (0, Some(Quality::Challenge)));
    assert_eq!(row.problem.as_deref(), Some("the title says `Just a moment...`"));
    assert_eq!(desk.store.status().await.unwrap().unfit, 1);
}

#[tokio::test]
async fn a_candidate_waits_for_its_confirmation() {
    let desk = Desk::with_article("a").await;
    desk.check(at(0), version(1, at(0))).await;
    let candidate = Candidate { fingerprint: [4; 32], seen_at: at(100), attempts: 1 };
    desk.check(at(100), CheckOutcome::Unconfirmed { candidate }).await;

    let article = desk.claim_article(at(200)).await;
    assert_eq!(article.candidate, Some(candidate));
    assert_eq!((&article.validators, article.body), (&fetched().validators, Some(fetched().body)));

    let unchanged = CheckOutcome::Unchanged { fetched: None };
    desk.store.record_check(check_record(&article, at(200), unchanged)).await.unwrap();
    assert_eq!(desk.claim_article(at(300)).await.candidate, None);
}

#[tokio::test]
async fn an_article_that_is_gone_can_return() {
    let desk = Desk::with_article("a").await;
    desk.check(at(0), version(1, at(0))).await;
    let missing = Missing { looks: 3, since: at(50) };
    desk.check(at(100), CheckOutcome::Gone { missing }).await;
    let article = desk.claim_article(at(200)).await;
    assert_eq!((article.gone, article.missing), (true, Some(missing)));

    let back = CheckOutcome::Back { fetched: Some(fetched()) };
    desk.store.record_check(check_record(&article, at(200), back)).await.unwrap();

    let article = desk.claim_article(at(300)).await;
    assert_eq!((article.gone, article.missing), (false, None));
}

#[tokio::test]
async fn an_expired_check_is_taken_over_and_the_first_result_dropped() {
    let desk = Desk::with_article("a").await;
    let slow = desk.claim_article(at(0)).await;
    let end = at(0) + LEASE;
    let quick = desk.claim_article(end).await;

    let lost = desk.store.record_check(check_record(&slow, end, version(1, end))).await.unwrap_err();
    assert_eq!(lost, StoreError::ClaimLost);

    desk.store.record_check(check_record(&quick, end, version(1, end))).await.unwrap();
    assert_eq!(desk.store.status().await.unwrap().versions, 1);
}

#[tokio::test]
async fn everything_that_does_not_rest_can_be_made_due() {
    let desk = Desk::with_article("a").await;
    desk.check(at(0), version(1, at(0))).await;
    assert_eq!(desk.store.next_article_due().await.unwrap(), Some(at(0) + MINUTE));

    desk.store.make_all_due(at(10)).await.unwrap();

    desk.claim_feed(at(10)).await;
    let article = desk.claim_article(at(10)).await;
    let rests = CheckRecord { next_due_at: None, ..check_record(&article, at(10), version(2, at(10))) };
    desk.store.record_check(rests).await.unwrap();
    desk.store.make_all_due(at(0) + HOUR).await.unwrap();
    assert_eq!(desk.store.claim_articles(at(0) + HOUR, 10, 10, LEASE).await.unwrap(), []);
}

/// A desk with the feeds `world` and `top`, both polled once; `world`, the first, brings what `entries` says.
async fn two_feeds(first: SeenEntry) -> Desk {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("top"), feed("world")], at(0)).await.unwrap();
    desk.poll_both(at(0), vec![first], Vec::new()).await;
    desk
}

impl Desk {
    async fn poll_both(&self, now: Timestamp, world: Vec<SeenEntry>, top: Vec<SeenEntry>) {
        for claimed in self.store.claim_feeds(now, 10, 1000, LEASE).await.unwrap() {
            let entries = if claimed.config.name == "world" { world.clone() } else { top.clone() };
            self.store.record_poll(poll_record(&claimed, now, entries)).await.unwrap();
        }
    }

    async fn title(&self, now: Timestamp) -> Option<String> {
        self.store.make_all_due(now).await.unwrap();
        let article = self.claim_article(now).await;
        let rest = CheckOutcome::Unchanged { fetched: None };
        self.store.record_check(check_record(&article, now, rest)).await.unwrap();
        article.entry.and_then(|entry| entry.title)
    }
}

fn unfollowed(title: &str) -> SeenEntry {
    SeenEntry { link: None, ..seen("a", title) }
}

#[tokio::test]
async fn the_first_feed_speaks_for_an_article_and_another_does_not_revise_it() {
    let desk = two_feeds(unfollowed("As the world says")).await;
    desk.check(at(1), version(1, at(1))).await;

    desk.poll_both(at(600), vec![unfollowed("As the world says")], vec![unfollowed("From the top")]).await;
    assert_eq!(desk.title(at(601)).await.as_deref(), Some("As the world says"), "announced again");
    desk.poll_both(at(1200), vec![unfollowed("As the world says")], vec![unfollowed("From the very top")]).await;
    assert_eq!(desk.title(at(1201)).await.as_deref(), Some("As the world says"), "edited elsewhere");
    desk.poll_both(at(1800), vec![unfollowed("As the world corrects")], vec![unfollowed("From the very top")]).await;
    assert_eq!(desk.title(at(1801)).await.as_deref(), Some("As the world corrects"), "edited where it was first");
}

#[tokio::test]
async fn after_its_first_feed_the_next_one_speaks_once_it_has_something_new() {
    let desk = two_feeds(unfollowed("As the world says")).await;
    desk.check(at(1), version(1, at(1))).await;
    desk.poll_both(at(600), Vec::new(), vec![unfollowed("From the top")]).await;
    desk.store.sync_feeds(&[feed("top")], at(700)).await.unwrap();

    assert_eq!(desk.title(at(1000)).await.as_deref(), Some("As the world says"), "another wording is no revision");
    desk.poll_both(at(1200), Vec::new(), vec![unfollowed("News from the top")]).await;
    assert_eq!(desk.title(at(1201)).await.as_deref(), Some("News from the top"));
}

#[tokio::test]
async fn an_entry_that_goes_over_to_another_article_takes_its_words_along() {
    let desk = two_feeds(unfollowed("As the world says")).await;
    desk.poll_both(at(600), Vec::new(), vec![unfollowed("From the top")]).await;
    let moved = SeenEntry { article: url("https://news.example/b"), ..unfollowed("Another story") };
    desk.poll_both(at(1200), vec![moved], Vec::new()).await;

    let articles = desk.store.claim_articles(at(1200), 10, 10, LEASE).await.unwrap();

    let mut told: Vec<_> =
        articles.iter().map(|a| (a.url.path(), a.entry.as_ref().and_then(|e| e.title.as_deref()))).collect();
    told.sort_unstable();
    assert_eq!(told, [("/a", Some("From the top")), ("/b", Some("Another story"))]);
}

#[tokio::test]
async fn a_feed_that_follows_has_the_page_fetched_whoever_announced_it_first() {
    let desk = two_feeds(unfollowed("As the world says")).await;
    let rests =
        CheckRecord { next_due_at: None, ..check_record(&desk.claim_article(at(0)).await, at(1), version(1, at(1))) };
    desk.store.record_check(rests).await.unwrap();

    desk.poll_both(at(600), vec![unfollowed("As the world says")], vec![seen("a", "From the top")]).await;
    let article = desk.claim_article(at(600)).await;
    assert_eq!(article.link, seen("a", "").link);
    desk.store.record_check(check_record(&article, at(600), CheckOutcome::Unchanged { fetched: None })).await.unwrap();

    desk.poll_both(at(1200), vec![unfollowed("As the world corrects")], vec![seen("a", "From the top")]).await;
    assert_eq!(desk.claim_article(at(1200)).await.link, seen("a", "").link, "one that does not follow leaves it so");
}

#[tokio::test]
async fn what_was_old_in_a_new_feed_is_news_when_a_watched_one_brings_it() {
    let old = SeenEntry { baseline: Baseline::Old, ..seen("a", "As the world says") };
    let desk = two_feeds(old.clone()).await;
    desk.poll_both(at(600), vec![SeenEntry { baseline: Baseline::News, ..seen("a", "Edited") }], Vec::new()).await;
    let article = desk.claim_article(at(600)).await;
    assert_eq!(article.baseline, Baseline::Old, "an edit in the same feed announces nothing");
    desk.store.drop_claim(Claim::Article(article.id, article.token)).await.unwrap();

    desk.poll_both(at(1200), Vec::new(), vec![seen("a", "From the top")]).await;
    let article = desk.claim_article(at(1200)).await;
    assert_eq!(article.baseline, Baseline::News);
}

#[tokio::test]
async fn news_of_an_article_that_has_a_version_leaves_it_as_it_began() {
    let desk = two_feeds(SeenEntry { baseline: Baseline::Old, ..seen("a", "As the world says") }).await;
    desk.check(at(1), version(1, at(1))).await;

    desk.poll_both(at(600), Vec::new(), vec![seen("a", "From the top")]).await;

    assert_eq!(desk.claim_article(at(600)).await.baseline, Baseline::Old);
}

#[tokio::test]
async fn what_one_article_teaches_of_its_host_the_others_are_given() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let entries = vec![seen("a", "One"), seen("b", "Two"), seen_on("other.example", "c", "Three")];
    desk.poll(at(0), entries).await;
    let articles = desk.store.claim_articles(at(0), 10, 10, LEASE).await.unwrap();
    let (teacher, others) = articles.split_first().unwrap();
    assert_eq!(teacher.surroundings.memory, HostMemory::new());
    let lesson = Lesson { edges: vec![u64::MAX, 1], restless: vec![7] };
    let taught = CheckRecord { lesson: lesson.clone(), ..check_record(teacher, at(1), version(1, at(1))) };
    desk.store.record_check(taught).await.unwrap();
    for article in others {
        desk.store.record_check(check_record(article, at(1), version(1, at(1)))).await.unwrap();
    }

    let mut expected = HostMemory::new();
    expected.learn(teacher.id, &lesson);
    for article in desk.store.claim_articles(at(3600), 10, 10, LEASE).await.unwrap() {
        let is_same_host = article.url.host_str() == teacher.url.host_str();
        assert_eq!(
            article.surroundings.memory,
            if is_same_host { expected.clone() } else { HostMemory::new() },
            "{}",
            article.url
        );
    }
}

#[tokio::test]
async fn what_a_clock_ahead_of_its_time_noted_counts_from_now_on() {
    let desk = Desk::with_article("a").await;
    let missing = Missing { looks: 2, since: at(900_000) };
    let failed = CheckOutcome::Failed { status: Some(404), error: "not found".to_owned(), missing: Some(missing) };
    desk.check(at(0), failed).await;

    let article = desk.claim_article(at(3600)).await;

    assert_eq!(article.missing, Some(Missing { looks: 2, since: at(3600) }));
}
