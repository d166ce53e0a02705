//! Finding feeds and taking them over: the real binary against scripted sites, and its files.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Answer, Installation, Site, rss};

/// No pause between two requests to one site, so that tests are quick.
const HASTY: &str = "[poll]\nper_host_interval = \"0s\"\n";

fn feed(site: &Site, title: &str, paths: &[&str]) -> Answer {
    let entries: Vec<(&str, &str)> = paths.iter().map(|path| (*path, *path)).collect();
    Answer::rss(rss(site, title, &entries))
}

fn announcing(links: &[&str]) -> Answer {
    let links: String =
        links.iter().map(|href| format!("<link rel=alternate type='application/rss+xml' href='{href}'>")).collect();
    Answer::html(format!("<html><head>{links}</head><body>News</body></html>"))
}

fn paths(site: &Site, found: &Value) -> Vec<String> {
    let urls = found["feeds"].as_array().expect("a list").iter();
    urls.map(|feed| feed["url"].as_str().expect("an address").replace(&site.origin, "")).collect()
}

fn said(installation: &Installation, arguments: &[&str]) -> (Option<i32>, String) {
    let output = installation.run(arguments);
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn announced_feeds_are_read_and_described() {
    let (site, installation) = (Site::start(), Installation::new(HASTY));
    site.set("/", announcing(&["/comments/feed", "/world.xml", "/gone.xml", "/page", "/short.xml", "/moved.xml"]));
    site.set("/world.xml", feed(&site, "World", &["/1", "/2", "/3"]));
    site.set("/comments/feed", feed(&site, "Comments", &["/1#c"]));
    site.set("/page", Answer::html("<html><form><input type=password></form></html>"));
    site.set("/short.xml", feed(&site, "Short", &["/2"]));
    site.set("/moved.xml", Answer::redirect("/world.xml"));
    let found = installation.json(&["feeds", "discover", &site.url("/")]);
    assert_eq!(paths(&site, &found), ["/world.xml", "/short.xml", "/comments/feed"], "{found}");
    let world = &found["feeds"][0];
    assert_eq!(
        (&world["title"], &world["kind"], &world["entries"], &world["found"], &world["comments"]),
        (&json!("World"), &json!("rss"), &json!(3), &json!("announced"), &json!(false))
    );
    assert!(world["latest"].is_string() || world["latest"].is_null());
    assert_eq!(found["feeds"][1]["same_as"], site.url("/world.xml"));
    assert_eq!(found["feeds"][2]["comments"], true);
    let reasons: Vec<&str> =
        found["unusable"].as_array().expect("a list").iter().filter_map(|feed| feed["reason"].as_str()).collect();
    assert!(reasons.len() == 2 && reasons[0].contains("404") && reasons[1].contains("a login page"), "{reasons:?}");
    assert_eq!(site.asked("/rss.xml").len(), 0, "what is announced need not be guessed");

    let (code, shown) = said(&installation, &["feeds", "discover", &site.url("/")]);
    assert_eq!(code, Some(0));
    for word in ["World", "RSS", "the same articles as", "what readers write", "left out", "/gone.xml: "] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
}

#[test]
fn feeds_are_found_by_links_then_at_the_usual_places_then_in_robots_txt() {
    let (site, installation) = (Site::start(), Installation::new(HASTY));
    let discover = |path: &str| installation.json(&["feeds", "discover", &site.url(path)]);
    site.set("/links", Answer::html("<p><a href='/all.rss'>RSS</a> <a href='/feed-of-lies.rss'>RSS</a></p>"));
    site.set("/all.rss", feed(&site, "All", &["/1"]));
    let found = discover("/links");
    assert_eq!((paths(&site, &found), &found["feeds"][0]["found"]), (vec!["/all.rss".to_owned()], &json!("linked")));
    assert_eq!(found["unusable"], json!([]), "a link promises nothing");

    site.set("/blog/", Answer::html("<p>A blog</p>"));
    site.set("/robots.txt", Answer::new("text/plain", format!("Sitemap: {}\n", site.url("/news-map.xml"))));
    let map = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' \
        xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>https://a.example/1</loc><news:news>\
        <news:publication_date>2026-11-20</news:publication_date><news:title>One</news:title></news:news></url></urlset>";
    site.set("/news-map.xml", Answer::new("application/xml", map));
    let found = discover("/blog/");
    assert_eq!(
        (paths(&site, &found), &found["feeds"][0]["found"]),
        (vec!["/news-map.xml".to_owned()], &json!("sitemap"))
    );

    site.set("/index.xml", feed(&site, "Top", &["/1"]));
    let found = discover("/blog/");
    assert_eq!((paths(&site, &found), &found["feeds"][0]["found"]), (vec!["/index.xml".to_owned()], &json!("usual")));
    assert!(site.asked("/rss").len() < 2, "what would only be the same feed again is not asked");
    site.set("/blog/index.xml", feed(&site, "Blog", &["/1"]));
    assert_eq!(paths(&site, &discover("/blog/")), ["/blog/index.xml"]);

    // A site that refuses its pages may well have feeds.
    site.set("/shut", Answer::status(403));
    assert_eq!(paths(&site, &discover("/shut")), ["/index.xml"]);
    assert_eq!(discover("/index.xml")["feeds"][0]["found"], "given");
}

#[test]
fn what_a_page_announces_is_not_followed_into_a_private_network() {
    let (site, inside, installation) = (Site::start(), Site::start_at("127.0.0.2"), Installation::new(HASTY));
    inside.set("/secret.xml", feed(&inside, "Secret", &["/1"]));
    site.set("/hop.xml", Answer::redirect(&inside.url("/secret.xml")));
    site.set("/", announcing(&[&inside.url("/secret.xml"), "/hop.xml", "file:///etc/passwd"]));
    site.set("/linking", Answer::html(format!("<a href='{}'>RSS</a>", inside.url("/secret.rss"))));
    for page in ["/", "/linking"] {
        let (code, shown) = said(&installation, &["feeds", "discover", &site.url(page)]);
        assert_eq!(code, Some(1), "{shown}");
        assert!(!shown.contains("Secret"), "{shown}");
    }
    let (_, shown) = said(&installation, &["feeds", "discover", &site.url("/")]);
    assert!(shown.contains("is in a private network"), "{shown}");
    assert_eq!(inside.asked("/secret.xml").len() + inside.asked("/secret.rss").len(), 0);
}

#[test]
fn a_site_without_feeds_is_told_with_what_stands_there() {
    let (site, installation) = (Site::start(), Installation::new(HASTY));
    site.set("/", Answer::html("<p>Nothing</p>"));
    site.set("/check", Answer::html("<title>Just a moment...</title>"));
    site.set("/empty", announcing(&["/none.xml"]));
    for (path, wanted) in [
        ("/", "is no feed and names none, and none stands where feeds usually do\n"),
        ("/check", "a page that checks for robots stands where the feed was expected"),
        ("/empty", "names none that can be read"),
        ("/missing", "status 404 Not Found: there is nothing at this address"),
    ] {
        let (code, shown) = said(&installation, &["feeds", "discover", &site.url(path)]);
        assert_eq!(code, Some(1), "{shown}");
        assert!(shown.contains(wanted), "{path}: {shown}");
    }
    let (code, shown) = said(&installation, &["watch", &site.url("/missing"), "--match", "x"]);
    assert!(code == Some(1) && shown.contains("404"), "{shown}");
}

const URLS: &str =
    "# feeds\nhttps://a.example/rss world\nhttps://b.example/rss \"~The B Post\"\n\"query:All:unread = \\\"yes\\\"\"\n";

#[test]
fn feeds_are_added_to_a_file_of_the_configuration_and_nothing_there_is_lost() {
    let installation = Installation::new("include = [\"feeds.d/*.toml\"]\n");
    fs::write(installation.path("urls"), URLS).expect("a writable folder");
    let add = |list: &str, to: &str| said(&installation, &["feeds", "import", list, "--to", to]);
    let (code, told) = add("urls", "feeds.d/mine.toml");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("urls:4: left out `All`: newsboat makes it"), "{told}");
    assert!(told.contains("added 2 feeds to feeds.d/mine.toml; 1 left out"), "{told}");
    assert!(!told.contains("does not include"), "{told}");
    let names = || -> Vec<String> {
        let feeds = installation.json(&["feeds"]);
        feeds["feeds"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|feed| feed["name"].as_str().unwrap_or("").to_owned())
            .collect()
    };
    assert_eq!(names(), ["a.example", "The B Post"]);

    // Again: nothing new, nothing touched.
    let written = fs::read_to_string(installation.path("feeds.d/mine.toml")).expect("a file");
    let (code, told) = add("urls", "feeds.d/mine.toml");
    assert!(code == Some(0) && told.contains("nothing to add: 2 are configured already"), "{told}");
    assert_eq!(fs::read_to_string(installation.path("feeds.d/mine.toml")).expect("a file"), written);

    // What the user wrote into it stays, to the letter.
    let own = format!("{written}# mine\n[[rule]]\nname = \"r\"\nmatch = \"x\"   # as I like it");
    fs::write(installation.path("feeds.d/mine.toml"), &own).expect("a writable file");
    fs::write(installation.path("more"), "https://c.example/rss \"~The B Post\"\nhttps://a.example/rss")
        .expect("a file");
    let (code, told) = add("more", "feeds.d/mine.toml");
    assert!(code == Some(0) && told.contains("added 1 feed to feeds.d/mine.toml; 1 is configured already"), "{told}");
    let now = fs::read_to_string(installation.path("feeds.d/mine.toml")).expect("a file");
    assert!(now.starts_with(&own), "{now}");
    assert_eq!(names(), ["a.example", "The B Post", "The B Post (c.example)"]);
}

