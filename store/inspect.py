"""`python -m store.inspect`: the operator's view of the database. See `console.inspect`."""

import sys

from console.inspect import main

if __name__ == "__main__":
    sys.exit(main())
