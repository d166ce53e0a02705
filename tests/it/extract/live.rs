//! Live blogs: their posts, the times of these, and what a later look makes of them.

use std::fs;

use wirewatch::diff;
use wirewatch::model::{ArticleText, Kind, Role, Severity, Timestamp};

use super::{fixtures, url};

/// Pages of live blogs as publishers and their software build them, with a time that they show.
const LAYOUTS: [(&str, &str, &str); 4] = [
    ("live.html", "09:31", "09:36"),
    ("live-microdata.html", "minutes ago", "hours ago"),
    ("live-wordpress.html", "mins ago", "hours ago"),
    ("live-json-ld.html", "m ago", "h ago"),
];

fn read(page: &str) -> ArticleText {
    wirewatch::extract::extract(page.as_bytes(), Some("text/html"), &url(), None).unwrap().text
}

fn page(name: &str) -> String {
    fs::read_to_string(fixtures().join(name)).unwrap()
}

#[test]
fn every_post_has_its_time() {
    for (name, ..) in LAYOUTS {
        let text = read(&page(name));
        let posts: Vec<_> = text.paragraphs.iter().filter(|paragraph| paragraph.role == Role::Post).collect();
        let times: Vec<Option<Timestamp>> = posts.iter().map(|post| post.at).collect();
        assert!(times.len() >= 2 && times.iter().all(Option::is_some), "{name}: {times:?}");
        assert!(times.is_sorted_by(|newer, older| newer >= older), "{name}: {times:?}");
        assert!(times.first() > times.last(), "{name}: {times:?}");
    }
}

#[test]
fn a_post_whose_time_moved_is_no_revision() {
    for (name, shown, later) in LAYOUTS {
        let page = page(name);
        let moved = page.replace(shown, later).replace("2026-01-12T09:31:00", "2026-01-12T09:36:00");
        let moved = moved.replace("1768210260", "1768210560");
        assert_ne!(page, moved);
        let (old, new) = (read(&page), read(&moved));
        assert_ne!(old.paragraphs, new.paragraphs, "{name}: the time of a post is another");
        assert_eq!(diff::fingerprint(&old), diff::fingerprint(&new), "{name}");
        assert_eq!(diff::compare(&old, &new), None, "{name}");
    }
}

#[test]
fn a_new_post_at_the_top_is_an_addition_and_an_edited_old_one_an_edit() {
    let old = page("live-wordpress.html");
    let post = r##"<div id="liveblog-entry-204" class="liveblog-entry" data-timestamp="1768211000">
        <header class="liveblog-meta"><a href="#liveblog-entry-204" class="liveblog-meta-time"><span>now</span></a></header>
        <div class="liveblog-entry-content"><p>The first stage has landed on the ship, and the camera shows it upright.</p></div></div>"##;
    let first = r#"<div id="liveblog-entry-203""#;
    let new = old.replace(first, &format!("{post}{first}"));
    let change = diff::compare(&read(&old), &read(&new)).unwrap();
    assert_eq!((change.kinds, change.severity), (vec![Kind::Addition], Some(Severity::Notable)));
    let new = old.replace("stopped at four minutes", "stopped at nine minutes").replace("48 mins", "52 mins");
    let change = diff::compare(&read(&old), &read(&new)).unwrap();
    assert_eq!((change.kinds, change.severity), (vec![Kind::Figures], Some(Severity::Major)));
    assert_eq!(change.figures[0].context.split_whitespace().next(), Some("The"));
}

#[test]
fn a_table_in_a_post_is_read_line_by_line_and_keeps_the_time_of_the_post() {
    let paragraph = "<p>The chamber has passed the budget";
    let table = "<table><tr><td>In favour</td><td>153</td></tr><tr><td>Against</td><td>150</td></tr></table>";
    let page = page("live-microdata.html").replacen(paragraph, &format!("{table}{paragraph}"), 1);
    let text = read(&page);
    let rows = text.paragraphs.iter().filter(|paragraph| paragraph.role == Role::TableRow);
    let rows: Vec<(&str, Option<Timestamp>)> = rows.map(|row| (row.text.as_str(), row.at)).collect();
    let at = "2026-01-12T09:31:00+01:00".parse().ok();
    assert_eq!(rows, [("In favour | 153", at), ("Against | 150", at)]);
}

#[test]
fn a_text_without_posts_is_stored_as_before() {
    let text = read(&page("plain-old.html"));
    let stored = serde_json::to_string(&text).unwrap();
    assert!(!stored.contains("\"at\""));
    let read: ArticleText = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, text);
}
