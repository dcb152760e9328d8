"""`python -m bench.permission`: what `bench.permission.forged` prints."""

import sys

from bench.permission.forged import main

sys.exit(main())
