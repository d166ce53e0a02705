//! Long results in a pager, as git shows them.

use std::env;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use terminal_size::{Height, terminal_size};
use tokio::signal::unix::{SignalKind, signal};

use super::terminal::write_document;

/// What `sh` says of a command that there is not.
const NOT_FOUND: i32 = 127;

/// Shows a document on the terminal: in the pager that the environment names (`$WIREWATCH_PAGER`, `$PAGER`, else `less`)
/// where it is longer than the screen, and as it is where there is none.
pub fn show(document: &str) -> io::Result<()> {
    let chosen = ["WIREWATCH_PAGER", "PAGER"].iter().find_map(env::var_os);
    let pager = chosen.unwrap_or_else(|| "less".into());
    if !is_long(document) || pager.is_empty() || pager == "cat" {
        return write_document(document.as_bytes());
    }
    let mut command = Command::new("sh");
    command.arg("-c").arg(&pager).stdin(Stdio::piped());
    // As git sets them: leave when it fits, colours as they are, the screen as it was.
    for (name, value) in [("LESS", "FRX"), ("LV", "-c")] {
        if env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    // An interrupt is the pager's; without a listener it would end us and leave the pager behind.
    let _interrupts = signal(SignalKind::interrupt())?;
    let Ok(mut running) = command.spawn() else { return write_document(document.as_bytes()) };
    if let Some(mut input) = running.stdin.take() {
        // Whoever has read enough leaves.
        let _ = input.write_all(document.as_bytes());
    }
    match running.wait()?.code() {
        Some(NOT_FOUND) => write_document(document.as_bytes()),
        _ => Ok(()),
    }
}

fn is_long(document: &str) -> bool {
    let rows = terminal_size().map_or(24, |(_, Height(rows))| usize::from(rows));
    document.lines().count() >= rows
}
