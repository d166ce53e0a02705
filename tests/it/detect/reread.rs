//! Another reader: what it reads otherwise is no change of the article.

use wirewatch::detect::{Finding, Page, assess_anew, choice, read_anew, reread};
use wirewatch::model::{
    ArticleText, Capture, Choice, Event, Kind, Mark, PageBlock, Paragraph, Role, Severity, Sightings,
};

use super::{Look, RESCUE, TOLL, TOLL_LATER, alerts, capture, text, told, usual, version};

const MAYOR: &str = "The mayor asked people to stay away from the river for the next two days.";
const PROMO: &str = "Subscribe to our newsletter to get the best of our reporting in your inbox each day.";
const RADIO: &str = "Listen to our correspondent on the morning programme from the scene of the flood.";

/// A page as its reader reads it: what it takes for the article, and what it leaves beside it.
fn page(blocks: &[(&str, bool)]) -> Capture {
    let block = |(text, is_article): &(&str, bool)| PageBlock {
        role: Role::Paragraph,
        text: (*text).to_owned(),
        group: 1,
        is_prose: true,
        is_article: *is_article,
        at: None,
    };
    let article: Vec<&str> = blocks.iter().filter(|(_, is_article)| *is_article).map(|(text, _)| *text).collect();
    Capture { page: blocks.iter().map(block).collect(), ..capture(text("Dam breaks", &article)) }
}

fn paragraphs(text: &ArticleText) -> Vec<&str> {
    text.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect()
}

/// What the new reader makes of a page of which the old one chose `then`, with `latest` as what the looks agreed on.
fn read(latest: &[&str], then: &[(&str, bool)], now: &[(&str, bool)]) -> Option<Vec<String>> {
    read_with(&mut Sightings::default(), latest, then, now)
}

fn read_with(
    sightings: &mut Sightings,
    latest: &[&str],
    then: &[(&str, bool)],
    now: &[(&str, bool)],
) -> Option<Vec<String>> {
    let latest = text("Dam breaks", latest);
    let then = choice(&page(then), &latest);
    let text = reread(&latest, &then, false, sightings, &page(now))?;
    Some(paragraphs(&text).into_iter().map(str::to_owned).collect())
}

#[test]
fn a_reader_that_reads_the_same_makes_no_version() {
    let same = [(TOLL, true), (PROMO, false), (RESCUE, true)];
    assert_eq!(read(&[TOLL, RESCUE], &same, &same), None);
}

#[test]
fn what_the_new_reader_leaves_out_leaves_the_version() {
    let then = [(TOLL, true), (PROMO, true), (RESCUE, true)];
    let beside = [(TOLL, true), (PROMO, false), (RESCUE, true)];
    assert_eq!(read(&[TOLL, PROMO, RESCUE], &then, &beside).as_deref(), Some(&[TOLL, RESCUE].map(str::to_owned)[..]));
    let removed = [(TOLL, true), (RESCUE, true)];
    assert_eq!(read(&[TOLL, PROMO, RESCUE], &then, &removed).as_deref(), Some(&[TOLL, RESCUE].map(str::to_owned)[..]));
}

#[test]
fn what_the_new_reader_adds_comes_at_its_place() {
    let then = [(TOLL, true), (MAYOR, false), (RESCUE, true)];
    let now = [(TOLL, true), (MAYOR, true), (RESCUE, true)];
    let read = read(&[TOLL, RESCUE], &then, &now).expect("another text");
    assert_eq!(read, [TOLL, MAYOR, RESCUE]);
}

#[test]
fn what_two_looks_settled_away_does_not_come_back() {
    // The old reader chose the radio's line at this look too; the looks agreed that it is none of the article's.
    let then = [(TOLL, true), (RADIO, true), (RESCUE, true), (PROMO, true)];
    let now = [(TOLL, true), (RADIO, true), (RESCUE, true), (PROMO, false)];
    let read = read(&[TOLL, RESCUE, PROMO], &then, &now).expect("another text");
    assert_eq!(read, [TOLL, RESCUE]);
}

