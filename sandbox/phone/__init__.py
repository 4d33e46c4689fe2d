"""A phone in the browser: a chat with the account, and beside it what happens behind it."""
