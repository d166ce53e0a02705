//! `alerts` and `status`.

use anyhow::anyhow;

use super::{Desk, print, print_json};
use crate::cli::arguments::{AlertsArguments, AlertsCommand, General, StatusArguments};
use crate::cli::documents;
use crate::cli::exit::Exit;
use crate::cli::render;
use crate::cli::terminal::write_document;
use crate::cli::text::count;
use crate::config::FeedConfig;
use crate::store::{DaemonLock, FeedCounts, OutboxRow, QueueCounts, Store, StoreStatus, Unreadable};

/// The outbox, or one of the commands about it.
pub async fn alerts(general: &General, arguments: &AlertsArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    match &arguments.command {
        None => list(&desk, arguments).await,
        Some(AlertsCommand::Retry { ids }) => retry(&desk, &desk.store().await?, ids).await,
        Some(AlertsCommand::Show { id, output }) => {
            show(&desk, &desk.store().await?, *id, output.json || arguments.list.json).await
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
    let is_cut = limit.is_some_and(|limit| rows.len() > limit as usize);
    rows.truncate(limit.unwrap_or(u32::MAX) as usize);
    if arguments.list.json {
        print_json(&documents::Alerts { alerts: &rows })?;
        return Ok(Exit::Fine);
    }
    print(&render::alerts::listed(&rows, &desk.terminal))?;
    match (rows.is_empty(), arguments.state.is_some() && store.is_some(), is_cut) {
        (true, true, _) => desk.remark("no alert is in this state"),
        (true, false, _) => desk.remark(render::alerts::NONE),
        (false, _, true) => desk.remark(&format!("the newest {}; `--limit 0` shows all", rows.len())),
        (false, _, false) => {}
    }
    Ok(Exit::Fine)
}

async fn retry(desk: &Desk, store: &Store, ids: &[i64]) -> anyhow::Result<Exit> {
    for id in ids {
        find(store, *id).await?;
    }
    let asked = (!ids.is_empty()).then_some(ids);
    let retried = store.retry(asked, desk.terminal.now).await?;
    let is_running = DaemonLock::is_held(&desk.config.store.path);
    desk.remark(&match (retried, is_running) {
        (0, _) => "nothing to send again".to_owned(),
        (retried, true) => format!("{} will be sent again now", count(retried as u64, "message")),
        (retried, false) => {
            let messages = count(retried as u64, "message");
            format!("{messages} will be sent again; no daemon runs, `wirewatch run --once` sends")
        }
    });
    Ok(Exit::Fine)
}

async fn show(desk: &Desk, store: &Store, id: i64, is_json: bool) -> anyhow::Result<Exit> {
    let row = find(store, id).await?;
    let message = store.message(id).await?;
    if is_json {
        let message = message.map(|message| String::from_utf8_lossy(&message).into_owned());
        print_json(&documents::AlertMessage { row: &row, message: message.as_deref() })?;
        return Ok(Exit::Fine);
    }
    match message {
        // Into a file goes the message itself, byte for byte.
        Some(message) if desk.terminal.width.is_none() => write_document(&message)?,
        message => {
            let message = message.map(|message| String::from_utf8_lossy(&message).into_owned());
            print(&render::alerts::shown(&row, message.as_deref(), &desk.terminal))?;
        }
    }
    Ok(Exit::Fine)
}

async fn find(store: &Store, id: i64) -> anyhow::Result<OutboxRow> {
    let rows = store.outbox(None, u32::MAX).await?;
    let found = rows.into_iter().find(|row| row.id == id);
    found.ok_or_else(|| anyhow!("no alert {id}\n\nhint: `wirewatch alerts` lists them"))
}

/// Everything on one screen.
pub async fn status(general: &General, arguments: &StatusArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let path = &desk.config.store.path;
    let (store, mutes) = match desk.store_if_any().await? {
        Some(store) => (store.status().await?, store.mutes(desk.terminal.now, false).await?),
        None => (nothing_stored(&desk.config.feeds), Vec::new()),
    };
    let is_running = DaemonLock::is_held(path);
    let version = env!("CARGO_PKG_VERSION");
    if arguments.output.json {
        print_json(&documents::Status { running: is_running, version, store: &store, mutes: &mutes })?;
        return Ok(Exit::Fine);
    }
    let database = path.display().to_string();
    let status = render::status::Status { is_running, version, database: &database, store: &store, mutes: &mutes };
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
        last_poll: None,
        last_alert: None,
        notices: Vec::new(),
    }
}
