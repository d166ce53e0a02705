//! An earlier text as it would read today.

use wirewatch::detect::carry;
use wirewatch::model::ArticleText;

use super::{RESCUE, TOLL, TOLL_LATER, text};

const PROMO: &str = "Subscribe to our newsletter to get the best of our reporting in your inbox each day.";
const MAYOR: &str = "The mayor asked people to stay away from the river for the next two days.";

fn carried(earlier: &[&str], from: &[&str], to: &[&str]) -> Vec<String> {
    let carried = carry(&text("Dam", earlier), &text("Dam", from), &text("Dam", to));
    carried.paragraphs.into_iter().map(|paragraph| paragraph.text).collect()
}

#[test]
fn a_step_of_ours_is_taken_from_an_earlier_text() {
    assert_eq!(carried(&[TOLL, PROMO], &[TOLL, RESCUE, PROMO], &[TOLL, RESCUE]), [TOLL], "left out");
    assert_eq!(carried(&[TOLL, RESCUE], &[TOLL, RESCUE], &[TOLL, MAYOR, RESCUE]), [TOLL, MAYOR, RESCUE], "added");
    assert_eq!(carried(&[TOLL, PROMO], &[TOLL_LATER, PROMO], &[TOLL_LATER]), [TOLL], "the edit stays");
    assert_eq!(carried(&[], &[TOLL], &[TOLL]), [""; 0], "what came later stays away");
}

#[test]
fn a_passage_that_was_edited_and_then_read_otherwise_stands_once() {
    let longer = format!("{TOLL_LATER} Photograph: Agency");
    assert_eq!(carried(&[TOLL, RESCUE], &[TOLL_LATER, RESCUE], &[&longer, RESCUE]), [TOLL, RESCUE]);
}

#[test]
fn fields_that_we_read_otherwise_are_read_so_in_the_earlier_text() {
    let with = |headline: &str, byline: Option<&str>| ArticleText {
        byline: byline.map(str::to_owned),
        ..text(headline, &[TOLL])
    };
    let carried = carry(&with("Dam", None), &with("Dam breaks", None), &with("Dam breaks", Some("By Jane Doe")));
    assert_eq!((carried.headline.as_deref(), carried.byline.as_deref()), (Some("Dam"), Some("By Jane Doe")));
}
