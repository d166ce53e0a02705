//! What is noticed of feeds, sites, rules and the network, and what is not.

use std::time::Duration;

use wirewatch::health::{
    Brought, Contact, Disk, LookedAt, Pace, Part, Reach, Rhythm, RuleMemory, RuleSample, RuleSigns, Signs, SiteSigns,
    Turn, Turnover, Untold, Volume, changed_rules, gathered, judge, letter, polled_rarely,
};
use wirewatch::model::{ArticleId, Notice, NoticeKind, Quality, Subject, Timestamp};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const START: Timestamp = Timestamp::from_millis(1_795_348_800_000);

/// A feed that is polled every ten minutes and has news when `has_news` says so, hour by hour.
fn rhythm(days: u32, has_news: impl Fn(u32, u32) -> bool) -> (Rhythm, Timestamp) {
    let (mut rhythm, mut last) = (Rhythm::default(), START);
    for hour in 0..days * 24 {
        if has_news(hour / 24, hour % 24) {
            last = START + HOUR * hour;
            rhythm.learn(last - 10 * MINUTE, last);
        }
    }
    (rhythm, last)
}

#[test]
fn nights_and_weekends_are_no_strange_silence() {
    let (wire, _) = rhythm(28, |_, _| true);
    assert_eq!(wire.usual_silence(), Some(HOUR));
    let (by_day, last) = rhythm(28, |_, hour| (7..22).contains(&hour));
    assert_eq!(by_day.usual_silence(), Some(10 * HOUR));
    assert_eq!(by_day.silent_at(), Some(last + 30 * HOUR));
    let (by_week, last) = rhythm(28, |day, hour| day % 7 < 5 && (8..18).contains(&hour));
    assert_eq!(by_week.usual_silence(), Some(63 * HOUR));
    assert_eq!(by_week.silent_at(), Some(last + 189 * HOUR));
    let (weekly, last) = rhythm(140, |day, hour| day % 7 == 2 && hour == 9);
    assert_eq!(weekly.silent_at(), Some(last + 21 * DAY));
}

#[test]
fn a_silence_is_never_strange_within_a_day_or_before_a_fortnight_is_known() {
    let (busy, last) = rhythm(28, |_, _| true);
    assert_eq!(busy.silent_at(), Some(last + DAY));
    assert_eq!(rhythm(10, |_, _| true).0.silent_at(), None);
    assert_eq!(rhythm(40, |day, hour| day % 20 == 0 && hour < 5).0.silent_at(), None, "too few days with news");
    assert_eq!(Rhythm::default().silent_at(), None);
}

#[test]
fn what_nobody_saw_is_no_silence() {
    let (mut feed, last) = rhythm(20, |_, _| true);
    // No daemon ran for a week.
    let back = last + 7 * DAY;
    feed.learn(last, back);
    for hour in 1..=15 * 24 {
        feed.learn(back + HOUR * (hour - 1), back + HOUR * hour);
    }
    assert_eq!(feed.usual_silence(), Some(HOUR));
}

fn meet(reach: &mut Reach, hosts: std::ops::Range<usize>, contact: Contact, now: Timestamp) -> Option<Turn> {
    hosts.filter_map(|host| reach.note(&format!("host-{host}"), contact, true, now)).last()
}

#[test]
fn the_machine_is_offline_when_hardly_a_host_answers_and_online_when_half_of_them_do() {
    let mut reach = Reach::new(30);
    assert_eq!(meet(&mut reach, 0..24, Contact::Reached, START), None);
    let away = START + HOUR;
    assert_eq!(meet(&mut reach, 0..12, Contact::Unreached, away), None);
    assert_eq!(
        meet(&mut reach, 12..13, Contact::Unreached, away + MINUTE),
        Some(Turn::Offline { since: away, failed: 13, of: 16 })
    );
    assert!(reach.is_offline());
    assert_eq!(meet(&mut reach, 0..24, Contact::Unreached, away + HOUR), None, "said once");
    assert_eq!(meet(&mut reach, 0..7, Contact::Reached, away + 2 * HOUR), None, "some may be near");
    assert_eq!(meet(&mut reach, 7..8, Contact::Reached, away + 2 * HOUR), Some(Turn::Online { since: away }));
    assert!(!reach.is_offline());
}

#[test]
fn the_first_few_failures_after_a_start_are_not_taken_for_all() {
    let mut reach = Reach::new(30);
    assert_eq!(meet(&mut reach, 0..3, Contact::Unreached, START), None);
    let mut few = Reach::new(3);
    assert!(meet(&mut few, 0..3, Contact::Unreached, START).is_some());
    let mut two = Reach::new(2);
    assert_eq!(meet(&mut two, 0..2, Contact::Unreached, START), None, "two hosts are no machine");
}

#[test]
fn a_host_that_failed_before_says_nothing_of_the_machine() {
    let mut reach = Reach::new(4);
    assert_eq!(reach.note("dead-1", Contact::Unreached, false, START), None);
    assert_eq!(reach.note("dead-2", Contact::Unreached, false, START), None);
    assert_eq!(reach.note("a", Contact::Unreached, true, START), None);
    let mut reach = Reach::new(3);
    meet(&mut reach, 0..2, Contact::Unreached, START);
    assert_eq!(meet(&mut reach, 2..3, Contact::Unreached, START + 3 * HOUR), None, "the others failed long before");
}

