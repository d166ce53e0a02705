//! Addresses whose answers cannot be decoded as they say: asked for without any encoding for a day.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use crate::model::Timestamp;

/// Then they are asked as all others again: most such faults are mended soon.
const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 60 * 60);
const REMEMBERED: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Garbled(Mutex<HashMap<Url, Timestamp>>);

impl Garbled {
    pub(super) fn is_known(&self, url: &Url, now: Timestamp) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(url).is_some_and(|at| now.since(*at) < REMEMBERED_FOR)
    }

    pub(super) fn note(&self, url: &Url, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.retain(|_, at| now.since(*at) < REMEMBERED_FOR);
        }
        // What does not fit is found out again.
        if known.len() < REMEMBERED {
            known.insert(url.clone(), now);
        }
    }
}
