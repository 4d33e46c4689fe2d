-- What a follower reads, and what is unread: by one definition, `UNREAD` in `store/unread.py`,
-- whose terms the index repeats.

ALTER TABLE followers ADD COLUMN reading INTEGER;  -- the message whose answer was shown last
ALTER TABLE messages ADD COLUMN tells INTEGER NOT NULL DEFAULT 0;     -- 1: of an earlier answer that waits
ALTER TABLE messages ADD COLUMN put_away INTEGER NOT NULL DEFAULT 0;  -- 1: by a new conversation, unread

DROP INDEX messages_uncollected;
CREATE INDEX messages_uncollected ON messages (follower_id, settled_at)
    WHERE reply_of = id AND put_away = 0
      AND (read_to < length(CASE WHEN answer IS NULL OR state = 'FAILED' THEN reply ELSE answer END)
           OR (reply_kind = 'voice' AND voice_carried = 0));
