"""One pass over a video: every network sees the same batches of frames, and only features are kept.

Names load on first use: `benchmark.extract.base` and `benchmark.extract.catalog` are enough to list things.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.extract.pair import PairFeatures as PairFeatures
    from benchmark.extract.pair import extract_pair as extract_pair
    from benchmark.extract.sound import SoundFeatures as SoundFeatures
    from benchmark.extract.sound import extract_sound as extract_sound
    from benchmark.extract.source import VideoSource as VideoSource
    from benchmark.extract.store import FeatureStore as FeatureStore
    from benchmark.extract.video import NoFrames as NoFrames
    from benchmark.extract.video import extract_video as extract_video

_HOME = {
    "FeatureStore": "store",
    "NoFrames": "video",
    "PairFeatures": "pair",
    "SoundFeatures": "sound",
    "VideoSource": "source",
    "extract_pair": "pair",
    "extract_sound": "sound",
    "extract_video": "video",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
