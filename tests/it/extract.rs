mod live;
mod times;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use url::Url;
use wirewatch::extract::{self, ExtractError, Reading, SiteRule, SiteSelectors};
use wirewatch::model::{Quality, Role, Timestamp};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/extract")
}

/// Every page in the fixtures is read as the JSON beside it says; the page's first line holds the address asked for.
#[test]
fn pages_are_read_as_expected() {
    let mut pages: Vec<PathBuf> = fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "html"));
    pages.sort();
    assert!(pages.len() >= 10);
    for path in pages {
        let page = fs::read_to_string(&path).unwrap();
        let address = page.lines().next().unwrap().trim_start_matches("<!-- ").trim_end_matches(" -->");
        let reading = extract::extract(page.as_bytes(), Some("text/html"), &address.parse().unwrap(), None).unwrap();
        let mut found = json!({ "quality": reading.fitness.quality });
        found
            .as_object_mut()
            .unwrap()
            .extend(serde_json::to_value(&reading.text).unwrap().as_object().unwrap().clone());
        let beside = path.with_extension("json");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&beside, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
        }
        let expected: Value = serde_json::from_str(&fs::read_to_string(&beside).unwrap()).unwrap();
        assert_eq!(found, expected, "{}", path.display());
    }
}

fn url() -> Url {
    "https://www.wire.example/world/2026/dam-bursts-above-valley".parse().unwrap()
}

fn read(page: &str) -> Reading {
    extract::extract(page.as_bytes(), Some("text/html; charset=utf-8"), &url(), None).unwrap()
}

/// A whole page with this in its head, and this before and behind three paragraphs of prose.
fn article(head: &str, before: &str, behind: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head>{head}</head><body><article>{before}\
         <p>A dam burst above the valley on Sunday, and the water took two bridges and a mill with it before noon.</p>\
         <p>Some 400 people were brought to schools in the nearby towns, where they will stay until the end of the week.</p>\
         <p>The dam had been built in 1961, and was to be repaired this summer, the regional government said in a statement.</p>\
         {behind}</article></body></html>"
    )
}

fn texts(reading: &Reading) -> Vec<&str> {
    reading.text.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect()
}

#[test]
fn the_headline_is_the_one_readers_see_without_the_site() {
    let h1 = "<h1>Dam bursts above valley</h1>";
    for (head, before) in [
        (
            "<title>Dam bursts above valley | World | The Wire</title><meta property=og:site_name content='The Wire'>",
            "",
        ),
        ("<title>The Wire - Dam bursts above valley</title><meta property=og:site_name content='The Wire'>", ""),
        ("<title>Dam bursts above valley – wire.example</title>", ""),
        ("<title>Dam bursts - what we know - The Wire</title>", h1),
        ("<meta property=og:title content='Dam bursts above the valley'>", h1),
        (
            "<meta property=og:title content='Mill &amp;amp; bridges gone'><title>x</title>",
            "<h1>The Wire</h1><h1>Dam bursts above valley</h1>",
        ),
        (
            "<script type=application/ld+json>{\"@type\":\"NewsArticle\",\"headline\":\"Dam bursts above valley\"}</script>",
            "<h1>The Wire</h1>",
        ),
    ] {
        let reading = read(&article(head, before, ""));
        let headline = reading.text.headline.unwrap();
        let expected = if head.contains("Mill") { "Mill & bridges gone" } else { "Dam bursts above valley" };
        assert_eq!(headline, expected, "{head} {before}");
    }
}

#[test]
fn a_dash_in_a_headline_is_not_a_site() {
    let reading = read(&article(
        "<title>Valley in shock - 400 flee - The Wire</title><meta property=og:site_name content='The Wire'>",
        "",
        "",
    ));
    assert_eq!(reading.text.headline.unwrap(), "Valley in shock - 400 flee");
}

