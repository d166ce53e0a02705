//! The pages for people.
//!
//! `layout` has what every page has, `parts` what they are put together from, `chart` what is drawn; each other module is a
//! page with its address.

mod alert;
mod alerts;
mod article;
mod articles;
mod calendar;
mod chart;
mod comparison;
mod explanation;
mod feed;
mod feeds;
mod layout;
mod muting;
mod overview;
mod parts;
mod rule;
mod rules;
mod unsubscribe;
mod version;

pub(super) use alert::{alert, retry};
pub(super) use alerts::{alerts, retry_failed};
pub(super) use article::article;
pub(super) use articles::articles;
pub(super) use comparison::comparison;
pub(super) use feed::feed;
pub(super) use feeds::feeds;
pub(super) use layout::refusal;
pub(super) use muting::{end as resubscribe, lift as unmute, mute, mutes};
pub(super) use overview::overview;
pub(super) use parts::diff_path;
pub(super) use rule::rule;
pub(super) use rules::rules;
pub(super) use unsubscribe::{act as unsubscribe, show as unsubscribing};
pub(super) use version::{stored_page, version};
