"""An answer as services, platforms and gateways write it: from the text of a body to its words."""
