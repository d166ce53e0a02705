//! The difference between two texts of one article.

mod cases;

use proptest::prelude::*;
use wirewatch::diff::{self, Excerpt};
use wirewatch::model::{ArticleText, Op, ParagraphOp, Role, Timestamp, WordChange};

use cases::{check, paragraphs, right};

fn article(text: &str) -> ArticleText {
    ArticleText { paragraphs: paragraphs(text), ..ArticleText::default() }
}

#[test]
fn what_a_reader_does_not_see_is_no_change() {
    check("nothing.toml");
}

#[test]
fn every_kind_of_change_is_told() {
    check("kinds.toml");
}

#[test]
fn each_row_of_the_table_of_kinds_holds_on_both_sides_of_its_threshold() {
    check("table.toml");
}

#[test]
fn nothing_that_carries_meaning_is_cosmetic() {
    check("never-cosmetic.toml");
}

#[test]
fn a_quotation_is_one_in_every_style_of_marks() {
    check("quotations.toml");
}

/// Edits as newspapers make them, with what a careful editor would say of them; written before the answers were seen, and
/// not changed for their sake. What the words alone do not tell is among them, so not every answer is the editor's.
#[test]
fn nineteen_edits_in_twenty_are_told_as_an_editor_would() {
    for file in ["edits-english.toml", "edits-world.toml"] {
        let (right, all) = right(file);
        assert!(right * 20 >= all * 19, "{right} of {all} edits of {file}");
    }
}

#[test]
fn figures_are_told_before_and_after() {
    check("figures.toml");
}

#[test]
fn changes_are_told_in_other_languages() {
    check("languages.toml");
}

/// Applies the diff: joins what stayed with what went, and what stayed with what came.
fn check_round_trip(old: &ArticleText, new: &ArticleText) {
    let diff = diff::align(old, new);
    let (mut before, mut after) = (vec![None; old.paragraphs.len()], vec![None; new.paragraphs.len()]);
    for row in &diff.paragraphs {
        if let Some(index) = row.before {
            assert!(before[index].replace(joined(&row.words, Op::Insert)).is_none(), "paragraph {index} stands twice");
        }
        if let Some(index) = row.after {
            assert!(after[index].replace(joined(&row.words, Op::Delete)).is_none(), "paragraph {index} stands twice");
        }
    }
    let texts = |text: &ArticleText| text.paragraphs.iter().map(|p| Some(p.text.clone())).collect::<Vec<_>>();
    assert_eq!(before, texts(old));
    assert_eq!(after, texts(new));
    let order: Vec<usize> = diff.paragraphs.iter().filter_map(|row| row.after).collect();
    assert!(order.is_sorted(), "new paragraphs stand in their order");
    for (words, old, new) in
        [(&diff.headline, &old.headline, &new.headline), (&diff.summary, &old.summary, &new.summary)]
    {
        assert_eq!(joined(words, Op::Insert), old.clone().unwrap_or_default());
        assert_eq!(joined(words, Op::Delete), new.clone().unwrap_or_default());
    }
}

/// The text of all runs but those of one operation.
fn joined(words: &[WordChange], without: Op) -> String {
    words.iter().filter(|run| run.op != without).map(|run| run.text.as_str()).collect()
}

/// Runs as `[-deleted-]`, `{+inserted+}` and plain.
fn marked(words: &[WordChange]) -> String {
    let mark = |run: &WordChange| match run.op {
        Op::Equal => run.text.clone(),
        Op::Insert => format!("{{+{}+}}", run.text),
        Op::Delete => format!("[-{}-]", run.text),
    };
    words.iter().map(mark).collect()
}

