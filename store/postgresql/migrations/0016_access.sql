ALTER TABLE followers ADD COLUMN let_in_by text;
ALTER TABLE followers ADD COLUMN let_in_at double precision;

CREATE TABLE invites (
    code text PRIMARY KEY,
    used bigint NOT NULL
);

ALTER TABLE messages ADD COLUMN tokens bigint;
