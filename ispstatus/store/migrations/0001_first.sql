-- Everything ispstatus remembers. Times: *_ts are epoch seconds, *_us epoch microseconds, always UTC.

CREATE TABLE meta (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: the number of an uplink is never given to another one.
CREATE TABLE uplink (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT NOT NULL UNIQUE,
  position      INTEGER NOT NULL,
  is_configured INTEGER NOT NULL,
  is_removed    INTEGER NOT NULL DEFAULT 0,
  mac           TEXT,
  settings      TEXT NOT NULL,
  revision      INTEGER NOT NULL DEFAULT 0,  -- goes up when something already served changes
  first_ts      INTEGER                      -- its first minute ever
) STRICT;

CREATE TABLE standing (
  uplink_id INTEGER NOT NULL PRIMARY KEY,
  standing  TEXT NOT NULL,
  memory    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Small counts share one integer: a row costs 37 bytes instead of 56. The virtual columns take them apart again.
CREATE TABLE minute (
  ts            INTEGER NOT NULL,
  uplink_id     INTEGER NOT NULL,
  seconds       INTEGER NOT NULL,  -- severity 2 bits, up 6, degraded 6, down 6, excluded 6, fault 3
  checks        INTEGER NOT NULL,  -- 8 bits each: http ok, dns ok, http failed, dns failed
  echoes        INTEGER NOT NULL,  -- 8 bits each: jitter count, received, sent
  rtt_sum_us    INTEGER NOT NULL,
  rtt_max_us    INTEGER,
  jitter_sum_us INTEGER NOT NULL,
  state         INTEGER AS (nullif(3 - (seconds & 3), 3)) VIRTUAL,
  up_s          INTEGER AS (seconds >> 2 & 63) VIRTUAL,
  degraded_s    INTEGER AS (seconds >> 8 & 63) VIRTUAL,
  down_s        INTEGER AS (seconds >> 14 & 63) VIRTUAL,
  excluded_s    INTEGER AS (seconds >> 20 & 63) VIRTUAL,
  fault         INTEGER AS (seconds >> 26 & 7) VIRTUAL,
  sent          INTEGER AS (echoes >> 16) VIRTUAL,
  received      INTEGER AS (echoes >> 8 & 255) VIRTUAL,
  PRIMARY KEY (ts, uplink_id)
) STRICT, WITHOUT ROWID;

-- What a minute's seconds were before a maintenance entry, added after the fact, excluded them.
CREATE TABLE minute_before (
  ts        INTEGER NOT NULL,
  uplink_id INTEGER NOT NULL,
  seconds   INTEGER NOT NULL,
  PRIMARY KEY (ts, uplink_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE bucket (
  ts            INTEGER NOT NULL,
  uplink_id     INTEGER NOT NULL,
  classes       INTEGER NOT NULL,  -- minutes up, degraded, down 3 bits each; seconds down, excluded, unknown 9 bits each
  echoes        INTEGER NOT NULL,  -- 11 bits each: jitter count, received, sent
  rtt_sum_us    INTEGER NOT NULL,
  rtt_max_us    INTEGER,
  jitter_sum_us INTEGER NOT NULL,
  up            INTEGER AS (classes & 7) VIRTUAL,
  degraded      INTEGER AS (classes >> 3 & 7) VIRTUAL,
  down          INTEGER AS (classes >> 6 & 7) VIRTUAL,
  down_s        INTEGER AS (classes >> 9 & 511) VIRTUAL,
  excluded_s    INTEGER AS (classes >> 18 & 511) VIRTUAL,
  unknown_s     INTEGER AS (classes >> 27 & 511) VIRTUAL,
  PRIMARY KEY (ts, uplink_id)
) STRICT, WITHOUT ROWID;

-- One closed UTC day of one uplink as it is served: only the deflate piece, and what it takes to join it.
CREATE TABLE day_chunk (
  uplink_id   INTEGER NOT NULL,
  day         INTEGER NOT NULL,  -- days since the epoch
  shape       INTEGER NOT NULL,  -- version of the point's shape
  plain_bytes INTEGER NOT NULL,
  crc         INTEGER NOT NULL,
  crc_shift   INTEGER NOT NULL,  -- what a checksum before it is multiplied by
  buckets     INTEGER NOT NULL,
  up          INTEGER NOT NULL,
  degraded    INTEGER NOT NULL,
  down        INTEGER NOT NULL,
  down_s      INTEGER NOT NULL,
  unknown_s   INTEGER NOT NULL,
  excluded_s  INTEGER NOT NULL,
  daily       TEXT NOT NULL,     -- the day's row of "daily"
  piece       BLOB NOT NULL,
  PRIMARY KEY (uplink_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE transition (
  id          INTEGER PRIMARY KEY,
  uplink_id   INTEGER NOT NULL,
  at_us       INTEGER NOT NULL,
  state       INTEGER,
  reason      TEXT NOT NULL,
  fault       TEXT NOT NULL,
  explanation TEXT NOT NULL,
  evidence    BLOB NOT NULL      -- JSON, zlib
) STRICT;
CREATE INDEX transition_at ON transition (uplink_id, at_us);

CREATE TABLE outage (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  uplink_id         INTEGER NOT NULL,
  reason            TEXT NOT NULL,
  fault             TEXT NOT NULL,
  first_bad_us      INTEGER NOT NULL,
  last_good_us      INTEGER,
  last_bad_us       INTEGER NOT NULL,
  first_good_us     INTEGER,     -- null while it lasts
  carrier_down_us   INTEGER,
  unknown_s         INTEGER NOT NULL,
  explanation       TEXT NOT NULL,
  evidence          BLOB,        -- JSON, zlib
  trace_id          INTEGER,
  baseline_trace_id INTEGER
) STRICT;
CREATE INDEX outage_at ON outage (uplink_id, first_bad_us);
CREATE INDEX outage_open ON outage (uplink_id) WHERE first_good_us IS NULL;

CREATE TABLE trace (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  uplink_id INTEGER NOT NULL,
  outage_id INTEGER,             -- null: what the way looks like when all is well
  taken_ts  INTEGER NOT NULL,
  body      TEXT NOT NULL
) STRICT;
CREATE INDEX trace_of ON trace (uplink_id, taken_ts);

CREATE TABLE engine_event (
  id     INTEGER PRIMARY KEY,
  at_us  INTEGER NOT NULL,
  kind   TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX engine_event_at ON engine_event (at_us);

CREATE TABLE series (
  id        INTEGER PRIMARY KEY,
  uplink_id INTEGER NOT NULL,
  target    TEXT NOT NULL,
  UNIQUE (uplink_id, target)
) STRICT;

-- One minute of echoes: pairs of varints, milliseconds since the one before and round trip in us + 1 (0: lost).
CREATE TABLE sample (
  ts        INTEGER NOT NULL,
  series_id INTEGER NOT NULL,
  run       BLOB NOT NULL,
  PRIMARY KEY (ts, series_id)
) STRICT, WITHOUT ROWID;

-- Samples around an outage: they outlive the others.
CREATE TABLE sample_kept (
  ts        INTEGER NOT NULL,
  series_id INTEGER NOT NULL,
  run       BLOB NOT NULL,
  PRIMARY KEY (ts, series_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sample_30s (
  ts            INTEGER NOT NULL,
  series_id     INTEGER NOT NULL,
  sent          INTEGER NOT NULL,
  received      INTEGER NOT NULL,
  rtt_sum_us    INTEGER NOT NULL,
  rtt_min_us    INTEGER,
  rtt_median_us INTEGER,
  rtt_max_us    INTEGER,
  jitter_sum_us INTEGER NOT NULL,
  jitter_count  INTEGER NOT NULL,
  PRIMARY KEY (ts, series_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sample_hour (
  ts            INTEGER NOT NULL,
  series_id     INTEGER NOT NULL,
  sent          INTEGER NOT NULL,
  received      INTEGER NOT NULL,
  rtt_sum_us    INTEGER NOT NULL,
  rtt_min_us    INTEGER,
  rtt_median_us INTEGER,         -- median of the half minutes' medians
  rtt_max_us    INTEGER,
  jitter_sum_us INTEGER NOT NULL,
  jitter_count  INTEGER NOT NULL,
  PRIMARY KEY (ts, series_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE maintenance (
  uplink    TEXT NOT NULL,       -- by name, as configured
  start_us  INTEGER NOT NULL,
  end_us    INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  reference TEXT NOT NULL,
  added_us  INTEGER NOT NULL,
  PRIMARY KEY (uplink, start_us, end_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE bytes_spent (
  month     TEXT NOT NULL,       -- YYYY-MM of the site
  uplink_id INTEGER NOT NULL,
  bytes     INTEGER NOT NULL,
  PRIMARY KEY (month, uplink_id)
) STRICT, WITHOUT ROWID;

-- Rows that lay in the future when the clock stepped back: kept, never served.
CREATE TABLE quarantine (
  id         INTEGER PRIMARY KEY,
  moved_ts   INTEGER NOT NULL,
  table_name TEXT NOT NULL,
  row        TEXT NOT NULL       -- JSON object, blobs in hex
) STRICT;
