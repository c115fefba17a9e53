-- One row a change of a key. No secondary index: a write costs one append to one B-tree, and whatever
-- needs another order is in memory. The value stands last, so that a scan without values does not
-- follow the overflow pages of great ones.
CREATE TABLE log (
  id              INTEGER PRIMARY KEY, -- revision << 22 | number within the revision
  key             BLOB    NOT NULL,
  create_revision INTEGER NOT NULL,    -- 0 for a deletion
  version         INTEGER NOT NULL,    -- 0 for a deletion
  lease           INTEGER NOT NULL,    -- 0 for none
  value           BLOB                 -- NULL for a deletion
);

-- Exactly one row. Whoever appends moves it in the same transaction.
CREATE TABLE head (
  one                INTEGER PRIMARY KEY CHECK (one = 1),
  position           INTEGER NOT NULL CHECK (position > 0), -- batches appended so far
  revision           INTEGER NOT NULL CHECK (revision > 0), -- newest revision
  compact_revision   INTEGER NOT NULL,                      -- -1: never compacted
  token              INTEGER NOT NULL,                      -- of the newest batch
  cluster_id         INTEGER NOT NULL CHECK (cluster_id <> 0),
  pruned_revision    INTEGER NOT NULL, -- newest revision that a row was ever deleted of
  forgotten_position INTEGER NOT NULL  -- newest position that a removal was ever forgotten of
);

INSERT INTO head VALUES (1, 1, 1, -1, 0, ${clusterId}, 0, 0);

CREATE TABLE meta (
  bucket   TEXT    NOT NULL,
  id       BLOB    NOT NULL,
  blob     BLOB,             -- NULL: removed
  position INTEGER NOT NULL, -- of the batch that changed it last
  PRIMARY KEY (bucket, id)
) WITHOUT ROWID;

-- What changed after a position.
CREATE INDEX meta_position ON meta (position);

-- What the server reads before it loads Flyway.
PRAGMA user_version = 1;
