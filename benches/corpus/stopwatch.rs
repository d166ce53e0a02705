//! The time that work took, by the clock of its thread's CPU: other work on the machine hardly shows.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What `work` gives, and the CPU time this thread spent on it.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let before = cpu_time();
    let result = work();
    (result, cpu_time().saturating_sub(before))
}

fn cpu_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

/// In milliseconds, for people.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
