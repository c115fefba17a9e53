-- MySQL commits each of these by itself. So that an instance that dies in between, or two that start
-- at once, still make one store, everything may be done twice, and the version comes last.

-- One row a change of a key. No index but the primary key: a write costs one append to one B-tree
-- that grows at its right end, and whatever needs another order is in memory. Keys are as long as
-- requests may be; short ones, and short values, stand in the row's page.
CREATE TABLE IF NOT EXISTS log (
  id              bigint   NOT NULL PRIMARY KEY, -- revision << 22 | number within the revision
  `key`           longblob NOT NULL,
  create_revision bigint   NOT NULL,             -- 0 for a deletion
  version         bigint   NOT NULL,             -- 0 for a deletion
  lease           bigint   NOT NULL,             -- 0 for none
  value           longblob                       -- NULL for a deletion
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC;

-- One row a batch; the newest is the head of the log. Inserting the position after the expected one
-- is the compare-and-set, decided by the primary key. The older rows answer whether a batch whose
-- connection was lost is in the log.
CREATE TABLE IF NOT EXISTS head (
  position         bigint NOT NULL PRIMARY KEY CHECK (position > 0),
  revision         bigint NOT NULL CHECK (revision > 0), -- newest revision
  compact_revision bigint NOT NULL,                      -- -1: never compacted
  token            bigint NOT NULL                       -- of this batch
) ENGINE = InnoDB;

INSERT IGNORE INTO head VALUES (1, 1, -1, 0);

CREATE TABLE IF NOT EXISTS meta (
  bucket   varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id       varbinary(3000) NOT NULL, -- with the bucket, what an index takes at most
  `blob`   longblob,                 -- NULL: removed
  position bigint NOT NULL,          -- of the batch that changed it last
  PRIMARY KEY (bucket, id),
  INDEX meta_position (position)     -- what changed after a position
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC;

-- Who runs over this store, by this server's clock, in UTC.
CREATE TABLE IF NOT EXISTS instance (
  id          bigint      NOT NULL PRIMARY KEY, -- drawn when it started
  member_id   bigint      NOT NULL,
  name        text        CHARACTER SET utf8mb4 NOT NULL,
  client_urls text        CHARACTER SET utf8mb4 NOT NULL, -- separated by line feeds
  joined      datetime(6) NOT NULL,
  seen        datetime(6) NOT NULL
) ENGINE = InnoDB;

-- Exactly one row: what concerns the store as a whole.
CREATE TABLE IF NOT EXISTS store (
  one                int    NOT NULL PRIMARY KEY CHECK (one = 1),
  schema_version     int    NOT NULL, -- what the server reads before it loads Flyway
  cluster_id         bigint NOT NULL CHECK (cluster_id <> 0),
  pruned_revision    bigint NOT NULL, -- newest revision that a row was ever deleted of
  forgotten_position bigint NOT NULL  -- newest position that a removal was ever forgotten of
) ENGINE = InnoDB;

INSERT IGNORE INTO store VALUES (1, 1, ${clusterId}, 0, 0);
