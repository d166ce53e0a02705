//! `mute`, `mutes` and `unmute`.

use anyhow::{Context as _, anyhow};

use super::{Desk, find_article, print, print_json};
use crate::alert::LONGEST_MUTE;
use crate::cli::arguments::{General, MuteArguments, MuteKind, MutesArguments, Silence, UnmuteArguments};
use crate::cli::exit::Exit;
use crate::cli::reference::ArticleName;
use crate::cli::render;
use crate::cli::who::user;
use crate::config;
use crate::documents;
use crate::model::{Mute, MuteId, Timestamp, UnsubscriptionId};
use crate::store::{DaemonLock, MuteRequest, MuteTarget, Store};

/// Begins a mute; a running daemon holds from its next claim on.
pub async fn mute(general: &General, arguments: &MuteArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let store = desk.store().await?;
    let now = desk.terminal.now;
    let until = until(&desk, arguments)?;
    let target = target(&desk, &store, arguments).await?;
    let request = MuteRequest { target, why: arguments.why.clone(), who: Some(user()), now, until };
    let before = store.mutes(now, false).await?;
    let name = &arguments.name;
    let mute = store.mute(request).await?;
    let mute =
        mute.with_context(|| format!("feed `{name}` is in the configuration, but no daemon has taken it over yet"))?;
    if arguments.output.json {
        print_json(&mute)?;
        return Ok(Exit::Fine);
    }
    print(&render::mutes::begun(&mute, &desk.terminal))?;
    if let Some(longer) = before.iter().find(|before| before.muted == mute.muted && before.until > mute.until) {
        desk.remark(&format!(
            "it stays muted longer, until {}, by mute {}",
            desk.terminal.moment_and_ago(longer.until),
            longer.id.0
        ));
    }
    match arguments.kind {
        MuteKind::Rule if desk.config.rules.iter().any(|rule| rule.name == *name && rule.urgent) => {
            desk.remark("the rule is urgent: its alerts are held all the same");
        }
        MuteKind::Feed => desk.remark("what another feed announces too is still told"),
        MuteKind::Rule | MuteKind::Article => {}
    }
    desk.remark(&format!("`wirewatch unmute {}` lifts it", mute.id.0));
    Ok(Exit::Fine)
}

fn until(desk: &Desk, arguments: &MuteArguments) -> anyhow::Result<Timestamp> {
    let now = desk.terminal.now;
    let until = match (arguments.span, arguments.until) {
        (Some(span), _) => now + span,
        (None, Some(until)) => until.at(desk.terminal.zone, now),
        (None, None) => now,
    };
    match until {
        past if past <= now => Err(anyhow!("{} is over already", desk.terminal.moment(past))),
        late if late.since(now) > LONGEST_MUTE => Err(anyhow!(
            "{} is more than a year ahead\n\nhint: `--for 365d` is the longest",
            desk.terminal.moment(late)
        )),
        until => Ok(until),
    }
}

async fn target(desk: &Desk, store: &Store, arguments: &MuteArguments) -> anyhow::Result<MuteTarget> {
    let name = &arguments.name;
    match arguments.kind {
        MuteKind::Feed => {
            known("feed", name, desk.config.feeds.iter().map(|feed| feed.name.as_str()))?;
            Ok(MuteTarget::Feed(name.clone()))
        }
        MuteKind::Rule => {
            known("rule", name, desk.config.rules.iter().map(|rule| rule.name.as_str()))?;
            Ok(MuteTarget::Rule(name.clone()))
        }
        MuteKind::Article => {
            let named: ArticleName = name.parse()?;
            Ok(MuteTarget::Article(find_article(store, &named).await?))
        }
    }
}

/// Refuses a name that is not among those there are, with the one that may have been meant.
fn known<'n>(kind: &str, name: &str, names: impl Iterator<Item = &'n str> + Clone) -> anyhow::Result<()> {
    if names.clone().any(|known| known == name) {
        return Ok(());
    }
    let hint = match config::nearest(name, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`wirewatch {kind}s` lists them"),
    };
    Err(anyhow!("no {kind} `{name}`\n\nhint: {hint}"))
}

