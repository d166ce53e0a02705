//! Who is told of an alert, and when: from rules that fired to planned deliveries. Pure.

mod plan;
mod recipient;

pub use plan::{PlannedDelivery, plan};
pub use recipient::{Deliver, Recipient};
