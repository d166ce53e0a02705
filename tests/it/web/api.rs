//! The documents for programs: held against their description, and against what the command line prints.

use std::collections::BTreeSet;

use serde_json::Value;

use wirewatch::feed;
use wirewatch::web;

use crate::support::http::{Reply, get};
use crate::support::{Answer, Installation, Running, Site, rss, unrest};

/// A daemon that has seen a story told and revised, and a second story.
struct Desk {
    address: String,
    installation: Installation,
    _daemon: Running,
    _site: Site,
}

fn page(headline: &str, toll: &str) -> Answer {
    Answer::html(format!(
        "<!doctype html><html lang=\"en\"><head><title>{headline}</title></head><body><main><article><h1>{headline}</h1>\
         {}</article></main></body></html>",
        unrest(toll)
    ))
}

impl Desk {
    fn open() -> Self {
        let site = Site::start();
        let other = ("Cup tie & more", "/sport/cup");
        site.set("/rss.xml", Answer::rss(rss(&site, "The Harbour Post", &[other])));
        site.set("/sport/cup", page("Late header settles the cup tie", "0"));
        let configuration = format!(
            "[poll]\nschedule = 'every 1h'\nper_host_interval = '0s'\nallow_private_addresses = ['127.0.0.1']\n\
             [pages]\nrecheck = ['1h for 1d']\nconfirm = '0s'\n\
             [[feed]]\nname = 'harbour post'\nurl = '{}'\n\
             [[rule]]\nname = 'unrest/all'\nmatch = 'troops AND protest*'\n\
             [[rule]]\nname = 'never'\nmatch = 'csto'\n\
             [[recipient]]\nname = 'desk'\nemail = 'desk@example.org'\nsettle = '0s'\nupdate_interval = '0s'\n\
             [web]\nlisten = '127.0.0.1:0'\n",
            site.url("/rss.xml")
        );
        let installation = Installation::new(&configuration);
        installation.once();
        let story = ("Dozens killed in the capital", "/world/unrest");
        site.set("/rss.xml", Answer::rss(rss(&site, "The Harbour Post", &[story, other])));
        site.set("/world/unrest", page("Dozens killed in the capital", "a dozen"));
        installation.all();
        site.set("/world/unrest", page("At least 26 killed in the capital", "26"));
        installation.all();
        installation.stdout(&["mute", "feed", "harbour post", "--for", "1h"]);
        let mut daemon = installation.start();
        let address = daemon.page();
        Self { address, installation, _daemon: daemon, _site: site }
    }

    fn get(&self, path: &str) -> Reply {
        get(&self.address, path, "")
    }

    fn json(&self, path: &str) -> Value {
        let reply = self.get(path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        assert_eq!(reply.header("Content-Type"), Some("application/json"), "{path}");
        reply.json()
    }

    /// The number of the story that was revised.
    fn story(&self) -> i64 {
        self.json("/api/v1/articles?q=troops&revised=true")["articles"][0]["id"].as_i64().expect("the story")
    }
}

#[test]
fn what_only_an_earlier_version_says_is_found_with_that_version() {
    let desk = Desk::open();
    let story = desk.story();
    let found = desk.json("/api/v1/articles?q=%22a+dozen%22");
    assert_eq!(found["matched_earlier"][0]["headline"], "Dozens killed in the capital");
    assert_eq!(found["articles"], serde_json::json!([]));
    let earlier = &found["matched_earlier"];
    assert_eq!((&earlier[0]["id"], &earlier[0]["version"], earlier[1].is_null()), (&story.into(), &1.into(), true));
    let page = desk.get("/articles?q=%22a+dozen%22").body;
    assert!(page.contains("Matched in an earlier version only"), "{page}");
    assert!(page.contains(&format!("/articles/{story}/versions/1")), "{page}");
    assert!(page.contains(&format!("/articles/{story}/diff?from=1&amp;to=2")), "{page}");
    let page = desk.get("/articles?q=title%3Adozens").body;
    assert!(page.contains("<mark>Dozens</mark> killed in the capital"), "{page}");
    let said = String::from_utf8_lossy(&desk.installation.run(&["articles", "\"a dozen\""]).stderr).into_owned();
    assert!(said.contains("Dozens killed in the capital") && !said.contains("At least 26"), "{said}");
    assert!(said.contains(&format!("{story}@1")) && said.contains(&format!("wirewatch diff {story}@1..2")), "{said}");
}

#[test]
fn nobody_can_say_what_differs_from_a_hidden_version() {
    let desk = Desk::open();
    let story = desk.story();
    desk.installation.stdout(&["hide", &format!("{story}@1"), "--why", "court order"]);
    for query in ["", "?from=1&to=2", "?from=2&to=1"] {
        let reply = desk.get(&format!("/api/v1/articles/{story}/diff{query}"));
        assert_eq!(
            (reply.status, reply.json()["error"]["code"].as_str()),
            (410, Some("hidden")),
            "{query}: {}",
            reply.body
        );
        assert!(reply.body.contains("court order"), "{}", reply.body);
    }
    let explained = desk.installation.run(&["rules", "explain", "troops", &format!("{story}@1")]);
    assert_eq!(explained.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&explained.stderr).contains("court order"));
}

