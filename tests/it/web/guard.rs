//! Who may ask what.

use std::io::{Read, Write};

use crate::support::http::{ask, connect, get, post};

use super::serving;

const RETRY: &str = "/alerts/7/retry";
const PASSWORD: &str = "listen = '127.0.0.1:0'\npassword = 'open sesame'\n";

/// `Authorization` for a user `x` with this password.
fn basic(password: &str) -> String {
    use base64::Engine as _;
    let token = base64::engine::general_purpose::STANDARD.encode(format!("x:{password}"));
    format!("Authorization: Basic {token}\r\n")
}

#[test]
fn a_request_that_is_addressed_to_somebody_else_is_refused() {
    let (_installation, _daemon, address) =
        serving("listen = '127.0.0.1:0'\npublic_url = 'https://Watch.Example.org'\n");
    let port = address.rsplit(':').next().unwrap();
    for (host, status) in [
        (address.clone(), 200),
        (format!("localhost:{port}"), 200),
        ("LOCALHOST.".to_owned(), 200),
        ("ww.localhost".to_owned(), 200),
        (format!("[::1]:{port}"), 200),
        ("0x7f.1".to_owned(), 200),
        ("watch.example.org".to_owned(), 403), // Known, but from beyond this machine, and there is no password.
        ("evil.example".to_owned(), 421),
        (format!("evil.example:{port}"), 421),
        ("localhost.evil.example".to_owned(), 421),
        ("watch.example.org.evil.example".to_owned(), 421),
        ("192.168.1.7".to_owned(), 421),
        ("0.0.0.0".to_owned(), 421),
        ("".to_owned(), 400),
        ("a b".to_owned(), 400),
        ("localhost:99999".to_owned(), 400),
    ] {
        let reply = ask(&address, &format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        assert_eq!(reply.status, status, "{host}: {}", reply.body);
    }
    for (request, status) in [
        ("GET / HTTP/1.0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400),
        ("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),
        ("GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 200),
    ] {
        let reply = ask(&address, request);
        assert_eq!(reply.status, status, "{request}: {}", reply.body);
    }
}

#[test]
fn what_changes_something_needs_our_own_page_and_the_password() {
    let (_installation, _daemon, address) = serving(PASSWORD);
    let right = basic("open sesame");
    let port = address.rsplit(':').next().unwrap();
    let ours = format!("Origin: http://{address}\r\n");
    for (headers, status) in [
        // 404: through all guards, and there is no such alert.
        (format!("{ours}{right}"), 404),
        (format!("{ours}Sec-Fetch-Site: same-origin\r\n{right}"), 404),
        (format!("Sec-Fetch-Site: none\r\n{right}"), 404),
        (format!("{ours}{}", right.replace("Basic", "bAsIc")), 404),
        (ours.clone(), 401),
        (format!("{ours}{}", basic("open sesame ")), 401),
        (format!("{ours}Authorization: Bearer abc\r\n"), 401),
        (format!("{ours}{right}{right}"), 401),
        (right.clone(), 403),
        (format!("Origin: http://evil.example\r\n{right}"), 403),
        (format!("Origin: http://evil.example:{port}\r\n{right}"), 403),
        (format!("Origin: http://127.0.0.1:1\r\n{right}"), 403),
        (format!("Origin: http://127.0.0.1\r\n{right}"), 403),
        (format!("Origin: http://localhost:{port}\r\n{right}"), 403),
        (format!("Origin: null\r\n{right}"), 403),
        (format!("Origin: file://{address}\r\n{right}"), 403),
        (format!("Sec-Fetch-Site: cross-site\r\n{right}"), 403),
        (format!("{ours}Sec-Fetch-Site: same-site\r\n{right}"), 403),
        (format!("{ours}Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n{right}"), 403),
    ] {
        let reply = post(&address, RETRY, &headers);
        assert_eq!(reply.status, status, "{headers}: {}", reply.body);
        assert_eq!(reply.header("WWW-Authenticate").is_some(), status == 401, "{}", reply.head);
    }
    assert_eq!(get(&address, "/", "").status, 200, "reading needs no password on this machine");
}

#[test]
fn without_a_password_nothing_can_be_changed_and_it_is_said_how_to_set_one() {
    let (_installation, _daemon, address) = serving("listen = '127.0.0.1:0'\n");
    let reply = post(&address, RETRY, &format!("Origin: http://{address}\r\n"));
    assert_eq!(reply.status, 403);
    assert!(reply.body.contains("password_file"), "{}", reply.body);
}

#[test]
fn wrong_passwords_are_counted_and_the_right_one_has_to_wait_too() {
    let (_installation, mut daemon, address) = serving(PASSWORD);
    let from_us = |password: &str| format!("Origin: http://{address}\r\n{}", basic(password));
    for attempt in 0..10 {
        assert_eq!(post(&address, RETRY, &from_us(&format!("guess {attempt}"))).status, 401);
    }
    daemon.logged("refused a wrong password");
    let refused = post(&address, RETRY, &from_us("open sesame"));
    assert_eq!(refused.status, 429, "whoever guesses does not learn what was right");
    let wait: u64 = refused.header("Retry-After").expect("how long").parse().expect("seconds");
    assert!((1..=31).contains(&wait), "{wait}");
    assert_eq!(get(&address, "/", "").status, 200, "what needs no password is open as before");
}

/// The header that a proxy on this machine adds.
fn for_stranger(address: &str) -> String {
    format!("X-Forwarded-For: {address}\r\n")
}

#[test]
fn who_asks_too_often_has_to_wait_and_nobody_else_does() {
    let (_installation, mut daemon, address) = serving("listen = '127.0.0.1:0'\n");
    // All at once: twenty more become free with each second.
    let flood = |asked: &str, peer: &str, times: usize| {
        let request = format!("GET {asked} HTTP/1.1\r\nHost: {address}\r\n{}\r\n", for_stranger(peer));
        let end = format!("GET {asked} HTTP/1.1\r\nHost: {address}\r\n{}Connection: close\r\n\r\n", for_stranger(peer));
        flooded(&address, request.repeat(times) + &end)
    };
    let answers = flood("/static/none.css", "192.0.2.7", 3_000);
    let refused = answers.matches("HTTP/1.1 429").count();
    let answered = answers.matches("HTTP/1.1 404").count();
    assert!(answered >= 600, "{answered} answered, {refused} refused");
    assert!(refused > 0 && refused + answered == 3_001, "{answered} answered, {refused} refused");
    assert!(answers.contains("Too many requests came from this address."), "a page for people");
    assert!(answers.contains("retry-after: 1\r\n"), "and how long for programs");
    daemon.logged("refused requests for the web page");
    for other in ["198.51.100.1", "2001:db8::7", "127.0.0.1", "unknown"] {
        assert_eq!(get(&address, "/healthz", &for_stranger(other)).status, 200, "{other}");
    }
    assert_eq!(get(&address, "/healthz", "").status, 200, "this machine itself is not counted");
    let document = flood("/api/v1/none", "2001:db8:1:2::7", 3_000);
    assert!(document.contains("\"code\":\"too_many_requests\""), "and for programs in their own words");
    let neighbour = flood("/api/v1/none", "2001:db8:1:2:3::8", 1_000);
    assert!(neighbour.contains("HTTP/1.1 429"), "the addresses of one household are one peer");
}

#[test]
fn a_stranger_behind_the_proxy_who_guesses_locks_out_nobody_else() {
    let web = format!("{PASSWORD}public_url = 'https://watch.example.org'\n");
    let (_installation, _daemon, address) = serving(&web);
    let tried = |peer: &str, password: &str| {
        let headers = format!("Origin: https://watch.example.org\r\n{}{}", for_stranger(peer), basic(password));
        post(&address, RETRY, &headers).status
    };
    for attempt in 0..10 {
        // What he says of himself stands before what the proxy adds.
        assert_eq!(tried(&format!("10.0.0.{attempt}, 192.0.2.7"), "a guess"), 401);
    }
    assert_eq!(tried("192.0.2.7", "open sesame"), 429);
    assert_eq!(tried("198.51.100.1", "open sesame"), 404);
}

#[test]
fn what_a_proxy_asks_for_somebody_else_needs_the_password_under_whatever_name() {
    let (_installation, _daemon, address) = serving(PASSWORD);
    // As nginx does unless it is told to keep the name: the request is addressed to this machine.
    for (peer, status) in [("192.0.2.7", 401), ("unknown", 401), ("127.0.0.1, 192.0.2.7", 401), ("127.0.0.1", 200)] {
        assert_eq!(get(&address, "/", &for_stranger(peer)).status, status, "{peer}");
    }
    let knows = format!("{}{}", for_stranger("192.0.2.7"), basic("open sesame"));
    assert_eq!(get(&address, "/", &knows).status, 200);
}

/// What a connection answers to many requests, sent while the answers are read.
fn flooded(address: &str, requests: String) -> String {
    let mut stream = connect(address);
    let mut writing = stream.try_clone().expect("a second handle");
    let writer = std::thread::spawn(move || writing.write_all(requests.as_bytes()));
    let mut answers = Vec::new();
    stream.read_to_end(&mut answers).expect("the server ends it");
    writer.join().expect("no panic").expect("all is read");
    String::from_utf8_lossy(&answers).into_owned()
}

#[test]
fn beyond_this_machine_everything_but_the_sign_of_life_needs_the_password() {
    let (_installation, _daemon, address) = serving("listen = '0.0.0.0:0'\npassword = 'open sesame'\n");
    assert_eq!(get(&address, "/", "").status, 401);
    assert_eq!(get(&address, "/", &basic("open sesame")).status, 200);
    assert_eq!(get(&address, "/healthz", "").json()["status"], "ok");
    let elsewhere = ask(&address, "GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert_eq!(elsewhere.status, 421);
    let by_address = ask(&address, "GET /healthz HTTP/1.1\r\nHost: 192.0.2.7\r\nConnection: close\r\n\r\n");
    assert_eq!(by_address.status, 200, "an address cannot be made to lead here");
}

#[test]
fn a_public_name_is_served_with_the_password() {
    let web = format!("{PASSWORD}public_url = 'https://watch.example.org'\n");
    let (_installation, _daemon, address) = serving(&web);
    let asked = |headers: &str| {
        ask(&address, &format!("GET / HTTP/1.1\r\nHost: watch.example.org\r\n{headers}Connection: close\r\n\r\n"))
    };
    assert_eq!(asked("").status, 401);
    assert_eq!(asked(&basic("open sesame")).status, 200);
    let behind_proxy = format!(
        "POST {RETRY} HTTP/1.1\r\nHost: {address}\r\nOrigin: https://watch.example.org\r\n{}Content-Length: 0\r\nConnection: close\r\n\r\n",
        basic("open sesame")
    );
    assert_eq!(ask(&address, &behind_proxy).status, 404, "a proxy that changes the host leaves the origin");
}

#[test]
fn every_answer_tells_the_browser_what_not_to_do() {
    let (_installation, _daemon, address) = serving("listen = '127.0.0.1:0'\n");
    let page = get(&address, "/", "");
    let style = page.body.split("href=\"").find(|part| part.starts_with("/static/")).expect("a stylesheet");
    let style = style.split('"').next().unwrap();
    for (path, status) in [("/", 200), ("/healthz", 200), (style, 200), ("/static/none.css", 404), ("/none", 404)] {
        let reply = get(&address, path, "");
        assert_eq!(reply.status, status, "{path}");
        let policy = reply.header("Content-Security-Policy").expect("a policy");
        for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
        for (name, value) in [
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{path}");
        }
        assert!(reply.header("Cache-Control").is_some(), "{path}");
        assert!(reply.header("Server").is_none());
    }
    assert!(get(&address, style, "").header("Cache-Control").unwrap().contains("immutable"));
    assert!(!page.body.contains("<script") && !page.body.contains("style="), "{}", page.body);
}

#[test]
fn a_refusal_says_what_to_do_as_a_page_or_as_json() {
    let (_installation, _daemon, address) = serving("listen = '127.0.0.1:0'\n");
    let page = get(&address, "/none", "");
    assert!(page.body.contains("There is no such page."), "{}", page.body);
    let document = get(&address, "/api/v1/none", "");
    assert_eq!((document.status, &document.json()["error"]["code"]), (404, &"not_found".into()));
    let wrong = get(&address, RETRY, "");
    assert_eq!((wrong.status, wrong.header("Allow")), (405, Some("POST")));
    let unread = post(&address, "/alerts/none/retry", &format!("Origin: http://{address}\r\n"));
    assert_eq!(unread.status, 403, "what an address means is nobody's business before the guards");
}

#[test]
fn a_request_has_bounds() {
    let (_installation, _daemon, address) = serving(PASSWORD);
    let head = format!("POST {RETRY} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    let announced = ask(&address, &format!("{head}Content-Length: 70000\r\n\r\n"));
    assert_eq!(announced.status, 413);
    let long = format!("GET / HTTP/1.1\r\nHost: {address}\r\nX: {}\r\n\r\n", "x".repeat(64 * 1024));
    assert_eq!(ask(&address, &long).status, 431);
    let many = format!("GET / HTTP/1.1\r\nHost: {address}\r\n{}\r\n", "X: y\r\n".repeat(200));
    assert_eq!(ask(&address, &many).status, 431);
    let deep = format!("GET /{} HTTP/1.1\r\nHost: {address}\r\n\r\n", "x/".repeat(40 * 1024));
    assert!([414, 431].contains(&ask(&address, &deep).status));
    assert_eq!(ask(&address, "\u{16}\u{3}\u{1} nonsense\r\n\r\n").status, 400);
    assert_eq!(get(&address, "/", "").status, 200, "and nobody else notices");
}

#[test]
fn a_client_that_never_comes_to_its_point_is_cut_off() {
    let (_installation, _daemon, address) = serving("listen = '127.0.0.1:0'\n");
    let mut silent = connect(&address);
    let mut slow = connect(&address);
    slow.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ").expect("it is read");
    let mut idle = connect(&address);
    idle.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).expect("it is read");
    for stream in [&mut silent, &mut slow, &mut idle] {
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        assert!(ended.is_ok(), "the server ends it: {ended:?}");
    }
}
