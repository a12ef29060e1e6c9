"""Where accepted submissions are kept: SQLite by default, PostgreSQL by URL; bundles and clips as files beside it.

`Store` is what other folders use. Tables are in `schema`, their history in `migrations`; both databases have the same.
"""

from __future__ import annotations

from leaderboard.store.place import default_place
from leaderboard.store.submissions import Store

__all__ = ["Store", "default_place"]
