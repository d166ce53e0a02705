//! Fetching against a scripted site.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use url::Url;
use wirewatch::config::{PollConfig, PrivateAddresses};
use wirewatch::fetch::{ACCEPT_PAGE, FetchError, Fetcher, NamedBy, Request, Response};
use wirewatch::model::Validators;

use crate::support::{Answer, Site};

const LIMIT: u64 = 64 * 1024;

fn fetcher(private: PrivateAddresses) -> Fetcher {
    let config = PollConfig {
        concurrency: 4,
        per_host_interval: Duration::ZERO,
        timeout: Duration::from_secs(10),
        initial: Duration::ZERO,
        max_body: LIMIT,
        contact: Some("desk@example.org".to_owned()),
        allow_private_addresses: private,
    };
    Fetcher::new(&config).expect("a fetcher")
}

fn open() -> Fetcher {
    fetcher(PrivateAddresses::Only(vec!["127.0.0.0/8".to_owned()]))
}

async fn get(fetcher: &Fetcher, url: &str, named_by: NamedBy) -> Result<Response, FetchError> {
    let url = Url::parse(url).expect("a URL");
    fetcher.get(Request::new(&url, named_by, ACCEPT_PAGE, LIMIT)).await
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
    let first = fetcher.get(Request::new(&url, NamedBy::Stranger, ACCEPT_PAGE, LIMIT)).await.expect("an answer");
    let known = first.validators(&Validators::default());
    let again = Request { known: known.clone(), ..Request::new(&url, NamedBy::Stranger, ACCEPT_PAGE, LIMIT) };
    let second = fetcher.get(again).await.expect("an answer");
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
    let headers = vec![("Cookie".to_owned(), "secret=1".to_owned())];
    let request = Request { headers, ..Request::new(&url, NamedBy::Stranger, ACCEPT_PAGE, LIMIT) };
    open().get(request).await.expect("an answer");
    assert_eq!(site.asked("/in")[0].headers.get("cookie").map(String::as_str), Some("secret=1"));
    assert_eq!(other.asked("/out")[0].headers.get("cookie"), None);
}

#[tokio::test]
async fn robots_txt_that_cannot_be_read_closes_a_site_for_now_and_none_opens_it() {
    let site = Site::start();
    let page = Url::parse(&site.url("/news/1")).expect("a URL");
    assert_eq!(open().ask_robots(&page).await, Ok(()), "404: no rules");
    site.set("/robots.txt", Answer::status(503));
    let unknown = open().ask_robots(&page).await;
    assert!(unknown.is_err_and(|error| error.is_transient()));
    site.set("/robots.txt", Answer::new("text/plain", "User-agent: wirewatch\nDisallow: /news"));
    let refused = open().ask_robots(&page).await;
    assert!(refused.is_err_and(|error| !error.is_transient()));
}
