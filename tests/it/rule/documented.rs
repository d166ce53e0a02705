//! `docs/rules.md`: what it shows is what happens.

use super::*;

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md")).unwrap()
}

/// What stands between backticks in a text.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The examples: the code in the first cells of its tables, and its blocks.
fn examples(page: &str) -> Vec<String> {
    let mut examples = Vec::new();
    let mut block = "";
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("```") {
            block = name;
        } else if block == "text" {
            examples.push(line.to_owned());
        } else if let Some(text) = line.strip_prefix("match = ") {
            examples.push(text.trim_matches('\'').to_owned());
        } else if line.starts_with("| `") {
            let cell = line.trim_start_matches("| ").split(" | ").next().unwrap_or_default();
            examples.extend(code(cell).map(str::to_owned));
        }
    }
    examples
}

#[test]
fn every_example_of_the_page_about_rules_is_tried() {
    let page = page();
    let table = fixture("table/documented.txt");
    let tried: Vec<&str> = table.lines().filter_map(|line| line.split(" | ").next()).collect();
    let examples = examples(&page);
    assert!(examples.len() >= 40, "{examples:?}");
    for example in &examples {
        assert!(tried.contains(&example.as_str()), "documented.txt does not try `{example}`");
        assert_eq!(parse(example).warnings, [], "{example}");
    }
}
