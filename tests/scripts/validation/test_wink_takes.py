"""What is counted of winks in takes: known readings of known faces."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.features.types.case import FaceFeatures
from benchmark.metrics.blendshapes import NAMES
from feed_dataset.layout.mini import MINI_ROOT
from scripts.validation.wink_takes import STEMS, SeenTake, take_figures, takes_of

METRIC = "wink_f1[blendshapes52]"


def take(read: list[float], closed: list[float], turned_deg: list[float]) -> SeenTake:
    """A network that reads the left eye as so much more closed."""
    rows = np.full((len(read), 52), 0.5, np.float32)
    rows[:, NAMES.index("eyeBlinkLeft")] += np.array(read, np.float32)
    features = FaceFeatures(np.zeros((len(read), 468, 3), np.float32), (None,) * len(read), {"blendshapes": rows})
    return SeenTake(features, np.array(closed), np.array(turned_deg))


def test_winks_with_the_right_eye_and_quiet_faces_are_counted_by_turn() -> None:
    first = take([0.1, 0.4, -0.3, 0.2, 0.36], [0, 1, 1, 0, 0], [0, 0, 20, 0, 20])  # the wrong eye; a false wink
    second = take([0, 0.1, 0.3, 0.26], [0, -0.8, 0.8, 0.5], [0, 20, 0, 0])  # missed; seen; half a wink does not count
    lines = take_figures(METRIC, [first, second])
    assert [line.value for line in lines] == pytest.approx([2 / 4, 0, 3 / 4, 0])
    assert [line.n for line in lines] == [4, 2, 4, 1]
    assert lines[2].note == "w from 0.000 to 0.260"


def test_what_no_frame_shows_has_no_line() -> None:
    assert [line.n for line in take_figures(METRIC, [take([0, 0.1], [0, 0], [0, 3])])] == [2]


def test_a_feature_that_is_missing_is_said() -> None:
    with pytest.raises(ValueError, match="'mesh478' but it was not extracted"):
        take_figures("wink_f1[mesh478]", [take([0], [0], [0])])


def test_takes_without_speech_and_tongues_are_looked_at() -> None:
    paths = takes_of(MINI_ROOT)
    assert len(paths) == 32
    assert {path.stem for path in paths} == set(STEMS) - {"FF"}
