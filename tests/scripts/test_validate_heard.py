"""What counts as better with its own sound."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.features.types.case import FaceFeatures
from scripts.validate_heard import METRICS, _late, _worse
from scripts.validation.heard import Spoken, value_of


@pytest.mark.parametrize(
    ("metric", "own", "other", "worse"),
    [
        ("m_p[mesh468]", 0.1, 0.2, True),
        ("m_p[mesh468]", 0.2, 0.1, False),
        ("m_p[mesh468]", 0.1, 0.1, None),
        ("av_lag[mesh468]", 1.0, -2.0, True),
        ("av_correlation[mesh468]", 0.7, 0.4, True),
        ("av_correlation[mesh468]", 0.7, None, True),
        ("av_correlation[mesh468]", None, 0.7, False),
        ("av_lag[mesh468]", None, None, None),
    ],
)
def test_worse(metric: str, own: float | None, other: float | None, worse: bool | None) -> None:
    assert _worse(metric, own, other) is worse


def test_a_mouth_that_opens_in_silence_is_seen() -> None:
    """The metric's own definition on a face whose lips are 0.2 eye distances apart while nobody speaks."""
    rng = np.random.default_rng(0)
    points = np.repeat(rng.normal(0, 40, (1, 468, 3)).astype(np.float32), 50, axis=0)
    points[:, 33], points[:, 263] = (-50, 0, 0), (50, 0, 0)
    for upper, lower in ((80, 88), (81, 178), (82, 87), (13, 14), (312, 317), (311, 402), (310, 318)):
        points[:, lower] = points[:, upper]
    shut = FaceFeatures(points, (None,) * 50, times_s=np.arange(50) / 25)
    opened = points.copy()
    for lower in (88, 178, 87, 14, 317, 402, 318):
        opened[:, lower, 1] += 20
    envelope = np.concatenate([np.ones(100), np.zeros(100)])
    truth = Spoken(shut, envelope)
    assert value_of(METRICS[0], truth, shut) == 0
    other = FaceFeatures(opened, (None,) * 50, times_s=np.arange(50) / 25)
    assert value_of(METRICS[0], truth, other) == pytest.approx(20)
    assert np.array_equal(_late(other).landmarks_px[1:], other.landmarks_px[:-1])
