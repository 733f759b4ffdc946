-- What the five-minute means of two series add up to over one UTC day, in the five minutes that both answered in. A
-- series paired with itself: what it came to alone.
CREATE TABLE pair_day (
  ts          INTEGER NOT NULL,
  one_id      INTEGER NOT NULL,
  two_id      INTEGER NOT NULL,          -- not less than one_id
  buckets     INTEGER NOT NULL,
  one_us      INTEGER NOT NULL,
  two_us      INTEGER NOT NULL,
  one_us2     INTEGER NOT NULL,
  two_us2     INTEGER NOT NULL,
  product_us2 INTEGER NOT NULL,
  PRIMARY KEY (ts, one_id, two_id)
) STRICT, WITHOUT ROWID;
