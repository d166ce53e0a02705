//! `verify` and `export`: what is stored is what was stored, and other programs can read it.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use flate2::read::MultiGzDecoder;
use rusqlite::Connection;
use serde_json::Value;

use super::archive;
use crate::support::Installation;

fn tamper(installation: &Installation, sql: &str) {
    let connection = Connection::open(installation.path("wirewatch.db")).expect("the database opens");
    assert!(connection.execute(sql, []).expect(sql) > 0, "{sql}");
}

fn lines(installation: &Installation, arguments: &[&str]) -> Vec<Value> {
    let stdout = installation.stdout(&[&["export", "--format", "jsonl"], arguments].concat());
    stdout.lines().map(|line| serde_json::from_str(line).expect("a JSON document a line")).collect()
}

#[test]
fn a_whole_archive_is_verified_and_an_altered_one_is_not() {
    let (_site, installation) = archive();
    let verified = installation.json(&["verify"]);
    assert_eq!((&verified["sound"], &verified["versions"], &verified["pages"]), (&true.into(), &3.into(), &3.into()));
    assert!(installation.stdout(&["verify"]).contains("every hash follows from the one before"));

    tamper(&installation, "UPDATE versions SET observed_at = observed_at - 60000 WHERE number = 2");
    let altered = installation.run(&["verify"]);
    let said = String::from_utf8_lossy(&altered.stdout).into_owned();
    assert_eq!(altered.status.code(), Some(1), "{said}");
    assert!(said.contains("26 killed") && said.contains("version 2: its hash does not follow"), "{said}");
    let altered = installation.run(&["verify", "--json"]);
    let altered: Value = serde_json::from_slice(&altered.stdout).expect("JSON");
    assert_eq!((&altered["sound"], &altered["flaws"][0]["kind"]), (&false.into(), &"chain".into()), "{altered}");
}

#[test]
fn a_line_has_what_show_says_and_the_articles_facts() {
    let (_site, installation) = archive();
    let all = lines(&installation, &[]);
    assert_eq!(all.len(), 3);
    let revised = lines(&installation, &["troops", "--revised", "--rule", "unrest", "--limit", "1"]);
    let numbers: Vec<&Value> = revised.iter().map(|line| &line["number"]).collect();
    assert_eq!(numbers, [1, 2], "every version of the articles selected, oldest first");
    let id = revised[0]["article"].to_string();
    for (line, version) in revised.iter().zip(["1", "2"]) {
        let shown = installation.json(&["show", &format!("{id}@{version}")]);
        for (key, value) in shown.as_object().expect("an object") {
            assert_eq!(&line[key], value, "{key}");
        }
        assert_eq!((&line["feeds"][0], &line["versions"]), (&"harbour-post".into(), &2.into()));
    }
    assert_eq!(lines(&installation, &["--article", &id]), revised);
    assert_eq!(lines(&installation, &["fans"]).len(), 1);
    assert_eq!(lines(&installation, &["nobody"]).len(), 0);
    assert_eq!(installation.run(&["export", "--format", "jsonl", "--rule", "none"]).status.code(), Some(1));
    assert_eq!(installation.run(&["export", "--format", "jsonl", "AND"]).status.code(), Some(2));
}

#[test]
fn cells_that_a_spreadsheet_would_compute_are_harmless() {
    use wirewatch::cli::render::csv;
    for (cell, written) in [
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "\"'=1\""),
        ("＝1", "'＝1"),
        ("a,b", "\"a,b\""),
        ("a\"b", "\"a\"\"b\""),
        ("two\n\nlines", "\"two\n\nlines\""),
        (" padded", "\" padded\""),
        ("=HYPERLINK(\"http://a\",\"b\")", "\"'=HYPERLINK(\"\"http://a\"\",\"\"b\"\")\""),
        ("nul\0bell\u{7}", "nulbell"),
        ("", ""),
    ] {
        assert_eq!(csv::line([cell, "next"]), format!("{written},next\r\n"), "{cell:?}");
    }
}

#[test]
fn a_table_has_a_row_for_each_version() {
    let (_site, installation) = archive();
    let table = installation.stdout(&["export", "--format", "csv", "troops"]);
    assert!(table.starts_with("article,version,url,headline,"), "{table}");
    assert!(table.contains(",26 killed,") && table.contains(",Dozens [31mkilled,"), "{table}");
    assert!(!table.contains('\u{1b}') && table.contains("→ 26"), "{table}");
}

#[test]
fn a_number_where_a_query_stands_is_explained() {
    let (_site, installation) = archive();
    let output = installation.run(&["export", "--format", "jsonl", "777"]);
    let remarks = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && remarks.contains("`--article 777` names an article"), "{remarks}");
}

/// What a record says of itself, and its block.
fn records(packed: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    MultiGzDecoder::new(packed).read_to_end(&mut bytes).expect("gzip");
    let mut records = Vec::new();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let end = rest.windows(4).position(|four| four == b"\r\n\r\n").expect("the end of a head");
        let head = String::from_utf8(rest[..end].to_vec()).expect("a head in UTF-8");
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a length");
        let length: usize = length.parse().expect("a number");
        let block = rest[end + 4..end + 4 + length].to_vec();
        assert_eq!(&rest[end + 4 + length..end + 8 + length], b"\r\n\r\n", "{head}");
        rest = &rest[end + 8 + length..];
        records.push((head, block));
    }
    records
}

