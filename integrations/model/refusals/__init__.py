"""What a service says in the place of an answer, and the error of `errors` that this is."""
