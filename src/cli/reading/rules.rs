//! `rules`, `rules test`, `rules explain`.

use super::articles::{refuse_hidden, version, version_row};
use super::{Desk, Told, find_history, print, print_json, replay};
use crate::archive::Seen;
use crate::cli::arguments::{General, RulesArguments, RulesCommand};
use crate::cli::exit::Exit;
use crate::cli::reference::ArticleVersion;
use crate::cli::render::{self, explanation::Explained};
use crate::documents::{self, RuleRow};

/// The rules, or one of the commands about them.
pub async fn rules(general: &General, arguments: &RulesArguments) -> anyhow::Result<Exit> {
    let desk = Desk::new(general)?;
    let is_json = |json: bool| json || arguments.list.json;
    match &arguments.command {
        None => list(&desk, arguments.list.json).await,
        Some(RulesCommand::Test { query, since, output }) => {
            replay::test(&desk, query, *since, is_json(output.json)).await
        }
        Some(RulesCommand::Explain { query, article, output }) => {
            explain(&desk, query, article, is_json(output.json)).await
        }
    }
}

async fn list(desk: &Desk, is_json: bool) -> anyhow::Result<Exit> {
    let hits = match desk.store_if_any().await? {
        Some(store) => store.rule_hits().await?,
        None => Vec::new(),
    };
    let rows = RuleRow::all(desk.rules().iter(), &hits);
    if is_json {
        print_json(&documents::Rules { rules: &rows })?;
        return Ok(Exit::Fine);
    }
    desk.show(&render::rules::listed(&rows, &desk.terminal))?;
    if rows.is_empty() {
        desk.remark(render::rules::NONE);
    }
    Ok(Exit::Fine)
}

async fn explain(desk: &Desk, typed: &str, named: &ArticleVersion, is_json: bool) -> anyhow::Result<Exit> {
    let Some(query) = desk.query(typed) else { return Ok(Exit::Misused) };
    desk.remark_on_events(&query, Told::OfOneVersion);
    let store = desk.store().await?;
    let history = find_history(&store, &named.article, &desk.terminal).await?;
    let row = version_row(&history, named.version)?;
    refuse_hidden(desk, &history, row)?;
    let version = version(&store, &history, row.number).await?;
    let Some(article) = store.article(history.article.id).await? else { return Ok(Exit::Failed) };
    let seen = Seen::new(&store, &article, version, query.uses_change()).await?;
    let explanation = seen.explain(&query);
    if is_json {
        print_json(&documents::Explained {
            article: article.row.id,
            version: row.number,
            matches: explanation.held,
            explanation: (&explanation).into(),
        })?;
        return Ok(Exit::Fine);
    }
    let of = format!("{}@{}", article.row.id.0, row.number);
    let (headline, text) = (row.headline.as_deref(), &seen.version.text);
    let explained = Explained { of: &of, headline, text, explanation: &explanation };
    print(&render::explanation::explained(&explained, &desk.terminal))?;
    let earlier = history.versions.iter().rev().find(|earlier| earlier.number < row.number && earlier.hidden.is_none());
    if let Some(earlier) = earlier.filter(|_| !explanation.held && !row.is_technical()) {
        let before = self::version(&store, &history, earlier.number).await?;
        let before = Seen::new(&store, &article, before, query.uses_change()).await?;
        if before.matches(&query).is_some() {
            desk.remark(&format!("\nversion {} matched: what a rule looks for is no longer there", earlier.number));
        }
    }
    Ok(Exit::Fine)
}
