"""FEED, the Facial Extreme Emotions Dataset, one line away; without a download as the synthetic feed-mini.

>>> from feed_dataset import load_dataset
>>> rows = load_dataset("feed", split="test")

After `import feed_dataset`, `datasets.load_dataset("feed")` works too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from feed_dataset.hub import loading as hub

if TYPE_CHECKING:
    from feed_dataset.catalog.catalog import Catalog, open_catalog
    from feed_dataset.catalog.clip import Clip
    from feed_dataset.hub.loading import load_dataset
    from feed_dataset.pairs.pairs import FeedPairs
    from feed_dataset.synthetic.takes.ground_truth import GroundTruth

__all__ = ["Catalog", "Clip", "FeedPairs", "GroundTruth", "load_dataset", "open_catalog"]

_HOMES = {
    "Catalog": "feed_dataset.catalog.catalog",
    "Clip": "feed_dataset.catalog.clip",
    "FeedPairs": "feed_dataset.pairs.pairs",
    "GroundTruth": "feed_dataset.synthetic.takes.ground_truth",
    "load_dataset": "feed_dataset.hub.loading",
    "open_catalog": "feed_dataset.catalog.catalog",
}

hub.install()


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: `import feed_dataset` costs milliseconds."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(home), name)
