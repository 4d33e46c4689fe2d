ALTER TABLE followers ADD COLUMN told_by bigint;
