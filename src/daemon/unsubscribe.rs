//! Addresses that ask, by the link in a mail, to get no more: what is stopped, and who is told of it.

use std::collections::HashSet;

use tracing::info;

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
