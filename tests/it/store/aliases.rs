//! Addresses that are learnt, disputed and unlearnt, and articles that turn out to be one.

use wirewatch::model::{Alias, AliasKind, Event, Missing, Timestamp, Validators};
use wirewatch::store::{CheckOutcome, CheckRecord, CheckSummary, ClaimedArticle, SeenAlias, SeenEntry};

use super::{Desk, LEASE, alert, at, check_record, feed, poll_record, seen, url, version};

/// A desk with one feed that brought an article for each key, none looked at yet.
async fn desk_with(keys: &[&str]) -> Desk {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    desk.poll(at(0), keys.iter().map(|key| seen(key, "A headline")).collect()).await;
    desk
}

fn address(key: &str) -> String {
    format!("https://news.example/{key}")
}

fn weak(key: &str) -> SeenAlias {
    SeenAlias { url: url(&address(key)), kind: AliasKind::Canonical, firm: false }
}

fn firm(key: &str) -> SeenAlias {
    SeenAlias { firm: true, ..weak(key) }
}

impl Desk {
    /// Claims everything that is due, to be recorded in any order.
    async fn claim_all(&self, now: Timestamp) -> Vec<ClaimedArticle> {
        self.store.make_all_due(now).await.unwrap();
        self.store.claim_articles(now, 100, 100, LEASE).await.unwrap()
    }

    async fn record(&self, claimed: &ClaimedArticle, now: Timestamp, aliases: Vec<SeenAlias>) -> CheckSummary {
        let number = claimed.latest.as_ref().map_or(1, |latest| latest.number + 1);
        self.store
            .record_check(CheckRecord { aliases, ..check_record(claimed, now, version(number, now)) })
            .await
            .unwrap()
    }

    /// Looks at the article of that key, and leaves the others as they are.
    async fn look(&self, key: &str, now: Timestamp, aliases: Vec<SeenAlias>) -> CheckSummary {
        let claimed = self.claim_all(now).await;
        let mut summary = None;
        for article in &claimed {
            if article.url.as_str() == address(key) {
                summary = Some(self.record(article, now, aliases.clone()).await);
            } else {
                let rest = CheckOutcome::Unchanged { fetched: None };
                self.store.record_check(check_record(article, now, rest)).await.unwrap();
            }
        }
        summary.unwrap_or_else(|| panic!("{key} is not due"))
    }

    async fn aliases(&self, key: &str) -> Vec<Alias> {
        let id = self.store.find_article(&address(key)).await.unwrap().unwrap();
        self.store.history(id).await.unwrap().unwrap().aliases
    }

    async fn id(&self, key: &str) -> Option<i64> {
        self.store.find_article(&address(key)).await.unwrap().map(|id| id.0)
    }
}

#[tokio::test]
async fn an_alias_is_known_from_when_it_was_first_seen_to_when_it_was_seen_last() {
    let desk = desk_with(&["a"]).await;
    desk.look("a", at(10), vec![weak("b")]).await;
    desk.look("a", at(100), vec![weak("b")]).await;
    desk.look("a", at(200), Vec::new()).await;

    let alias = Alias { url: url(&address("b")), kind: AliasKind::Canonical, first_seen: at(10), last_seen: at(100) };
    assert_eq!(desk.aliases("a").await, [alias]);
    assert_eq!(desk.id("b").await, desk.id("a").await);
}

#[tokio::test]
async fn an_entry_that_links_to_an_alias_belongs_to_its_article() {
    let desk = desk_with(&["a"]).await;
    desk.look("a", at(10), vec![weak("b")]).await;
    desk.store.sync_feeds(&[feed("wire"), feed("top")], at(600)).await.unwrap();

    for claimed in desk.store.claim_feeds(at(600), 10, 10, LEASE).await.unwrap() {
        let entries = if claimed.config.name == "top" { vec![seen("b", "B")] } else { Vec::new() };
        let summary = desk.store.record_poll(poll_record(&claimed, at(600), entries)).await.unwrap();
        assert_eq!(summary.new_articles, 0);
    }

    let article = desk.claim_article(at(600)).await;
    assert_eq!(article.url.as_str(), address("a"));
    assert_eq!(article.link, seen("a", "").link, "fetched where it always was");
    assert_eq!(article.new_feeds, ["top"], "due for the rules of that feed");
    assert_eq!(desk.store.status().await.unwrap().articles, 1);
}

