//! What the screens of these tests show: a ferry that capsized, and strangers' text of every kind.

use std::time::Duration;

use url::Url;

use wirewatch::documents::RuleRow;
use wirewatch::health::Disk;
use wirewatch::identity::Basis;
use wirewatch::model::*;
use wirewatch::rule::{self, About, Explanation, Query, Sets};
use wirewatch::store::*;

/// 22 November 2026, 15:05 in Berlin.
pub fn now() -> Timestamp {
    at("2026-11-22T14:05:00Z")
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a fixture's time is RFC 3339")
}

pub fn url(text: &str) -> Url {
    Url::parse(text).expect("a fixture's address is a URL")
}

pub const HEADLINES: [&str; 5] = [
    "At least 26 dead as ferry capsizes off Sicily, coast guard says search goes on through the night",
    "京都議定書をめぐる各国の交渉、最終日に入り夜を徹して続く 議長国は合意文書案を示し参加国に決断を促す",
    "كأس العالم: المنتخب المغربي يبلغ نصف النهائي بعد فوز تاريخي على البرتغال",
    "Evil \u{1b}]0;owned\u{7}\u{1b}[31mred\u{9b}2J \u{202e}gnp.exe and a\nline break",
    "Short",
];

pub fn article_row(id: i64, headline: Option<&str>) -> ArticleRow {
    ArticleRow {
        id: ArticleId(id),
        url: url(&format!("https://news.example/world/{id}")),
        headline: headline.map(str::to_owned),
        feeds: vec!["aljazeera".to_owned()],
        first_seen: at("2026-11-22T10:00:00Z"),
        last_changed: now() - Duration::from_secs(60 * 47 * id.unsigned_abs().pow(3)),
        versions: u32::try_from(id).unwrap_or(1),
        revisions: u32::try_from(id - 1).unwrap_or(0),
        last_check: Some(now()),
        next_check: None,
        quality: Some(Quality::Good),
        problem: None,
        gone: false,
        same_as: None,
        pruned_at: None,
    }
}

pub fn paragraph(role: Role, text: &str) -> Paragraph {
    Paragraph::new(role, text)
}

pub fn ferry() -> ArticleText {
    ArticleText {
        headline: Some(HEADLINES[0].to_owned()),
        summary: Some("Rescuers found survivors clinging to the hull; the CSTO sent condolences.".to_owned()),
        byline: Some("By Jane Doe".to_owned()),
        published_at: Some(at("2026-11-22T09:58:00Z")),
        modified_at: Some(at("2026-11-22T13:58:00Z")),
        section: Some("World".to_owned()),
        correction: Some("Correction: an earlier version gave the ferry's name wrongly.".to_owned()),
        canonical_url: Some(url("https://news.example/world/3")),
        language: Some("en".to_owned()),
        tags: vec!["Italy".to_owned(), "Ferries".to_owned()],
        paragraphs: vec![
            paragraph(
                Role::Paragraph,
                "At least 26 people died when the ferry went down, the coast guard said on Sunday, and dozens more are missing \
                 in waters that the CSTO patrols.",
            ),
            paragraph(Role::Heading, "What is known"),
            paragraph(Role::ListItem, "The ship left Catania at dawn."),
            paragraph(Role::ListItem, "It carried 112 people."),
            paragraph(Role::Quotation, "“We heard a sound like thunder,” a survivor said."),
            paragraph(Role::Caption, "A rescue boat off Catania."),
        ],
    }
}

pub fn find(field: MatchField, term: &str, words: &str, within: &str) -> Match {
    let start = within.find(words).expect("a fixture's match stands in its text");
    Match { field, term: term.into(), text: words.into(), start, end: start + words.len() }
}

pub fn ferry_matches() -> Vec<Match> {
    let text = ferry();
    vec![
        find(MatchField::Title, "ferry", "ferry", HEADLINES[0]),
        find(MatchField::Summary, "csto", "CSTO", text.summary.as_deref().unwrap_or_default()),
        find(MatchField::Body, "csto", "CSTO", &text.text()),
        // One that no longer fits its text is not shown.
        Match { field: MatchField::Body, term: "x".into(), text: "other words".into(), start: 3, end: 14 },
    ]
}

