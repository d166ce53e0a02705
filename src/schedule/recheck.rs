//! When to look at an article again.

use std::fmt;
use std::time::Duration;

use super::duration::{parse_duration, shorten};
use super::poll::LONGEST_RETRY_AFTER;
use super::{ScheduleError, jitter, show_duration};
use crate::model::Timestamp;

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3_600);
/// A look that finds nothing stretches the next wait by this, up to [`MOST_STRETCH`] (after newsdiffs).
const STRETCH: f64 = 1.2;
const MOST_STRETCH: f64 = 4.0;
/// No interest in an article makes it worth more looks than this.
const SOONEST: Duration = Duration::from_secs(120);
const MOST_STEPS: usize = 100;

/// How often an article is looked at, by the time since it last changed: `15m for 3h, 1h for 1d, …`.
///
/// Without steps an article is read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recheck {
    steps: Vec<RecheckStep>,
}

/// `15m for 3h`: every 15 minutes until 3 hours after the last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecheckStep {
    pub wait: Duration,
    pub until: Duration,
}

impl Recheck {
    /// Reads the steps in their order; an error comes with the index of the step at fault.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, (usize, ScheduleError)> {
        if texts.len() > MOST_STEPS {
            return Err((MOST_STEPS, ScheduleError::new(format!("more than {MOST_STEPS} steps"))));
        }
        let mut steps: Vec<RecheckStep> = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            let step = parse_step(text.as_ref()).map_err(|error| (index, error))?;
            if let Some(before) = steps.last().filter(|before| before.until >= step.until) {
                let message =
                    format!("`{step}` ends before it begins: the step before it lasts {}", show_duration(before.until));
                let hint = "times count from the last change, so each step must end later than the one before";
                return Err((index, ScheduleError::new(message).hint(hint)));
            }
            steps.push(step);
        }
        Ok(Self { steps })
    }

    /// The steps, by rising end.
    pub fn steps(&self) -> &[RecheckStep] {
        &self.steps
    }

    fn step_at(&self, age: Duration) -> Option<&RecheckStep> {
        self.steps.iter().find(|step| age < step.until)
    }
}

impl Default for Recheck {
    /// `15m for 3h, 1h for 1d, 6h for 7d, 1d for 30d`.
    fn default() -> Self {
        let step = |wait, until| RecheckStep { wait, until };
        Self { steps: vec![step(HOUR / 4, 3 * HOUR), step(HOUR, DAY), step(6 * HOUR, 7 * DAY), step(DAY, 30 * DAY)] }
    }
}

impl fmt::Display for Recheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{step}")?;
        }
        Ok(())
    }
}

impl fmt::Display for RecheckStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", show_duration(self.wait), show_duration(self.until))
    }
}

/// Why an article is looked at sooner than others of its age.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Interest {
    /// A rule matches it.
    pub is_matched: bool,
    /// Its publisher marks it as one that is still being written.
    pub is_developing: bool,
}

impl Interest {
    /// How many times as often it is looked at.
    fn factor(self) -> u32 {
        1 + u32::from(self.is_matched) + u32::from(self.is_developing)
    }
}

/// How the last looks at an article went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckHistory {
    pub last_changed_at: Timestamp,
    /// Looks in a row that found nothing new.
    pub idle_checks: u32,
    /// Failed or unfit looks in a row.
    pub failures: u32,
    /// What the server asked for at the last look.
    pub retry_after: Option<Duration>,
    pub interest: Interest,
    /// The same for an article at every look, and another for each article.
    pub seed: u64,
}

/// When to look at an article again, or `None` once it is too old to watch.
///
/// Young articles change most, so the wait grows with the time since the last change, and by a fifth for each look that
/// found nothing, up to four times. An article that a rule matches, or that is still being written, is looked at twice as
/// often, and three times as often if both hold. The last look is at the end of the policy. Each failure in a row doubles the wait,
/// up to four times in the first day after a change and sixteen times later, and up to a day: what is young must not be found
/// a day after an outage is over. `Retry-After` is respected, up to a day and past the end.
pub fn next_check(policy: &Recheck, article: &CheckHistory, now: Timestamp) -> Option<Timestamp> {
    let step = policy.step_at(now.since(article.last_changed_at))?;
    let end = article.last_changed_at + policy.steps.last()?.until;

    let stretch = STRETCH.powi(i32::try_from(article.idle_checks.min(100)).unwrap_or(100)).min(MOST_STRETCH);
    let mut wait = sooner(step.wait.mul_f64(stretch), article.interest);
    if article.failures > 0 {
        let is_young = now.since(article.last_changed_at) <= DAY;
        let most = if is_young { MOST_FAILED_YOUNG } else { MOST_FAILED };
        wait = wait.saturating_mul(2u32.pow(article.failures.min(20)).min(most)).min(wait.max(DAY));
    }
    let round = article.idle_checks.wrapping_add(article.failures);
    wait += jitter::below_a_tenth(wait, article.seed, round);

    let due = (now + wait).min(end);
    Some(match article.retry_after {
        Some(asked) => due.max(now + asked.min(LONGEST_RETRY_AFTER)),
        None => due,
    })
}

/// How often over a failing page's wait is doubled at the most: in the first day after a change, and later.
const MOST_FAILED_YOUNG: u32 = 4;
const MOST_FAILED: u32 = 16;

/// No article waits longer than this for its next look.
pub fn longest_check_wait(policy: &Recheck) -> Duration {
    let longest = policy.steps.iter().map(|step| step.wait.mul_f64(MOST_STRETCH)).max().unwrap_or_default();
    longest.max(DAY).max(LONGEST_RETRY_AFTER).mul_f64(1.1)
}

/// The wait of an article that somebody asks for; not under two minutes, unless the policy has such waits itself.
fn sooner(wait: Duration, interest: Interest) -> Duration {
    (wait / interest.factor()).max(SOONEST.min(wait))
}

fn parse_step(text: &str) -> Result<RecheckStep, ScheduleError> {
    let Some((wait, until)) = text.split_once(" for ") else {
        return Err(ScheduleError::new(format!("`{}` is no step", shorten(text)))
            .hint("write `15m for 3h`: every 15 minutes until 3 hours after the last change"));
    };
    let wait_span = 0..wait.len();
    let until_span = text.len() - until.len()..text.len();
    let wait = parse_duration(wait).map_err(|error| error.at(wait_span.clone()))?;
    let until = parse_duration(until).map_err(|error| error.at(until_span.clone()))?;
    if wait.is_zero() {
        return Err(ScheduleError::new("a wait of zero would never rest").at(wait_span));
    }
    if wait > until {
        return Err(ScheduleError::new("the wait is longer than the step lasts").at(wait_span));
    }
    Ok(RecheckStep { wait, until })
}
