"""Where network weights come from: a registry of sources, verified downloads, and a cache.

The registry is data (`networks.toml`); nothing here runs what a file says.
"""

from __future__ import annotations

from feed_dataset.core.weights.registry import REGISTRY
from feed_dataset.core.weights.store import (
    WeightStatus,
    download,
    import_file,
    import_unnamed,
    resolve,
    sha256_of,
    status,
    verify,
)
from feed_dataset.core.weights.weight import Weight

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
