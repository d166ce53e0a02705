//! Which hub a feed names (WebSub, section 4): in its document, in the headers of the answer.

use url::Url;
use wirewatch::feed::{hub_in_headers, parse};
use wirewatch::model::Hub;

fn url(text: &str) -> Url {
    text.parse().expect("a URL")
}

fn hub(hub: &str, topic: &str) -> Option<Hub> {
    Some(Hub { url: url(hub), topic: url(topic) })
}

#[test]
fn documents_name_their_hub_and_themselves_in_every_format() {
    let atom = "http://www.w3.org/2005/Atom";
    let cases = [
        (
            format!("<feed xmlns='{atom}'><link rel='hub' href='https://hub.example/'/><link rel='self' href='/atom'/></feed>"),
            hub("https://hub.example/", "https://wire.example/atom"),
        ),
        (
            format!(
                "<rss version='2.0' xmlns:a10='{atom}'><channel><link>https://wire.example/</link>\
                 <a10:link rel='self' href='https://wire.example/all'/><a10:link rel='hub' href='https://hub.example/x'/>\
                 </channel></rss>"
            ),
            hub("https://hub.example/x", "https://wire.example/all"),
        ),
        (
            "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"Wire\",\"feed_url\":\"https://wire.example/json\",\
             \"hubs\":[{\"type\":\"rssCloud\"},{\"type\":\"WebSub\",\"url\":\"https://hub.example/j\"}],\"items\":[]}"
                .to_owned(),
            hub("https://hub.example/j", "https://wire.example/json"),
        ),
        (
            format!("<feed xmlns='{atom}'><link rel='hub' href='https://hub.example/'/></feed>"),
            hub("https://hub.example/", "https://wire.example/feed"),
        ),
        (format!("<feed xmlns='{atom}'><link rel='hub' href='javascript:alert(1)'/></feed>"), None),
        (format!("<feed xmlns='{atom}'><entry><link rel='hub' href='https://hub.example/'/></entry></feed>"), None),
        (format!("<feed xmlns='{atom}'><link rel='alternate' href='/'/></feed>"), None),
    ];
    for (document, expected) in cases {
        let read = parse(document.as_bytes(), None, &url("https://wire.example/feed"));
        assert_eq!(read.expect("a feed").hub, expected, "{document}");
    }
}

#[test]
fn headers_name_them_too() {
    let found = |headers: &[&str]| hub_in_headers(headers.iter().copied(), &url("https://wire.example/feed"));
    let expected = hub("https://hub.example/", "https://wire.example/rss");
    assert_eq!(found(&["<https://hub.example/>; rel=hub, </rss>; rel=\"self\""]), expected);
    assert_eq!(found(&["<https://hub.example/>; rel=\"HUB\"", "</rss>; rel=self"]), expected);
    assert_eq!(
        found(&["</rss>; rel=\"self alternate\", <https://hub.example/>; title=\"a, b\"; rel=\"next hub\""]),
        expected
    );
    assert_eq!(found(&["</rss>; rel=self"]), None);
    assert_eq!(found(&["<file:///etc/passwd>; rel=hub"]), None);
    assert_eq!(found(&[&"<a>; rel=x,".repeat(100_000)]), None);
}
