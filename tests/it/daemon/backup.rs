//! Copies of a database that a daemon works on, and the way back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use rusqlite::Connection;

use super::{STORY, break_news, page, publish, watching};
use crate::support::Installation;

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn sent(installation: &Installation, number: usize) {
    installation.wait_for(&["alerts", "--state", "sent"], |answer| {
        answer["alerts"].as_array().is_some_and(|alerts| alerts.len() == number)
    });
}

#[test]
fn a_backup_that_was_made_beside_the_daemon_goes_on_and_mails_nothing_twice_that_it_knows_as_mailed() {
    let (site, sink, installation) = watching();
    let mut daemon = installation.start();
    daemon.logged("watching");
    break_news(&site);
    let first = sink.next();
    sent(&installation, 1);
    // It looks at everything every second meanwhile.
    for _ in 0..5 {
        let made = installation.json(&["backup", "copy.db", "--force"]);
        assert_eq!((&made["sound"], &made["versions"]), (&true.into(), &2.into()), "{made}");
    }
    assert_eq!(fs::metadata(installation.path("copy.db")).unwrap().permissions().mode() & 0o777, 0o600);
    let files = names(installation.folder.path());
    assert!(files.iter().all(|name| !name.starts_with("copy.db") || name == "copy.db"), "one file: {files:?}");
    let refused = installation.run(&["backup", "copy.db"]);
    assert!(refused.status.code() == Some(1) && said(&refused).contains("`--force` replaces it"), "{}", said(&refused));

    site.set(STORY, page("Dozens killed in the capital", "26", "ad"));
    let second = sink.next();
    sent(&installation, 2);
    let refused = installation.run(&["restore", "copy.db"]);
    assert!(refused.status.code() == Some(1) && said(&refused).contains("stop it first"), "{}", said(&refused));
    daemon.stop();

    let restored = installation.json(&["restore", "copy.db"]);
    assert_eq!((&restored["versions"], &restored["pending"]), (&2.into(), &0.into()), "{restored}");
    let kept = restored["kept"].as_str().expect("the one from before");
    let versions = |path: &Path| {
        let connection = Connection::open(path).unwrap();
        connection.query_row("SELECT count(*) FROM versions", [], |row| row.get::<_, u32>(0)).unwrap()
    };
    assert_eq!(versions(Path::new(kept)), 3, "what was stored since is there still");
    assert_eq!(versions(&installation.path("wirewatch.db")), 2);

    let daemon = installation.start();
    publish(&site, &[("Troops and protesters again", "/again"), ("Dozens killed in the capital", STORY)]);
    site.set("/again", page("Troops and protesters again", "no", "ad"));
    let mails = [sink.next(), sink.next()];
    sent(&installation, 3);
    daemon.stop();
    let ids: Vec<_> = mails.iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
    let before = [&first, &second].map(|mail| mail.header("Message-ID").unwrap());
    assert!(before.iter().all(|id| !ids.contains(id)), "another mail has another id: {before:?} {ids:?}");
    let subjects: Vec<_> = mails.iter().map(|mail| mail.header("Subject").unwrap()).collect();
    assert!(subjects.iter().any(|subject| subject.contains("Troops and protesters again")), "{subjects:?}");
    // The revision came after the backup: it is found, and told, once more, in the thread of the first mail.
    let revised = mails.iter().find(|mail| mail.header("Subject").unwrap().contains("Dozens killed")).unwrap();
    assert_eq!(revised.header("References"), first.header("Message-ID"));
    assert!(sink.waiting().is_empty());
    assert_eq!(installation.json(&["verify"])["sound"], true);
}

#[test]
fn of_the_copies_in_a_folder_the_newest_stay() {
    let (_site, _sink, installation) = watching();
    let folder = installation.path("copies");
    fs::create_dir(&folder).unwrap();
    for name in ["wirewatch-2026-01-0", "wirewatch-2026-01-02T030000Z", "wirewatch-2026-01-01T030000Z", "mine"] {
        fs::write(folder.join(format!("{name}.db")), "older").unwrap();
    }
    fs::write(folder.join("wirewatch-2026-01-03T030000Z.db.partial"), "killed on its way").unwrap();

    let made = installation.json(&["backup", "copies", "--keep", "2"]);

    let new = Path::new(made["file"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned();
    let expected = ["mine.db", "wirewatch-2026-01-0.db", "wirewatch-2026-01-02T030000Z.db", new.as_str()];
    assert_eq!(names(&folder), expected, "and what is not ours is left alone");
    assert_eq!(made["removed"].as_array().map(Vec::len), Some(1));
    assert_eq!(installation.run(&["backup", "copy.db", "--keep", "2"]).status.code(), Some(1), "no folder");
}

#[test]
fn what_is_damaged_gets_no_name_and_takes_no_place() {
    let (_site, _sink, installation) = watching();
    installation.stdout(&["backup", "good.db"]);
    let connection = Connection::open(installation.path("wirewatch.db")).unwrap();
    connection.execute("UPDATE versions SET observed_at = observed_at - 60000", []).unwrap();
    drop(connection);

    let refused = installation.run(&["backup", "bad.db"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("article 1: its hash does not follow"), "{}", said(&refused));
    assert!(names(installation.folder.path()).iter().all(|name| !name.starts_with("bad.db")));
    assert_eq!(installation.run(&["backup", "bad.db", "--damaged"]).status.code(), Some(1), "kept, and said");

    installation.stdout(&["restore", "good.db"]);
    let whole = fs::read(installation.path("wirewatch.db")).unwrap();
    fs::write(installation.path("half.db"), &fs::read(installation.path("good.db")).unwrap()[..20_000]).unwrap();
    fs::write(installation.path("letter.txt"), "Dear sirs").unwrap();
    for (file, reason) in [
        ("bad.db", "article 1: its hash does not follow"),
        ("half.db", "damaged"),
        ("letter.txt", "is not a database of wirewatch"),
        ("none.db", "could not read `none.db`"),
        ("wirewatch.db", "is the database itself"),
    ] {
        let refused = installation.run(&["restore", file]);
        assert!(refused.status.code() == Some(1) && said(&refused).contains(reason), "{file}: {}", said(&refused));
    }
    assert_eq!(fs::read(installation.path("wirewatch.db")).unwrap(), whole, "as it was");
    let files = names(installation.folder.path());
    assert!(files.iter().all(|name| !name.contains(".partial")), "{files:?}");
}

#[test]
fn a_daemon_that_was_killed_leaves_what_its_log_holds_to_the_database_that_is_kept() {
    let (site, sink, installation) = watching();
    installation.stdout(&["backup", "copy.db"]);
    let daemon = installation.start();
    break_news(&site);
    sink.next();
    sent(&installation, 1);
    daemon.kill();

    let restored = installation.json(&["restore", "copy.db"]);

    assert_eq!(restored["versions"], 1);
    let kept = Connection::open(restored["kept"].as_str().unwrap()).unwrap();
    let sent: u32 =
        kept.query_row("SELECT count(*) FROM deliveries WHERE state = 'sent'", [], |row| row.get(0)).unwrap();
    assert_eq!(sent, 1);
    assert_eq!(installation.json(&["verify"])["sound"], true);
    let other = Installation::new("[[feed]]\nname = \"a\"\nurl = \"http://127.0.0.1:9/\"\n");
    let copy = installation.path("copy.db");
    let moved = other.json(&["restore", copy.to_str().unwrap()]);
    assert_eq!((&moved["versions"], &moved["kept"]), (&1.into(), &serde_json::Value::Null), "to another machine");
}