#[test]
fn nobody_can_say_what_a_hidden_version_matched() {
    let desk = Desk::open();
    let story = desk.story();
    let path = format!("/api/v1/articles/{story}/versions/1");
    assert!(desk.json(&path)["rules"].is_array());
    desk.installation.stdout(&["hide", &format!("{story}@1"), "--why", "court order"]);
    assert_eq!(desk.json(&path)["rules"], Value::Null);
    let exported = desk.installation.stdout(&["export", "--format", "jsonl", "--article", &story.to_string()]);
    let rules: Vec<bool> = exported
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a document on each line")["rules"].is_null())
        .collect();
    assert_eq!(rules, [true, false]);
}

/// What does not fit a schema, with where it stands. Stricter than JSON Schema: every key has to be described.
fn misfits(document: &Value, schema: &Value, root: &Value, place: &str, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointed = root.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("no {name}"));
        return misfits(document, pointed, root, place, found);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &&Value| {
            let mut wrong = Vec::new();
            misfits(document, choice, root, place, &mut wrong);
            wrong.is_empty()
        };
        if choices.iter().filter(fits).count() != 1 {
            found.push(format!("{place} fits not one of the choices: {document}"));
        }
        return;
    }
    let kind = match document {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|allowed| allowed == kind),
        allowed => allowed == kind,
    };
    if !allowed {
        found.push(format!("{place} is {kind}: {document}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(document)) {
        found.push(format!("{place} is an unknown word: {document}"));
    }
    if let (Some("date-time"), Some(text)) = (schema["format"].as_str(), document.as_str())
        && !(text.len() == 20 && text.ends_with('Z') && text.parse::<wirewatch::model::Timestamp>().is_ok())
    {
        found.push(format!("{place} is no moment: {document}"));
    }
    for (index, item) in document.as_array().into_iter().flatten().enumerate() {
        misfits(item, &schema["items"], root, &format!("{place}[{index}]"), found);
    }
    let (Some(keys), Some(properties)) = (document.as_object(), schema["properties"].as_object()) else { return };
    for (key, value) in keys {
        match properties.get(key) {
            Some(schema) => misfits(value, schema, root, &format!("{place}.{key}"), found),
            None => found.push(format!("{place}.{key} is not described")),
        }
    }
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !keys.contains_key(required) {
            found.push(format!("{place}.{required} is missing"));
        }
    }
}

#[test]
fn the_description_names_what_there_is_and_every_answer_is_as_described() {
    let desk = Desk::open();
    let description = desk.json("/api/v1/openapi.json");
    assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    let described: BTreeSet<String> = description["paths"].as_object().expect("paths").keys().cloned().collect();
    assert_eq!(described, web::api_paths().into_iter().collect());

    let id = desk.story();
    for (path, methods) in description["paths"].as_object().expect("paths") {
        let answer = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let asked = path.replace("{id}", &id.to_string()).replace("{number}", "2");
        let mut wrong = Vec::new();
        misfits(&desk.json(&asked), answer, &description, path, &mut wrong);
        assert_eq!(wrong, Vec::<String>::new());

        let unknown = get(&desk.address, &format!("{asked}?unknown=1"), "");
        if path.ends_with("openapi.json") {
            continue;
        }
        assert_eq!(unknown.status, 400, "{path}");
        let refused = &description["components"]["responses"]["Refused"]["content"]["application/json"]["schema"];
        misfits(&unknown.json(), refused, &description, path, &mut wrong);
        assert_eq!(wrong, Vec::<String>::new());
        for parameter in methods["get"]["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "query" {
                let name = parameter["name"].as_str().expect("a name");
                let reply = get(&desk.address, &format!("{asked}?{name}="), "");
                assert_eq!(reply.status, 200, "{path} knows `{name}`: {}", reply.body);
            }
        }
    }
}

