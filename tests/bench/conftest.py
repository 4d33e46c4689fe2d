"""A server that does what a test says."""

from tests.sandbox.conftest import server

__all__ = ["server"]
