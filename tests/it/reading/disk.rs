//! The reading commands over an archive that is not as it should be: nothing may be written, the index is damaged.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
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
fn by_a_link_to_it_an_archive_is_read_with_all_that_its_log_holds() {
    let (_site, installation) = archive();
    let real = installation.path("real");
    fs::create_dir(&real).unwrap();
    // What a daemon left behind that was killed: most of what it stored is in the log.
    let source = Connection::open(installation.path("wirewatch.db")).unwrap();
    source.execute_batch("PRAGMA wal_autocheckpoint = 0; UPDATE feeds SET name = 'of the log'").unwrap();
    for suffix in ["", "-wal"] {
        let name = format!("wirewatch.db{suffix}");
        fs::copy(installation.path(&name), real.join(&name)).unwrap();
        allow(&real.join(&name), 0o444);
    }
    drop(source);
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(installation.path(&format!("wirewatch.db{suffix}")));
    }
    symlink(real.join("wirewatch.db"), installation.path("wirewatch.db")).unwrap();
    allow(installation.folder.path(), 0o777);

    // Beside the real one a file would have to be written for that: said, rather than answered without the log.
    allow(&real, 0o555);
    let refused = as_reader(&installation, &["feeds"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && said.contains("log beside it"), "{said}");
    allow(&real, 0o777);
    let read = as_reader(&installation, &["feeds"]);
    assert!(String::from_utf8_lossy(&read.stdout).contains("of the log"), "{}", String::from_utf8_lossy(&read.stderr));
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
