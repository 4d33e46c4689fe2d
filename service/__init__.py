"""What runs around the machine: the routes, `http/`, health, and the background parts."""
