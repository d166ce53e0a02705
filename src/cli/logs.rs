//! Log lines: to the journal where there is one, else to standard error.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::arguments::General;

/// Starts logging. `RUST_LOG` overrides the level that `-v` and `-q` choose from `usual`.
pub fn start(general: &General, usual: LevelFilter) {
    let level = match (general.quiet, general.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => usual,
        (false, 1) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let registry = tracing_subscriber::registry().with(filter(level));
    if under_journal()
        && let Ok(journal) = tracing_journald::layer()
    {
        registry.with(journal.with_field_prefix(None).with_syslog_identifier("wirewatch".to_owned())).init();
        return;
    }
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_target(false);
    registry.with(lines).init();
}

/// The same for a command that somebody waits for: what is to be said of its result, without times.
pub fn start_beside_a_result(is_quiet: bool) {
    let level = if is_quiet { LevelFilter::ERROR } else { LevelFilter::WARN };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_target(false)
        .without_time();
    // Fails where logging was started before, which is as good.
    let _ = tracing_subscriber::registry().with(filter(level)).with(lines).try_init();
}

fn filter(level: LevelFilter) -> EnvFilter {
    // Only our own crate follows the level: the libraries below log what nobody asked for, and some log secrets.
    let ours = format!("warn,wirewatch={level}");
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(ours))
}

/// Whether standard error is the journal's socket (systemd.exec(5), `$JOURNAL_STREAM`: device and inode).
fn under_journal() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let Some(stream) = std::env::var("JOURNAL_STREAM").ok() else { return false };
    let Ok(stderr) = std::io::stderr().as_fd().try_clone_to_owned() else { return false };
    let Ok(metadata) = std::fs::File::from(stderr).metadata() else { return false };
    stream == format!("{}:{}", metadata.dev(), metadata.ino())
}
