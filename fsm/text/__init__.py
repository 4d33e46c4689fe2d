"""Texts for followers: plain, cut to size, and what the server itself says. Pure functions."""
