"""What runs around the machine: the routes, the listener, health, and the background parts."""
