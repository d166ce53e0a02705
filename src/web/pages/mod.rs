//! The pages for people: what they share, and the first of them.

mod layout;
mod overview;
mod retry;
mod unsubscribe;

pub(super) use layout::refusal;
pub(super) use overview::overview;
pub(super) use retry::retry;
pub(super) use unsubscribe::{act as unsubscribe, show as unsubscribing};
