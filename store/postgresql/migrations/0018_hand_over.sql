ALTER TABLE messages ADD COLUMN hands_over bigint NOT NULL DEFAULT 0;
