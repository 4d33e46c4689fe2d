ALTER TABLE history ADD COLUMN in_lesson text;
ALTER TABLE history ADD COLUMN ends_lesson bigint;
ALTER TABLE history ADD COLUMN in_persona text;
