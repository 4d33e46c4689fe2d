"""Load on a running server. Patched here, before anything else of it is imported."""

from gevent import monkey

monkey.patch_all()
