"""The model: which of the chain is asked, with which key, and what comes of it."""
