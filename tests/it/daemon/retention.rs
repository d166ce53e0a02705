//! Retention, in the whole program.

use rusqlite::Connection;

use super::{break_news, configuration, watching};

#[test]
fn the_daemon_takes_away_what_is_old_and_a_kill_in_the_middle_costs_nothing_else() {
    let (site, sink, installation) = watching();
    break_news(&site);
    installation.all();
    sink.next();
    let nothing = installation.json(&["prune"]);
    assert_eq!((&nothing["before"], &nothing["versions"]), (&serde_json::Value::Null, &0.into()), "`forever`");
    // A year and more goes by for one of the two.
    let connection = Connection::open(installation.path("wirewatch.db")).unwrap();
    connection
        .execute_batch(
            "UPDATE articles SET last_changed_at = last_changed_at - 40000000000, due_at = NULL WHERE url LIKE '%/sport/cup'",
        )
        .unwrap();
    drop(connection);
    let old = "[store]\nretention = \"400d\"\n";
    installation.configure(&configuration(&site, &sink).replace("[store]\n", old));

    let said = installation.json(&["prune", "--dry-run"]);
    assert_eq!(
        (&said["articles"], &said["versions"], &said["dry_run"]),
        (&1.into(), &1.into(), &true.into()),
        "{said}"
    );
    assert!(installation.stdout(&["prune", "--dry-run"]).starts_with("would take 1 article, 1 version, 1 stored page"));
    assert_eq!(installation.json(&["status"])["articles"], 2);
    installation.start().kill();
    let mut daemon = installation.start();
    installation.wait_for(&["status"], |status| status["articles"] == 1);
    let refused = installation.run(&["prune", "--shrink"]);
    let reason = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && reason.contains("already runs"), "{reason}");
    daemon.logged("watching");
    daemon.stop();

    let articles = installation.json(&["articles"]);
    assert_eq!(articles["articles"].as_array().map(Vec::len), Some(1), "{articles}");
    assert!(articles["articles"][0]["url"].as_str().unwrap().contains("unrest"));
    let gone = 3 - articles["articles"][0]["id"].as_i64().unwrap();
    let told = installation.stdout(&["history", &gone.to_string()]);
    assert!(told.contains("No version: older than `retention` in [store], taken away"), "{told}");
    assert_eq!(installation.json(&["verify"])["sound"], true);
    assert_eq!(installation.json(&["prune", "--shrink"])["free_bytes"], 0);
    installation.all();
    assert!(sink.waiting().is_empty(), "its feed lists it still, and nobody is told");
}
