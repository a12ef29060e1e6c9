"""Lip sync of cases: values, counts, and reasons where there is no value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from benchmark.features.lip_sync.distances import summarise_sync, sync_distances
from benchmark.features.lip_sync.legacy_scores import track_rows
from benchmark.features.lip_sync.timing import frames_at_25
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics import CARDS, score_case
from benchmark.metrics.sync_mouth import LIP_PAIRS

FRAMES = 80
SYNCNET = ("syncnet_confidence", "syncnet_distance", "syncnet_offset")
LEGACY = (*(f"{name}[legacy]" for name in SYNCNET), "syncnet_offset[legacy-corrected]")
LAG = ("av_lag[mesh468]", "av_correlation[mesh468]")


ALL = (*SYNCNET, *LEGACY, *LAG)


def _track(count: int = 300) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(count + 5, 1024))
    return sum(noise[shift : shift + count] for shift in range(5)).astype(np.float32)  # type: ignore[union-attr]


def _mouth(count: int) -> np.ndarray:
    """An opening in [0, 1] per frame."""
    rng = np.random.default_rng(3)
    return np.convolve(rng.uniform(0, 1, count + 4), np.ones(5) / 5, mode="valid")[:count] * 2 - 0.5


def _landmarks(opening: np.ndarray) -> np.ndarray:
    points = np.random.default_rng(1).uniform(0, 100, (len(opening), 468, 3)).astype(np.float32)
    points[:, 33], points[:, 263] = (0.0, 0.0, 0.0), (100.0, 0.0, 0.0)
    for upper, lower in LIP_PAIRS:
        points[:, upper] = (50.0, 50.0, 0.0)
        points[:, lower] = (50.0, 50.0, 0.0)
        points[:, lower, 1] += 20.0 * opening
    return points


def _face(late: int = 0, frames: int = FRAMES, missing: tuple[int, ...] = ()) -> FaceFeatures:
    """A face whose lips move `late` frames after the truth's."""
    opening = np.roll(_mouth(FRAMES), late)[:frames]
    landmarks = _landmarks(opening)
    landmarks[list(missing)] = np.nan
    reasons = tuple("no face detected" if index in missing else None for index in range(frames))
    lip = _track()[50 - late : 50 - late + max(0, frames - 4)].copy()
    for index in missing:
        lip[max(0, index - 4) : index + 1] = np.nan
    arrays = {"syncnet-lip": lip, "syncnet-legacy": track_rows(0, 0, lip)}
    return FaceFeatures(landmarks, reasons, arrays, times_s=np.arange(frames) / 25)


def _sound() -> dict[str, np.ndarray]:
    moments = np.arange(FRAMES * 4) / 4
    level = np.interp(moments, np.arange(FRAMES), _mouth(FRAMES)).astype(np.float32)
    return {"syncnet-sound": _track()[50 : 50 + FRAMES - 5], "speech-envelope": level}


def _case(
    output: FaceFeatures | None = None,
    *,
    driver: FaceFeatures | None = None,
    sound: Mapping[str, np.ndarray] | None = None,
    no_sound: str | None = None,
    fps: float | None = 25.0,
) -> CaseFeatures:
    driver = driver or _face()
    return CaseFeatures(
        "case",
        "S01",
        driver if output is None else output,
        driver,
        driver,
        sound=_sound() if sound is None else sound,
        no_sound=no_sound,
        fps=fps,
    )


@pytest.mark.parametrize("name", ["syncnet_offset", "syncnet_offset[legacy-corrected]", "av_lag[mesh468]"])
@pytest.mark.parametrize("late", [-4, 0, 3])
def test_lips_that_are_late_have_their_sound_early(name: str, late: int) -> None:
    case = _case(_face(late))
    assert score_case(name, case).value == pytest.approx(late, abs=0.6)
    assert score_case(name, _case()).value == pytest.approx(0.0, abs=0.3)


@pytest.mark.parametrize("late", [15, 17, -17])
def test_an_offset_at_the_end_of_the_search_is_none(late: int) -> None:
    """What fits best there may fit better beyond; how well it fits there is known all the same."""
    track = _track()
    sound = {**_sound(), "syncnet-sound": track[50 + late : 50 + late + FRAMES - 5]}
    case = _case(sound=sound)
    for name in ("syncnet_offset", "syncnet_offset[legacy]", "syncnet_offset[legacy-corrected]"):
        score = score_case(name, case)
        assert score.value is None and score.frames_scored == 0, name
        assert score.failures == (("the best offset is the end of the search, 15 frames", 76),), name
    assert score_case("syncnet_confidence", case).value is not None


def test_values_are_those_of_the_functions() -> None:
    case = _case(_face(2))
    lip = case.output.arrays["syncnet-lip"]
    expected = summarise_sync(sync_distances(lip, case.sound["syncnet-sound"]))
    assert score_case("syncnet_confidence", case).value == expected.confidence
    assert score_case("syncnet_distance", case).value == expected.distance
    score = score_case("syncnet_offset", case)
    assert (score.frames_expected, score.frames_scored, score.failures) == (76, 76, ())


