ALTER TABLE messages ADD COLUMN called text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN answered_by text;
