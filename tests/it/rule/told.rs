//! What `wirewatch check` says of rules, through the real program: `tests/fixtures/rule/check/*.toml`.

use std::path::Path;
use std::process::Command;

use super::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/rule/check");

/// Everything that the program says, and how it ends.
fn said(file: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirewatch"));
    let output = command.args(["check", "--config", file]).current_dir(FOLDER).env("TZ", "UTC").output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    format!("{err}{out}exit {}\n", output.status.code().unwrap())
}

#[test]
fn mistakes_in_rules_are_told_with_their_place_and_what_to_write() {
    // With BLESS=1 the expected texts are written anew: read the difference.
    let bless = std::env::var_os("BLESS").is_some();
    let paths = std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let mut wrong = Vec::new();
    let mut cases = 0;
    for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let (said, expected) = (said(&file), Path::new(&path).with_extension("expected"));
        if bless {
            std::fs::write(&expected, &said).unwrap();
        }
        cases += 1;
        if std::fs::read_to_string(&expected).unwrap_or_default() != said {
            wrong.push(format!("--- {file}\n{said}"));
        }
    }
    assert!(cases >= 15, "only {cases} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_with_signs_are_terms_of_a_set_and_find_themselves() {
    let file = std::fs::read_to_string(Path::new(FOLDER).join("sets_names.toml")).unwrap();
    let file: toml::Table = file.parse().unwrap();
    for list in ["names", "exact"] {
        for term in file["sets"][list].as_array().unwrap() {
            let term = term.as_str().unwrap();
            let sets = Sets::new(BTreeMap::from([("names".to_owned(), vec![term.to_owned()])]));
            let query = Query::parse("$names", &sets).unwrap_or_else(|notes| panic!("{term}: {notes:?}")).query;
            let text = term.trim_start_matches('=').trim_matches('"').trim_end_matches(['*', '~']);
            let said = article(&format!("Yesterday {text} and others were here"));
            assert!(said.matches(&query).is_some(), "{term}");
        }
    }
}
