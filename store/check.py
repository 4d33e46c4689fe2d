"""`python -m store.check`: whether the database is sound. See `console.check`."""

import sys

from console.check import main

if __name__ == "__main__":
    sys.exit(main())
