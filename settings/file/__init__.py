"""A file of settings as it is written: YAML, its lines, and what is often mistyped there."""
