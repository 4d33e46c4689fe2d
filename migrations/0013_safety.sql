-- What was refused, question or answer, and by which rule: its name, never the words.

ALTER TABLE messages ADD COLUMN refused TEXT CHECK (refused IN ('question', 'answer'));
ALTER TABLE messages ADD COLUMN refused_by TEXT;  -- "list:line", or a pattern's name
CREATE INDEX messages_refused ON messages (settled_at) WHERE refused IS NOT NULL;
