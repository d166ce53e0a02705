//! Feed documents in every format and every state of repair.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;
use wirewatch::feed::{self, FeedError, PageKind};
use wirewatch::model::{Entry, FeedDocument, FeedKind};

fn address() -> Url {
    Url::parse("https://feeds.example/news/feed.xml").unwrap()
}

fn read(document: &[u8]) -> FeedDocument {
    feed::parse(document, None, &address()).unwrap()
}

fn refusal(document: &str) -> String {
    feed::parse(document.as_bytes(), None, &address()).unwrap_err().to_string()
}

fn rss(items: &str) -> String {
    format!("<rss version='2.0'><channel><title>Test</title>{items}</channel></rss>")
}

fn titles(document: &FeedDocument) -> Vec<&str> {
    document.entries.iter().filter_map(|entry| entry.title.as_deref()).collect()
}

fn only_entry(document: &str) -> Entry {
    read(document.as_bytes()).entries.remove(0)
}

#[test]
fn documents_read_as_expected() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/feed"));
    let mut inputs: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    inputs.retain(|path| !path.to_string_lossy().ends_with(".expected.json"));
    inputs.sort();
    assert!(inputs.len() > 50, "only {} documents", inputs.len());
    inputs.iter().for_each(|input| check(input));
}

/// Compares what is read in `input` with what stands in the file beside it, which may leave out what it does not test.
///
/// It may name the `content_type` that the document came with, and the `error` that is expected of it.
fn check(input: &Path) {
    let expected: Value = serde_json::from_slice(&fs::read(input.with_extension("expected.json")).unwrap()).unwrap();
    let content_type = expected["content_type"].as_str();
    let mut actual = match feed::parse(&fs::read(input).unwrap(), content_type, &address()) {
        Ok(document) => json!({
            "kind": document.kind, "title": document.title, "partial": document.partial, "entries": document.entries,
        }),
        Err(error) => json!({ "error": error.to_string() }),
    };
    actual["content_type"] = json!(content_type);
    assert_holds(&actual, &expected, &input.file_name().unwrap().to_string_lossy());
}

fn assert_holds(actual: &Value, expected: &Value, place: &str) {
    match expected {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| assert_holds(&actual[name], value, &format!("{place} › {name}")));
        }
        Value::Array(items) if place.ends_with("entries") => {
            assert_eq!(actual.as_array().unwrap().len(), items.len(), "{place}: {actual:#}");
            items.iter().enumerate().for_each(|(at, item)| assert_holds(&actual[at], item, &format!("{place} {at}")));
        }
        _ => assert_eq!(actual, expected, "{place}"),
    }
}

#[test]
fn every_charset_is_read_whatever_is_announced() {
    let xml = rss("<item><title>Łódź – 東京</title></item>");
    let utf16 = |declared: &str| format!("<?xml version='1.0' encoding='{declared}'?>{xml}");
    let big_endian = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let little_endian = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let utf32 = |text: &str| text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect::<Vec<u8>>();
    let cases: [(&str, Vec<u8>, Option<&str>); 9] = [
        ("utf-8, announced as latin-1", xml.clone().into_bytes(), Some("text/xml; charset=iso-8859-1")),
        ("utf-8, declared as utf-16", utf16("utf-16").into_bytes(), None),
        ("utf-8 with a mark", [b"\xEF\xBB\xBF", xml.as_bytes()].concat(), Some("text/xml; charset=us-ascii")),
        ("utf-16be with a declaration and no mark", big_endian(&utf16("utf-16")), None),
        ("utf-16le with a mark", [&[0xFF, 0xFE], little_endian(&xml).as_slice()].concat(), Some("text/xml")),
        ("utf-16le, declared as utf-8", little_endian(&utf16("utf-8")), None),
        ("utf-16be with a mark", [&[0xFE, 0xFF], big_endian(&xml).as_slice()].concat(), None),
        ("utf-32be", utf32(&xml), None),
        ("utf-32be with a mark", [&[0, 0, 0xFE, 0xFF], utf32(&xml).as_slice()].concat(), None),
    ];
    for (case, bytes, content_type) in cases {
        let document = feed::parse(&bytes, content_type, &address()).unwrap();
        assert_eq!(titles(&document), ["Łódź – 東京"], "{case}");
    }
}