#[test]
fn the_documents_are_those_of_the_command_line() {
    let desk = Desk::open();
    let id = desk.story();
    let typed = |arguments: &[&str]| desk.installation.json(arguments);
    assert_eq!(desk.json("/api/v1/articles")["articles"], typed(&["articles"])["articles"]);
    assert_eq!(desk.json(&format!("/api/v1/articles/{id}")), typed(&["history", &id.to_string()]));
    assert_eq!(desk.json(&format!("/api/v1/articles/{id}/versions/1")), typed(&["show", &format!("{id}@1")]));
    assert_eq!(desk.json(&format!("/api/v1/articles/{id}/diff?from=1&to=2")), typed(&["diff", &format!("{id}@1..2")]));
    assert_eq!(desk.json(&format!("/api/v1/articles/{id}/diff")), typed(&["diff", &id.to_string()]));
    assert_eq!(desk.json("/api/v1/rules"), typed(&["rules"]));
    assert_eq!(desk.json("/api/v1/alerts")["alerts"], typed(&["alerts"])["alerts"]);
    let names = |document: &Value| document["feeds"][0]["name"].clone();
    assert_eq!(names(&desk.json("/api/v1/feeds")), names(&typed(&["feeds"])));
    let status = desk.json("/api/v1/status");
    assert_eq!((&status["running"], &status["articles"]), (&Value::Bool(true), &2.into()));
}

#[test]
fn articles_are_asked_by_query_rule_feed_and_time_and_come_page_by_page() {
    let desk = Desk::open();
    let count = |path: &str| desk.json(path)["articles"].as_array().expect("a list").len();
    for (parameters, wanted) in [
        ("", 2),
        ("?q=troops+AND+26", 1),
        ("?q=nothing", 0),
        ("?rule=unrest/all", 2),
        ("?rule=unrest%2Fall&q=title:26", 1),
        ("?rule=never", 0),
        ("?feed=harbour+post", 2),
        ("?since=1h", 2),
        ("?since=2999-01-01", 0),
        ("?revised=true", 1),
        ("?revised=false&limit=200", 2),
    ] {
        assert_eq!(count(&format!("/api/v1/articles{parameters}")), wanted, "{parameters}");
    }
    for filter in ["", "q=protest*&", "rule=unrest%2Fall&"] {
        let first = desk.json(&format!("/api/v1/articles?{filter}limit=1"));
        let cursor = first["next"].as_str().expect("there is more");
        let second = desk.json(&format!("/api/v1/articles?{filter}limit=1&cursor={cursor}"));
        assert_ne!(first["articles"][0]["id"], second["articles"][0]["id"]);
        assert_eq!((second["articles"].as_array().map(Vec::len), &second["next"]), (Some(1), &Value::Null));
    }
    let first = desk.json("/api/v1/alerts?limit=1");
    let cursor = first["next"].as_str().expect("there is more");
    let second = desk.json(&format!("/api/v1/alerts?limit=1&cursor={cursor}"));
    assert_ne!(first["alerts"][0]["id"], second["alerts"][0]["id"]);
    assert_eq!(second["next"], Value::Null);
}

#[test]
fn what_cannot_be_answered_is_refused_in_words() {
    let desk = Desk::open();
    let id = desk.story();
    for (path, status, words) in [
        ("articles?q=(troops".to_owned(), 400, "`q` is no query"),
        ("articles?limit=0".to_owned(), 400, "from 1 to 200"),
        ("articles?limit=x".to_owned(), 400, "from 1 to 200"),
        ("articles?since=yesterday".to_owned(), 400, "neither a span"),
        ("articles?cursor=abc".to_owned(), 400, "`cursor`"),
        ("articles?sinec=1d".to_owned(), 400, "did you mean `since`?"),
        ("articles?q=a&q=b".to_owned(), 400, "twice"),
        ("articles?revised=perhaps".to_owned(), 400, "`true` or `false`"),
        ("articles?rule=nobody".to_owned(), 404, "no rule `nobody`"),
        ("articles?feed=nobody".to_owned(), 404, "no feed `nobody`"),
        ("articles/999".to_owned(), 404, "no article 999"),
        ("articles/x".to_owned(), 400, "bad request"),
        (format!("articles/{id}/versions/9"), 404, "no version 9"),
        (format!("articles/{id}/versions/0"), 404, "no version 0"),
        (format!("articles/{id}/diff?from=1&to=9"), 404, "no version 9"),
        (format!("articles/{id}/diff?from=1&to=1"), 400, "the same version"),
        (format!("articles/{id}/diff?from=1"), 400, "go together"),
        ("alerts?state=lost".to_owned(), 400, "`pending`"),
    ] {
        let reply = desk.get(&format!("/api/v1/{path}"));
        let error = &reply.json()["error"];
        assert_eq!(reply.status, status, "{path}: {error}");
        assert!(error.to_string().contains(words), "{path}: {error}");
    }
}

