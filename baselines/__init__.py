"""Every talking-head method behind one interface: ours, two bounds, a warp that needs no training, and yours.

Example:
    >>> import baselines
    >>> baselines.names()
    ('copy-driver', 'copy-source', 'emoportraits', 'keypoint-warp', 'megaportraits', 'mesh-warp', 'mesh-warp-absolute')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from baselines.registry import entry, load, names, resolve

if TYPE_CHECKING:
    from baselines.interface.capabilities import Capabilities
    from baselines.interface.driver import Driver
    from baselines.interface.frame_rule import FrameRule
    from baselines.interface.frames import Chunk, Generated
    from baselines.interface.method import Method
    from baselines.outside.command import CommandMethod

__all__ = [
    "Capabilities",
    "Chunk",
    "CommandMethod",
    "Driver",
    "FrameRule",
    "Generated",
    "Method",
    "entry",
    "load",
    "names",
    "resolve",
]

_PLACES = {
    "Capabilities": "baselines.interface.capabilities",
    "Chunk": "baselines.interface.frames",
    "CommandMethod": "baselines.outside.command",
    "Driver": "baselines.interface.driver",
    "FrameRule": "baselines.interface.frame_rule",
    "Generated": "baselines.interface.frames",
    "Method": "baselines.interface.method",
}


def __getattr__(name: str) -> object:
    # NumPy is loaded only when a class is asked for: a list of names should be instant.
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
