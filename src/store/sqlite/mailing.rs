//! What a delivery tells: its articles, each from the version its reader saw last to the one now told.

use std::collections::{BTreeSet, HashMap, HashSet};

use rusqlite::{Connection, Row, named_params, params};

use super::columns::unpack;
use super::error::if_readable;
use super::readings::Readings;
use super::{StoreError, articles, versions};
use crate::model::{
    ArticleId, ArticleText, DeliveredArticle, DeliveredVersion, Delivery, DeliveryKind, Event, FiredRule, Mark, Match,
    MatchField, Severity, Thread, Timestamp, Version,
};

/// Message ids in a thread: the first and the latest. Longer headers are cut by some mail servers.
const REFERENCES: usize = 20;
/// Changes whose marks are told in one mail.
const CHANGES: usize = 100;

// `+state` keeps the planner from beginning with every mail that was ever sent. One whose sending was never confirmed
// may have arrived all the same.
pub(super) const THREAD: &str = "
    SELECT message_id, subject FROM deliveries JOIN addresses ON addresses.id = address_id
    WHERE article_id = ?1 AND address = ?2 AND sealed_at IS NOT NULL AND subject IS NOT NULL
        AND (deliveries.id < ?3 OR (deliveries.id > ?3 AND +state = 'sent'))
        AND +state <> 'failed' AND EXISTS (
            SELECT 1 FROM delivery_alerts JOIN alerts ON alerts.id = alert_id
            WHERE delivery_id = deliveries.id AND version >= ?4)
    ORDER BY deliveries.id";

pub(super) const MAILED: &str = "
    SELECT max(coalesce(told, version)) FROM alerts
        JOIN delivery_alerts ON alert_id = alerts.id
        JOIN deliveries ON deliveries.id = delivery_id
        JOIN addresses ON addresses.id = deliveries.address_id
    WHERE alerts.article_id = ? AND address = ? AND +state = 'sent'
    GROUP BY deliveries.id";

// What is muted or given up tells nothing soon, and a digest marks what was mailed before.
pub(super) const LATER: &str = "
    SELECT min(version) FROM alerts
        JOIN delivery_alerts ON alert_id = alerts.id
        JOIN deliveries ON deliveries.id = delivery_id
    WHERE alerts.article_id = ?1 AND deliveries.id > ?2 AND event IN ('new', 'revised')
        AND kind = 'article' AND +state IN ('pending', 'held')
        AND delivery_alerts.address_id = (SELECT address_id FROM deliveries WHERE id = ?2)";

// Another rule may have mailed the same at once. What was taken down or came back is the same only where it is the same
// absence; whoever read of a version was told of those before it too, as far back as that mail compared, unless it told
// of the end alone.
pub(super) const MAILED_AT: &str = "
    SELECT max(sent_at) FROM alerts
        JOIN delivery_alerts ON alert_id = alerts.id
        JOIN deliveries ON deliveries.id = delivery_id
        JOIN addresses ON addresses.id = deliveries.address_id
    WHERE alerts.article_id = :article AND address = :address AND deliveries.id <> :delivery AND +state = 'sent'
        AND iif(:event IN ('gone', 'back'), version = :version AND event = :event AND absence = :absence,
                coalesce(told, version) >= :version AND coalesce(since, 0) < :first AND event <> 'gone')";

/// The articles of a delivery, in the order of their first alerts; of one whose address was used again, each story by itself.
pub(super) fn articles(connection: &Connection, delivery: &Delivery) -> Result<Vec<DeliveredArticle>, StoreError> {
    let mut stories: Vec<((ArticleId, u32), Vec<Told>)> = Vec::new();
    let mut places: HashMap<(ArticleId, u32), usize> = HashMap::new();
    for alert in told(connection, delivery)? {
        let story = (alert.article, Standing::of(connection, alert.article)?.run(alert.version));
        let place = *places.entry(story).or_insert(stories.len());
        if place == stories.len() {
            stories.push((story, Vec::new()));
        }
        stories[place].1.push(alert);
    }
    stories.into_iter().map(|((article, _), alerts)| deliver(connection, delivery, article, alerts)).collect()
}

