"""`python -m buildrunner.cli` is `br`, whatever PATH says."""

import sys

from buildrunner.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
