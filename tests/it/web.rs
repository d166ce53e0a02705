//! The web page from outside: the real daemon, and bytes on its socket.

mod api;
mod desk;
mod guard;
mod listen;
mod markup;
mod pages;

use crate::support::{Installation, Running};

/// A daemon without feeds, under these lines of `[web]`.
fn serving(web: &str) -> (Installation, Running, String) {
    let installation = Installation::new(&format!("[web]\n{web}"));
    let mut daemon = installation.start();
    let address = daemon.page();
    (installation, daemon, address)
}