pub fn version(number: u32, observed: &str, headline: &str, change: Option<Change>) -> VersionRow {
    VersionRow {
        number,
        observed_at: at(observed),
        source: Source::Page,
        headline: Some(headline.to_owned()),
        byline: Some("Jane Doe".to_owned()),
        published_at: Some(at("2026-11-22T09:58:00Z")),
        modified_at: None,
        words: 412,
        sha256: "9f".repeat(32),
        page_sha256: None,
        change,
        hidden: None,
    }
}

pub fn ferry_change() -> Change {
    Change {
        kinds: vec![Kind::Headline, Kind::Figures],
        severity: Some(Severity::Major),
        added_words: 12,
        removed_words: 9,
        silent: true,
        figures: vec![
            Figure {
                before: Some("dozens".to_owned()),
                after: Some("26".to_owned()),
                context: "At least 26 people died when the ferry went down.".to_owned(),
            },
            Figure { before: None, after: Some("112".to_owned()), context: String::new() },
        ],
        marks: Vec::new(),
        restores: None,
    }
}

pub fn quiet_change(kinds: Vec<Kind>, severity: Option<Severity>, restores: Option<u32>) -> Change {
    Change {
        kinds,
        severity,
        added_words: 1,
        removed_words: 0,
        silent: false,
        figures: Vec::new(),
        marks: Vec::new(),
        restores,
    }
}

pub fn ferry_history() -> History {
    let first = version(1, "2026-11-22T10:00:00Z", "Dozens feared dead as ferry capsizes off Sicily", None);
    let second = version(2, "2026-11-22T12:20:00Z", HEADLINES[0], Some(ferry_change()));
    let typo = Some(quiet_change(vec![Kind::Typo], Some(Severity::Minor), None));
    let third = VersionRow {
        byline: None,
        modified_at: Some(at("2026-11-22T13:58:00Z")),
        ..version(3, "2026-11-22T14:00:00Z", HEADLINES[0], typo)
    };
    let restored = Some(quiet_change(vec![Kind::Headline, Kind::Restored], Some(Severity::Major), Some(1)));
    let fourth = version(4, "2026-11-22T14:04:58Z", "Dozens feared dead as ferry capsizes off Sicily", restored);
    let technical = Some(quiet_change(vec![Kind::Technical], None, None));
    let fifth = VersionRow { source: Source::Feed, ..version(5, "2026-11-22T14:05:00Z", HEADLINES[3], technical) };
    let read_anew = Change { marks: vec![Mark::ReadAnew], ..quiet_change(vec![Kind::Technical], None, None) };
    let sixth = version(6, "2026-11-22T14:05:00Z", HEADLINES[4], Some(read_anew));
    let sixth = VersionRow { source: Source::Feed, ..sixth };
    let article = ArticleRow { versions: 6, ..article_row(3, Some(HEADLINES[0])) };
    let alias = Alias {
        url: "https://news.example/world/3/amp".parse().expect("an address"),
        kind: AliasKind::Amp,
        first_seen: at("2026-11-22T10:00:00Z"),
        last_seen: now(),
    };
    let notices = vec![notice(
        NoticeKind::Alternating,
        Subject::Article(ArticleId(1)),
        "its headline goes to and fro; at times it is “Ferry sinks”",
    )];
    History { article, aliases: vec![alias], versions: vec![first, second, third, fourth, fifth, sixth], notices }
}

pub fn words(changes: &[(Op, &str)]) -> Vec<WordChange> {
    changes.iter().map(|(op, text)| WordChange { op: *op, text: (*text).to_owned() }).collect()
}

pub fn row(op: ParagraphOp, before: Option<usize>, after: Option<usize>, changes: &[(Op, &str)]) -> ParagraphChange {
    ParagraphChange { op, before, after, role: Role::Paragraph, words: words(changes) }
}