#[test]
fn bylines_are_names_joined_with_commas() {
    let ld = |author: &str| {
        format!("<script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"author\":{author}}}</script>")
    };
    for (head, before, expected) in [
        (ld("\"By Ana Pérez\""), "", Some("Ana Pérez")),
        (ld("[{\"name\":\"Ana Pérez\"},{\"name\":[\"Ben Okafor\",\"Ana Pérez\"]}]"), "", Some("Ana Pérez, Ben Okafor")),
        (
            ld("{\"name\":\"https://wire.example/ana\"}"),
            "<p class=byline>By Ana Pérez | Nov 20, 2026</p>",
            Some("Ana Pérez"),
        ),
        ("<meta name=author content='Von Jürgen Groß'>".into(), "", Some("Jürgen Groß")),
        ("<meta property=article:author content='https://www.facebook.example/ana'>".into(), "", None),
        (String::new(), "<a rel=author href=/ana>Ana Pérez</a>", Some("Ana Pérez")),
    ] {
        let reading = read(&article(&head, before, ""));
        assert_eq!(reading.text.byline.as_deref(), expected, "{head}{before}");
    }
}

#[test]
fn times_are_read_as_pages_write_them() {
    let expected: Timestamp = "2026-11-20T14:05:00Z".parse().unwrap();
    for stated in [
        "2026-11-20T14:05:00Z",
        "2026-11-20T15:05:00+01:00",
        "2026-11-20T15:05:00.000+0100",
        "2026-11-20T14:05Z",
        "2026-11-20 14:05:00",
        "Fri, 20 Nov 2026 14:05:00 GMT",
        "1795183500",
        "1795183500000",
        "20261120T140500Z",
        "2026-11-20 09:05:00 -0500",
    ] {
        let reading = read(&article(&format!("<meta property=article:published_time content='{stated}'>"), "", ""));
        assert_eq!(reading.text.published_at, Some(expected), "{stated}");
    }
    let head =
        "<meta itemprop=datePublished content='2026-11-20'><meta name=parsely-pub-date content='2026-11-20T14:05:00Z'>";
    assert_eq!(read(&article(head, "", "")).text.published_at, Some(expected), "a time of day beats the day");
    for stated in ["0001-01-01T00:00Z", "soon", ""] {
        let reading = read(&article(&format!("<meta name=date content='{stated}'>"), "", ""));
        assert_eq!(reading.text.published_at, None, "{stated}");
    }
}

#[test]
fn a_note_of_correction_is_a_field_in_every_language() {
    for note in [
        "Correction: the dam was built in 1961.",
        "Editor’s note: the dam was built in 1961.",
        "This article was amended on 3 May 2026 to add the year.",
        "*An earlier version of this article said that the dam was built in 1951.",
        "Correction (May 3, 2026): the dam was built in 1961.",
        "The figure was wrong in an earlier version of this article.",
        "UPDATE: The mill is safe, says the owner, who had been missed.",
        "Berichtigung: Der Damm wurde 1961 gebaut.",
        "Anm. d. Red.: Der Damm wurde 1961 gebaut.",
        "Rectificatif : le barrage date de 1961.",
        "Fe de erratas: la presa es de 1961.",
        "Correção: a barragem é de 1961.",
        "Errata corrige: la diga è del 1961.",
        "Correctie: de dam is van 1961.",
        "Уточнение: плотина построена в 1961 году.",
        "تصحيح: بني السد عام 1961.",
        "Düzeltme: Baraj 1961'de yapıldı.",
        "更正：大坝建于1961年。",
        "【訂正】ダムは1961年に建設されました。",
    ] {
        let reading = read(&article("", "", &format!("<p>{note}</p>")));
        assert_eq!(reading.text.correction.as_deref(), Some(note));
        assert_eq!(reading.text.paragraphs.len(), 3, "{note}");
    }
}

#[test]
fn a_note_is_found_by_its_class_and_by_a_label_before_it() {
    let marked =
        read(&article("", "", "<div class=article__correction><p>The dam is 61 metres high, not 16.</p></div>"));
    assert_eq!(marked.text.correction.as_deref(), Some("The dam is 61 metres high, not 16."));
    let labelled =
        read(&article("", "", "<h4>Clarification</h4><p>The dam is 61 metres high above its foundations.</p>"));
    assert_eq!(
        labelled.text.correction.as_deref(),
        Some("Clarification The dam is 61 metres high above its foundations.")
    );
    assert_eq!(labelled.text.paragraphs.len(), 3);
}

