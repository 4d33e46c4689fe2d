"""`python -m tests.chaos`: see `tests.chaos.run`."""

from gevent import monkey

monkey.patch_all()

import sys

from tests.chaos.run import main

sys.exit(main())
