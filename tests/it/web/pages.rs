//! The pages for people, as data: an address, its status, what has to stand there and what must not.

use std::collections::{BTreeSet, VecDeque};

use rusqlite::Connection;

use super::markup::{self, Page};
use crate::support::http::{Reply, get};
use crate::support::{Answer, Installation, Running, Sink, Site, rss, unrest};

/// An archive with a story told three times (the second of which is hidden), a hostile one told twice, and two in other
/// scripts.
struct Archive {
    address: String,
    installation: Installation,
    _daemon: Running,
    _site: Site,
}

const HOSTILE: &str = "Ministry &lt;script&gt;alert(1)&lt;/script&gt; \u{202e}denies\u{202c} &quot;&gt;&lt;img src=x onerror=alert(2)&gt; it";
const ARABIC: &str = "مقتل العشرات في العاصمة بعد إطلاق النار";
const CHINESE: &str = "首都数十人在抗议中丧生";

fn page(language: &str, headline: &str, paragraphs: &str) -> Answer {
    Answer::html(format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\"><title>{headline}</title></head><body>\
         <main><article><h1>{headline}</h1>{paragraphs}</article></main></body></html>"
    ))
}

fn hostile(toll: &str) -> String {
    let markup = "<p>The spokesman said &lt;script&gt;alert(3)&lt;/script&gt; and &lt;a href=&quot;javascript:alert(4)&quot;\
                  &gt;more&lt;/a&gt; to the reporters who had waited in front of the ministry since the early morning.</p>";
    format!("{}{markup}", unrest(toll))
}

impl Archive {
    fn open() -> Self {
        let site = Site::start();
        let entries = [
            ("Dozens killed in the capital", "/unrest"),
            ("Ministry", "/hostile?a=1&amp;b=%3Cscript%3E"),
            (ARABIC, "/ar"),
            (CHINESE, "/zh"),
        ];
        site.set("/rss.xml", Answer::rss(rss(&site, "The Harbour Post", &entries)));
        let long = |sentence: &str| format!("<p>{}</p>", sentence.repeat(12)).repeat(3);
        site.set("/ar", page("ar", ARABIC, &long("قال شهود عيان إن القوات أطلقت النار على المتظاهرين في العاصمة. ")));
        site.set("/zh", page("zh", CHINESE, &long("目击者称，军队周二在首都向抗议者开枪，造成多人死亡。")));
        site.set("/unrest", page("en", "Dozens killed in the capital", &unrest("a dozen")));
        site.set("/hostile?a=1&b=%3Cscript%3E", page("en", HOSTILE, &hostile("three")));
        let installation = Installation::new(&format!(
            "timezone = 'Europe/Berlin'\n[poll]\nschedule = 'every 1h'\nper_host_interval = '0s'\n\
             allow_private_addresses = ['127.0.0.1']\ninitial = '0s'\n[pages]\nrecheck = ['1h for 1d']\nconfirm = '0s'\n\
             [[feed]]\nname = 'harbour <post>'\nurl = '{}'\n\
             [[rule]]\nname = 'unrest/all'\nmatch = 'troops AND protest*'\n\
             [[recipient]]\nname = 'desk'\nemail = 'desk@example.org'\nsettle = '0s'\nupdate_interval = '0s'\n\
             [web]\nlisten = '127.0.0.1:0'\n",
            site.url("/rss.xml")
        ));
        installation.once();
        for (headline, toll) in
            [("At least 26 killed in the capital", "26"), ("At least 41 killed in the capital", "41")]
        {
            site.set("/unrest", page("en", headline, &unrest(toll)));
            site.set("/hostile?a=1&b=%3Cscript%3E", page("en", HOSTILE, &hostile("four")));
            installation.all();
        }
        let mut daemon = installation.start();
        let address = daemon.page();
        Self { address, installation, _daemon: daemon, _site: site }
    }

    fn get(&self, path: &str) -> Reply {
        get(&self.address, path, "")
    }

