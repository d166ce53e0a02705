//! The rule language: what a query means, what is said of a bad one, and that no input breaks it.

mod documented;
mod plain;
mod table;
mod told;

use std::collections::BTreeMap;
use std::ops::Range;

use proptest::prelude::*;
use url::Url;
use wirewatch::model::{
    ArticleText, Diff, Event, FeedFacts, Match, MatchField, Op, Paragraph, ParagraphChange, ParagraphOp, Role,
    Severity, WordChange,
};
use wirewatch::rule::{About, Apart, Explanation, FeedSelector, Note, Parsed, Query, Rule, RuleSet, Sets, Subject};

/// An article with everything a rule can ask of it.
#[derive(Debug, Clone)]
struct Case {
    text: ArticleText,
    url: Url,
    feeds: Vec<FeedFacts>,
    event: Option<Event>,
    change: Option<(ArticleText, Diff)>,
}

impl Case {
    fn about(&self) -> About<'_> {
        let change = self.change.as_ref().map(|(before, diff)| (before, diff));
        About { url: &self.url, feeds: &self.feeds, event: self.event, change }
    }

    fn matches(&self, query: &Query) -> Option<Vec<Match>> {
        query.matches(&Subject::new(&self.text, &self.about()))
    }

    /// What stands at the match's place in the text that its field names.
    fn stored(&self, found: &Match) -> String {
        let whole = match found.field {
            MatchField::Title => self.text.headline.clone().unwrap_or_default(),
            MatchField::Summary => self.text.summary.clone().unwrap_or_default(),
            MatchField::Author => self.text.byline.clone().unwrap_or_default(),
            MatchField::Body | MatchField::Added => self.text.text(),
            MatchField::Removed => self.change.as_ref().map(|(before, _)| before.text()).unwrap_or_default(),
            MatchField::Url => self.url.to_string(),
            MatchField::Site => self.url.host_str().unwrap_or_default().to_owned(),
            MatchField::Lang => self.text.language.clone().unwrap_or_default(),
            MatchField::Tag | MatchField::Feed | MatchField::Event => return found.text.to_string(),
        };
        whole[found.start..found.end].to_owned()
    }
}

fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/rule/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    text.lines().filter(|line| !line.starts_with('#')).fold(String::new(), |all, line| all + line + "\n")
}

fn sets() -> Sets {
    let terms = |terms: &[&str]| terms.iter().map(|term| (*term).to_owned()).collect();
    Sets::new(BTreeMap::from([
        ("ministers".to_owned(), terms(&["jane doe", "john roe"])),
        ("mixed".to_owned(), terms(&["=US", "\"shell compan*\"", "tokayev~"])),
        ("broken".to_owned(), terms(&["fine", "***"])),
        ("empty".to_owned(), terms(&[])),
        ("places".to_owned(), terms(&["京都", "zürich", "U.S.", "covid-19"])),
        ("hosts".to_owned(), terms(&["a.example", "b.example"])),
    ]))
}

fn parse(text: &str) -> Parsed {
    Query::parse(text, &sets()).unwrap_or_else(|notes| panic!("`{text}`: {notes:?}"))
}

/// `<U+00AD>` becomes the character.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("<U+");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('>').expect("`>` after a code");
        out.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
        out.push_str(rest);
    }
    out
}

fn event(name: &str) -> Event {
    match name {
        "new" => Event::New,
        "revised" => Event::Revised,
        "gone" => Event::Gone,
        "back" => Event::Back,
        other => panic!("event {other}"),
    }
}

fn paragraph(text: &str) -> Paragraph {
    Paragraph::new(Role::Paragraph, text)
}

fn blank() -> Case {
    Case {
        text: ArticleText::default(),
        url: Url::parse("https://news.example/story").unwrap(),
        feeds: Vec::new(),
        event: None,
        change: None,
    }
}

