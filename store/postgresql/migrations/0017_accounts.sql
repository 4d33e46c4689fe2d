ALTER TABLE messages ADD COLUMN of_account text NOT NULL DEFAULT '';
ALTER TABLE uploads ADD COLUMN of_account text NOT NULL DEFAULT '';

DROP INDEX messages_counted;
CREATE INDEX messages_counted ON messages (of_account, arrived_at) WHERE counts = 1;
