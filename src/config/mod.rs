//! The configuration: TOML files in, a complete and checked [`Config`] out, or every problem at its place. Pure: the
//! machine is an argument.
//!
//! `documents` reads the files into a `tree`, `reader` its tables against the `keys` there are; `general`, `mail`, `feeds`, `rules`,
//! `sites` and `web` read one part each; `report` gathers what is wrong and `problem` shows it; `load` puts it together.

mod access;
mod dkim;
mod documents;
mod feeds;
mod files;
mod general;
mod hooks;
mod keys;
mod list;
mod load;
mod mail;
mod names;
mod opml;
mod problem;
mod reader;
mod report;
mod rules;
mod secret;
mod settings;
mod sites;
mod smtp;
mod source;
mod templates;
mod text;
mod tree;
mod values;
mod web;

pub use access::{Access, Authorization, Proxy, split_user};
pub use files::Files;
pub use keys::{known_keys, nearest};
pub use list::{read_feeds, read_list};
pub use load::{Loaded, load};
pub use opml::{OpmlError, OpmlFeed, feeds_toml, read_opml, refusal, write_opml};
pub use problem::{Problem, Problems, Related};
pub use settings::{
    Config, DkimConfig, FeedConfig, HookConfig, Listen, MailConfig, MailTransport, PagesConfig, PollConfig,
    PrivateAddresses, SiteConfig, SmtpConfig, SmtpSecurity, StoreConfig, WebConfig,
};
pub use values::{mail_address, without_user};

/// What `init` writes: a short configuration that works as it is.
pub const STARTER: &str = include_str!("starter.toml");