pub fn ferry_diff() -> Diff {
    use Op::{Delete, Equal, Insert};
    Diff {
        headline: words(&[
            (Delete, "Dozens feared"),
            (Insert, "At least 26"),
            (Equal, " dead as ferry capsizes off Sicily"),
        ]),
        summary: words(&[(Equal, "Rescuers found survivors.")]),
        byline: Vec::new(),
        correction: words(&[(Insert, "Correction: the ferry's name was wrong.")]),
        paragraphs: vec![
            row(ParagraphOp::Equal, Some(0), Some(0), &[(Equal, "The ferry left Catania at dawn.")]),
            row(ParagraphOp::Equal, Some(1), Some(1), &[(Equal, "It was a calm sea.")]),
            row(ParagraphOp::Equal, Some(2), Some(2), &[(Equal, "Fishermen saw it list.")]),
            row(
                ParagraphOp::Change,
                Some(3),
                Some(3),
                &[
                    (Delete, "Dozens of"),
                    (Insert, "At least 26"),
                    (Equal, " people died when the ferry went down, the coast guard said on Sunday, and a search "),
                    (Delete, "will begin"),
                    (Insert, "began"),
                    (Equal, " at first light."),
                ],
            ),
            row(
                ParagraphOp::Insert,
                None,
                Some(4),
                &[(
                    Insert,
                    "京都議定書をめぐる各国の交渉は最終日に入り、夜を徹して続いた。議長国は合意文書案を示し、参加国に決断を促した。",
                )],
            ),
            row(ParagraphOp::Delete, Some(4), None, &[(Delete, "A survivor blamed the captain \u{1b}[2J<script>.")]),
            row(ParagraphOp::Equal, Some(6), Some(5), &[(Equal, "The ship was built in 1998.")]),
            row(
                ParagraphOp::Move,
                Some(5),
                Some(6),
                &[(Equal, "The owner, Tirrenia, "), (Insert, "again "), (Equal, "declined to comment.")],
            ),
        ],
    }
}

pub fn feed_row(name: &str, state: FeedState) -> FeedRow {
    FeedRow {
        name: name.to_owned(),
        url: url("https://feeds.example/rss"),
        tags: vec!["world".to_owned(), "wire".to_owned()],
        state,
        last_poll: Some(now() - Duration::from_secs(125)),
        last_success: Some(now() - Duration::from_secs(125)),
        next_poll: Some(now() + Duration::from_secs(175)),
        failures: 0,
        last_status: Some(304),
        subscription: None,
        last_error: None,
        distrusted_until: None,
        entries: 1_025,
        articles: 998,
        told_apart_by: Basis::Id,
        ignored_parameters: Vec::new(),
        notices: Vec::new(),
        unreadable: Unreadable::default(),
    }
}

/// `counts` of articles that could not be read.
pub fn unreadable(counts: &[(&str, u64)], reason: &str) -> Unreadable {
    let count =
        |(quality, articles): &(&str, u64)| QualityCount { quality: (*quality).to_owned(), articles: *articles };
    Unreadable {
        articles: counts.iter().map(|(_, articles)| articles).sum(),
        by_quality: counts.iter().map(count).collect(),
        reason: Some(reason.to_owned()),
    }
}

pub fn feed_rows() -> Vec<FeedRow> {
    vec![
        FeedRow {
            notices: vec![site_notice()],
            unreadable: unreadable(
                &[("paywall", 12), ("other_article", 1)],
                "the page says `Subscribe to \u{1b}[1mread` and has only 52 words of text",
            ),
            ..feed_row("aljazeera", FeedState::Healthy)
        },
        FeedRow {
            failures: 4,
            last_status: None,
            last_error: Some("connection refused by \u{1b}[1mfeeds.example".to_owned()),
            last_success: Some(now() - Duration::from_secs(86_400 * 3)),
            ..feed_row("le-monde-international-edition", FeedState::Failing)
        },
        FeedRow {
            last_poll: None,
            last_success: None,
            next_poll: None,
            last_status: None,
            entries: 0,
            ..feed_row("paused", FeedState::Paused)
        },
        FeedRow { failures: 1, last_status: Some(410), last_success: None, ..feed_row("新聞", FeedState::Gone) },
    ]
}

