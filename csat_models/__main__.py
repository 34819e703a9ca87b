"""Run the command line as ``python -m csat_models``."""

import sys

from csat_models.cli import main

sys.exit(main())
