"""The life of a message: states, moves, the work of each state, and what a try is given."""
