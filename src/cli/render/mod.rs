//! Results as people read them on a terminal: values in, text out; no store, no clock.

pub mod alerts;
pub mod articles;
pub mod backup;
pub mod csv;
pub mod diff;
pub mod excerpt;
pub mod explanation;
pub mod feeds;
pub mod hiding;
pub mod history;
pub mod html;
pub mod inspect;
pub mod news;
pub mod mutes;
pub mod notices;
pub mod pruned;
pub mod query;
pub mod reextract;
pub mod report;
pub mod rules;
mod sheet;
pub mod show;
pub mod status;
pub mod unified;
pub mod verification;
pub mod warc;
