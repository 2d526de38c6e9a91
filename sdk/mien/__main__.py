"""`python -m mien` is the command line."""

from __future__ import annotations

import sys

from mien.cli import main

sys.exit(main())
