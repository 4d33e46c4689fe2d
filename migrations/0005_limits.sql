-- What counts against a follower's limits, lessons, and what a request may be known by.

ALTER TABLE messages ADD COLUMN counts INTEGER NOT NULL DEFAULT 0;  -- 1: a question, let in
CREATE INDEX messages_counted ON messages (arrived_at) WHERE counts = 1;

ALTER TABLE followers ADD COLUMN lesson TEXT;   -- the topic of the session, where it is a lesson

CREATE TABLE signatures (               -- of pushes; each is good for the tries of one message
    signature TEXT PRIMARY KEY,
    dedup_key TEXT NOT NULL,
    seen_at REAL NOT NULL
) STRICT;

CREATE INDEX signatures_by_age ON signatures (seen_at);

CREATE TABLE facts (                    -- small things a restart must not forget
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    expires_at REAL NOT NULL
) STRICT;

CREATE INDEX messages_by_age ON messages (arrived_at);

CREATE TABLE callback_addresses (       -- where WeChat's pushes come from: an IP or a range each
    network TEXT PRIMARY KEY
) STRICT;
