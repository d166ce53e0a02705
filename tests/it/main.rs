//! One binary for every integration test, so that it compiles once.

mod alert;
mod architecture;
mod daemon;
mod detect;
mod fetch;
mod support;
