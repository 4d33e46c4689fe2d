"""Stand-ins for the outside, over the real wire formats: they import nothing of ours."""
