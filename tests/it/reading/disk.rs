//! The reading commands over an archive that is not as it should be: nothing may be written, the index is damaged.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Output;

use rusqlite::Connection;
use serde_json::Value;

use super::archive;
use crate::support::Installation;

const NOBODY: u32 = 65534;

/// Runs a command as somebody who may only read.
fn as_reader(installation: &Installation, arguments: &[&str]) -> Output {
    let mut command = installation.command(arguments);
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        // To whom permissions mean nothing.
        command.uid(NOBODY).gid(NOBODY);
    }
    command.output().unwrap()
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn files(installation: &Installation) -> Vec<String> {
    let files = fs::read_dir(installation.folder.path()).unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_archive_that_may_only_be_read_answers_as_any_other() {
    let (_site, installation) = archive();
    let database = installation.path("wirewatch.db");
    let questions: [&[&str]; 9] = [
        &["articles", "troops protest*", "--json"],
        &["articles", "--rule", "unrest", "--json"],
        &["rules", "test", "troops", "--json"],
        &["history", "1", "--json"],
        &["show", "1", "--html"],
        &["diff", "1", "--format", "json"],
        &["alerts", "--json"],
        &["feeds", "--json"],
        &["rules", "--json"],
    ];
    let expected: Vec<Vec<u8>> = questions.iter().map(|question| installation.run(question).stdout).collect();
    // Of the file alone, and of its folder too, as on a disk that is mounted for reading.
    for folder_mode in [0o777, 0o555] {
        allow(&database, 0o444);
        allow(installation.folder.path(), folder_mode);
        let before = files(&installation);
        for (question, expected) in questions.iter().zip(&expected) {
            let output = as_reader(&installation, question);
            assert!(output.status.success(), "{question:?}: {}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(&output.stdout, expected, "{question:?}");
        }
        let status = as_reader(&installation, &["status", "--json"]);
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
        let refused = as_reader(&installation, &["mute", "rule", "unrest", "--for", "1h"]);
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("readonly") && said.lines().count() < 4, "{said}");
        assert_eq!(files(&installation), before, "nothing is left beside it");
    }
    allow(installation.folder.path(), 0o755);
    allow(&database, 0o600);
    installation.all();
}

#[test]
fn a_damaged_index_is_said_in_one_line_and_answers_are_complete_until_the_daemon_makes_it_anew() {
    let (_site, installation) = archive();
    let question = ["articles", "troops protest*", "--json"];
    let expected = found(&installation.run(&question));
    assert_eq!(expected.len(), 1);
    let connection = Connection::open(installation.path("wirewatch.db")).unwrap();
    connection.execute("DELETE FROM vocabulary_idx", []).unwrap();
    drop(connection);

    let slower = installation.run(&question);
    assert_eq!(found(&slower), expected);
    let said = String::from_utf8(slower.stderr).unwrap();
    assert!(said.contains("index") && said.contains("`wirewatch run`") && said.lines().count() == 1, "{said}");

    let once = installation.run(&["run", "--once"]);
    assert!(once.status.success());
    assert!(String::from_utf8(once.stderr).unwrap().contains("made anew"));
    let again = installation.run(&question);
    assert_eq!((found(&again), again.stderr.len()), (expected, 0));
}

/// The numbers of the articles in an answer.
fn found(output: &Output) -> Vec<u64> {
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    answer["articles"].as_array().unwrap().iter().filter_map(|article| article["id"].as_u64()).collect()
}