#[test]
fn old_charsets_are_read_by_header_declaration_or_guess() {
    let korean = |declaration: &str| {
        [declaration.as_bytes(), b"<rss><channel><item><title>\xB4\xBA\xBD\xBA</title></item></channel></rss>"].concat()
    };
    let western = b"<rss><channel><item><title>\x93caf\xE9\x94</title></item></channel></rss>";
    let cases: [(&[u8], Option<&str>, &str); 5] = [
        (&korean(""), Some("text/xml;charset = 'euc-kr'"), "뉴스"),
        (&korean("<?xml version='1.0' encoding = \"euc-kr\" ?>"), None, "뉴스"),
        (&korean("<?xml version='1.0' encoding='euc-kr'?>"), Some("text/xml; charset=utf-8"), "뉴스"),
        (western, None, "“café”"),
        (western, Some("application/rss+xml; charset=nonsense"), "“café”"),
    ];
    for (bytes, content_type, title) in cases {
        let document = feed::parse(bytes, content_type, &address()).unwrap();
        assert_eq!(titles(&document), [title], "{content_type:?}");
    }
}

#[test]
fn a_few_broken_bytes_do_not_change_the_charset() {
    let mut bytes = rss(&"<item><title>Łódź, žluťoučký kůň</title></item>".repeat(5)).into_bytes();
    bytes.push(0xFF);
    bytes.extend(b"\xE9 ");
    assert_eq!(titles(&read(&bytes))[0], "Łódź, žluťoučký kůň");
}

#[test]
fn dates_are_read_as_people_write_them() {
    let cases = [
        ("Sun, 22 Nov 2026 14:05:09 +0100", "2026-11-22T13:05:09Z"),
        ("Sunday, 22 November 2026 14:05:09 GMT", "2026-11-22T14:05:09Z"),
        ("Wed, 22 Nov 2026 14:05:09 Z", "2026-11-22T14:05:09Z"),
        ("22 Nov 26 14:05 PST", "2026-11-22T22:05:00Z"),
        ("Sun, 22 Nov 2026 14:05:09 GMT+0200", "2026-11-22T12:05:09Z"),
        ("Sun, 22 Nov 2026 14:05:09 +1", "2026-11-22T13:05:09Z"),
        ("Sun, 22 Nov 2026 14:05:09 Mars", "2026-11-22T14:05:09Z"),
        ("Sun, 22 Nov 2026", "2026-11-22T00:00:00Z"),
        ("Nov 22, 2026 2:05 pm", "2026-11-22T14:05:00Z"),
        ("November 22nd, 2026", "2026-11-22T00:00:00Z"),
        ("Sun Nov 22 14:05:09 2026", "2026-11-22T14:05:09Z"),
        ("22-Nov-2026 14:05:09", "2026-11-22T14:05:09Z"),
        ("dim., 22 nov. 2026 14:05:09 +0100", "2026-11-22T13:05:09Z"),
        ("So, 22 Dez 2026 24:00:00 GMT", "2026-12-23T00:00:00Z"),
        ("2026-11-22T14:05:09Z", "2026-11-22T14:05:09Z"),
        ("2026-11-22T14:05:09.999+01:00", "2026-11-22T13:05:09Z"),
        ("2026-11-22T14:05+0100", "2026-11-22T13:05:00Z"),
        ("2026-11-22 14:05:09 +0100", "2026-11-22T13:05:09Z"),
        ("2026-11-22 14:05:09", "2026-11-22T14:05:09Z"),
        ("2026-11-22T14:05:60-05:00", "2026-11-22T19:05:59Z"),
        ("2026/11/22", "2026-11-22T00:00:00Z"),
        ("2026-11", "2026-11-01T00:00:00Z"),
        ("20261122", "2026-11-22T00:00:00Z"),
        ("2026-326", "2026-11-22T00:00:00Z"),
        ("1795356309", "2026-11-22T14:05:09Z"),
        ("20261122T140509Z", "2026-11-22T14:05:09Z"),
        ("2026326", "2026-11-22T00:00:00Z"),
        ("Fri, 2026/11/22 08:19:53 EDT", "2026-11-22T12:19:53Z"),
        ("Sun, 22 Nov 2026 14.05.09 +0100", "2026-11-22T13:05:09Z"),
        ("Sunday, November 22, 2026 - 12:05 AM", "2026-11-22T00:05:00Z"),
        ("22.11.2026 14:05", "2026-11-22T14:05:00Z"),
        ("22/11/2026", "2026-11-22T00:00:00Z"),
        ("11/22/2026 2:05 PM", "2026-11-22T14:05:00Z"),
        ("mar. 24 nov. 2026", "2026-11-24T00:00:00Z"),
        ("2026-november-22T14:05+01:00", "2026-11-22T13:05:00Z"),
        ("Κυρ, 22 Νοε 2026 14:05:09 EET", "2026-11-22T12:05:09Z"),
        ("Вс, 22 ноября 2026 14:05:09 MSK", "2026-11-22T11:05:09Z"),
        ("22 listopada 2026", "2026-11-22T00:00:00Z"),
        ("2026년 11월 22일  오후 02:05:09", "2026-11-22T14:05:09Z"),
        ("2026-11-22 오전 12:05", "2026-11-22T00:05:00Z"),
        ("2026年11月22日 14時05分", "2026-11-22T14:05:00Z"),
        ("\n  Sun,\n 22 Nov 2026 14:05:09 EST ", "2026-11-22T19:05:09Z"),
    ];
    for (text, expected) in cases {
        let entry = only_entry(&rss(&format!("<item><title>x</title><pubDate>{text}</pubDate></item>")));
        assert_eq!(entry.published_at.map(|at| at.to_string()).as_deref(), Some(expected), "{text:?}");
    }
    for text in [
        "",
        "soon",
        "22 Smarch 2026",
        "31 Feb 2026",
        "2026-13-01",
        "0001-01-01T00:00:00Z",
        "99:99",
        "4:5",
        "03/04/2026",
        "13/13/2026",
    ] {
        let entry = only_entry(&rss(&format!("<item><title>x</title><pubDate>{text}</pubDate></item>")));
        assert_eq!(entry.published_at, None, "{text:?}");
    }
}

