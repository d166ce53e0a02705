//! The web server: pages for people, documents for programs. It shows what the store holds, and writes only by explicit
//! events, each behind the password.
//!
//! `listen` opens the socket, `server` bounds the connections, `guard` decides who may ask what, `site` says which address is
//! answered by what; `pages`, `health` and `assets` answer, `form` reads what is asked of them; `refusal` says no in words.

mod assets;
mod form;
mod guard;
mod health;
mod listen;
mod pages;
mod refusal;
mod server;
mod site;
mod stream;

pub use listen::{ListenError, Listener};
pub use server::serve;
