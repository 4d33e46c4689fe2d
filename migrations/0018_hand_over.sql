-- A reply that hands its follower over to the account's customer service, and says nothing.

ALTER TABLE messages ADD COLUMN hands_over INTEGER NOT NULL DEFAULT 0;
