-- Up to which message a follower was told of what waits: an index of all that ever told would have
-- every message read at the first start.

ALTER TABLE followers ADD COLUMN told_by INTEGER;  -- the last that told of an earlier answer