/// The article that the second column of `matches.txt` describes.
fn article(column: &str) -> Case {
    let mut case = blank();
    for part in unescaped(column).split(" ¶ ") {
        match part.split_once('=') {
            Some(("title", text)) => case.text.headline = Some(text.to_owned()),
            Some(("summary", text)) => case.text.summary = Some(text.to_owned()),
            Some(("author", text)) => case.text.byline = Some(text.to_owned()),
            Some(("correction", text)) => case.text.correction = Some(text.to_owned()),
            Some(("tag", text)) => case.text.tags.push(text.to_owned()),
            Some(("lang", text)) => case.text.language = Some(text.to_owned()),
            Some(("url", text)) => case.url = Url::parse(text).expect(text),
            Some(("event", text)) => case.event = Some(event(text)),
            Some(("feed", name)) => case.feeds.push(FeedFacts { name: name.to_owned(), tags: Vec::new() }),
            Some(("feedtag", tag)) => {
                case.feeds.push(FeedFacts { name: "a".to_owned(), tags: vec![tag.to_owned()] });
            }
            _ => case.text.paragraphs.push(paragraph(part)),
        }
    }
    case
}

/// Runs of words from `[-taken away-]` and `{+brought+}`.
fn runs(marked: &str) -> Vec<WordChange> {
    let mut runs = Vec::new();
    let mut rest = marked;
    while !rest.is_empty() {
        let (op, end, after) = if let Some(inner) = rest.strip_prefix("[-") {
            (Op::Delete, inner.find("-]").expect("-]") + 2, 2)
        } else if let Some(inner) = rest.strip_prefix("{+") {
            (Op::Insert, inner.find("+}").expect("+}") + 2, 2)
        } else {
            (Op::Equal, rest.find("[-").unwrap_or(rest.len()).min(rest.find("{+").unwrap_or(rest.len())), 0)
        };
        let start = if op == Op::Equal { 0 } else { 2 };
        runs.push(WordChange { op, text: rest[start..end].to_owned() });
        rest = &rest[end + after..];
    }
    runs
}

fn side(runs: &[WordChange], without: Op) -> Option<String> {
    let text: String = runs.iter().filter(|run| run.op != without).map(|run| run.text.as_str()).collect();
    (!text.is_empty()).then_some(text)
}

/// The revision that the second column of `changes.txt` describes.
fn revision(column: &str) -> Case {
    let mut case = blank();
    case.event = Some(Event::Revised);
    let mut before = ArticleText::default();
    let (mut headline, mut summary, mut correction) = (Vec::new(), Vec::new(), Vec::new());
    let mut paragraphs = Vec::new();
    for part in unescaped(column).split(" ¶ ") {
        match part.split_once('=') {
            Some(("title", text)) => headline = runs(text),
            Some(("summary", text)) => summary = runs(text),
            Some(("correction", text)) => correction = runs(text),
            _ => {
                let (op, text) = match part.split_once(' ') {
                    Some(("move", text)) => (ParagraphOp::Move, text),
                    _ => (ParagraphOp::Change, part),
                };
                let words = runs(text);
                let index = |texts: &mut ArticleText, without: Op| {
                    let text = side(&words, without)?;
                    texts.paragraphs.push(paragraph(&text));
                    Some(texts.paragraphs.len() - 1)
                };
                let (before, after) = (index(&mut before, Op::Insert), index(&mut case.text, Op::Delete));
                let op = match (before, after) {
                    (None, _) => ParagraphOp::Insert,
                    (_, None) => ParagraphOp::Delete,
                    _ => op,
                };
                paragraphs.push(ParagraphChange { op, before, after, role: Role::Paragraph, words });
            }
        }
    }
    (before.headline, case.text.headline) = (side(&headline, Op::Insert), side(&headline, Op::Delete));
    (before.summary, case.text.summary) = (side(&summary, Op::Insert), side(&summary, Op::Delete));
    (before.correction, case.text.correction) = (side(&correction, Op::Insert), side(&correction, Op::Delete));
    case.change = Some((before, Diff { headline, summary, byline: Vec::new(), correction, paragraphs }));
    case
}

fn shown(matches: Option<Vec<Match>>) -> String {
    let Some(matches) = matches else { return "no".to_owned() };
    let texts = matches.iter().map(|found| match found.field {
        MatchField::Body => found.text.to_string(),
        field => format!("{}={}", format!("{field:?}").to_lowercase(), found.text),
    });
    format!("yes {}", texts.collect::<Vec<_>>().join(" / ")).trim_end().to_owned()
}

