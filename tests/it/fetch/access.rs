//! What servers are shown, and the ways to them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use url::Url;
use wirewatch::config::{Access, Authorization, PrivateAddresses, Proxy};
use wirewatch::fetch::{ACCEPT_PAGE, FetchError, Fetcher, NamedBy, Request, Response};

use super::{LIMIT, NOON, fetcher, get, open};
use crate::support::{Answer, Site};

/// An access with one credential of each kind.
fn credentials() -> Access {
    Access {
        headers: vec![("X-Key".to_owned(), "header-secret".into())],
        authorization: Some(Authorization::Basic { user: "bob".to_owned(), password: "basic-secret".into() }),
        cookie: Some("id=cookie-secret".into()),
        ..Access::default()
    }
}

async fn get_with(fetcher: &Fetcher, url: &str, access: &Access) -> Result<Response, FetchError> {
    let url = Url::parse(url).expect("a URL");
    fetcher
        .get(Request { access: Some(access), ..Request::new(&url, NamedBy::Stranger, ACCEPT_PAGE, LIMIT) }, NOON)
        .await
}

/// Which of our credentials a request showed.
fn shown(site: &Site, path: &str) -> [Option<String>; 3] {
    let asked = site.asked(path).pop().unwrap_or_else(|| panic!("{path} was not asked for"));
    ["x-key", "authorization", "cookie"].map(|name| asked.headers.get(name).cloned())
}

#[tokio::test]
async fn credentials_go_to_their_origin_and_nowhere_else_nor_back_from_there() {
    let (site, other) = (Site::start(), Site::start_at("127.0.0.2"));
    let port = Site::start();
    let all = [
        Some("header-secret".to_owned()),
        Some("Basic Ym9iOmJhc2ljLXNlY3JldA==".to_owned()),
        Some("id=cookie-secret".to_owned()),
    ];
    let none = [None, None, None];
    site.set("/feed", Answer::html("here"));
    site.set("/within", Answer::redirect("/feed"));
    site.set("/back", Answer::redirect(&other.url("/there")));
    other.set("/there", Answer::redirect(&site.url("/home")));
    site.set("/home", Answer::html("here"));
    site.set("/out", Answer::redirect(&other.url("/out")));
    other.set("/out", Answer::html("here"));
    site.set("/port", Answer::redirect(&port.url("/port")));
    port.set("/port", Answer::html("here"));
    // What is asked for, and what each site on the way was shown.
    let cases: [(&str, Vec<(&Site, &str, _)>); 5] = [
        ("/feed", vec![(&site, "/feed", &all)]),
        ("/within", vec![(&site, "/within", &all), (&site, "/feed", &all)]),
        ("/out", vec![(&site, "/out", &all), (&other, "/out", &none)]),
        ("/port", vec![(&site, "/port", &all), (&port, "/port", &none)]),
        ("/back", vec![(&site, "/back", &all), (&other, "/there", &none), (&site, "/home", &none)]),
    ];
    for (path, hops) in cases {
        let answer = get_with(&open(), &site.url(path), &credentials()).await.expect("an answer");
        assert_eq!(answer.status, 200, "{path}");
        for (at, path, wanted) in hops {
            assert_eq!(&shown(at, path), wanted, "{} on the way of {path}", at.url(path));
        }
    }
}

#[tokio::test]
async fn a_user_in_the_address_is_shown_to_its_origin_and_is_in_no_address_that_comes_back() {
    let (site, other) = (Site::start(), Site::start_at("127.0.0.2"));
    site.set("/in", Answer::redirect("/feed"));
    site.set("/feed", Answer::html("here"));
    let url = site.url("/in").replace("://", "://b%40b:pass%20word@");
    let answer = get(&open(), &url, NamedBy::Operator).await.expect("an answer");
    assert_eq!(answer.url.as_str(), site.url("/feed"));
    assert_eq!(shown(&site, "/feed")[1].as_deref(), Some("Basic YkBiOnBhc3Mgd29yZA=="));
    // What another site writes into an address is not ours to show.
    site.set("/out", Answer::redirect(&other.url("/out").replace("://", "://eve:trap@")));
    other.set("/out", Answer::html("here"));
    let answer = get(&open(), &site.url("/out"), NamedBy::Operator).await.expect("an answer");
    assert_eq!((answer.url.as_str(), shown(&other, "/out")[1].as_deref()), (other.url("/out").as_str(), None));
}

#[tokio::test]
async fn a_bearer_token_is_shown_as_such() {
    let site = Site::start();
    site.set("/feed", Answer::html("here"));
    let access = Access { authorization: Some(Authorization::Bearer("token-secret".into())), ..Access::default() };
    get_with(&open(), &site.url("/feed"), &access).await.expect("an answer");
    assert_eq!(shown(&site, "/feed")[1].as_deref(), Some("Bearer token-secret"));
    assert!(!format!("{access:?} {:?}", credentials()).contains("secret"));
}