#[test]
fn a_restart_goes_on_being_offline() {
    let mut reach = Reach::new(3);
    reach.resume(START);
    assert!(reach.is_offline());
    assert_eq!(meet(&mut reach, 0..2, Contact::Reached, START + HOUR), Some(Turn::Online { since: START }));
}

fn look(was_read: bool, quality: Quality) -> LookedAt {
    LookedAt { at: START, first_seen_at: START - HOUR, was_read, quality: Some(quality) }
}

fn site(looks: &[(usize, bool, Quality)]) -> Vec<NoticeKind> {
    let looks = looks.iter().flat_map(|(count, was_read, quality)| vec![look(*was_read, *quality); *count]).collect();
    let sites = vec![SiteSigns { host: "news.example".to_owned(), looks }];
    judge(&Signs { sites, ..Signs::default() }, START).found.into_iter().map(|found| found.kind).collect()
}

#[test]
fn a_site_collapsed_whose_pages_were_read_and_are_not_fit_any_more() {
    let collapsed = [NoticeKind::SiteUnreadable];
    assert_eq!(site(&[(12, true, Quality::Empty), (2, true, Quality::Good)]), collapsed);
    assert_eq!(site(&[(10, false, Quality::Challenge), (12, true, Quality::Good)]), collapsed, "what is new");
    assert_eq!(site(&[(6, true, Quality::Empty), (6, true, Quality::Good)]), [], "half of them");
    assert_eq!(site(&[(5, true, Quality::Empty)]), [], "a few");
    assert_eq!(site(&[(40, false, Quality::Paywall), (8, true, Quality::Good)]), [], "as behind any paywall");
    assert_eq!(site(&[(12, true, Quality::NotFound)]), [], "that is another notice");
}

#[test]
fn a_disk_is_full_by_its_bytes_and_by_its_share() {
    let is_full = |free: u64, total: u64| {
        let disk = Some(Disk { free: free * 1_000_000, total: total * 1_000_000 });
        !judge(&Signs { disk, ..Signs::default() }, START).found.is_empty()
    };
    assert!(is_full(499, 4_000) && is_full(4_900, 100_000) && is_full(4_990, 4_000_000));
    assert!(!is_full(600, 4_000) && !is_full(5_100, 100_000) && !is_full(5_100, 4_000_000));
}

