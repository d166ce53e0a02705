//! Asking queries and rules of what is stored.

mod article;
mod excerpt;
mod listing;
mod search;

pub use article::{Between, change_between, last_revision, mutes_of};
pub use excerpt::{Excerpt, apart, brief, excerpt, hits};
pub use listing::{Earlier, Found, Listing, Numbers, Search, Wanted, WantedRule};
pub use search::{Articles, Seen, look_through, rules_of, uses_change};
