//! The store: every event of the program as one transaction, every view as one read. SQLite underneath, and nothing
//! of it shows: domain types in, domain types out.

mod records;
mod spans;
mod sqlite;

pub use records::*;
pub use spans::{Activity, Spans};
pub use sqlite::{Archived, DaemonLock, Draft, Existing, Looks, Steps, Store, StoreError, remove_abandoned};
