"""The figures of scripts/bench_synthetic.py, and a small run of it."""

from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.core.jobs.errors import WeightsUnavailable
from scripts.bench_synthetic import describe, frontal_expressions, frontal_frames, identity_figures


def test_perfectly_told_apart() -> None:
    owners = np.repeat([0, 1, 2], 4)
    descriptors = np.eye(128)[owners] + 0.01 * np.random.default_rng(0).normal(size=(12, 128))
    figures = identity_figures(descriptors, owners)
    assert figures.ranked_right == 1 and figures.classified_right == 1
    assert figures.same_mean < figures.threshold < figures.different_mean


def test_not_told_apart_at_all() -> None:
    descriptors = np.random.default_rng(0).normal(size=(60, 128))
    figures = identity_figures(descriptors, np.repeat(np.arange(6), 10))
    assert figures.ranked_right == pytest.approx(0.5, abs=0.06)
    assert figures.classified_right == pytest.approx(0.5, abs=0.06)


def test_counted_by_hand() -> None:
    """On a line: the pair of one person is 1 apart, the pairs of two people 0.5, 1.5, 2 and 2.5."""
    places, owners = np.array([0.0, 1.0, 1.5, 2.5]), np.array([0, 0, 1, 1])
    descriptors = np.zeros((4, 128))
    descriptors[:, 0] = places
    figures = identity_figures(descriptors, owners)  # same 1, 1; different 1.5, 2.5, 0.5, 1.5
    assert figures.ranked_right == pytest.approx(0.75)


def test_faces_that_were_not_found_are_left_out() -> None:
    owners = np.repeat([0, 1], 3)
    descriptors = np.eye(128)[owners]
    descriptors[0] = np.nan
    assert identity_figures(descriptors, owners).ranked_right == 1
    with pytest.raises(ValueError, match="several people"):
        identity_figures(descriptors, np.zeros(6, int))


def test_expressions_are_frontal_and_many() -> None:
    found = list(frontal_expressions("S03"))
    assert 7 <= len(found) <= 12 and not found[0].coefficients
    assert max(abs(angle) for one in found for angle in one.head_deg[:2]) < 15


def test_three_people_are_found_and_told_apart() -> None:
    """A small run with the real networks; skips without their weights."""
    people = ("S01", "S04", "S06")
    frames = [frontal_frames(name, 256, limit=4) for name in people]
    try:
        found, descriptors = describe(np.concatenate(frames))
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    assert found.all()
    figures = identity_figures(descriptors, np.repeat([0, 1, 2], [len(one) for one in frames]))
    assert figures.ranked_right > 0.95 and figures.classified_right > 0.9