#[test]
fn what_the_looks_kept_against_the_reading_is_kept() {
    // Neither reader chooses the mayor's words at this look; they stand on the page.
    let then = [(TOLL, true), (MAYOR, false), (RESCUE, true), (PROMO, true)];
    let now = [(TOLL, true), (MAYOR, false), (RESCUE, true), (PROMO, false)];
    assert_eq!(read(&[TOLL, MAYOR, RESCUE, PROMO], &then, &now).expect("another text"), [TOLL, MAYOR, RESCUE]);
    // What the new reader does not even see on the page has left the text.
    let unseen = [(TOLL, true), (RESCUE, true)];
    assert_eq!(read(&[TOLL, MAYOR, RESCUE], &then[..3], &unseen).expect("another text"), [TOLL, RESCUE]);
}

#[test]
fn an_edit_that_waits_for_its_second_look_is_no_part_of_the_rereading() {
    // The page already says 21; the version still says 12.
    let then = [(TOLL_LATER, true), (RESCUE, true), (PROMO, true)];
    let now = [(TOLL_LATER, true), (RESCUE, true)];
    assert_eq!(read(&[TOLL, RESCUE, PROMO], &then, &now).expect("another text"), [TOLL, RESCUE]);
    // Not even where the new reader reads the sentence a little differently.
    let longer = format!("{TOLL_LATER} Photograph: Agency");
    let now = [(longer.as_str(), true), (RESCUE, true)];
    assert_eq!(read(&[TOLL, RESCUE, PROMO], &then, &now).expect("another text"), [TOLL, RESCUE]);
}

#[test]
fn paragraphs_that_are_cut_otherwise_are_taken_as_they_are_cut_now() {
    let both = format!("{TOLL} {RESCUE}");
    let read = read(&[&both, MAYOR], &[(&both, true), (MAYOR, true)], &[(TOLL, true), (RESCUE, true), (MAYOR, true)]);
    assert_eq!(read.expect("another text"), [TOLL, RESCUE, MAYOR]);
}

#[test]
fn without_what_was_chosen_then_the_version_stands_for_it() {
    let latest = text("Dam breaks", &[TOLL, PROMO]);
    let now = page(&[(TOLL, true), (PROMO, false), (RESCUE, true)]);
    let read = reread(&latest, &Choice::default(), false, &mut Sightings::default(), &now).expect("another text");
    assert_eq!(paragraphs(&read), [TOLL, RESCUE]);
}

#[test]
fn the_operators_rule_goes_before_what_the_looks_kept() {
    let latest = text("Dam breaks", &[TOLL, MAYOR, RESCUE]);
    let seen = page(&[(TOLL, true), (MAYOR, false), (RESCUE, true)]);
    let then = choice(&seen, &latest);
    let read = reread(&latest, &then, true, &mut Sightings::default(), &seen).expect("another text");
    assert_eq!(paragraphs(&read), [TOLL, RESCUE]);
}

#[test]
fn a_field_changes_only_where_the_reader_reads_it_otherwise() {
    let latest = text("Dam breaks in the north", &[TOLL]);
    let then = choice(&page(&[(TOLL, true)]), &latest);
    let mut now = page(&[(TOLL, true)]);
    assert_eq!(reread(&latest, &then, false, &mut Sightings::default(), &now), None, "the looks agreed on it");
    now.text.byline = Some("By Jane Doe".to_owned());
    let read = reread(&latest, &then, false, &mut Sightings::default(), &now).expect("another text");
    assert_eq!((read.headline, read.byline), (latest.headline, Some("By Jane Doe".to_owned())));
}

#[test]
fn what_waited_under_the_old_reader_has_to_be_seen_twice_by_the_new_one() {
    let mut sightings =
        Sightings { pending: vec![(1, 1)], waiting: vec![(1, 2)], restless: vec![3], ..Sightings::default() };
    let same = [(TOLL, true), (PROMO, false)];
    assert_eq!(read_with(&mut sightings, &[TOLL], &same, &same), None);
    assert_eq!((sightings.pending.len(), sightings.waiting.len(), sightings.restless), (0, 0, vec![3]));
    assert_eq!(sightings.beside.len(), 1, "what stands beside the article is known as the new reader reads it");
}

