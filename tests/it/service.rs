//! The daemon under a service manager: what it says on the notification socket.

use std::os::unix::net::UnixDatagram;
use std::process::Stdio;
use std::time::Duration;

use crate::support::Installation;

/// The states that the daemon sent until one holds `wanted`.
fn told(socket: &UnixDatagram, wanted: &str) -> String {
    let mut all = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.recv(&mut buffer).unwrap_or_else(|error| panic!("no `{wanted}` in {all}: {error}"));
        all += &String::from_utf8_lossy(&buffer[..read]);
        all.push('\n');
        if all.contains(wanted) {
            return all;
        }
    }
}

#[test]
fn the_service_manager_is_told_of_readiness_life_reload_and_end() {
    let installation = Installation::new("[[feed]]\nname = \"a\"\nurl = \"http://127.0.0.1:9/\"\n");
    let socket = UnixDatagram::bind(installation.path("notify")).expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    let mut command = installation.command(&["run"]);
    command.env("NOTIFY_SOCKET", installation.path("notify")).env("WATCHDOG_USEC", "600000");
    let mut child = command.stderr(Stdio::null()).spawn().expect("the daemon starts");

    // A feed that cannot be reached delays nothing: ready means that the database is open and the feeds are taken over.
    told(&socket, "READY=1");
    told(&socket, "WATCHDOG=1");
    let signal = |name: &str| {
        std::process::Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill runs");
    };
    signal("-HUP");
    let reloaded = told(&socket, "READY=1");
    assert!(reloaded.contains("RELOADING=1") && reloaded.contains("MONOTONIC_USEC="), "{reloaded}");
    signal("-TERM");
    told(&socket, "STOPPING=1");
    assert_eq!(child.wait().expect("the daemon ends").code(), Some(0));
}
