//! Fetching against a scripted site.

mod access;
mod tls;

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use url::Url;
use wirewatch::config::{Access, PollConfig, PrivateAddresses, Proxy};
use wirewatch::fetch::{ACCEPT_PAGE, FetchError, Fetcher, NamedBy, Request, Response};
use wirewatch::model::{Timestamp, Validators};

use crate::support::{Answer, Site};

const LIMIT: u64 = 64 * 1024;
const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn fetcher(private: PrivateAddresses) -> Fetcher {
    let config = PollConfig {
        proxy: Proxy::Direct,
        concurrency: 4,
        per_host_interval: Duration::ZERO,
        timeout: Duration::from_secs(10),
        initial: Duration::ZERO,
        max_body: LIMIT,
        contact: Some("desk@example.org".to_owned()),
        allow_private_addresses: private,
        websub: true,
    };
    Fetcher::new(&config).expect("a fetcher")
}

fn open() -> Fetcher {
    fetcher(PrivateAddresses::Only(vec!["127.0.0.0/8".to_owned()]))
}

async fn get(fetcher: &Fetcher, url: &str, named_by: NamedBy) -> Result<Response, FetchError> {
    let url = Url::parse(url).expect("a URL");
    fetcher.get(Request::new(&url, named_by, ACCEPT_PAGE, LIMIT), NOON).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn redirects_are_followed_but_not_for_ever() {
    let site = Site::start();
    site.set("/a", Answer::redirect("/b"));
    site.set("/b", Answer::redirect(&site.url("/c")));
    site.set("/c", Answer::html("here"));
    let answer = get(&open(), &site.url("/a"), NamedBy::Stranger).await.expect("an answer");
    assert_eq!((answer.url.path(), answer.body.as_slice()), ("/c", b"here".as_slice()));

    site.set("/loop", Answer::redirect("/loop"));
    let lost = get(&open(), &site.url("/loop"), NamedBy::Stranger).await;
    assert!(matches!(lost, Err(FetchError::Redirects { .. })), "{lost:?}");
    site.set("/nowhere", Answer::status(302));
    assert_eq!(get(&open(), &site.url("/nowhere"), NamedBy::Stranger).await, Err(FetchError::BadRedirect));
}

#[tokio::test]
async fn strangers_do_not_reach_private_addresses_by_address_by_name_or_by_redirect() {
    let site = Site::start();
    site.set("/feed", Answer::html("here"));
    let closed = fetcher(PrivateAddresses::Refused);
    let refused = Err(FetchError::PrivateAddress("127.0.0.1".to_owned()));
    assert_eq!(get(&closed, &site.url("/feed"), NamedBy::Stranger).await, refused);
    let named = site.url("/feed").replace("127.0.0.1", "localhost");
    assert_eq!(get(&closed, &named, NamedBy::Stranger).await, Err(FetchError::PrivateAddress("localhost".to_owned())));
    assert!(site.asked("/feed").is_empty(), "nothing was asked");

    // The operator's own word leads there, but not on to another private host.
    assert!(get(&closed, &site.url("/feed"), NamedBy::Operator).await.is_ok());
    let other = Site::start();
    site.set("/inward", Answer::redirect(&other.url("/secret")));
    assert_eq!(get(&closed, &site.url("/inward"), NamedBy::Operator).await, refused);
    site.set("/file", Answer::redirect("file:///etc/passwd"));
    let scheme = get(&closed, &site.url("/file"), NamedBy::Operator).await;
    assert!(matches!(scheme, Err(FetchError::Scheme(_))), "{scheme:?}");
}

#[tokio::test]
async fn bodies_are_bounded_after_decompression() {
    let site = Site::start();
    site.set("/bomb", Answer::html(gzip(&vec![b' '; 10 * LIMIT as usize])).header("Content-Encoding", "gzip"));
    assert_eq!(get(&open(), &site.url("/bomb"), NamedBy::Stranger).await, Err(FetchError::TooLarge { limit: LIMIT }));
    site.set("/hidden-bomb", Answer::html(gzip(&vec![b' '; 10 * LIMIT as usize])));
    assert_eq!(
        get(&open(), &site.url("/hidden-bomb"), NamedBy::Stranger).await,
        Err(FetchError::TooLarge { limit: LIMIT })
    );
}

#[tokio::test]
async fn gzip_is_unpacked_whether_or_not_it_is_announced() {
    let site = Site::start();
    site.set("/said", Answer::html(gzip(b"news")).header("Content-Encoding", "gzip"));
    site.set("/unsaid", Answer::html(gzip(b"news")));
    for path in ["/said", "/unsaid"] {
        assert_eq!(get(&open(), &site.url(path), NamedBy::Stranger).await.expect("an answer").body, b"news");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error() {
    let site = Site::start();
    site.set("/short", Answer::html("only half").cut_short());
    let broken = get(&open(), &site.url("/short"), NamedBy::Stranger).await;
    assert!(matches!(broken, Err(FetchError::Damaged(_))), "{broken:?}");
    assert!(broken.is_err_and(|error| error.is_transient()));
}

#[tokio::test]
async fn validators_go_back_as_they_came_and_the_contact_is_named() {
    let site = Site::start();
    site.set("/feed", Answer::html("here").header("ETag", "W/\"odd value\""));
    let url = Url::parse(&site.url("/feed")).expect("a URL");
    let fetcher = open();
    let first = fetcher.get(Request::new(&url, NamedBy::Stranger, ACCEPT_PAGE, LIMIT), NOON).await.expect("an answer");
    let known = first.validators(&Validators::default());
    let again = Request { known: known.clone(), ..Request::new(&url, NamedBy::Stranger, ACCEPT_PAGE, LIMIT) };
    let second = fetcher.get(again, NOON).await.expect("an answer");
    assert_eq!((second.status, second.validators(&known)), (304, known));
    let agent = site.asked("/feed")[0].headers["user-agent"].clone();
    assert!(agent.starts_with("wirewatch/") && agent.contains("desk@example.org"), "{agent}");
}

#[tokio::test]
async fn a_sites_own_headers_stay_with_its_origin() {
    let (site, other) = (Site::start(), Site::start());
    site.set("/in", Answer::redirect(&other.url("/out")));
    other.set("/out", Answer::html("here"));
    let url = Url::parse(&site.url("/in")).expect("a URL");
    let access = Access { cookie: Some("secret=1".into()), ..Access::default() };
    let request = Request { access: Some(&access), ..Request::new(&url, NamedBy::Stranger, ACCEPT_PAGE, LIMIT) };
    open().get(request, NOON).await.expect("an answer");
    assert_eq!(site.asked("/in")[0].headers.get("cookie").map(String::as_str), Some("secret=1"));
    assert_eq!(other.asked("/out")[0].headers.get("cookie"), None);
}

#[tokio::test]
async fn robots_txt_that_cannot_be_read_closes_a_site_for_now_and_none_opens_it() {
    let site = Site::start();
    let page = Url::parse(&site.url("/news/1")).expect("a URL");
    assert_eq!(open().ask_robots(&page, NOON).await, Ok(()), "404: no rules");
    site.set("/robots.txt", Answer::status(503));
    let unknown = open().ask_robots(&page, NOON).await;
    assert!(unknown.is_err_and(|error| error.is_transient()));
    site.set("/robots.txt", Answer::new("text/plain", "User-agent: wirewatch\nDisallow: /news"));
    let refused = open().ask_robots(&page, NOON).await;
    assert!(refused.is_err_and(|error| !error.is_transient()));
}

/// What robots.txt of a fresh site lets us do with `/news/1` where it answers `answer`.
async fn robots_answering(answer: Answer) -> Result<(), FetchError> {
    let site = Site::start();
    site.set("/robots.txt", answer);
    open().ask_robots(&Url::parse(&site.url("/news/1")).expect("a URL"), NOON).await
}

#[tokio::test]
async fn what_robots_txt_answers_means_what_the_standard_says() {
    // RFC 9309 §2.3.1.3: unavailable, so there are no rules.
    for status in [204, 300, 400, 401, 403, 404, 410, 451] {
        assert_eq!(robots_answering(Answer::status(status)).await, Ok(()), "{status}");
    }
    // §2.3.1.4: unreachable, so nothing is fetched; and 429 says that we ask too much already.
    for status in [429, 500, 502, 503, 504] {
        let refused = robots_answering(Answer::status(status)).await;
        assert!(matches!(&refused, Err(FetchError::RobotsUnknown { .. })), "{status}: {refused:?}");
        assert!(refused.is_err_and(|error| error.to_string().contains(&format!("status {status}"))));
    }
    let broken = robots_answering(Answer::new("text/plain", "User-agent: *").cut_short()).await;
    assert!(matches!(broken, Err(FetchError::RobotsUnknown { .. })), "{broken:?}");
    // A redirect that leads nowhere is an answer.
    assert_eq!(robots_answering(Answer::status(302)).await, Ok(()));
    assert_eq!(robots_answering(Answer::redirect("file:///etc/passwd")).await, Ok(()));
    assert_eq!(robots_answering(Answer::redirect("/robots.txt")).await, Ok(()));
}

#[tokio::test]
async fn robots_txt_is_followed_over_five_redirects_and_to_another_host() {
    let (site, other) = (Site::start(), Site::start_at("127.0.0.2"));
    for (from, to) in [("/robots.txt", "/1"), ("/1", "/2"), ("/2", "/3"), ("/3", "/4")] {
        site.set(from, Answer::redirect(to));
    }
    site.set("/4", Answer::redirect(&other.url("/rules.txt")));
    other.set("/rules.txt", Answer::new("text/plain", "User-agent: *\nDisallow: /news"));
    let page = |path: &str| Url::parse(&site.url(path)).expect("a URL");
    let fetcher = open();
    assert!(matches!(fetcher.ask_robots(&page("/news/1"), NOON).await, Err(FetchError::Robots(_))));
    assert_eq!(fetcher.ask_robots(&page("/open"), NOON).await, Ok(()));
    assert_eq!(other.asked("/rules.txt").len(), 1, "it is read once");
}

#[tokio::test]
async fn robots_txt_of_a_site_is_not_followed_into_a_private_network() {
    let (site, inside) = (Site::start(), Site::start_at("127.0.0.2"));
    site.set("/robots.txt", Answer::redirect(&inside.url("/secret")));
    let fetcher = fetcher(PrivateAddresses::Only(vec!["127.0.0.1".to_owned()]));
    let refused = fetcher.ask_robots(&Url::parse(&site.url("/news/1")).expect("a URL"), NOON).await;
    assert!(matches!(refused, Err(FetchError::RobotsUnknown { .. })), "{refused:?}");
    assert!(inside.asked("/secret").is_empty());
}

#[tokio::test]
async fn robots_txt_is_read_once_however_many_pages_ask_for_it_at_once() {
    let site = Site::start();
    site.set("/robots.txt", Answer::new("text/plain", "User-agent: *\nDisallow: /no"));
    let fetcher = open();
    let page = |number: usize| Url::parse(&site.url(&format!("/news/{number}"))).expect("a URL");
    let asking: Vec<_> = (0..20)
        .map(|number| {
            let (fetcher, page) = (fetcher.clone(), page(number));
            tokio::spawn(async move { fetcher.ask_robots(&page, NOON).await })
        })
        .collect();
    for asked in asking {
        assert_eq!(asked.await.expect("no panic"), Ok(()));
    }
    assert_eq!(site.asked("/robots.txt").len(), 1);
}

#[tokio::test]
async fn a_robots_txt_without_end_counts_as_far_as_it_is_read() {
    let rules = "User-agent: *\nDisallow: /news\n".to_owned() + &"# and more\n".repeat(200_000);
    let packed = gzip(rules.as_bytes());
    for answer in [
        Answer::new("text/plain", rules.clone()),
        Answer::new("text/plain", packed.clone()),
        Answer::new("text/plain", packed).header("Content-Encoding", "gzip"),
    ] {
        let refused = robots_answering(answer).await;
        assert!(matches!(refused, Err(FetchError::Robots(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_encoded_as_it_says_is_asked_for_without_encoding_for_a_day() {
    let site = Site::start();
    site.set("/feed", Answer::html("plain news").header("Content-Encoding", "gzip"));
    let fetcher = open();
    let url = Url::parse(&site.url("/feed")).expect("a URL");
    let ask = |hours: u64| {
        let request = Request::new(&url, NamedBy::Stranger, ACCEPT_PAGE, LIMIT);
        fetcher.get(request, NOON + Duration::from_secs(hours * 3_600))
    };
    // After so many hours, the encodings of the requests that are made.
    for (hours, accepted) in [(0, &["any", "identity"][..]), (23, &["identity"]), (25, &["any", "identity"])] {
        let before = site.asked("/feed").len();
        assert_eq!(ask(hours).await.expect("an answer").body, b"plain news", "{hours}");
        let asked = &site.asked("/feed")[before..];
        let encodings = asked.iter().map(|asked| match asked.headers["accept-encoding"].as_str() {
            "identity" => "identity",
            _ => "any",
        });
        assert_eq!(encodings.collect::<Vec<_>>(), accepted, "{hours}");
    }
    // What is broken in both is an error, asked for twice and no more.
    site.set("/broken", Answer::html(&gzip(b"news")[..9]).header("Content-Encoding", "gzip"));
    let broken = get(&fetcher, &site.url("/broken"), NamedBy::Stranger).await;
    assert!(broken.is_err() || broken.is_ok_and(|answer| answer.body != b"news"));
    assert_eq!(site.asked("/broken").len(), 2);
    // Where the connection breaks off, the encoding is not to blame.
    site.set("/short", Answer::html(gzip(&[b'x'; 60_000])).header("Content-Encoding", "gzip").cut_short());
    let short = get(&fetcher, &site.url("/short"), NamedBy::Stranger).await;
    assert!(matches!(short, Err(FetchError::Damaged(_))), "{short:?}");
    assert_eq!(site.asked("/short").len(), 1);
}

#[tokio::test]
async fn permanent_redirects_at_the_beginning_say_where_the_address_has_moved() {
    let site = Site::start();
    let to = |status: u16, path: &str| Answer::status(status).header("Location", path);
    site.set("/end", Answer::html("here"));
    // The statuses on the way, and how far the address has moved.
    for (statuses, moved) in [
        (&[][..], None),
        (&[301], Some("/1")),
        (&[308], Some("/1")),
        (&[302], None),
        (&[301, 308], Some("/2")),
        (&[301, 302, 301], Some("/1")),
        (&[307, 301], None),
    ] {
        let last = statuses.len();
        site.set(&format!("/{last}"), Answer::html("here"));
        for (hop, status) in statuses.iter().enumerate() {
            site.set(&format!("/{hop}"), to(*status, &format!("/{}", hop + 1)));
        }
        let answer = get(&open(), &site.url("/0"), NamedBy::Stranger).await.expect("an answer");
        assert_eq!(answer.moved_to.map(|url| url.path().to_owned()).as_deref(), moved, "{statuses:?}");
    }
}

#[tokio::test]
async fn a_429_holds_its_host_for_pages_and_robots_alike() {
    let (site, other) = (Site::start(), Site::start_at("127.0.0.2"));
    site.set("/a", Answer::status(429).header("Retry-After", "600"));
    site.set("/b", Answer::html("here"));
    other.set("/in", Answer::redirect(&site.url("/b")));
    let fetcher = open();
    let url = |at: &Site, path: &str| Url::parse(&at.url(path)).expect("a URL");
    let (a, b, in_) = (url(&site, "/a"), url(&site, "/b"), url(&other, "/in"));
    let later = |seconds: u64| NOON + Duration::from_secs(seconds);
    let ask = |url, now| fetcher.get(Request::new(url, NamedBy::Stranger, ACCEPT_PAGE, LIMIT), now);
    assert_eq!(ask(&a, NOON).await.expect("an answer").status, 429);
    let held = FetchError::Held { host: "127.0.0.1".to_owned(), until: later(600) };
    for url in [&a, &b, &in_] {
        assert_eq!(ask(url, later(599)).await, Err(held.clone()), "{url}");
    }
    assert_eq!(fetcher.ask_robots(&b, later(599)).await, Err(held.clone()));
    assert!(site.asked("/b").is_empty() && site.asked("/robots.txt").is_empty());
    assert!(held.is_transient());
    assert_eq!(fetcher.ask_robots(&b, later(600)).await, Ok(()), "and that it was held is not remembered");
    assert_eq!(ask(&in_, later(600)).await.expect("an answer").status, 200);
}

#[tokio::test]
async fn who_waits_at_the_gate_while_its_host_turns_somebody_away_goes_away_too() {
    let site = Site::start();
    site.set("/a", Answer::status(429));
    let fetcher = open();
    let ask = || {
        let (fetcher, url) = (fetcher.clone(), Url::parse(&site.url("/a")).expect("a URL"));
        tokio::spawn(async move { fetcher.get(Request::new(&url, NamedBy::Stranger, ACCEPT_PAGE, LIMIT), NOON).await })
    };
    let asking: Vec<_> = (0..20).map(|_| ask()).collect();
    for asked in asking {
        let _ = asked.await.expect("no panic");
    }
    assert_eq!(site.asked("/a").len(), 1);
}
