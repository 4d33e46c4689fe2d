"""Spoken questions and answers."""
