"""Where network weights come from: a registry of sources, verified downloads, and a cache."""

from __future__ import annotations

from feed_dataset.weights.registry import REGISTRY, Weight
from feed_dataset.weights.store import (
    WeightStatus,
    download,
    import_file,
    import_unnamed,
    resolve,
    sha256_of,
    status,
    verify,
)

__all__ = [
    "REGISTRY",
    "Weight",
    "WeightStatus",
    "download",
    "import_file",
    "import_unnamed",
    "resolve",
    "sha256_of",
    "status",
    "verify",
]
