//! `export --format html`: one article as a report.

use std::io;

use anyhow::{Context as _, anyhow};

use super::failed;
use super::sink::{Reader, Sink};
use crate::archive::rules_of;
use crate::cli::arguments::ExportArguments;
use crate::cli::exit::Exit;
use crate::cli::reading::{Desk, find_history};
use crate::cli::reference::ArticleName;
use crate::cli::render::report::{self, Report};
use crate::diff;
use crate::model::Version;
use crate::store::{History, Store, StoreError, VersionRow};

/// Writes the report of the one article that is named. In memory there are two of its versions at a time.
pub(super) async fn write(desk: &Desk, store: &Store, arguments: &ExportArguments) -> anyhow::Result<Exit> {
    let history = find_history(store, &named(arguments)?, &desk.terminal).await?;
    let id = history.article.id;
    let article = store.article(id).await?.context("the article has just been removed")?;
    let rules = rules_of(store, &desk.rules(), &article).await?;
    let flaws = store.verify_articles(vec![id]).await?.flaws;
    let report = Report { history: &history, rules: &rules, flaws: &flaws, terminal: &desk.terminal };
    let path = arguments.output.as_deref();
    let failed = |error: io::Error| failed(path, &error);
    let mut sink = Sink::open(path).map_err(failed)?;
    if sink.write(report.head().as_bytes()).map_err(failed)? == Reader::Gone {
        return Ok(Exit::Fine);
    }
    let mut shown: Option<(&VersionRow, Version)> = None;
    for index in 0..history.versions.len() {
        let part = part(store, &report, index, &mut shown).await?;
        if sink.write(part.as_bytes()).map_err(failed)? == Reader::Gone {
            return Ok(Exit::Fine);
        }
    }
    let latest = shown.as_ref().map(|(row, version)| (*row, &version.text));
    if sink.write(report.foot(latest).as_bytes()).map_err(failed)? == Reader::There {
        sink.finish().map_err(failed)?;
    }
    if flaws.is_empty() {
        return Ok(Exit::Fine);
    }
    desk.remark(&format!("what is stored of article {} is not what was stored; the report says where", id.0));
    Ok(Exit::Failed)
}

fn named(arguments: &ExportArguments) -> anyhow::Result<ArticleName> {
    let of_one =
        "a report is of one article\n\nhint: name it by its number or URL, as in `wirewatch export 12 --format html`";
    match (&arguments.query, arguments.article.as_slice()) {
        (Some(typed), []) => typed.parse().map_err(|error| anyhow!("{typed:?} is {error}; {of_one}")),
        (None, [name]) => Ok(name.clone()),
        _ => Err(anyhow!(of_one)),
    }
}

/// One version: the first in full, a later one by what it changed of the one that was shown last.
async fn part<'h>(
    store: &Store,
    report: &Report<'h>,
    index: usize,
    shown: &mut Option<(&'h VersionRow, Version)>,
) -> anyhow::Result<String> {
    let History { article, versions, .. } = report.history;
    let row = &versions[index];
    let before = index.checked_sub(1).map(|before| &versions[before]);
    if let Some(hiding) = &row.hidden {
        return Ok(report.unshown(row, before, &report::hidden(hiding, report.terminal)));
    }
    let version = match store.version(article.id, Some(row.number)).await {
        Err(StoreError::Unreadable(what)) => {
            return Ok(report.unshown(row, before, &format!("This version cannot be shown: {what}.")));
        }
        version => version?.context("a version has just been removed")?,
    };
    let written = match (&*shown, before) {
        (Some((last, old)), Some(before)) => {
            let words = diff::align(&old.text, &version.text);
            let since = (last.number != before.number).then_some(last.number);
            report.step(row, before, since, &words, version.text.language.as_deref())
        }
        _ => report.first(row, before, &version.text),
    };
    *shown = Some((row, version));
    Ok(written)
}
