"""THEval's measures of lips and voice: what its code does, what is corrected, and when there is no number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.metrics import CARDS, CaseFeatures, FaceFeatures, score_set
from benchmark.metrics.records import case_of, case_record
from benchmark.metrics.theval_speech import LOWER_LIP, UPPER_LIP, lips_and_loudness, silent_lips
from tests.benchmark.metrics.faces import IOD, case, person, rotation, shoot, video

MODES = ("theval", "corrected")
TIMES = np.arange(40) / 25
LEVELS = np.array([0.8] * 60 + [0.0] * 60 + [0.8] * 41, np.float32)  # silent from 0.6 s to 1.2 s
SPOKEN = np.abs(np.sin(np.arange(33) / 3)).astype(np.float32)  # every 50 ms


def mouths(openings: np.ndarray, roll_deg: float = 0.0, hw: tuple[int, int] = (256, 256)) -> FaceFeatures:
    frames = []
    for opening in openings:
        points = person()
        for upper, lower in zip(UPPER_LIP, LOWER_LIP, strict=True):
            points[lower] = points[upper] - [0, opening * IOD, 0]
        frames.append(shoot(points, rotation(0, 0, roll_deg)))
    return replace(video(frames), times_s=TIMES[: len(openings)], frame_hw=hw)


def heard(output: FaceFeatures, truth: FaceFeatures) -> CaseFeatures:
    return case(output, truth, truth, reference=truth, sound={"speech-envelope": LEVELS, "rms": SPOKEN})


def restless(seed: int, amount: float) -> np.ndarray:
    return np.abs(np.random.default_rng(seed).normal(0.1, amount, 40))


def loud(gain: float = 1.0, noise: float = 0.0) -> np.ndarray:
    at = np.interp(TIMES, 0.05 * np.arange(len(SPOKEN)), SPOKEN)
    return 0.05 + 0.2 * np.abs(gain * at + noise * np.random.default_rng(0).normal(0, 1, 40))


@pytest.mark.parametrize("mode", MODES)
def test_as_quiet_as_the_truth_is_one(mode: str) -> None:
    truth = mouths(restless(0, 0.03))
    values = [
        score_set(f"theval_silence[{mode}]", [heard(mouths(restless(1, a)), truth)]).value for a in (0.002, 0.03, 0.1)
    ]
    assert score_set(f"theval_silence[{mode}]", [heard(truth, truth)]).value == 1.0
    assert values[1] == max(values)  # type: ignore[type-var]


def test_only_silence_counts_for_quiet_lips_and_only_speech_for_sync() -> None:
    silent = (TIMES >= 0.6) & (TIMES <= 1.2)
    quiet = np.where(silent, 0.1, restless(2, 0.1))
    assert silent_lips(heard(mouths(quiet), mouths(quiet)), mouths(quiet), corrected=True) == pytest.approx(0, abs=1e-6)
    follows = mouths(np.where(silent, 0.9, loud()))
    for corrected in (False, True):
        assert lips_and_loudness(heard(follows, follows), follows, corrected=corrected) == pytest.approx(0, abs=1e-3)


def test_a_tilted_head_opens_its_mouth_less_in_thevals_form_only() -> None:
    for measure in (silent_lips, lips_and_loudness):
        upright, tilted = (mouths(restless(3, 0.05), roll) for roll in (0.0, 35.0))
        values = [
            [measure(heard(one, one), one, corrected=corrected) for one in (upright, tilted)]
            for corrected in (False, True)
        ]
        assert values[1][1] == pytest.approx(values[1][0], rel=1e-3)  # type: ignore[call-overload]
        assert values[0][1] != pytest.approx(values[0][0], rel=1e-2) or measure is lips_and_loudness


def test_a_wide_picture_is_squeezed_in_thevals_form_only() -> None:
    square, wide = mouths(restless(4, 0.05)), mouths(restless(4, 0.05), hw=(256, 512))
    values = [
        [silent_lips(heard(one, one), one, corrected=corrected) for one in (square, wide)]
        for corrected in (False, True)
    ]
    assert values[0][1] > 1.5 * values[0][0]  # type: ignore[operator]
    assert values[1][1] == values[1][0]


def test_a_mouth_that_never_moves_has_a_number_in_thevals_form_only() -> None:
    still = mouths(np.full(40, 0.1))
    assert lips_and_loudness(heard(still, still), still, corrected=True) is None
    assert lips_and_loudness(heard(still, still), still, corrected=False) is not None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["theval_silence", "theval_sync"])
def test_without_sound_there_is_a_reason(name: str, mode: str) -> None:
    truth = mouths(restless(0, 0.03))
    deaf = replace(heard(truth, truth), sound={}, no_sound="no sound stream")
    assert score_set(f"{name}[{mode}]", [deaf]).reason == "no sound stream"


def test_sound_goes_with_a_case_to_other_processes() -> None:
    one = heard(mouths(loud(noise=0.3)), mouths(loud()))
    sent = case_of(case_record(one, CARDS["theval_sync[theval]"]))
    whole, again = (score_set("theval_sync[theval]", [c]).value for c in (one, sent))
    assert whole is not None and whole == again
