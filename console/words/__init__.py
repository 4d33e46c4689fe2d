"""How a time, a server, a failure and a state of affairs are called, wherever one is named."""