#[test]
fn a_long_description_is_the_text_too() {
    let describe = |text: &str| only_entry(&rss(&format!("<item><description>{text}</description></item>")));
    assert!(describe("One short sentence.").text.is_empty());
    assert_eq!(describe("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;").text.len(), 2);
    let long = "word ".repeat(200);
    let entry = describe(&long);
    assert_eq!(entry.text[0].text, long.trim());
    assert_eq!(entry.summary.as_deref(), Some(long.trim()));
}

#[test]
fn markup_that_was_encoded_twice_is_read_and_code_is_shown() {
    let content = |html: &str| {
        let item = format!("<item><content:encoded><![CDATA[{html}]]></content:encoded></item>");
        only_entry(&rss(&item)).text.into_iter().map(|paragraph| paragraph.text).collect::<Vec<_>>()
    };
    assert_eq!(content("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two &amp;amp; three.&lt;/p&gt;"), ["One.", "Two & three."]);
    assert_eq!(content("<div>Write <code>&lt;b&gt;bold&lt;/b&gt;</code>.</div>"), ["Write <b>bold</b>."]);
}

#[test]
fn entities_of_the_document_type_are_known_and_never_explode() {
    let document = r#"<!DOCTYPE rss [<!ENTITY desk "The Desk"> <!ENTITY a "ha"> <!ENTITY b "&a;&a;&a;&a;"> <!ENTITY c "&b;&b;&b;">]>"#;
    let entry = only_entry(&format!("{document}{}", rss("<item><title>&desk;: &c;</title></item>")));
    assert_eq!(entry.title.as_deref(), Some("The Desk: &b;&b;&b;"));
}

