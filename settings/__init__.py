"""What everybody may use: the configuration, the command line, announcing events, the log."""
