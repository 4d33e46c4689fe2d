"""Whether everything outside does its part: one file a thing, and one table of them."""