#[tokio::test]
async fn an_address_that_two_articles_claim_is_neither_ones() {
    let desk = desk_with(&["a", "b"]).await;
    desk.look("a", at(10), vec![weak("c")]).await;
    assert_eq!(desk.id("c").await, desk.id("a").await);
    desk.look("b", at(20), vec![weak("c")]).await;
    assert_eq!(desk.id("c").await, None);
    desk.look("a", at(30), vec![weak("c")]).await;
    assert_eq!(desk.id("c").await, None, "nor after it was claimed again");

    desk.poll(at(600), vec![seen("c", "C")]).await;
    assert_eq!(desk.store.status().await.unwrap().articles, 3);
    assert!(desk.aliases("a").await.is_empty() && desk.aliases("b").await.is_empty());
}

#[tokio::test]
async fn what_came_by_an_address_that_is_unlearnt_becomes_news_of_its_own() {
    let desk = desk_with(&["a", "b"]).await;
    desk.look("a", at(10), vec![weak("c")]).await;
    desk.poll(at(600), vec![seen("c", "C")]).await;
    assert_eq!(desk.store.status().await.unwrap().articles, 2, "taken for a");

    desk.look("b", at(700), vec![weak("c")]).await;

    assert_eq!(desk.store.status().await.unwrap().articles, 3);
    let due = desk.claim_all(at(700)).await;
    let own = due.iter().find(|article| article.url.as_str() == address("c")).expect("due at once");
    assert_eq!(own.link, seen("c", "").link);
    assert_eq!(own.entry.as_ref().and_then(|entry| entry.title.as_deref()), Some("C"));
    assert_eq!(own.feeds.len(), 1);
    let a = due.iter().find(|article| article.url.as_str() == address("a")).unwrap();
    assert_eq!(a.entry.as_ref().and_then(|entry| entry.title.as_deref()), Some("A headline"));
}

#[tokio::test]
async fn a_firm_claim_ousts_a_weak_one() {
    let desk = desk_with(&["a", "b"]).await;
    desk.look("a", at(10), vec![weak("c")]).await;
    desk.look("b", at(20), vec![firm("c")]).await;
    assert_eq!(desk.id("c").await, desk.id("b").await);
    desk.look("a", at(30), vec![weak("c")]).await;
    assert_eq!(desk.id("c").await, desk.id("b").await);
}

#[tokio::test]
async fn another_articles_own_address_is_no_alias_on_a_weak_claim() {
    let desk = desk_with(&["a", "b"]).await;
    desk.look("a", at(10), vec![weak("b")]).await;
    assert_ne!(desk.id("a").await, desk.id("b").await);
    assert!(desk.aliases("a").await.is_empty());
}

#[tokio::test]
async fn an_article_without_versions_becomes_the_one_that_it_is() {
    let desk = desk_with(&["a"]).await;
    desk.look("a", at(10), Vec::new()).await;
    desk.poll(at(600), vec![seen("a/amp", "B")]).await;
    let summary = desk.look("a/amp", at(610), vec![firm("a")]).await;

    assert_eq!(summary.same_as.map(|id| id.0), desk.id("a").await);
    assert_eq!((summary.version, desk.store.status().await.unwrap().versions), (None, 1));
    assert_eq!(desk.store.status().await.unwrap().articles, 1);
    assert_eq!(desk.id("a/amp").await, desk.id("a").await);
    assert_eq!(desk.store.articles(Default::default()).await.unwrap().len(), 1);
    desk.poll(at(1200), vec![seen("a/amp", "Another headline")]).await;
    let due = desk.claim_all(at(1200)).await;
    assert_eq!(due.iter().map(|article| article.url.as_str()).collect::<Vec<_>>(), [address("a")]);
}

