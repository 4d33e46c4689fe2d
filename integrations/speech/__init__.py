"""The speech service, and the sound that goes to it and comes from it."""
