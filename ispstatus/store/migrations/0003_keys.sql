-- Keys of every API family. A key itself is never stored: nobody gets in by what lies here.

CREATE TABLE api_key (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  family     TEXT NOT NULL,
  name       TEXT NOT NULL,
  hash       BLOB NOT NULL UNIQUE,  -- SHA-256
  scopes     TEXT NOT NULL,         -- separated by spaces
  created_ts INTEGER NOT NULL,
  revoked_ts INTEGER,
  used_day   INTEGER                -- days since the epoch
) STRICT;
