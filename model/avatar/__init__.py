"""One person, encoded once, driven by pictures, motions or videos.

Names load on first use, because PyTorch takes seconds to import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.avatar.avatar import Avatar as Avatar
    from model.avatar.avatar import Driven as Driven
    from model.avatar.faces import Face as Face
    from model.avatar.faces import FaceFinder as FaceFinder
    from model.avatar.film import AnimateReport as AnimateReport
    from model.avatar.film import animate as animate
    from model.avatar.motion import Motion as Motion
    from model.avatar.motion import mix as mix

_HOME = {
    "AnimateReport": "film",
    "animate": "film",
    "Avatar": "avatar",
    "Driven": "avatar",
    "Face": "faces",
    "FaceFinder": "faces",
    "Motion": "motion",
    "mix": "motion",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
