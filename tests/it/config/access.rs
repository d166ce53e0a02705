//! How feeds are logged in to, and the ways to them.

use std::path::Path;

use secrecy::ExposeSecret;
use wirewatch::config::{self, Access, Authorization, Proxy};

use super::{Memory, load, said};

/// The access of the one feed of a configuration.
fn access(feed: &str) -> Access {
    let machine = Memory::with(&[
        ("/etc/wirewatch/w.toml", &format!("[[feed]]\nname = 'wire'\nurl = 'https://wire.example/rss'\n{feed}")),
        ("/etc/wirewatch/secret", "s3cret\n"),
        ("/etc/wirewatch/client.pem", "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n"),
    ])
    .env("SECRET", "s3cret");
    let loaded = config::load(Path::new("/etc/wirewatch/w.toml"), &machine);
    let mut config = loaded.unwrap_or_else(|problems| panic!("{problems}")).config;
    assert!(!serde_json::to_string(&config.feeds).unwrap().contains("s3cret"), "what is stored holds no secret");
    assert!(!format!("{config:?}").contains("s3cret"));
    config.access.remove("wire").unwrap_or_default()
}

#[test]
fn a_feed_is_logged_in_to_by_a_secret_from_wherever_it_lies() {
    let basic = |access: Access| match access.authorization {
        Some(Authorization::Basic { user, password }) => Some((user, password.expose_secret().to_owned())),
        _ => None,
    };
    let bob = Some(("bob".to_owned(), "s3cret".to_owned()));
    for password in ["password_file = 'secret'", "password = { env = 'SECRET' }", "password = 's3cret'"] {
        assert_eq!(basic(access(&format!("user = 'bob'\n{password}"))), bob, "{password}");
    }
    for token in ["token_file = 'secret'", "token = { env = 'SECRET' }", "token = 's3cret'"] {
        let bearer = access(token).authorization;
        assert!(matches!(bearer, Some(Authorization::Bearer(token)) if token.expose_secret() == "s3cret"), "{token}");
    }
    assert_eq!(access("cookie_file = 'secret'").cookie.unwrap().expose_secret(), "s3cret");
    assert_eq!(access("headers = { X-Key = ' s3cret ' }").headers[0].1.expose_secret(), "s3cret");
    assert!(access("client_certificate = 'client.pem'").client_certificate.is_some());
    assert!(access("").is_empty());
    for (proxy, expected) in [
        ("none", Proxy::Direct),
        ("environment", Proxy::Environment),
        (
            "http://bob:s3cret@proxy.example:3128",
            Proxy::Through("http://bob:s3cret@proxy.example:3128".parse().unwrap()),
        ),
        ("socks5://127.0.0.1:9050", Proxy::Through("socks5://127.0.0.1:9050".parse().unwrap())),
    ] {
        assert_eq!(access(&format!("proxy = '{proxy}'")).proxy, Some(expected));
    }
}

#[test]
fn a_user_in_the_address_of_a_feed_becomes_its_login_and_leaves_the_address() {
    let mut config = load("[[feed]]\nname = 'wire'\nurl = 'https://b%40b:s3%20cret@wire.example/rss'");
    assert_eq!(config.feeds[0].url.as_str(), "https://wire.example/rss");
    let access = config.access.remove("wire").unwrap();
    assert!(matches!(
        access.authorization,
        Some(Authorization::Basic { user, password }) if user == "b@b" && password.expose_secret() == "s3 cret"
    ));
}

#[test]
fn what_cannot_be_meant_of_a_login_or_a_proxy_is_told_and_nothing_secret_with_it() {
    for (lines, wanted) in [
        ("user = 'bob'", "`user` needs a password"),
        ("password = 's3cret'", "the password has no `user`"),
        ("user = 'bob'\npassword = 's3cret'\ntoken = 's3cret'", "a user and password, or a token"),
        ("user = 'b:b'\npassword = 's3cret'", "neither `:` nor control characters"),
        ("user = 'bob'\npassword = \"s3\\ncret\"", "no header may hold"),
        ("token = \"s3cret\\u0007\"", "the token holds a character that no header may hold"),
        ("cookie = 'a=\u{e9}s3cret'", "the cookie holds a character that no header may hold"),
        ("headers = { Cookie = 's3cret' }", "the header `Cookie` cannot be set here"),
        ("client_certificate = '/etc/hostname'", "the client certificate `/etc/hostname` cannot be read"),
        ("proxy = 'ftp://s3cret@proxy.example'", "this is no proxy"),
        ("proxy = 'proxy.example:s3cret'", "this is no proxy"),
        ("proxy = 'http://proxy.example/s3cret'", "its address goes on behind the port"),
        ("pasword = 's3cret'", "did you mean `password`?"),
        ("username = 'bob'", "did you mean `user`?"),
        ("proxi = 's3cret'", "did you mean `proxy`?"),
    ] {
        for section in ["[[feed]]\nurl = 'https://wire.example/rss'", "[[site]]\nhost = 'wire.example'"] {
            let said = said(&format!("{section}\n{lines}"));
            assert!(said.contains(wanted) && !said.contains("s3"), "{lines}: {said}");
        }
    }
    let twice = said("[[feed]]\nurl = 'https://b:s3cret@wire.example/'\nuser = 'bob'\npassword = 's3cret'");
    assert!(twice.contains("the address names a user already") && !twice.contains("s3"), "{twice}");
    let plain = said("[[feed]]\nurl = 'http://wire.example/'\nheaders = { X-Key = 's3cret' }");
    assert!(plain.contains("goes over the network unprotected") && !plain.contains("s3"), "{plain}");
    assert!(!said("[[feed]]\nurl = 'http://127.0.0.1/'\nheaders = { X-Key = 's3cret' }").contains("unprotected"));
}
