-- When a process was last heard of: leases are of several lengths.

ALTER TABLE processes ADD COLUMN heard_at REAL;  -- empty: by a version that did not say
