"""Before any library is imported: no hub, one thread, nothing of this user's caches or settings."""

from __future__ import annotations

import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"  # a look-up that fails slowly would otherwise hide in the time of a test
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # pytest -n has a process for each core
os.environ["MPLBACKEND"] = "Agg"
os.environ.pop("FEED_LEADERBOARD", None)
os.environ.pop("FEED_ROOT", None)

# Tests start hundreds of processes, each of which would compile anew what it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
