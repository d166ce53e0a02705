//! Where the page is served, and how that ends.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use wirewatch::config::{Listen, WebConfig};
use wirewatch::web::{ListenError, Listener};

use crate::support::http::{ask_unix, connect, get, post};
use crate::support::{Answer, Installation, Site};

use super::serving;

const ASK: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn web(address: &str, is_listen_named: bool) -> WebConfig {
    let listen = Listen::Tcp(address.parse().expect("an address"));
    WebConfig { listen, is_listen_named, public_url: None, password: None }
}

#[tokio::test]
async fn an_ordinary_client_reads_the_page() {
    let (_installation, _daemon, address) = serving("listen = '127.0.0.1:0'\n");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client.get(format!("http://{address}/")).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("<h1>Overview</h1>"), "{page}");
}

#[test]
fn what_is_stored_stands_on_the_first_page_and_is_never_markup() {
    let site = Site::start();
    let title = "<script>alert(1)</script> & \u{202e}noitalumis";
    let entries = format!(
        "<rss version='2.0'><channel><title>T</title><item><guid>1</guid><title><![CDATA[{}]]></title>\
         <link>{}</link><description>Words enough.</description></item></channel></rss>",
        title.replace('&', "&amp;").replace('<', "&amp;lt;").replace('>', "&amp;gt;"),
        site.url("/a")
    );
    site.set("/rss.xml", Answer::rss(entries));
    let configuration = format!(
        "[poll]\nallow_private_addresses = ['127.0.0.1']\n[pages]\nfollow = false\n[[feed]]\nname = 'a<b'\nurl = '{}'\n\
         [web]\nlisten = '127.0.0.1:0'\n",
        site.url("/rss.xml")
    );
    let installation = Installation::new(&configuration);
    installation.once();
    let mut daemon = installation.start();
    let address = daemon.page();
    let page = get(&address, "/", "").body;
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"), "{page}");
    assert!(page.contains("a&lt;b"), "{page}");
}

#[test]
fn an_order_to_stop_ends_it_while_connections_are_open() {
    let (_installation, daemon, address) = serving("listen = '127.0.0.1:0'\n");
    let mut kept = connect(&address);
    kept.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).expect("it is read");
    let mut begun = [0; 12];
    kept.read_exact(&mut begun).expect("an answer");
    assert_eq!(&begun, b"HTTP/1.1 200");
    let mut half = connect(&address);
    half.write_all(b"GET / HTTP/1.1\r\n").expect("it is read");
    let (code, log) = daemon.stop();
    assert_eq!(code, Some(0), "{log}");
    let mut rest = String::new();
    kept.read_to_string(&mut rest).expect("the end");
    let body = rest.rsplit("\r\n\r\n").next().expect("a body");
    // Whole, whatever is said of the disk of the machine that tests.
    let health: serde_json::Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {rest}"));
    assert_eq!((&health["status"], &health["stuck"]), (&serde_json::json!("ok"), &serde_json::json!([])), "{rest}");
}

#[test]
fn a_named_address_that_is_taken_ends_the_start_with_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address");
    let installation = Installation::new(&format!("[web]\nlisten = '{address}'\n"));
    let output = installation.run(&["run"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("cannot serve the web page on {address}: something else listens there")), "{said}");
    assert!(said.contains("hint: "), "{said}");
    installation.once();
}

#[tokio::test(start_paused = true)]
async fn the_default_address_that_is_taken_is_tried_again() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let named = Listener::open(&web(&address, true)).await;
    assert!(matches!(named, Err(ListenError::Taken { .. })), "{named:?}");
    let mut listener = Listener::open(&web(&address, false)).await.expect("no error").expect("not off");
    assert_eq!(listener.address(), None);
    drop(taken);
    listener.ready().await;
    assert_eq!(listener.address(), Some(format!("http://{address}/")));
}

#[test]
fn a_socket_in_the_file_system_is_for_its_group_and_a_stale_one_is_replaced() {
    let (installation, daemon, _) = serving("listen = 'unix:web.sock'\n");
    let path = installation.path("web.sock");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    assert_eq!(ask_unix(&path, ASK).status, 200);
    daemon.kill();
    assert!(path.exists(), "nobody took it away");

    let mut daemon = installation.start();
    daemon.page();
    assert_eq!(ask_unix(&path, ASK).status, 200);
    let (code, log) = daemon.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(!path.exists(), "taken away at the end");
}

#[test]
fn what_is_no_socket_is_not_replaced_and_neither_is_one_that_answers() {
    let installation = Installation::new("[web]\nlisten = 'unix:web.sock'\n");
    fs::write(installation.path("web.sock"), "precious").unwrap();
    let refused = installation.run(&["run"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(fs::read_to_string(installation.path("web.sock")).unwrap(), "precious");
    fs::remove_file(installation.path("web.sock")).unwrap();

    let mut daemon = installation.start();
    daemon.page();
    let other = Installation::new(&format!("[web]\nlisten = 'unix:{}'\n", installation.path("web.sock").display()));
    let refused = other.run(&["run"]);
    assert_eq!(refused.status.code(), Some(1), "{}", String::from_utf8_lossy(&refused.stderr));
    assert_eq!(ask_unix(&installation.path("web.sock"), ASK).status, 200);
}

#[test]
fn a_reload_takes_the_new_password_and_says_that_a_new_address_needs_a_restart() {
    let installation = Installation::new("[web]\nlisten = '127.0.0.1:0'\npassword_file = 'secret'\n");
    fs::write(installation.path("secret"), "one\n").unwrap();
    let mut daemon = installation.start();
    let address = daemon.page();
    let from_us = |token: &str| format!("Origin: http://{address}\r\nAuthorization: Basic {token}\r\n");
    // `x:one` and `x:two`
    assert_eq!(post(&address, "/alerts/7/retry", &from_us("eDpvbmU=")).status, 404);
    fs::write(installation.path("secret"), "two\n").unwrap();
    installation.configure("[web]\nlisten = '127.0.0.1:1'\npassword_file = 'secret'\n");
    daemon.signal("HUP");
    daemon.logged("`listen` in [web] changed, which needs a restart");
    daemon.logged("took over the new configuration");
    assert_eq!(post(&address, "/alerts/7/retry", &from_us("eDpvbmU=")).status, 401);
    assert_eq!(post(&address, "/alerts/7/retry", &from_us("eDp0d28=")).status, 404);
}

#[test]
fn one_round_of_work_serves_nothing() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address");
    let installation = Installation::new(&format!("[web]\nlisten = '{address}'\n"));
    installation.once();
}
