//! What the documents say is so: files exist, commands work, the help agrees.

use std::fs;
use std::path::Path;

use clap::{CommandFactory, Parser};
use wirewatch::cli::arguments::Arguments;

use crate::support::Installation;

const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs/attacks.md",
    "docs/rules.md",
    "docs/matching.md",
    "docs/searching.md",
    "docs/health.md",
    "docs/differences.md",
    "docs/evidence.md",
    "docs/fitness.md",
    "docs/addresses.md",
    "docs/operations.md",
    "docs/page.md",
    "docs/steadiness.md",
    "docs/templates.md",
];

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name)
}

/// The lines of shell blocks, comments taken off.
fn shell_lines(document: &str) -> Vec<String> {
    let blocks = document.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines).map(|line| line.split('#').next().unwrap_or_default().trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn every_file_that_a_document_links_to_is_there() {
    for document in DOCUMENTS {
        let text = read(document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.contains("://") {
                let linked = Path::new(env!("CARGO_MANIFEST_DIR")).join(document).with_file_name(link);
                assert!(linked.exists(), "{document} links to {link}");
            }
        }
    }
}

#[test]
fn every_command_in_the_readme_can_be_typed() {
    let lines = shell_lines(&read("README.md"));
    let ours: Vec<&String> = lines.iter().filter(|line| line.starts_with("wirewatch ")).collect();
    assert!(ours.len() >= 3, "{lines:?}");
    for line in ours {
        Arguments::try_parse_from(line.split_whitespace()).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}

#[test]
fn the_readme_lists_the_commands_that_there_are() {
    let readme = read("README.md");
    let table = readme.split("## Commands").nth(1).and_then(|rest| rest.split("Everything that lists").next());
    let table = table.expect("a table of commands");
    let listed = |name: &str| {
        table.lines().filter_map(|line| line.split('|').nth(1)).any(|cell| cell.contains(&format!("`{name}`")))
    };
    for command in Arguments::command().get_subcommands() {
        assert!(listed(command.get_name()), "README.md does not list `{}`", command.get_name());
    }
}

#[test]
fn the_five_minutes_start_works_as_written() {
    let installation = Installation::new("");
    fs::remove_file(installation.path("wirewatch.toml")).expect("the file was there");
    installation.stdout(&["init"]);
    let checked = installation.stdout(&["check"]);
    assert!(checked.contains("fine"), "{checked}");
    let again = installation.run(&["init"]);
    assert_eq!(again.status.code(), Some(1), "`init` replaces nothing by itself");
}

#[test]
fn the_example_configuration_is_fine() {
    let installation = Installation::new(&read("config.example.toml"));
    // It names files that an installation has and this one has not.
    let checked = installation.run(&["check"]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert_eq!(checked.status.code(), Some(0), "{said}");
}

#[test]
fn every_command_explains_itself() {
    let installation = Installation::new("");
    let names: Vec<String> =
        Arguments::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names {
        let help = installation.stdout(&[&name, "--help"]);
        assert!(help.contains("Usage: wirewatch"), "{name}: {help}");
    }
}
