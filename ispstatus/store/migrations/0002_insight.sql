-- The insight stream: every protocol, sums that merge exactly, remote agents and what they report.

-- uplink_id is the agent's number: every uplink is one.
ALTER TABLE series RENAME TO old_series;
CREATE TABLE series (
  id        INTEGER PRIMARY KEY,
  uplink_id INTEGER NOT NULL,
  target    TEXT NOT NULL,
  protocol  TEXT NOT NULL DEFAULT 'icmp',
  is_own    INTEGER NOT NULL DEFAULT 0,  -- the far end is the operator's own: it speaks before public ones
  UNIQUE (uplink_id, protocol, target)
) STRICT;
INSERT INTO series (id, uplink_id, target) SELECT id, uplink_id, target FROM old_series;
DROP TABLE old_series;

-- Squares were not kept before: what the differences of neighbours say of the spread (1.128 sigma, if they are
-- independent) stands for them, pi/4 of the squared mean difference.
ALTER TABLE sample_30s RENAME TO old_30s;
CREATE TABLE sample_30s (
  ts          INTEGER NOT NULL,
  series_id   INTEGER NOT NULL,
  sent        INTEGER NOT NULL,
  lost        INTEGER NOT NULL,
  sum_us      INTEGER NOT NULL,
  min_us      INTEGER,
  max_us      INTEGER,
  squares_us2 INTEGER NOT NULL,
  steps_us    INTEGER NOT NULL,          -- absolute differences of consecutive answers
  steps       INTEGER NOT NULL,
  first_us    INTEGER,                   -- null: lost, nothing to step to
  last_us     INTEGER,
  median_us   INTEGER,
  is_flagged  INTEGER NOT NULL,          -- anomalous when it closed
  PRIMARY KEY (ts, series_id)
) STRICT, WITHOUT ROWID;
INSERT INTO sample_30s
SELECT ts, series_id, sent, sent - received, rtt_sum_us, rtt_min_us, rtt_max_us,
       CAST(ifnull(1.0 * rtt_sum_us * rtt_sum_us / nullif(received, 0), 0)
            + ifnull(0.7854 * received * jitter_sum_us * jitter_sum_us / nullif(jitter_count * jitter_count, 0), 0)
            AS INTEGER),
       jitter_sum_us, jitter_count, NULL, NULL, rtt_median_us, 0
FROM old_30s ORDER BY ts, series_id;
DROP TABLE old_30s;

ALTER TABLE sample_hour RENAME TO old_hour;
CREATE TABLE sample_hour (
  ts          INTEGER NOT NULL,
  series_id   INTEGER NOT NULL,
  sent        INTEGER NOT NULL,
  lost        INTEGER NOT NULL,
  sum_us      INTEGER NOT NULL,
  min_us      INTEGER,
  max_us      INTEGER,
  squares_us2 INTEGER NOT NULL,
  steps_us    INTEGER NOT NULL,
  steps       INTEGER NOT NULL,
  first_us    INTEGER,
  last_us     INTEGER,
  median_us   INTEGER,                   -- median of the half minutes' medians
  windows     INTEGER NOT NULL,          -- half minutes with a sample; 0 where nobody counted them
  anomalous   INTEGER NOT NULL,
  eventful    INTEGER NOT NULL,
  head        INTEGER NOT NULL,
  tail        INTEGER NOT NULL,
  longest     INTEGER NOT NULL,
  spread_us   INTEGER,                   -- 1.4826 MAD of the half minutes' means
  means       BLOB,                      -- mean of each of its twelve five minutes, 4 bytes each in us, -1: none
  PRIMARY KEY (ts, series_id)
) STRICT, WITHOUT ROWID;
INSERT INTO sample_hour
SELECT ts, series_id, sent, sent - received, rtt_sum_us, rtt_min_us, rtt_max_us,
       CAST(ifnull(1.0 * rtt_sum_us * rtt_sum_us / nullif(received, 0), 0)
            + ifnull(0.7854 * received * jitter_sum_us * jitter_sum_us / nullif(jitter_count * jitter_count, 0), 0)
            AS INTEGER),
       jitter_sum_us, jitter_count, NULL, NULL, rtt_median_us, 0, 0, 0, 0, 0, 0, NULL, NULL
