//! The configuration: what it means, and what is said when something is wrong with it.

mod access;

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use secrecy::ExposeSecret;
use wirewatch::alert::Deliver;
use wirewatch::config::{
    self, Config, FeedConfig, Files, Listen, Loaded, MailTransport, OpmlFeed, PrivateAddresses, Problems, SmtpConfig,
    SmtpSecurity, feeds_toml, known_keys, read_list, read_opml, refusal, write_opml,
};
use wirewatch::model::{Event, Severity};
use wirewatch::rule::FeedSelector;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/config");
const EXAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml"));

/// A machine in memory.
#[derive(Default)]
struct Memory {
    files: BTreeMap<PathBuf, String>,
    env: BTreeMap<String, String>,
    timezone: Option<String>,
}

impl Memory {
    fn with(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        Self { files, ..Self::default() }
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<String> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn matching(&self, pattern: &Path) -> io::Result<Vec<PathBuf>> {
        let pattern = glob::Pattern::new(&pattern.to_string_lossy()).map_err(io::Error::other)?;
        Ok(self.files.keys().filter(|path| pattern.matches_path(path)).cloned().collect())
    }

    fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }

    fn system_timezone(&self) -> Option<String> {
        self.timezone.clone()
    }
}

/// A folder of fixtures.
struct Fixtures;

impl Files for Fixtures {
    fn read(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(Path::new(FIXTURES).join(path))
    }

