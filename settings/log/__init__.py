"""The log: each event on a line, written by a thread of its own."""