    /// A page that has to be well-formed, whatever its status is.
    fn read(&self, path: &str) -> (Reply, Page) {
        let reply = self.get(path);
        let page = markup::read(&reply.body).unwrap_or_else(|wrong| panic!("{path}: {wrong}\n{}", reply.body));
        (reply, page)
    }

    /// The number of the article that a query finds.
    fn find(&self, query: &str) -> i64 {
        let found = self.get(&format!("/api/v1/articles?q={query}")).json();
        found["articles"][0]["id"].as_i64().unwrap_or_else(|| panic!("{query}: {found}"))
    }

    /// The number of the article of an address.
    fn at(&self, ending: &str) -> i64 {
        let all = self.get("/api/v1/articles").json();
        let found = all["articles"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|article| article["url"].as_str().is_some_and(|url| url.ends_with(ending)));
        found.and_then(|article| article["id"].as_i64()).unwrap_or_else(|| panic!("{ending}: {all}"))
    }

    fn alter(&self, sql: &str) {
        let connection = Connection::open(self.installation.path("wirewatch.db")).expect("the database opens");
        assert!(connection.execute(sql, []).expect(sql) > 0, "{sql}");
    }
}

#[test]
fn every_page_says_what_it_is_asked_for() {
    let archive = Archive::open();
    let id = archive.at("/unrest");
    let story = format!("/articles/{id}");
    let hashes: Vec<String> = archive.get(&format!("/api/v1{story}")).json()["versions"]
        .as_array()
        .expect("versions")
        .iter()
        .map(|version| version["sha256"].as_str().expect("a hash").to_owned())
        .collect();
    let (first, third) = (&hashes[0], &hashes[2]);
    let cited = format!("{}-{}", &first[..16], &third[..16]);
    let pages: Vec<(String, u16, Vec<&str>, Vec<&str>)> = vec![
        (
            "/".into(),
            200,
            vec!["At least 41 killed", "Changed today", "26", "major", "<svg"],
            vec!["Nothing is stored"],
        ),
        ("/articles".into(), 200, vec!["At least 41 killed", ARABIC, CHINESE], vec!["Dozens killed"]),
        ("/articles?revised=true".into(), 200, vec!["At least 41 killed"], vec![ARABIC]),
        ("/articles?q=title:41".into(), 200, vec!["<mark>41</mark>"], vec![CHINESE]),
        ("/articles?q=loudspeakers".into(), 200, vec!["<mark>loudspeakers</mark>"], vec![ARABIC]),
        ("/articles?q=nobodywrotethis".into(), 200, vec!["No article matches"], vec!["At least 41"]),
        ("/articles?q=(troops".into(), 200, vec!["^", "<mark>(</mark>"], vec!["At least 41"]),
        ("/articles?rule=unrest%2Fall".into(), 200, vec!["At least 41 killed"], vec![CHINESE]),
        ("/articles?since=2999-01-01".into(), 200, vec!["There is no such article"], vec![]),
        ("/articles?since=yesterday".into(), 400, vec!["neither a span"], vec![]),
        ("/articles?sinec=1d".into(), 400, vec!["Did you mean"], vec![]),
        ("/articles?rule=nobody".into(), 404, vec!["no rule"], vec![]),
        ("/articles?cursor=abc".into(), 400, vec!["`cursor`"], vec![]),
        (story.clone(), 200, vec!["At least 41 killed", "3 versions", "since version", "noreferrer noopener"], vec![]),
        (format!("{story}/versions/1"), 200, vec!["a dozen", first, "Dozens killed"], vec!["41 people"]),
        (format!("{story}/versions/9"), 404, vec!["no version 9"], vec![]),
        (format!("{story}/diff"), 200, vec!["<del>26</del>", "<ins>41</ins>"], vec!["a dozen"]),
        (format!("{story}/diff?from=1&to=3"), 200, vec![first, third, &cited, "41"], vec!["is not that of"]),
        (
            format!("{story}/diff?from=1&to=3&hash={cited}"),
            200,
            vec!["hash in the address is that"],
            vec!["is not that"],
        ),
        (format!("{story}/diff?from=1&to=3&hash=0000"), 200, vec!["hash in the address is not that"], vec![]),
        (format!("{story}/diff?from=1&to=3&view=side"), 200, vec!["Before:", "After:"], vec![]),
        (format!("{story}/diff?from=3&to=1"), 200, vec!["<del>41</del>"], vec![]),
        (format!("{story}/diff?from=1&to=3&view=round"), 400, vec!["`inline` or `side`"], vec![]),
        (format!("{story}/diff?from=1"), 400, vec!["go together"], vec![]),
        (format!("{story}/diff?from=1&to=9"), 404, vec!["no version 9"], vec![]),
        ("/articles/999".into(), 404, vec!["no article 999"], vec![]),
        ("/rules".into(), 200, vec!["unrest/all", "troops AND protest*", "in 30 days"], vec!["No rule"]),
        ("/rules?find=PROTEST".into(), 200, vec!["unrest/all"], vec![]),
        ("/rules?find=ferries".into(), 200, vec!["No rule is like that"], vec!["troops"]),
        (
            "/rules/unrest%2Fall".into(),
            200,
            vec!["all of these", "At least 41 killed", "At least 26 killed"],
            vec!["Dozens killed"],
        ),
        (format!("/rules/unrest%2Fall?article={id}"), 200, vec!["It matches", "<mark>troops</mark>"], vec!["fails"]),
        (
            format!("/rules/unrest%2Fall?article={}", archive.at("/zh")),
            200,
            vec!["It does not match", "2 of 2 do not hold", "not found"],
            vec![],
        ),
        (format!("/rules/unrest%2Fall?article={id}@1"), 200, vec!["It matches"], vec!["fails"]),
        (format!("/rules/unrest%2Fall?article={id}@9"), 200, vec!["has no version 9"], vec!["It matches"]),
        ("/rules/unrest%2Fall?article=77".into(), 200, vec!["There is no article `77`"], vec!["It matches"]),
        ("/rules/nobody".into(), 404, vec!["no rule `nobody`"], vec![]),
        ("/feeds".into(), 200, vec!["harbour &lt;post&gt;", "healthy", "versions in 2 days"], vec!["failing</span>"]),
        ("/feeds?failing=true".into(), 200, vec!["No feed is like that"], vec!["healthy"]),
        ("/feeds?find=HARBOUR".into(), 200, vec!["healthy"], vec![]),
        (
            "/feeds/harbour%20%3Cpost%3E".into(),
            200,
            vec!["4 articles", "At least 41 killed", "HTTP status 200", "set a password"],
            vec!["<button"],
        ),
        ("/feeds/nobody".into(), 404, vec!["no feed `nobody`"], vec![]),
        ("/alerts".into(), 200, vec!["At least 41 killed", "sent", "unrest/all"], vec!["pending</span>"]),
        ("/alerts?state=failed".into(), 200, vec!["No alert is in this state"], vec!["At least 41"]),
        ("/alerts?state=lost".into(), 400, vec!["`pending`, `sent`"], vec![]),
        ("/alerts/1".into(), 200, vec!["Subject", "Message-ID", "WHY"], vec!["<button"]),
        ("/alerts/999".into(), 404, vec!["no alert 999"], vec![]),
        (
            "/mutes".into(),
            200,
            vec!["Nothing is muted", "No address has unsubscribed", "set a password"],
            vec!["<button"],
        ),
        ("/nowhere".into(), 404, vec!["no such page"], vec![]),
    ];
    for (path, status, wanted, unwanted) in pages {
        let (reply, _) = archive.read(&path);
        assert_eq!(reply.status, status, "{path}: {}", reply.body);
        for words in wanted {
            assert!(reply.body.contains(words), "{path} has no {words:?}: {}", reply.body);
        }
        for words in unwanted {
            assert!(!reply.body.contains(words), "{path} has {words:?}: {}", reply.body);
        }
    }
}

