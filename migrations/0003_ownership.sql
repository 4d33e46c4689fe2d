-- Several processes may serve one database. A follower's unfinished messages belong to one of them.

CREATE TABLE processes (
    id TEXT PRIMARY KEY,                    -- host, process id and start time
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at REAL NOT NULL,
    alive_until REAL NOT NULL               -- a lease: the heartbeat moves it on
) STRICT;

ALTER TABLE followers ADD COLUMN owner TEXT;  -- processes.id; kept when nothing is unfinished
ALTER TABLE messages ADD COLUMN take_ups INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN resume_at REAL NOT NULL DEFAULT 0;  -- not to be taken up before
ALTER TABLE moves ADD COLUMN made_by TEXT NOT NULL DEFAULT 'server' CHECK (made_by IN ('server', 'operator'));
