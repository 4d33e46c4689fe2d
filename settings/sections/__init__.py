"""What the keys of the settings are, section by section."""
