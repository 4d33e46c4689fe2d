"""An answer as it comes in, as services and gateways write it: from the body to its words."""
