//! What may be typed: every command with its options, and the help that explains them.

mod evidence;
mod keeping;
mod mutes;
mod views;
mod work;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand};

pub use evidence::*;
pub use keeping::*;
pub use mutes::*;
pub use views::*;
pub use work::*;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Start here:
  wirewatch demo                        see it work, offline, in half a minute
  wirewatch watch URL --match 'QUERY'   try it on a feed, without a configuration
  wirewatch init                        write a configuration; then `check`, then `run`

Exit status:
  0  fine
  1  the work failed, or what was asked for by name was not found
  2  wrong usage or configuration

Documents go to standard output, messages to standard error. NO_COLOR is obeyed.";

/// Watches news feeds and the articles behind them, keeps every version, and mails what changed.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "wirewatch",
    version,
    styles = STYLES,
    max_term_width = 100,
    after_help = AFTER_HELP,
    arg_required_else_help = true,
    infer_subcommands = true
)]
pub struct Arguments {
    #[command(flatten)]
    pub general: General,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "General options")]
pub struct General {
    /// The configuration
    ///
    /// Without it: `./wirewatch.toml`, `$XDG_CONFIG_HOME/wirewatch/config.toml`, `/etc/wirewatch/config.toml`, the first that
    /// exists.
    #[arg(long, value_name = "FILE", env = "WIREWATCH_CONFIG", hide_env_values = true, global = true,
        value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub config: Option<PathBuf>,
    /// Say more (-vv: everything)
    #[arg(short, long, action = ArgAction::Count, global = true, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Do not show long results in a pager ($WIREWATCH_PAGER, $PAGER, else less)
    #[arg(long, global = true)]
    pub no_pager: bool,
}

