//! The host gate: one request at a time to each host, a polite pause apart, whoever asks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

/// Above this many hosts, those whose pause is over are forgotten.
const REMEMBERED_HOSTS: usize = 4096;

/// Lets one request at a time through to each host, `interval` after the end of the one before.
#[derive(Debug, Clone)]
pub(super) struct HostGate {
    interval: Duration,
    hosts: Arc<std::sync::Mutex<HashMap<String, Arc<Mutex<Instant>>>>>,
}

/// The right to ask a host now. Its end starts the pause.
pub(super) struct Pass {
    interval: Duration,
    free_at: OwnedMutexGuard<Instant>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        *self.free_at = Instant::now() + self.interval;
    }
}

impl HostGate {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, hosts: Arc::default() }
    }

    /// The same gate, on which those before the other one wait too.
    pub(super) fn succeeding(self, before: &Self) -> Self {
        Self { hosts: Arc::clone(&before.hosts), ..self }
    }

    /// Waits for the host's turn; waiting tasks pass in the order of their coming.
    pub(super) async fn pass(&self, host: &str) -> Pass {
        let host = self.entry(host);
        let free_at = host.lock_owned().await;
        tokio::time::sleep_until(*free_at).await;
        Pass { interval: self.interval, free_at }
    }

    fn entry(&self, host: &str) -> Arc<Mutex<Instant>> {
        let mut hosts = self.hosts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if hosts.len() >= REMEMBERED_HOSTS {
            let now = Instant::now();
            hosts.retain(|_, free_at| free_at.try_lock().is_ok_and(|at| *at > now) || Arc::strong_count(free_at) > 1);
        }
        Arc::clone(hosts.entry(host.to_owned()).or_insert_with(|| Arc::new(Mutex::new(Instant::now()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_to_one_host_are_an_interval_apart_and_other_hosts_do_not_wait() {
        let gate = HostGate::new(Duration::from_secs(2));
        let begun = Instant::now();
        drop(gate.pass("a.example").await);
        drop(gate.pass("b.example").await);
        assert_eq!(begun.elapsed(), Duration::ZERO);
        drop(gate.pass("a.example").await);
        assert_eq!(begun.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_request_waits_for_the_first_to_end() {
        let gate = HostGate::new(Duration::from_secs(2));
        let first = gate.pass("a.example").await;
        let begun = Instant::now();
        let waiting = tokio::spawn({
            let gate = gate.clone();
            async move { drop(gate.pass("a.example").await) }
        });
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(first);
        waiting.await.expect("the waiting request passes");
        assert_eq!(begun.elapsed(), Duration::from_secs(7));
    }
}
