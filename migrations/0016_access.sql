-- Who was let in, how often each invite code was used, and what answers have cost.

ALTER TABLE followers ADD COLUMN let_in_by TEXT;  -- "words", or "code" and its fingerprint
ALTER TABLE followers ADD COLUMN let_in_at REAL;

CREATE TABLE invites (                  -- codes are fingerprints, never what is typed
    code TEXT PRIMARY KEY,
    used INTEGER NOT NULL
) STRICT;

ALTER TABLE messages ADD COLUMN tokens INTEGER;  -- of its question and answer, as the limits count
