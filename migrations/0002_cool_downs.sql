-- Names are fingerprints of keys, never keys.
CREATE TABLE cool_downs (
    name TEXT PRIMARY KEY,
    until REAL NOT NULL,
    reason TEXT NOT NULL
) STRICT;