pub fn alert_row(id: i64, state: DeliveryState) -> OutboxRow {
    OutboxRow {
        id,
        rule: "csto-kazakhstan".to_owned(),
        article: ArticleId(12),
        headline: Some(HEADLINES[usize::try_from(id).unwrap_or(0) % 5].to_owned()),
        version: 2,
        event: Event::Revised,
        recipient: "desk".to_owned(),
        address: "desk@example.org".to_owned(),
        channel: "smtp".to_owned(),
        state,
        attempts: 1,
        created_at: now() - Duration::from_secs(4_000),
        sent_at: None,
        next_attempt: None,
        message_id: "<1.abc@example.org>".to_owned(),
        error: None,
        waits_for: None,
        mute: None,
    }
}

pub fn suspended() -> Vec<Suspension> {
    let error = Some("naming the recipient failed: 550 5.1.1 no such user".to_owned());
    vec![Suspension { address: "night@example.org".to_owned(), since: now() - Duration::from_secs(7_200), error }]
}

/// One of a rule, with everything, and one of an article.
pub fn mutes() -> Vec<Mute> {
    let rule = Mute {
        id: MuteId(3),
        muted: Muted::Rule { name: "csto-kazakhstan".to_owned() },
        why: Some("press conference, we are in the room".to_owned()),
        who: Some("anna".to_owned()),
        begun_at: now() - Duration::from_secs(600),
        until: now() + Duration::from_secs(7 * 3_600),
        lifted_at: None,
    };
    let article = Muted::Article { article: ArticleId(1), headline: Some(HEADLINES[0].to_owned()) };
    vec![rule.clone(), Mute { id: MuteId(4), muted: article, why: None, who: None, ..rule }]
}

/// One of each kind, the last taken back.
pub fn unsubscribed() -> Vec<Unsubscription> {
    let rule = Unsubscription {
        id: UnsubscriptionId(1),
        address: "desk@example.org".to_owned(),
        stopped: Stopped::Rule("csto-kazakhstan".to_owned()),
        how: UnsubscribedBy::OneClick,
        begun_at: now() - Duration::from_secs(900),
        ended_at: None,
    };
    let recipient = Stopped::Recipient("night".to_owned());
    vec![
        rule.clone(),
        Unsubscription { id: UnsubscriptionId(2), stopped: recipient, how: UnsubscribedBy::Page, ..rule.clone() },
        Unsubscription { id: UnsubscriptionId(3), stopped: Stopped::Everything, ended_at: Some(now()), ..rule },
    ]
}

pub fn alert_rows() -> Vec<OutboxRow> {
    vec![
        OutboxRow { sent_at: Some(now()), ..alert_row(1, DeliveryState::Sent) },
        OutboxRow {
            attempts: 3,
            error: Some("451 try again later".to_owned()),
            next_attempt: Some(now() + Duration::from_secs(240)),
            ..alert_row(2, DeliveryState::Pending)
        },
        OutboxRow { error: Some("550 no such user".to_owned()), ..alert_row(3, DeliveryState::Failed) },
        OutboxRow { attempts: 0, ..alert_row(4, DeliveryState::Held) },
        OutboxRow {
            attempts: 0,
            next_attempt: Some(mutes()[0].until),
            mute: Some(mutes().remove(0)),
            ..alert_row(5, DeliveryState::Held)
        },
        OutboxRow { attempts: 0, waits_for: Some(2), ..alert_row(6, DeliveryState::Pending) },
    ]
}