#[tokio::test]
async fn of_two_articles_with_versions_the_younger_rests_and_both_keep_theirs() {
    let desk = desk_with(&["a"]).await;
    desk.look("a", at(10), Vec::new()).await;
    desk.poll(at(600), vec![seen("b", "B")]).await;
    desk.look("b", at(610), Vec::new()).await;
    let (older, younger) = (desk.id("a").await, desk.id("b").await);

    desk.look("a", at(700), vec![firm("b")]).await;

    let due = desk.claim_all(at(2000)).await;
    assert_eq!(due.iter().map(|article| Some(article.id.0)).collect::<Vec<_>>(), [older]);
    assert_eq!(desk.id("b").await, younger, "still found by its address");
    let rows = desk.store.articles(Default::default()).await.unwrap();
    let same_as: Vec<(i64, Option<i64>, u32)> =
        rows.iter().map(|row| (row.id.0, row.same_as.map(|id| id.0), row.versions)).collect();
    assert!(same_as.contains(&(younger.unwrap(), older, 1)), "{same_as:?}");
    assert!(same_as.contains(&(older.unwrap(), None, 2)), "{same_as:?}");
    assert_eq!(desk.store.verify().await.unwrap().flaws, []);
    assert!(due[0].new_feeds.is_empty(), "its feed's rules were asked about the younger one");
    desk.record(&due[0], at(2000), Vec::new()).await;
    let younger = desk.store.find_article(&address("b")).await.unwrap().unwrap();
    desk.store.recheck(younger, at(2001)).await.unwrap();
    let woken = desk.claim_article(at(2001)).await;
    assert_eq!(Some(woken.id.0), older, "who asks for the younger one means the older");
}

#[tokio::test]
async fn an_article_that_rests_is_due_once_another_turns_out_to_be_it() {
    let desk = desk_with(&["a"]).await;
    let a = desk.claim_article(at(1)).await;
    let rests = CheckRecord { next_due_at: None, ..check_record(&a, at(1), version(1, at(1))) };
    desk.store.record_check(rests).await.unwrap();
    desk.poll(at(600), vec![seen("b", "B")]).await;

    let b = desk.claim_article(at(600)).await;
    desk.record(&b, at(601), vec![firm("a")]).await;

    assert_eq!(desk.claim_article(at(601)).await.id, a.id);
}

fn not_found(looks: u32, now: Timestamp) -> CheckOutcome {
    let missing = Some(Missing { looks, since: now });
    CheckOutcome::Failed { status: Some(404), error: "status 404".to_owned(), missing }
}

#[tokio::test]
async fn an_article_whose_link_is_dead_is_fetched_by_that_of_the_one_it_turns_out_to_be() {
    let desk = desk_with(&["a"]).await;
    desk.look("a", at(10), Vec::new()).await;
    desk.poll(at(600), vec![seen("b", "B")]).await;
    let claimed = desk.claim_all(at(600)).await;
    let of = |key: &str| claimed.iter().find(|article| article.url.as_str() == address(key)).unwrap();

    desk.store.record_check(check_record(of("a"), at(600), not_found(1, at(600)))).await.unwrap();
    desk.record(of("b"), at(601), vec![firm("a")]).await;

    let article = desk.claim_article(at(601)).await;
    assert_eq!((article.id, article.link), (of("a").id, seen("b", "").link));
    assert_eq!(article.validators, Validators::default(), "those were of the other page");
}

