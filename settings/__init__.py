"""What everybody may read: the configuration, the command line and the form of the log."""