#[test]
fn nothing_is_written_where_the_configuration_would_not_read_it_or_break() {
    let installation =
        Installation::new("include = [\"own.toml\", \"listed.toml\"]\n[[rule]]\nname = \"r\"\nmatch = \"x\"\n");
    let write = |name: &str, text: &str| fs::write(installation.path(name), text).expect("a writable folder");
    write("urls", URLS);
    let add = |to: &str| said(&installation, &["feeds", "import", "-q", "urls", "--to", to]);
    let own = "feed = [{ name = \"inline\", url = \"https://i.example/rss\" }]\n";
    write("own.toml", own);
    // A file that is included by its name, and not there yet.
    let (code, told) = add("listed.toml");
    assert_eq!((code, told.as_str()), (Some(0), ""));
    fs::remove_file(installation.path("listed.toml")).expect("a file");
    write("listed.toml", "");

    let (code, told) = add("own.toml");
    assert!(code == Some(1) && told.contains("nothing was written"), "{told}");
    assert_eq!(fs::read_to_string(installation.path("own.toml")).expect("a file"), own);

    // A file of something else.
    write("notes.toml", "mine = true\n");
    let (code, told) = add("notes.toml");
    assert!(code == Some(1) && told.contains("is no part of the configuration"), "{told}");
    assert!(told.contains("write `include = [\"notes.toml\"]`"), "{told}");
    assert_eq!(fs::read_to_string(installation.path("notes.toml")).expect("a file"), "mine = true\n");

    // A new file that nothing includes is written, and that is said however quiet.
    let (code, told) = add("feeds.d/new.toml");
    assert!(
        code == Some(0) && told.contains("does not include it yet: write `include = [\"feeds.d/new.toml\"]`"),
        "{told}"
    );
    assert!(installation.path("feeds.d/new.toml").exists());

    installation.configure("[[feed]]\nurl = \"nonsense\"\n");
    let (code, told) = add("other.toml");
    assert!(code == Some(1) && told.contains("has errors") && !installation.path("other.toml").exists(), "{told}");
}

