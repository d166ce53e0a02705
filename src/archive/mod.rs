//! Asking queries and rules of what is stored.

mod listing;
mod search;

pub use listing::{Found, Listing, Search, Wanted, WantedRule};
pub use search::{Articles, Seen, look_through, rules_of, uses_change};