#[tokio::test]
async fn cookies_of_a_redirect_come_back_to_who_set_them_and_only_in_that_chain() {
    let (site, other) = (Site::start(), Site::start_at("127.0.0.2"));
    let set = |to: &str, cookie: &str| Answer::redirect(to).header("Set-Cookie", cookie);
    site.set("/feed", set("/check", "seen=1; Path=/; Secure; HttpOnly").header("Set-Cookie", "a=b"));
    site.set("/check", set(&other.url("/consent"), "seen=2"));
    other.set("/consent", set(&site.url("/end"), "theirs=3; Domain=0.0.1"));
    site.set("/end", Answer::html("here"));
    let fetcher = open();
    get(&fetcher, &site.url("/feed"), NamedBy::Stranger).await.expect("an answer");
    let cookie = |site: &Site, path: &str| shown(site, path)[2].clone();
    assert_eq!(cookie(&site, "/check").as_deref(), Some("seen=1; a=b"));
    assert_eq!(cookie(&other, "/consent"), None);
    assert_eq!(cookie(&site, "/end").as_deref(), Some("a=b; seen=2"));
    get(&fetcher, &site.url("/end"), NamedBy::Stranger).await.expect("an answer");
    assert_eq!(cookie(&site, "/end"), None, "nothing is kept");
}

fn behind(proxy: &str, private: PrivateAddresses) -> (Fetcher, Access) {
    let proxy = Some(Proxy::Through(Url::parse(proxy).expect("a URL")));
    (fetcher(private), Access { proxy, ..Access::default() })
}

#[tokio::test]
async fn a_proxy_is_asked_for_names_that_nobody_here_knows() {
    let proxy = Site::start();
    proxy.set("http://news.invalid/feed", Answer::html("here"));
    proxy.set("http://news.invalid/in", Answer::redirect("http://other.invalid/"));
    proxy.set("http://other.invalid/", Answer::html("there"));
    let address = proxy.origin.replace("://", "://bob:proxy-secret@");
    let (fetcher, access) = behind(&address, PrivateAddresses::Refused);
    let answer = get_with(&fetcher, "http://news.invalid/feed", &access).await.expect("an answer");
    assert_eq!(answer.body, b"here");
    let asked = proxy.asked("http://news.invalid/feed").pop().expect("a request");
    assert_eq!(asked.headers["proxy-authorization"], "Basic Ym9iOnByb3h5LXNlY3JldA==");
    // The whole chain goes that way; what is private by its looks is refused all the same.
    assert_eq!(get_with(&fetcher, "http://news.invalid/in", &access).await.expect("an answer").body, b"there");
    for private in ["http://127.0.0.1/", "http://10.0.0.1/", "http://localhost/", "http://a.localhost/"] {
        let refused = get_with(&fetcher, private, &access).await;
        assert!(matches!(refused, Err(FetchError::PrivateAddress(_))), "{private}: {refused:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_cannot_be_reached_is_named_without_its_password() {
    for scheme in ["http", "socks5", "socks5h"] {
        let (fetcher, access) = behind(&format!("{scheme}://bob:proxy-secret@127.0.0.1:1"), PrivateAddresses::Allowed);
        let error = get_with(&fetcher, "http://127.0.0.2:7/feed", &access).await.expect_err("nobody listens there");
        let said = error.to_string();
        assert!(said.contains(&format!("cannot connect to `{scheme}://127.0.0.1:1`, the proxy")), "{said}");
        assert!(!said.contains("secret") && error.is_transient());
    }
}

/// A SOCKS5 server (RFC 1928) that leads every name to one site; the names that it was asked for come out.
fn socks(site: &Site) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let (named, names) = mpsc::channel();
    let target = site.origin.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = lead(stream, &target, &named);
        }
    });
    (address, names)
}

fn lead(mut client: TcpStream, target: &str, named: &mpsc::Sender<String>) -> std::io::Result<()> {
    let mut greeting = [0; 2];
    client.read_exact(&mut greeting)?;
    client.read_exact(&mut vec![0; usize::from(greeting[1])])?;
    client.write_all(&[5, 0])?;
    let mut head = [0; 4];
    client.read_exact(&mut head)?;
    let mut length = [4];
    if head[3] == 3 {
        client.read_exact(&mut length)?;
    }
    let mut name = vec![0; usize::from(length[0])];
    client.read_exact(&mut name)?;
    client.read_exact(&mut [0; 2])?;
    let _ = named.send(if head[3] == 3 { String::from_utf8_lossy(&name).into_owned() } else { format!("{name:?}") });
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let mut server = TcpStream::connect(target)?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    std::io::copy(&mut client, &mut server).map(drop)
}

#[tokio::test]
async fn a_socks_proxy_leads_to_the_site_and_with_socks5_names_are_looked_up_and_guarded_here() {
    let site = Site::start();
    site.set("/feed", Answer::html("here"));
    let (address, names) = socks(&site);
    let (fetcher, access) = behind(&format!("socks5h://{address}"), PrivateAddresses::Refused);
    assert_eq!(get_with(&fetcher, "http://news.invalid/feed", &access).await.expect("an answer").body, b"here");
    assert_eq!(names.recv().expect("a name"), "news.invalid");
    let (fetcher, access) = behind(&format!("socks5://{address}"), PrivateAddresses::Refused);
    let unknown = get_with(&fetcher, "http://news.invalid/feed", &access).await;
    assert!(unknown.is_err() && names.try_recv().is_err(), "{unknown:?}");
}
