-- A spoken answer: its sound as it is made, and what of it lies at WeChat.

ALTER TABLE messages ADD COLUMN recording TEXT;         -- the follower's voice, at WeChat
ALTER TABLE messages ADD COLUMN reply_kind TEXT NOT NULL DEFAULT 'text'
    CHECK (reply_kind IN ('text', 'voice'));            -- a voice's `reply` is its media id
ALTER TABLE messages ADD COLUMN voiced_to INTEGER;      -- characters of the answer that it says
ALTER TABLE messages ADD COLUMN voice_carried INTEGER NOT NULL DEFAULT 0;

CREATE TABLE voice_parts (                              -- in order, together the voice so far
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    voice TEXT NOT NULL,                                -- whose
    said_to INTEGER NOT NULL,                           -- up to this character of the answer
    mp3 BLOB NOT NULL,
    PRIMARY KEY (message_id, number)
) STRICT;

CREATE TABLE uploads (                                  -- written before anything is uploaded
    name TEXT PRIMARY KEY,                              -- the file's, by which WeChat lists it
    message_id INTEGER NOT NULL,                        -- which may be erased before its voice is
    permanent INTEGER NOT NULL,
    media_id TEXT UNIQUE,                               -- empty: under way, or its end is unknown
    delete_at REAL NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX uploads_due ON uploads (delete_at);
