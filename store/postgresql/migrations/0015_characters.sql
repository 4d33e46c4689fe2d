ALTER TABLE followers ADD COLUMN persona text;
ALTER TABLE followers ADD COLUMN level text;
ALTER TABLE messages ADD COLUMN persona text;

CREATE TABLE pronunciations (
    message_id bigint PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    follower_id bigint NOT NULL REFERENCES followers (id) ON DELETE CASCADE,
    taken_by text,
    attempts bigint NOT NULL DEFAULT 0,
    line text,
    told_by bigint
);

CREATE INDEX pronunciations_of_follower ON pronunciations (follower_id, message_id);
CREATE INDEX pronunciations_owed ON pronunciations (message_id) WHERE line IS NULL;
