//! How feeds, sites, rules, queues and the machine fare: from figures to notices, and from notices to a letter. Pure.
//!
//! `docs/health.md` says what is noticed, and why the bounds are as they are.

mod burst;
mod feeds;
mod judge;
mod machine;
mod reach;
mod rhythm;
mod rules;
mod signs;
mod site;
mod telling;
mod words;

pub use burst::{Brought, HELD_FOR, Pace, Volume};
pub use feeds::{Turnover, polled_rarely};
pub use judge::{Judgement, judge};
pub use machine::{offline, online};
pub use reach::{Contact, Reach, Turn};
pub use rhythm::Rhythm;
pub use rules::{MAX_RULES, RuleMemory, RuleSample, RuleSigns, SAMPLE, changed_rules};
pub use signs::{
    Disk, FailingFeed, GoneFeed, MovedFeed, OpenNotice, Queue, QueueSigns, Signs, SilentFeed, SiteSigns, WatchedFeed,
};
pub use site::LookedAt;
pub use telling::{Concerned, HeldBurst, Part, Untold, burst_letter, gathered, letter, ways};
