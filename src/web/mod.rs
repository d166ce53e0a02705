//! The web server: pages for people, documents for programs. It shows what the store holds, and writes only by explicit
//! events, each behind the password.
//!
//! `listen` opens the socket, `server` bounds the connections, `guard` decides who may ask what, `site` says which address is
//! answered by what; `pages`, `api`, `atom`, `metrics`, `health` and `assets` answer, `form` and `parameters`
//! read what is asked of them, `lookup` finds it;
//! `refusal` says no in words.

mod api;
mod assets;
mod atom;
mod etag;
mod form;
mod guard;
mod health;
mod listen;
mod lookup;
mod metrics;
mod pages;
mod parameters;
mod push;
mod refusal;
mod server;
mod site;
mod stream;

pub use api::paths as api_paths;
pub use listen::{ListenError, Listener};
pub use server::serve;
