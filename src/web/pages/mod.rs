//! The pages for people.
//!
//! `layout` has what every page has, `parts` what they are put together from, `chart` what is drawn; each other module is a
//! page with its address.

mod article;
mod articles;
mod chart;
mod comparison;
mod layout;
mod overview;
mod parts;
mod retry;
mod unsubscribe;
mod version;

pub(super) use article::article;
pub(super) use articles::articles;
pub(super) use comparison::comparison;
pub(super) use layout::refusal;
pub(super) use overview::overview;
pub(super) use retry::retry;
pub(super) use unsubscribe::{act as unsubscribe, show as unsubscribing};
pub(super) use version::{stored_page, version};