FROM old_hour ORDER BY ts, series_id;
DROP TABLE old_hour;

-- Whole UTC days of one series: what adds up without knowing the order.
CREATE TABLE sample_day (
  ts          INTEGER NOT NULL,
  series_id   INTEGER NOT NULL,
  sent        INTEGER NOT NULL,
  lost        INTEGER NOT NULL,
  sum_us      INTEGER NOT NULL,
  squares_us2 INTEGER NOT NULL,
  windows     INTEGER NOT NULL,
  anomalous   INTEGER NOT NULL,
  PRIMARY KEY (ts, series_id)
) STRICT, WITHOUT ROWID;
INSERT INTO sample_day
SELECT ts - ts % 86400, series_id, sum(sent), sum(lost), sum(sum_us), sum(squares_us2), sum(windows), sum(anomalous)
FROM sample_hour WHERE ts < (SELECT max(ts) + 3600 - (max(ts) + 3600) % 86400 FROM sample_hour) GROUP BY 1, 2;

-- How many minutes of an hour were judged, and how many of them were Good.
CREATE TABLE health_hour (
  ts       INTEGER NOT NULL,
  agent_id INTEGER NOT NULL,
  judged   INTEGER NOT NULL,
  good     INTEGER NOT NULL,
  PRIMARY KEY (ts, agent_id)
) STRICT, WITHOUT ROWID;

-- Agents that report from elsewhere. Their numbers are from the sequence of the uplinks, and never given again either.
CREATE TABLE agent (
  id           INTEGER NOT NULL PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,
  is_removed   INTEGER NOT NULL DEFAULT 0,
  enrolled_ts  INTEGER NOT NULL,
  seen_ts      INTEGER,                  -- its newest report
  network_name TEXT NOT NULL DEFAULT '',
  network_type TEXT NOT NULL DEFAULT '',
  hardware     TEXT NOT NULL DEFAULT '',
  details      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TRIGGER agent_number AFTER INSERT ON agent
BEGIN
  INSERT INTO sqlite_sequence (name, seq)
  SELECT 'uplink', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'uplink');
  UPDATE sqlite_sequence SET seq = max(seq, NEW.id) WHERE name = 'uplink';
END;

CREATE TABLE throughput (
  ts             INTEGER NOT NULL,       -- when the test ended
  agent_id       INTEGER NOT NULL,
  method         TEXT NOT NULL,
  seconds        INTEGER NOT NULL,       -- how long it filled the line
  server         TEXT NOT NULL,
  down_bps       INTEGER,
  up_bps         INTEGER,
  down_jitter_us INTEGER,
  up_jitter_us   INTEGER,
  down_sent      INTEGER,
  down_lost      INTEGER,
  up_sent        INTEGER,
  up_lost        INTEGER,
  PRIMARY KEY (ts, agent_id, method)
) STRICT, WITHOUT ROWID;

CREATE TABLE radio (
  ts           INTEGER NOT NULL,
  agent_id     INTEGER NOT NULL,
  network_name TEXT,
  network_type TEXT,
  cell_id      TEXT,
  pci          TEXT,
  sinr_db      REAL,
  rssi_dbm     REAL,
  rsrp_dbm     REAL,
  rsrq_db      REAL,
  ecio_db      REAL,
  PRIMARY KEY (ts, agent_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE position (
  ts         INTEGER NOT NULL,
  agent_id   INTEGER NOT NULL,
  latitude   REAL NOT NULL,
  longitude  REAL NOT NULL,
  altitude_m REAL,
  PRIMARY KEY (ts, agent_id)
) STRICT, WITHOUT ROWID;
