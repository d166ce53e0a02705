//! What queries find, case by case, in all scripts: `tests/fixtures/rule/table/*.txt`.

use super::*;
use wirewatch::diff;

const TABLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/rule/table");

/// One line of a table: `query | texts | expected`.
///
/// The texts are those of [`article`], or two of them with `⇒` between: the version before and this one, compared by
/// the program itself. Expected is `-` for no match, `!` for a query that is refused, `yes` for a match by what is not
/// there, else what is found, in order, with ` / ` between: other fields than the text are named, and `@from..to` may
/// say where.
struct Line {
    place: String,
    query: String,
    texts: String,
    expected: String,
}

fn lines() -> Vec<Line> {
    let mut paths: Vec<_> = std::fs::read_dir(TABLES).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| lines_of(path)).collect()
}

fn lines_of(path: &std::path::Path) -> Vec<Line> {
    let name = path.file_name().unwrap().to_string_lossy();
    let text = std::fs::read_to_string(path).unwrap();
    let cases = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with("# "));
    let lines = cases.map(|(number, line)| {
        let place = format!("{name}:{}: {line}", number + 1);
        let columns: Vec<&str> = line.split(" | ").collect();
        let [query, texts, expected] = columns[..] else { panic!("not three columns: {place}") };
        Line { query: unescaped(query), texts: texts.to_owned(), expected: unescaped(expected), place }
    });
    lines.collect()
}

impl Line {
    fn case(&self) -> Case {
        let Some((before, now)) = self.texts.split_once(" ⇒ ") else { return article(&self.texts) };
        let (before, now) = (article(before), article(now));
        let diff = diff::align(&before.text, &now.text);
        Case { event: now.event.or(Some(Event::Revised)), change: Some((before.text, diff)), ..now }
    }

    /// What is found, as the table writes it.
    fn got(&self) -> String {
        let Ok(parsed) = Query::parse(&self.query, &sets()) else { return "!".to_owned() };
        let case = self.case();
        let Some(matches) = case.matches(&parsed.query) else { return "-".to_owned() };
        matches.iter().for_each(|found| assert_place(&case, found, &self.place));
        if matches.is_empty() {
            return "yes".to_owned();
        }
        matches.iter().map(|found| self.shown(found)).collect::<Vec<_>>().join(" / ")
    }

    fn shown(&self, found: &Match) -> String {
        let field = match found.field {
            MatchField::Body => String::new(),
            field => format!("{field:?}=").to_lowercase(),
        };
        let place = match self.expected.contains('@') {
            true => format!("@{}..{}", found.start, found.end),
            false => String::new(),
        };
        format!("{field}{}{place}", found.text)
    }
}

#[test]
fn queries_find_what_a_reader_expects_in_all_scripts() {
    let lines = lines();
    let wrong: Vec<String> = lines
        .iter()
        .map(|line| (line, line.got()))
        .filter(|(line, got)| *got != line.expected)
        .map(|(line, got)| format!("{}\n    got: {got}", line.place))
        .collect();
    assert!(lines.len() >= 600, "only {} lines", lines.len());
    assert!(wrong.is_empty(), "{} of {} lines\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

#[test]
fn all_rules_of_the_tables_held_together_against_each_text_find_what_each_finds_alone() {
    let lines = lines();
    let readable = lines.iter().filter_map(|line| Query::parse(&line.query, &sets()).ok());
    let queries: Vec<Query> = readable.map(|parsed| parsed.query).collect();
    let rules: Vec<Rule> = queries.iter().map(|query| Rule { query: query.clone(), ..rule("csto") }).collect();
    let set = RuleSet::new(rules);
    for line in &lines {
        let case = line.case();
        let subject = Subject::new(&case.text, &case.about());
        let alone = queries.iter().enumerate();
        let alone: Vec<(usize, Vec<Match>)> =
            alone.filter_map(|(index, query)| Some((index, query.matches(&subject)?))).collect();
        assert_eq!(set.matches(&subject, &case.feeds), alone, "{}", line.place);
    }
}

#[test]
fn no_rule_of_the_tables_that_finds_something_is_said_to_be_idle() {
    for line in lines() {
        let Ok(parsed) = Query::parse(&line.query, &sets()) else { continue };
        let case = line.case();
        if case.matches(&parsed.query).is_none() {
            continue;
        }
        let is_doubted = |note: &Note| note.message.contains("never hold");
        let on = [case.event.unwrap_or(Event::New)];
        let idle = parsed.query.idle_on(&on);
        assert!(idle.iter().all(|note| note.span.len() < line.query.len() - 1), "{}: {idle:?}", line.place);
        assert!(!parsed.warnings.iter().any(is_doubted), "{}: {:?}", line.place, parsed.warnings);
        assert_eq!(parsed.query.idle_on(&[Event::New, Event::Revised, Event::Gone, Event::Back]), [], "{}", line.place);
    }
}
