//! What somebody who mutes has to say: for how long, and why.

use std::time::Duration;

use crate::schedule;

/// Nothing is muted for longer: what nobody wants to hear of at all is a matter for the configuration.
pub const LONGEST_MUTE: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Characters of a reason.
const LONGEST_REASON: usize = 500;

/// How long a mute lasts: `90m`, `8h`, `7d`; at most a year.
pub fn mute_span(typed: &str) -> Result<Duration, String> {
    match schedule::parse_duration(typed).map_err(|error| error.to_string())? {
        Duration::ZERO => Err("nothing is muted for no time".to_owned()),
        span if span > LONGEST_MUTE => Err("at most a year (`365d`)".to_owned()),
        span => Ok(span),
    }
}

/// A reason in one line of at most 500 characters.
pub fn reason(typed: &str) -> Result<String, String> {
    let reason = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    match reason.chars().count() {
        0 => Err("the reason is empty".to_owned()),
        length if length > LONGEST_REASON => Err(format!("at most {LONGEST_REASON} characters")),
        _ => Ok(reason),
    }
}
