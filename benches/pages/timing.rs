//! How long things took.

use std::time::Duration;

/// Durations of one kind of thing.
#[derive(Debug, Clone, Default)]
pub struct Timing(Vec<Duration>);

impl Timing {
    pub fn add(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    pub fn join(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// Not longer than this in so many of a hundred cases; zero where there was none.
    pub fn percentile(&mut self, percent: usize) -> Duration {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        self.0.get(last * percent / 100).copied().unwrap_or_default()
    }

    /// The median, the 95th percentile and the longest in milliseconds.
    pub fn figures(&mut self) -> String {
        let [p50, p95, max] = [50, 95, 100].map(|percent| self.percentile(percent).as_secs_f64() * 1000.0);
        format!("{p50:>8.1} {p95:>8.1} {max:>8.1}")
    }

    /// The same behind how many there were.
    pub fn line(&mut self) -> String {
        format!("{:>8} {}", self.0.len(), self.figures())
    }
}
