"""The body of a response: its bytes as they arrive, unpacked, as text in UTF-8."""
