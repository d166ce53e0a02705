//! The command line: what was typed, the commands behind it, and how their results are shown.

pub mod arguments;
mod configuration;
mod demo;
mod discovery;
pub mod encoding;
pub mod exit;
mod logs;
mod pager;
mod paths;
pub mod progress;
pub mod reading;
pub mod reference;
pub mod render;
pub mod table;
pub mod terminal;
pub mod text;
pub mod tooling;
mod watch;
mod who;
mod working;

use std::process::ExitCode;

use anstream::eprintln;
use anyhow::Context as _;
use clap::Parser;
use tokio::runtime::Builder;

use arguments::{Arguments, Command};
use configuration::NoConfiguration;
use exit::Exit;

/// Parsers of deep markup recurse on the threads for blocking work; only what is used of a stack takes memory.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// The program: parses what was typed, does it, and says how it ended.
pub fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    // An empty variable of the environment is one that is not set.
    let is_unset = std::env::var_os("WIREWATCH_CONFIG").is_some_and(|value| value.is_empty());
    arguments.general.config.take_if(|path| is_unset && path.as_os_str().is_empty());
    // The database, the Maildir and the demo's folder are nobody else's business.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    keep_memory_private();
    match run(arguments) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("wirewatch: {}", terminal::clean_lines(&format!("{error:#}")));
            let misused = error.downcast_ref::<NoConfiguration>().is_some();
            if misused { Exit::Misused } else { Exit::Failed }.into()
        }
    }
}

/// No core dump is written, and other programs of the same user cannot read what is in memory: passwords are in it.
fn keep_memory_private() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // Where a kernel does not know this, the limit of the unit or the shell holds.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let runtime = Builder::new_multi_thread().enable_all().thread_stack_size(STACK_BYTES).build();
    let runtime = runtime.context("cannot start the runtime")?;
    let ended = runtime.block_on(command(arguments));
    // What a command left behind is of no use to it, and a name server that does not answer may hold it for long.
    runtime.shutdown_background();
    ended
}

async fn command(arguments: Arguments) -> anyhow::Result<Exit> {
    let general = &arguments.general;
    match &arguments.command {
        Command::Init(init) => tooling::init(general, init),
        Command::Check(check) => working::check(general, check).await,
        Command::Run(run) => working::run(general, run).await,
        Command::Watch(watched) => watch::watch(general, watched).await,
        Command::Demo(played) => demo::demo(general, played).await,
        Command::Feeds(feeds) => reading::feeds(general, feeds).await,
        Command::Articles(articles) => reading::articles(general, articles).await,
        Command::History(history) => reading::history(general, history).await,
        Command::Show(show) => reading::show(general, show).await,
        Command::Diff(diff) => reading::diff(general, diff).await,
        Command::Rules(rules) => reading::rules(general, rules).await,
        Command::Alerts(alerts) => reading::alerts(general, alerts).await,
        Command::Mute(mute) => reading::mute(general, mute).await,
        Command::Mutes(mutes) => reading::mutes(general, mutes).await,
        Command::Unmute(unmute) => reading::unmute(general, unmute).await,
        Command::Recheck(recheck) => reading::recheck(general, recheck).await,
        Command::Status(status) => reading::status(general, status).await,
        Command::Reextract(reextracted) => reading::reextract(general, reextracted).await,
        Command::Verify(verify) => reading::verify(general, verify).await,
        Command::Backup(backup) => reading::backup(general, backup).await,
        Command::Restore(restore) => reading::restore(general, restore).await,
        Command::Prune(prune) => reading::prune(general, prune).await,
        Command::Export(export) => reading::export(general, export).await,
        Command::Hide(hide) => reading::hide(general, hide).await,
        Command::Inspect(inspect) => reading::inspect(general, inspect).await,
        Command::TestMail(test) => working::test_mail(general, test).await,
        Command::Completions(completions) => tooling::completions(completions),
        Command::Man(man) => tooling::man(general, man),
    }
}
