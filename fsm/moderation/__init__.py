"""What must not be asked or answered: word lists and patterns, and how a text is read for them."""