#[test]
fn every_link_within_leads_somewhere() {
    let archive = Archive::open();
    let mut waiting: VecDeque<String> = VecDeque::from(["/".to_owned()]);
    let mut seen: BTreeSet<String> = BTreeSet::new();
    while let Some(path) = waiting.pop_front() {
        if !seen.insert(path.clone()) {
            continue;
        }
        assert!(seen.len() < 500, "the pages never end: {seen:?}");
        let reply = archive.get(&path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        if !reply.header("Content-Type").is_some_and(|kind| kind.starts_with("text/html")) {
            continue;
        }
        let page = markup::read(&reply.body).unwrap_or_else(|wrong| panic!("{path}: {wrong}\n{}", reply.body));
        waiting.extend(page.links.into_iter().filter(|link| link.starts_with('/')));
    }
    for wanted in [
        "/articles",
        "/articles/1",
        "/articles/1/versions/1",
        "/articles/1/versions/1/page",
        "/rules",
        "/rules/unrest%2Fall",
        "/feeds",
        "/feeds/harbour%20%3Cpost%3E",
        "/alerts",
        "/alerts/1",
        "/mutes",
    ] {
        assert!(seen.contains(wanted), "{wanted} is linked");
    }
}

#[test]
fn what_a_stranger_wrote_is_inert_everywhere() {
    let archive = Archive::open();
    let id = archive.find("spokesman");
    for path in [
        "/".to_owned(),
        "/articles?q=spokesman".to_owned(),
        "/articles?q=%22%3E%3Cscript%3Ealert(9)%3C%2Fscript%3E".to_owned(),
        "/articles?feed=%3Cscript%3E".to_owned(),
        "/articles?%3Cscript%3E=1".to_owned(),
        format!("/articles/{id}"),
        format!("/articles/{id}/versions/1"),
        format!("/articles/{id}/diff?from=1&to=2"),
        format!("/articles/{id}/diff?from=1&to=2&view=side&hash=%22%3E%3Cscript%3E"),
        "/articles/%3Cscript%3E".to_owned(),
        "/rules".to_owned(),
        "/rules/%3Cscript%3E".to_owned(),
        "/rules?find=%22%3E%3Cscript%3E".to_owned(),
        format!("/rules/unrest%2Fall?article={id}"),
        "/rules/unrest%2Fall?article=%22%3E%3Cscript%3E".to_owned(),
        "/feeds".to_owned(),
        "/feeds?find=%22%3E%3Cscript%3E".to_owned(),
        "/feeds/harbour%20%3Cpost%3E".to_owned(),
        "/feeds/%3Cscript%3E".to_owned(),
        "/alerts".to_owned(),
        "/alerts/1".to_owned(),
        "/alerts/2".to_owned(),
        "/mutes".to_owned(),
    ] {
        // The reading itself refuses scripts, handlers and links that a browser would run.
        let (reply, page) = archive.read(&path);
        assert!(!reply.body.contains("<script") && !reply.body.contains("<img"), "{path}");
        let turned = reply.body.chars().find(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        assert_eq!(turned, None, "{path} turns the direction of what follows");
        assert!(!page.links.iter().any(|link| link.contains("alert(")), "{path}: {:?}", page.links);
        let policy = reply.header("Content-Security-Policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(reply.header("X-Content-Type-Options"), Some("nosniff"), "{path}");
    }
    let raw = archive.get(&format!("/articles/{id}/versions/1/page"));
    assert_eq!(raw.status, 200);
    assert!(raw.header("Content-Type").is_some_and(|kind| kind.starts_with("text/plain")), "{}", raw.head);
    assert_eq!(raw.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(raw.header("Content-Security-Policy"), Some("default-src 'none'; sandbox"));
    assert!(raw.body.contains("<article>"), "it is the page as it was: {}", raw.body);
}

#[test]
fn a_hidden_version_says_so_and_nothing_else() {
    let archive = Archive::open();
    let id = archive.at("/unrest");
    archive.installation.stdout(&["hide", &format!("{id}@2"), "--why", "court order 7 <b>"]);
    for path in ["", "/versions/2", "/diff?from=1&to=2", "/diff?from=2&to=3", "/diff?from=2&to=3&view=side"] {
        let (reply, page) = archive.read(&format!("/articles/{id}{path}"));
        assert_eq!(reply.status, 200, "{path}");
        assert!(page.words.contains("hidden") && page.words.contains("court order 7"), "{path}: {}", page.words);
        assert!(!reply.body.contains("At least 26"), "{path} shows it: {}", reply.body);
    }
    assert_eq!(archive.get(&format!("/articles/{id}/versions/2/page")).status, 404);
    assert_eq!(archive.get(&format!("/articles/{id}/diff?from=1&to=3")).status, 200, "what lies around it is shown");
    assert!(!archive.get("/").body.contains("At least 26"));
    // A feed of changes leads to no comparison of which nothing can be shown, and gives it no other version's headline.
    let changes = archive.get("/changes.atom").body;
    assert!(changes.contains("<title>Version 2 is shown no more</title>"), "{changes}");
    for number in [2, 3] {
        assert!(changes.contains(&format!("/articles/{id}/versions/{number}\"")), "{number}: {changes}");
    }
    assert!(!changes.contains(&format!("/articles/{id}/diff")), "{changes}");
}

#[test]
fn a_damaged_version_is_told_in_words_and_breaks_nothing_else() {
    let archive = Archive::open();
    let id = archive.at("/unrest");
    archive.alter(&format!(
        "UPDATE contents SET bytes = x'28b52ffd00' WHERE id = (SELECT content_id FROM versions WHERE number = 3 AND article_id = {id})"
    ));
    for path in ["/versions/3", "/diff?from=1&to=3", "/diff?from=1&to=3&view=side", ""] {
        let (reply, page) = archive.read(&format!("/articles/{id}{path}"));
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        let words = page.words.to_lowercase();
        assert!(words.contains("cannot be") || words.contains("damaged"), "{path}: {}", page.words);
    }
    for path in ["/", "/articles", "/articles?q=troops"] {
        assert_eq!(archive.read(path).0.status, 200, "{path}");
    }
    assert_eq!(archive.get(&format!("/articles/{id}/versions/1")).status, 200);
}

#[test]
fn texts_stand_in_their_own_language_and_direction() {
    let archive = Archive::open();
    for (ending, headline, language) in [("/ar", ARABIC, "ar"), ("/zh", CHINESE, "zh")] {
        let (reply, _) = archive.read(&format!("/articles/{}", archive.at(ending)));
        assert!(reply.body.contains(headline), "{ending}");
        assert!(reply.body.contains(&format!("lang=\"{language}\"")), "{ending}: {}", reply.body);
        assert!(reply.body.contains("dir=\"auto\""), "{ending}");
    }
}

#[test]
fn an_article_of_three_thousand_versions_is_shown_in_pieces() {
    let archive = Archive::open();
    let id = archive.at("/unrest");
    let connection = Connection::open(archive.installation.path("wirewatch.db")).expect("the database opens");
    let columns: Vec<String> = connection
        .prepare("SELECT name FROM pragma_table_info('versions') WHERE name NOT IN ('id', 'number', 'sha256')")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("columns");
    let columns = columns.join(", ");
    connection
        .execute_batch(&format!(
            "WITH RECURSIVE n(number) AS (SELECT 4 UNION ALL SELECT number + 1 FROM n WHERE number < 3000)
             INSERT INTO versions (number, sha256, {columns})
             SELECT n.number, randomblob(32), {columns} FROM n, versions WHERE versions.number = 3 AND article_id = {id};
             UPDATE articles SET versions = 3000, revisions = 2999 WHERE id = {id};"
        ))
        .expect("many versions");
    let (reply, page) = archive.read(&format!("/articles/{id}"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(page.words.contains("3,000 versions"), "{}", page.words);
    assert!(reply.body.len() < 800_000, "{} bytes", reply.body.len());
    for path in ["/versions/1", "/versions/3000", "/diff?from=1&to=3000"] {
        let (reply, _) = archive.read(&format!("/articles/{id}{path}"));
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.body.len() < 400_000, "{path}: {} bytes", reply.body.len());
    }
}

#[test]
fn a_difference_too_long_for_a_page_says_where_the_whole_is() {
    let site = Site::start();
    let story = |word: &str| -> String {
        let paragraph =
            |at: usize| format!("<p>{}</p>", format!("The {word} of day {at} rose again, officials said. ").repeat(40));
        (0..400).map(paragraph).collect()
    };
    site.set("/rss.xml", Answer::rss(rss(&site, "The Harbour Post", &[("Daily figures", "/long")])));
    site.set("/long", page("en", "Daily figures", &story("price")));
    let installation = Installation::new(&format!(
        "[poll]\nper_host_interval = '0s'\nallow_private_addresses = ['127.0.0.1']\n[pages]\nconfirm = '0s'\n\
         [[feed]]\nname = 'post'\nurl = '{}'\n[web]\nlisten = '127.0.0.1:0'\n",
        site.url("/rss.xml")
    ));
    installation.once();
    site.set("/long", page("en", "Daily figures", &story("number")));
    installation.all();
    let mut daemon = installation.start();
    let address = daemon.page();
    for view in ["inline", "side"] {
        let path = format!("/articles/1/diff?from=1&to=2&view={view}");
        let reply = get(&address, &path, "");
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        let page = markup::read(&reply.body).unwrap_or_else(|wrong| panic!("{path}: {wrong}"));
        assert!(page.words.contains("would be too much for a page"), "{path}");
        assert!(page.words.contains("wirewatch diff 1@1..2"), "{path}");
        assert!(reply.body.len() < 3_000_000, "{path}: {} bytes", reply.body.len());
    }
}

#[test]
fn the_links_of_a_mail_lead_to_pages() {
    const PUBLIC: &str = "https://watch.example.org";
    let (site, sink) = (Site::start(), Sink::start());
    site.set("/rss.xml", Answer::rss(rss(&site, "The Harbour Post", &[])));
    let installation = Installation::new(&format!(
        "[poll]\nper_host_interval = '0s'\nallow_private_addresses = ['127.0.0.1']\n[pages]\nconfirm = '0s'\n\
         [mail]\nfrom = 'Wirewatch <wirewatch@example.org>'\nsmtp = '{}'\n\
         [[feed]]\nname = 'post'\nurl = '{}'\n[[rule]]\nname = 'unrest'\nmatch = 'troops'\n\
         [[recipient]]\nname = 'desk'\nemail = 'desk@example.org'\nsettle = '0s'\nupdate_interval = '0s'\n\
         [web]\nlisten = '127.0.0.1:0'\npublic_url = '{PUBLIC}'\n",
        sink.url(),
        site.url("/rss.xml")
    ));
    installation.once();
    site.set("/rss.xml", Answer::rss(rss(&site, "The Harbour Post", &[("Dozens killed", "/unrest")])));
    for toll in ["a dozen", "26"] {
        site.set("/unrest", page("en", "Killed in the capital", &unrest(toll)));
        installation.all();
    }
    let told: String = [sink.next(), sink.next()].iter().map(|mail| mail.text()).collect();
    let mut daemon = installation.start();
    let address = daemon.page();
    let links: BTreeSet<String> = told
        .split(PUBLIC)
        .skip(1)
        .map(|rest| rest.split(['"', ' ', '\r', '\n', '<', '>', ')']).next().unwrap_or_default().replace("&amp;", "&"))
        .filter(|path| path.starts_with("/articles/"))
        .collect();
    assert!(links.contains("/articles/1") || links.len() > 1, "{links:?}");
    assert!(links.iter().any(|link| link.contains("/diff?from=1&to=2")), "{links:?}");
    for path in &links {
        let reply = get(&address, path, "");
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    }
}
