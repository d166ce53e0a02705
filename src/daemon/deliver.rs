//! The third worker: composes due deliveries and hands them to the transport.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, watch};
use tracing::{error, info, warn};

use crate::alert::{self, Channel, Deliver};
use crate::diff;
use crate::email::{self, Email, TemplateError};
use crate::health::Judgement;
use crate::hook;
use crate::model::{
    DeliveredArticle, DeliveredVersion, Delivery, DeliveryKind, Event, FoundNotice, Note, NoticeKind, Subject,
    Timestamp,
};
use crate::store::{
    AttemptOutcome, AttemptRecord, ClaimedDelivery, ComposedMessage, Covered, Fault, Lane, Settling, StoreError,
    Warning,
};
use crate::transport::{self, HookError, SendError, Step};

use super::worker::Queue;
use super::{Courier, Daemon, Happening, Setup};

/// Longer than a mail server may take over the messages that go before this one.
const LEASE: Duration = Duration::from_secs(60 * 60);

/// A template that fails is noted for so long.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The queue of due deliveries.
#[derive(Clone)]
pub(super) struct Deliveries {
    daemon: Daemon,
    settling: Settling,
    lane: Lane,
}

impl Deliveries {
    /// Those that have waited for more of the same.
    pub(super) fn settled(daemon: Daemon, lane: Lane) -> Self {
        Self { daemon, settling: Settling::Wait, lane }
    }

    /// All that may go out now: nothing more of the same will come in this run.
    pub(super) fn unsettled(daemon: Daemon, lane: Lane) -> Self {
        Self { daemon, settling: Settling::Over, lane }
    }
}

impl Queue for Deliveries {
    type Claimed = ClaimedDelivery;

    async fn claim(&self, limit: usize) -> Result<Vec<ClaimedDelivery>, StoreError> {
        self.daemon.store.claim_deliveries(self.now(), limit, LEASE, self.settling, self.lane).await
    }

    async fn work(&self, claimed: ClaimedDelivery) -> Result<(), StoreError> {
        self.daemon.deliver(claimed).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.daemon.store.next_delivery_due(self.settling, self.lane).await
    }

    fn recorded(&self) -> watch::Receiver<()> {
        self.daemon.recorded.subscribe()
    }

    fn now(&self) -> Timestamp {
        self.daemon.clock.now()
    }
}

/// A message ready to send.
#[derive(Default)]
struct Prepared {
    subject: String,
    from: String,
    message: Vec<u8>,
    /// Templates that could not be used.
    problems: Vec<TemplateError>,
}

/// How handing over a message ended.
enum Handed {
    Accepted,
    Refused { error: String, again: Again, wait: Duration, fault: Fault },
}

/// Whether a refused message is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    Never,
    /// It did not arrive.
    Later,
    /// It may have arrived although the mail server did not say so.
    Doubtful,
}

impl Daemon {
    async fn deliver(&self, mut claimed: ClaimedDelivery) -> Result<(), StoreError> {
        let setup = self.setup();
        if let Some(error) = unconfigured(&setup, &claimed) {
            return self.give_up(&setup, claimed, error).await;
        }
        if !claimed.is_released
            && let Some(outcome) = waits(&setup, &claimed.delivery, self.clock.now())
        {
            return self.set_aside(claimed, outcome).await;
        }
        if claimed.message.is_none() && claimed.delivery.kind != DeliveryKind::Notice {
            claimed.delivery.articles.retain(|article| !is_reverted(article));
            if claimed.delivery.articles.is_empty() {
                return self.set_aside(claimed, AttemptOutcome::Void).await;
            }
        }
        let mut turn = None;
        let (prepared, handed) = match self.prepare(&setup, &claimed).await {
            Ok(prepared) => {
                if claimed.message.is_none() {
                    self.store.keep_message(composed(&claimed, &prepared)).await?;
                }
                turn = self.turn(&claimed).await;
                self.hand_over(&setup, &claimed, prepared).await
            }
            Err(error) => {
                let nothing = Prepared::default();
                let (wait, fault) = (Duration::ZERO, Fault::Undelivered);
                (nothing, Handed::Refused { error, again: Again::Never, wait, fault })
            }
        };
        let now = self.clock.now();
        let outcome = outcome(&claimed, &handed, now);
        let fault = if let Handed::Refused { fault, .. } = &handed { *fault } else { Fault::default() };
        let record = AttemptRecord {
            delivery: claimed.delivery.id,
            token: claimed.token,
            now,
            subject: prepared.subject.clone(),
            message: prepared.message,
            warning: warning(&setup, &claimed, &handed, &outcome),
            outcome: outcome.clone(),
            fault,
        };
        self.store.record_attempt(record).await?;
        drop(turn);
        self.recorded();
        self.tell_of_delivery(claimed.delivery, prepared.subject, outcome);
        self.note_templates(&prepared.problems).await
    }