def test_windows_without_a_face_and_missing_frames_are_counted() -> None:
    score = score_case("syncnet_confidence", _case(_face(missing=(20, 21))))
    assert (score.frames_expected, score.frames_scored) == (76, 70)
    assert score.failures == (("output: no face detected", 6),)
    short = score_case("syncnet_confidence", _case(_face(frames=70)))
    assert (short.frames_scored, short.failures) == (66, (("output: frame missing", 10),))
    lag = score_case("av_lag[mesh468]", _case(_face(frames=70, missing=(20, 21))))
    assert lag.frames_scored == 68
    assert lag.failures == (("output: frame missing", 10), ("output: no face detected", 2))


def test_the_historical_script_has_its_first_step_in_its_offset() -> None:
    """In sync it prints +1 at 25 frames/s and +2 at 30; where that is not known there is no value."""
    assert score_case("syncnet_offset[legacy]", _case()).value == 1.0
    thirty = replace(_face(), times_s=np.arange(FRAMES) / 30)
    assert score_case("syncnet_offset[legacy]", _case(thirty)).value == 2.0
    assert score_case("syncnet_offset[legacy-corrected]", _case(thirty)).value == 0.0
    for times_s, why in (
        (np.arange(FRAMES) / 27, "at 27 frames per second is not known"),
        (np.delete(np.arange(FRAMES + 1), 40) / 25, "at a variable rate is not known"),
    ):
        score = score_case("syncnet_offset[legacy]", _case(replace(_face(), times_s=times_s)))
        assert score.value is None and why in score.failures[0][0]


def test_the_historical_procedure_says_what_it_leaves_out() -> None:
    score = score_case("syncnet_confidence[legacy]", _case())
    assert (score.frames_expected, score.frames_scored) == (76, 75)
    assert score.failures == (("output: left out by the historical procedure", 1),)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "case, reason",
    [
        (_case(no_sound="no sound stream", sound={}), "no sound: no sound stream"),
        (_case(sound={}), "no sound"),
        (_case(fps=None), "frame times not known"),
        (_case(replace(_face(), times_s=None)), "frame times not known"),
        (_case(fps=5.0), "5 frames per second: lip sync needs 20 or more"),
    ],
)
def test_without_sound_or_frame_rate_there_is_a_reason_and_no_value(name: str, case: CaseFeatures, reason: str) -> None:
    score = score_case(name, case)
    assert score.value is None and score.frames_scored == 0
    assert score.failures == ((reason, score.frames_expected),)


@pytest.mark.parametrize("name", [name for name in ALL if "[legacy" not in name])
@pytest.mark.parametrize(
    "case",
    [
        _case(driver=_face(frames=1)),
        _case(driver=_face(frames=12)),
        _case(driver=_face(missing=tuple(range(FRAMES)))),
        _case(_face(frames=0)),
    ],
    ids=["one frame", "short", "no face", "no output"],
)
def test_nothing_to_look_at_has_no_value_and_every_frame_a_reason(name: str, case: CaseFeatures) -> None:
    score = score_case(name, case)
    assert score.value is None and score.frames_scored == 0
    assert sum(count for _, count in score.failures) == score.frames_expected


def test_legacy_without_a_track_says_so() -> None:
    face = _face()
    empty = replace(face, arrays={"syncnet-legacy": np.empty((0, 1026), np.float32)})
    score = score_case("syncnet_offset[legacy]", _case(empty))
    assert score.value is None and "no face track of more than 100 frames" in score.failures[0][0]


def test_other_frame_rates_count_windows_of_25() -> None:
    times_s = np.arange(FRAMES) * 1001 / 30000
    due = len(frames_at_25(times_s)) - 4
    face = replace(_face(), arrays={"syncnet-lip": _track()[50 : 50 + due]}, times_s=times_s)
    score = score_case("syncnet_offset", _case(driver=face, fps=30000 / 1001))
    assert (score.frames_expected, score.frames_scored) == (due, due)
    assert score.value == pytest.approx(0.0, abs=0.1)


def test_pictures_are_where_their_time_stamps_are() -> None:
    """A clip that lacks every fourth picture after two thirds of a second, time stamps kept: the lips are as late."""
    kept = np.array([frame for frame in range(FRAMES) if frame < 16 or frame % 4])
    for late in (-4, 0, 3):
        face = _face(late)
        holes = FaceFeatures(face.landmarks_px[kept], (None,) * len(kept), {}, times_s=kept / 25)
        score = score_case("av_lag[mesh468]", _case(holes, driver=_face()))
        assert score.value == pytest.approx(late, abs=0.6)


def test_cards_name_sound_and_networks() -> None:
    assert all(CARDS[name].needs == {"audio"} for name in ALL)
    assert not [name for name in CARDS if "_gt" in name], "the row of the reference says the same"
    assert "syncnet-v2" in CARDS["syncnet_confidence"].networks
    assert {"s3fd", "syncnet-v2"} == set(CARDS["syncnet_confidence[legacy]"].networks)
    assert "syncnet-v2" not in CARDS["av_lag[mesh468]"].networks
