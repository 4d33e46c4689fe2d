"""What followers can say to the server itself: a table of commands, and a file for each kind."""