    /// Ends a delivery that cannot be sent, without an attempt.
    async fn give_up(&self, setup: &Setup, claimed: ClaimedDelivery, error: String) -> Result<(), StoreError> {
        let (wait, fault) = (Duration::ZERO, Fault::Undelivered);
        let handed = Handed::Refused { error: error.clone(), again: Again::Never, wait, fault };
        let outcome = AttemptOutcome::Failed { error };
        let record = AttemptRecord {
            delivery: claimed.delivery.id,
            token: claimed.token,
            now: self.clock.now(),
            subject: String::new(),
            message: Vec::new(),
            warning: warning(setup, &claimed, &handed, &outcome),
            outcome: outcome.clone(),
            fault,
        };
        self.store.record_attempt(record).await?;
        self.recorded();
        self.tell_of_delivery(claimed.delivery, String::new(), outcome);
        Ok(())
    }

    /// Notes that templates could not be used for a mail.
    async fn note_templates(&self, problems: &[TemplateError]) -> Result<(), StoreError> {
        if problems.is_empty() {
            return Ok(());
        }
        let found = |problem: &TemplateError| {
            error!(template = problem.part.name(), "{problem}; the mail has ours in its place");
            FoundNotice {
                kind: NoticeKind::TemplateFailing,
                subject: Subject::System(format!("mail.templates.{}", problem.part.name())),
                text: format!("{problem}; mails have the built-in one in its place"),
                since: None,
                lasts: DAY,
            }
        };
        let found = problems.iter().map(found).collect();
        self.store.record_health(Judgement { found, ended: Vec::new() }, self.clock.now()).await?;
        Ok(())
    }

    /// Waits until no other mail is on its way or handed over and not recorded, so that a crash repeats one at the most.
    async fn turn(&self, claimed: &ClaimedDelivery) -> Option<OwnedMutexGuard<()>> {
        match Channel::named(&claimed.channel) {
            None => Some(Arc::clone(&self.mailing).lock_owned().await),
            Some(_) => None,
        }
    }

    /// The bytes of the first attempt, or, before there was one, the message composed and rendered, off the async
    /// threads: a digest compares many texts.
    async fn prepare(&self, setup: &Arc<Setup>, claimed: &ClaimedDelivery) -> Result<Prepared, String> {
        let (setup, claimed, now) = (Arc::clone(setup), claimed.clone(), self.clock.now());
        let prepared = self.compute(move || {
            let email = match Channel::named(&claimed.channel) {
                None => email::compose(&claimed.delivery, &setup.sender, now),
                // Templates are for mails.
                Some(_) => email::compose(&claimed.delivery, &setup.sender.without_templates(), now),
            };
            match claimed.message {
                Some(message) => {
                    Ok(Prepared { subject: email.subject, from: email.from, message, problems: Vec::new() })
                }
                None => render(&setup, &claimed, email),
            }
        });
        prepared.await.unwrap_or_else(|panic| Err(format!("the message could not be composed: {panic}")))
    }