#[test]
fn what_only_looks_like_a_note_stays_in_the_text() {
    for prose in [
        "Update on the talks is expected on Monday, when the ministers meet again in the capital.",
        "Corrections officers at the county jail went on strike on Sunday, and the sheriff called for help.",
        "Correctional facilities in three counties took in people from the valley on Sunday night.",
    ] {
        let reading = read(&article("", "", &format!("<p>{prose}</p>")));
        assert_eq!(reading.text.correction, None, "{prose}");
        assert_eq!(texts(&reading).last(), Some(&prose));
    }
    let stamped = read(&article("", "<p>Updated 1:39 am EST, Wednesday, November 20, 2026</p>", ""));
    assert_eq!((stamped.text.correction, stamped.text.paragraphs.len()), (None, 3));
}

#[test]
fn words_in_inline_markup_are_joined_as_they_are_read() {
    let body = "<p>It was the <b>big</b>gest flood since <time datetime=1961-05-02>May&nbsp;1961</time>,\n said <a href=/x>Mara Lind</a>.<sup>1</sup></p>";
    let reading = read(&article("", "", body));
    assert_eq!(texts(&reading).last(), Some(&"It was the biggest flood since May 1961, said Mara Lind.1"));
}

#[test]
fn furniture_is_dropped_by_its_shape() {
    let before = "<h1>Dam bursts above valley</h1><div>3 hours ago</div><p class=byline>By Ana Pérez</p>\
        <ul><li><a href=/f>Share on Facebook</a></li><li><a href=/m>Share by mail</a></li></ul>";
    let behind = "<h3><a href=/1>Bridge closed in both directions</a></h3><h3><a href=/2>Harbour to be widened</a></h3>\
        <p><a href=/next>Read next: the ten oldest dams of the country</a></p>";
    let head = "<meta property=og:title content='Dam bursts above valley'><meta name=author content='Ana Pérez'>";
    let reading = read(&article(head, before, behind));
    assert_eq!(reading.text.paragraphs.len(), 3, "{:?}", texts(&reading));
}

#[test]
fn a_paragraph_among_the_article_s_paragraphs_is_never_lost() {
    let linked = "<p><a href=/a>Having bought the ruins of the old mill only last year</a>, the town now wants to build a school there.</p>";
    let page = article(
        "",
        "",
        &format!(
            "{linked}<p>The mayor, who had warned of the dam for years, said that she would resign if nothing was done.</p>"
        ),
    );
    let reading = read(&page);
    assert_eq!(reading.text.paragraphs.len(), 5, "{:?}", texts(&reading));
}

#[test]
fn metadata_survives_broken_json_ld() {
    let broken = "<script type=application/ld+json>\n//<![CDATA[\n{\"@type\":[\"NewsArticle\"],\"headline\":\"Dam\tbursts above\nvalley\",\"keywords\":[\"dam\",\"flood\",],\
        \"author\":\"Ana \\'Annie\\' P\u{e9}rez\",}\n//]]></script>";
    let reading = read(&article(broken, "", ""));
    assert_eq!(reading.text.headline.as_deref(), Some("Dam bursts above valley"));
    assert_eq!(reading.text.tags, ["dam", "flood"]);
    assert_eq!(reading.text.byline.as_deref(), Some("Ana 'Annie' Pérez"));
}

#[test]
fn json_ld_of_other_articles_is_not_ours() {
    let head = "<script type=application/ld+json>[{\"@type\":\"NewsArticle\",\"headline\":\"Ten oldest dams\",\"datePublished\":\"2020-01-01T00:00:00Z\"},\
        {\"@type\":\"NewsArticle\",\"headline\":\"Dam bursts above valley\",\"datePublished\":\"2026-11-20T14:05:00Z\"}]</script><title>Dam bursts above valley</title>";
    let reading = read(&article(head, "<h1>Dam bursts above valley</h1>", ""));
    assert_eq!(reading.text.published_at.unwrap().to_string(), "2026-11-20T14:05:00Z");
}