pub fn rule_rows() -> Vec<RuleRow> {
    vec![
        RuleRow {
            name: "csto-kazakhstan".to_owned(),
            query: "kazakh* AND (csto OR \"collective security treaty organization\") NOT football".to_owned(),
            feeds: vec!["tag:world".to_owned()],
            on: vec![Event::New, Event::Revised],
            min_severity: Severity::Notable,
            to: vec!["desk".to_owned()],
            urgent: false,
            alerts: 1_204,
            last_alert: Some(now() - Duration::from_secs(7_300)),
        },
        RuleRow {
            name: "東京".to_owned(),
            query: "京都議定書".to_owned(),
            feeds: Vec::new(),
            on: vec![Event::Gone],
            min_severity: Severity::Major,
            to: vec!["desk".to_owned(), "night".to_owned()],
            urgent: true,
            alerts: 0,
            last_alert: None,
        },
    ]
}

/// What a query makes of the ferry's text.
pub fn explained(query: &str) -> Explanation {
    let sets = Sets::new(
        [("places".to_owned(), ["Catania", "Palermo", "the strait of Messina"].map(str::to_owned).to_vec())].into(),
    );
    let query = Query::parse(query, &sets).unwrap_or_else(|errors| panic!("{query}: {errors:?}")).query;
    let url = url("https://news.example/world/3");
    let feeds = [FeedFacts { name: "wire".to_owned(), tags: Vec::new() }];
    let about = About { url: &url, feeds: &feeds, event: Some(Event::New), change: None };
    query.explain(&rule::Subject::new(&ferry(), &about))
}

pub fn explanation() -> Explanation {
    explained("kazakh* AND (csto OR \"collective security\") NOT football")
}

pub fn store_status() -> StoreStatus {
    StoreStatus {
        feeds: FeedCounts { healthy: 9, failing: 1, paused: 0 },
        articles: 812,
        versions: 1_004,
        queue: QueueCounts { pending: 0, failed: 2, held: 0 },
        unfit: 3,
        damaged: 1,
        unreadable: unreadable(
            &[("challenge", 3), ("failed", 1)],
            "status 403: a challenge of Cloudflare stands before the page",
        ),
        database_bytes: 1_234_567,
        disk: Some(Disk { free: 4_200_000_000, total: 40_000_000_000 }),
        last_poll: Some(now() - Duration::from_secs(30)),
        last_alert: None,
        notices: vec![
            notice(
                NoticeKind::Alternating,
                Subject::Article(ArticleId(1)),
                "its headline goes to and fro; at times it is “Ferry sinks”",
            ),
            Notice { count: 1, ..site_notice() },
        ],
    }
}

pub fn notice(kind: NoticeKind, subject: Subject, text: &str) -> Notice {
    Notice {
        kind,
        subject,
        text: text.to_owned(),
        first_at: now() - Duration::from_secs(3 * 60 * 60),
        last_at: now() - Duration::from_secs(90),
        count: 12,
        closed_at: None,
        end: None,
    }
}

pub fn site_notice() -> Notice {
    let host = Subject::Host("news.example".to_owned());
    notice(NoticeKind::SiteChange, host, "the same text came to 5 articles, so it is the site's: “Sign up”")
}

pub fn feed_document() -> FeedDocument {
    let entry = Entry {
        key: "urn:1".to_owned(),
        id: Some("urn:1".to_owned()),
        title: Some(HEADLINES[0].to_owned()),
        link: Some(url("https://news.example/world/1")),
        published_at: Some(at("2026-11-22T09:58:00Z")),
        updated_at: None,
        author: Some("Jane Doe".to_owned()),
        summary: Some("Rescuers found survivors clinging to the hull. ".repeat(8)),
        text: ferry().paragraphs,
        tags: vec!["Italy".to_owned()],
        language: None,
    };
    let bare = Entry {
        key: "https://news.example/world/2".to_owned(),
        id: None,
        title: None,
        link: None,
        published_at: None,
        author: None,
        summary: None,
        text: Vec::new(),
        tags: Vec::new(),
        ..entry.clone()
    };
    FeedDocument {
        kind: FeedKind::Rss,
        title: Some(HEADLINES[3].to_owned()),
        partial: true,
        is_too_long: false,
        hub: None,
        entries: vec![entry, bare],
    }
}
