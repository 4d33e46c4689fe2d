ALTER TABLE followers ADD COLUMN by_voice bigint CHECK (by_voice IN (0, 1));
ALTER TABLE followers ADD COLUMN erase_until double precision;
ALTER TABLE messages ADD COLUMN suggestions text NOT NULL DEFAULT '';
