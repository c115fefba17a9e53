-- One row a change of a key. No index but the primary key: a write costs one append to the heap and
-- one to a B-tree that grows at its right end. Rows are never updated, so pages are filled entirely.
CREATE TABLE log (
  id              bigint PRIMARY KEY, -- revision << 22 | number within the revision
  key             bytea  NOT NULL,
  create_revision bigint NOT NULL,    -- 0 for a deletion
  version         bigint NOT NULL,    -- 0 for a deletion
  lease           bigint NOT NULL,    -- 0 for none
  value           bytea               -- NULL for a deletion
) WITH (
  -- Pruning deletes in steps. The default, a fifth of the table, would let garbage pile up to 20 GB
  -- of 100; and a store that is only written to is still to be frozen step by step.
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0.1,
  autovacuum_analyze_scale_factor = 0.05
);

-- One row a batch; the newest is the head of the log. Inserting the position after the expected one
-- is the compare-and-set, decided by the primary key: no row is updated by every append. Such a row
-- would grow a dead version a batch for as long as any transaction of the whole database stays open
-- (a pg_dump, a forgotten session), and every append would step over all of them. The older rows
-- answer whether a batch whose connection was lost is in the log.
CREATE TABLE head (
  position         bigint PRIMARY KEY CHECK (position > 0),
  revision         bigint NOT NULL CHECK (revision > 0), -- newest revision
  compact_revision bigint NOT NULL,                      -- -1: never compacted
  token            bigint NOT NULL                       -- of this batch
) WITH (
  autovacuum_vacuum_scale_factor = 0.1,
  autovacuum_vacuum_threshold = 5000
);

INSERT INTO head VALUES (1, 1, -1, 0);

-- Exactly one row: what concerns the store as a whole.
CREATE TABLE store (
  one                boolean PRIMARY KEY CHECK (one),
  schema_version     integer NOT NULL, -- what the server reads before it loads Flyway
  cluster_id         bigint  NOT NULL CHECK (cluster_id <> 0),
  pruned_revision    bigint  NOT NULL, -- newest revision that a row was ever deleted of
  forgotten_position bigint  NOT NULL  -- newest position that a removal was ever forgotten of
) WITH (fillfactor = 10); -- updated by each step of pruning: room for the new versions in the page

INSERT INTO store VALUES (true, 1, ${clusterId}, 0, 0);

CREATE TABLE meta (
  bucket   text   NOT NULL,
  id       bytea  NOT NULL,
  blob     bytea,           -- NULL: removed
  position bigint NOT NULL, -- of the batch that changed it last
  PRIMARY KEY (bucket, id)
) WITH (
  fillfactor = 70, -- leases are updated again and again
  autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_vacuum_threshold = 1000
);

-- What changed after a position.
CREATE INDEX meta_position ON meta (position);

-- Who runs over this store, by this server's clock.
CREATE TABLE instance (
  id          bigint PRIMARY KEY,   -- drawn when it started
  member_id   bigint      NOT NULL,
  name        text        NOT NULL,
  client_urls text        NOT NULL, -- separated by line feeds
  joined      timestamptz NOT NULL,
  seen        timestamptz NOT NULL
) WITH (fillfactor = 10); -- updated again and again: room for the new versions in the page
