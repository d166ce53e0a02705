//! One binary for every integration test, so that it compiles once.

mod alert;
mod architecture;
mod config;
mod daemon;
mod detect;
mod diff;
mod documents;
mod email;
mod extract;
mod feed;
mod fetch;
mod identity;
mod rule;
mod schedule;
mod service;
mod store;
mod support;
mod terminal;
mod transport;
