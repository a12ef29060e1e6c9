"""Where the rendered clips lie that come with the package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

MINI_ROOT = Path(__file__).parent.parent / "mini"
CAST_ROOT = Path(__file__).parent.parent / "mini_cast"
SPEAKERS_ROOT = Path(__file__).parent.parent / "mini_speakers"
EMBEDDED: Mapping[str, Path] = MappingProxyType(
    {"feed-mini": MINI_ROOT, "feed-mini-cast": CAST_ROOT, "feed-mini-speakers": SPEAKERS_ROOT}
)
"""feed-mini is a small FEED to read and to train on. feed-mini-cast has many more people who do little, filmed from the
front: the benchmark's, all held out. So are those of feed-mini-speakers, who each say a sentence in one of three
languages."""