/// The mails about an article's story to the delivery's address before this one, or `None` if it is the first.
pub(super) fn thread(
    connection: &Connection,
    article: ArticleId,
    delivery: &Delivery,
) -> Result<Option<Thread>, StoreError> {
    let mut statement = connection.prepare_cached(THREAD)?;
    let told = delivery.articles.iter().map(|article| article.after.number).max().unwrap_or(1);
    let run = Standing::of(connection, article)?.run(told);
    let values = params![article, delivery.address, delivery.id, run];
    let rows = statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mails: Vec<(String, String)> = rows.collect::<Result<_, _>>()?;
    let Some((_, subject)) = mails.first() else { return Ok(None) };
    let subject = subject.clone();
    let mut references: Vec<String> = mails.into_iter().map(|(message_id, _)| message_id).collect();
    if references.len() > REFERENCES {
        references.drain(1..=references.len() - REFERENCES);
    }
    Ok(Some(Thread { subject, references }))
}

/// An alert as a delivery tells it.
struct Told {
    article: ArticleId,
    version: u32,
    event: Event,
    /// Which one is told as gone or back; 0 for other events.
    absence: i64,
    created_at: Timestamp,
    rule: FiredRule,
}

fn told(connection: &Connection, delivery: &Delivery) -> Result<Vec<Told>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT article_id, version, event, absence, created_at, rule, query, newly, matches
         FROM delivery_alerts JOIN alerts ON alerts.id = alert_id WHERE delivery_id = ? ORDER BY alerts.id",
    )?;
    statement.query_and_then([delivery.id], read_told)?.collect()
}

fn read_told(row: &Row<'_>) -> Result<Told, StoreError> {
    let matches: Vec<u8> = row.get("matches")?;
    let rule = FiredRule {
        name: row.get("rule")?,
        query: row.get("query")?,
        newly: row.get("newly")?,
        matches: if_readable(unpack(&matches))?.unwrap_or_default(),
        is_lost: false,
    };
    Ok(Told {
        article: row.get("article_id")?,
        version: row.get("version")?,
        event: row.get("event")?,
        absence: row.get("absence")?,
        created_at: row.get("created_at")?,
        rule,
    })
}

fn deliver(
    connection: &Connection,
    delivery: &Delivery,
    article: ArticleId,
    alerts: Vec<Told>,
) -> Result<DeliveredArticle, StoreError> {
    let first = alerts.iter().map(|alert| alert.version).min().unwrap_or(1);
    let alerted = alerts.iter().map(|alert| alert.version).max().unwrap_or(1);
    let standing = Standing::of(connection, article)?;
    let run = standing.run(alerted);
    let mut mailed = mailed(connection, delivery, article)?;
    mailed.retain(|version| *version >= run);
    let readings = Readings::of(connection, article)?;
    let mailed_at = match (delivery.kind, alerts.last()) {
        (DeliveryKind::Article, _) | (_, None) => None,
        // Of news the whole story is what is told.
        (_, Some(alert)) if alerts.iter().any(|alert| alert.event == Event::New) => {
            mailed_at(connection, delivery, alert, (1, alerted))?
        }
        (_, Some(alert)) => mailed_at(connection, delivery, alert, (first, alerted))?,
    };
    let last = match mailed_at {
        Some(_) => alerted,
        None => standing.told(&alerts, alerted, left_to_later(connection, delivery, article)?, &readings),
    };
    if is_of_text(&alerts) && mailed.iter().any(|told| *told >= alerted) {
        // By a mail that did not tell of this: for whoever wants to know of it, it begins where it began.
        mailed.retain(|told| *told < first);
    }
    let event = event(&alerts, last, &mailed, &readings);
    let before = before(event, first, last, &mailed);
    // Of a text that cannot be read the alert tells all the same, by its headline.
    // Nor of one that is shown no more.
    let after = match readings.is_hidden(last) {
        true => None,
        false => if_readable(versions::known(connection, article, last))?,
    };
    let (after, is_damaged) = match after {
        Some(after) => (after, false),
        None => (versions::outline(connection, article, last)?, true),
    };
    let before = before.filter(|_| !is_damaged).and_then(|number| readings.shown(number, last));
    let before = before.map(|number| readings.as_read_by(connection, number, last));
    let before = if_readable(before.transpose())?.flatten();
    let is_carried = before.as_ref().is_some_and(|(_, is_carried)| *is_carried);
    let before = before.map(|(before, _)| before);
    let since = before.as_ref().map_or(last, |before| before.number);
    let (mut marks, severity) = weight(connection, article, since, last)?;
    if event == Event::New && run > 1 {
        marks.push(Mark::Reused);
    }
    let neighbours = before.as_ref().is_some_and(|before| before.number + 1 == after.number);
    let change = if neighbours { versions::change(connection, article, last)? } else { None };
    let noticed_at = alerts.iter().map(|alert| alert.created_at).max().unwrap_or(delivery.created_at);
    Ok(DeliveredArticle {
        id: article,
        url: articles::address(connection, article)?,
        feeds: articles::feeds(connection, article)?,
        event,
        revisions: before.as_ref().map_or(0, |before| readings.revisions(before.number, last)),
        rules: rules(alerts, before.as_ref(), is_carried, &after),
        before: before.map(delivered),
        after: delivered(after),
        change,
        severity,
        marks,
        noticed_at,
        back_at: standing.back_at.filter(|_| event == Event::Gone && !standing.is_gone && run == standing.run),
        mailed_at,
    })
}

