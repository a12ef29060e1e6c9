"""Head diversity: the angle between outputs of one source and driver, and nothing where nothing is repeated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.metrics import CARDS, CaseFeatures, FaceFeatures, score_set
from benchmark.metrics.records import case_of, case_record
from tests.benchmark.metrics.faces import case, person, rotation, shoot, video

METRIC = "head_diversity_deg[mesh468]"


def turned(yaw_deg: float, frames: int = 4, missing: tuple[int, ...] = ()) -> FaceFeatures:
    return video([shoot(person(), rotation(yaw_deg, 0, 0))] * frames, missing)


def made(inputs: str | None, *outputs: FaceFeatures) -> list[CaseFeatures]:
    driver = turned(0)
    return [
        replace(case(one, driver, driver), case_id=f"{inputs}{n}", inputs_id=inputs) for n, one in enumerate(outputs)
    ]


def test_the_mean_over_pairs_then_groups() -> None:
    cases = [*made("a", turned(0), turned(10), turned(20)), *made("b", turned(5), turned(5)), *made("c", turned(40))]
    score = score_set(METRIC, cases)
    assert score.value == pytest.approx(np.mean([(10 + 20 + 10) / 3, 0.0]), abs=0.1)
    assert (score.n, score.extra) == (4, {"groups": 2.0, "outputs": 5.0, "groups_lost": 0.0, "alone": 1.0})


def test_only_frames_in_which_both_are_seen_count() -> None:
    one, other = turned(0), turned(8)
    other.landmarks_px[2:] = turned(60, 2).landmarks_px
    half = replace(one, reasons=(None, None, "no face", "no face"))
    assert score_set(METRIC, made("a", half, other)).value == pytest.approx(8, abs=0.1)
    assert score_set(METRIC, made("a", one, turned(3, missing=(0, 1, 2, 3)))).value is None


@pytest.mark.parametrize("cases", [[], made("a", turned(0)), made(None, turned(0), turned(9))])
def test_nothing_is_repeated(cases: list[CaseFeatures]) -> None:
    score = score_set(METRIC, cases)
    assert score.value is None and score.reason


def test_what_a_case_was_made_of_goes_with_it_to_other_processes() -> None:
    sent = [case_of(case_record(one, CARDS[METRIC])) for one in made("a", turned(0), turned(10))]
    assert score_set(METRIC, sent).value == pytest.approx(10, abs=0.1)