    /// Sends the message; where the server refuses its content, once more as headline and link in plain text.
    async fn hand_over(&self, setup: &Setup, claimed: &ClaimedDelivery, prepared: Prepared) -> (Prepared, Handed) {
        let Courier::Mail(transport) = &setup.courier else { return (prepared, Handed::Accepted) };
        let delivery = &claimed.delivery;
        if let Some(channel) = Channel::named(&claimed.channel) {
            let handed = self.post(setup, delivery, channel, &prepared.message).await;
            return (prepared, handed);
        }
        let refused = match transport.send(&prepared.from, &delivery.address, &prepared.message).await {
            Ok(()) => return (prepared, Handed::Accepted),
            Err(error) if error.is_content_refusal() => error,
            Err(error) => return (prepared, Handed::refused(&error)),
        };
        warn!(delivery = delivery.id.0, error = %refused, "message refused for its content; sending headline and link");
        let bare = email::compose_bare(delivery, &setup.sender, self.clock.now());
        let Ok(prepared) = render(setup, claimed, bare) else { return (prepared, Handed::refused(&refused)) };
        match transport.send(&prepared.from, &delivery.address, &prepared.message).await {
            Ok(()) => (prepared, Handed::Accepted),
            Err(error) => (prepared, Handed::refused(&error)),
        }
    }

    async fn post(&self, setup: &Setup, delivery: &Delivery, channel: Channel, document: &[u8]) -> Handed {
        let Some(hook) = setup.hook(&delivery.recipient, channel) else {
            let error =
                format!("the configuration names no `{}` for `{}` any more", channel.name(), delivery.recipient);
            return Handed::Refused { error, again: Again::Never, wait: Duration::ZERO, fault: Fault::Unknown };
        };
        match hook.send(&delivery.message_id, document, self.clock.now()).await {
            Ok(()) => Handed::Accepted,
            Err(refused) => {
                let wait = refused.retry_after.unwrap_or_default();
                let fault = hook_fault(&refused);
                let again = if refused.error.is_transient() { Again::Later } else { Again::Never };
                Handed::Refused { error: refused.to_string(), again, wait, fault }
            }
        }
    }

    /// Records that a delivery is not sent now.
    async fn set_aside(&self, claimed: ClaimedDelivery, outcome: AttemptOutcome) -> Result<(), StoreError> {
        let record = AttemptRecord {
            delivery: claimed.delivery.id,
            token: claimed.token,
            now: self.clock.now(),
            subject: String::new(),
            message: Vec::new(),
            outcome: outcome.clone(),
            fault: Fault::default(),
            warning: None,
        };
        self.store.record_attempt(record).await?;
        self.recorded();
        self.tell_of_delivery(claimed.delivery, String::new(), outcome);
        Ok(())
    }

    fn tell_of_delivery(&self, delivery: Delivery, subject: String, outcome: AttemptOutcome) {
        let (id, to) = (delivery.id.0, &delivery.recipient);
        match outcome {
            AttemptOutcome::Sent => {
                info!(delivery = id, recipient = %to, message_id = %delivery.message_id, "sent alert");
                self.happened(|| Happening::Sent { delivery: Box::new(delivery), subject });
            }
            AttemptOutcome::Retry { at, error } => {
                warn!(delivery = id, recipient = %to, error = %error, next = %at, "could not send alert yet");
                self.happened(|| Happening::NotSent { delivery: Box::new(delivery), error, again: true });
            }
            AttemptOutcome::Held { until } => {
                info!(delivery = id, recipient = %to, until = %until, "held alert for quiet hours");
            }
            AttemptOutcome::Joins { digest_at } => {
                info!(delivery = id, recipient = %to, digest = %digest_at, "what was muted is told with the next digest");
            }
            AttemptOutcome::Void => {
                info!(delivery = id, recipient = %to, "dropped alert: the edit was reverted before it was mailed");
            }
            AttemptOutcome::Failed { error } => {
                error!(delivery = id, recipient = %to, error = %error, "gave up sending alert; `wirewatch alerts retry` starts it again");
                self.happened(|| Happening::NotSent { delivery: Box::new(delivery), error, again: false });
            }
        }
    }
}

impl Handed {
    fn refused(error: &SendError) -> Self {
        let fault = match error {
            error if error.is_address_refusal() => Fault::Address,
            error if error.may_have_arrived() => Fault::Unknown,
            error if matches!(error.step(), Step::Connect | Step::Tls | Step::Greeting | Step::Login) => {
                Fault::Unreached
            }
            _ => Fault::Undelivered,
        };
        let again = match error {
            // The receiving program knows a Message-ID that it has; a Maildir has none before it is written.
            error if error.may_have_arrived() && error.step() == Step::Content => Again::Doubtful,
            error if error.is_transient() => Again::Later,
            _ => Again::Never,
        };
        Self::Refused { error: error.to_string(), again, wait: Duration::ZERO, fault }
    }
}

