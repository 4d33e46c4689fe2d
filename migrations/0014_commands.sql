-- What followers have asked of the server, and what they may ask next.

ALTER TABLE followers ADD COLUMN by_voice INTEGER
    CHECK (by_voice IN (0, 1));                 -- 1: all is spoken, 0: nothing; empty: as was asked
ALTER TABLE followers ADD COLUMN erase_until REAL;  -- a word of confirmation erases them until then
ALTER TABLE messages ADD COLUMN suggestions TEXT NOT NULL DEFAULT '';  -- after its answer, a line each
