"""JOD: pooling over time and its scale, without the package; `tests/oracles/test_jod.py` is with it."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import CARDS, CaseFeatures, score_case
from benchmark.metrics.jod import jod_of, pooled_over_time
from tests.benchmark.metrics.faces import case, person, shoot, video

METRIC = "jod[standard_4k]"
FEATURE = "visible-difference[standard_4k]"


def differing(values: list[float], frames: int = 3) -> CaseFeatures:
    output, truth = (video([shoot(person())] * count) for count in (len(values), frames))
    return case(output, truth, truth, reference=truth, pairs={FEATURE: np.array(values, np.float32)})


def test_no_difference_is_ten_and_more_is_less() -> None:
    values = [score_case(METRIC, differing([size] * 3)).value for size in (0.0, 0.05, 0.5, 2.0, 40.0)]
    assert values[0] == CARDS[METRIC].value_range[1] == 10.0
    assert values == sorted(values, reverse=True)  # type: ignore[type-var]
    assert values[-1] == pytest.approx(10 - 0.0439569391310215 * 40**0.9302042722702026, abs=1e-4)


def test_the_scale_has_no_step_where_its_line_ends() -> None:
    assert jod_of(0.1) == pytest.approx(jod_of(0.1 + 1e-9), abs=1e-8)


def test_one_bad_frame_weighs_more_than_the_mean() -> None:
    assert pooled_over_time(np.array([0.0, 0.0, 3.0])) == pytest.approx(np.sqrt(3.0), rel=1e-2)
    uneven, even = (score_case(METRIC, differing(one)).value for one in ([0.0, 0.0, 3.0], [1.0, 1.0, 1.0]))
    assert uneven is not None and even is not None and uneven < even


def test_a_missing_frame_is_counted_and_a_longer_output_refused() -> None:
    score = score_case(METRIC, differing([1.0, 1.0]))
    assert (score.frames_scored, score.frames_expected) == (2, 3)
    assert score.value == pytest.approx(jod_of(1.0), abs=1e-3)
    assert score_case(METRIC, differing([1.0] * 4)).value is None


def test_a_picture_is_looked_at_longer_than_a_frame() -> None:
    picture = score_case(METRIC, differing([1.0], frames=1)).value
    assert picture == pytest.approx(jod_of(0.577918291091919))