/// Why an alert goes nowhere where the configuration names its recipient or the address no more. Notices go to whoever was
/// meant.
fn unconfigured(setup: &Setup, claimed: &ClaimedDelivery) -> Option<String> {
    let (name, address) = (&claimed.delivery.recipient, &claimed.delivery.address);
    if claimed.delivery.kind == DeliveryKind::Notice || Channel::named(&claimed.channel).is_some() {
        return None;
    }
    match setup.outbox.recipients.iter().find(|recipient| recipient.name == *name) {
        None => Some(format!("the configuration names no recipient `{name}` any more")),
        Some(recipient) if !recipient.email.contains(address) => {
            Some(format!("the configuration names no `{address}` for `{name}` any more"))
        }
        Some(_) => None,
    }
}

/// What the answer of a webhook or an ntfy server says: a status is its word that it took nothing, and without a
/// connection nothing arrived.
fn hook_fault(refused: &HookError) -> Fault {
    match refused.error.code() {
        Some(_) => Fault::Undelivered,
        None if refused.is_unreached => Fault::Unreached,
        None => Fault::Unknown,
    }
}

fn covered(article: &DeliveredArticle) -> Covered {
    Covered {
        since: article.before.as_ref().filter(|_| article.event != Event::New).map_or(0, |before| before.number),
        version: article.after.number,
    }
}

fn composed(claimed: &ClaimedDelivery, prepared: &Prepared) -> ComposedMessage {
    ComposedMessage {
        delivery: claimed.delivery.id,
        token: claimed.token,
        subject: prepared.subject.clone(),
        message: prepared.message.clone(),
        tells: claimed.delivery.articles.iter().map(|article| (article.id, covered(article))).collect(),
    }
}

fn render(setup: &Setup, claimed: &ClaimedDelivery, email: Email) -> Result<Prepared, String> {
    let delivery = &claimed.delivery;
    let message = match (&setup.courier, Channel::named(&claimed.channel)) {
        (Courier::Listener, _) => email.text.into_bytes(),
        (Courier::Mail(_), None) => {
            transport::render_signed(&email, setup.signer.as_ref()).map_err(|error| error.to_string())?
        }
        (_, Some(Channel::Webhook)) => hook::document(delivery, &email).map_err(|error| error.to_string())?,
        (_, Some(Channel::Ntfy)) => {
            hook::notification(delivery, &email, is_urgent(setup, delivery)).map_err(|error| error.to_string())?
        }
    };
    Ok(Prepared { subject: email.subject, from: email.from, message, problems: email.problems })
}

/// What a delivery waits for at its time, if anything: the end of quiet hours, or a digest.
fn waits(setup: &Setup, delivery: &Delivery, now: Timestamp) -> Option<AttemptOutcome> {
    let quiet = || quiet_until(setup, delivery, now).map(|until| AttemptOutcome::Held { until });
    let joins = || digest_at(setup, delivery, now).map(|digest_at| AttemptOutcome::Joins { digest_at });
    joins().or_else(quiet)
}

/// When the recipient's quiet hours end, where they hold this delivery: no rule in it is urgent.
///
/// Asked when the delivery goes out, since it may have waited long (for siblings, for the mail server) since it was
/// planned.
fn quiet_until(setup: &Setup, delivery: &Delivery, now: Timestamp) -> Option<Timestamp> {
    let recipient = setup.outbox.recipients.iter().find(|recipient| recipient.name == delivery.recipient)?;
    let until = recipient.quiet.as_ref()?.ends_at(now, setup.outbox.zone)?;
    let is_urgent = is_urgent(setup, delivery) || delivery.note.as_ref().is_some_and(|note| note.is_urgent);
    (!is_urgent).then_some(until)
}