#[test]
fn what_was_read_before_is_not_sent_again() {
    let desk = Desk::open();
    for path in ["/api/v1/rules", "/changes.atom", "/rules/unrest%2Fall.atom"] {
        let first = desk.get(path);
        let etag = first.header("ETag").expect("a mark").to_owned();
        for (named, status) in [
            (etag.clone(), 304),
            (format!("W/{etag}"), 304),
            (format!("\"other\", {etag}"), 304),
            ("*".to_owned(), 304),
            ("\"other\"".to_owned(), 200),
        ] {
            let again = get(&desk.address, path, &format!("If-None-Match: {named}\r\n"));
            assert_eq!(again.status, status, "{path} {named}");
            assert_eq!(again.body.is_empty(), status == 304, "{path} {named}");
            assert_eq!(again.header("ETag"), Some(etag.as_str()));
        }
    }
}

#[test]
fn changes_can_be_followed_in_a_feed_reader() {
    let desk = Desk::open();
    for (path, entries) in [("/changes.atom", 1), ("/rules/unrest%2Fall.atom", 2), ("/rules/never.atom", 0)] {
        let reply = desk.get(path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        assert_eq!(reply.header("Content-Type"), Some("application/atom+xml; charset=utf-8"));
        let own = format!("http://{}{path}", desk.address);
        assert!(
            reply.body.contains(&format!("<link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>")),
            "{}",
            reply.body
        );
        let mut reader = quick_xml::Reader::from_str(&reply.body);
        reader.config_mut().check_end_names = true;
        while !matches!(reader.read_event().expect("well-formed"), quick_xml::events::Event::Eof) {}
        let read =
            feed::parse(reply.body.as_bytes(), reply.header("Content-Type"), &own.parse().unwrap()).expect("a feed");
        assert!(!read.partial);
        assert_eq!(read.entries.len(), entries, "{path}");
        let ids: BTreeSet<&str> = read.entries.iter().filter_map(|entry| entry.id.as_deref()).collect();
        assert_eq!(ids.len(), entries, "each has an id of its own");
        for entry in &read.entries {
            assert!(entry.id.as_deref().is_some_and(|id| id.starts_with("urn:uuid:")), "{entry:?}");
            assert!(entry.updated_at.is_some() && entry.author.is_some() && entry.summary.is_some(), "{entry:?}");
            assert!(entry.link.as_ref().is_some_and(|link| link.path().starts_with('/')), "{entry:?}");
        }
    }
    let changes = desk.get("/changes.atom").body;
    assert!(changes.contains("At least 26 killed in the capital") && changes.contains("→ 26"), "{changes}");
    let (address, story) = (&desk.address, desk.story());
    let ours =
        format!("rel=\"alternate\" type=\"text/html\" href=\"http://{address}/articles/{story}/diff?from=1&amp;to=2\"");
    assert!(changes.contains(&ours) && changes.contains("rel=\"related\""), "{changes}");
    assert_eq!(desk.get(&format!("/articles/{story}/diff?from=1&to=2")).status, 200);
    assert_eq!(desk.get("/rules/nobody.atom").status, 404);
}

#[test]
fn the_figures_can_be_scraped() {
    let desk = Desk::open();
    let reply = desk.get("/metrics");
    assert_eq!(reply.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let mut described = BTreeSet::new();
    for line in reply.body.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert!(described.insert(name.to_owned()), "{name} is described once");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
        } else if !line.starts_with('#') {
            let (sample, value) = line.rsplit_once(' ').expect("a value");
            let name = sample.split('{').next().expect("a name");
            assert!(described.contains(name) && name.starts_with("wirewatch_"), "{line}");
            assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
        }
    }
    for line in
        ["wirewatch_articles 2", "wirewatch_versions 3", "wirewatch_feeds{state=\"healthy\"} 1", "wirewatch_rules 2"]
    {
        assert!(reply.body.lines().any(|known| known == line), "no {line} in {}", reply.body);
    }
}

#[test]
fn the_room_on_the_disk_is_said_wherever_the_daemon_is_watched() {
    let desk = Desk::open();
    let disk = &desk.get("/api/v1/status").json()["disk"];
    let (free, total) = (disk["free_bytes"].as_u64().expect("bytes"), disk["total_bytes"].as_u64().expect("bytes"));
    assert!(free <= total && total > 0, "{disk}");
    let metrics = desk.get("/metrics").body;
    let metric = |name: &str| {
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        value.unwrap_or_else(|| panic!("no {name} in {metrics}"))
    };
    assert_eq!(metric("wirewatch_disk_size_bytes "), total as f64);
    assert!(metric("wirewatch_disk_free_bytes ") <= total as f64);
    // A disk that is nearly full is a warning: what restarts what hangs would mend nothing.
    let health = desk.get("/healthz");
    let is_warned = health.json()["warnings"].as_array().expect("a list").iter().any(|warning| warning == "disk");
    assert_eq!((health.status, is_warned), (200, metric("wirewatch_disk_nearly_full ") > 0.0), "{}", health.body);
}
