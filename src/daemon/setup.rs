//! Everything that follows from a configuration: built whole, exchanged whole when the configuration changes.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use url::Url;

use crate::alert::{Channel, Outbox};
use crate::config::{Access, Config, Listen};
use crate::email::Sender;
use crate::extract::SiteRule;
use crate::fetch::{FetchError, Fetcher, Poster};
use crate::rule::RuleSet;
use crate::transport::{DkimError, Hook, Signer, Transport, TransportError};

use super::reread::Readers;

/// How long a webhook or an ntfy server may take over one document.
const HOOK_TIMEOUT: Duration = Duration::from_secs(20);

/// Who takes the messages.
pub enum Courier {
    Mail(Transport),
    /// Whoever listens to the daemon (`watch`); a message counts as delivered once it was told.
    Listener,
}

/// A configuration, ready for work.
pub struct Setup {
    /// Without its rules: see [`Setup::rules`].
    pub config: Config,
    /// Filed anew now and then.
    rules: RwLock<Arc<RuleSet>>,
    pub readers: Readers,
    pub outbox: Outbox,
    pub sender: Sender,
    pub fetcher: Fetcher,
    pub courier: Courier,
    pub hooks: Vec<Hook>,
    /// Signs mails.
    pub signer: Option<Signer>,
}

/// Why a valid configuration cannot be used on this machine.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("cannot set up HTTP")]
    Fetch(#[from] FetchError),
    #[error("cannot sign mail")]
    Dkim(#[from] DkimError),
    #[error("cannot set up the delivery of mail")]
    Transport(#[from] TransportError),
}

impl Setup {
    /// Opens the configured transport (a Maildir is created here).
    ///
    /// `config_hint` is the configuration's file where commands do not find it by themselves; mails name it.
    pub fn new(config: Config, config_hint: Option<String>) -> Result<Self, SetupError> {
        let transport = Transport::open(&config.mail)?;
        Self::with_courier(config, config_hint, Courier::Mail(transport))
    }

    /// Tells the listener in place of sending mail.
    pub fn for_listener(config: Config) -> Result<Self, SetupError> {
        Self::with_courier(config, None, Courier::Listener)
    }

    fn with_courier(mut config: Config, config_hint: Option<String>, courier: Courier) -> Result<Self, SetupError> {
        let channel = match &courier {
            Courier::Mail(transport) => transport.channel(),
            Courier::Listener => "terminal",
        };
        let outbox = Outbox {
            recipients: config.recipients.clone(),
            channel: channel.to_owned(),
            max_per_hour: config.mail.max_per_hour,
            host: mail_host(&config.mail.from),
            zone: config.timezone,
        };
        let sender = Sender {
            from: config.mail.from.clone(),
            zone: config.timezone,
            public_url: config.web.public_url.clone().filter(|_| config.web.listen != Listen::Off),
            config_hint,
            templates: config.mail.templates.clone(),
        };
        // What was parsed takes far more room than what it is compiled to.
        let rules = RwLock::new(Arc::new(RuleSet::new(std::mem::take(&mut config.rules))));
        let readers = Readers::new(&config.sites);
        let fetcher = Fetcher::new(&config.poll)?;
        let signer = Signer::open(&config.mail)?;
        let poster = Poster::new(HOOK_TIMEOUT, config.poll.contact.as_deref())?;
        let hooks = config.hooks.iter().map(|hook| Hook::new(hook.clone(), poster.clone())).collect();
        Ok(Self { config, rules, readers, outbox, sender, fetcher, courier, hooks, signer })
    }
}

impl Setup {
    pub fn rules(&self) -> Arc<RuleSet> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Exchanges the rules for the same ones, filed otherwise.
    pub(super) fn file(&self, rules: RuleSet) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// The way to a recipient beside mail, unless it was taken out of the configuration.
    pub fn hook(&self, recipient: &str, channel: Channel) -> Option<&Hook> {
        self.hooks.iter().find(|hook| hook.recipient() == recipient && hook.channel() == channel)
    }

    /// Whoever the configuration names for notices, as a recipient and its address.
    pub(super) fn operator(&self) -> Option<(String, String)> {
        self.config.mail.operator.clone().map(|address| ("operator".to_owned(), address))
    }

    /// Every recipient with every one of its mail addresses.
    pub(super) fn mailboxes(&self) -> impl Iterator<Item = (String, String)> {
        let recipients = self.outbox.recipients.iter();
        recipients.flat_map(|recipient| recipient.email.iter().map(|address| (recipient.name.clone(), address.clone())))
    }

    /// How a feed is asked for, where there is more to it than its address.
    pub fn access_to_feed(&self, name: &str) -> Option<&Access> {
        self.config.access.get(name)
    }

    /// How the pages of a site are asked for, where the operator says something of it; the first that applies.
    pub fn access_to_page(&self, page: &Url) -> Option<&Access> {
        let host = page.host_str()?;
        self.config.sites.iter().find(|site| site.rule.applies_to(host)).map(|site| &site.access)
    }

    /// The address under which hubs reach us, without its last part; `None` where they cannot.
    pub(super) fn callback(&self) -> Option<String> {
        let address = self.sender.public_url.as_ref().filter(|_| self.config.poll.websub)?;
        let base = address.as_str().trim_end_matches('/');
        self.fetcher.may_reach(address).then(|| format!("{base}/websub/"))
    }

    /// The operator's word on a page's site, where there is one; the first that applies.
    pub fn site(&self, page: &Url) -> Option<&SiteRule> {
        self.readers.site(page)
    }
}

/// The part of the sender's address after the `@`.
fn mail_host(from: &str) -> String {
    let host = from.rsplit('@').next().unwrap_or_default();
    host.trim_end_matches('>').trim().to_owned()
}