/// When the next digest is due for a recipient who wants all in digests, where what was muted is heard again before.
fn digest_at(setup: &Setup, delivery: &Delivery, now: Timestamp) -> Option<Timestamp> {
    if delivery.kind != DeliveryKind::Muted {
        return None;
    }
    let recipient = setup.outbox.recipients.iter().find(|recipient| recipient.name == delivery.recipient)?;
    let Deliver::Digest(schedule) = &recipient.deliver else { return None };
    let ended = delivery.mutes.iter().map(|mute| mute.lifted_at.unwrap_or(mute.until)).max()?;
    Some(schedule.next_after(ended, setup.outbox.zone)).filter(|due_at| *due_at > now)
}

/// Whether a rule in the delivery is urgent.
fn is_urgent(setup: &Setup, delivery: &Delivery) -> bool {
    let rules = setup.rules();
    let is_urgent = |name: &str| rules.iter().any(|rule| rule.urgent && rule.name == name);
    delivery.articles.iter().flat_map(|article| &article.rules).any(|rule| is_urgent(&rule.name))
}

/// Whether a revision was undone before it was told: what the reader has seen last is what the article says again.
fn is_reverted(article: &DeliveredArticle) -> bool {
    let reads = |version: &DeliveredVersion| diff::fingerprint(&version.text);
    let before = article.before.as_ref().filter(|_| article.event == Event::Revised);
    before.is_some_and(|before| reads(before) == reads(&article.after))
}

/// Whom to tell, and what, where an alert is given up: every other address, and the operator. Nobody is told of a notice
/// that fails.
fn warning(setup: &Setup, claimed: &ClaimedDelivery, handed: &Handed, outcome: &AttemptOutcome) -> Option<Warning> {
    let (Handed::Refused { again, fault, .. }, AttemptOutcome::Failed { error }) = (handed, outcome) else {
        return None;
    };
    if claimed.delivery.kind == DeliveryKind::Notice {
        return None;
    }
    let (name, address) = (&claimed.delivery.recipient, &claimed.delivery.address);
    let nothing_gets_through = format!("nothing gets through to {address}");
    let (subject, what) = match (fault, again) {
        (Fault::Address, _) => (
            nothing_gets_through,
            format!(
                "The mail server refused {address} (recipient {name}) twice in a row. From now on it is tried once a day only."
            ),
        ),
        (_, Again::Later) => {
            (nothing_gets_through, format!("For five days nothing has got through to {address} (recipient {name})."))
        }
        (_, Again::Doubtful) => (
            format!("an alert to {address} may not have arrived"),
            format!(
                "The mail server took an alert to {address} (recipient {name}) several times and never said whether it keeps it. It may be there several times, or not at all."
            ),
        ),
        (_, Again::Never) => (
            format!("an alert to {address} could not be sent"),
            format!("An alert to {address} (recipient {name}) could not be sent and is not tried again by itself."),
        ),
    };
    let retry = setup.sender.command_line("alerts retry");
    let note = Note {
        subject,
        paragraphs: vec![
            what,
            format!("The last answer: {error}"),
            format!("What was not sent is kept and shown as failed. Once the cause is mended, `{retry}` sends it."),
        ],
        ..Note::default()
    };
    let operator = setup.operator();
    let mut seen = HashSet::from([address.clone()]);
    let to = operator.into_iter().chain(setup.mailboxes());
    let to = to.filter(|(_, address)| seen.insert(address.clone())).take(Warning::MOST_TOLD).collect();
    Some(Warning { note, channel: setup.outbox.channel.clone(), to })
}

fn outcome(claimed: &ClaimedDelivery, handed: &Handed, now: Timestamp) -> AttemptOutcome {
    let delivery = &claimed.delivery;
    match handed {
        Handed::Accepted => AttemptOutcome::Sent,
        Handed::Refused { error, again: Again::Never, .. } => AttemptOutcome::Failed { error: error.clone() },
        Handed::Refused { error, again, wait, .. } => {
            let seed = delivery.id.0.unsigned_abs();
            let next = match again {
                Again::Doubtful => alert::next_doubtful_attempt(claimed.doubts, seed, now),
                Again::Later | Again::Never => {
                    alert::next_attempt(delivery.created_at, claimed.attempts + 1, seed, now)
                }
            };
            match next {
                Some(at) => AttemptOutcome::Retry { at: at.max(now + *wait), error: error.clone() },
                None => AttemptOutcome::Failed { error: error.clone() },
            }
        }
    }
}
