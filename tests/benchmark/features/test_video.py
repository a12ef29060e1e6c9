"""The pass over one video: each frame decoded once, any batch size, only what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.features import FeatureStore, NoFrames, extract_video
from benchmark.features.extractors import catalog
from benchmark.features.models import ModelCache, ModelFactories, Person
from benchmark.features.types.extractor import LANDMARKS, Batch, Compute, PerFrame
from benchmark.features.video import kept_faces, load_video
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.faces.seen import FacesSeen
from tests.benchmark import harness
from tests.benchmark.features.material import (
    NETWORKS,
    STAND_INS,
    Counted,
    breaking,
    nothing_kept,
    pictures,
    source,
    stand_ins,
)

__all__ = ["stand_ins"]
pytestmark = pytest.mark.usefixtures("stand_ins")
EVERYTHING = (LANDMARKS, "bright", "face-mean", "thin", "windows")


@pytest.mark.parametrize("batch_frames", [1, 7, 64])
def test_the_batch_size_changes_nothing(batch_frames: int) -> None:
    video = source(pictures(45))
    tools, store = Counted().models(), nothing_kept()
    plain = extract_video(video, EVERYTHING, models=tools, store=store, stride=3)
    other = extract_video(video, EVERYTHING, models=tools, store=store, stride=3, batch_frames=batch_frames)
    assert np.array_equal(plain.landmarks_px, other.landmarks_px)
    assert plain.reasons == other.reasons
    assert plain.arrays.keys() == {one.id for one in STAND_INS if one.id != "difference"}
    for name, values in plain.arrays.items():
        assert np.array_equal(values, other.arrays[name], equal_nan=True), name


def test_frames_are_decoded_once_whatever_is_asked() -> None:
    decoded = 0

    def read() -> Iterator[np.ndarray]:
        nonlocal decoded
        for frame in pictures(9):
            decoded += 1
            yield frame

    counted = Counted()
    video = replace(source(pictures(9)), read=read)
    extract_video(video, EVERYTHING, models=counted.models(), store=nothing_kept())
    assert (decoded, counted.steps) == (9, 9)


def test_one_more_feature_costs_only_that_feature(tmp_path: Path) -> None:
    store, video = FeatureStore(tmp_path, NETWORKS), source(pictures(9))
    first = Counted()
    before = extract_video(video, (LANDMARKS, "bright"), models=first.models(), store=store)
    assert first.loads == {"face": 1, "bright": 1}
    second = Counted()
    after = extract_video(video, (LANDMARKS, "bright", "face-mean"), models=second.models(), store=store)
    assert (second.loads, second.steps) == ({"face-mean": 1}, 0)  # landmarks and the other feature come from the store
    assert np.array_equal(after.arrays["bright"], before.arrays["bright"])
    assert np.array_equal(after.arrays["face-mean"][:, 0], before.landmarks_px.mean(axis=(1, 2)))
    third = Counted()
    unreadable = replace(video, read=lambda: pytest.fail("expected no decoding"))
    again = extract_video(unreadable, (LANDMARKS, "face-mean"), models=third.models(), store=store)
    assert third.loads == {}
    assert np.array_equal(again.arrays["face-mean"], after.arrays["face-mean"])


def test_what_decides_a_feature_is_part_of_its_name(tmp_path: Path) -> None:
    """Other pixels, other weights, another preprocessing, stride or precision: computed again."""
    video, plain = source(pictures(6)), FeatureStore(tmp_path, NETWORKS)

    def computed(store: FeatureStore, compute: Compute, stride: int, pixels: np.ndarray | None = None) -> set[str]:
        counted = Counted()
        frames = video if pixels is None else source(pixels)
        extract_video(frames, ("bright", "thin"), models=counted.models(compute), store=store, stride=stride)
        return set(counted.loads)

    reference = Compute()
    assert computed(plain, reference, 1) == {"face", "bright", "thin"}
    assert computed(plain, reference, 1) == set()
    assert computed(plain, reference, 2) == {"thin"}
    assert computed(FeatureStore(tmp_path, {**NETWORKS, "bright-net": "e" * 64}), reference, 1) == {"bright", "thin"}
    assert computed(FeatureStore(tmp_path, {**NETWORKS, "face-mesh": "e" * 64}), reference, 1) == {"face", "thin"}
    assert computed(plain, Compute("cpu", "bfloat16"), 1) == {"bright", "thin"}  # the face is always in float32
    assert computed(plain, reference, 1, pictures(6, seed=1)) == {"face", "bright", "thin"}


def test_a_network_that_is_not_here_is_named() -> None:
    store = FeatureStore(None, {"face-detector": "a" * 64})
    with pytest.raises(BenchmarkError, match="weights download face-mesh"):
        extract_video(source(pictures(2)), (LANDMARKS,), models=Counted().models(), store=store)


def test_no_face_is_looked_for_when_nobody_asks() -> None:
    counted = Counted()
    found = extract_video(source(pictures(4)), ("bright",), models=counted.models(), store=nothing_kept())
    assert counted.steps == 0
    assert not found.valid.any()
    assert found.why_not(0) == "no metric needs the face"


def test_equal_frames_are_looked_at_once_also_across_batches() -> None:
    a, b = pictures(2)
    counted = Counted()
    video = source(np.stack([a, a, b, b, b, a]))
    found = extract_video(video, (LANDMARKS,), models=counted.models(), store=nothing_kept(), batch_frames=2)
    assert counted.steps == 3
    assert np.array_equal(found.landmarks_px[2], found.landmarks_px[4])
    assert not np.array_equal(found.landmarks_px[2], found.landmarks_px[1])


def test_a_frozen_video_is_described_once() -> None:
    seen: list[int] = []

    def describe(frames: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
        seen.append(len(frames))
        return frames.reshape(len(frames), -1)[:, :1].astype(np.float32) + np.nan_to_num(landmarks_px[:, :1, 0])

    a, b = pictures(2)
    frames = np.stack([a, a, a, b, a, a])
    landmarks = np.full((6, 468, 3), np.nan, np.float32)
    landmarks[5] = 1000.0  # the same picture with another face is not the same
    session = PerFrame(describe)
    for start in (0, 2, 4):
        session.push(Batch(frames[start : start + 2], landmarks[start : start + 2], start))
    rows = session.finish()[:, 0]
    assert sum(seen) == 4
    assert rows.tolist() == [*(float(frame[0, 0, 0]) for frame in frames[:5]), float(a[0, 0, 0]) + 1000]


def test_thinned_features_lie_at_their_frames() -> None:
    tools, store = Counted().models(), nothing_kept()
    all_frames = extract_video(source(pictures(8)), ("thin",), models=tools, store=store).arrays["thin"]
    thin = extract_video(source(pictures(8)), ("thin",), models=tools, store=store, stride=3, batch_frames=2)
    rows = thin.arrays["thin"]
    assert np.isfinite(rows[::3]).all()
    assert np.array_equal(rows[::3], all_frames[::3])
    assert np.isnan(np.delete(rows, [0, 3, 6], axis=0)).all()


@pytest.mark.parametrize("count", [1, 4, 5])
def test_windows_of_short_videos(count: int) -> None:
    found = extract_video(source(pictures(count)), ("windows",), models=Counted().models(), store=nothing_kept())
    assert found.arrays["windows"].shape == (max(0, count - 4), 1)
    assert len(found) == count


def test_a_face_that_is_lost_has_its_reason(tmp_path: Path) -> None:
    frames = pictures(6)
    frames[3:] = 0
    store = FeatureStore(tmp_path, NETWORKS)
    for _ in range(2):  # made, then loaded
        found = extract_video(source(frames), EVERYTHING, models=Counted().models(), store=store)
        assert found.valid.tolist() == [True] * 3 + [False] * 3
        assert found.why_not(4) == "no face detected"
        assert np.isnan(found.arrays["face-mean"][3:]).all()


def test_damage_in_the_middle_keeps_what_came_before(tmp_path: Path) -> None:
    video, store = breaking(pictures(9), at=5), FeatureStore(tmp_path, NETWORKS)
    whole = extract_video(source(pictures(9)), ("windows",), models=Counted().models(), store=nothing_kept())
    for _ in range(2):
        found = extract_video(video, EVERYTHING, models=Counted().models(), store=store, batch_frames=2)
        assert len(found) == len(found.arrays["bright"]) == 5
        assert found.frame_hw == (32, 32)
        assert found.problem is not None and "frame 5 is damaged" in found.problem
        assert np.array_equal(found.arrays["windows"], whole.arrays["windows"][:1])


def test_nothing_decodable_is_an_error_not_an_empty_feature() -> None:
    with pytest.raises(NoFrames, match="frame 0 is damaged"):
        extract_video(breaking(pictures(3), at=0), EVERYTHING, models=Counted().models(), store=nothing_kept())


def test_a_session_must_give_a_row_for_each_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmark.features.extractors import catalog

    short = replace(STAND_INS[3], id="short", rows="frame")  # it gives one row per window
    monkeypatch.setattr(catalog, "EXTRACTORS", {"short": short})
    with pytest.raises(BenchmarkError, match="expected 9 rows of 'short'"):
        extract_video(source(pictures(9)), ("short",), models=Counted().models(), store=nothing_kept())


class _OfSeveral(harness.Follower):
    """Two faces from the first frame on: the one at the left is taken unless the picture of the person is bright."""

    seen = FacesSeen(looked=1, several=1, most=2, is_chosen=True)

    def __init__(self, person: Person | None = None) -> None:
        self._shift = 0.0 if person is None or person().mean() < 128 else 100.0

    def step(self, frame: np.ndarray) -> tuple[np.ndarray | None, str | None]:
        points, reason = super().step(frame)
        return None if points is None else points + self._shift, reason


def test_where_identity_decides_features_are_kept_for_each_person(tmp_path: Path) -> None:
    """The same video of two faces, made from two sources: neither gets the other's features, nothing is done twice."""
    store, video, ids = FeatureStore(tmp_path, NETWORKS), source(pictures(4)), (LANDMARKS, "bright", "face-mean")
    people = {name: source(np.full((1, 8, 8, 3), level, np.uint8)) for name, level in (("dark", 10), ("light", 240))}
    made: list[str] = []

    def asked(name: str | None) -> np.ndarray:
        def new(person: Person | None) -> _OfSeveral:
            made.append(str(name))
            return _OfSeveral(person)

        models = ModelCache(ModelFactories(lambda: new, lambda one, compute: catalog.extractor(one).load(compute)))
        person = None if name is None else people[name]
        found = extract_video(video, ids, models=models, store=store, person=person)
        person_id = None if person is None else person.content_id
        known = {"store": store, "compute": Compute(), "person_id": person_id}
        assert kept_faces(video.content_id, ids, **known) == _OfSeveral.seen
        kept = load_video(video.content_id, ids, **known)
        assert np.array_equal(kept.arrays["face-mean"], found.arrays["face-mean"]) and kept.faces == _OfSeveral.seen
        return found.landmarks_px

    dark, light = asked("dark"), asked("light")
    assert kept_faces(video.content_id, ids, store=store, compute=Compute()) is None
    assert np.allclose(light - dark, 100.0)
    assert np.array_equal(asked(None), dark) and np.array_equal(asked("light"), light)
    assert made == ["dark", "light", "None"]
