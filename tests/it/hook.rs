//! Webhooks and ntfy: what is posted, what becomes of every answer, and what is told to nobody.

mod program;
pub mod server;

use std::io::Write;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;
use wirewatch::alert::Channel;
use wirewatch::config::HookConfig;
use wirewatch::email::{self, Sender};
use wirewatch::fetch::Poster;
use wirewatch::hook;
use wirewatch::model::{
    ArticleId, ArticleText, Change, DeliveredArticle, DeliveredVersion, Delivery, DeliveryId, DeliveryKind, Event,
    FeedFacts, Figure, FiredRule, Kind, Match, MatchField, Paragraph, Role, Severity, Source, Timestamp,
};
use wirewatch::transport::{Hook, HookError};

use server::Server;

const SECRET: &str = "correct horse battery staple";
const TOKEN: &str = "tk_hidden0123456789";

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// A hook that waits only a moment.
fn hook_to(channel: Channel, url: &str, secret: Option<&str>) -> Hook {
    let config = HookConfig {
        recipient: "desk".to_owned(),
        channel,
        address: "http://127.0.0.1/~00000000".to_owned(),
        url: Url::parse(url).unwrap(),
        secret: secret.map(SecretString::from),
    };
    Hook::new(config, Poster::new(Duration::from_millis(700), None).unwrap())
}

async fn send(hook: &Hook) -> Result<(), HookError> {
    hook.send("7.abc@example.org", b"{\"title\":\"x\"}", now()).await
}

/// RFC 2104, by another crate than the one that signs.
fn hmac(key: &[u8], text: &[u8]) -> String {
    let pad = |byte: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ byte).collect() };
    let inner = Sha256::digest([pad(0x36), text.to_vec()].concat());
    let outer = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_webhook_gets_the_document_with_its_id_and_a_signature_over_time_and_body() {
    let server = Server::answering("204 No Content", "");
    let hook = hook_to(Channel::Webhook, &server.url("/in?room=7"), Some(SECRET));
    send(&hook).await.expect("204 is fine");
    let request = server.next();
    assert_eq!(request.line, "POST /in?room=7 HTTP/1.1");
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("idempotency-key"), "7.abc@example.org");
    assert_eq!(request.header("x-wirewatch-timestamp"), now().as_millis().div_euclid(1000).to_string());
    assert_eq!(request.body, b"{\"title\":\"x\"}");
    let signed = [request.header("x-wirewatch-timestamp").as_bytes(), b".", &request.body].concat();
    assert_eq!(request.header("x-wirewatch-signature"), format!("sha256={}", hmac(SECRET.as_bytes(), &signed)));
    assert!(request.header("user-agent").starts_with("wirewatch/"));

    // Without a secret there is nothing to sign with.
    let server = Server::answering("200 OK", "ok");
    send(&hook_to(Channel::Webhook, &server.url("/in"), None)).await.expect("200 is fine");
    assert_eq!(server.next().header("x-wirewatch-signature"), "");
}

#[tokio::test]
async fn ntfy_gets_the_topic_as_a_field_at_the_root_of_its_address() {
    let server = Server::answering("200 OK", "{}");
    let hook = hook_to(Channel::Ntfy, &server.url("/push/newsroom-3fq8z"), Some(TOKEN));
    send(&hook).await.expect("200 is fine");
    let request = server.next();
    assert_eq!(request.line, "POST /push/ HTTP/1.1");
    assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(request.body, b"{\"topic\":\"newsroom-3fq8z\",\"title\":\"x\"}");
}

#[tokio::test]
async fn every_answer_means_sent_later_or_never() {
    for (status, again) in [
        ("301 Moved", false),
        ("307 Elsewhere", false),
        ("400 Bad", false),
        ("401 Who", false),
        ("404 Nothing Yet", true),
        ("408 Slow", true),
        ("410 Gone", false),
        ("413 Large", false),
        ("425 Early", true),
        ("429 Many", true),
        ("500 Fault", true),
        ("503 Later", true),
        ("599 Odd", true),
    ] {
        let server = Server::answering(status, "");
        let refused = send(&hook_to(Channel::Webhook, &server.url("/in"), None)).await.expect_err(status);
        assert_eq!(refused.error.is_transient(), again, "{status}");
        assert!(refused.to_string().contains(&status[..3]), "{refused}");
        assert!(!refused.error.is_address_refusal() && !refused.error.is_content_refusal());
    }
    for status in ["200 OK", "201 Made", "202 Kept", "204 Empty"] {
        let server = Server::answering(status, "");
        send(&hook_to(Channel::Webhook, &server.url("/in"), None)).await.expect(status);
    }
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let elsewhere = Server::answering("200 OK", "");
    let location = format!("Location: {}", elsewhere.url("/taken"));
    let server = Server::answering_with("302 Found", &[&location], "");
    let refused = send(&hook_to(Channel::Webhook, &server.url("/in"), Some(SECRET))).await.expect_err("a redirect");
    assert!(!refused.error.is_transient());
    assert!(refused.to_string().contains("redirects are not followed"), "{refused}");
    assert!(elsewhere.waiting().is_none(), "nobody was asked");
}

