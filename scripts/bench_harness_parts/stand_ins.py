"""Networks that are functions of the pixels, with the shapes and the rank of what the real ones give.

So everything after them works as hard.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from benchmark.engine.networks import NetworkStatus
from benchmark.engine.tools import Tools
from benchmark.features.models import ModelCache, ModelFactories
from benchmark.features.types.extractor import Compute, PerFrame
from tests.benchmark import harness, stand_ins

INCEPTION = "inception"


def networks() -> NetworkStatus:
    """Every network of the metrics is here."""
    return NetworkStatus(present=dict(stand_ins.NETWORKS), missing={})


def tools() -> Tools:
    """For one process."""
    return Tools(ModelCache(ModelFactories(lambda: harness.Follower, _extractor)), harness.load_method)


def _extractor(extractor_id: str, compute: Compute) -> Any:
    if not extractor_id.startswith(INCEPTION):
        return stand_ins.extractor(extractor_id, compute)
    return lambda info: PerFrame(_noise)


def _noise(frames: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
    """float32 [T, 2048], the same for the same picture: as many directions as pictures."""
    rows = [np.random.default_rng(zlib.crc32(frame.tobytes())).random(2048, np.float32) for frame in frames]
    return np.stack(rows)