/// `.ci/run` has an independent reader look at such a file.
#[test]
fn a_warc_file_has_the_pages_as_they_are_stored() {
    let (_site, installation) = archive();
    installation.stdout(&["export", "--format", "warc", "--output", "pages.warc.gz", "troops"]);
    let records = records(&fs::read(installation.path("pages.warc.gz")).expect("the file"));
    let kinds: Vec<&str> =
        records.iter().filter_map(|(head, _)| head.lines().find_map(|line| line.strip_prefix("WARC-Type: "))).collect();
    assert_eq!(kinds, ["warcinfo", "response", "request", "metadata", "response", "request", "metadata"]);
    let id = lines(&installation, &["troops"])[0]["article"].to_string();
    for (record, version) in [(&records[1], "1"), (&records[4], "2")] {
        let page = installation.run(&["show", "--html", &format!("{id}@{version}")]).stdout;
        let (head, block) = record;
        assert!(head.starts_with("WARC/1.1\r\n") && head.contains("\r\nWARC-Payload-Digest: sha256:"), "{head}");
        let blank = block.windows(4).position(|four| four == b"\r\n\r\n").expect("the end of the headers");
        let headers = String::from_utf8_lossy(&block[..blank]).to_lowercase();
        assert!(headers.starts_with("http/1.1 200 ok\r\n"), "{headers}");
        assert!(headers.contains(&format!("\r\ncontent-length: {}", page.len())), "{headers}");
        assert_eq!(block[blank + 4..], page);
    }
}

