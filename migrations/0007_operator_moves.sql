-- How often the operator has moved a message: what the server had under way before then is void.

ALTER TABLE messages ADD COLUMN operator_moves INTEGER NOT NULL DEFAULT 0;
