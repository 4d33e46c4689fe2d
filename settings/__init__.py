"""What everybody may use: the configuration, the command line, announcing events, the log.

From the file to the settings: `file` reads what is written, `sections` and `schema` say what the
keys are, `loading` makes `Settings` of both, `accounts` and `models` those of each account.
"""
