//! From the alerts of one version to one delivery for each address.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono_tz::Tz;

use crate::model::{Alert, Baseline, DeliveryKind, DeliveryState, Event, Timestamp};

use super::recipient::{Deliver, Recipient};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A delivery that an alert asks for. Joins the waiting delivery of its kind if there is one, else becomes a new one.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedDelivery {
    pub recipient: String,
    pub address: String,
    /// `smtp`, `maildir`, `terminal`, `webhook` or `ntfy`.
    pub channel: String,
    pub kind: DeliveryKind,
    /// Not before this, whatever happens (quiet hours, the digest's time).
    pub earliest_at: Timestamp,
    /// Wait until then for more of the same. Not after it unless `earliest_at` is later.
    pub settle_until: Timestamp,
    /// An `Article` delivery goes out at the earliest this long after the last one on the same article to the address.
    pub update_interval: Duration,
    /// When this many `Article` deliveries to the address were sent within the last hour or are being sent, it becomes
    /// part of an `Overflow` delivery that is due when the first of them is an hour old. Zero: no limit.
    pub max_per_hour: u32,
    /// `Held` in quiet hours, else `Pending`. A held delivery is claimed like a pending one once `earliest_at` has come.
    pub state: DeliveryState,
    /// The part of the Message-ID after the `@`.
    pub host: String,
    pub alerts: Vec<usize>,
}

/// What all deliveries of an installation have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbox {
    pub recipients: Vec<Recipient>,
    /// By which mail goes: `smtp`, `maildir` or `terminal`.
    pub channel: String,
    pub max_per_hour: u32,
    /// The part of Message-IDs after the `@`.
    pub host: String,
    /// In which digests and quiet hours are meant.
    pub zone: Tz,
}

/// One delivery for each way to each recipient that the alerts name, in the order of recipients.
///
/// An urgent alert lifts the delivery it is part of out of quiet hours. Names without a recipient were refused when
/// the configuration was read.
pub fn plan(outbox: &Outbox, alerts: &[Alert], baseline: Baseline, now: Timestamp) -> Vec<PlannedDelivery> {
    let mut planned: BTreeMap<(usize, usize, u8), PlannedDelivery> = BTreeMap::new();
    for (index, alert) in alerts.iter().enumerate() {
        for (position, recipient) in outbox.recipients.iter().enumerate() {
            if !alert.to.contains(&recipient.name) {
                continue;
            }
            let kind = kind_of(alert, recipient, baseline);
            for (at, (channel, address)) in ways(outbox, recipient).enumerate() {
                let delivery = planned
                    .entry((position, at, kind as u8))
                    .or_insert_with(|| delivery(outbox, recipient, channel, address, kind, now));
                delivery.alerts.push(index);
                if alert.urgent && delivery.state == DeliveryState::Held {
                    delivery.state = DeliveryState::Pending;
                    delivery.earliest_at = now;
                }
            }
        }
    }
    planned.into_values().collect()
}

/// Holds mails on an article that is revised all the time to one a day: the next one waits until the last is a day old,
/// and tells all that came between. What else than a revision is told goes out as ever.
pub fn once_a_day(planned: &mut [PlannedDelivery], alerts: &[Alert]) {
    for delivery in planned.iter_mut().filter(|delivery| delivery.kind == DeliveryKind::Article) {
        let mut told = delivery.alerts.iter().filter_map(|index| alerts.get(*index));
        if told.all(|alert| alert.event == Event::Revised) {
            delivery.update_interval = delivery.update_interval.max(DAY);
        }
    }
}

/// Every way to the recipient, its mail addresses first: the channel, and the address as the outbox names it.
fn ways<'a>(outbox: &'a Outbox, recipient: &'a Recipient) -> impl Iterator<Item = (&'a str, &'a str)> {
    let mails = recipient.email.iter().map(|address| (outbox.channel.as_str(), address.as_str()));
    mails.chain(recipient.hooks.iter().map(|hook| (hook.channel.name(), hook.address.as_str())))
}

fn kind_of(alert: &Alert, recipient: &Recipient, baseline: Baseline) -> DeliveryKind {
    match (&recipient.deliver, alert.event, baseline) {
        (Deliver::Digest(_), _, _) => DeliveryKind::Digest,
        (Deliver::Now, Event::New, Baseline::Recent) => DeliveryKind::Initial,
        (Deliver::Now, _, _) => DeliveryKind::Article,
    }
}

fn delivery(
    outbox: &Outbox,
    recipient: &Recipient,
    channel: &str,
    address: &str,
    kind: DeliveryKind,
    now: Timestamp,
) -> PlannedDelivery {
    let due_at = match (&recipient.deliver, kind) {
        (Deliver::Digest(schedule), DeliveryKind::Digest) => schedule.next_after(now, outbox.zone),
        _ => now,
    };
    let quiet_until = recipient.quiet.as_ref().and_then(|quiet| quiet.ends_at(due_at, outbox.zone));
    let settle_until = match kind {
        DeliveryKind::Article | DeliveryKind::Initial => now + recipient.settle,
        _ => due_at,
    };
    PlannedDelivery {
        recipient: recipient.name.clone(),
        address: address.to_owned(),
        channel: channel.to_owned(),
        kind,
        earliest_at: quiet_until.unwrap_or(due_at),
        settle_until,
        update_interval: recipient.update_interval,
        max_per_hour: outbox.max_per_hour,
        state: if quiet_until.is_some() { DeliveryState::Held } else { DeliveryState::Pending },
        host: outbox.host.clone(),
        alerts: Vec::new(),
    }
}
