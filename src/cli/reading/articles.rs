//! `articles`, `history`, `show`, `diff`.

use std::io::IsTerminal;

use anyhow::{Context as _, anyhow};

use super::listing::{self, Listing};
use super::{Desk, Told, find_history, print, print_json};
use crate::archive::{self, Seen, mutes_of, rules_of, uses_change};
use crate::cli::arguments::{ArticlesArguments, DiffArguments, DiffFormat, General, HistoryArguments, ShowArguments};
use crate::cli::exit::Exit;
use crate::cli::render::{self, articles::Listed};
use crate::cli::terminal::{clean_lines, write_document};
use crate::diff;
use crate::documents;
use crate::model::{Change, Version};
use crate::store::{History, Store, VersionRow};

/// The stored articles, filtered.
pub async fn articles(general: &General, arguments: &ArticlesArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let query = match &arguments.query {
        Some(typed) => match desk.query(typed) {
            Some(query) => Some(query),
            None => return Ok(Exit::Misused),
        },
        None => None,
    };
    if let Some(query) = &query {
        desk.remark_on_events(query, Told::OfArticles);
    }
    let store = desk.store_if_any().await?;
    check_names(&desk, store.as_ref(), arguments).await?;
    let limit = desk.limit(arguments.limit, arguments.output.json);
    let found = match &store {
        Some(store) => listing::list(&desk, store, query.clone(), arguments, limit).await?,
        None => Listing::default(),
    };
    desk.remark_on_damage(&found.damaged);
    if arguments.output.json {
        let articles =
            found.articles.iter().map(|found| documents::Article { row: &found.row, rules: &found.rules }).collect();
        let matched_earlier = found.matched_earlier.iter().map(documents::EarlierArticle::new).collect();
        print_json(&documents::Articles { articles, matched_earlier })?;
        return Ok(Exit::Fine);
    }
    let listed: Vec<Listed<'_>> = found.articles.iter().map(listing::listed).collect();
    desk.show(&render::articles::listed(&listed, &desk.terminal))?;
    let ArticlesArguments { rule, feed, since, revised, .. } = arguments;
    let is_filtered = query.is_some() || rule.is_some() || feed.is_some() || since.is_some() || *revised;
    match (listed.is_empty(), is_filtered && store.is_some(), found.is_cut) {
        (true, true, _) => desk.remark(render::articles::NONE_FOUND),
        (true, false, _) => desk.remark(render::articles::NONE),
        (false, _, true) => desk.remark(&format!("the newest {}; `--limit 0` shows all", listed.len())),
        (false, _, false) => {}
    }
    if let Some(remark) = render::articles::matched_earlier(&found.matched_earlier) {
        desk.remark(&remark);
    }
    Ok(Exit::Fine)
}

/// Refuses the name of a rule or feed that neither the configuration nor the store knows.
pub(super) async fn check_names(
    desk: &Desk,
    store: Option<&Store>,
    arguments: &ArticlesArguments,
) -> anyhow::Result<()> {
    if let Some(name) = &arguments.rule
        && !desk.config.rules.iter().any(|rule| rule.name == *name)
    {
        let hits = match store {
            Some(store) => store.rule_hits().await?,
            None => Vec::new(),
        };
        if !hits.iter().any(|hits| hits.rule == *name) {
            return Err(anyhow!("no rule `{name}`\n\nhint: `wirewatch rules` lists them"));
        }
    }
    if let Some(name) = &arguments.feed
        && !desk.config.feeds.iter().any(|feed| feed.name == *name)
    {
        let rows = match store {
            Some(store) => store.feeds().await?,
            None => Vec::new(),
        };
        if !rows.iter().any(|row| row.name == *name) {
            return Err(anyhow!("no feed `{name}`\n\nhint: `wirewatch feeds` lists them"));
        }
    }
    Ok(())
}

/// Every version of one article.
pub async fn history(general: &General, arguments: &HistoryArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let store = desk.store().await?;
    let id = super::find_article(&store, &arguments.article).await?;
    let history = store.history(id).await?.context("the article has just been removed")?;
    let article = store.article(id).await?.context("the article has just been removed")?;
    let rules = rules_of(&store, &desk.rules(), &article).await?;
    let mutes = mutes_of(&store, &history, desk.terminal.now).await?;
    if arguments.output.json {
        print_json(&documents::HistoryDocument::new(&history, &rules, &mutes))?;
        return Ok(Exit::Fine);
    }
    desk.show(&render::history::told(&history, &rules, &mutes, &desk.terminal))?;
    if history.article.revisions > 0 {
        desk.remark(&format!("\n`wirewatch diff {}` shows the words of the last change", id.0));
    }
    Ok(Exit::Fine)
}

/// One version in full.
pub async fn show(general: &General, arguments: &ShowArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let store = desk.store().await?;
    let history = find_history(&store, &arguments.article.article, &desk.terminal).await?;
    let row = version_row(&history, arguments.article.version)?;
    refuse_hidden(&desk, &history, row)?;
    if arguments.html {
        return show_page(&store, &history, row).await;
    }
    let version = version(&store, &history, row.number).await?;
    let article = store.article(history.article.id).await?.context("the article has just been removed")?;
    let rules = desk.rules();
    let seen = Seen::new(&store, &article, version, uses_change(&rules)).await?;
    let (names, matches) = seen.rules(&rules);
    let text = &seen.version.text;
    if arguments.output.json {
        print_json(&documents::Shown::new(&history.article, row, text, &names))?;
        return Ok(Exit::Fine);
    }
    let shown = render::show::Shown { article: &history.article, version: row, text, rules: &names, matches: &matches };
    desk.show(&render::show::shown(&shown, &desk.terminal))?;
    Ok(Exit::Fine)
}

