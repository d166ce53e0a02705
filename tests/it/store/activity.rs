//! What happened when, as lists and counts.

use std::time::Duration;

use wirewatch::model::Event;
use wirewatch::store::{Activity, FeedFilter, Spans, Steps};

use super::{Desk, HOUR, MINUTE, alert, at, feed, planned, poll_record};
use wirewatch::store::PollOutcome;

/// One article of `wire`: read at the beginning, revised twice in the first hour and once in the third, of which the rule
/// `ministry` told twice.
async fn revised() -> Desk {
    let desk = Desk::with_article("a").await;
    desk.revise(at(1), 1, vec![alert("ministry", Event::New)], vec![planned(at(1))]).await;
    desk.revise(at(100), 2, Vec::new(), Vec::new()).await;
    desk.revise(at(200), 3, Vec::new(), Vec::new()).await;
    desk.revise(at(2 * 3600 + 5), 4, vec![alert("ministry", Event::Revised)], vec![planned(at(2 * 3600 + 5))]).await;
    desk
}

/// First versions and others of each span.
fn counts(spans: &[Activity]) -> Vec<(u64, u64)> {
    spans.iter().map(|span| (span.new, span.revised)).collect()
}

#[tokio::test]
async fn steps_are_listed_newest_first_with_the_headline_before() {
    let desk = revised().await;
    let steps = desk.store.steps(Steps::Revisions, at(0), at(3 * 3600), 10).await.unwrap();
    let told: Vec<_> = steps.iter().map(|step| (step.version.number, step.headline_before.as_deref())).collect();
    assert_eq!(told, [(4, Some("Headline 3")), (3, Some("Headline 2")), (2, Some("Headline 1"))]);
    assert_eq!(steps[0].feeds, ["wire"]);

    let all = desk.store.steps(Steps::All, at(0), at(3 * 3600), 10).await.unwrap();
    assert_eq!(all.last().map(|step| (step.version.number, step.headline_before.is_none())), Some((1, true)));
    let some = desk.store.steps(Steps::All, at(100), at(200), 10).await.unwrap();
    assert_eq!(some.iter().map(|step| step.version.number).collect::<Vec<_>>(), [2], "the end is not part of it");
    assert_eq!(desk.store.steps(Steps::All, at(0), at(3 * 3600), 2).await.unwrap().len(), 2);
}

#[tokio::test]
async fn versions_and_alerts_are_counted_by_spans() {
    let desk = revised().await;
    let store = &desk.store;
    let expected = [(1, 2), (0, 0), (0, 1), (0, 0)];
    assert_eq!(counts(&store.activity(Spans::equal(at(0), HOUR, 4)).await.unwrap()), expected);
    assert_eq!(counts(&store.activity_of_feed("wire", Spans::equal(at(0), HOUR, 4)).await.unwrap()), expected);
    assert_eq!(counts(&store.activity_of_feed("post", Spans::equal(at(0), HOUR, 4)).await.unwrap()), [(0, 0); 4]);
    let by_feed = store.activity_of_feeds(Spans::equal(at(0), HOUR, 4)).await.unwrap();
    assert_eq!(
        by_feed.iter().map(|(name, spans)| (name.as_str(), counts(spans))).collect::<Vec<_>>(),
        [("wire", expected.to_vec())]
    );

    let of_rule = [(1, 0), (0, 0), (0, 1), (0, 0)];
    let names = vec!["none".to_owned(), "ministry".to_owned()];
    let each = store.activity_of_each_rule(names, Spans::equal(at(0), HOUR, 4)).await.unwrap();
    assert_eq!(each.iter().map(|spans| counts(spans)).collect::<Vec<_>>(), [vec![(0, 0); 4], of_rule.to_vec()]);
    let by_rule = store.activity_of_rules(Spans::equal(at(0), HOUR, 4)).await.unwrap();
    assert_eq!(
        by_rule.iter().map(|(name, spans)| (name.as_str(), counts(spans))).collect::<Vec<_>>(),
        [("ministry", of_rule.to_vec())]
    );
}

#[tokio::test]
async fn a_span_holds_its_beginning_and_not_its_end() {
    let desk = revised().await;
    let spans = desk.store.activity(Spans::equal(at(100), Duration::from_secs(100), 2)).await.unwrap();
    assert_eq!(counts(&spans), [(0, 1), (0, 1)]);
    assert_eq!((spans[0].at, spans[1].at), (at(100), at(200)));
    assert_eq!(counts(&desk.store.activity(Spans::equal(at(0), MINUTE, 1)).await.unwrap()), [(1, 0)]);
    assert_eq!(desk.store.activity(Spans::equal(at(0), HOUR, 0)).await.unwrap(), []);
}

#[tokio::test]
async fn spans_may_differ_in_length_as_days_do() {
    let desk = revised().await;
    let spans = Spans::between(vec![at(0), at(150), at(3600), at(2 * 3600 + 5), at(2 * 3600 + 6)]);
    assert_eq!(counts(&desk.store.activity(spans).await.unwrap()), [(1, 1), (0, 1), (0, 0), (0, 1)]);
}

#[tokio::test]
async fn what_was_told_of_an_article_is_listed_newest_first() {
    let desk = revised().await;
    let article = desk.store.find_article("https://news.example/a").await.unwrap().unwrap();
    let told = desk.store.outbox_of_article(article, 10).await.unwrap();
    assert_eq!(told.iter().map(|row| row.version).collect::<Vec<_>>(), [4, 1]);
    assert_eq!(desk.store.outbox_of_article(article, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn feeds_are_found_by_part_of_name_address_or_tag_and_by_their_failures() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("Wire"), feed("post"), feed("herald")], at(0)).await.unwrap();
    let like = async |filter: FeedFilter| -> Vec<String> {
        desk.store.feeds_like(filter).await.unwrap().into_iter().map(|row| row.name).collect()
    };
    let part = |part: &str| FeedFilter { part: Some(part.to_owned()), ..FeedFilter::default() };
    assert_eq!(like(FeedFilter::default()).await, ["Wire", "herald", "post"]);
    assert_eq!(like(part("wIRe")).await, ["Wire"]);
    assert_eq!(like(part("post.example/FEED")).await, ["post"]);
    assert_eq!(like(part("world")).await.len(), 3);
    assert_eq!(like(part("%")).await, [""; 0]);
    let after = FeedFilter { after: Some("Wire".to_owned()), limit: Some(1), ..FeedFilter::default() };
    assert_eq!(like(after).await, ["herald"]);

    let claimed = desk.store.claim_feeds(at(0), 10, 1000, HOUR).await.unwrap();
    let failed = claimed.iter().find(|claimed| claimed.config.name == "post").unwrap();
    let mut record = poll_record(failed, at(0), Vec::new());
    record.outcome = PollOutcome::Failed { error: "refused".to_owned(), status: None };
    desk.store.record_poll(record).await.unwrap();
    assert_eq!(like(FeedFilter { failing: true, ..FeedFilter::default() }).await, ["post"]);
    assert_eq!(desk.store.feed("post").await.unwrap().map(|row| row.failures), Some(1));
    assert_eq!(desk.store.feed("nobody").await.unwrap(), None);
}
