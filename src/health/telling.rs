//! The letter to the operator: what began and what ended since the last one.

use std::collections::HashSet;
use std::time::Duration;

use chrono_tz::Tz;

use crate::email;
use crate::model::{MuteId, Note, Notice, NoticeKind, Timestamp};

use super::words::{counted, named, roughly};

/// What comes together goes into one mail.
const GATHER: Duration = Duration::from_secs(3 * 60);
/// The alerts of a burst come in as its pages are read; the first few tell enough.
const BURST_GATHERS: Duration = Duration::from_secs(2 * 60);
/// What is younger is as old as the mail.
const A_WHILE: Duration = Duration::from_secs(10 * 60);
/// Most notices of one letter; the others are counted.
const TOLD: usize = 40;
/// How many notices a subject names.
const NAMED: usize = 2;

/// Which end of a notice is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Beginning,
    End,
}

/// A notice that the operator has not heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// Of its row.
    pub id: i64,
    pub part: Part,
    pub notice: Notice,
    /// Since when it could be told.
    pub known_at: Timestamp,
}

/// Whether what there is to tell has waited long enough for more.
pub fn gathered(untold: &[Untold], now: Timestamp) -> bool {
    untold.iter().any(|one| now.since(one.known_at) >= GATHER)
}

/// The letter. `status` is the command that shows what is open.
pub fn letter(untold: &[Untold], status: &str, zone: Tz, now: Timestamp) -> Note {
    let headlines: Vec<String> = untold.iter().take(NAMED).map(headline).collect();
    let subject = match untold.len() {
        0..=NAMED => headlines.join("; "),
        several => format!("{several} notices: {}; …", headlines.join("; ")),
    };
    let mut paragraphs: Vec<String> = untold.iter().take(TOLD).map(|one| told(one, zone, now)).collect();
    if let Some(more) = untold.len().checked_sub(TOLD).filter(|more| *more > 0) {
        paragraphs.push(format!("… and {more} more."));
    }
    paragraphs.push(format!("`{status}` shows what is open now."));
    Note { subject, paragraphs, ..Note::default() }
}

fn told(untold: &Untold, zone: Tz, now: Timestamp) -> String {
    let notice = &untold.notice;
    match (untold.part, &notice.end) {
        (Part::Beginning, _) => {
            let (since, age) = (email::moment(notice.first_at, zone), now.since(notice.first_at));
            let since = match age < A_WHILE {
                true => String::new(),
                false => format!(" Since {since} ({}).", roughly(age)),
            };
            format!("{}: {}.{since}", headline(untold), notice.text)
        }
        (Part::End, end) => {
            let end = end.as_deref().unwrap_or("it is over");
            let until = email::moment(notice.closed_at.unwrap_or(now), zone);
            let from = email::moment(notice.first_at, zone);
            format!("{}: {end}. From {from} to {until}.", headline(untold))
        }
    }
}

/// What a notice says in a few words.
fn headline(untold: &Untold) -> String {
    let name = named(&untold.notice.subject);
    let is_over = untold.part == Part::End;
    let (begins, ends) = match untold.notice.kind {
        NoticeKind::FeedFailing => ("has failed for a day", "is read again"),
        NoticeKind::FeedGone => ("was taken down for good", "is there again"),
        NoticeKind::FeedMoved => ("has moved for good", "has not moved"),
        NoticeKind::FeedSilent => ("is silent", "brings news again"),
        NoticeKind::PolledRarely => ("is polled too rarely", "is polled often enough"),
        NoticeKind::SiteUnreadable => ("has pages that cannot be read any more", "can be read again"),
        NoticeKind::SiteMissing => ("has lost most of its pages", "has its pages again"),
        NoticeKind::SiteChange => ("changed all its pages", "is as it was"),
        NoticeKind::RuleSilent => ("has not alerted for 30 days", "has alerted again"),
        NoticeKind::RuleGreedy => ("matches nearly everything", "no longer matches everything"),
        NoticeKind::QueueStuck => ("is stuck", "moves again"),
        NoticeKind::DiskFull => ("is nearly full", "has room again"),
        NoticeKind::Offline => ("is away", "was away"),
        NoticeKind::Burst => ("brought too much at once", "is as usual"),
        NoticeKind::TemplateFailing => ("fails", "works again"),
        NoticeKind::Alternating => ("goes to and fro", "is steady"),
        NoticeKind::Braked => ("is revised all the time", "has calmed down"),
    };
    let the = matches!(untold.notice.kind, NoticeKind::DiskFull | NoticeKind::Offline);
    let of = if untold.notice.kind == NoticeKind::QueueStuck { format!("the queue `{name}`") } else { name };
    format!("{}{of} {}", if the { "the " } else { "" }, if is_over { ends } else { begins })
}

/// A burst whose alerts are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBurst {
    /// The row of its notice.
    pub notice: i64,
    /// The number by which `unmute` ends it.
    pub mute: MuteId,
    /// The feed or the host.
    pub name: String,
    pub what: String,
    pub until: Timestamp,
    /// Alerts that are held, each for each address, and when the first of them was.
    pub held: u64,
    pub first_held_at: Timestamp,
    /// One of them is of an urgent rule.
    pub is_urgent: bool,
    /// Whose alerts these are.
    pub to: Vec<Concerned>,
}

/// An address of a recipient, with the channel by which it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concerned {
    pub recipient: String,
    pub address: String,
    pub channel: String,
}

/// By which ways recipients hear of what concerns them all: by mail, or else in every other way that they have.
pub fn ways(concerned: Vec<Concerned>, mail: &str) -> Vec<Concerned> {
    let by_mail: HashSet<String> =
        concerned.iter().filter(|way| way.channel == mail).map(|way| way.recipient.clone()).collect();
    let is_way = |way: &Concerned| way.channel == mail || !by_mail.contains(&way.recipient);
    concerned.into_iter().filter(is_way).collect()
}

impl HeldBurst {
    /// Whether the first alerts of a burst have come together.
    pub fn is_gathered(&self, now: Timestamp) -> bool {
        now.since(self.first_held_at) >= BURST_GATHERS
    }
}

/// The letter on a burst. `unmute` and `retry` are the commands that release what is held: all of it, and what is held now.
pub fn burst_letter(burst: &HeldBurst, unmute: &str, retry: &str, zone: Tz) -> Note {
    let held = counted(burst.held, "alert is held", "alerts are held");
    let until = email::moment(burst.until, zone);
    Note {
        subject: format!("{held}: {} brought too much at once", burst.name),
        paragraphs: vec![
            format!("{}: {}.", burst.name, burst.what),
            format!(
                "So it looks as if a feed was published anew, or a site rebuilt, and {held} until {until}. Then each recipient \
                 gets them as one digest; nobody has to do anything."
            ),
            format!(
                "`{unmute}` sends all of them now, `{retry}` what is held at that moment. `wirewatch alerts` lists them."
            ),
        ],
        burst: Some(burst.mute),
        is_urgent: burst.is_urgent,
    }
}
