//! Holds the claims to their indexes: none may look through a whole table, however large it gets.

use rusqlite::Connection;

use crate::model::{ArticleId, DeliveryState, Timestamp};
use crate::store::ArticleFilter;

use super::{
    activity, aliases, articles, backlog, bursts, deliveries, entries, feeds, fitness, handover, health, initial,
    limit, mailing, migrate, mutes, notices, offline, overdue, queue, resemblance, selection, subscriptions,
    surroundings, telling, unsubscriptions, views,
};

fn plan(sql: &str) -> Vec<String> {
    let connection = Connection::open_in_memory().unwrap();
    for migration in migrate::MIGRATIONS {
        connection.execute_batch(migration).unwrap();
    }
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    // Parameters that are not bound are NULL, which is as good as any for a plan.
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

fn check(sql: &str, index: &str) {
    let plan = plan(sql);
    assert!(plan.iter().any(|step| step.contains(index)), "{index} is not used: {plan:#?}");
    for step in &plan {
        // The first of an index in order is not a scan of it.
        assert!(!step.starts_with("SCAN") || sql.ends_with("LIMIT 1"), "a full scan: {plan:#?}");
        assert!(!step.contains("TEMP B-TREE"), "sorts instead of reading in order: {plan:#?}");
    }
}

#[test]
fn a_claim_of_feeds_reads_its_index() {
    check(feeds::READY, "feeds_ready");
    let under_way = plan(feeds::UNDER_WAY);
    assert!(under_way.iter().any(|step| step.contains("USING COVERING INDEX feeds_leased")), "{under_way:#?}");
}

#[test]
fn a_claim_of_articles_reads_its_indexes() {
    check(articles::HOSTS, "hosts_ready");
    check(articles::CLAIM, "articles_ready");
}

#[test]
fn what_happened_of_late_is_read_from_indexes() {
    check(activity::STEPS, "versions_observed");
    let covering = plan(activity::ACTIVITY);
    assert!(covering[0].contains("USING COVERING INDEX versions_observed"), "{covering:#?}");
    assert!(plan(activity::ACTIVITY_OF_RULE)[0].contains("USING COVERING INDEX alerts_of_rule"));
}

#[test]
fn articles_are_listed_in_the_order_of_an_index() {
    let (all, now) = (ArticleFilter::default, Timestamp::from_millis(0));
    let after = Some((now, ArticleId(1)));
    for filter in [all(), ArticleFilter { since: Some(now), ..all() }, ArticleFilter { after, ..all() }] {
        let revised = ArticleFilter { revised: true, ..filter.clone() };
        for (filter, index) in [(filter, "articles_listed"), (revised, "articles_revised")] {
            let plan = plan(&selection::listing(&filter));
            let is_bounded = filter.since.is_some() || filter.after.is_some();
            let step = if is_bounded { "SEARCH articles USING INDEX" } else { "SCAN articles USING INDEX" };
            assert!(plan.len() == 1 && plan[0].starts_with(&format!("{step} {index}")), "{plan:#?}");
        }
    }
    let counted = plan(health::CHANGED_SINCE);
    assert!(counted.iter().any(|step| step.contains("articles_listed (last_changed_at>?)")), "{counted:#?}");
}

#[test]
fn the_articles_of_a_feed_or_a_rule_are_read_from_its_index() {
    check(selection::ANNOUNCED_BY, "announcements_of_feed");
    check(selection::ALERTED_BY, "alerts_of_rule");
    assert_eq!(plan(views::RULE_HITS), ["SCAN rule_hits"]);
}

#[test]
fn the_same_text_on_other_articles_is_found_in_an_index() {
    check(fitness::SAME_TEXT, "articles_seen_text");
    check(fitness::SAME_HEADLINE, "articles_seen_headline");
}

#[test]
fn a_claim_of_deliveries_reads_its_index() {
    check(deliveries::DUE_SETTLED, "deliveries_ready");
    check(deliveries::DUE_EARLY, "deliveries_early");
}

#[test]
fn what_waits_at_an_address_is_found_by_the_address() {
    check(backlog::WAITING, "deliveries_waiting");
    check(backlog::WAITING, "deliveries_unsent");
    check(backlog::SUSPENDED, "addresses_suspended");
    let open = plan(backlog::OPEN);
    assert!(!open.iter().any(|step| step.starts_with("SCAN")), "{open:#?}");
}

#[test]
fn what_a_first_look_waits_for_is_found_in_an_index() {
    assert_eq!(plan(initial::UNREAD), ["SCAN articles USING INDEX articles_first_look"]);
}

#[test]
fn the_mutes_in_force_are_found_in_an_index() {
    let plan = plan(mutes::ACTIVE);
    assert!(plan.iter().any(|step| step.contains("mutes_active")), "{plan:#?}");
}

#[test]
fn what_an_address_gets_no_more_is_found_by_the_address() {
    check(unsubscriptions::IN_FORCE, "unsubscriptions_in_force (address=?)");
}

#[test]
fn what_an_address_has_had_is_counted_in_an_index() {
    check(limit::SENT, "deliveries_sent");
    check(limit::UNSENT, "deliveries_unsent");
}

#[test]
fn what_is_due_too_late_is_found_in_the_indexes_of_the_queues() {
    check(overdue::FEEDS, "feeds_ready");
    check(overdue::DIGESTS, "deliveries_ready");
    check(overdue::MAILS, "deliveries_ready");
    let articles = plan(overdue::ARTICLES);
    assert!(articles.iter().any(|step| step.contains("articles_ready (host_id=? AND ready_at>?)")), "{articles:#?}");
}

#[test]
fn the_next_due_time_is_the_first_of_its_index() {
    for (table, column, index) in [("feeds", "ready_at", "feeds_ready"), ("hosts", "ready_at", "hosts_ready")] {
        check(&queue::first_ready(table, column), index);
    }
    check(&queue::first_of_lane("ready_at"), "deliveries_ready");
    check(&queue::first_of_lane("early_ready_at"), "deliveries_early");
}

#[test]
fn what_was_mailed_before_is_found_by_the_article() {
    for (sql, first) in [
        (mailing::THREAD, "SEARCH deliveries USING INDEX deliveries_of_article"),
        (mailing::MAILED_AT, "SEARCH alerts USING COVERING INDEX sqlite_autoindex_alerts_1 (article_id=?)"),
        (mailing::LATER, "SEARCH alerts USING COVERING INDEX sqlite_autoindex_alerts_1 (article_id=?)"),
        (mailing::MAILED, "SEARCH alerts USING COVERING INDEX sqlite_autoindex_alerts_1 (article_id=?)"),
    ] {
        let plan = plan(sql);
        assert!(plan.iter().any(|step| step.starts_with(first)), "{plan:#?}");
        assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:#?}");
    }
}

#[test]
fn the_article_of_an_address_is_found_by_the_address() {
    for (sql, index) in [
        (aliases::OWNER, "sqlite_autoindex_articles_1"),
        (aliases::CLAIMANTS, "SEARCH aliases USING PRIMARY KEY (url=?)"),
        (aliases::KIN, "articles_kin"),
        (handover::LINKING, "entries_of_article"),
        (articles::KIN, "articles_kin"),
        (resemblance::BY_KEY, "sqlite_autoindex_entries_1"),
        (resemblance::BY_ARTICLE, "entries_of_article"),
        (resemblance::BY_DATE, "entries_headed"),
        (resemblance::BY_HEADING, "entries_headed"),
        (resemblance::BY_KIN, "articles_kin"),
    ] {
        check(sql, index);
    }
}

#[test]
fn the_entries_of_a_feed_are_found_by_the_feed() {
    let plan = plan(entries::OF_FEED);
    assert!(plan.iter().any(|step| step.starts_with("SEARCH entries") && step.contains("feed_id=?")), "{plan:#?}");
}

#[test]
fn what_is_known_of_the_host_is_found_by_the_host() {
    for (sql, index) in [
        (surroundings::MISSING, "articles_missing"),
        (surroundings::ANSWERING, "articles_checked"),
        (surroundings::LOOKED_AT, "articles_checked"),
        (surroundings::STEPS, "host_id=?"),
    ] {
        let plan = plan(sql);
        assert!(plan.iter().any(|step| step.contains(index)), "{plan:#?}");
        assert!(
            !plan.iter().any(|step| step.starts_with("SCAN articles") || step.starts_with("SCAN host")),
            "{plan:#?}"
        );
    }
}

#[test]
fn the_outbox_is_read_from_its_newest_row_on_or_by_what_waits() {
    for state in [None, Some(DeliveryState::Sent)] {
        let plan = plan(&views::latest_of_outbox(state));
        assert!(plan[0].starts_with("SEARCH delivery_alerts USING INTEGER PRIMARY KEY (rowid<?)"), "{plan:#?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}");
    }
    let plan = plan(&views::latest_of_outbox(Some(DeliveryState::Failed)));
    assert_eq!(plan[0], "SEARCH delivery_alerts USING INTEGER PRIMARY KEY (rowid=?)");
    for index in
        ["told USING COVERING INDEX deliveries_state", "chosen USING COVERING INDEX delivery_alerts_of_delivery"]
    {
        assert!(plan.iter().any(|step| step.contains(index)), "{plan:#?}");
    }
    assert_eq!(plan.iter().filter(|step| step.contains("TEMP B-TREE")).count(), 1, "only of numbers: {plan:#?}");
}

#[test]
fn notices_are_read_and_ended_by_their_indexes() {
    // The newest of an index that holds the open ones alone.
    assert_eq!(plan(notices::OPEN), ["SCAN notices USING INDEX notices_latest"]);
    check(notices::ENDED, "notices_ending");
}

#[test]
fn what_is_not_in_order_is_found_by_indexes_of_just_that() {
    check(health::UNFIT, "hosts_unfit");
    check(views::OUTBOX_NOTICES, "deliveries_notices");
    check(bursts::RECENT, "mutes_bursts");
    check(health::LOOKS, "articles_checked");
    check(offline::LONGER, "feeds_failing");
    check(feeds::WAKE_HOST, "feeds_failing_host");
    check(feeds::LOG_IN_AGAIN, "feeds_failing");
    check(subscriptions::DUE, "subscriptions_due");
    check(offline::ARTICLES, "articles_unread");
    for (sql, index) in [
        (health::FAILED, "feeds_failing"),
        (health::GONE, "feeds_failing"),
        (health::MOVED, "feeds_moved"),
        (health::SILENT, "feeds_silent"),
        (offline::FEEDS, "feeds_failing"),
        (telling::BEGINNINGS, "notices_untold"),
        (telling::ENDS, "notices_end_untold"),
    ] {
        let plan = plan(sql);
        assert!(plan.iter().any(|step| step.contains(index)), "{index} is not used: {plan:#?}");
        assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "a full scan: {plan:#?}");
    }
    assert_eq!(plan(fitness::UNREAD), ["SCAN articles USING INDEX articles_unread"]);
    // Of that index all, which is next to nothing.
    assert!(plan(deliveries::REACHED)[0].starts_with("SCAN deliveries USING INDEX deliveries_unreached"));
}
