//! When an article says that it was published and changed.

use std::fs;

use wirewatch::model::Timestamp;

use super::{article, fixtures, read};

#[test]
fn times_are_read_as_pages_show_them() {
    let cases = fs::read_to_string(fixtures().join("times.txt")).unwrap();
    for case in cases.lines().filter(|line| !line.starts_with('#')) {
        let (markup, expected) = case.split_once(" => ").unwrap();
        let text = read(&article("", &format!("<h1>Dam bursts above valley</h1>{markup}"), "")).text;
        let told = |time: Option<Timestamp>| time.map_or("_".to_owned(), |time| time.to_string());
        assert_eq!(format!("{} {}", told(text.published_at), told(text.modified_at)), expected, "{markup}");
    }
}

#[test]
fn a_date_before_the_headline_is_the_sites() {
    let page = article("", "<p class=date>18 November 2019</p><h1>Dam bursts above valley</h1>", "");
    assert_eq!(read(&page).text.published_at, None);
}
