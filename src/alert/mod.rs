//! Who is told of an alert, and when: from rules that fired to planned deliveries. Pure.

mod mute;
mod plan;
mod recipient;
mod retry;

pub use mute::{LONGEST_MUTE, mute_span, reason};
pub use plan::{Outbox, PlannedDelivery, once_a_day, plan};
pub use recipient::{Channel, Deliver, HookAddress, Recipient};
pub use retry::{next_attempt, next_doubtful_attempt};