    fn matching(&self, pattern: &Path) -> io::Result<Vec<PathBuf>> {
        let pattern = Path::new(FIXTURES).join(pattern);
        let found = glob::glob(&pattern.to_string_lossy()).map_err(io::Error::other)?;
        Ok(found.filter_map(Result::ok).filter_map(|path| Some(path.strip_prefix(FIXTURES).ok()?.to_owned())).collect())
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn system_timezone(&self) -> Option<String> {
        None
    }
}

fn load_files(files: &[(&str, &str)]) -> Result<Loaded, Problems> {
    config::load(Path::new(files[0].0), &Memory::with(files))
}

/// A configuration that loads.
#[track_caller]
fn load(text: &str) -> Config {
    load_files(&[("/etc/wirewatch/config.toml", text)]).unwrap_or_else(|problems| panic!("{problems}")).config
}

/// Everything that is said of a configuration, with or without errors.
fn said(text: &str) -> String {
    match load_files(&[("wirewatch.toml", text)]) {
        Ok(loaded) => loaded.warnings.to_string(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn what_is_wrong_is_told_all_at_once_at_its_place() {
    // With BLESS=1 the expected texts are written anew: read the difference.
    let bless = std::env::var_os("BLESS").is_some();
    let mut cases = 0;
    let mut wrong = Vec::new();
    let entries = std::fs::read_dir(FIXTURES).unwrap().map(|entry| entry.unwrap().path());
    for path in entries.filter(|path| path.extension().is_none_or(|extension| extension == "toml")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let file = if path.is_dir() { format!("{name}/wirewatch.toml") } else { format!("{name}.toml") };
        let said = match config::load(Path::new(&file), &Fixtures) {
            Ok(loaded) => format!("{}\nloads\n", loaded.warnings),
            Err(problems) => problems.to_string(),
        };
        assert!(!said.contains("hunter2"), "a secret is shown:\n{said}");
        let expected = Path::new(FIXTURES).join(format!("{name}.expected"));
        if bless {
            std::fs::write(&expected, &said).unwrap();
        }
        cases += 1;
        if std::fs::read_to_string(&expected).unwrap_or_default() != said {
            wrong.push(format!("--- {file}\n{said}"));
        }
    }
    assert!(cases >= 20, "only {cases} cases were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_empty_configuration_has_the_defaults() {
    let config = load("");
    assert_eq!(config.timezone, chrono_tz::Tz::UTC);
    assert_eq!(config.store.path, Path::new("/etc/wirewatch/wirewatch.db"));
    assert!(config.store.keep_pages);
    assert_eq!(config.store.retention, None);
    assert_eq!(config.poll.concurrency, 64);
    assert_eq!(config.poll.per_host_interval, Duration::from_secs(2));
    assert_eq!(config.poll.timeout, Duration::from_secs(30));
    assert_eq!(config.poll.initial, Duration::from_secs(86_400));
    assert_eq!(config.poll.max_body, 15 * 1024 * 1024);
    assert_eq!(config.poll.contact, None);
    assert_eq!(config.poll.allow_private_addresses, PrivateAddresses::Refused);
    assert_eq!(config.pages.recheck.to_string(), "15m for 3h, 1h for 1d, 6h for 7d, 1d for 30d");
    assert_eq!(config.pages.confirm, Duration::from_secs(45));
    assert!(config.pages.robots);
    assert_eq!(config.mail.from, "Wirewatch <wirewatch@localhost>");
    assert_eq!(config.mail.max_per_hour, 60);
    assert!(
        matches!(config.mail.transport, MailTransport::Maildir(path) if path == Path::new("/etc/wirewatch/alerts"))
    );
    assert_eq!(config.web.listen, Listen::Tcp("127.0.0.1:7177".parse().unwrap()));
    assert!(config.feeds.is_empty() && config.rules.is_empty() && config.recipients.is_empty());
}

#[test]
fn a_feed_has_the_defaults_of_poll_and_pages() {
    let config = load(
        r#"
        [poll]
        schedule = "every 20m"
        [pages]
        follow = false
        [[feed]]
        name = "a"
        url = "https://example.org/a.xml"
        [[feed]]
        name = "b"
        url = "https://example.org/b.xml"
        schedule = "0 8 * * 1-5"
        follow = true
        enabled = false
        tags = ["world", "world", "courts"]
        "#,
    );
    let [a, b] = &config.feeds[..] else { panic!("two feeds") };
    assert_eq!((a.schedule.to_string().as_str(), a.follow, a.enabled), ("every 20m", false, true));
    assert_eq!((b.schedule.to_string().as_str(), b.follow, b.enabled), ("0 8 * * 1-5", true, false));
    assert_eq!(b.tags, ["world", "courts"]);
    assert_eq!(load("[[feed]]\nurl = 'https://example.org/x'").feeds[0].schedule.to_string(), "*/10 * * * *");
}

#[test]
fn a_feed_without_a_name_gets_one_from_its_address() {
    let urls = [
        ("https://feeds.bbci.co.uk/news/world/rss.xml", "bbci.co.uk-news-world"),
        ("https://www.aljazeera.com/xml/rss/all.xml", "aljazeera.com"),
        ("https://example.org/feed?cat=1", "example.org-feed-cat-1"),
        ("https://example.org/feed?cat=2", "example.org-feed-cat-2"),
        ("https://example.org/Wirtschaft%20und%20Recht.rss", "example.org-Wirtschaft-und-Recht.rss"),
        ("https://feeds.org/rss", "feeds.org"),
    ];
    let text: String = urls.iter().map(|(url, _)| format!("[[feed]]\nurl = '{url}'\n")).collect();
    let names: Vec<String> = load(&text).feeds.into_iter().map(|feed| feed.name).collect();
    assert_eq!(names, urls.map(|(_, name)| name));
    let taken = load("[[feed]]\nurl = 'https://a.org/rss'\n[[feed]]\nname = 'a.org'\nurl = 'https://b.org/rss'");
    assert_eq!(taken.feeds[0].name, "a.org-rss");
}

#[test]
fn a_rule_has_defaults() {
    let config = load(
        r#"
        [[feed]]
        name = "a"
        url = "https://example.org/a.xml"
        tags = ["world"]
        [[recipient]]
        name = "desk"
        email = "desk@EXAMPLE.org"
        [[recipient]]
        name = "night"
        email = ["night@münchen.example"]
        deliver = "0 8 * * *"
        settle = "0s"
        update_interval = "1h"
        quiet = "23:00-06:00"
        [[rule]]
        name = "plain"
        match = "carbon tax"
        [[rule]]
        name = "full"
        match = "carbon levy"
        feeds = ["tag:world", "a"]
        on = ["gone", "back"]
        min_severity = "major"
        to = "night"
        urgent = true
        "#,
    );
    let [plain, full] = &config.rules[..] else { panic!("two rules") };
    assert!(plain.feeds.is_empty() && !plain.urgent);
    assert_eq!((&plain.on[..], plain.min_severity), (&[Event::New, Event::Revised][..], Severity::Notable));
    assert_eq!(plain.to, ["desk", "night"]);
    assert_eq!(full.feeds, [FeedSelector::Tag("world".into()), FeedSelector::Name("a".into())]);
    assert_eq!(
        (&full.on[..], full.min_severity, full.urgent),
        (&[Event::Gone, Event::Back][..], Severity::Major, true)
    );
    assert_eq!(full.to, ["night"]);
    let [desk, night] = &config.recipients[..] else { panic!("two recipients") };
    assert_eq!((&desk.email[..], &desk.deliver), (&["desk@example.org".to_owned()][..], &Deliver::Now));
    assert_eq!((desk.settle, desk.update_interval), (Duration::from_secs(90), Duration::from_secs(900)));
    assert_eq!(night.email, ["night@xn--mnchen-3ya.example"]);
    assert_eq!(night.deliver, Deliver::Digest("0 8 * * *".parse().unwrap()));
    assert_eq!(night.quiet.unwrap().to_string(), "23:00-06:00");
}

#[test]
fn rules_without_a_recipient_tell_the_desk_by_maildir() {
    let config = load("[[rule]]\nname = 'tax'\nmatch = 'tax'\nto = ['desk']");
    assert_eq!(config.recipients[0].name, "desk");
    assert_eq!(config.recipients[0].email, ["desk@localhost"]);
    assert_eq!(config.rules[0].to, ["desk"]);
}

#[track_caller]
fn smtp(mail: &str, machine: Memory) -> SmtpConfig {
    let mut machine = machine;
    machine.files.insert("/etc/w.toml".into(), format!("[mail]\n{mail}"));
    let loaded = config::load(Path::new("/etc/w.toml"), &machine).unwrap_or_else(|problems| panic!("{problems}"));
    match loaded.config.mail.transport {
        MailTransport::Smtp(smtp) => smtp,
        MailTransport::Maildir(path) => panic!("a Maildir at {}", path.display()),
    }
}

#[test]
fn mail_servers_are_taken_apart() {
    let cases = [
        ("smtp://mail.example.org", "mail.example.org", 587, SmtpSecurity::StartTls, None),
        ("smtp://mail.example.org:25/", "mail.example.org", 25, SmtpSecurity::StartTls, None),
        ("smtps://user@Mail.Example.org", "mail.example.org", 465, SmtpSecurity::Tls, Some("user")),
        (
            "smtps://desk%40example.org@mail.example.org",
            "mail.example.org",
            465,
            SmtpSecurity::Tls,
            Some("desk@example.org"),
        ),
        (
            "smtps://desk@example.org@mail.example.org",
            "mail.example.org",
            465,
            SmtpSecurity::Tls,
            Some("desk@example.org"),
        ),
        ("smtp+plain://localhost", "localhost", 25, SmtpSecurity::Plain, None),
        ("smtp+plain://127.0.0.1:1025", "127.0.0.1", 1025, SmtpSecurity::Plain, None),
        ("smtp+plain://[::1]:1025", "::1", 1025, SmtpSecurity::Plain, None),
    ];
    for (url, host, port, security, user) in cases {
        let smtp = smtp(&format!("smtp = '{url}'"), Memory::default());
        assert_eq!(
            (smtp.host.as_str(), smtp.port, smtp.security, smtp.user.as_deref()),
            (host, port, security, user),
            "{url}"
        );
    }
}

#[test]
fn a_password_comes_from_a_file_a_credential_the_environment_or_the_configuration() {
    let server = "smtp = 'smtps://user@mail.example.org'";
    let machine = || {
        Memory::with(&[
            ("/etc/secret", "pass word\n\n"),
            ("/etc/dos", "pass word\r\n"),
            ("/run/creds/smtp", "pass word"),
        ])
        .env("CREDENTIALS_DIRECTORY", "/run/creds")
        .env("SMTP_PASSWORD", "pass word")
    };
    for (key, expected) in [
        ("password_file = 'secret'", "pass word\n"),
        ("password_file = '/etc/dos'", "pass word"),
        ("password = { credential = 'smtp' }", "pass word"),
        ("password = { env = 'SMTP_PASSWORD' }", "pass word"),
        ("password = 'pass word'", "pass word"),
    ] {
        let smtp = smtp(&format!("{server}\n{key}"), machine());
        assert_eq!(smtp.password.as_ref().unwrap().expose_secret(), expected, "{key}");
        assert!(!format!("{smtp:?}").contains("pass word"));
    }
    assert!(
        said(&format!("[mail]\n{server}\npassword = 'x'")).contains("the password stands in the configuration itself")
    );
}

#[test]
fn paths_are_relative_to_the_file_that_names_them() {
    let loaded = load_files(&[
        ("/etc/wirewatch/main.toml", "include = ['conf.d/*.toml']"),
        ("/etc/wirewatch/conf.d/store.toml", "[store]\npath = '../data/w.db'\n"),
        ("/etc/wirewatch/conf.d/web.toml", "[web]\nlisten = 'unix:web.sock'\n"),
    ]);
    let config = loaded.unwrap().config;
    assert_eq!(config.store.path, Path::new("/etc/wirewatch/data/w.db"));
    assert_eq!(config.web.listen, Listen::Unix("/etc/wirewatch/conf.d/web.sock".into()));
    assert!(
        matches!(config.mail.transport, MailTransport::Maildir(path) if path == Path::new("/etc/wirewatch/data/alerts"))
    );
}

#[test]
fn files_that_include_each_other_by_pattern_are_read_once() {
    let loaded = load_files(&[
        ("conf/a.toml", "include = ['*.toml', 'b.toml']\n[[feed]]\nname = 'a'\nurl = 'https://example.org/a'"),
        ("conf/b.toml", "include = ['*.toml']\n[[feed]]\nname = 'b'\nurl = 'https://example.org/b'"),
        ("conf/c.toml", "[[feed]]\nname = 'c'\nurl = 'https://example.org/c'"),
    ]);
    let names: Vec<String> = loaded.unwrap().config.feeds.into_iter().map(|feed| feed.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn the_timezone_is_the_systems_unless_it_is_named() {
    let machine =
        |text: &str, zone: &str| Memory { timezone: Some(zone.to_owned()), ..Memory::with(&[("w.toml", text)]) };
    let zone = |text, zone| config::load(Path::new("w.toml"), &machine(text, zone)).unwrap().config.timezone.name();
    assert_eq!(zone("", "Asia/Tokyo"), "Asia/Tokyo");
    assert_eq!(zone("", "Nowhere/Land"), "UTC");
    assert_eq!(zone("timezone = 'Europe/Berlin'", "Asia/Tokyo"), "Europe/Berlin");
}

#[test]
fn private_addresses_are_a_flag_or_a_list() {
    let read = |value: &str| load(&format!("[poll]\nallow_private_addresses = {value}")).poll.allow_private_addresses;
    assert_eq!(read("true"), PrivateAddresses::Allowed);
    assert_eq!(read("false"), PrivateAddresses::Refused);
    let hosts = ["10.0.0.0/8", "fd00::/8", "127.0.0.1", "::1", "intranet.example.org"];
    assert_eq!(read(&format!("{hosts:?}")), PrivateAddresses::Only(hosts.map(str::to_owned).to_vec()));
}

#[test]
fn sizes_are_read() {
    for (typed, bytes) in
        [("'15 MiB'", 15 << 20), ("'500kB'", 500_000), ("'1 GB'", 0), ("1_000_000", 1_000_000), ("'64 KiB'", 65_536)]
    {
        let text = format!("[poll]\nmax_body = {typed}");
        match bytes {
            0 => assert!(said(&text).contains("`max_body` must be from `64 KiB` to `256 MiB`")),
            bytes => assert_eq!(load(&text).poll.max_body, bytes),
        }
    }
}

#[test]
fn an_error_anywhere_leaves_no_configuration_and_keeps_the_warnings() {
    let problems = load_files(&[("w.toml", "[poll]\ntimeout = 'x'\nschedule = '*/20 * * * * *'")]).unwrap_err();
    assert_eq!((problems.errors(), problems.warnings()), (1, 1));
    let first = problems.iter().next().unwrap();
    assert_eq!((first.file.as_path(), first.line, first.column), (Path::new("w.toml"), 2, 11));
    assert_eq!(first.source_line.as_deref().map(|line| &line[first.span.clone()]), Some("'x'"));
}

#[test]
fn problems_beyond_count_are_counted() {
    let problems = load_files(&[("w.toml", &"[[feed]]\nurl = 'x'\n".repeat(1_000))]).unwrap_err();
    assert!(problems.iter().count() <= 201);
    assert!(problems.to_string().contains("error: and 800 more errors\n"), "{}", problems.iter().last().unwrap());
}

#[test]
fn colour_changes_nothing_but_colour() {
    let problems = load_files(&[("w.toml", "[poll]\ntimeout = 'x'")]).unwrap_err();
    let coloured = problems.render(true).to_string();
    assert!(coloured.starts_with("\u{1b}[1m\u{1b}[31merror\u{1b}[0m"), "{coloured:?}");
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, problems.to_string());
}

#[test]
fn the_starter_configuration_works_as_it_is() {
    let loaded =
        load_files(&[("/srv/wirewatch.toml", config::STARTER)]).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    assert_eq!((loaded.config.feeds.len(), loaded.config.rules.len()), (3, 1));
    assert!(matches!(loaded.config.mail.transport, MailTransport::Maildir(path) if path == Path::new("/srv/alerts")));
}

#[test]
fn the_example_configuration_works_as_it_is() {
    let loaded = load_files(&[("/srv/wirewatch.toml", EXAMPLE)]).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
}

#[test]
fn the_example_configuration_holds_every_key() {
    let mut section = String::new();
    let mut shown: Vec<(String, String)> = Vec::new();
    for line in EXAMPLE.lines() {
        if line.starts_with('[') {
            section = line.to_owned();
            shown.push((String::new(), line.trim_matches(['[', ']']).to_owned()));
        } else if let Some((key, value)) = line.trim_start_matches('#').split_once(" = ") {
            shown.push((section.clone(), key.to_owned()));
            let table = match key {
                "password" => "a password",
                "dkim" => "a DKIM signature",
                "templates" => "[mail.templates]",
                "webhook" => "a webhook",
                "ntfy" => "an ntfy address",
                _ => continue,
            };
            let inner = value.strip_prefix("{ ").into_iter().flat_map(|inner| inner.split(", "));
            let inner = inner.filter_map(|part| part.split_once(" = "));
            shown.extend(inner.map(|(key, _)| (table.to_owned(), key.to_owned())));
        }
    }
    for (title, key) in known_keys() {
        assert!(
            shown.contains(&(title.to_owned(), key.to_owned())),
            "`{key}` of {title:?} is not in config.example.toml"
        );
    }
}

/// What stands in the place of another option.
const OTHERWISE: [&str; 7] =
    ["maildir", "password", "oauth_token_file", "token", "token_file", "cookie", "client_certificate"];

/// What the example comments out is as good as the rest. Of two lines for one key the first counts.
#[test]
fn the_example_configuration_works_with_every_option_set() {
    let mut text = String::new();
    let mut keys: Vec<&str> = Vec::new();
    for line in EXAMPLE.lines() {
        if line.starts_with('[') {
            keys.clear();
        }
        let option = line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        let key = option.and_then(|option| option.split_once(" = ")).map(|(key, _)| key);
        match option.zip(key) {
            Some((option, key)) if !keys.contains(&key) && !OTHERWISE.contains(&key) => {
                keys.push(key);
                text.push_str(option);
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    let machine = Memory::with(&[
        ("/srv/w.toml", &text),
        ("/srv/feeds.d/more.toml", "[[feed]]\nurl = 'https://example.org/more.xml'"),
        ("/srv/newsroom.opml", "<opml><body/></opml>"),
        ("/etc/wirewatch/smtp-password", "x"),
        ("/etc/wirewatch/dkim.pem", "-----BEGIN PRIVATE KEY-----"),
        ("/etc/wirewatch/feed-password", "x"),
        ("/etc/wirewatch/feed-cookie", "x=y"),
        ("/etc/wirewatch/site-password", "x"),
        ("/etc/wirewatch/site-cookie", "x=y"),
        ("/srv/web-password", "x"),
        ("/srv/alert.txt", "{{ body }}"),
        ("/srv/alert.html", "{{ body }}"),
    ]);
    let loaded = config::load(Path::new("/srv/w.toml"), &machine).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings.render(false));
    assert_eq!(loaded.config.feeds.len(), 3);
}

const OPML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE opml [<!ENTITY boom "bang">]>
<opml version="2.0">
  <head><title>Mine</title></head>
  <body>
    <outline text="News" title="News &amp; Views">
      <outline text="World">
        <outline type="rss" text="BBC &#x2014; World" xmlUrl="https://feeds.bbci.co.uk/news/world/rss.xml" htmlUrl="https://www.bbc.co.uk/news"/>
        <outline type="rss" text="A &boom; &unknown; b" XMLURL="https://example.org/?a=1&b=2&amp;c=3"/>
      </outline>
    </outline>
    <outline text="Courts"><outline xmlUrl="feed://example.org/courts.xml"/></outline>
    <outline text="Again"><outline title="BBC" xmlUrl="https://feeds.bbci.co.uk/news/world/rss.xml"/></outline>
    <outline text="A link" type="link" url="https://example.org/"/>
  </body>
</opml>"#;

#[test]
fn opml_folders_become_tags() {
    let feeds = read_opml(OPML).unwrap();
    let seen: Vec<(&str, &str, Vec<&str>, usize)> = feeds
        .iter()
        .map(|feed| (feed.name.as_str(), feed.url.as_str(), feed.tags.iter().map(String::as_str).collect(), feed.line))
        .collect();
    assert_eq!(
        seen,
        [
            ("BBC — World", "https://feeds.bbci.co.uk/news/world/rss.xml", vec!["News & Views", "World", "Again"], 8),
            ("A &boom; &unknown; b", "https://example.org/?a=1&b=2&c=3", vec!["News & Views", "World"], 9),
            ("", "http://example.org/courts.xml", vec!["Courts"], 12),
        ]
    );
    assert_eq!(feeds[0].html_url.as_deref(), Some("https://www.bbc.co.uk/news"));
}

#[test]
fn feeds_of_opml_files_are_feeds() {
    let main = "opml = ['mine.opml']\n[poll]\nschedule = 'every 5m'\n[[feed]]\nname = 'courts'\nurl = 'http://example.org/courts.xml'\n\
        [[rule]]\nname = 'x'\nmatch = 'x-ray'\nfeeds = ['tag:World', 'BBC — World']";
    let loaded =
        load_files(&[("conf/w.toml", main), ("conf/mine.opml", OPML)]).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(loaded.warnings.iter().all(|warning| !warning.message.contains("feed")), "{}", loaded.warnings);
    let names: Vec<&str> = loaded.config.feeds.iter().map(|feed| feed.name.as_str()).collect();
    assert_eq!(names, ["courts", "BBC — World", "A &boom; &unknown; b"]);
    assert_eq!(loaded.config.feeds[1].schedule.to_string(), "every 5m");
}

#[test]
fn lists_are_read_as_newsboat_reads_them() {
    let list = "# my feeds\n\nhttps://a.example/rss\nhttps://b.example/rss world \"far away\" world # not this\n\
        https://c.example/rss#top \"~The \\\"C\\\" Post\" news !\n  d.example/feed  \nfeed://e.example/rss\n\
        https://a.example/rss again\n";
    let feeds = read_list(list).unwrap();
    let read: Vec<(&str, &str, &[String], usize)> =
        feeds.iter().map(|feed| (feed.url.as_str(), feed.name.as_str(), feed.tags.as_slice(), feed.line)).collect();
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        read,
        [
            ("https://a.example/rss", "", tags(&["again"]).as_slice(), 3),
            ("https://b.example/rss", "", tags(&["world", "far away"]).as_slice(), 4),
            ("https://c.example/rss#top", "The \"C\" Post", tags(&["news"]).as_slice(), 5),
            ("https://d.example/feed", "", &[], 6),
            ("http://e.example/rss", "", &[], 7),
        ]
    );
}

#[test]
fn what_newsboat_makes_by_itself_is_refused_with_the_reason() {
    let list = "\"query:Unread:unread = \\\"yes\\\"\"\n\"exec:/bin/feed a\"\nfilter:/bin/sed:https://a.example/rss\n\
        file:///home/a/feed.xml\nhttps://a.example/rss";
    let refused: Vec<(String, Option<String>)> =
        read_list(list).unwrap().into_iter().map(|feed| (feed.name.clone(), refusal(&feed))).collect();
    let said = |index: usize| refused[index].1.clone().unwrap_or_default();
    assert_eq!(refused[0].0, "Unread");
    assert!(said(0).contains("by a query") && said(1).contains("runs a program") && said(2).contains("runs a program"));
    assert!(said(3).contains("only addresses with `http://`"), "{refused:?}");
    assert_eq!(refused[4].1, None);
}

#[test]
fn what_is_no_list_of_feeds_is_called_so() {
    let error = read_list("\nDear Sir or Madam,\nyours etc.\n").unwrap_err();
    assert_eq!((error.line, error.to_string().as_str()), (2, "this is neither OPML nor a list of web addresses"));
    assert_eq!(read_list("# nothing\n\n"), Ok(Vec::new()));
    assert!(read_list(&"https://a.example/rss\n".repeat(100_001)).is_err());
}

#[test]
fn names_of_imported_feeds_are_not_those_there_are() {
    let feeds = read_list("https://a.example/rss\nhttps://b.example/rss ~Courts").unwrap();
    let toml = feeds_toml(&feeds, &["a.example".to_owned(), "Courts".to_owned()].into());
    assert!(toml.contains("name = \"a.example-rss\"") && toml.contains("name = \"Courts (b.example)\""), "{toml}");
}

#[test]
fn broken_opml_says_in_which_line() {
    for (text, line, message) in [
        ("", 1, "this is no OPML document: it has no `<opml>`"),
        ("<html></html>", 1, "this is no OPML document: it has no `<opml>`"),
        ("<opml>\n<body>\n<outline>\n", 3, "this OPML document ends too early"),
    ] {
        let error = read_opml(text).unwrap_err();
        assert_eq!((error.line, error.to_string().as_str()), (line, message));
    }
    let crossed = read_opml("<opml>\n<body>\n<outline text='a'>\n</body></opml>").unwrap_err();
    assert_eq!(crossed.line, 4);
    let deep = format!("<opml><body>{}", "<outline text='a'>".repeat(100));
    assert_eq!(read_opml(&deep).unwrap_err().to_string(), "the list is nested deeper than 64 levels");
    let many = format!("<opml><body>{}</body></opml>", "<outline/>".repeat(100_001));
    assert_eq!(read_opml(&many).unwrap_err().to_string(), "the list has more than 100000 outlines");
}

#[test]
fn imported_feeds_are_toml_that_loads() {
    let feeds = vec![
        OpmlFeed {
            name: "BBC \"World\"\n= x".into(),
            url: "https://example.org/a".into(),
            tags: vec!["a\\b".into(), "京都".into()],
            html_url: None,
            line: 1,
        },
        OpmlFeed {
            name: "Same".into(),
            url: "https://example.org/b/rss".into(),
            tags: vec![],
            html_url: None,
            line: 2,
        },
        OpmlFeed { name: "Same".into(), url: "https://example.org/c".into(), tags: vec![], html_url: None, line: 3 },
    ];
    let read = load(&feeds_toml(&feeds, &HashSet::new())).feeds;
    let names: Vec<&str> = read.iter().map(|feed| feed.name.as_str()).collect();
    assert_eq!(names, ["BBC \"World\" = x", "Same (example.org-b)", "Same (example.org-c)"]);
    assert_eq!(read[0].tags, ["a\\b", "京都"]);
}

fn feed_configs() -> impl Strategy<Value = Vec<FeedConfig>> {
    let tags = proptest::collection::btree_set("[a-z<&\"京]{1,6}", 0..3);
    proptest::collection::vec(("[ -~京é]{1,20}", "[a-z0-9&=?%]{1,12}", tags), 0..8).prop_map(|feeds| {
        let feeds = feeds.into_iter().enumerate().map(|(index, (name, path, tags))| FeedConfig {
            name,
            url: format!("https://example.org/{index}/{path}").parse().expect("an address"),
            schedule: "@hourly".parse().expect("a schedule"),
            tags: tags.into_iter().collect(),
            follow: true,
            enabled: true,
            found_on_page: false,
        });
        feeds.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exported_feeds_read_back(feeds in feed_configs()) {
        let read = read_opml(&write_opml(&feeds)).unwrap();
        let sorted = |mut feeds: Vec<(String, Vec<String>)>| { feeds.sort(); feeds };
        prop_assert_eq!(
            sorted(read.into_iter().map(|feed| (feed.url, feed.tags)).collect()),
            sorted(feeds.into_iter().map(|feed| (feed.url.to_string(), feed.tags)).collect())
        );
    }

    #[test]
    fn no_text_breaks_the_reader(text in "(\\PC|[\\[\\]=\"'\n#.{}\\\\]){0,80}") {
        let _ = said(&text);
        let _ = said(&format!("[mail]\npassword = {text}\n[[feed]]\nname = \"{text}\"\nschedule = '{text}'"));
        let _ = read_opml(&text);
        let _ = read_list(&text);
    }

    #[test]
    fn the_caret_stands_under_the_place_in_the_string(
        pieces in proptest::collection::vec(proptest::sample::select(vec!["tax ", "\"carbon tax\" ", "été ", "京都\t", "/\\d\\d/ ", "\n"]), 0..6)
    ) {
        let quoted = toml::Value::from(format!("{}(levy", pieces.concat())).to_string();
        let text = format!("[[rule]]\nname = 'x'\nmatch = {quoted}\n");
        let problems = load_files(&[("w.toml", &text)]).map(|loaded| loaded.warnings).unwrap_or_else(|problems| problems);
        let unclosed = problems.iter().find(|problem| {
            problem.source_line.as_ref().is_some_and(|line| line.get(problem.span.clone()).is_some_and(|part| part.starts_with('(')))
        });
        prop_assert!(unclosed.is_some(), "{}", problems);
    }
}

/// Wrong in every section, so that lines are shown.
const SECRETS: &str = r#"
[[feed]]
name = 3
url = "https://reader:hunter2@example.org/feed.xml"
schedule = "nonsense"
[mail]
from = 1
smtp = "smtps://user:hunter2@mail.example.org"
password = "hunter2"
[[site]]
host = "//"
headers = { Authorization = "Bearer hunter2" }
[[site]]
host = "example.org"
[site.cookies]
session = "hunter2"
[web]
listen = 5
password = """
hunter2
hunter2"""
"#;

#[test]
fn no_slip_of_the_pen_shows_a_secret() {
    for at in 0..SECRETS.len() {
        for slip in ["", "\"", "'", "=", "[", "]", "#", "\n", ".", "a"] {
            for removed in 0..2 {
                let text = format!("{}{slip}{}", &SECRETS[..at], &SECRETS[at + removed..]);
                let said = said(&text);
                assert!(!said.contains("hunter"), "{text}\n{said}");
            }
        }
    }
}
