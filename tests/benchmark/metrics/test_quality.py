"""Quality without a reference: the mean of what a network says of the output, with every lost frame counted."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.engine.networks import lacking_package
from benchmark.metrics import CARDS, FaceFeatures, score_case, score_set
from benchmark.metrics.lacking import no_package, package_label
from tests.benchmark.metrics.faces import case, person, shoot, video

ROOT = Path(__file__).parents[3]

CASES = {
    "topiq_nr[koniq]": "topiq[koniq]",
    "topiq_nr[face]": "topiq[face]",
    "musiq[koniq]": "musiq[koniq]",
    "clip_iqa[rn50]": "clip-iqa[rn50]",
}
SETS = {"theval_aesthetic": "topiq[aesthetic]", "theval_mouth": "musiq[mouth]", "theval_face": "topiq[face]"}


def rated(feature: str, *values: float) -> FaceFeatures:
    rows = np.array(values, np.float32)[:, None]
    return replace(video([shoot(person())] * len(values)), arrays={feature: rows})


@pytest.mark.parametrize("metric", CASES)
def test_the_mean_over_frames_and_what_was_lost(metric: str) -> None:
    driver = video([shoot(person())] * 4)
    score = score_case(metric, case(rated(CASES[metric], 0.2, np.nan, 0.6), driver, driver))
    assert (score.value, score.frames_scored, score.frames_expected) == (pytest.approx(0.4), 2, 4)
    assert dict(score.failures) == {"output: no value": 1, "output: frame missing": 1}


def test_more_frames_than_the_driver_have_no_value() -> None:
    driver = video([shoot(person())])
    assert score_case("musiq[koniq]", case(rated("musiq[koniq]", 50, 60), driver, driver)).value is None


@pytest.mark.parametrize("metric", SETS)
def test_thevals_score_is_how_near_the_means_are(metric: str) -> None:
    feature = SETS[metric]
    truth = rated(feature, 0.4, 0.6)
    cases = [case(rated(feature, value, np.nan, value), truth, truth, reference=truth) for value in (0.3, 0.5)]
    assert score_set(metric, cases).value == pytest.approx(1 - 0.1 / 0.5)
    assert score_set(metric, [case(truth, truth, truth, reference=truth)]).value == 1.0
    blind = rated(feature, np.nan)
    lost = score_set(metric, [*cases, case(blind, truth, truth, reference=truth)])
    assert (lost.n, lost.extra["n_lost"]) == (2, 1.0)


def test_a_missing_package_is_named_with_the_command() -> None:
    assert CARDS["topiq_nr[koniq]"].packages == ("pyiqa",)
    lacking = lacking_package(["a_package_that_is_not_there"])
    assert lacking is not None and lacking.command == "pip install a_package_that_is_not_there"


def test_packages_come_by_the_extra_that_has_their_version() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    names = sorted({package for card in CARDS.values() for package in card.packages} - {"pkg_resources"})
    assert names == ["onnxruntime", "pycvvdp", "pyiqa"], "expected an extra for each package that a metric needs"
    for name in names:
        lack = no_package(name)
        distribution = lack.needs.removeprefix("the Python package ")
        found = re.fullmatch(r"pip install 'feed-benchmark\[(\w+)\]'", lack.command or "")
        assert found is not None and package_label(name) == f"{distribution} (extra `{found[1]}`)"
        assert any(re.match(rf"{distribution}\b", one) for one in extras[found[1]])
    assert no_package("pkg_resources").command == "pip install 'setuptools<81'"