#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Write a commented starter configuration
    #[command(after_help = "Written to ./wirewatch.toml, or to the file that --config names. Asks nothing.")]
    Init(InitArguments),
    /// Validate the configuration and report every problem at once
    #[command(after_help = "Exit status: 0 nothing to complain of (warnings aside), 2 the configuration has errors, \
        1 a feed or the mail server did not answer as it should (--online).")]
    Check(CheckArguments),
    /// Run: poll, revisit, match, deliver, serve the web page, until told to stop
    #[command(after_help = "SIGTERM and SIGINT end it, SIGHUP reloads the configuration.\n\nExamples:\n  \
        wirewatch run\n  wirewatch run --once          everything that is due now, for cron\n  \
        wirewatch run --once --all    look at everything now")]
    Run(RunArguments),
    /// Watch feeds without a configuration and print alerts here
    #[command(
        after_help = "Examples:\n  wirewatch watch https://www.aljazeera.com/xml/rss/all.xml --match 'kazakh*'\n  \
        wirewatch watch bbc.co.uk lemonde.fr --match 'tax* NEAR/5 (levy OR carbon)'"
    )]
    Watch(WatchArguments),
    /// Show the whole thing at work, offline
    #[command(
        after_help = "A small news site on this machine publishes and revises a developing story; the real daemon \
        watches it and delivers into a Maildir. Ends by itself, after half a minute or as long as --for says."
    )]
    Demo(DemoArguments),
    /// The feeds and how they fare
    #[command(after_help = "Examples:\n  wirewatch feeds\n  \
        wirewatch feeds discover lemonde.fr\n  wirewatch feeds import newsroom.opml --to feeds.d/newsroom.toml\n  \
        wirewatch feeds export > feeds.opml")]
    Feeds(FeedsArguments),
    /// The stored articles, newest activity first
    #[command(after_help = "Examples:\n  wirewatch articles\n  wirewatch articles 'kazakh* csto' --since 7d\n  \
        wirewatch articles --rule fed-rates --revised --json")]
    Articles(ArticlesArguments),
    /// Every version of an article and what changed in each
    #[command(after_help = "Examples:\n  wirewatch history 12\n  wirewatch history https://example.org/news/ferry")]
    History(HistoryArguments),
    /// One version of an article in full
    #[command(after_help = "Examples:\n  wirewatch show 12        the latest version\n  wirewatch show 12@1      \
        the first\n  wirewatch show 12@1 --html > page.html")]
    Show(ShowArguments),
    /// The words that changed between two versions
    #[command(after_help = DIFF_HELP)]
    Diff(DiffArguments),
    /// The rules and how often they alerted
    #[command(after_help = "Examples:\n  wirewatch rules\n  \
        wirewatch rules test 'kazakh* AND csto' --since 30d\n  wirewatch rules explain 'kazakh* AND csto' 12")]
    Rules(RulesArguments),
    /// The outbox: alerts that were sent, wait, or failed
    #[command(after_help = "Examples:\n  wirewatch alerts --state failed\n  \
        wirewatch alerts show 7\n  wirewatch alerts retry        everything that failed\n  wirewatch alerts retry 7 9    these, held or failed\n  wirewatch alerts retry --held")]
    Alerts(AlertsArguments),
    /// Hold the alerts of a feed, a rule or an article for a while
    #[command(after_help = MUTE_HELP)]
    Mute(MuteArguments),
    /// What is muted, until when and why; and who unsubscribed from what
    Mutes(MutesArguments),
    /// End mutes before their time; what they hold goes out at once
    #[command(after_help = "Examples:\n  wirewatch unmute 3     the rule, feed or article is heard again\n  \
        wirewatch unmute u3    the address is sent again what it unsubscribed from by a link in a mail")]
    Unmute(UnmuteArguments),
    /// Look at articles again, those that rest among them
    #[command(
        after_help = "A running daemon looks within seconds, else the next `wirewatch run --once` does.\n\nExamples:\n  \
        wirewatch recheck 12\n  wirewatch recheck https://example.org/news/ferry"
    )]
    Recheck(RecheckArguments),
    /// Everything on one screen
    Status(StatusArguments),
    /// Read the stored pages anew, after an upgrade or an edited `[[site]]` rule
    #[command(after_help = REEXTRACT_HELP)]
    Reextract(ReextractArguments),
    /// Check that everything stored is what was stored
    ///
    /// The database, every text and page, and the chains of hashes.
    #[command(after_help = VERIFY_HELP)]
    Verify(VerifyArguments),
    /// Copy the database, beside a running daemon, and check the copy
    #[command(after_help = BACKUP_HELP)]
    Backup(BackupArguments),
    /// Put a backup in the place of the database
    #[command(after_help = RESTORE_HELP)]
    Restore(RestoreArguments),
    /// Take away now what is older than `retention` allows
    #[command(after_help = PRUNE_HELP)]
    Prune(PruneArguments),
    /// Write versions or stored pages for other programs, or one article as a report
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArguments),
    /// Show a version no more, for legal reasons, and delete its text and page
    #[command(after_help = HIDE_HELP)]
    Hide(HideArguments),
    /// What wirewatch reads in a feed, a page, or two pages; stores nothing
    #[command(after_help = "Examples:\n  wirewatch inspect feed https://example.org/rss\n  \
        wirewatch inspect page saved.html --url https://example.org/news/ferry\n  \
        wirewatch inspect change yesterday.html today.html")]
    Inspect(InspectArguments),
    /// Send one sample alert through the configured transport
    TestMail(TestMailArguments),
    /// Print shell completions
    #[command(
        after_help = "Examples:\n  wirewatch completions bash > ~/.local/share/bash-completion/completions/wirewatch\n  \
        wirewatch completions zsh > ~/.zfunc/_wirewatch\n  wirewatch completions fish > ~/.config/fish/completions/wirewatch.fish"
    )]
    Completions(CompletionsArguments),
    /// Print the man page, or write one for each command
    #[command(after_help = "Examples:\n  wirewatch man | man -l -\n  wirewatch man --to ~/.local/share/man/man1")]
    Man(ManArguments),
}

const VERIFY_HELP: &str = "\
The hash of each version is made of its text, its page, when and where it was read, and the hash of the version before; so
whoever keeps the latest hash of an article (`wirewatch history`) can tell that nothing before it was altered.

Changes nothing, and works beside a running daemon and on a file that may only be read.

Exit status: 0 everything is whole, 1 something is not, and what.";

const BACKUP_HELP: &str = "\
The copy is the database as it is at one moment: feeds, articles, versions, pages, and what was mailed and waits. It is one
file that only you can read, and gets its name when all of it was checked as by `wirewatch verify` and is on the disk; until
then it is FILE.partial. The daemon goes on meanwhile. The configuration and its secrets are not in it.

