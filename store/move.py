"""`python -m store.move`: all that is stored, into another database. See `console.move`."""

import sys

from console.move import main

if __name__ == "__main__":
    sys.exit(main())
