"""Where the manifest of a data directory lies."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from feed_dataset.core.weights.store import cache_dir

_PACKAGE = Path(__file__).resolve().parent.parent


def manifest_path(root: Path, corpus: str = "feed") -> Path:
    """Where `index` writes: beside the data, or in the cache where the data cannot be written to."""
    root = root.resolve()
    inside, outside = _places(root, corpus)
    is_ours = root.is_relative_to(_PACKAGE)  # feed-mini is part of the package and stays as it was installed
    return inside if os.access(root, os.W_OK) and not is_ours else outside


def find_manifest(root: Path, corpus: str = "feed") -> Path | None:
    """The manifest of this directory, or None when it was not indexed."""
    return next((path for path in _places(root.resolve(), corpus) if path.is_file()), None)


def _places(root: Path, corpus: str) -> tuple[Path, Path]:
    name = hashlib.sha256(str(root).encode()).hexdigest()[:24]
    return root / f"{corpus}_manifest.parquet", cache_dir().parent / "manifests" / f"{corpus}_{name}.parquet"