/// Runs every line of a table and tells of all that differ.
fn check_table(name: &str, read: fn(&str) -> Case) -> usize {
    let table = fixture(name);
    let lines: Vec<&str> = table.lines().filter(|line| !line.is_empty()).collect();
    let mut wrong = Vec::new();
    for line in &lines {
        let columns: Vec<&str> = line.split(" | ").collect();
        let [query, text, expected] = columns[..] else { panic!("not three columns: {line}") };
        let case = read(text);
        let matches = case.matches(&parse(&unescaped(query)).query);
        matches.iter().flatten().for_each(|found| assert_place(&case, found, line));
        let got = shown(matches);
        if got != unescaped(expected) {
            wrong.push(format!("{line}\n    got: {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} lines\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    lines.len()
}

fn assert_place(case: &Case, found: &Match, line: &str) {
    let is_unnamed = (found.start, found.end) == (0, 0);
    let may_be_unnamed = matches!(found.field, MatchField::Added | MatchField::Removed);
    assert!(!found.text.is_empty(), "{line}: {found:?}");
    assert!(case.stored(found) == found.text || (is_unnamed && may_be_unnamed), "{line}: {found:?}");
}

#[test]
fn queries_find_what_the_table_says() {
    assert!(check_table("matches.txt", article) >= 150);
}

#[test]
fn added_and_removed_see_what_a_revision_brought_and_took() {
    check_table("changes.txt", revision);
}

#[test]
fn the_words_a_rule_is_filed_under_lose_no_match() {
    let tables = [("matches.txt", article as fn(&str) -> Case), ("changes.txt", revision)];
    let (mut rules, mut cases) = (Vec::new(), Vec::new());
    for (name, read) in tables {
        for line in fixture(name).lines().filter(|line| !line.is_empty()) {
            let columns: Vec<&str> = line.split(" | ").collect();
            rules.push(rule(&unescaped(columns[0])));
            cases.push(read(columns[1]));
        }
    }
    let set = RuleSet::new(rules.clone());
    for case in &cases {
        let subject = Subject::new(&case.text, &case.about());
        let each = rules.iter().enumerate();
        let expected: Vec<(usize, Vec<Match>)> =
            each.filter_map(|(index, rule)| Some((index, rule.query.matches(&subject)?))).collect();
        assert_eq!(set.matches(&subject, &case.feeds), expected);
    }
}

/// A note as a person sees it: the query, a caret line under the place, the message, the hint.
fn drawn(text: &str, kind: &str, note: &Note) -> String {
    let before = text[..note.span.start].chars().count();
    let under = text[note.span.clone()].chars().count().max(1);
    let hint = note.hint.as_ref().map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
    format!("  {}{}\n{kind}: {}\n{hint}", " ".repeat(before), "^".repeat(under), note.message)
}

fn notes_drawn(text: &str) -> String {
    let (kind, notes) = match Query::parse(text, &sets()) {
        Ok(parsed) => ("warning", parsed.warnings),
        Err(notes) => ("error", notes),
    };
    let notes: String = notes.iter().map(|note| drawn(text, kind, note)).collect();
    format!("> {text}\n{}", if notes.is_empty() { "fine\n".to_owned() } else { notes })
}

#[test]
fn bad_and_doubtful_queries_are_told_with_place_and_advice() {
    let expected = fixture("notes.txt");
    let queries = expected.lines().filter_map(|line| line.strip_prefix("> "));
    let got: Vec<String> = queries.map(notes_drawn).collect();
    let got = got.join("\n");
    if got.trim() != expected.trim() {
        let path = std::env::temp_dir().join("wirewatch-notes-got.txt");
        std::fs::write(&path, &got).unwrap();
        let first = got.trim().lines().zip(expected.trim().lines()).find(|(got, expected)| got != expected);
        panic!("first difference {first:#?}; all that was said stands in {}", path.display());
    }
}

#[test]
fn a_query_beyond_its_bounds_is_refused() {
    let message = |text: &str| Query::parse(text, &sets()).unwrap_err().remove(0).message;
    let nested = |depth: usize| format!("{}csto{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Query::parse(&nested(64), &sets()).is_ok());
    assert_eq!(message(&nested(65)), "parentheses and fields are nested deeper than 64");
    assert_eq!(message(&"(".repeat(9_999)), "parentheses and fields are nested deeper than 64");
    assert_eq!(message(&"title:".repeat(1_000)), "parentheses and fields are nested deeper than 64");
    assert!(Query::parse(&"abc ".repeat(2_000), &sets()).is_ok());
    assert_eq!(message(&"abc ".repeat(2_001)), "the query has more than 2,000 terms, those of its sets included");
    assert!(Query::parse(&format!("\"{}\"", "abc ".repeat(200)), &sets()).is_ok());
    assert_eq!(message(&format!("\"{}\"", "abc ".repeat(201))), "this phrase has more than 200 words");
    let many = Sets::new(BTreeMap::from([("many".to_owned(), vec!["abc".to_owned(); 1_500])]));
    assert!(Query::parse("$many", &many).is_ok());
    assert!(Query::parse("$many $many", &many).is_err());
    assert!(Query::parse(&"é".repeat(10_000), &sets()).is_ok());
    let notes = Query::parse(&"é".repeat(10_001), &sets()).unwrap_err();
    assert_eq!(notes[0].message, "the query has 10001 characters; at most 10,000 are read");
    assert_eq!(notes[0].span, 20_000..20_002);
    let notes = Query::parse(&"é".repeat(15_000), &sets()).unwrap_err();
    assert_eq!(notes[0].span, 20_000..20_002);
}

#[test]
fn matches_are_sorted_and_told_once_and_at_most_two_hundred() {
    let case = article("title=b a ¶ b a");
    let found = case.matches(&parse("b OR a OR a OR (b a)").query).unwrap();
    let places: Vec<(MatchField, usize, usize)> = found.iter().map(|m| (m.field, m.start, m.end)).collect();
    let (title, body) = (MatchField::Title, MatchField::Body);
    assert_eq!(places, [(title, 0, 1), (title, 2, 3), (body, 0, 1), (body, 2, 3)]);

    let long = article(&"storm ".repeat(5_000));
    assert_eq!(long.matches(&parse("storm").query).unwrap().len(), 200);
    assert_eq!(long.matches(&parse("storm NEAR storm").query).unwrap().len(), 200);
    assert_eq!(long.matches(&parse("/storm/").query).unwrap().len(), 200);
}

#[test]
fn a_match_names_the_term_as_the_rule_writes_it_folded() {
    let terms = |query: &str, text: &str| -> Vec<String> {
        article(text).matches(&parse(query).query).unwrap().into_iter().map(|found| found.term.to_string()).collect()
    };
    assert_eq!(terms("Kazakh*", "Kazakhstan"), ["kazakh*"]);
    assert_eq!(terms("COVID-19", "covid 19"), ["covid-19"]);
    assert_eq!(terms("\"Carbon  Tax\"", "carbon tax"), ["carbon tax"]);
    assert_eq!(terms("=US", "US"), ["=US"]);
    assert_eq!(terms("Tokayev~", "Tokaev"), ["tokayev~"]);
    assert_eq!(terms("/US|UK/", "UK"), ["/US|UK/"]);
    assert_eq!(terms("title:Zürich", "title=Zurich"), ["zurich"]);
    assert_eq!(terms("$ministers", "Jane Doe"), ["jane doe"]);
    assert_eq!(terms("site:News.example", "x"), ["news.example"]);
}

#[test]
fn positions_in_the_text_count_through_its_paragraphs() {
    let case = article("Zürich ¶  ¶ Łódź and more");
    let found = case.matches(&parse("lodz").query).unwrap();
    let start = "Zürich\n\n\n\n".len();
    assert_eq!((found[0].start, found[0].end), (start, start + "Łódź".len()));
    assert_eq!(&case.text.text()[found[0].start..found[0].end], "Łódź");
}

#[test]
fn an_explanation_says_part_by_part_what_held() {
    let case = article("title=Bribes in Panama ¶ football");
    let query = parse("(bribe* OR kickback*) AND $ministers -title:(football match)").query;
    let explanation = query.explain(&Subject::new(&case.text, &case.about()));
    let expected = "\
no  (bribe* OR kickback*) AND $ministers -title:(football match)
  yes (bribe* OR kickback*) Bribes
    yes bribe* Bribes
    no  kickback*
  no  $ministers
    no  jane doe
    no  john roe
  yes -title:(football match)
    no  title:(football match)
      no  football
      no  match
";
    assert_eq!(outline(&explanation, 0), expected);
}

#[test]
fn a_near_that_fails_says_where_its_words_come_closest() {
    let text = "Troops left. Of the troops that left, many were young; protesters came. ¶ Protesters sang";
    let cases = [
        ("troops NEAR/3 protesters", Some((6, false, "troops protesters"))),
        ("troops ONEAR/2 many", Some((3, false, "troops many"))),
        ("many ONEAR/2 left", Some((1, true, "many left"))),
        ("troops NEAR/3 sang", None),
        ("troops NEAR/3 nobody", None),
        ("troops NEAR/9 protesters", None),
        ("left NEAR/1 (young OR came)", Some((3, false, "left young"))),
    ];
    for (query, expected) in cases {
        let case = article(text);
        let explanation = parse(query).query.explain(&Subject::new(&case.text, &case.about()));
        let closest = explanation.closest().cloned().map(|closest| {
            let words: Vec<String> = closest.matches.into_iter().map(|found| found.text.to_lowercase()).collect();
            (closest.words, closest.is_reversed, words.join(" "))
        });
        let expected = expected.map(|(words, reversed, found)| (words, reversed, found.to_owned()));
        assert_eq!(closest, expected, "{query}");
    }
}

#[test]
fn a_near_that_fails_says_what_keeps_its_words_apart() {
    let text = "carbon tax levy ¶ tax far away from the next carbon levy ¶ storm";
    let cases = [
        ("carbon NEAR/2 storm", Some("other_paragraphs")),
        ("\"carbon tax\" NEAR/2 \"tax levy\"", Some("overlapping")),
        ("storm NEAR/2 storm", Some("overlapping")),
        ("tax NEAR/2 away NEAR/2 levy", Some("too_far")),
        ("away NEAR/1 far NEAR/1 tax NEAR/1 carbon", Some("not_in_a_row")),
        ("carbon NEAR/2 nobody", None),
        ("carbon NEAR/1 tax", None),
    ];
    for (query, expected) in cases {
        let case = article(text);
        let explanation = parse(query).query.explain(&Subject::new(&case.text, &case.about()));
        assert_eq!(explanation.apart.as_ref().map(Apart::word), expected, "{query}");
    }
}

fn outline(part: &Explanation, depth: usize) -> String {
    let held = if part.held { "yes" } else { "no " };
    let found: String = part.matches.iter().map(|found| format!(" {}", found.text)).collect();
    let parts: String = part.parts.iter().map(|part| outline(part, depth + 1)).collect();
    format!("{}{held} {}{found}\n{parts}", "  ".repeat(depth), part.text)
}

fn rule(query: &str) -> Rule {
    Rule {
        name: query.to_owned(),
        query: parse(query).query,
        feeds: Vec::new(),
        on: vec![Event::New, Event::Revised],
        min_severity: Severity::Notable,
        to: vec!["desk".to_owned()],
        urgent: false,
    }
}

#[test]
fn a_rule_covers_the_feeds_it_names_or_tags_and_all_when_it_names_none() {
    let selecting =
        |feeds: &[&str]| Rule { feeds: feeds.iter().map(|feed| feed.parse().unwrap()).collect(), ..rule("csto") };
    let facts = |name: &str, tag: &str| FeedFacts { name: name.to_owned(), tags: vec![tag.to_owned()] };
    let feeds = [facts("aljazeera", "world"), facts("gazette", "law")];
    let case = article("csto");
    let subject = Subject::new(&case.text, &case.about());
    let covers = |rule: Rule, feeds: &[FeedFacts]| !RuleSet::new([rule]).which_match(&subject, feeds).is_empty();
    assert!(covers(rule("csto"), &feeds));
    assert!(covers(rule("csto"), &[]));
    assert!(covers(selecting(&["gazette"]), &feeds));
    assert!(covers(selecting(&["other", "tag:world"]), &feeds));
    assert!(!covers(selecting(&["world", "tag:gazette"]), &feeds));
    assert!(!covers(selecting(&["tag:world"]), &[]));
    assert_eq!("tag:world".parse(), Ok(FeedSelector::Tag("world".to_owned())));
    assert_eq!(FeedSelector::Tag("world".to_owned()).to_string(), "tag:world");

    let set = RuleSet::new(vec![selecting(&["other"]), rule("nato"), selecting(&["tag:law"])]);
    let matching = set.matches(&subject, &feeds);
    assert_eq!(matching.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_query_that_is_nested_deeply_is_read_at_once() {
    let nested = |open: &str, close: &str, times: usize| {
        format!("storm -flood {}csto{}", open.repeat(times), close.repeat(times))
    };
    let queries = [
        nested("(nato OR (-fire tax OR ", "))", 31),
        nested("(nato OR ", ")", 62),
        nested("(nato (tax OR ", "))", 31),
        nested("ATLEAST/1(nato, ", ")", 62),
    ];
    for text in queries {
        let query = parse(&text).query;
        assert_eq!(query.idle_on(&[Event::New]), [], "{text}");
    }
    let wrong = "ATLEAST/9(a1b, csto) -csto";
    assert!(Query::parse(wrong, &sets()).is_err());
}

#[test]
fn a_query_says_what_it_needs() {
    assert!(parse("csto added:nato").query.uses_change());
    assert!(parse("csto -(removed:nato)").query.uses_change());
    assert!(parse("csto event:corrected").query.uses_change());
    assert!(!parse("csto event:revised").query.uses_change());
    assert!(!parse("csto \"added nato\"").query.uses_change());
    assert_eq!(parse("$mixed OR $ministers OR $mixed").query.sets(), ["ministers", "mixed"]);
    assert_eq!(parse("csto  OR nato").query.text(), "csto  OR nato");
}

#[test]
fn every_example_of_the_language_is_read() {
    let examples = [
        r#""carbon tax" OR (carbon NEAR/5 (levy OR tax*))"#,
        r#"kazakh* (csto OR "collective security treaty organization") -football"#,
        "(title:resign* OR title:sack*) AND $ministers -site:parody.example",
        "=US NEAR/6 sanction*",
        "tokayev~",
        "added:(correct* OR clarif* OR retract*)",
        "removed:alleged feed:courts",
        r#"ATLEAST/2(bribe*, kickback*, "shell company", Panama)"#,
        r#"京都議定書 OR "كأس العالم""#,
        r"/\bCVE-20\d{2}-\d{4,7}\b/",
    ];
    for example in examples {
        assert_eq!(parse(example).warnings, [], "{example}");
    }
}

#[test]
fn a_subject_can_be_shared_between_threads() {
    fn shareable<T: Send + Sync>(_: &T) {}
    let case = article("csto");
    shareable(&Subject::new(&case.text, &case.about()));
    shareable(&parse("csto").query);
}

/// Whether the bytes begin and end between characters of the text.
fn is_between_characters(text: &str, span: &Range<usize>) -> bool {
    text.get(span.clone()).is_some()
}

/// Reads any text as a query, and holds it against any article.
fn hold_against(query: &str, text: &str) -> Result<(), TestCaseError> {
    let parsed = match Query::parse(query, &sets()) {
        Ok(parsed) => parsed,
        Err(notes) => {
            prop_assert!(!notes.is_empty());
            for note in notes {
                prop_assert!(is_between_characters(query, &note.span), "{note:?}");
            }
            return Ok(());
        }
    };
    for warning in &parsed.warnings {
        prop_assert!(is_between_characters(query, &warning.span), "{warning:?}");
    }
    let again =
        Query::parse(parsed.query.text(), &sets()).map_err(|notes| TestCaseError::fail(format!("{notes:?}")))?;
    prop_assert_eq!((again.query.text(), &again.warnings), (query, &parsed.warnings));
    let case = article(text);
    let subject = Subject::new(&case.text, &case.about());
    let matches = parsed.query.matches(&subject);
    let explanation = parsed.query.explain(&subject);
    prop_assert_eq!(explanation.held, matches.is_some());
    for found in matches.iter().flatten() {
        let is_unnamed = (found.start, found.end) == (0, 0) && found.field == MatchField::Added;
        prop_assert!(is_unnamed || case.stored(found) == found.text, "{:?}", found);
    }
    let set = RuleSet::new(vec![Rule { query: parsed.query, ..rule("csto") }]);
    let expected: Vec<(usize, Vec<Match>)> = matches.map(|matches| (0, matches)).into_iter().collect();
    prop_assert_eq!(set.matches(&subject, &case.feeds), expected);
    Ok(())
}

#[test]
fn inputs_that_were_made_to_break_it_are_read() {
    let folders = ["tests/fixtures/rule/hostile", "fuzz/seeds/query"];
    let folders = folders.map(|folder| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let mut inputs: Vec<String> = Vec::new();
    for entry in folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        inputs.push(std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let repeated =
        ["(", "((a OR ", "-(", "title:", "\"", "a NEAR ", "ATLEAST/1(", "/", "$ministers ", "a\u{301}", "ﷺ", "\u{ad}"];
    inputs.extend(repeated.map(|part| part.repeat(5_000 / part.chars().count())));
    assert!(inputs.len() >= 40);
    for input in &inputs {
        let (query, text) = input.split_once("\n\n").unwrap_or((input, input));
        let words = query.split_whitespace().filter(|_| query.len() < 1_000);
        for query in words.chain([query]) {
            hold_against(query, &text.replace("<U+", "")).unwrap_or_else(|error| panic!("{query:?}: {error}"));
        }
    }
}

const SCRAPS: [&str; 62] = [
    "storm",
    "Zürich",
    "O’Neill",
    "covid-19",
    "1,200",
    "京都",
    "น้ำ",
    "ארה\"ב",
    "서울",
    "s",
    "a",
    "=",
    "~",
    "*",
    "(",
    ")",
    " ",
    " ",
    " ",
    "\"",
    "“",
    "”",
    "«",
    " AND ",
    " OR ",
    " NOT ",
    " -",
    " NEAR ",
    " NEAR/3 ",
    " ONEAR/2 ",
    "ATLEAST/1(",
    "ATLEAST/2(",
    ", ",
    ",",
    "title:",
    "text:",
    "added:",
    "removed:",
    "url:",
    "site:",
    "feed:",
    "lang:",
    "event:",
    "tag:",
    "author:",
    "new",
    "de",
    "$ministers",
    "$mixed",
    "$",
    "/a+/",
    "/",
    "/\\w+/",
    "'",
    "’s",
    "\u{301}",
    "\u{ad}",
    "\u{200b}",
    "ﬁ",
    "İ",
    "：",
    "news.example",
];

fn scraps() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&SCRAPS[..]), 0..14).prop_map(|scraps| scraps.concat())
}

/// Paragraphs and fields of an article made of words that queries are made of.
fn article_of_scraps() -> impl Strategy<Value = String> {
    let part = (prop::sample::select(&["", "", "title=", "tag=", "summary="][..]), scraps());
    let parts = prop::collection::vec(part, 1..4);
    parts.prop_map(|parts| parts.iter().map(|(field, text)| format!("{field}{text}")).collect::<Vec<_>>().join(" ¶ "))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn no_text_breaks_the_reading_of_a_query(query in any::<String>(), text in any::<String>()) {
        let text = text.replace("<U+", "");
        hold_against(&query, &format!("title={text}"))?;
    }

    #[test]
    fn spans_lie_between_characters_and_hold_what_was_found(query in scraps(), text in article_of_scraps()) {
        hold_against(&query, &text)?;
    }

    #[test]
    fn every_word_of_a_text_is_found_in_it_by_itself(text in "\\PC{1,40}") {
        let text = text.replace(['<', '='], "");
        let quoted = text.replace(['*', '"', '“', '”', '„', '‟', '«', '»', '〝', '〞', '〟', '＂', '「', '」', '『', '』'], " ");
        if let Ok(parsed) = Query::parse(&format!("\"{quoted}\""), &sets()) {
            let case = Case { text: ArticleText { paragraphs: vec![paragraph(&quoted)], ..ArticleText::default() }, ..blank() };
            prop_assert!(case.matches(&parsed.query).is_some(), "{}", quoted);
        }
    }
}
