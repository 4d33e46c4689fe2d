"""Questions instead of a settings file: `python -m service.setup`, or `make live`."""