#[tokio::test]
async fn an_article_whose_link_dies_is_fetched_by_another_of_its_links_before_it_counts_as_gone() {
    let desk = desk_with(&["a"]).await;
    desk.look("a", at(10), Vec::new()).await;
    desk.poll(at(600), vec![seen("b", "B")]).await;
    desk.look("b", at(601), vec![firm("a")]).await;
    let article = desk.claim_all(at(700)).await.remove(0);
    assert_eq!(article.link, seen("a", "").link);

    desk.store.record_check(check_record(&article, at(700), not_found(1, at(700)))).await.unwrap();
    let article = desk.claim_article(at(700)).await;
    assert_eq!(article.link, seen("b", "").link, "at once");

    desk.store.record_check(check_record(&article, at(701), not_found(2, at(700)))).await.unwrap();
    assert!(desk.store.claim_articles(at(701), 10, 10, LEASE).await.unwrap().is_empty(), "then as planned");
    let article = desk.claim_all(at(5000)).await.remove(0);
    assert_eq!(article.link, seen("a", "").link, "in turns");
}

#[tokio::test]
async fn a_link_that_is_an_articles_on_a_weak_claim_takes_no_dead_ones_place() {
    let desk = desk_with(&["a"]).await;
    desk.look("a", at(10), vec![weak("b")]).await;
    desk.poll(at(600), vec![seen("b", "B")]).await;
    let article = desk.claim_all(at(700)).await.remove(0);
    desk.store.record_check(check_record(&article, at(700), not_found(1, at(700)))).await.unwrap();
    let article = desk.claim_all(at(5000)).await.remove(0);
    assert_eq!(article.link, seen("a", "").link);
}

#[tokio::test]
async fn the_check_of_an_article_that_was_joined_meanwhile_stores_and_tells_nothing() {
    let desk = desk_with(&["a", "a/amp"]).await;
    let claimed = desk.claim_all(at(10)).await;
    let of = |key: &str| claimed.iter().find(|article| article.url.as_str() == address(key)).unwrap().clone();
    let (page, amp) = (of("a"), of("a/amp"));

    // Both are under way. The page says which its AMP page is; that one is done later, with an alert.
    desk.record(&page, at(11), vec![SeenAlias { kind: AliasKind::Amp, ..firm("a/amp") }]).await;
    let record =
        CheckRecord { alerts: vec![alert("unrest", Event::New)], ..check_record(&amp, at(12), version(1, at(12))) };
    let summary = desk.store.record_check(record).await.unwrap();

    assert_eq!((summary.same_as, summary.version, summary.alerts), (Some(page.id), None, 0));
    assert_eq!(desk.store.status().await.unwrap().versions, 1);
    let due = desk.claim_all(at(3000)).await;
    assert_eq!(due.iter().map(|article| article.id).collect::<Vec<_>>(), [page.id]);
}

#[tokio::test]
async fn a_first_version_is_not_stored_where_the_same_article_got_one_meanwhile() {
    let desk = desk_with(&["a", "a/amp"]).await;
    let claimed = desk.claim_all(at(10)).await;
    let of = |key: &str| claimed.iter().find(|article| article.url.as_str() == address(key)).unwrap().clone();

    desk.record(&of("a/amp"), at(11), Vec::new()).await;
    let record = CheckRecord {
        alerts: vec![alert("unrest", Event::New)],
        aliases: vec![SeenAlias { kind: AliasKind::Amp, ..firm("a/amp") }],
        ..check_record(&of("a"), at(12), version(1, at(12)))
    };
    let summary = desk.store.record_check(record).await.unwrap();

    assert_eq!((summary.same_as, summary.alerts), (Some(of("a/amp").id), 0));
    assert_eq!(desk.store.status().await.unwrap().versions, 1);
}

#[tokio::test]
async fn articles_that_are_joined_one_after_another_all_point_at_the_oldest() {
    let desk = desk_with(&["a", "b", "c"]).await;
    for key in ["a", "b", "c"] {
        desk.look(key, at(10), Vec::new()).await;
    }
    desk.look("b", at(100), vec![firm("c")]).await;
    desk.look("a", at(200), vec![firm("b")]).await;
    let oldest = desk.id("a").await;
    let rows = desk.store.articles(Default::default()).await.unwrap();
    assert!(rows.iter().all(|row| Some(row.id.0) == oldest || row.same_as.map(|id| id.0) == oldest));
    desk.poll(at(600), vec![seen("c", "Another headline")]).await;
    assert_eq!(desk.claim_all(at(600)).await.len(), 1);
}

