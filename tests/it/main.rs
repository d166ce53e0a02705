//! One binary for every integration test, so that it compiles once.

#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

mod alert;
mod alternation;
mod architecture;
mod config;
mod daemon;
mod detect;
mod diff;
mod documents;
mod email;
mod entries;
mod extract;
mod feed;
mod fetch;
mod finding;
mod health;
mod hook;
mod hubs;
mod identity;
mod narrowing;
mod quality;
mod reading;
mod rule;
mod schedule;
mod service;
mod steadiness;
mod store;
mod support;
mod terminal;
mod transport;
mod web;
