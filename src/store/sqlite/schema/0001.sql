-- The first schema. A migration never changes once it was released: the next one gets the next number.
--
-- Times are milliseconds since the epoch, UTC. Columns ending in `_at` hold times. Words (`state`, `kind`, …) are
-- those of the model. `packed` columns hold JSON compressed with zstd.
--
-- `due_at` says when a row wants work, `lease_until` until when somebody is at it, `token` who: it grows with each
-- claim. `ready_at` is when the row can be claimed next, and every queue is an index on it.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Tells the message ids of this database from those of every other.
INSERT INTO meta (name, value) VALUES ('instance', lower(hex(randomblob(8))));

-- Counted as rows come, because counting a large table takes long.
CREATE TABLE totals (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    articles     INTEGER NOT NULL DEFAULT 0,
    versions     INTEGER NOT NULL DEFAULT 0,
    last_poll_at INTEGER
) STRICT;

INSERT INTO totals (id) VALUES (1);

CREATE TABLE feeds (
    id              INTEGER PRIMARY KEY,
    name            TEXT    NOT NULL UNIQUE,
    url             TEXT    NOT NULL,
    host            TEXT    NOT NULL,              -- of the url: claims spread over hosts
    config          TEXT    NOT NULL,              -- JSON, the whole of it
    tags            TEXT    NOT NULL,              -- JSON array
    state           TEXT    NOT NULL CHECK (state IN ('watched', 'paused', 'removed')),
    due_at          INTEGER,
    lease_until     INTEGER,
    token           INTEGER NOT NULL DEFAULT 0,
    ready_at        INTEGER AS (iif(due_at IS NULL, NULL, coalesce(lease_until, due_at))) VIRTUAL,
    etag            BLOB,
    last_modified   BLOB,
    body            BLOB,                          -- BLAKE3 of the last body that was read in full
    failures        INTEGER NOT NULL DEFAULT 0,
    failing_since_at INTEGER,                      -- the first failure in a row, times without a network left out
    recovered_at    INTEGER,                       -- when the last row of failures ended
    keys            BLOB,                          -- packed: how its entries are told apart; NULL: as by default
    rhythm          BLOB,                          -- packed: how its news comes; NULL: nothing learnt yet
    volume          BLOB,                          -- packed: how much of it comes at once
    tempo           BLOB,                          -- packed: how often it has news, where its schedule asks
    polls           INTEGER NOT NULL DEFAULT 0,    -- that read it
    begun           INTEGER NOT NULL DEFAULT 0,    -- read whole once, or three times: what is new in it is news
    silent_at       INTEGER,                       -- without news by then it is strangely silent; NULL: nobody knows yet
    last_poll_at    INTEGER,
    last_success_at INTEGER,
    last_full_at    INTEGER,
    last_status     INTEGER,
    last_error      TEXT,
    distrusted_until INTEGER,                      -- it said 304 though it had changed: asked without conditions until then
    hints           TEXT,                          -- JSON: when its document says to come again; NULL: it says nothing
    moved_to        TEXT,                          -- where its address redirects for good
    moved_at        INTEGER,                       -- since when; NULL: it does not, or another feed is there
    moved_polls     INTEGER NOT NULL DEFAULT 0,    -- that were led there in a row
    listed          INTEGER NOT NULL DEFAULT 0,    -- entries of the document that was read last
    entries         INTEGER NOT NULL DEFAULT 0,
    articles        INTEGER NOT NULL DEFAULT 0,
    CHECK (state = 'watched' OR due_at IS NULL)
) STRICT;

