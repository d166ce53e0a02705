//! `alerts` and `status`.

use anyhow::anyhow;

use super::{Desk, print, print_json};
use crate::cli::arguments::{AlertsArguments, AlertsCommand, General, StatusArguments};
use crate::cli::exit::Exit;
use crate::cli::render;
use crate::cli::terminal::write_document;
use crate::cli::text::count;
use crate::config::FeedConfig;
use crate::documents;
use crate::model::DeliveryState;
use crate::store::{DaemonLock, FeedCounts, OutboxRow, QueueCounts, Store, StoreStatus, Unreadable};
use crate::transport;
use crate::words;

/// The outbox, or one of the commands about it.
pub async fn alerts(general: &General, arguments: &AlertsArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    match &arguments.command {
        None => list(&desk, arguments).await,
        Some(AlertsCommand::Retry { ids, held, output }) => {
            retry(&desk, &desk.store().await?, ids, *held, output.json || arguments.list.json).await
        }
        Some(AlertsCommand::Show { id, raw, output }) => {
            let shape = match (output.json || arguments.list.json, raw) {
                (true, _) => Shape::Json,
                (false, true) => Shape::Raw,
                (false, false) => Shape::Decoded,
            };
            show(&desk, &desk.store().await?, *id, shape).await
        }
    }
}

async fn list(desk: &Desk, arguments: &AlertsArguments) -> anyhow::Result<Exit> {
    let limit = desk.limit(arguments.limit, arguments.list.json);
    // One more than is shown tells whether there are more.
    let read = limit.map_or(u32::MAX, |limit| limit.saturating_add(1));
    let store = desk.store_if_any().await?;
    let mut rows = match &store {
        Some(store) => store.outbox(arguments.state.map(Into::into), read).await?,
        None => Vec::new(),
    };
    let notices = match &store {
        Some(store) => store.outbox_notices(arguments.state.map(Into::into), limit.unwrap_or(u32::MAX)).await?,
        None => Vec::new(),
    };
    let is_cut = limit.is_some_and(|limit| rows.len() > limit as usize);
    rows.truncate(limit.unwrap_or(u32::MAX) as usize);
    if arguments.list.json {
        print_json(&documents::Alerts { alerts: &rows, notices: &notices })?;
        return Ok(Exit::Fine);
    }
    let listed = render::alerts::listed(&rows, &desk.terminal);
    let notices = render::alerts::notices(&notices, arguments.state.is_some(), &desk.terminal);
    desk.show(&format!("{listed}{notices}"))?;
    match (rows.is_empty(), arguments.state.is_some() && store.is_some(), is_cut) {
        (true, true, _) => desk.remark("no alert is in this state"),
        (true, false, _) => desk.remark(render::alerts::NONE),
        (false, _, true) => desk.remark(&format!("the newest {}; `--limit 0` shows all", rows.len())),
        (false, _, false) => {}
    }
    Ok(Exit::Fine)
}

async fn retry(desk: &Desk, store: &Store, ids: &[i64], held: bool, is_json: bool) -> anyhow::Result<Exit> {
    let mut named: Vec<i64> = find_all(store, ids, desk).await?;
    if held {
        named = store.outbox(Some(DeliveryState::Held), u32::MAX).await?.iter().map(|row| row.id).collect();
    }
    let mut due = 0;
    if !named.is_empty() {
        due += store.retry(Some(&named), desk.terminal.now).await?;
    }
    if ids.is_empty() {
        due += store.retry(None, desk.terminal.now).await?;
    }
    if is_json {
        print_json(&documents::Retried { messages: due })?;
        return Ok(Exit::Fine);
    }
    let is_running = DaemonLock::is_held(&desk.config.store.path);
    desk.remark(&match (due, is_running) {
        (0, _) => "nothing to send again".to_owned(),
        (due, true) => format!("{} will be sent again now", count(due as u64, "message")),
        (due, false) => {
            let messages = count(due as u64, "message");
            format!("{messages} will be sent again; no daemon runs, `wirewatch run --once` sends")
        }
    });
    Ok(Exit::Fine)
}

