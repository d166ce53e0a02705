//! Wirewatch watches news feeds and the articles behind them, keeps every version, and tells what changed.
//!
//! The modules stand in reading order: each uses only those above it (`tests/it/architecture.rs` holds us to it).

// The nouns.
pub mod model;

// Pure: values in, values out; no clock, network or disk.
pub mod identity;
pub mod schedule;
pub mod feed;
pub mod extract;
pub mod diff;
pub mod rule;
pub mod detect;
pub mod alert;
pub mod email;
pub mod hook;
pub mod health;
pub mod config;

// I/O: one module for each outside system.
pub mod store;
pub mod fetch;
pub mod transport;

// What is stored, asked and told: for the command line and the web page alike.
pub mod archive;
pub mod documents;
pub mod words;

// The shell: puts the parts together.
pub mod daemon;
pub mod web;
pub mod cli;