#[test]
fn a_rule_is_silent_after_a_month_with_news_and_greedy_when_it_matches_nearly_everything() {
    let rule = |since: Duration, last: Option<Duration>, articles, matched| RuleSigns {
        name: "rates".to_owned(),
        since: START - since,
        last_alert: last.map(|ago| START - ago),
        articles,
        sample: Some(RuleSample { articles: 300, matched }),
    };
    let kinds = |rule| {
        let signs = Signs { rules: Some(vec![rule]), ..Signs::default() };
        judge(&signs, START).found.into_iter().map(|found| found.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(rule(31 * DAY, None, 1_000, 0)), [NoticeKind::RuleSilent]);
    assert_eq!(kinds(rule(90 * DAY, Some(31 * DAY), 1_000, 0)), [NoticeKind::RuleSilent]);
    assert_eq!(kinds(rule(90 * DAY, Some(3 * DAY), 1_000, 3)), []);
    assert_eq!(kinds(rule(29 * DAY, None, 1_000, 0)), [], "it is new");
    assert_eq!(kinds(rule(31 * DAY, None, 50, 0)), [], "there was hardly any news");
    assert_eq!(kinds(rule(31 * DAY, Some(HOUR), 1_000, 280)), [NoticeKind::RuleGreedy]);
}

#[test]
fn a_rule_is_new_again_when_its_query_changes() {
    let known =
        [("a", 1), ("b", 2)].map(|(name, query)| RuleMemory { name: name.to_owned(), query, since: START - DAY });
    let configured = [("a".to_owned(), 1), ("c".to_owned(), 2)];
    let (new, gone) = changed_rules(&known, &configured, START);
    assert_eq!(new, [RuleMemory { name: "c".to_owned(), query: 2, since: START }]);
    assert_eq!(gone, ["b"]);
    let (new, gone) = changed_rules(&known[..1], &[("a".to_owned(), 9)], START);
    assert_eq!((new.len(), new[0].since, gone.len()), (1, START, 0));
}

#[test]
fn a_schedule_is_safe_that_asks_three_times_in_what_the_document_covers() {
    let safe = |interval, covers, entries, announced, before| {
        let turnover = Turnover { feed: "wire", is_adaptive: false, interval, entries, announced, before, covers };
        polled_rarely(&turnover).map(|found| found.text.split("every ").nth(1).unwrap_or_default()[..3].to_owned())
    };
    assert_eq!(safe(6 * HOUR, Some(2 * HOUR), 20, 20, 20).as_deref(), Some("30m"));
    assert_eq!(safe(6 * HOUR, None, 20, 20, 20).as_deref(), Some("2h\""));
    assert_eq!(safe(HOUR, Some(5 * MINUTE), 20, 20, 20).as_deref(), Some("1m\""));
    assert_eq!(safe(HOUR, Some(HOUR), 20, 19, 20), None, "one was known");
    assert_eq!(safe(HOUR, Some(HOUR), 20, 20, 0), None, "it was empty before");
}

fn untold(id: i64, part: Part, kind: NoticeKind, known_at: Timestamp) -> Untold {
    let notice = Notice {
        kind,
        subject: Subject::Feed(format!("wire-{id}")),
        text: "every poll has failed".to_owned(),
        first_at: START - DAY,
        last_at: START,
        count: 1,
        closed_at: (part == Part::End).then_some(START),
        end: (part == Part::End).then(|| "it is read again".to_owned()),
    };
    Untold { id, part, notice, known_at }
}

#[test]
fn a_letter_says_what_began_and_what_ended_and_names_the_first_in_its_subject() {
    let several = [
        untold(1, Part::Beginning, NoticeKind::FeedFailing, START - MINUTE),
        untold(2, Part::End, NoticeKind::FeedFailing, START),
        untold(3, Part::Beginning, NoticeKind::FeedSilent, START),
    ];
    let note = letter(&several, "wirewatch status", chrono_tz::Europe::Berlin, START);
    assert_eq!(note.subject, "3 notices: feed wire-1 has failed for a day; feed wire-2 is read again; …");
    assert_eq!(
        note.paragraphs[0],
        "feed wire-1 has failed for a day: every poll has failed. Since 13:00 CET, 21 Nov 2026 (1d)."
    );
    assert_eq!(
        note.paragraphs[1],
        "feed wire-2 is read again: it is read again. From 13:00 CET, 21 Nov 2026 to 13:00 CET, 22 Nov 2026."
    );
    assert_eq!(note.paragraphs.last().map(String::as_str), Some("`wirewatch status` shows what is open now."));
    assert!(!gathered(&several, START) && gathered(&several, START + 2 * MINUTE));
}

/// A feed that brought at most five entries at a time for some days; what is said when it brings so many.
fn brings(new: u32, changed: u32, polls: u32, elapsed: Duration) -> bool {
    let mut volume = Volume::default();
    for day in 0..5 {
        let usual = Brought { new: day + 1, changed: 0, polls, elapsed: 10 * MINUTE, expected: 10 * MINUTE };
        assert_eq!(volume.learn(&usual, START + DAY * day), None);
    }
    let now = Brought { new, changed, polls, elapsed, expected: 10 * MINUTE };
    volume.learn(&now, START + 5 * DAY).is_some()
}

#[test]
fn a_burst_is_many_times_what_ever_came_and_no_news_day() {
    assert!(brings(60, 0, 100, 10 * MINUTE) && brings(21, 0, 100, 10 * MINUTE));
    assert!(!brings(20, 0, 100, 10 * MINUTE), "a news day");
    assert!(brings(0, 40, 100, 10 * MINUTE), "changed entries have a measure of their own");
    assert!(!brings(60, 0, 5, 10 * MINUTE), "nobody knows the feed yet");
    assert!(!brings(60, 0, 100, 30 * HOUR), "nobody polled for a day");
    assert!(brings(60, 0, 100, 20 * MINUTE));
}

#[test]
fn a_feed_that_goes_on_bringing_more_is_believed_in_the_end() {
    let mut volume = Volume::default();
    let more = Brought { new: 60, changed: 0, polls: 50, elapsed: HOUR, expected: HOUR };
    let held = (0..6).map(|day| volume.learn(&more, START + DAY * day).is_some()).collect::<Vec<_>>();
    assert_eq!(held, [true, true, true, false, false, false]);
}

#[test]
fn a_site_is_rebuilt_when_far_more_of_it_is_revised_within_an_hour_than_ever() {
    let revise = |pace: &mut Pace, articles: i64, at: Timestamp| {
        (0..articles).find_map(|n| pace.learn(ArticleId(n), at + MINUTE * n as u32)).is_some()
    };
    let mut pace = Pace::since(START);
    assert!(!revise(&mut pace, 50, START + DAY), "nobody knows the site yet");
    let mut pace = Pace::since(START);
    (1..6).for_each(|day| assert!(!revise(&mut pace, 4, START + DAY * day)));
    assert!(!revise(&mut pace, 20, START + 6 * DAY));
    let mut again = pace.clone();
    assert!(!revise(&mut again, 50, START + 7 * DAY), "twenty in an hour were usual yesterday");
    let mut pace = Pace::since(START);
    (1..6).for_each(|day| assert!(!revise(&mut pace, 4, START + DAY * day)));
    assert!(revise(&mut pace, 21, START + 6 * DAY));
    let mut live = Pace::since(START - 30 * DAY);
    let ticks = (0..40).find_map(|minute| live.learn(ArticleId(1), START + MINUTE * minute));
    assert_eq!(ticks, None, "one article is no site");
}