#[tokio::test]
async fn a_number_that_many_articles_share_makes_none_of_them_one() {
    let keys: Vec<String> = (0..6).map(|n| format!("politics/12345678/story-{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let desk = desk_with(&keys).await;
    let claimed = desk.claim_all(at(10)).await;
    assert!(claimed.iter().all(|article| article.kin.is_empty()));
    for article in &claimed {
        desk.record(article, at(11), vec![firm(keys[0])]).await;
    }
    assert_eq!(desk.store.status().await.unwrap().articles, 6);
}

#[tokio::test]
async fn an_article_that_is_new_knows_those_with_versions_that_it_may_be() {
    let desk = desk_with(&["world/unrest-1234567"]).await;
    desk.look("world/unrest-1234567", at(10), Vec::new()).await;
    desk.poll(at(600), vec![seen("world/dozens-killed-1234567", "B"), seen("world/weather-7654321", "C")]).await;

    let due = desk.claim_all(at(600)).await;

    let kin = |key: &str| {
        let article = due.iter().find(|article| article.url.as_str() == address(key)).unwrap();
        article.kin.iter().map(|kin| kin.url.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(kin("world/dozens-killed-1234567"), [address("world/unrest-1234567")]);
    assert!(kin("world/weather-7654321").is_empty());
    assert!(kin("world/unrest-1234567").is_empty(), "it has a version");
}

#[tokio::test]
async fn an_entry_whose_link_moves_to_https_keeps_its_article_and_is_fetched_there() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let plain = |scheme: &str| SeenEntry {
        article: url(&format!("{scheme}://news.example/a")),
        link: Some(url(&format!("{scheme}://news.example/a?utm_source=rss"))),
        ..seen("a", "A headline")
    };
    desk.poll(at(0), vec![plain("http")]).await;
    let claimed = desk.claim_article(at(1)).await;
    desk.record(&claimed, at(1), Vec::new()).await;

    let summary = desk.poll(at(600), vec![plain("https")]).await;

    assert_eq!((summary.new_articles, summary.new_entries), (0, 0));
    let article = desk.claim_article(at(600)).await;
    assert_eq!(article.id, claimed.id);
    assert_eq!(article.link.as_ref().map(|link| link.scheme()), Some("https"));
    assert_eq!(article.aliases, [url("https://news.example/a")]);
}

#[tokio::test]
async fn a_link_with_a_new_token_at_each_poll_wakes_nobody() {
    let desk = Desk::open().await;
    desk.store.sync_feeds(&[feed("wire")], at(0)).await.unwrap();
    let with = |token: &str| {
        let link = url(&format!("https://news.example/a?session={token}"));
        SeenEntry { article: link.clone(), link: Some(link), ..seen("a", "A headline") }
    };
    desk.poll(at(0), vec![with("1f")]).await;
    let claimed = desk.claim_article(at(1)).await;
    let rests = CheckRecord { next_due_at: None, ..check_record(&claimed, at(1), version(1, at(1))) };
    desk.store.record_check(rests).await.unwrap();

    for (poll, token) in ["2b", "3c", "4d"].into_iter().enumerate() {
        let now = at(600 * (poll as u64 + 1));
        let summary = desk.poll(now, vec![with(token)]).await;
        assert_eq!((summary.changed_entries, summary.new_articles), (0, 0));
    }
    assert_eq!(desk.store.next_article_due().await.unwrap(), None);
    assert!(desk.store.history(claimed.id).await.unwrap().unwrap().aliases.is_empty());
}

#[tokio::test]
async fn a_page_that_calls_itself_something_else_each_time_keeps_few_aliases() {
    let desk = desk_with(&["a"]).await;
    for look in 0..60 {
        desk.look("a", at(10 + look * 60), vec![weak(&format!("a-{look}"))]).await;
    }
    let aliases = desk.aliases("a").await;
    assert_eq!(aliases.len(), 24);
    assert!(aliases.iter().any(|alias| alias.url.as_str() == address("a-59")));
}
