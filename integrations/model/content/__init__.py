"""Where the words of an answer, and its end, stand in what a service sends: its JSON, parsed."""
