"""The corpora of the paper behind one interface: how files are named, where they come from, on what terms.

FEED is the subject of this project; the others are drivers and sources of the paper's experiments (MEAD, FFHQ,
HDTF, VoxCeleb2) and the rest of its Table 2 (SAVEE, RAVDESS, CREMA-D, MMI). Nothing here downloads anything.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.corpora.base import Corpus, CorpusFile, Kind

__all__ = ["CORPORA", "Corpus", "CorpusFile", "Kind", "UnknownCorpus", "load_corpus"]

_HOME: Mapping[str, str] = MappingProxyType(
    {
        "feed": "feed:Feed",
        "mead": "mead:Mead",
        "ffhq": "ffhq:Ffhq",
        "hdtf": "hdtf:Hdtf",
        "voxceleb2": "voxceleb2:VoxCeleb2",
        "savee": "savee:Savee",
        "ravdess": "ravdess:Ravdess",
        "crema-d": "crema_d:CremaD",
        "mmi": "mmi:Mmi",
    }
)
CORPORA: tuple[str, ...] = tuple(_HOME)
"""Names that `load_corpus` knows."""


class UnknownCorpus(FeedError):
    """No corpus has this name."""


def load_corpus(name: str) -> Corpus:
    """The corpus of this name. Raises UnknownCorpus, with the nearest name."""
    home = _HOME.get(name.lower())
    if home is None:
        raise UnknownCorpus(unknown("corpus", name, CORPORA))
    module, _, attribute = home.partition(":")
    corpus = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)()
    assert isinstance(corpus, Corpus)
    return corpus