#[tokio::test]
async fn the_server_says_when_to_come_back_and_is_believed_for_a_day() {
    for (value, seconds) in
        [("120", Some(120)), ("99999999", Some(86_400)), ("Sun, 22 Nov 2026 12:05:00 GMT", Some(300)), ("soon", None)]
    {
        let server = Server::answering_with("429 Many", &[&format!("Retry-After: {value}")], "");
        let refused = send(&hook_to(Channel::Ntfy, &server.url("/topic"), None)).await.expect_err("a refusal");
        assert_eq!(refused.retry_after, seconds.map(Duration::from_secs), "{value}");
    }
}

#[tokio::test]
async fn a_server_that_drips_hangs_up_or_never_ends_is_tried_again_later() {
    let silent = Server::start(server::until_closed);
    let dripping = Server::start(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 O");
        server::until_closed(stream);
    });
    let resetting = Server::start(drop);
    let garbled = Server::start(|mut stream| drop(stream.write_all(b"\x16\x03\x01\0\0 no HTTP\r\n\r\n")));
    let endless_head = Server::start(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(&b"X-More: and more of the same\r\n".repeat(500)).is_ok() {}
    });
    let endless_body = Server::start(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 9999999999\r\n\r\n");
        while stream.write_all(&[b'z'; 65_536]).is_ok() {}
    });
    for (name, server) in [
        ("silent", silent),
        ("dripping", dripping),
        ("resetting", resetting),
        ("garbled", garbled),
        ("endless head", endless_head),
        ("endless body", endless_body),
    ] {
        let refused = send(&hook_to(Channel::Webhook, &server.url("/in"), None)).await.expect_err(name);
        assert!(refused.error.is_transient(), "{name}: {refused}");
        assert!(refused.to_string().len() < 500, "{name}: {refused}");
    }
    let refused = send(&hook_to(Channel::Webhook, &server::nobody(), None)).await.expect_err("nobody listens");
    assert!(refused.error.is_transient(), "{refused}");
}

#[tokio::test]
async fn no_error_holds_the_secret_or_the_address() {
    for (channel, secret) in [(Channel::Webhook, SECRET), (Channel::Ntfy, TOKEN)] {
        for body in [format!("bad key {secret}"), "no such room: T0000hidden".to_owned()] {
            let server = Server::answering("403 No", &body);
            let url = server.url("/services/T0000hidden");
            let refused = send(&hook_to(channel, &url, Some(secret))).await.expect_err("a refusal");
            let (shown, debugged) = (refused.to_string(), format!("{refused:?}"));
            for hidden in [secret, "T0000hidden"] {
                assert!(!shown.contains(hidden) && !debugged.contains(hidden), "{debugged}");
            }
        }
        let url = server::nobody() + "/services/T0000hidden";
        let hook = hook_to(channel, &url, Some(secret));
        let refused = send(&hook).await.expect_err("nobody listens");
        let told = format!("{refused} {refused:?} {hook:?}");
        assert!(!told.contains("T0000hidden") && !told.contains(secret), "{told}");
    }
    // What the server says otherwise is worth reading, without what a terminal would act on.
    let server = Server::answering("400 Bad", "invalid_payload\u{1b}[31m\nsecond line");
    let refused = send(&hook_to(Channel::Webhook, &server.url("/in"), None)).await.expect_err("a refusal");
    assert!(refused.to_string().contains("status 400: invalid_payload [31m second line"), "{refused}");
}

fn sender() -> Sender {
    Sender::plain("wirewatch@example.org", chrono_tz::Europe::Berlin)
}

fn article(headline: &str, event: Event, severity: Option<Severity>) -> DeliveredArticle {
    let text = |toll: &str| ArticleText {
        headline: Some(headline.to_owned()),
        paragraphs: vec![Paragraph::new(Role::Paragraph, format!("{toll} people were killed in the capital."))],
        ..ArticleText::default()
    };
    let version = |number, text| DeliveredVersion { number, observed_at: now(), source: Source::Page, text };
    let figure =
        Figure { before: Some("dozens".to_owned()), after: Some("26".to_owned()), context: "26 people".to_owned() };
    let change = Change {
        kinds: vec![Kind::Figures],
        severity,
        added_words: 1,
        removed_words: 1,
        silent: true,
        figures: vec![figure],
        marks: Vec::new(),
        restores: None,
    };
    let found = Match { field: MatchField::Body, term: "capital".into(), text: "capital".into(), start: 31, end: 38 };
    DeliveredArticle {
        id: ArticleId(12),
        url: Url::parse("https://news.example/story").unwrap(),
        feeds: vec![FeedFacts { name: "wire".to_owned(), tags: Vec::new() }],
        event,
        rules: vec![FiredRule {
            name: "unrest".to_owned(),
            query: "capital".to_owned(),
            newly: false,
            is_lost: false,
            matches: vec![found],
        }],
        before: (event == Event::Revised).then(|| version(1, text("Dozens of"))),
        after: version(2, text("26")),
        change: (event == Event::Revised).then_some(change),
        severity: severity.filter(|_| event == Event::Revised),
        marks: Vec::new(),
        revisions: 1,
        noticed_at: now(),
        mailed_at: None,
        back_at: None,
    }
}

