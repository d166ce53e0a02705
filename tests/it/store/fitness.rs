use wirewatch::model::{ArticleId, Fitness, Quality};
use wirewatch::store::{CheckOutcome, CheckRecord, ClaimedArticle, SeenText, Trouble};

use super::*;

/// A feed with so many articles on one host, none looked at yet.
async fn desk_with(articles: usize) -> Desk {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let entries = (0..articles).map(|n| seen(&format!("story-{n}"), &format!("Headline {n}"))).collect();
    desk.poll(at(0), entries).await;
    desk
}

fn saying(text: u8, headline: u8) -> SeenText {
    SeenText { text: [text; 32], headline: Some([headline; 32]) }
}

fn unfit(quality: Quality, reason: &str) -> CheckOutcome {
    CheckOutcome::Unfit { status: 200, fitness: Fitness { quality, reason: reason.to_owned() }, missing: None }
}

async fn claim(desk: &Desk) -> Vec<ClaimedArticle> {
    desk.store.claim_articles(at(1), 50, 50, LEASE).await.unwrap()
}

async fn look(desk: &Desk, article: &ClaimedArticle, outcome: CheckOutcome, seen: Option<SeenText>) {
    let record = CheckRecord { seen, ..check_record(article, at(1), outcome) };
    desk.store.record_check(record).await.unwrap();
}

#[tokio::test]
async fn the_same_text_is_found_on_other_articles_of_the_host() {
    let desk = desk_with(4).await;
    let articles = claim(&desk).await;
    look(&desk, &articles[0], version(1, at(1)), Some(saying(7, 1))).await;
    look(&desk, &articles[1], unfit(Quality::Empty, "no text"), Some(saying(7, 2))).await;
    look(&desk, &articles[2], version(1, at(1)), Some(saying(8, 2))).await;
    let echoes = desk.store.echoes(articles[3].id, saying(7, 2)).await.unwrap();
    assert_eq!(echoes.same_text, [articles[0].id, articles[1].id]);
    assert_eq!((echoes.same_both, echoes.same_headline, echoes.is_known), (1, 2, false));
    // Its own last look is no other article's.
    assert_eq!(desk.store.echoes(articles[0].id, saying(7, 1)).await.unwrap().same_text, [articles[1].id]);
    // Found on many, it is known from then on, even when those say something else again.
    look(&desk, &articles[3], unfit(Quality::Repeated, "the same text"), Some(saying(7, 2))).await;
    assert!(desk.store.echoes(articles[2].id, saying(7, 9)).await.unwrap().is_known);
    assert!(!desk.store.echoes(articles[2].id, saying(8, 9)).await.unwrap().is_known);
}

#[tokio::test]
async fn another_host_says_what_it_likes() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    desk.poll(at(0), vec![seen_on("a.example", "1", "One"), seen_on("b.example", "2", "Two")]).await;
    let articles = claim(&desk).await;
    look(&desk, &articles[0], version(1, at(1)), Some(saying(7, 1))).await;
    assert!(desk.store.echoes(articles[1].id, saying(7, 1)).await.unwrap().same_text.is_empty());
}

#[tokio::test]
async fn what_could_not_be_read_is_counted_by_quality_with_the_commonest_reason() {
    let desk = desk_with(7).await;
    let articles = claim(&desk).await;
    let paywall = |reason| unfit(Quality::Paywall, reason);
    let failed = |status, error: &str| CheckOutcome::Failed { status, error: error.to_owned(), missing: None };
    for (article, outcome) in articles.iter().zip([
        version(1, at(1)),
        paywall("only 52 words"),
        paywall("only 60 words"),
        paywall("only 60 words"),
        failed(None, "no complete answer"),
        failed(Some(404), "status 404"),
        unfit(Quality::Challenge, "a challenge"),
    ]) {
        look(&desk, article, outcome, None).await;
    }
    let status = desk.store.status().await.unwrap();
    let counts: Vec<(&str, u64)> =
        status.unreadable.by_quality.iter().map(|count| (count.quality.as_str(), count.articles)).collect();
    assert_eq!(counts, [("paywall", 3), ("challenge", 1), ("failed", 1), ("not_found", 1)]);
    assert_eq!((status.unreadable.articles, status.unfit), (6, 5));
    assert_eq!(status.unreadable.reason.as_deref(), Some("only 60 words"));
    assert_eq!(desk.store.feeds().await.unwrap()[0].unreadable, status.unreadable);
}

#[tokio::test]
async fn what_stands_in_the_way_is_shown_beside_another_outcome_until_the_next_look() {
    let desk = Desk::with_article("story").await;
    let claimed = desk.claim_article(at(1)).await;
    let trouble = Trouble { quality: Some(Quality::Paywall), reason: "the page wants a login".to_owned() };
    let record = CheckRecord { trouble: Some(trouble), ..check_record(&claimed, at(1), version(1, at(1))) };
    desk.store.record_check(record).await.unwrap();
    let shown = |row: wirewatch::store::ArticleRow| (row.quality, row.problem);
    let article = desk.store.article(ArticleId(claimed.id.0)).await.unwrap().unwrap();
    assert_eq!(shown(article.row), (Some(Quality::Paywall), Some("the page wants a login".to_owned())));
    desk.check(at(100), CheckOutcome::Unchanged { fetched: None }).await;
    let article = desk.store.article(claimed.id).await.unwrap().unwrap();
    assert_eq!(shown(article.row), (Some(Quality::Good), None));
}