#[test]
fn feeds_that_are_handed_on_as_opml_come_back_with_names_and_folders() {
    let feeds = "include = [\"in.toml\"]\n[[feed]]\nname = \"A & Ö\"\nurl = \"https://a.example/rss?x=1&y=2\"\ntags = [\"news\", \"world\"]\n\
        [[feed]]\nname = \"plain\"\nurl = \"https://b.example/rss\"\n";
    let installation = Installation::new(&feeds.replace("include = [\"in.toml\"]\n", ""));
    fs::write(installation.path("all.opml"), installation.stdout(&["feeds", "export"])).expect("a writable folder");
    installation.configure("include = [\"in.toml\"]\n");
    installation.stdout(&["feeds", "import", "all.opml", "--to", "in.toml"]);
    let mut read: Vec<(String, String, Value)> = installation.json(&["feeds"])["feeds"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|feed| (feed["name"].to_string(), feed["url"].to_string(), feed["tags"].clone()))
        .collect();
    read.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        read,
        [
            ("\"A & Ö\"".to_owned(), "\"https://a.example/rss?x=1&y=2\"".to_owned(), json!(["news", "world"])),
            ("\"plain\"".to_owned(), "\"https://b.example/rss\"".to_owned(), json!([])),
        ]
    );
}

#[test]
fn what_is_no_list_is_refused_in_one_line() {
    let installation = Installation::new("");
    for (text, wanted) in [
        ("Dear all,\nread this", "list:1: this is neither OPML nor a list of web addresses"),
        ("<html></html>", "this is no OPML document"),
        ("# nothing\n", "list lists no feeds"),
    ] {
        fs::write(installation.path("list"), text).expect("a writable folder");
        let (code, told) = said(&installation, &["feeds", "import", "list"]);
        assert!(code == Some(1) && told.contains(wanted) && told.lines().count() == 1, "{told}");
    }
}
