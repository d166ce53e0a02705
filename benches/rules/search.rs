//! A peer: SQLite's FTS5 with the one article in it, and every rule run as a query of its own.
//!
//! Phrases and NEAR cross the ends of paragraphs there, and fuzzy terms are beyond it.

use rusqlite::{Connection, params};

use wirewatch::model::{ArticleText, FeedFacts};

use crate::drawing::Drawn;

pub struct Search {
    connection: Connection,
    /// For each rule its FTS5 expression, where there is one.
    queries: Vec<Option<String>>,
}

impl Search {
    pub fn new(rules: &[Drawn]) -> anyhow::Result<Self> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE VIRTUAL TABLE article USING fts5(title, summary, body, content = '',
                 tokenize = 'unicode61 remove_diacritics 2')",
        )?;
        let queries = rules.iter().map(|rule| rule.part.in_fts5());
        Ok(Self { connection, queries: queries.collect() })
    }

    /// How many rules there is no expression for.
    pub fn untold(&self) -> usize {
        self.queries.iter().filter(|query| query.is_none()).count()
    }

    /// Puts the article in the place of the one before. All that follows is one transaction, which is cheaper.
    pub fn index(&self, article: &ArticleText) -> anyhow::Result<()> {
        if self.connection.is_autocommit() {
            self.connection.execute_batch("BEGIN")?;
        }
        self.connection.execute("INSERT INTO article (article) VALUES ('delete-all')", [])?;
        let mut insert = self
            .connection
            .prepare_cached("INSERT INTO article (rowid, title, summary, body) VALUES (1, ?1, ?2, ?3)")?;
        insert.execute(params![article.headline, article.summary, article.text()])?;
        Ok(())
    }

    /// The rules that match what is indexed, by index, in order.
    pub fn matches(&self, rules: &[Drawn], feeds: &[FeedFacts]) -> anyhow::Result<Vec<usize>> {
        let mut asked = self.connection.prepare_cached("SELECT 1 FROM article WHERE article MATCH ?1")?;
        let mut matching = Vec::new();
        for (number, (rule, query)) in rules.iter().zip(&self.queries).enumerate() {
            if let Some(query) = query
                && rule.covers(feeds)
                && asked.exists([query])?
            {
                matching.push(number);
            }
        }
        Ok(matching)
    }
}
