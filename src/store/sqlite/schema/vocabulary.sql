-- The full-text index, the last part of the first schema. All of it follows from the versions: a damaged one is dropped
-- and made anew with these statements.

-- The words of the versions as queries compare them, each text a row of words with blanks between: split at blanks and
-- nowhere else, so that every sign is part of its word. A row (its number is the article's times 2^24 plus the
-- version's) holds the words that the version before has not; together the rows of an article hold all that it ever had.
-- Every version has a row, if an empty one, or is due.
CREATE VIRTUAL TABLE vocabulary USING fts5 (
    words, content = '', contentless_delete = 1, detail = none,
    tokenize = "ascii tokenchars '!""#$%&''()*+,-./:;<=>?@[\]^_`{|}~'"
);

-- The versions whose words are not among them yet. They come with their version and go with their words.
CREATE TABLE vocabulary_due (
    damaged    INTEGER NOT NULL,                   -- their words could not be read; tried again at the next start
    article_id INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    PRIMARY KEY (damaged, article_id, number),
    FOREIGN KEY (article_id, number) REFERENCES versions (article_id, number)
) STRICT, WITHOUT ROWID;

-- How many parts the index has to have: where FTS5 misses one it finds nothing, and does not say so.
INSERT OR REPLACE INTO meta (name, value) VALUES ('vocabulary_parts', '0');
