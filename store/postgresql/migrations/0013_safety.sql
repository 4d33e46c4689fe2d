ALTER TABLE messages ADD COLUMN refused text CHECK (refused IN ('question', 'answer'));
ALTER TABLE messages ADD COLUMN refused_by text;
CREATE INDEX messages_refused ON messages (settled_at) WHERE refused IS NOT NULL;
