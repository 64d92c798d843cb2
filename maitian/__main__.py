"""``python -m maitian``."""

import sys

from maitian.cli.main import main

sys.exit(main(sys.argv[1:]))
