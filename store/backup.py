"""`python -m store.backup`: a copy of the database in one file. See `console.backup`."""

import sys

from console.backup import main

if __name__ == "__main__":
    sys.exit(main())
