"""One pass over a video: every network sees the same batches of frames, and only features are kept.

Names load on first use: the modules `types.extractor` and `extractors.catalog` are enough to list things.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.features.audio import SoundFeatures as SoundFeatures
    from benchmark.features.audio import extract_sound as extract_sound
    from benchmark.features.pair import PairFeatures as PairFeatures
    from benchmark.features.pair import extract_pair as extract_pair
    from benchmark.features.store import FeatureStore as FeatureStore
    from benchmark.features.video import NoFrames as NoFrames
    from benchmark.features.video import extract_video as extract_video
    from benchmark.features.video_source import VideoSource as VideoSource

_HOME = {
    "FeatureStore": "store",
    "NoFrames": "video",
    "PairFeatures": "pair",
    "SoundFeatures": "audio",
    "VideoSource": "video_source",
    "extract_pair": "pair",
    "extract_sound": "audio",
    "extract_video": "video",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
