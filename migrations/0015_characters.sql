-- Who answers a follower, at which level their lessons are, and how they pronounce what they say.

ALTER TABLE followers ADD COLUMN persona TEXT;  -- a name; empty: they chose none
ALTER TABLE followers ADD COLUMN level TEXT;    -- of lessons; the same
ALTER TABLE messages ADD COLUMN persona TEXT;   -- by whose quota it counts

CREATE TABLE pronunciations (                   -- of voices in lessons; one that is told goes
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    follower_id INTEGER NOT NULL REFERENCES followers (id) ON DELETE CASCADE,
    taken_by TEXT,                              -- the process that is at it
    attempts INTEGER NOT NULL DEFAULT 0,
    line TEXT,                                  -- what the follower is to be told; empty: not yet
    told_by INTEGER                             -- the message whose reply tells it
) STRICT;

CREATE INDEX pronunciations_of_follower ON pronunciations (follower_id, message_id);
CREATE INDEX pronunciations_owed ON pronunciations (message_id) WHERE line IS NULL;