#[test]
fn only_web_addresses_are_canonical() {
    let canonical = |href: &str| {
        read(&article(&format!("<link rel=canonical href='{href}'>"), "", "")).text.canonical_url.map(String::from)
    };
    assert_eq!(canonical("/dam#top").as_deref(), Some("https://www.wire.example/dam"));
    assert_eq!(canonical("javascript:alert(1)"), None);
    assert_eq!(canonical("data:text/html,x"), None);
}

#[test]
fn a_lying_canonical_link_does_not_make_an_article_another() {
    for href in ["https://www.wire.example/", "https://www.wire.example/story/998877"] {
        let head = format!("<link rel=canonical href='{href}'><title>Dam bursts above valley</title>");
        let reading = read(&article(&head, "<h1>Dam bursts above valley</h1>", ""));
        assert_eq!(reading.fitness.quality, Quality::Good, "{}", reading.fitness.reason);
    }
}

#[test]
fn an_article_about_captchas_is_good() {
    let head = "<title>Are you a robot? How captchas work</title><meta property=article:published_time content=2026-11-20T14:05:00Z>";
    assert_eq!(read(&article(head, "<h1>Are you a robot?</h1>", "")).fitness.quality, Quality::Good);
}

#[test]
fn a_page_without_text_is_empty() {
    for page in
        ["", " ", "<!DOCTYPE html><html><head><title>x</title></head><body><script>1</script></body></html>", "<p>"]
    {
        assert_eq!(read(page).fitness.quality, Quality::Empty, "{page}");
    }
}

#[test]
fn what_is_not_html_is_named() {
    let refused = |page: &[u8], content_type| match extract::extract(page, content_type, &url(), None) {
        Err(ExtractError::NotHtml { looks_like }) => looks_like,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(b"%PDF-1.7\n...", Some("text/html")), "a PDF document");
    assert_eq!(refused(b"\xff\xd8\xff\xe0 JFIF", None), "a JPEG image");
    assert_eq!(refused(b"{\"error\":\"no\"}", Some("text/html")), "JSON");
    assert_eq!(refused(b"<?xml version='1.0'?><rss version='2.0'><channel/></rss>", None), "a feed");
    assert_eq!(refused(b"Not found", Some("text/plain")), "plain text");
    assert_eq!(refused(&[1, 2, 3, 0, 0, 0, 7, 8, 1, 1, 1, 200], None), "binary data");
    let error = extract::extract(b"%PDF-1.7", None, &url(), None).unwrap_err();
    assert_eq!(error.to_string(), "the page is not HTML: it looks like a PDF document");
}

