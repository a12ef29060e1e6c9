"""Comparisons with reference packages; they run where the extra "oracles" is installed, and skip by name elsewhere."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("torchvision") is not None:
    from tests.oracles.torchvision_shim import ensure_torchvision

    ensure_torchvision()
