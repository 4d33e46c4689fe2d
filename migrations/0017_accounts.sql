-- By which of several accounts, named in the settings, a message came and a voice was uploaded.

ALTER TABLE messages ADD COLUMN of_account TEXT NOT NULL DEFAULT '';  -- '': that of `wechat:`
ALTER TABLE uploads ADD COLUMN of_account TEXT NOT NULL DEFAULT '';

DROP INDEX messages_counted;
CREATE INDEX messages_counted ON messages (of_account, arrived_at) WHERE counts = 1;
