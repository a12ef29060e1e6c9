from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import CARDS, score_set
from benchmark.metrics.frechet import frechet_distance
from tests.benchmark.metrics.test_fid import cases_of


def test_scores_windows_and_counts_clips_without_any() -> None:
    random = np.random.default_rng(0)
    outputs, drivers = [list(random.normal(size=(4, 9, 6)) + shift) for shift in (0.5, 0.0)]
    outputs[2] = outputs[2][:0]
    score = score_set("fvd[i3d-16]", cases_of(outputs, drivers, "i3d"))
    expected = frechet_distance(np.concatenate(outputs).astype("f4"), np.concatenate(drivers).astype("f4"))
    assert score.value == pytest.approx(expected)
    assert (score.n, score.extra["n_real"], score.extra["outputs_too_short"]) == (27, 36, 1)


def test_no_windows_no_value() -> None:
    short = [np.empty((0, 400))] * 2
    score = score_set("fvd[i3d-16]", cases_of(short, short, "i3d"))
    assert score.value is None
    assert "at least 2 samples" in score.reason
    assert score.extra["outputs_too_short"] == 2


def test_the_card_names_the_network_and_the_crop() -> None:
    card = CARDS["fvd[i3d-16]"]
    assert card.networks == ("i3d-kinetics400",)
    assert "no crop" in card.preprocessing