Exit status: 1 where there is no copy, or (--damaged) a damaged one.

Examples:
  wirewatch backup /mnt/backup/wirewatch.db
  wirewatch backup /var/backups/wirewatch --keep 14";

const RESTORE_HELP: &str = "\
The backup is copied beside the database, opened, brought to the schema of this wirewatch, checked as by `wirewatch verify`,
and then takes the database's name, which the configuration says. The database from before stays there under a name that ends
in `.before-` and the time. Refused while a daemon runs.

What was stored after the backup was made is not in it: entries that the feeds still list come again as new ones, and what
waited to be mailed then waits again. What it knows as mailed is not mailed again.

Examples:
  systemctl stop wirewatch
  wirewatch restore /var/backups/wirewatch/wirewatch-2026-11-23T140500Z.db
  systemctl start wirewatch";

const PRUNE_HELP: &str = "\
What the daemon does once a day. Articles that rest, without news for that long, go with their versions, pages, alerts and mails;
their addresses stay, so that no feed makes news of them. Of articles that go on, versions that old lose text and page, but for
the first, the latest, and those that somebody was told of; their hashes stay, and the chain holds. An article of which a message
waits stays whole, as does the record of who hid, muted or unsubscribed from what.

Works beside a running daemon. Interrupted, it goes on where it was when started again.

Examples:
  wirewatch prune --dry-run
  wirewatch prune --shrink      with the daemon stopped";

const EXPORT_HELP: &str = "\
Every version of the articles selected is written, as `wirewatch articles` selects them, oldest version first. A WARC file
has the answer as it is stored: its headers as received, its body after content decoding; versions that were read from a
feed have none. What is damaged is left out and named.

Exit status: 1 where something could not be written, or what was named was not found.

Examples:
  wirewatch export --format jsonl --since 7d > week.jsonl
  wirewatch export 'kazakh* csto' --format csv --output kazakhstan.csv
  wirewatch export --format warc --rule fed-rates --output fed.warc.gz
  wirewatch export 12 --format html --output ferry.html";

const HIDE_HELP: &str = "\
The text, headline and stored page of the version are deleted, overwritten in the database, and shown and exported nowhere
any more; the messages that may have shown it are deleted too, and those that wait are written anew without it. Its number,
times and hashes remain, with who hid it, when and why: `history` and `verify` say so, and the chain of hashes still holds.

This cannot be undone. Backups, exports and mails that were delivered are not reached. The latest version cannot be hidden:
the next look is compared with it.

Examples:
  wirewatch hide 12@2 --why 'court order 7 O 123/26'";

const MUTE_HELP: &str = "\
What is muted is watched, stored and matched as ever; its alerts are held, urgent ones among them, until the mute ends or
is lifted, and then come as one digest that says so. An alert that something else brings too, another rule or a feed that
is not muted, goes out without what is muted. A running daemon knows of it at once.

Examples:
  wirewatch mute rule fed-rates --for 8h --why 'press conference, we are in the room'
  wirewatch mute article 12 --for 2d
  wirewatch mutes
  wirewatch unmute 3";

const REEXTRACT_HELP: &str = "\
Reads the kept page of each article's latest version with this wirewatch and the configuration's `[[site]]` rules. What
reads otherwise is stored as a technical version, which alerts nobody: stored versions never change. The daemon does the
same by itself before it next looks at an article; this does it at once, and for articles that are watched no longer.

Works beside a running daemon, which has to have the same configuration in force; an article that it is looking at just
then is left to it. Interrupted, it goes on where it was when started again.

Exit status: 1 where something stored is damaged, or an article named with --article has no readable page.

Examples:
  wirewatch reextract --dry-run             what would change, and how
  wirewatch reextract
  wirewatch reextract --feed courts --since 30d
  wirewatch reextract --article 12 14";

const DIFF_HELP: &str = "\
Examples:
  wirewatch diff 12          the last revision by the publisher
  wirewatch diff 12@3        what version 3 changed
  wirewatch diff 12@1..3 --format html > diff.html";

/// For the commands that list or show.
#[derive(Debug, Clone, Args)]
pub struct Json {
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}