/// The page as it was stored: byte for byte into a file, without control characters onto a terminal.
async fn show_page(store: &Store, history: &History, row: &VersionRow) -> anyhow::Result<Exit> {
    let id = history.article.id;
    let Some(page) = store.page(id, row.number).await? else {
        let why = "it was read from its feed, or `keep_pages` was off";
        return Err(anyhow!("no page is stored of version {} of article {}: {why}", row.number, id.0));
    };
    if std::io::stdout().is_terminal() {
        print(&clean_lines(&String::from_utf8_lossy(&page.body)))?;
    } else {
        write_document(&page.body)?;
    }
    Ok(Exit::Fine)
}

/// The words that changed between two versions.
pub async fn diff(general: &General, arguments: &DiffArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let store = desk.store().await?;
    let history = find_history(&store, &arguments.article.article, &desk.terminal).await?;
    let article = &history.article;
    let (from, to) = match arguments.article.versions {
        Some((from, to)) => (version_row(&history, Some(from))?, version_row(&history, Some(to))?),
        None => last_revision(&desk, &history)?,
    };
    refuse_hidden(&desk, &history, from)?;
    refuse_hidden(&desk, &history, to)?;
    let old = version(&store, &history, from.number).await?;
    let new = version(&store, &history, to.number).await?;
    let words = diff::align(&old.text, &new.text);
    let format = if arguments.json { DiffFormat::Json } else { arguments.format };
    match format {
        DiffFormat::Json => print_json(&documents::DiffDocument::new(from.number, to.number, &words))?,
        DiffFormat::Unified => {
            let side = |row: &VersionRow| format!("{}@{} {}", article.id.0, row.number, row.observed_at);
            desk.show(&render::unified::unified(&side(from), &side(to), &words, &desk.terminal))?;
        }
        DiffFormat::Words | DiffFormat::Html => {
            let change = change_between(&desk, &store, &history, (from, &old), (to, &new)).await?;
            let change = change.as_ref();
            if format == DiffFormat::Words {
                let heading = render::diff::heading(article, from, to, change, &desk.terminal);
                desk.show(&(heading + &render::diff::words(&words, &desk.terminal)))?;
            } else {
                let facts = render::diff::facts(from, to, change, &desk.terminal);
                let title = to.headline.as_deref().unwrap_or("(no headline)");
                let language = new.text.language.as_deref();
                let head = render::html::Head { title, url: Some(article.url.as_str()), facts: &facts, language };
                print(&render::html::page(&head, &words))?;
            }
        }
    }
    Ok(Exit::Fine)
}

/// The last step that the publisher made. What was only read otherwise since is no part of it.
fn last_revision<'h>(desk: &Desk, history: &'h History) -> anyhow::Result<(&'h VersionRow, &'h VersionRow)> {
    let id = history.article.id.0;
    let Some((from, to)) = archive::last_revision(history) else {
        return Err(match history.versions.as_slice() {
            [_, .., to] => anyhow!(
                "article {id} was not revised: it was only read otherwise\n\nhint: `wirewatch diff {id}@{}` shows how",
                to.number
            ),
            _ => anyhow!("article {id} has only one version: nothing has changed"),
        });
    };
    if let Some(latest) = history.versions.last().filter(|latest| latest.number > to.number) {
        desk.remark(&format!("since then only read otherwise: `wirewatch diff {id}@{}` shows how\n", latest.number));
    }
    Ok((from, to))
}

/// What the publisher changed between two versions; says so where some of the difference is our reading's.
async fn change_between(
    desk: &Desk,
    store: &Store,
    history: &History,
    from: (&VersionRow, &Version),
    to: (&VersionRow, &Version),
) -> anyhow::Result<Option<Change>> {
    let between = archive::change_between(store, history, from, to).await?;
    if !between.read_otherwise.is_empty() {
        let numbers: Vec<String> = between.read_otherwise.iter().map(u32::to_string).collect();
        desk.remark(&format!(
            "some of this is not the publisher's: what was read otherwise from version {} on\n",
            numbers.join(" and ")
        ));
    }
    Ok(between.change)
}

/// Says of a version that is shown no more what remains of it.
pub(super) fn refuse_hidden(desk: &Desk, history: &History, row: &VersionRow) -> anyhow::Result<()> {
    let Some(hiding) = &row.hidden else { return Ok(()) };
    let told = render::hiding::told(hiding, &desk.terminal).rendered(false);
    Err(anyhow!("version {} of article {} is shown no more: {told}", row.number, history.article.id.0))
}

/// The row of a version, the latest if none is named.
pub(super) fn version_row(history: &History, number: Option<u32>) -> anyhow::Result<&VersionRow> {
    let found = match number {
        Some(number) => history.versions.iter().find(|version| version.number == number),
        None => history.versions.last(),
    };
    found.ok_or_else(|| {
        let (id, versions) = (history.article.id.0, history.versions.len() as u64);
        let has = crate::cli::text::count(versions, "version");
        anyhow!("article {id} has {has}, not a version {}", number.unwrap_or(1))
    })
}

pub(super) async fn version(store: &Store, history: &History, number: u32) -> anyhow::Result<Version> {
    let version = store.version(history.article.id, Some(number)).await?;
    version.with_context(|| format!("version {number} of article {} has just been removed", history.article.id.0))
}
