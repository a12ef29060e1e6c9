from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import score_set
from benchmark.metrics.precision_recall import inside_manifold, neighbour_radii, precision_recall, shares_without
from tests.benchmark.metrics.test_fid import cases_of


def by_definition(queries: np.ndarray, samples: np.ndarray, k: int = 3) -> np.ndarray:
    between = np.linalg.norm(samples[:, None] - samples[None], axis=2)
    radii = np.sort(between, axis=1)[:, k]  # place 0 is the sample itself
    return (np.linalg.norm(queries[:, None] - samples[None], axis=2) <= radii).any(axis=1)


def points(n: int, seed: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 5)) + shift


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_equals_its_definition(offset: float) -> None:
    """In blocks: 700 rows are more than one."""
    x, y = points(700, 0, 0.8) + offset, points(600, 1) + offset
    precision, recall = precision_recall(x, y)
    assert precision == by_definition(x, y).mean()
    assert recall == by_definition(y, x).mean()
    assert 0.1 < precision < 0.99


def test_known_answers() -> None:
    x = points(50, 0)
    assert precision_recall(x, x) == (1.0, 1.0)
    assert precision_recall(x, x + 100.0) == (0.0, 0.0)
    collapsed = np.repeat(x[:1], 20, axis=0) + 1e-3 * points(20, 1)  # plausible, but always the same
    precision, recall = precision_recall(collapsed, x)
    assert precision == 1.0
    assert recall <= 0.02


def test_frozen_frames_are_at_distance_zero() -> None:
    frozen = np.repeat(points(1, 0) * 1e3, 10, axis=0)
    assert (neighbour_radii(frozen) == 0.0).all()
    assert inside_manifold(frozen, frozen).all()
    assert not inside_manifold(frozen + 1.0, frozen).any()


def test_needs_more_samples_than_neighbours() -> None:
    with pytest.raises(ValueError, match="more than 3 samples"):
        inside_manifold(points(5, 0), points(3, 1))


def test_left_out_samples_have_no_ball_and_change_the_others() -> None:
    x, y, random = points(30, 2), points(40, 3), np.random.default_rng(4)
    gone_x, gone_y = random.random((5, 30)) < 0.3, random.random((5, 40)) < 0.3
    expected = [inside_manifold(x[~a], y[~b]).mean() for a, b in zip(gone_x, gone_y, strict=True)]
    np.testing.assert_allclose(shares_without(x, y, gone_x, gone_y), expected, rtol=1e-12)


def test_scores_of_sets() -> None:
    random = np.random.default_rng(0)
    outputs, drivers = [list(random.normal(size=(6, 20, 4)) + shift) for shift in (1.0, 0.0)]
    cases = cases_of(outputs, drivers, "inception[pytorch-fid]")
    expected = precision_recall(np.concatenate(outputs), np.concatenate(drivers))
    for side, value in zip(("precision", "recall"), expected, strict=True):
        score = score_set(f"{side}[pytorch-fid]", cases)
        assert score.value == pytest.approx(value)
        assert score.ci_low <= score.value <= score.ci_high
    few = score_set("recall[pytorch-fid]", cases_of([outputs[0][:3]], [drivers[0][:3]], "inception[pytorch-fid]"))
    assert few.value is None
    assert "at least 4 samples" in few.reason
