-- Times are seconds since 1970 (UTC). Texts are counted in characters, never bytes.

CREATE TABLE followers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,                  -- the official account written to (gh_...)
    open_id TEXT NOT NULL,
    session INTEGER NOT NULL DEFAULT 1,     -- counts up when a conversation starts anew
    spoke_at REAL,                          -- the last turn, of either side
    UNIQUE (account, open_id)
) STRICT;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    follower_id INTEGER NOT NULL REFERENCES followers (id) ON DELETE CASCADE,
    dedup_key TEXT NOT NULL UNIQUE,         -- protocol sheet 1.13
    msg_id TEXT,                            -- events have none
    kind TEXT NOT NULL,
    question TEXT NOT NULL,
    arrived_at REAL NOT NULL,               -- the first try; the 15 s window counts from here
    state TEXT NOT NULL DEFAULT 'RECEIVED' CHECK (
        state IN ('RECEIVED', 'GENERATING', 'SYNTHESIZING', 'UPLOADED', 'REPLIED', 'FAILED')
    ),
    partial TEXT NOT NULL DEFAULT '',       -- the model's words so far, saved about every second
    given TEXT NOT NULL DEFAULT '',         -- what the follower was shown of them before the end
    answer TEXT,                            -- the whole answer as the follower may read it
    media_id TEXT,
    uploaded_at REAL,
    reply TEXT,                             -- what every try of this message is given
    reply_of INTEGER,                       -- the message whose answer the reply shows
    reply_end INTEGER,                      -- ... up to this character
    read_to INTEGER NOT NULL DEFAULT 0,     -- characters of the answer that were carried away
    settled_at REAL,
    failure TEXT,
    model_calls INTEGER NOT NULL DEFAULT 0,
    CHECK (state NOT IN ('SYNTHESIZING', 'UPLOADED') OR answer IS NOT NULL),
    CHECK (state <> 'UPLOADED' OR media_id IS NOT NULL),
    CHECK (state <> 'REPLIED' OR reply IS NOT NULL),
    CHECK (state <> 'FAILED' OR failure IS NOT NULL),
    CHECK ((state IN ('REPLIED', 'FAILED')) = (settled_at IS NOT NULL))
) STRICT;

CREATE INDEX messages_unfinished ON messages (follower_id, id)
    WHERE state NOT IN ('REPLIED', 'FAILED');
CREATE INDEX messages_of_follower ON messages (follower_id, id);

CREATE TABLE moves (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    at REAL NOT NULL,
    from_state TEXT NOT NULL,
    event TEXT NOT NULL,
    to_state TEXT NOT NULL
) STRICT;

CREATE INDEX moves_of_message ON moves (message_id, id);

CREATE TABLE tries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    arrived_at REAL NOT NULL,
    ended_at REAL,                          -- empty: still open, or the process died meanwhile
    outcome TEXT CHECK (outcome IN ('replied', 'partial', 'thinking', 'dropped', 'unanswered')),
    UNIQUE (message_id, number)
) STRICT;

CREATE TABLE history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    follower_id INTEGER NOT NULL REFERENCES followers (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    session INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    text TEXT NOT NULL,
    UNIQUE (message_id, role)
) STRICT;

CREATE INDEX history_of_follower ON history (follower_id, session, id);