fn delivery(kind: DeliveryKind, articles: Vec<DeliveredArticle>) -> Delivery {
    Delivery {
        id: DeliveryId(7),
        kind,
        recipient: "desk".to_owned(),
        address: "https://hooks.example/~00000000".to_owned(),
        message_id: "7.abc@example.org".to_owned(),
        created_at: now(),
        thread: None,
        mutes: Vec::new(),
        unsubscribe_token: None,
        note: None,
        articles,
    }
}

fn document(delivery: &Delivery) -> Vec<u8> {
    hook::document(delivery, &email::compose(delivery, &sender(), now())).unwrap()
}

fn notification(delivery: &Delivery, is_urgent: bool) -> Value {
    let bytes = hook::notification(delivery, &email::compose(delivery, &sender(), now()), is_urgent).unwrap();
    assert!(bytes.len() < 7_500, "ntfy takes 8 KiB with the topic: {}", bytes.len());
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn a_document_tells_what_the_other_documents_tell_by_the_same_names() {
    let told =
        delivery(DeliveryKind::Article, vec![article("Troops open fire", Event::Revised, Some(Severity::Major))]);
    let document: Value = serde_json::from_slice(&document(&told)).unwrap();
    assert_eq!(document["message_id"], "<7.abc@example.org>");
    assert_eq!((&document["kind"], &document["recipient"]), (&"article".into(), &"desk".into()));
    assert_eq!(document["created_at"], "2026-11-22T12:00:00Z");
    assert!(document["text"].as_str().unwrap().starts_with("Revised by news.example"), "{document}");
    let article = &document["articles"][0];
    assert_eq!(
        (&article["article"], &article["version"], &article["event"]),
        (&12.into(), &2.into(), &"revised".into())
    );
    assert_eq!((&article["headline"], &article["feeds"][0]), (&"Troops open fire".into(), &"wire".into()));
    assert_eq!(
        (&article["change"]["severity"], &article["change"]["figures"][0]["after"]),
        (&"major".into(), &"26".into())
    );
    assert_eq!((&article["before"]["version"], &article["byline"]), (&1.into(), &Value::Null));
    assert_eq!((&article["rules"][0]["name"], &article["rules"][0]["match"]), (&"unrest".into(), &"capital".into()));
    assert_eq!(article["rules"][0]["terms"][0]["text"], "capital");
    assert_eq!(document["more"], 0);
}

#[test]
fn a_document_has_a_bound_whatever_it_tells_of() {
    let mut long = article(&"\u{1}\"é\u{202e}".repeat(20_000), Event::Revised, Some(Severity::Major));
    long.rules[0].matches = vec![long.rules[0].matches[0].clone(); 5_000];
    let told = delivery(DeliveryKind::Overflow, vec![long; 600]);
    let bytes = document(&told);
    assert!(bytes.len() <= hook::MAX_DOCUMENT, "{}", bytes.len());
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    let articles = document["articles"].as_array().unwrap().len();
    assert!(articles > 0);
    assert_eq!(document["more"], 600 - articles);
    notification(&told, false);
}

#[test]
fn a_notification_is_as_loud_as_what_it_tells() {
    let of = |event, severity| delivery(DeliveryKind::Article, vec![article("Troops open fire", event, severity)]);
    let priority = |delivery: &Delivery, is_urgent| notification(delivery, is_urgent)["priority"].as_u64();
    assert_eq!(priority(&of(Event::New, None), false), Some(3));
    assert_eq!(priority(&of(Event::Gone, None), false), Some(4));
    assert_eq!(priority(&of(Event::Revised, Some(Severity::Minor)), false), Some(2));
    assert_eq!(priority(&of(Event::Revised, Some(Severity::Notable)), false), Some(3));
    assert_eq!(priority(&of(Event::Revised, Some(Severity::Major)), false), Some(4));
    assert_eq!(priority(&of(Event::New, None), true), Some(5));

    let told = notification(&of(Event::Revised, Some(Severity::Major)), false);
    assert_eq!(told["title"], "[unrest] Troops open fire");
    assert_eq!(told["click"], "https://news.example/story");
    assert_eq!(told["tags"][0], "unrest");
    let message = told["message"].as_str().unwrap();
    assert!(message.starts_with("Revised by news.example") && !message.contains("You get this"), "{message}");
    let digest =
        delivery(DeliveryKind::Digest, vec![article("One", Event::New, None), article("Two", Event::Gone, None)]);
    let told = notification(&digest, false);
    assert_eq!((&told["priority"], &told["click"]), (&4.into(), &Value::Null));
}
