-- Answers of the operator's own: to a tapped menu or a scanned code, and by a picture.

ALTER TABLE messages ADD COLUMN event_key TEXT NOT NULL DEFAULT '';  -- of a menu, or of what was scanned
ALTER TABLE messages ADD COLUMN shows TEXT NOT NULL DEFAULT ''       -- the reply is no text but one of these:
    CHECK (shows IN ('', 'image', 'news'));                          -- a media id, the lines of an article