#[test]
fn everything_has_a_bound() {
    let many = rss(&(0..6_000).map(|n| format!("<item><guid>{n}</guid></item>")).collect::<String>());
    let document = read(many.as_bytes());
    assert_eq!((document.entries.len(), document.partial, document.is_too_long), (5_000, false, true));
    let most = rss(&(0..5_000).map(|n| format!("<item><guid>{n}</guid></item>")).collect::<String>());
    let document = read(most.as_bytes());
    assert_eq!((document.entries.len(), document.partial, document.is_too_long), (5_000, false, false));
    let items: Vec<String> = (0..5_001).map(|n| format!("{{\"id\": {n}}}")).collect();
    let document = read(format!("{{\"items\": [{}]}}", items.join(",")).as_bytes());
    assert_eq!((document.entries.len(), document.partial, document.is_too_long), (5_000, false, true));

    let long = "é".repeat(2_000_000);
    let entry = only_entry(&rss(&format!(
        "<item><title>{long}</title><link>https://a.example/{long}</link><description>{long}</description></item>"
    )));
    assert_eq!(entry.title.unwrap().chars().count(), 1_000);
    assert_eq!(entry.link, None);
    assert!(entry.text[0].text.len() <= 1_000_000);
}

#[test]
fn many_tags_leave_room_for_the_rest() {
    let tags: String = (0..5_000).map(|n| format!("<category>{n}</category>")).collect();
    let document = read(rss(&format!("{tags}<item>{tags}<title>Here</title></item>")).as_bytes());
    assert_eq!(document.title.as_deref(), Some("Test"));
    assert_eq!(titles(&document), ["Here"]);
    assert_eq!(document.entries[0].tags.len(), 64);
    let late_title = format!("<rss><channel>{tags}<title>Late</title></channel></rss>");
    assert_eq!(read(late_title.as_bytes()).title.as_deref(), Some("Late"));
}

#[test]
fn deep_nesting_is_flat() {
    let media = format!("{}x{}", "<media:content>".repeat(100_000), "</media:content>".repeat(100_000));
    let markup = format!("<description>{}deep{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
    let items = format!("<item><guid>1</guid>{media}</item><item><guid>2</guid>{markup}</description></item>");
    let document = read(rss(&items).as_bytes());
    assert_eq!(document.entries.len(), 2);
    assert_eq!(document.entries[1].summary.as_deref(), Some("deep"));
    let json = format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"x\":{}", "[".repeat(100_000));
    assert_eq!(feed::parse(json.as_bytes(), None, &address()), Err(FeedError::Damaged));
}

#[test]
fn hostile_documents_take_no_longer_than_their_length() {
    let unclosed =
        ["<a b=\"", "<a b='>", "<![CDATA[", "<!--", "<?x ", "<!DOCTYPE x [", "&#", "&a", "</", "<a xmlns:b=''>"];
    let started = std::time::Instant::now();
    for piece in unclosed {
        let document = format!("<rss><channel><item>{}", piece.repeat(1_000_000 / piece.len()));
        let _ = feed::parse(document.as_bytes(), None, &address());
        let html =
            rss(&format!("<item><content:encoded><![CDATA[{}]]></content:encoded></item>", piece.repeat(100_000)));
        let _ = feed::parse(html.as_bytes(), None, &address());
    }
    // Quadratic time would be minutes; the bound leaves room for a slow machine.
    assert!(started.elapsed().as_secs() < 30, "took {:?}", started.elapsed());
}

#[test]
fn what_is_no_feed_is_refused_with_a_helpful_sentence() {
    let page = |inside: &str| format!("<!DOCTYPE html><html><head>{inside}</head><body><p>Hello</p></body></html>");
    let announced = r#"<link rel="alternate" type="application/rss+xml" href="/rss"><link rel=alternate type="application/atom+xml" href="/atom">"#;
    let cases = [
        (" \n".to_owned(), "the document is empty"),
        (page(""), "the document is a web page, not a feed"),
        (
            page(announced),
            "the document is a web page, not a feed; it links to the feeds `https://feeds.example/rss`, `https://feeds.example/atom`",
        ),
        (page("<input type=\"password\">"), "a login page stands where the feed was expected"),
        (page("<title>Just a moment...</title>"), "a page that checks for robots stands where the feed was expected"),
        (page("<form action='https://consent.google.com/save'>"), "a consent page stands where the feed was expected"),
        ("{\"error\": 404}".to_owned(), "the document is JSON but no JSON Feed: it has no `items`"),
        ("<?xml version='1.0'?><opml/>".to_owned(), "the document is XML but no feed: its root element is `opml`"),
        ("<tv><channel id='1'/></tv>".to_owned(), "the document is XML but no feed: its root element is `tv`"),
        (
            "<sitemapindex><sitemap><loc>x</loc></sitemap></sitemapindex>".to_owned(),
            "the document is a list of sitemaps; name one of them instead, such as `https://feeds.example/news/x`",
        ),
        ("not found".to_owned(), "the document is no feed: it is plain text"),
        ("PK\u{3}\u{4}…".to_owned(), "the document is no feed: it is a ZIP archive"),
        ("<rss><channel><item><title>x".to_owned(), "the feed is damaged: it ends before its first entry is complete"),
    ];
    for (document, sentence) in cases {
        assert_eq!(refusal(&document), sentence);
    }
}