/// The mutes in force, and what addresses unsubscribed from.
pub async fn mutes(general: &General, arguments: &MutesArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let (mutes, unsubscribed) = match desk.store_if_any().await? {
        Some(store) => {
            (store.mutes(desk.terminal.now, arguments.all).await?, store.unsubscriptions(arguments.all).await?)
        }
        None => (Vec::new(), Vec::new()),
    };
    if arguments.output.json {
        print_json(&documents::Mutes { mutes: &mutes, unsubscribed: &unsubscribed })?;
        return Ok(Exit::Fine);
    }
    print(&render::mutes::listed(&mutes, &unsubscribed, &desk.terminal))?;
    if mutes.is_empty() && unsubscribed.is_empty() {
        desk.remark(if arguments.all { "nothing was ever muted" } else { "nothing is muted" });
    }
    Ok(Exit::Fine)
}

/// Ends mutes before their time, so that what they hold goes out at once, as one digest for each address; and takes
/// unsubscriptions back.
pub async fn unmute(general: &General, arguments: &UnmuteArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let store = desk.store().await?;
    let now = desk.terminal.now;
    let (mutes, unsubscribed) = named(&desk, &store, &arguments.ids).await?;
    let mut lifted: Vec<Mute> = Vec::new();
    for id in mutes {
        lifted.extend(store.unmute(id, now).await?);
    }
    let ended = store.resubscribe(unsubscribed, now).await?;
    let active = store.mutes(now, false).await?;
    if arguments.output.json {
        lifted.iter_mut().for_each(|mute| mute.lifted_at = Some(now));
        print_json(&documents::Mutes { mutes: &lifted, unsubscribed: &ended })?;
        return Ok(Exit::Fine);
    }
    for mute in &lifted {
        let others = active.iter().filter(|other| other.muted == mute.muted).max_by_key(|other| other.until);
        print(&render::mutes::lifted(mute, others, &desk.terminal))?;
    }
    for ended in &ended {
        print(&render::mutes::resubscribed(ended))?;
    }
    if !lifted.is_empty() && !DaemonLock::is_held(&desk.config.store.path) {
        desk.remark("no daemon runs; `wirewatch run --once` sends what was held");
    }
    Ok(Exit::Fine)
}

/// The mutes and unsubscriptions that were named, each of which must be in force.
async fn named(desk: &Desk, store: &Store, ids: &[Silence]) -> anyhow::Result<(Vec<MuteId>, Vec<UnsubscriptionId>)> {
    let now = desk.terminal.now;
    let (mutes, unsubscriptions) = (store.mutes(now, true).await?, store.unsubscriptions(true).await?);
    let (mut lifted, mut ended) = (Vec::new(), Vec::new());
    for silence in ids {
        match *silence {
            Silence::Mute(id) => {
                let Some(mute) = mutes.iter().find(|mute| mute.id.0 == id) else {
                    return Err(anyhow!("no mute {id}\n\nhint: `wirewatch mutes --all` lists them"));
                };
                if !mute.is_active(now) {
                    let (how, at) = mute.lifted_at.map_or(("ended", mute.until), |lifted| ("was lifted", lifted));
                    return Err(anyhow!("mute {id} {how} {}", desk.terminal.moment_and_ago(at)));
                }
                lifted.push(mute.id);
            }
            Silence::Unsubscription(id) => {
                let Some(known) = unsubscriptions.iter().find(|known| known.id.0 == id) else {
                    return Err(anyhow!("no unsubscription u{id}\n\nhint: `wirewatch mutes --all` lists them"));
                };
                if let Some(at) = known.ended_at {
                    return Err(anyhow!("unsubscription u{id} was taken back {}", desk.terminal.moment_and_ago(at)));
                }
                ended.push(known.id);
            }
        }
    }
    Ok((lifted, ended))
}