#[test]
fn a_version_that_was_read_anew_is_technical_and_says_so() {
    let change = read_anew(&text("Dam breaks", &[TOLL, PROMO]), &text("Dam breaks", &[TOLL]));
    assert_eq!((change.kinds, change.severity, change.marks), (vec![Kind::Technical], None, vec![Mark::ReadAnew]));
    assert!(!change.silent && change.restores.is_none());
}

/// What comes of a look by another reader at an article whose page was not kept, and of the look behind it.
fn looks_anew(latest: &[&str], bytes: Page, seen: &[(&str, bool)]) -> (Finding, Option<Finding>) {
    let rules = usual("dam");
    let look = Look::after(version(1, text("Dam breaks", latest)));
    let mut sightings = Sightings::default();
    let first = look.known(|known| assess_anew(&rules, known, &mut sightings, page(seen), bytes, look.now));
    let Finding::Version(found) = &first else { return (first, None) };
    let look = Look::after(found.version.clone());
    let second = look.known(|known| super::assess(&rules, known, &mut sightings, page(seen), look.now));
    (first, Some(second))
}

fn technical(finding: &Finding) -> Vec<String> {
    let Finding::Version(found) = finding else { panic!("{finding:?}") };
    assert!(found.change.as_ref().is_some_and(|change| change.marks == [Mark::ReadAnew]), "{found:?}");
    assert_eq!(alerts(finding.clone()), []);
    paragraphs(&found.version.text).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_toll_that_changed_at_the_first_look_of_a_new_reader_is_told_all_the_same() {
    let now = [(TOLL_LATER, true), (PROMO, false), (RESCUE, true), (MAYOR, true)];
    let (first, second) = looks_anew(&[TOLL, PROMO, RESCUE], Page::Other, &now);
    // The mayor's words came with the reader or with the publisher: nobody can tell.
    assert_eq!(technical(&first), [TOLL, PROMO, RESCUE, MAYOR]);
    let Some(second @ Finding::Version(_)) = second else { panic!("{second:?}") };
    let Finding::Version(found) = &second else { unreachable!() };
    let change = found.change.clone().expect("a change");
    assert_eq!((change.kinds, change.severity), (vec![Kind::Figures], Some(Severity::Major)));
    assert_eq!(alerts(second.clone()), told(Event::Revised));
}

#[test]
fn of_the_same_bytes_everything_that_reads_otherwise_is_the_readers() {
    let now = [(TOLL_LATER, true), (RESCUE, true)];
    let (first, second) = looks_anew(&[TOLL, RESCUE], Page::Same, &now);
    assert_eq!(technical(&first), [TOLL_LATER, RESCUE]);
    assert_eq!(second, Some(Finding::Unchanged));
}

#[test]
fn a_word_that_denies_is_no_readers_choice() {
    let denied = TOLL.replace("were killed", "were not killed");
    let (first, _) = looks_anew(&[TOLL, RESCUE], Page::Other, &[(&denied, true), (RESCUE, true)]);
    assert!(matches!(first, Finding::Unconfirmed { .. }), "{first:?}");
}

#[test]
fn a_reader_that_reads_the_same_without_a_page_is_unchanged() {
    let (first, _) = looks_anew(&[TOLL, RESCUE], Page::Other, &[(TOLL, true), (RESCUE, true)]);
    assert_eq!(first, Finding::Unchanged);
}

#[test]
fn a_paragraph_has_a_role_of_its_own() {
    // Roles are not compared: another role alone is no other text.
    let latest = text("Dam breaks", &[TOLL]);
    let then = choice(&page(&[(TOLL, true)]), &latest);
    let mut now = page(&[(TOLL, true)]);
    now.page[0].role = Role::Quotation;
    now.text.paragraphs = vec![Paragraph::new(Role::Quotation, TOLL)];
    assert_eq!(reread(&latest, &then, false, &mut Sightings::default(), &now), None);
}
