"""Face crops of any videos or images, made once and kept: the model's preprocessing as a step of its own.

>>> from feed_dataset.prepare import PrepareSettings, prepare
>>> made = prepare([Path("/data/FEED")], Path("/data/FEED-512"), PrepareSettings(landmarks=True), workers=8)
>>> print(made.summary())

Names load on first use, because some of them import OpenCV.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feed_dataset.prepare.prepared import PreparedClip as PreparedClip
    from feed_dataset.prepare.prepared import PreparedSet as PreparedSet
    from feed_dataset.prepare.run import prepare as prepare
    from feed_dataset.prepare.settings import PrepareSettings as PrepareSettings
    from feed_dataset.prepare.sources import find_sources as find_sources

_HOME = {
    "PrepareSettings": "settings",
    "PreparedClip": "prepared",
    "PreparedSet": "prepared",
    "find_sources": "sources",
    "prepare": "run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
