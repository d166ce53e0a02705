//! Which addresses name the same article.

use proptest::prelude::*;
use url::Url;
use wirewatch::identity;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn normalised(text: &str) -> String {
    identity::normalise(&url(text)).into()
}

#[test]
fn addresses_have_the_identity_that_is_listed() {
    let cases = include_str!("../fixtures/identity/addresses.txt");
    let lines = cases.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let (address, identity) = line.split_once(" -> ").unwrap();
        assert_eq!(normalised(address.trim()), identity.trim(), "{address}");
    }
}

#[test]
fn variants_that_only_experience_can_tell_stay_different() {
    let same = "https://news.example/a";
    for other in
        ["http://news.example/a", "https://www.news.example/a", "https://news.example/a/", "https://news.example/amp/a"]
    {
        assert_ne!(normalised(same), normalised(other));
    }
}

#[test]
fn an_entry_without_a_link_has_an_address_in_its_feed() {
    let feed = url("https://user:secret@news.example/feed?format=rss");
    let address = identity::of_entry(&feed, "tag:news, 1 #2");
    assert_eq!(address.as_str(), "https://news.example/feed#entry=1ea2fd39-tag%3Anews%2C%201%20%232");
    assert_ne!(address, identity::of_entry(&feed, "tag:news, 1 #3"));
}

#[test]
fn a_long_key_gives_a_short_address() {
    let feed = url("https://news.example/feed");
    let (one, other) = ("x".repeat(100_000), format!("{}y", "x".repeat(100_000)));
    assert!(identity::of_entry(&feed, &one).as_str().len() < 200);
    assert_ne!(identity::of_entry(&feed, &one), identity::of_entry(&feed, &other));
}

#[test]
fn a_site_is_the_host_without_www() {
    assert_eq!(identity::site(&url("https://www.News.example:8080/a")), "news.example");
    assert_eq!(identity::site(&url("https://www2.news.example/")), "www2.news.example");
    assert_eq!(identity::site(&url("mailto:desk@news.example")), "");
}

proptest! {
    #[test]
    fn an_identity_is_its_own_identity(address in "https?://[a-zA-Z.:@]{1,12}/[ -~é]{0,40}") {
        if let Ok(address) = Url::parse(&address) {
            let once = identity::normalise(&address);
            prop_assert_eq!(&identity::normalise(&once), &once);
            let reread = Url::parse(once.as_str()).unwrap();
            prop_assert_eq!(reread, once);
        }
    }

    #[test]
    fn percent_signs_in_any_order_have_one_identity(path in "[%0-9A-Fa-f/?&=.]{0,30}") {
        let once = identity::normalise(&url(&format!("https://news.example/{path}")));
        prop_assert_eq!(&identity::normalise(&once), &once);
    }

    #[test]
    fn nothing_panics(address: String, key: String) {
        if let Ok(address) = Url::parse(&address) {
            identity::site(&identity::normalise(&address));
            identity::of_entry(&address, &key);
        }
    }
}
