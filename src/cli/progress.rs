//! A progress bar that appears on a terminal when something takes longer than a second.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that finishes sooner shows no bar: one that flashes by tells nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far a long piece of work has come. Draws on standard error, and only where that is a terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    wanted: bool,
}

impl Progress {
    /// A bar for `total` steps, called `what` ("reading articles").
    pub fn new(what: &str, total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        bar.set_style(bar_style());
        bar.set_message(what.to_owned());
        Self { bar, wanted: io::stderr().is_terminal() }
    }

    /// A bar that never appears, for `--quiet` and `--json`.
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), wanted: false }
    }

    /// Marks steps as done; shows the bar once the work has taken a second.
    pub fn advance(&self, steps: u64) {
        if self.wanted && self.bar.is_hidden() && self.bar.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(steps);
    }

    /// Writes something while the bar is away.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}

fn bar_style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{msg} {wide_bar:.cyan/dim} {human_pos}/{human_len} {eta:>4}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─")
}
