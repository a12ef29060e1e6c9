"""Every talking-head method behind one interface: ours, two bounds and a warp that needs no training.

Example:
    >>> import baselines
    >>> baselines.names()
    ('copy-driver', 'copy-source', 'emoportraits', 'keypoint-warp')
"""

from __future__ import annotations

from baselines.registry import card, load, names

__all__ = ["card", "load", "names"]