#[test]
fn titles_of_announced_feeds_are_read_in_the_charset_that_the_page_declares() {
    let page = |meta: &str| {
        let title = b"\x83j\x83\x85\x81[\x83X";
        let link = b"<link rel=alternate type=application/rss+xml href=/rss title='";
        [b"<html><head>", meta.as_bytes(), link, title, b"'></head></html>"].concat()
    };
    let http_equiv = "<META http-equiv=\"Content-Type\" content=\"text/html; charset=Shift_JIS\">";
    for meta in ["<meta name=robots content=all><meta charset = 'shift_jis'/>", "<meta charset=sjis>", http_equiv] {
        let found = feed::discover(&page(meta), Some("text/html"), &address());
        assert_eq!(found[0].title.as_deref(), Some("ニュース"), "{meta}");
    }
}

#[test]
fn a_page_in_place_of_a_feed_says_which_feeds_it_has() {
    let page = "<html><link rel=alternate type=application/feed+json href=//cdn.example/feed.json></html>";
    let error = feed::parse(page.as_bytes(), Some("text/html"), &address()).unwrap_err();
    let feeds = vec![Url::parse("https://cdn.example/feed.json").unwrap()];
    assert_eq!(error, FeedError::Page { kind: PageKind::Plain, leads_to: None, feeds });
}

#[test]
fn an_empty_feed_is_a_feed() {
    let document = read(b"<feed xmlns='http://www.w3.org/2005/Atom'><title>Quiet</title></feed>");
    assert_eq!((document.kind, document.entries.len(), document.partial), (FeedKind::Atom, 0, false));
    assert_eq!(read(b"<rss/>").entries.len(), 0);
}

#[test]
fn a_feed_that_a_browser_saved_inside_a_page_is_read() {
    let feed = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>Kept</title></entry></feed>";
    assert_eq!(titles(&read(format!("<html><body>{feed}</body></html>").as_bytes())), ["Kept"]);
}

#[test]
fn the_feeds_of_a_page_are_discovered() {
    let page = r#"<!DOCTYPE html><html><head><base href="https://site.example/blog/">
        <script>document.write('<link rel="alternate" type="application/rss+xml" href="/no">')</script>
        <link rel="alternate" type="application/rss+xml" title="Site &raquo; Comments Feed" href="/comments/feed/">
        <LINK REL="Alternate" TYPE="application/atom+xml; charset=utf-8" TITLE="Posts &amp; more" HREF="atom.xml">
        <link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">
        <link rel="alternate" type="application/atom+xml" href="atom.xml#again" hreflang="en">
        <link rel="alternate" hreflang="de" href="/de"><link rel="stylesheet" href="/style.css">
        <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)"></head>"#;
    let found = feed::discover(page.as_bytes(), Some("text/html; charset=utf-8"), &address());
    let found: Vec<(&str, Option<&str>)> =
        found.iter().map(|feed| (feed.url.as_str(), feed.title.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("https://site.example/blog/atom.xml", Some("Posts & more")),
            ("https://site.example/comments/feed/", Some("Site » Comments Feed")),
        ]
    );
}

#[test]
fn feeds_are_guessed_below_a_page_and_at_the_top_of_its_site() {
    let guesses = |page: &str| -> Vec<String> {
        feed::well_known(&Url::parse(page).unwrap()).into_iter().map(String::from).collect()
    };
    let top = guesses("https://site.example/?page=2");
    assert_eq!(top[..2], ["https://site.example/feed", "https://site.example/rss.xml"]);
    assert_eq!(guesses("https://site.example/index.html"), top);
    let below = guesses("https://site.example/blog");
    assert_eq!(below[..2], ["https://site.example/blog/feed", "https://site.example/blog/rss.xml"]);
    assert_eq!(below[3..], top);
    assert_eq!(guesses("https://site.example/blog/today.html"), below);
}