/// The marks and the greatest severity of the changes from one version to a later one, of the latest few where there
/// are many.
fn weight(
    connection: &Connection,
    article: ArticleId,
    from: u32,
    to: u32,
) -> Result<(Vec<Mark>, Option<Severity>), StoreError> {
    let (mut marks, mut severity) = (BTreeSet::new(), None);
    for number in (from + 1..=to).rev().take(CHANGES) {
        let Some(change) = if_readable(versions::change(connection, article, number))?.flatten() else { continue };
        severity = severity.max(change.severity);
        marks.extend(change.marks);
    }
    Ok((marks.into_iter().collect(), severity))
}

/// Whether the last of the alerts is about a text, and not about a page that is away or back.
fn is_of_text(alerts: &[Told]) -> bool {
    alerts.last().is_some_and(|alert| matches!(alert.event, Event::New | Event::Revised))
}

/// When the delivery's address was sent what the alert tells, from the first to the last version of its story.
fn mailed_at(
    connection: &Connection,
    delivery: &Delivery,
    alert: &Told,
    (first, last): (u32, u32),
) -> Result<Option<Timestamp>, StoreError> {
    let told = if matches!(alert.event, Event::Gone | Event::Back) { alert.version } else { last };
    let values = named_params! {
        ":article": alert.article, ":address": delivery.address, ":delivery": delivery.id,
        ":event": alert.event, ":version": told, ":first": first, ":absence": alert.absence,
    };
    Ok(connection.prepare_cached(MAILED_AT)?.query_row(values, |row| row.get(0))?)
}

/// How an article stands while a mail on it is made.
struct Standing {
    versions: u32,
    /// The version with which the latest story at the address began.
    run: u32,
    is_gone: bool,
    back_at: Option<Timestamp>,
}

impl Standing {
    fn of(connection: &Connection, article: ArticleId) -> Result<Self, StoreError> {
        let mut statement =
            connection.prepare_cached("SELECT versions, run, gone, back_at FROM articles WHERE id = ?")?;
        let of = |row: &Row<'_>| {
            Ok(Self { versions: row.get(0)?, run: row.get(1)?, is_gone: row.get(2)?, back_at: row.get(3)? })
        };
        Ok(statement.query_row([article], of)?)
    }

    /// The version with which the story began that version `told` is of: what stood at the address before is another one.
    fn run(&self, told: u32) -> u32 {
        if self.run <= told { self.run } else { 1 }
    }

    /// The version that is told: the last one of the story, also where no rule alerted on it, up to what is left to a later
    /// delivery. A text that stands there no more is no news. What is away is told as it was when it went.
    fn told(&self, alerts: &[Told], alerted: u32, left: Option<u32>, readings: &Readings) -> u32 {
        if self.is_gone && !is_of_text(alerts) {
            return alerted;
        }
        let next = if self.run > alerted { self.run } else { self.versions + 1 };
        readings.latest(alerted, left.unwrap_or(next).min(next) - 1)
    }
}

