//! Addresses that ask, by the link in a mail, to get no more: what is stopped, and who is told of it.

use std::collections::HashSet;

use tracing::{info, warn};

use crate::model::{MailLink, Note, Stopped, UnsubscribedBy, Unsubscription};
use crate::store::{StoreError, UnsubscribeRequest, Warning};

use super::{Daemon, Setup};

impl Daemon {
    /// Stops what a link's address asks to get no more, and tells the operator, or else the other recipients. Asked
    /// twice, it is done once.
    pub async fn unsubscribe(
        &self,
        link: &MailLink,
        stops: Vec<Stopped>,
        how: UnsubscribedBy,
    ) -> Result<(), StoreError> {
        let setup = self.setup();
        let request = UnsubscribeRequest {
            address: link.address.clone(),
            warning: warning(&setup, link, &stops),
            stops,
            how,
            now: self.clock.now(),
            host: setup.outbox.host.clone(),
        };
        for begun in self.store.unsubscribe(request).await? {
            info!(address = %begun.address, from = %in_words(&begun.stopped), unsubscription = begun.id.0, "unsubscribed");
        }
        self.recorded();
        Ok(())
    }

    /// Keeps to what addresses asked under names that the configuration has no more: a recipient's new name, where only one
    /// has the address, and else a word in the log.
    pub(super) async fn carry_unsubscriptions(&self) -> Result<(), StoreError> {
        let setup = self.setup();
        let (recipients, rules) = (&setup.outbox.recipients, setup.rules());
        for unsubscription in self.store.unsubscriptions(false).await? {
            let Unsubscription { id, address, stopped, .. } = unsubscription;
            match &stopped {
                Stopped::Recipient(name) if recipients.iter().all(|recipient| recipient.name != *name) => {
                    let mut others = recipients
                        .iter()
                        .filter(|recipient| recipient.email.iter().any(|it| it.eq_ignore_ascii_case(&address)));
                    match (others.next(), others.next()) {
                        (Some(only), None) => {
                            self.store.rename_unsubscribed(id, only.name.clone()).await?;
                            info!(%address, from = name, to = only.name, "still unsubscribed from a recipient of another name");
                        }
                        (None, _) => {}
                        (Some(_), Some(_)) => {
                            warn!(%address, recipient = name, unsubscription = id.0, "unsubscribed from a recipient that is gone, and is mailed as another one");
                        }
                    }
                }
                Stopped::Rule(name) if rules.iter().all(|rule| rule.name != *name) => {
                    warn!(%address, rule = name, unsubscription = id.0, "unsubscribed from a rule that is gone; under another name it is mailed again");
                }
                Stopped::Recipient(_) | Stopped::Rule(_) | Stopped::Everything => {}
            }
        }
        Ok(())
    }

    /// Takes unsubscriptions back: what comes from now on is sent again.
    pub async fn resubscribe(&self, stopped: &[Unsubscription]) -> Result<(), StoreError> {
        let ids = stopped.iter().map(|unsubscription| unsubscription.id).collect();
        for ended in self.store.resubscribe(ids, self.clock.now()).await? {
            info!(address = %ended.address, to = %in_words(&ended.stopped), unsubscription = ended.id.0, "subscribed again");
        }
        Ok(())
    }
}

fn warning(setup: &Setup, link: &MailLink, stops: &[Stopped]) -> Warning {
    let (address, recipient) = (&link.address, &link.recipient);
    let what: Vec<String> = stops.iter().map(in_words).collect();
    let (mutes, unmute) = (setup.sender.command_line("mutes"), setup.sender.command_line("unmute"));
    let note = Note {
        subject: format!("{address} unsubscribed"),
        paragraphs: vec![
            format!("{address} (recipient {recipient}) unsubscribed from {}, by the link in a mail.", what.join(", ")),
            "From now on such mails are not made for this address; others get them as before, and the archive keeps \
             every alert."
                .to_owned(),
            format!("`{mutes}` shows it, and `{unmute}` with the number that stands there takes it back."),
        ],
        ..Note::default()
    };
    let mut seen = HashSet::from([address.to_lowercase()]);
    let mut is_other = |(_, address): &(String, String)| seen.insert(address.to_lowercase());
    let to = match setup.operator().filter(&mut is_other) {
        Some(operator) => vec![operator],
        None => setup.mailboxes().filter(is_other).take(Warning::MOST_TOLD).collect(),
    };
    Warning { note, channel: setup.outbox.channel.clone(), to }
}

/// `the rule fed-rates`
fn in_words(stopped: &Stopped) -> String {
    match stopped {
        Stopped::Rule(rule) => format!("the rule {rule}"),
        Stopped::Recipient(recipient) => format!("everything for {recipient}"),
        Stopped::Everything => "everything".to_owned(),
    }
}
