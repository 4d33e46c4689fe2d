-- What a follower's row said before a turn was written down: a question that fails puts it back.

ALTER TABLE history ADD COLUMN was_session INTEGER;  -- empty where the turn is the assistant's
ALTER TABLE history ADD COLUMN was_lesson TEXT;
ALTER TABLE history ADD COLUMN was_spoke_at REAL;
