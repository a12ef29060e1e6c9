from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from feed_dataset.core.faces.mesh_indices import LEFT_EYE_CORNERS, LEFT_LIDS, LIPS_OUTER, RIGHT_EYE_CORNERS, RIGHT_LIDS
from feed_dataset.core.media.video import write_video
from feed_dataset.pairs.pairs import FeedPairs
from feed_dataset.prepare import PreparedClip, PreparedSet, PrepareSettings
from model.networks.errors import ModelError
from model.training.corpora import VideoCorpus, landmarks_of_mesh

CLIPS = ("ID_1/random_C", "ID_2/random_C")
FRAMES, SIDE, FPS = 4, 64, 25


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    for number, name in enumerate(CLIPS):
        write_video(
            tmp_path / "FEED" / f"{name}.mp4", np.full((FRAMES, SIDE, SIDE, 3), 60 + 120 * number, np.uint8), FPS
        )
    return tmp_path / "FEED"


def crops(videos: Path, *, landmarks: bool) -> Path:
    """What `prepare` writes; the left eye begins at a quarter of the crop in frame 0, half in frame 1, and so on."""
    folder, made = videos.parent / "crops", []
    for name in CLIPS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.mp4").write_bytes((videos / f"{name}.mp4").read_bytes())
        mesh_px = np.full((FRAMES, 468, 3), 32.0, np.float32)
        mesh_px[:, 362, 0] = SIDE * 0.25 * (1 + np.arange(FRAMES))
        arrays = {"valid": np.ones(FRAMES, bool)} | ({"landmarks_px": mesh_px} if landmarks else {})
        np.savez(folder / f"{name}.crop.npz", **arrays)
        made.append(
            PreparedClip(name, "", "0" * 64, "", "ok", "", f"{name}.mp4", f"{name}.crop.npz", frame_count=FRAMES)
        )
    PreparedSet(folder, PrepareSettings(size_px=SIDE, landmarks=landmarks), {}, tuple(made)).save()
    return folder


def test_videos_give_two_frames_of_one_person(videos: Path) -> None:
    corpus = VideoCorpus(FeedPairs(videos, size_px=32, pairs=1 << 40), name="videos")
    seen = set()
    for seed in range(8):
        pair = corpus.draw(np.random.default_rng(seed))
        seen.add(pair.subject)
        grey = 60 / 255 if pair.subject == "videos/ID_1" else 180 / 255
        for picture in (pair.source, pair.driver):
            torch.testing.assert_close(picture, torch.full((3, 32, 32), grey), atol=0.03, rtol=0)
        assert pair.landmarks is None and pair.parts is None
    assert seen == {"videos/ID_1", "videos/ID_2"} and not corpus.gives
    again, other = (corpus.draw(np.random.default_rng(seed)) for seed in (7, 7))
    assert again.subject == other.subject and torch.equal(again.driver, other.driver)


def test_crops_with_landmarks_give_those_of_the_driver(videos: Path) -> None:
    folder = crops(videos, landmarks=True)
    pairs = FeedPairs(videos, size_px=32, pairs=1 << 40, prepared=folder)
    corpus = VideoCorpus(pairs, name="videos", crops=folder)
    assert corpus.gives == {"landmarks", "eyes", "mouth"}
    for seed in range(4):
        pair = corpus.draw(np.random.default_rng(seed))
        index = pairs[int(np.random.default_rng(seed).integers(1 << 40))]["driver_index"]
        assert pair.landmarks is not None and pair.parts is not None and pair.parts.shape == (3, 32, 32)
        assert pair.landmarks[42].tolist() == [0.25 * (1 + index) * 2 - 1, 0.0]
        assert pair.landmarks[:36].isnan().all() and not pair.parts[2].any()


def test_crops_without_landmarks_give_pictures_alone(videos: Path) -> None:
    folder = crops(videos, landmarks=False)
    pairs = FeedPairs(videos, size_px=32, pairs=8, prepared=folder)
    assert not VideoCorpus(pairs, name="videos", crops=folder).gives


def test_damaged_landmarks_are_named(videos: Path) -> None:
    folder = crops(videos, landmarks=True)
    pairs = FeedPairs(videos, size_px=32, pairs=8, prepared=folder)
    corpus = VideoCorpus(pairs, name="videos", crops=folder)
    for name in CLIPS:
        np.savez(folder / f"{name}.crop.npz", valid=np.ones(FRAMES, bool))
    with pytest.raises(ModelError, match="expected landmarks in .*crop.npz but got: .*; prepare again"):
        corpus.draw(np.random.default_rng(0))


def test_points_of_the_mesh_are_those_of_eyes_and_lips() -> None:
    """Corners and lids as the face room names them; lips go round."""
    mesh = np.stack([np.arange(468), np.zeros(468)], axis=1)
    points = landmarks_of_mesh(mesh)[:, 0].nan_to_num(-1).int().tolist()
    assert (points[36], points[39]) == RIGHT_EYE_CORNERS and (points[42], points[45]) == LEFT_EYE_CORNERS
    assert ((points[37], points[41]), (points[38], points[40])) == (RIGHT_LIDS[0], RIGHT_LIDS[2])
    assert ((points[44], points[46]), (points[43], points[47])) == (LEFT_LIDS[0], LEFT_LIDS[2])
    places = [LIPS_OUTER.index(point) for point in points[48:60]]
    assert places == [0, *sorted(places[1:], reverse=True)]
