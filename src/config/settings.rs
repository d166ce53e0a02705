//! The configuration as the program uses it: complete, checked, every default filled in.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::access::{Access, Proxy};
use crate::alert::{Channel, Recipient};
use crate::email::Templates;
use crate::extract::SiteRule;
use crate::rule::{Rule, Sets};
use crate::schedule::{Recheck, Schedule};

/// Everything the configuration says.
#[derive(Debug, Clone)]
pub struct Config {
    pub timezone: Tz,
    pub store: StoreConfig,
    pub poll: PollConfig,
    pub pages: PagesConfig,
    /// With unique names, in the order of the files.
    pub feeds: Vec<FeedConfig>,
    /// With unique names.
    pub rules: Vec<Rule>,
    /// With unique names.
    pub recipients: Vec<Recipient>,
    /// What the recipients' hooks lead to: one for each recipient and channel.
    pub hooks: Vec<HookConfig>,
    pub mail: MailConfig,
    pub sets: Sets,
    pub sites: Vec<SiteConfig>,
    /// How feeds are asked for that are not just asked, by their names. In no store and on no page.
    pub access: HashMap<String, Access>,
    pub web: WebConfig,
}

/// `[store]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfig {
    pub path: PathBuf,
    pub keep_pages: bool,
    /// `None`: forever.
    pub retention: Option<Duration>,
}

/// `[poll]`, what is not a default for feeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollConfig {
    /// Let hubs tell of news, where they can reach us.
    pub websub: bool,
    pub concurrency: usize,
    pub per_host_interval: Duration,
    pub timeout: Duration,
    pub initial: Duration,
    pub max_body: u64,
    pub contact: Option<String>,
    pub allow_private_addresses: PrivateAddresses,
    /// Of whatever names no other.
    pub proxy: Proxy,
}

/// Which private hosts article links and redirects may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivateAddresses {
    Refused,
    /// Host names, addresses or CIDR blocks, checked for form.
    Only(Vec<String>),
    Allowed,
}

/// `[pages]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagesConfig {
    pub recheck: Recheck,
    pub confirm: Duration,
    pub robots: bool,
}

/// `[[feed]]`, with the defaults of `[poll]` and `[pages]` filled in. Stored with its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedConfig {
    pub name: String,
    pub url: Url,
    pub schedule: Schedule,
    pub tags: Vec<String>,
    /// Fetch the entries' pages; `false`: the feed's own text is the article.
    pub follow: bool,
    /// `enabled = false` keeps a feed and its history without polling it.
    pub enabled: bool,
    /// A page named it, not the operator (`watch SITE`): it may not lead into private networks.
    #[serde(default)]
    pub found_on_page: bool,
}

/// `[[site]]`
#[derive(Debug, Clone)]
pub struct SiteConfig {
    pub rule: SiteRule,
    /// For the pages of the host.
    pub access: Access,
}

/// `webhook` or `ntfy` of a recipient.
#[derive(Clone)]
pub struct HookConfig {
    pub recipient: String,
    pub channel: Channel,
    /// As the outbox names it.
    pub address: String,
    /// Secret too. Of ntfy, the server's with the topic as the last part of its path.
    pub url: Url,
    /// What signs a webhook's documents; the access token of an ntfy server.
    pub secret: Option<SecretString>,
}

impl std::fmt::Debug for HookConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { recipient, channel, address, .. } = self;
        write!(f, "HookConfig({recipient:?}, {channel:?}, {address:?})")
    }
}

/// `[mail]`
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// `Name <address>` as typed, checked.
    pub from: String,
    pub transport: MailTransport,
    /// Per recipient; 0: no limit.
    pub max_per_hour: u32,
    pub operator: Option<String>,
    /// Signs what goes out by SMTP.
    pub dkim: Option<DkimConfig>,
    /// The user's own subject and bodies.
    pub templates: Templates,
}

/// `dkim = { … }`
#[derive(Debug, Clone)]
pub struct DkimConfig {
    pub domain: String,
    pub selector: String,
    /// A private key in PEM.
    pub key: SecretString,
}

/// Where mails go.
#[derive(Debug, Clone)]
pub enum MailTransport {
    Smtp(SmtpConfig),
    Maildir(PathBuf),
}

/// `smtp = "…"` taken apart.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    pub user: Option<String>,
    pub password: Option<SecretString>,
    /// In place of a password: the file with the OAuth 2 access token of the user, which somebody else renews.
    pub oauth_token_file: Option<PathBuf>,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// `smtp://`: STARTTLS, required.
    StartTls,
    /// `smtps://`
    Tls,
    /// `smtp+plain://`, to loopback only.
    Plain,
}

/// `[web]`
#[derive(Debug, Clone)]
pub struct WebConfig {
    pub listen: Listen,
    /// Whether the configuration names `listen`. The default is given up where something else listens there.
    pub is_listen_named: bool,
    /// The address under which others reach the page: the root of a host, without user, query and fragment.
    pub public_url: Option<Url>,
    /// Asked for by everything that changes something, and by everything at all beyond this machine.
    pub password: Option<SecretString>,
}

/// Where the web page listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    Tcp(std::net::SocketAddr),
    Unix(PathBuf),
    Off,
}

impl Listen {
    /// Whether only programs of this machine can reach it: a loopback address, or a socket in the file system.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) | Self::Off => true,
        }
    }
}

/// As it is written in the configuration.
impl std::fmt::Display for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Off => f.write_str("off"),
        }
    }
}
