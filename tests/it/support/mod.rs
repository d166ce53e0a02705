//! What whole-program tests stand on: a scripted site, a mail sink, and an installation in a folder of its own.

mod hours;
pub mod http;
mod installation;
mod news;
mod site;
mod sink;

pub use hours::Hours;
pub use installation::{Installation, Running};
pub use news::{rss, unrest};
pub use sink::{Mail, Sink};
pub use site::{Answer, Site};