CREATE INDEX feeds_url ON feeds (url);
CREATE INDEX feeds_ready ON feeds (ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX feeds_leased ON feeds (lease_until, host) WHERE lease_until IS NOT NULL;
CREATE INDEX feeds_health ON feeds (state, failures);
CREATE INDEX feeds_failing ON feeds (failing_since_at) WHERE failing_since_at IS NOT NULL;
CREATE INDEX feeds_failing_host ON feeds (host) WHERE failing_since_at IS NOT NULL;
CREATE INDEX feeds_moved ON feeds (moved_at) WHERE moved_at IS NOT NULL;
CREATE INDEX feeds_silent ON feeds (silent_at) WHERE silent_at IS NOT NULL;

-- With the hubs that feeds name (WebSub): one at most for each feed.
CREATE TABLE subscriptions (
    feed_id        INTEGER PRIMARY KEY REFERENCES feeds (id) ON DELETE CASCADE,
    hub            TEXT    NOT NULL,
    topic          TEXT    NOT NULL,               -- by which the hub knows the feed
    token          TEXT    NOT NULL UNIQUE,        -- the last part of the address that the hub calls
    callback       TEXT,                           -- what stands before it, as the hub was told
    state          TEXT    NOT NULL CHECK (state IN ('asking', 'active', 'refused', 'given_up')),
    due_at         INTEGER NOT NULL,               -- the hub is asked again
    asked_at       INTEGER,                        -- and has not answered
    failures       INTEGER NOT NULL DEFAULT 0,     -- requests in a row that it did not confirm
    active_since   INTEGER,
    lease_until    INTEGER,
    pushed_at      INTEGER,                        -- it told of news last
    wanted         INTEGER NOT NULL DEFAULT 0,     -- polls that this is still worth
    silences       INTEGER NOT NULL DEFAULT 0,     -- polls in a row with news of which it had not told
    unannounced_at INTEGER,                        -- the last of them, or one that it may still tell of
    error          TEXT
) STRICT;

CREATE INDEX subscriptions_due ON subscriptions (due_at);

-- Where pages are fetched from, with when the first of its articles is ready: claims go from host to host, so that
-- the backlog of one does not stand before the others. The host without a name has the articles that need no fetch.
CREATE TABLE hosts (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    ready_at INTEGER,
    memory   BLOB,                                 -- packed: what its articles have in common; NULL: nothing yet
    pace     BLOB,                                 -- packed: how many of its articles are revised in an hour
    unfit_at INTEGER                               -- when a page of it was last not fit to be read
) STRICT;

CREATE INDEX hosts_ready ON hosts (ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX hosts_unfit ON hosts (unfit_at) WHERE unfit_at IS NOT NULL;

CREATE TABLE articles (
    id                    INTEGER PRIMARY KEY,
    url                   TEXT    NOT NULL UNIQUE, -- normalised, the identity
    link                  TEXT,                    -- where to fetch it; NULL: its entry is its source
    host_id               INTEGER NOT NULL REFERENCES hosts (id),
    entry_id              INTEGER,                 -- of `entries`: the one that speaks for it
    baseline              TEXT    NOT NULL,
    headline              TEXT,                    -- of the latest version, else the entry's title
    versions              INTEGER NOT NULL DEFAULT 0,
    first_seen_at         INTEGER NOT NULL,
    last_changed_at       INTEGER NOT NULL,
    due_at                INTEGER,                 -- NULL: it rests
    claimed_at            INTEGER,
    lease_until           INTEGER,
    token                 INTEGER NOT NULL DEFAULT 0,
    ready_at              INTEGER AS (iif(due_at IS NULL, NULL, coalesce(lease_until, due_at))) VIRTUAL,
    woken                 INTEGER NOT NULL DEFAULT 0, -- its entry changed since it was claimed: look again at once
    etag                  BLOB,
    last_modified         BLOB,
    body                  BLOB,
    last_full_at          INTEGER,
    last_check_at         INTEGER,
    idle_checks           INTEGER NOT NULL DEFAULT 0,
    failures              INTEGER NOT NULL DEFAULT 0,
    missing_looks         INTEGER,
    missing_since_at      INTEGER,
    gone                  INTEGER NOT NULL DEFAULT 0,
    absences              INTEGER NOT NULL DEFAULT 0, -- how often it was gone
    back_at               INTEGER,                    -- when it was found to be back last
    candidate_fingerprint BLOB,
    candidate_seen_at     INTEGER,
    candidate_attempts    INTEGER,
    sightings             BLOB,                    -- packed; NULL: none yet
    extractor             INTEGER,                 -- what reads its page as its latest version does; NULL: the feed's
    site_rule             INTEGER,                 -- 64 bits of a hash over selectors; 0: none
    revisions             INTEGER NOT NULL DEFAULT 0, -- versions that the publisher made of an earlier one
    quality               TEXT,                    -- of the last look, where it found a page
    problem               TEXT,                    -- what stood in the way of the last look
    damaged               INTEGER NOT NULL DEFAULT 0, -- what is stored of it: tried again from time to time
    kin                   TEXT,                    -- what its address has in common with others that may be its own
    same_as               INTEGER REFERENCES articles (id), -- the article that it was found to be; it rests
    burst_id              INTEGER,                 -- of `mutes`: the burst that it came with
    run                   INTEGER NOT NULL DEFAULT 1, -- the version with which its present story began
    seen_text             BLOB,                    -- BLAKE3 of what its page said at the last look, fit or not
    seen_headline         BLOB,
    pruned_at             INTEGER,                 -- since when only this row remains of it; NULL: it is kept, or came again
    CHECK ((extractor IS NULL) = (site_rule IS NULL)),
    CHECK ((missing_looks IS NULL) = (missing_since_at IS NULL)),
    CHECK ((candidate_fingerprint IS NULL) = (candidate_seen_at IS NULL)
       AND (candidate_fingerprint IS NULL) = (candidate_attempts IS NULL))
) STRICT;

CREATE INDEX articles_ready ON articles (host_id, ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX articles_leased ON articles (host_id, lease_until) WHERE lease_until IS NOT NULL;
-- For what is not listed another article stands, or nothing any more.
CREATE INDEX articles_listed ON articles (last_changed_at, id)
WHERE versions > 0 OR (same_as IS NULL AND pruned_at IS NULL);
CREATE INDEX articles_revised ON articles (last_changed_at, id) WHERE revisions > 0;
CREATE INDEX articles_link ON articles (link) WHERE link IS NOT NULL AND link <> url;
CREATE INDEX articles_kin ON articles (kin) WHERE kin IS NOT NULL;
CREATE INDEX articles_same ON articles (same_as) WHERE same_as IS NOT NULL;
CREATE INDEX articles_checked ON articles (host_id, last_check_at);
CREATE INDEX articles_missing ON articles (host_id) WHERE missing_since_at IS NOT NULL AND NOT gone;
CREATE INDEX articles_first_look ON articles (id)
WHERE baseline = 'recent' AND versions = 0 AND last_check_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX articles_unread ON articles (quality, problem) WHERE problem IS NOT NULL AND NOT gone;
CREATE INDEX articles_seen_text ON articles (host_id, seen_text) WHERE seen_text IS NOT NULL;
CREATE INDEX articles_seen_headline ON articles (host_id, seen_headline) WHERE seen_headline IS NOT NULL;

CREATE INDEX articles_damaged ON articles (damaged) WHERE damaged;

-- An article whose story begins anew, after retention took all of it.
CREATE TRIGGER articles_kept_again AFTER UPDATE OF versions ON articles
WHEN old.pruned_at IS NOT NULL AND new.versions > 0
BEGIN
    UPDATE totals SET articles = articles + 1;
    UPDATE articles SET pruned_at = NULL WHERE id = new.id;
END;

CREATE TRIGGER articles_inserted AFTER INSERT ON articles
BEGIN
    UPDATE hosts
    SET ready_at = (SELECT min(ready_at) FROM articles WHERE host_id = new.host_id AND ready_at IS NOT NULL)
    WHERE id = new.host_id;
END;

CREATE TRIGGER articles_rescheduled AFTER UPDATE OF due_at, lease_until ON articles
WHEN new.ready_at IS NOT old.ready_at
BEGIN
    UPDATE hosts
    SET ready_at = (SELECT min(ready_at) FROM articles WHERE host_id = new.host_id AND ready_at IS NOT NULL)
    WHERE id = new.host_id;
END;

CREATE TRIGGER articles_moved AFTER UPDATE OF host_id ON articles
WHEN new.host_id IS NOT old.host_id
BEGIN
    UPDATE hosts
    SET ready_at = (SELECT min(ready_at) FROM articles WHERE host_id = hosts.id AND ready_at IS NOT NULL)
    WHERE id IN (old.host_id, new.host_id);
END;

-- Other addresses of articles, normalised: AMP pages, redirects, canonical links. At most one article has an address
-- that is not disputed, and none that is another article's own.
CREATE TABLE aliases (
    url           TEXT    NOT NULL,
    article_id    INTEGER NOT NULL REFERENCES articles (id),
    kind          TEXT    NOT NULL,                -- how it came to be known
    firm          INTEGER NOT NULL,                -- enough to make two articles one
    first_seen_at INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL,
    disputed_at   INTEGER,                         -- another article claims it too: it is nobody's
    PRIMARY KEY (url, article_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX aliases_of_article ON aliases (article_id, last_seen_at);

-- Texts that a host has shown on three articles or more: its own words, not theirs.
CREATE TABLE host_texts (
    host_id INTEGER NOT NULL REFERENCES hosts (id),
    text    BLOB    NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (host_id, text)
) STRICT, WITHOUT ROWID;

-- What the feeds announce. Never forgotten: a fetch that came back short would make old entries new again.
CREATE TABLE entries (
    id            INTEGER PRIMARY KEY,
    feed_id       INTEGER NOT NULL REFERENCES feeds (id),
    key           BLOB    NOT NULL,                -- BLAKE3 of the entry's key, 16 bytes
    article_id    INTEGER NOT NULL REFERENCES articles (id),
    url           TEXT    NOT NULL,                -- normalised, of the article that it links to
    heading       BLOB,                            -- BLAKE3 of its title, or what stands for one, 16 bytes
    hash          BLOB    NOT NULL,                -- BLAKE3 of the content without key, link and dates
    published_at  INTEGER,
    updated_at    INTEGER,
    fetched       INTEGER NOT NULL,                -- whether it gave its article a page to fetch
    first_seen_at INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    content       BLOB    NOT NULL,                -- packed
    UNIQUE (feed_id, key)
) STRICT;

CREATE INDEX entries_of_article ON entries (article_id, changed_at);
CREATE INDEX entries_headed ON entries (feed_id, heading, published_at) WHERE heading IS NOT NULL;

-- Which feeds have announced an article.
CREATE TABLE announcements (
    article_id INTEGER NOT NULL REFERENCES articles (id),
    feed_id    INTEGER NOT NULL REFERENCES feeds (id),
    first_at   INTEGER NOT NULL,
    noticed    INTEGER NOT NULL DEFAULT 0,         -- the article was looked at since
    PRIMARY KEY (article_id, feed_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX announcements_of_feed ON announcements (feed_id, article_id);

-- Texts and pages by their BLAKE3 digest, compressed with zstd: whole, or against another one that is whole. Which
-- are in use follows from `versions`, `pages` and `base_id`.
CREATE TABLE contents (
    id      INTEGER PRIMARY KEY,
    digest  BLOB    NOT NULL UNIQUE,
    size    INTEGER NOT NULL,
    base_id INTEGER REFERENCES contents (id),
    bytes   BLOB    NOT NULL
) STRICT;

CREATE INDEX contents_base ON contents (base_id) WHERE base_id IS NOT NULL;

-- The content is the JSON of the text. Headline, byline and times stand beside it for lists, and because JSON has
-- its times in whole seconds.
CREATE TABLE versions (
    article_id   INTEGER NOT NULL REFERENCES articles (id),
    number       INTEGER NOT NULL CHECK (number >= 1),
    observed_at  INTEGER NOT NULL,
    source       TEXT    NOT NULL,
    content_id   INTEGER REFERENCES contents (id), -- NULL: the version is hidden
    fingerprint  BLOB    NOT NULL,
    page_sha256  BLOB,                             -- of the page's body; NULL: none was kept
    sha256       BLOB    NOT NULL,
    headline     TEXT,
    byline       TEXT,
    published_at INTEGER,
    modified_at  INTEGER,
    words        INTEGER NOT NULL,
    change       BLOB,                             -- packed
    technical    INTEGER NOT NULL,                 -- our reading of the one before changed, not the article
    checksum     BLOB    NOT NULL,                 -- of what lists show of it
    PRIMARY KEY (article_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX versions_content ON versions (content_id);
CREATE INDEX versions_observed ON versions (observed_at, technical);

-- Versions that are shown no more, because a court said so, or by retention. What remains is that there was one, and its hashes.
CREATE TABLE hidings (
    article_id  INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    hidden_at   INTEGER NOT NULL,
    who         TEXT,
    why         TEXT    NOT NULL,
    text_sha256 BLOB    NOT NULL,                  -- of what was the text, as the version's hash takes it
    by_retention INTEGER NOT NULL DEFAULT 0,       -- and not by somebody, whose decision is kept
    checksum    BLOB,                              -- of the row
    PRIMARY KEY (article_id, number),
    FOREIGN KEY (article_id, number) REFERENCES versions (article_id, number)
) STRICT, WITHOUT ROWID;

-- Changes that the articles of a host showed within the last hours, believed or not: what many show is the site's.
CREATE TABLE host_steps (
    host_id    INTEGER NOT NULL REFERENCES hosts (id),
    digest     INTEGER NOT NULL,
    article_id INTEGER NOT NULL REFERENCES articles (id),
    seen_at    INTEGER NOT NULL,
    PRIMARY KEY (host_id, digest, article_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX host_steps_seen ON host_steps (host_id, seen_at);

-- What the operator should know. One is open for each kind and subject.
CREATE TABLE notices (
    id          INTEGER PRIMARY KEY,
    kind        TEXT    NOT NULL,
    about       TEXT    NOT NULL CHECK (about IN ('article', 'host', 'feed', 'rule', 'system')),
    subject     TEXT    NOT NULL,                  -- the article's number, the name of host, feed or rule
    text        TEXT    NOT NULL,
    first_at    INTEGER NOT NULL,                  -- when it began
    opened_at   INTEGER NOT NULL,                  -- when that was noticed
    last_at     INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    lasts_until INTEGER NOT NULL,                  -- closed then, if it is not found again
    closed_at   INTEGER,
    end_text    TEXT,                              -- how it ended; NULL: it was not found again, or its subject left
    told_at     INTEGER,                           -- when a mail to the operator was written
    end_told_at INTEGER                            -- the same of its end; at once where there is nothing to tell
) STRICT;

CREATE UNIQUE INDEX notices_open ON notices (kind, about, subject) WHERE closed_at IS NULL;
CREATE INDEX notices_ending ON notices (lasts_until) WHERE closed_at IS NULL;
CREATE INDEX notices_latest ON notices (last_at) WHERE closed_at IS NULL;
CREATE INDEX notices_of ON notices (about, subject, last_at);
CREATE INDEX notices_untold ON notices (opened_at) WHERE closed_at IS NULL AND told_at IS NULL;
CREATE INDEX notices_end_untold ON notices (closed_at) WHERE end_text IS NOT NULL AND end_told_at IS NULL;

-- Since when a rule of the configuration reads as it does.
CREATE TABLE rules (
    name     TEXT    PRIMARY KEY,
    query    INTEGER NOT NULL,                     -- 64 bits of a hash
    since_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pages (
    article_id INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    url        TEXT    NOT NULL,
    status     INTEGER NOT NULL,
    headers    BLOB    NOT NULL,                   -- lines as received, compressed
    content_id INTEGER NOT NULL REFERENCES contents (id),
    extractor  INTEGER NOT NULL,                   -- with the site rule: what read it
    site_rule  INTEGER NOT NULL,
    choice     BLOB    NOT NULL,                   -- packed: what that chose of it
    checksum   BLOB    NOT NULL,                   -- of url, status and headers
    PRIMARY KEY (article_id, number),
    FOREIGN KEY (article_id, number) REFERENCES versions (article_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX pages_content ON pages (content_id);

CREATE TABLE alerts (
    id         INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    rule       TEXT    NOT NULL,
    event      TEXT    NOT NULL,
    absence    INTEGER NOT NULL,                   -- which one is told as gone or back; 0 for other events
    query      TEXT    NOT NULL,
    feeds      TEXT    NOT NULL,                   -- JSON array: what the rule is about; empty: all feeds
    urgent     INTEGER NOT NULL,
    newly      INTEGER NOT NULL,                   -- a revision; the rule did not match the version before
    matches    BLOB    NOT NULL,                   -- packed
    created_at INTEGER NOT NULL,
    UNIQUE (article_id, version, rule, event, absence),
    FOREIGN KEY (article_id, version) REFERENCES versions (article_id, number)
) STRICT;

CREATE INDEX alerts_of_rule ON alerts (rule, created_at, event);
CREATE INDEX alerts_latest ON alerts (created_at);

-- How often each rule has alerted: counted as alerts come, which never go.
CREATE TABLE rule_hits (
    rule    TEXT    PRIMARY KEY,
    alerts  INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER alerts_inserted AFTER INSERT ON alerts
BEGIN
    INSERT INTO rule_hits (rule, alerts, last_at) VALUES (new.rule, 1, new.created_at)
    ON CONFLICT DO UPDATE SET alerts = alerts + 1, last_at = max(last_at, excluded.last_at);
END;

CREATE TABLE addresses (
    id        INTEGER PRIMARY KEY,
    address   TEXT NOT NULL,
    recipient TEXT NOT NULL,
    channel   TEXT NOT NULL,
    refusals  INTEGER NOT NULL DEFAULT 0,          -- in a row, of the address itself
    suspended_at INTEGER,                          -- tried once a day, or when somebody asks for it
    refused_at INTEGER,                            -- when its server refused it last
    refusal   TEXT,                                -- and what it said
    told_at   INTEGER,                             -- when the others were told that nothing gets through
    UNIQUE (address, recipient, channel)
) STRICT;

CREATE INDEX addresses_suspended ON addresses (suspended_at) WHERE suspended_at IS NOT NULL;

-- What somebody asked to hear nothing of: one of rule, feed and article. Or what came at once, and far too much of it.
CREATE TABLE mutes (
    id         INTEGER PRIMARY KEY,
    rule       TEXT,
    feed_id    INTEGER REFERENCES feeds (id),
    article_id INTEGER REFERENCES articles (id),
    host_id    INTEGER REFERENCES hosts (id),      -- of a burst
    is_burst   INTEGER NOT NULL DEFAULT 0,         -- nobody asked for it: it holds what came with a burst
    why        TEXT,
    who        TEXT,
    begun_at   INTEGER NOT NULL,
    until_at   INTEGER NOT NULL,
    lifted_at  INTEGER,
    CHECK ((rule IS NOT NULL) + (feed_id IS NOT NULL) + (article_id IS NOT NULL) + (host_id IS NOT NULL) = 1),
    CHECK (is_burst OR host_id IS NULL)
) STRICT;

CREATE INDEX mutes_active ON mutes (until_at) WHERE lifted_at IS NULL;
CREATE INDEX mutes_bursts ON mutes (begun_at) WHERE is_burst;

-- What an address asked, by the link in a mail, to get no more: a rule's alerts, what it gets as one of a recipient's, or,
-- with neither, everything. By the address itself, since its row changes with the way that mail takes.
CREATE TABLE unsubscriptions (
    id        INTEGER PRIMARY KEY,
    address   TEXT    NOT NULL COLLATE NOCASE,
    recipient TEXT,
    rule      TEXT,
    how       TEXT    NOT NULL CHECK (how IN ('one-click', 'page')),
    begun_at  INTEGER NOT NULL,
    ended_at  INTEGER,
    CHECK (recipient IS NULL OR rule IS NULL)
) STRICT;

CREATE INDEX unsubscriptions_of_address ON unsubscriptions (address);
CREATE UNIQUE INDEX unsubscriptions_in_force ON unsubscriptions (address, coalesce(recipient, ''), coalesce(rule, ''))
WHERE ended_at IS NULL;

-- The outbox. Until it is sealed, by its first claim, a delivery takes in more alerts.
CREATE TABLE deliveries (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,  -- no other one's ever again: claims name it
    address_id     INTEGER NOT NULL REFERENCES addresses (id),
    kind           TEXT    NOT NULL CHECK (kind IN (
        'article', 'digest', 'initial', 'overflow', 'muted', 'backlog', 'notice')),
    article_id     INTEGER REFERENCES articles (id),
    message_id     TEXT    NOT NULL UNIQUE,        -- without angle brackets
    state          TEXT    NOT NULL CHECK (state IN ('pending', 'sent', 'failed', 'held')),
    created_at     INTEGER NOT NULL,
    earliest_at    INTEGER NOT NULL,               -- not before this
    settle_until   INTEGER NOT NULL,               -- and not before this, while more may come
    lease_until    INTEGER,
    token          INTEGER NOT NULL DEFAULT 0,
    max_per_hour   INTEGER NOT NULL,               -- of such mails on single articles to the address; 0: no limit
    waits          INTEGER NOT NULL DEFAULT 0,     -- for an older one on the same article that is not sent yet
    ready_at       INTEGER AS
        (iif(state IN ('pending', 'held') AND NOT waits,
             coalesce(lease_until, max(earliest_at, settle_until)), NULL)) VIRTUAL,
    early_ready_at INTEGER AS
        (iif(state IN ('pending', 'held') AND NOT waits, coalesce(lease_until, earliest_at), NULL)) VIRTUAL,
    sealed_at      INTEGER,
    attempts       INTEGER NOT NULL DEFAULT 0,
    unreached      INTEGER NOT NULL DEFAULT 0,     -- the last attempt met no server, or one that takes nothing at all
    doubts         INTEGER NOT NULL DEFAULT 0,     -- claims after which the message may have arrived all the same
    subject        TEXT,
    sent_at        INTEGER,
    error          TEXT,
    note           TEXT,                           -- JSON: what a notice says
    CHECK ((kind = 'notice') = (note IS NOT NULL)),
    CHECK ((kind = 'article') = (article_id IS NOT NULL))
) STRICT;

CREATE INDEX deliveries_ready ON deliveries (ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX deliveries_early ON deliveries (early_ready_at) WHERE early_ready_at IS NOT NULL;
CREATE INDEX deliveries_leased ON deliveries (lease_until) WHERE lease_until IS NOT NULL;
CREATE UNIQUE INDEX deliveries_open ON deliveries (address_id, kind, coalesce(article_id, 0)) WHERE sealed_at IS NULL AND kind <> 'notice';
CREATE INDEX deliveries_of_article ON deliveries (article_id, address_id) WHERE article_id IS NOT NULL;
CREATE INDEX deliveries_sent ON deliveries (address_id, sent_at) WHERE kind = 'article' AND sent_at IS NOT NULL;
CREATE INDEX deliveries_unsent ON deliveries (address_id)
WHERE kind = 'article' AND sealed_at IS NOT NULL AND state = 'pending';
CREATE INDEX deliveries_waiting ON deliveries (address_id)
WHERE kind IN ('overflow', 'backlog') AND state = 'pending';
CREATE INDEX deliveries_state ON deliveries (state);
CREATE INDEX deliveries_notices ON deliveries (kind) WHERE kind = 'notice';
CREATE INDEX deliveries_unreached ON deliveries (address_id) WHERE unreached;

-- The mails on an article reach an address in their order, each with those before it as its thread. One that was given
-- up or is held keeps nobody waiting: what is held certainly never arrived, or may have arrived already.
CREATE TRIGGER deliveries_inserted AFTER INSERT ON deliveries WHEN new.article_id IS NOT NULL
BEGIN
    UPDATE deliveries
    SET waits = EXISTS (
        SELECT 1 FROM deliveries AS older
        WHERE older.article_id = new.article_id AND older.address_id = new.address_id AND older.id < new.id
            AND older.state = 'pending')
    WHERE id = new.id;
END;

CREATE TRIGGER deliveries_settled AFTER UPDATE OF state ON deliveries
WHEN new.article_id IS NOT NULL AND new.state <> old.state
BEGIN
    UPDATE deliveries
    SET waits = EXISTS (
        SELECT 1 FROM deliveries AS older
        WHERE older.article_id = new.article_id AND older.address_id = new.address_id AND older.id < deliveries.id
            AND older.state = 'pending')
    WHERE article_id = new.article_id AND address_id = new.address_id AND state IN ('pending', 'held');
END;

CREATE TRIGGER deliveries_deleted AFTER DELETE ON deliveries WHEN old.article_id IS NOT NULL
BEGIN
    UPDATE deliveries
    SET waits = EXISTS (
        SELECT 1 FROM deliveries AS older
        WHERE older.article_id = old.article_id AND older.address_id = old.address_id AND older.id < deliveries.id
            AND older.state = 'pending')
    WHERE article_id = old.article_id AND address_id = old.address_id AND state IN ('pending', 'held');
END;

-- One alert to one address, once.
CREATE TABLE delivery_alerts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
    alert_id    INTEGER NOT NULL REFERENCES alerts (id),
    address_id  INTEGER NOT NULL REFERENCES addresses (id),
    told        INTEGER,                           -- the version that its message told,
    since       INTEGER,                           -- and the one it compared with; 0: it told the whole story
    mute_id     INTEGER REFERENCES mutes (id),     -- what held it last
    released    INTEGER NOT NULL DEFAULT 0,        -- somebody asked for it: nothing holds it any more
    UNIQUE (alert_id, address_id)
) STRICT;

CREATE INDEX delivery_alerts_muted ON delivery_alerts (mute_id) WHERE mute_id IS NOT NULL;

CREATE INDEX delivery_alerts_of_delivery ON delivery_alerts (delivery_id);

-- Messages as they were rendered for the first attempt, or as they were accepted in the end.
CREATE TABLE messages (
    delivery_id INTEGER PRIMARY KEY REFERENCES deliveries (id),
    bytes       BLOB NOT NULL                      -- compressed
) STRICT;