fn marked_change(old: &str, new: &str) -> String {
    let diff = diff::align(&article(old), &article(new));
    diff.paragraphs.iter().map(|row| marked(&row.words)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_diff_shows_words_and_numbers_whole() {
    assert_eq!(
        marked_change("It sold for $1.5m in 2024.", "It sold for $15m in 2025."),
        "It sold for [-$1.5m-]{+$15m+} in [-2024-]{+2025+}."
    );
    assert_eq!(
        marked_change("About 1,200 people came.", "About 1,300 people came."),
        "About [-1,200-]{+1,300+} people came."
    );
    assert_eq!(
        marked_change("The minister resigned.", "The ministers resigned."),
        "The [-minister-]{+ministers+} resigned."
    );
    assert_eq!(marked_change("Is it over?", "Is it over."), "Is it over[-?-]{+.+}");
}

#[test]
fn a_diff_reads_as_phrases() {
    assert_eq!(
        marked_change(
            "The fire was put out by volunteers from a nearby village on Monday.",
            "The fire was brought under control with help of the army on Monday."
        ),
        "The fire was [-put out by volunteers from a nearby village-]{+brought under control with help of the army+} on Monday."
    );
    assert_eq!(
        marked_change("He left. The talks go on.", "He left. Nobody knows why. The talks go on."),
        "He left.{+ Nobody knows why.+} The talks go on."
    );
}

#[test]
fn a_diff_of_a_script_without_spaces_shows_characters() {
    assert_eq!(marked_change("事故造成12人死亡。", "事故造成21人死亡。"), "事故造成[-12-]{+21+}人死亡。");
}

#[test]
fn a_paragraph_that_looks_the_same_is_equal_and_keeps_both_spellings() {
    let diff = diff::align(&article("It's over."), &article("It’s over."));
    assert_eq!(diff.paragraphs[0].op, ParagraphOp::Equal);
    assert_eq!(marked(&diff.paragraphs[0].words), "[-It's-]{+It’s+} over.");
}

#[test]
fn deleted_paragraphs_stand_where_they_stood_and_moved_ones_at_their_new_place() {
    let old = "Alpha stays here today.\n\nBravo leaves the text for good.\n\nCharlie goes to the front of it all.\n\nDelta stays too.";
    let new = "Charlie goes to the front of it all.\n\nAlpha stays here today.\n\nEcho is entirely fresh material.\n\nDelta stays too.";
    let diff = diff::align(&article(old), &article(new));
    let rows: Vec<_> = diff.paragraphs.iter().map(|row| (row.op, row.before, row.after)).collect();
    assert_eq!(
        rows,
        [
            (ParagraphOp::Move, Some(2), Some(0)),
            (ParagraphOp::Equal, Some(0), Some(1)),
            (ParagraphOp::Delete, Some(1), None),
            (ParagraphOp::Insert, None, Some(2)),
            (ParagraphOp::Equal, Some(3), Some(3)),
        ]
    );
}

#[test]
fn roles_and_dates_do_not_change_the_fingerprint() {
    let text = article("One.\n\nTwo.");
    let mut other = text.clone();
    other.paragraphs[0].role = Role::Heading;
    other.modified_at = Some(Timestamp::from_millis(1));
    other.tags.push("tag".to_owned());
    assert_eq!(diff::fingerprint(&text), diff::fingerprint(&other));
    assert_ne!(diff::fingerprint(&text), diff::fingerprint(&article("One. Two.")));
}

#[test]
fn visible_differences_change_the_fingerprint() {
    let pairs = [
        ("-5", "5"),
        ("25-30", "2530"),
        ("guilty", "“guilty”"),
        ("over?", "over."),
        ("a b", "ab"),
        ("Us", "US"),
        ("½", "1⁄2"),
    ];
    for (one, other) in pairs {
        assert_ne!(diff::fingerprint(&article(one)), diff::fingerprint(&article(other)), "{one} {other}");
    }
}

fn excerpts(old: &str, new: &str, context: usize) -> Vec<(String, Option<usize>)> {
    let diff = diff::align(&article(old), &article(new));
    let shown = |excerpt: Excerpt| (marked(&excerpt.words), excerpt.after_paragraph);
    diff::changed_sentences(&diff, context).into_iter().map(shown).collect()
}

#[test]
fn an_excerpt_has_a_few_words_around_the_change() {
    let old = "One two three four five six 12 seven eight nine ten eleven twelfth and so on to the last Monday of all.";
    let new = old.replace("12", "21").replace("Monday", "Friday");
    assert_eq!(
        excerpts(old, &new, 2),
        [
            ("…five six [-12-]{+21+} seven eight…".to_owned(), Some(0)),
            ("…the last [-Monday-]{+Friday+} of all.".to_owned(), Some(0))
        ]
    );
    assert_eq!(excerpts(old, &new, 8).len(), 1, "places that share their context are one excerpt");
}

#[test]
fn an_excerpt_leaves_out_what_a_reader_does_not_see() {
    let old = "It's a long way to the harbour from here, they said, and 12 people don't know it.";
    let new = "It’s a long way to the harbour from here, they said, and 21 people don’t know it.";
    assert_eq!(excerpts(old, new, 2), [("…said, and [-12-]{+21+} people don’t…".to_owned(), Some(0))]);
    assert_eq!(excerpts("It's so.", "It’s so.", 2), []);
}

#[test]
fn whole_paragraphs_are_excerpts_and_long_ones_are_cut() {
    let long = "word ".repeat(100);
    let new = format!("Stays.\n\n{}", long.trim());
    let shown = excerpts("Stays.", &new, 5);
    assert_eq!(shown.len(), 1);
    assert!(shown[0].0.ends_with("word+}…"), "{}", shown[0].0);
    assert_eq!(shown[0].0.matches("word").count(), 60);
    assert_eq!(excerpts("Stays.\n\nGoes away.", "Stays.", 5), [("[-Goes away.-]".to_owned(), None)]);
}

#[test]
fn a_large_text_takes_bounded_time() {
    let words = |seed: usize, count: usize| -> String {
        let word = |at: usize| format!("w{}", (at * 7919 + seed * 104_729) % 997);
        (0..count).map(word).collect::<Vec<_>>().join(" ")
    };
    let many: Vec<String> = (0..20_000).map(|at| format!("w{}", at * 31 % 89)).collect();
    let mut shuffled = many.clone();
    shuffled.sort();
    for (old, new) in [(words(1, 60_000), words(2, 60_000)), (many.join("\n\n"), shuffled.join("\n\n"))] {
        let (old, new) = (article(&old), article(&new));
        check_round_trip(&old, &new);
        assert!(diff::compare(&old, &new).is_some());
    }
}

/// Texts of a few words in several scripts, with what trips tokenisers up.
fn text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "the",
        "minister",
        "said",
        "12",
        "21",
        "$1.5m",
        "-5",
        "25-30",
        "1 200",
        "not",
        "isn't",
        "isn’t",
        "“yes”",
        "\"yes\"",
        "Zürich",
        "Zu\u{308}rich",
        "re\u{ad}sign",
        "事故",
        "造成",
        "コンピュータ",
        "は",
        "قال",
        "الوزير",
        "ไทย",
        "и",
        "не",
        "U.S.",
        "😀",
        "👩\u{200d}🚒",
        "…",
        "...",
        "--",
        "–",
        "%",
        ".",
        "?",
        "\u{200b}",
        "\u{301}",
        "'",
        "«",
        "A380",
    ]);
    let space = prop::sample::select(vec![" ", " ", " ", "", "\u{a0}", "  ", ". ", "\n\n"]);
    prop::collection::vec((word, space), 0..40)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, space)| [word, space]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn applying_a_diff_to_the_old_text_gives_the_new_one(old in text(), new in text()) {
        check_round_trip(&article(&old), &article(&new));
    }

    #[test]
    fn applying_a_diff_holds_for_arbitrary_text(old in "\\PC{0,60}", new in "\\PC{0,60}") {
        check_round_trip(&article(&old), &article(&new));
    }

    #[test]
    fn an_edit_is_found_and_nothing_else_is(text in text(), at in 0_usize..200, word in "[a-z]{5,9}") {
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let edited = format!("{} {word} {}", &text[..at], &text[at..]);
        let (old, new) = (article(&text), article(&edited));
        check_round_trip(&old, &new);
        prop_assert!(diff::compare(&old, &new).is_some());
        prop_assert!(diff::compare(&old, &old).is_none());
        let change = diff::compare(&new, &old);
        prop_assert!(change.is_some_and(|change| !change.kinds.is_empty() && change.kinds.is_sorted()));
    }

    #[test]
    fn equal_fingerprints_and_no_change_are_one(old in text(), new in text()) {
        let (old, new) = (article(&old), article(&new));
        prop_assert_eq!(diff::compare(&old, &new).is_none(), diff::fingerprint(&old) == diff::fingerprint(&new));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    /// So many words that sequences with little in common are no longer aligned word by word.
    #[test]
    fn applying_a_diff_holds_where_the_answer_gets_coarser(seed in 1_u64.., words in 1_u64..40, breaks in 1_usize..4_000) {
        let text = |seed: u64| -> String {
            let mut state = seed;
            let word = |at: usize| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                format!("w{}{}", (state >> 33) % words, if at.is_multiple_of(breaks) { "\n\n" } else { " " })
            };
            (0..51_000).map(word).collect()
        };
        let (old, new) = (article(&text(seed)), article(&text(seed ^ 0x9e37_79b9)));
        check_round_trip(&old, &new);
        prop_assert_eq!(diff::compare(&old, &new).is_none(), diff::fingerprint(&old) == diff::fingerprint(&new));
    }
}