#[test]
fn charsets_are_found_in_the_order_of_their_word() {
    let page = article("", "", "<p>Der Damm war größer als üblich, sagte die Behörde für Gewässer über den Fluß.</p>");
    let expected = "Der Damm war größer als üblich, sagte die Behörde für Gewässer über den Fluß.";
    let latin: Vec<u8> = page.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(page.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let late = [&latin[..15], b"<!--", &[b' '; 3000], b"--><meta charset=iso-8859-1>", &latin[15..]].concat();
    for (bytes, content_type) in [
        (page.as_bytes(), Some("text/html; charset=iso-8859-1")),
        (&latin, Some("text/html; charset=ISO-8859-1")),
        (&latin, None),
        (&late, None),
        (&utf16, Some("text/html")),
    ] {
        let reading = extract::extract(bytes, content_type, &url(), None).unwrap();
        assert_eq!(texts(&reading).last(), Some(&expected));
    }
}

#[test]
fn bytes_of_no_charset_are_an_error() {
    let junk = [&b"<html><body><p>"[..], &b"\xfe\xfd ".repeat(400)].concat();
    let error = extract::extract(&junk, Some("text/html; charset=utf-8"), &url(), None).unwrap_err();
    assert!(matches!(error, ExtractError::Undecodable { .. }), "{error}");
}

#[test]
fn a_site_rule_names_text_and_headline_and_removes() {
    let selectors = SiteSelectors {
        text: Some("article".into()),
        headline: Some(".kicker + h2".into()),
        remove: vec![".promo".into(), "p.note".into()],
    };
    let site = SiteRule::new("*.wire.example", selectors).unwrap();
    let before = "<div class=kicker>Flood</div><h2>Dam bursts</h2><div class=promo>Buy our calendar of dams</div>";
    let page = article("<title>Other</title>", before, "<p class=note>Sent from a phone</p><p>Short.</p>");
    let reading = extract::extract(page.as_bytes(), None, &url(), Some(&site)).unwrap();
    assert_eq!(reading.text.headline.as_deref(), Some("Dam bursts"));
    assert_eq!(texts(&reading).last(), Some(&"Short."));
    assert!(!reading.text.text().contains("calendar") && !reading.text.text().contains("phone"));
}

#[test]
fn a_site_rule_applies_to_its_host_and_below() {
    let rule = |host| SiteRule::new(host, SiteSelectors::default()).unwrap();
    assert!(rule("*.example.org").applies_to("example.org"));
    assert!(rule("*.example.org").applies_to("News.Example.org"));
    assert!(!rule("*.example.org").applies_to("badexample.org"));
    assert!(rule("example.org").applies_to("example.org"));
    assert!(!rule("example.org").applies_to("www.example.org"));
}

#[test]
fn a_selector_that_does_not_parse_is_named() {
    let selectors = SiteSelectors { remove: vec![".ok".into(), "div[".into()], ..SiteSelectors::default() };
    let error = SiteRule::new("example.org", selectors).unwrap_err();
    assert_eq!((error.which, error.selector.as_str()), ("remove", "div["));
}

#[test]
fn the_same_page_reads_the_same() {
    let page = fs::read(fixtures().join("developing.html")).unwrap();
    let first = extract::extract(&page, None, &url(), None);
    for _ in 0..5 {
        assert_eq!(extract::extract(&page, None, &url(), None), first);
    }
}

#[test]
fn headlines_and_texts_have_a_bound() {
    let prose = |number| format!("<p>{number} {}</p>", "words of prose stand here, and more of them. ".repeat(25));
    let body: String = (0..1_200).map(prose).collect();
    let reading = read(&format!("<title>{}</title><article>{body}</article>", "word ".repeat(900)));
    assert_eq!(reading.text.headline.unwrap().chars().count(), 1_000);
    let bytes: usize = reading.text.paragraphs.iter().map(|paragraph| paragraph.text.len()).sum();
    assert!((990_000..=1_000_000).contains(&bytes), "{bytes}");
}

#[test]
fn tables_and_lists_keep_their_roles() {
    let table = "<h2>Water levels</h2><table><tr><th>Place</th><th>Metres</th></tr><tr><td>Mill</td><td>3.2</td></tr></table><ul><li>The mill is lost.</li></ul>\
        <p>The river authority expects the level to fall to a metre by Wednesday, and to its usual mark within a week.</p>";
    let reading = read(&article("", "", table));
    let found: Vec<(Role, &str)> =
        reading.text.paragraphs[3..].iter().map(|paragraph| (paragraph.role, paragraph.text.as_str())).collect();
    assert_eq!(
        found[..4],
        [
            (Role::Heading, "Water levels"),
            (Role::TableRow, "Place | Metres"),
            (Role::TableRow, "Mill | 3.2"),
            (Role::ListItem, "The mill is lost.")
        ]
    );
}

/// Runs on a stack as the caller's, and within a time that even an unoptimised build on a busy machine keeps.
fn read_hostile(page: Vec<u8>) -> Result<Reading, ExtractError> {
    let started = Instant::now();
    let read = move || extract::extract(&page, Some("text/html; charset=utf-8"), &url(), None);
    let result = std::thread::Builder::new().stack_size(8 << 20).spawn(read).unwrap().join().unwrap();
    assert!(started.elapsed() < Duration::from_secs(60), "took {:?}", started.elapsed());
    assert!(!matches!(result, Err(ExtractError::ParserPanicked { .. })), "{result:?}");
    result
}

#[test]
fn pages_that_would_hurt_a_parser_are_refused() {
    let deep = |tag: &str, count| [b"<html><body>".to_vec(), tag.repeat(count).into_bytes()].concat();
    for (tag, count) in [
        ("<div>", 20_000),
        ("<table><tr><td>", 5_000),
        ("<DIV CLASS='a>b'>", 600),
        ("<svg><g>", 600),
        ("<span><div></span>", 600),
        ("<svg><div><foo/>", 600),
        ("<ul><li>", 600),
        ("<x-a>", 600),
        ("<p><table>", 600),
        ("<svg><style><div>", 600),
        ("<!--><div>", 600),
    ] {
        assert_eq!(read_hostile(deep(tag, count)), Err(ExtractError::TooDeep), "{tag}");
    }
    let formatting: String = (0..400).map(|number| format!("<b id={number}>")).collect();
    let reopened = format!("<body><p>{formatting}x{}", "<p>x".repeat(1_000));
    assert!(matches!(read_hostile(reopened.into_bytes()), Err(ExtractError::TooMuchMarkup { .. })));
    assert!(matches!(read_hostile(deep("<p>", 1_400_000)), Err(ExtractError::TooMuchMarkup { .. })));
    let attributes: String = (0..200_000).map(|number| format!(" a{number}=1")).collect();
    let error = read_hostile(format!("<body{attributes}><p>x</p>").into_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "the page's markup has more than 1024 attributes on one tag");
    assert_eq!(read_hostile(vec![b'<'; 6 << 20]), Err(ExtractError::TooLarge { bytes: 6 << 20 }));
}

#[test]
fn odd_pages_are_read_without_harm() {
    let words = "Prose goes on and on, and nobody knows why it does so. ".repeat(10_000);
    for page in [
        format!("<html><body>{}", "<!-- never closed ".repeat(20_000)),
        format!("<html><body><p>{}\0{}</p>", "a\0b ".repeat(20_000), words),
        format!("<html><body>{}", "<script>if (a < b) { '<div>' }</script>".repeat(30_000)),
        format!("<html><body><p>{words}</p>"),
        format!("<html><body>{}", "<p>Short prose in a paragraph.</p>".repeat(5_000)),
        format!("<html><body>{}", "<br>".repeat(10_000)),
        format!("<html><body>{}", "<a href=x>link</a> ".repeat(5_000)),
        format!("<html><body>{}", "</p></br>".repeat(5_000)),
        format!("<html><body><table>{}", "<tr><td>1<td>2".repeat(3_000)),
        format!("<html><body>{}", "<div a=\"".repeat(100_000)),
        "<html><body>".to_owned() + &"&amp;".repeat(50_000),
        "<".repeat(1_000_000),
        "<html><plaintext>".to_owned() + &"<p>".repeat(1000),
    ] {
        let _ = read_hostile(page.into_bytes());
    }
}

#[test]
fn sloppy_markup_is_not_deep() {
    let body = "<p><span>One<li><font color=red><b>Two<td>Three<a href=x>Four<img src=x><input><svg><path d=0 /><path d=1 /></svg><option>Five".repeat(400);
    assert!(extract::extract(format!("<html><body>{body}").as_bytes(), None, &url(), None).is_ok());
}

#[test]
fn a_caption_among_the_paragraphs_that_says_something_is_text_and_a_credit_is_none() {
    let page = "<html><body><article><h1>Dam breaks in Linton</h1>\
        <p>At least 12 people were killed when the dam above Linton broke on Monday, officials said.</p>\
        <figure><img src=a.jpg><figcaption>Rescuers search the square of Linton, where 12 people died.</figcaption></figure>\
        <p>Helicopters took families from the roofs of their houses until nightfall, the brigade said.</p>\
        <figure><img src=b.jpg><figcaption>Photograph: A. Reporter</figcaption></figure>\
        <p>Engineers had warned for years that the spillway was too small for such rain in spring.</p>\
        </article></body></html>";
    let url = Url::parse("https://news.example/dam").unwrap();
    let reading = extract::extract(page.as_bytes(), Some("text/html"), &url, None).unwrap();
    let captions: Vec<&str> = reading
        .text
        .paragraphs
        .iter()
        .filter(|paragraph| paragraph.role == Role::Caption)
        .map(|paragraph| paragraph.text.as_str())
        .collect();
    assert_eq!(captions, ["Rescuers search the square of Linton, where 12 people died."]);
}