/// The alerts of these numbers, if all are there to be sent again; else everything that stands in the way.
async fn find_all(store: &Store, ids: &[i64], desk: &Desk) -> anyhow::Result<Vec<i64>> {
    let mut problems = Vec::new();
    for id in ids {
        match store.outbox_row(*id).await? {
            None => problems.push(format!("no alert {id}")),
            Some(OutboxRow { state: DeliveryState::Sent, sent_at, .. }) => {
                let at = sent_at.map(|at| format!(", {}", desk.terminal.moment_and_ago(at))).unwrap_or_default();
                problems.push(format!("alert {id} was sent{at}"));
            }
            Some(_) => {}
        }
    }
    match problems.is_empty() {
        true => Ok(ids.to_vec()),
        false => Err(anyhow!("{}\n\nhint: `wirewatch alerts` lists them; nothing was sent again", problems.join("\n"))),
    }
}

/// How a message is to be shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Decoded,
    Raw,
    Json,
}

async fn show(desk: &Desk, store: &Store, id: i64, shape: Shape) -> anyhow::Result<Exit> {
    let row = store.outbox_row(id).await?;
    let row = row.ok_or_else(|| anyhow!("no alert {id}\n\nhint: `wirewatch alerts` lists them"))?;
    let message = store.message(id).await?;
    if shape == Shape::Json {
        let read = message.as_deref().map(transport::read);
        let message = message.map(|message| String::from_utf8_lossy(&message).into_owned());
        let text = read.as_ref().map(|read| read.text.as_str());
        print_json(&documents::AlertMessage { row: &row, message: message.as_deref(), text })?;
        return Ok(Exit::Fine);
    }
    match message {
        // Into a file goes the message itself, byte for byte.
        Some(message) if shape == Shape::Raw || desk.terminal.width.is_none() => write_document(&message)?,
        None if shape == Shape::Raw && row.state == DeliveryState::Sent => {
            return Err(anyhow!("{}", words::NO_MESSAGE_ANY_MORE));
        }
        None if shape == Shape::Raw => {
            return Err(anyhow!("the message of alert {id} is written when it is first sent"));
        }
        message => {
            let message = message.as_deref().map(transport::read);
            print(&render::alerts::shown(&row, message.as_ref(), &desk.terminal))?;
        }
    }
    Ok(Exit::Fine)
}

/// Everything on one screen.
pub async fn status(general: &General, arguments: &StatusArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let path = &desk.config.store.path;
    let (store, mutes, suspended) = match desk.store_if_any().await? {
        Some(store) => (store.status().await?, store.mutes(desk.terminal.now, false).await?, store.suspended().await?),
        None => (nothing_stored(&desk.config.feeds), Vec::new(), Vec::new()),
    };
    let is_running = DaemonLock::is_held(path);
    let version = env!("CARGO_PKG_VERSION");
    if arguments.output.json {
        print_json(&documents::Status {
            running: is_running,
            version,
            store: &store,
            mutes: &mutes,
            suspended: &suspended,
        })?;
        return Ok(Exit::Fine);
    }
    let database = path.display().to_string();
    let status = render::status::Status {
        is_running,
        version,
        database: &database,
        store: &store,
        mutes: &mutes,
        suspended: &suspended,
    };
    print(&render::status::shown(&status, &desk.terminal))?;
    if !is_running {
        desk.remark("\n`wirewatch run` starts it");
    }
    Ok(Exit::Fine)
}

/// The status before the first run: feeds that nobody has polled.
fn nothing_stored(feeds: &[FeedConfig]) -> StoreStatus {
    let enabled = feeds.iter().filter(|feed| feed.enabled).count();
    let paused = feeds.len() - enabled;
    StoreStatus {
        feeds: FeedCounts { healthy: enabled as u64, failing: 0, paused: paused as u64 },
        articles: 0,
        versions: 0,
        queue: QueueCounts::default(),
        unfit: 0,
        damaged: 0,
        unreadable: Unreadable::default(),
        database_bytes: 0,
        disk: None,
        last_poll: None,
        last_alert: None,
        notices: Vec::new(),
    }
}
