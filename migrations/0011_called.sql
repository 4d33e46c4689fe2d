-- Which models of the chain were asked.

ALTER TABLE messages ADD COLUMN called TEXT NOT NULL DEFAULT '';  -- a line with the name of each, in order
ALTER TABLE messages ADD COLUMN answered_by TEXT;                 -- the one whose answer it is
