//! When something is due: feeds, revisits, digests, quiet hours. Pure: the clock is an argument.

mod adaptive;
mod crontab;
mod duration;
mod error;
mod freshness;
mod jitter;
mod local_time;
mod poll;
mod quiet;
mod recheck;
mod since;
mod tempo;
mod times;

pub use duration::{parse_duration, show_duration};
pub use error::ScheduleError;
pub use freshness::{Freshness, Hints};
pub use poll::{PollHistory, next_poll, next_try};
pub use quiet::Quiet;
pub use recheck::{CheckHistory, Interest, Recheck, RecheckStep, longest_check_wait, next_check};
pub use since::{NotATime, Since};
pub use tempo::{News, Tempo};
pub use times::Schedule;