#[test]
fn links_that_say_feed_are_found_in_a_page_that_announces_none() {
    let page = r#"<p><a href="/about">About</a> <a href="/news.rss" title="All &amp; sundry">RSS</a> <a href="/rss/">RSS</a>
        <a href="https://other.example/world-feed.xml">World</a> <a href="/xml/rss/all.xml">All</a> <a href="/?feed=rss2">W</a>
        <a href="/rss-is-not-dead.html">An article</a> <a href="/feedback">Write</a> <a href="/sitemap.xml">Map</a>
        <a href="javascript:rss">no</a> <a href="/a/comments/feed">Comments</a> <a href="/news.rss#again">RSS</a></p>"#;
    let found = feed::linked(page.as_bytes(), None, &Url::parse("https://site.example/").unwrap());
    let found: Vec<&str> = found.iter().map(|feed| feed.url.as_str()).collect();
    assert_eq!(
        found,
        [
            "https://site.example/news.rss",
            "https://site.example/rss/",
            "https://other.example/world-feed.xml",
            "https://site.example/xml/rss/all.xml",
            "https://site.example/?feed=rss2",
            "https://site.example/a/comments/feed",
        ]
    );
}

#[test]
fn a_document_reads_the_same_at_every_poll_and_keys_are_unique() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/feed"));
    for file in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let Ok(first) = feed::parse(&bytes, None, &address()) else { continue };
        assert_eq!(Ok(&first), feed::parse(&bytes, None, &address()).as_ref());
        let mut keys: Vec<&str> = first.entries.iter().map(|entry| entry.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), first.entries.len());
    }
}

/// Pieces of feeds, in any order and number.
fn rubble() -> impl Strategy<Value = String> {
    let pieces = [
        "<?xml version='1.0'?>",
        "<rss>",
        "</rss>",
        "<channel>",
        "</channel>",
        "<item>",
        "</item>",
        "<feed>",
        "<entry>",
        "</entry>",
        "<title>",
        "</title>",
        "<link href='",
        "<link>",
        "</link>",
        "<description>",
        "</description>",
        "<content type='xhtml'>",
        "</content>",
        "<author>",
        "<name>",
        "</author>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<!DOCTYPE",
        "[",
        "]>",
        "<!ENTITY a 'b'>",
        "&a;",
        "&#x110000;",
        "&#0;",
        "&amp;",
        "&",
        "<",
        ">",
        "'",
        "\"",
        "xmlns:a='",
        "xml:base='",
        "<a:b>",
        "https://a.example/?b=c",
        "Sun, 22 Nov 2026 +",
        "2026-11-",
        "é",
        "\u{0}",
        "{\"items\":[",
        "{\"id\":",
        "1e9999",
        "}",
        "<pubDate>",
        "</",
        "<p>",
        "<li>",
        "<br/>",
        "<script>",
        " ",
        "\n",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, content_type: Option<String>) {
        let _ = feed::parse(&bytes, content_type.as_deref(), &address());
        let _ = feed::discover(&bytes, content_type.as_deref(), &address());
    }

    #[test]
    fn rubble_of_feeds_never_panics(rubble in rubble()) {
        let outcome = feed::parse(rubble.as_bytes(), None, &address());
        prop_assert!(!matches!(outcome, Err(FeedError::Unreadable { .. })), "{:?}", outcome);
    }

    #[test]
    fn a_feed_cut_anywhere_gives_whole_entries_only(cut in 0_usize..400) {
        let whole = rss("<item><guid>1</guid><title>One</title></item><item><guid>2</guid><title>Two</title></item>");
        let all = titles(&read(whole.as_bytes())).len();
        prop_assert_eq!(all, 2);
        if let Ok(document) = feed::parse(&whole.as_bytes()[..cut.min(whole.len())], None, &address()) {
            let is_whole = |entry: &Entry| {
                matches!((entry.key.as_str(), entry.title.as_deref()), ("1", Some("One")) | ("2", Some("Two")))
            };
            prop_assert!(document.entries.iter().all(is_whole));
        }
    }
}