/// The first version of an article of which a later delivery to the same address is about to tell.
fn left_to_later(connection: &Connection, delivery: &Delivery, article: ArticleId) -> Result<Option<u32>, StoreError> {
    let mut statement = connection.prepare_cached(LATER)?;
    Ok(statement.query_row(params![article, delivery.id], |row| row.get(0))?)
}

/// The versions of an article that the delivery's address has been told of.
fn mailed(connection: &Connection, delivery: &Delivery, article: ArticleId) -> Result<Vec<u32>, StoreError> {
    let mut statement = connection.prepare_cached(MAILED)?;
    let versions = statement.query_map(params![article, delivery.address], |row| row.get(0))?;
    Ok(versions.collect::<Result<_, _>>()?)
}

/// Taken down and returned are told by the latest alert; news is what the reader was never told of before, or not since
/// its publisher changed it.
fn event(alerts: &[Told], last: u32, mailed: &[u32], readings: &Readings) -> Event {
    let is_news = || mailed.iter().max().is_none_or(|seen| !readings.is_revised(*seen, last));
    match alerts.last().map(|alert| alert.event) {
        Some(event @ (Event::Gone | Event::Back)) => event,
        _ if alerts.iter().any(|alert| alert.event == Event::New) && is_news() => Event::New,
        _ => Event::Revised,
    }
}

/// The number of the version the reader saw last, else of the one before the first alert.
fn before(event: Event, first: u32, last: u32, mailed: &[u32]) -> Option<u32> {
    let told = |number: &&u32| match event {
        Event::Gone | Event::Back => **number <= last,
        Event::New | Event::Revised => **number < last,
    };
    match event {
        Event::New => None,
        _ => mailed.iter().filter(told).max().copied().or(first.checked_sub(1).filter(|number| *number > 0)),
    }
}

/// The rules that fired, each as it fired last, with those of its matches that can still be pointed at.
fn rules(alerts: Vec<Told>, before: Option<&Version>, is_carried: bool, after: &Version) -> Vec<FiredRule> {
    let mut rules: Vec<FiredRule> = Vec::new();
    let mut seen = HashSet::new();
    for alert in alerts.into_iter().rev() {
        if !seen.insert(alert.rule.name.clone()) {
            continue;
        }
        let moved = alert.version != after.number;
        // The text before is the one in which a match counts, unless it is another version's or was made to read otherwise.
        let is_counted = before.is_some_and(|before| before.number + 1 == alert.version) && !is_carried;
        let place = |found| place(found, moved, is_counted, before, after);
        let found_some = !alert.rule.matches.is_empty();
        let matches: Vec<Match> = alert.rule.matches.into_iter().filter_map(place).collect();
        rules.push(FiredRule { is_lost: found_some && matches.is_empty(), matches, ..alert.rule });
    }
    rules.reverse();
    rules
}

/// A match, where it stands in the versions that are told. `None` if it stands there no more.
///
/// `moved`: it was found in an earlier version than is told; `is_counted`: the version before is the one it counts in.
fn place(found: Match, moved: bool, is_counted: bool, before: Option<&Version>, after: &Version) -> Option<Match> {
    let text = match found.field {
        MatchField::Removed if is_counted => return Some(found),
        MatchField::Removed => before?.text.text(),
        _ if !moved => return Some(found),
        MatchField::Title | MatchField::Summary | MatchField::Author | MatchField::Body | MatchField::Added => {
            field(&after.text, found.field)
        }
        // These do not count positions in a text that changes.
        _ => return Some(found),
    };
    if text.get(found.start..found.end) == Some(found.text.as_str()) {
        return Some(found);
    }
    let start = text.find(found.text.as_str())?;
    Some(Match { start, end: start + found.text.len(), ..found })
}

fn field(text: &ArticleText, field: MatchField) -> String {
    match field {
        MatchField::Title => text.headline.clone().unwrap_or_default(),
        MatchField::Summary => text.summary.clone().unwrap_or_default(),
        MatchField::Author => text.byline.clone().unwrap_or_default(),
        _ => text.text(),
    }
}

fn delivered(version: Version) -> DeliveredVersion {
    let Version { number, observed_at, source, text } = version;
    DeliveredVersion { number, observed_at, source, text }
}
