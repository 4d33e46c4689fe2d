"""Who may ask: everyone, or who knows a pass phrase, brings an invite code or is on a list."""
