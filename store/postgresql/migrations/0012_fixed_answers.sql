ALTER TABLE messages ADD COLUMN event_key text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN shows text NOT NULL DEFAULT ''
    CHECK (shows IN ('', 'image', 'news'));
