//! What is known beyond an article itself when it is looked at.

use super::host::HostMemory;
use super::time::Timestamp;

/// What its host's other articles showed lately, and how often it was revised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Changes that other articles of the host showed within the last hours.
    pub steps: Vec<SharedStep>,
    /// When the latest revisions were stored, newest first; at most as many as a day may have.
    pub revised_at: Vec<Timestamp>,
    /// Its brake was on after the last look.
    pub is_braked: bool,
    pub host: HostLooks,
    /// What the host's articles have shown of its template.
    pub memory: HostMemory,
}

/// A change that other articles of a host showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedStep {
    /// As in [`Sightings::shown`](super::Sightings::shown).
    pub digest: u64,
    /// How many others showed it.
    pub articles: u32,
    /// How many others were looked at since the first of them did; at least as many, at most 200.
    pub looked_at: u32,
}

/// How the other articles of the host fared since this one went missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HostLooks {
    /// Missing, and not told as gone.
    pub missing: u32,
    /// Known before, looked at since, and there.
    pub answering: u32,
    /// A notice says that hardly a page is there.
    pub is_noticed: bool,
}

impl Surroundings {
    /// Where nothing is known.
    pub fn unknown() -> &'static Self {
        static UNKNOWN: Surroundings = Surroundings {
            steps: Vec::new(),
            revised_at: Vec::new(),
            is_braked: false,
            host: HostLooks { missing: 0, answering: 0, is_noticed: false },
            memory: HostMemory::new(),
        };
        &UNKNOWN
    }
}