#[test]
fn a_file_is_there_whole_or_not_at_all() {
    let (_site, installation) = archive();
    let target = installation.path("versions.jsonl");
    fs::write(&target, "of yesterday\n").expect("a writable folder");
    assert_eq!(installation.run(&["export", "--format", "jsonl", "--output", "no/such/folder"]).status.code(), Some(1));
    assert_eq!(
        installation.run(&["export", "--format", "jsonl", "--output", "wirewatch.db"]).status.code(),
        Some(1),
        "the database is no place for an export"
    );
    installation.stdout(&["export", "--format", "jsonl", "--output", "versions.jsonl"]);
    assert_eq!(fs::read_to_string(&target).expect("the file").lines().count(), 3);
    let left: Vec<_> = fs::read_dir(installation.folder.path())
        .expect("the folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let (_site, installation) = archive();
    let mut command = installation.command(&["export", "--format", "jsonl"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{output:?}");
}

#[test]
fn what_is_damaged_is_left_out_and_named() {
    let (_site, installation) = archive();
    tamper(
        &installation,
        "UPDATE contents SET bytes = x'28b52ffd00' WHERE id = (SELECT content_id FROM versions WHERE number = 2)",
    );
    let exported = installation.run(&["export", "--format", "jsonl"]);
    let said = String::from_utf8_lossy(&exported.stderr).into_owned();
    assert_eq!((exported.status.code(), exported.stdout.split(|byte| *byte == b'\n').count()), (Some(1), 3), "{said}");
    assert!(said.contains("left out: version 2 of article"), "{said}");
    let searched = installation.run(&["articles", "troops", "--json"]);
    let said = String::from_utf8_lossy(&searched.stderr).into_owned();
    assert!(searched.status.success() && said.contains("left out what is damaged: version 2 of article"), "{said}");
    let listed = installation.json(&["articles"]);
    assert_eq!(listed["articles"].as_array().map(Vec::len), Some(2), "whether it is there, its text does not decide");
}

#[test]
fn a_hidden_version_is_shown_nowhere_and_its_place_remains() {
    let (_site, installation) = archive();
    let id = installation.json(&["articles", "troops"])["articles"][0]["id"].to_string();
    let refused = |arguments: &[&str]| {
        let output = installation.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.stdout.is_empty(), "{arguments:?}");
        (output.status.code(), said)
    };
    let latest = refused(&["hide", &format!("{id}@2"), "--why", "court order"]);
    assert!(latest.0 == Some(1) && latest.1.contains("is the latest of article"), "{latest:?}");
    assert_eq!(refused(&["hide", &id, "--why", "court order"]).0, Some(2), "the version has to be named");
    assert_eq!(refused(&["hide", &format!("{id}@1")]).0, Some(2), "and the reason");

    let hidden = installation.json(&["hide", &format!("{id}@1"), "--why", "court order 7 O 123/26"]);
    assert_eq!((&hidden["version"], &hidden["hidden"]["why"]), (&1.into(), &"court order 7 O 123/26".into()));
    assert_eq!(hidden["messages"], 2, "both mails showed words of it");
    for arguments in [&["show", "@1"][..], &["show", "@1", "--json"], &["show", "@1", "--html"], &["diff", ""]] {
        let named = arguments.iter().map(|argument| match *argument {
            "@1" | "" => format!("{id}{argument}"),
            argument => argument.to_owned(),
        });
        let named: Vec<String> = named.collect();
        let refusal = refused(&named.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(refusal.0 == Some(1) && refusal.1.contains("court order 7 O 123/26"), "{named:?}: {refusal:?}");
    }
    let everything = [
        installation.stdout(&["history", &id]),
        installation.stdout(&["history", &id, "--json"]),
        installation.stdout(&["export", "--format", "jsonl"]),
        installation.stdout(&["export", "--format", "csv"]),
        installation.stdout(&["export", "--format", "html", &id]),
        installation.stdout(&["alerts"]),
        installation.stdout(&["alerts", "show", "1"]),
        installation.stdout(&["alerts", "show", "2"]),
        installation.stdout(&["articles", "troops"]),
        installation.stdout(&["rules", "test", "troops"]),
    ];
    for said in &everything {
        assert!(!said.contains("Dozens") && !said.contains("a dozen"), "{said}");
    }
    assert!(everything[0].contains("court order") && everything[4].contains("court order"), "{}", everything[0]);
    assert!(everything[6].contains("The message is kept no more"), "{}", everything[6]);
    assert!(installation.stdout(&["verify"]).contains("1 version is hidden, and its hashes remain"));
    installation.all();
    assert_eq!(installation.json(&["verify"])["sound"], true);
}

#[test]
fn a_report_stands_alone_and_has_every_version_with_its_hash() {
    let (_site, installation) = archive();
    let id = installation.json(&["articles", "troops"])["articles"][0]["id"].to_string();
    let report = installation.stdout(&["export", &id, "--format", "html"]);
    for version in installation.json(&["history", &id])["versions"].as_array().expect("versions") {
        assert!(report.contains(version["sha256"].as_str().expect("a hash")), "{report}");
        assert!(report.contains(version["page_sha256"].as_str().expect("a hash")), "{report}");
    }
    assert!(report.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    assert!(report.contains("every hash follows from the one before"), "{report}");
    assert!(report.contains("<del>") && report.contains("<ins>") && report.contains("The latest text in full"));
    for foreign in ["<script", "src=", "@import", "url(", "<link", "\u{1b}"] {
        assert!(!report.contains(foreign), "{foreign} in {report}");
    }
    assert_eq!(installation.stdout(&["export", "--article", &id, "--format", "html"]).len(), report.len());
    for wrong in [&["export", "--format", "html"][..], &["export", "troops", "--format", "html"]] {
        assert_eq!(installation.run(wrong).status.code(), Some(1), "{wrong:?}");
    }

    tamper(&installation, "UPDATE versions SET observed_at = observed_at - 60000 WHERE number = 1 AND article_id = 1");
    let altered = installation.run(&["export", &id, "--format", "html"]);
    assert_eq!(altered.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&altered.stdout).contains("its hash does not follow"));
}

#[test]
fn a_path_that_is_of_no_use_is_named_with_why_and_what_helps() {
    let (_site, installation) = archive();
    fs::create_dir(installation.path("folder")).expect("a folder");
    fs::write(installation.path("file"), "x").expect("a file");
    let place = |name: &str| installation.path(name).display().to_string();
    let (folder, missing, below) = (place("folder"), place("nowhere/out"), place("file/out"));
    let [parent, file] = [place("nowhere"), place("file")];
    let csv = |path: &str| vec!["export".to_owned(), "--format".into(), "csv".into(), "--output".into(), path.into()];
    let report = |path: &str| vec!["export".to_owned(), "1".into(), "--format=html".into(), format!("--output={path}")];
    let read = |path: &str| vec!["inspect".to_owned(), "page".into(), path.into()];
    for (arguments, why, help) in [
        (csv(&folder), format!("cannot write `{folder}`: it is a folder"), "name a file in it"),
        (report(&folder), format!("cannot write `{folder}`: it is a folder"), "name a file in it"),
        (csv(&missing), format!("cannot write `{missing}`: there is no folder `{parent}`"), "make it first"),
        (report(&missing), format!("cannot write `{missing}`: there is no folder `{parent}`"), "make it first"),
        (csv(&below), format!("cannot write `{below}`: `{file}` is no folder"), "name another place"),
        (read(&folder), format!("cannot read `{folder}`: it is a folder"), "name a file in it"),
        (read(&missing), format!("cannot read `{missing}`: there is no such file"), ""),
        (read(&below), format!("cannot read `{below}`: `{file}` is no folder"), ""),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ended = installation.run(&arguments);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains(&why) && said.contains(help), "{arguments:?}: {said}");
        assert!(!said.contains("os error"), "{said}");
    }
    for (path, why, help) in [
        (&folder, "it is a folder", "name a file in it"),
        (&missing, "there is no such file", "`wirewatch init` writes one"),
    ] {
        let ended = installation.run(&["--config", path, "articles"]);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(said.contains(path.as_str()) && said.contains(why) && said.contains(help), "{said}");
        assert_eq!(said.contains("wirewatch init"), why.contains("no such"), "{said}");
    }
}
