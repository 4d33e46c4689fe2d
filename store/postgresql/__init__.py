"""The store in PostgreSQL, which several hosts may share."""
