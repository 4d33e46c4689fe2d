-- What a follower's turn was said in: what is chosen while it is being answered is for the next one.

ALTER TABLE history ADD COLUMN in_lesson TEXT;       -- its topic; empty: in none
ALTER TABLE history ADD COLUMN ends_lesson INTEGER;  -- whether it is the last of it; empty: not known
ALTER TABLE history ADD COLUMN in_persona TEXT;      -- whom the follower had chosen
