-- For `python -m store.inspect`. The first two hold few rows: what is read to its end leaves them.

CREATE INDEX messages_failed ON messages (settled_at)
    WHERE state = 'FAILED';

CREATE INDEX messages_uncollected ON messages (settled_at)
    WHERE state = 'REPLIED' AND reply_of = id AND read_to < length(answer);

CREATE INDEX messages_by_msg_id ON messages (msg_id)
    WHERE msg_id IS NOT NULL;
