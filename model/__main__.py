"""`python -m model`."""

from __future__ import annotations

import sys

from model.cli import main

sys.exit(main())
