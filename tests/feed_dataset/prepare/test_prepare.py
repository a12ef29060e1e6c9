"""Face crops of real and synthetic sources, from files to files."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from feed_dataset.cli import main
from feed_dataset.core.faces import FaceNetworks, find_face
from feed_dataset.core.faces.crop import apply_crop, crop_box
from feed_dataset.core.faces.track import NO_FACE
from feed_dataset.core.media.video import Audio, has_audio_stream, read_audio, read_video, write_video
from feed_dataset.layout.mini import MINI_ROOT
from feed_dataset.prepare import PreparedClip, PreparedSet, PrepareSettings, find_sources, job, prepare, run
from feed_dataset.prepare.clip import PrepareError, prepare_one
from feed_dataset.prepare.prepared import INDEX_NAME, PreparedError
from feed_dataset.prepare.sources import SourceError
from feed_dataset.synthetic.takes.ground_truth import PART_NAMES, GroundTruth

pytestmark = pytest.mark.usefixtures("networks")
SMALL = PrepareSettings(size_px=128, landmarks=True)
PNG = PrepareSettings(size_px=128, landmarks=True, output="png")


def picture(path: Path, image: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)
    return path


def frames_of(made: PreparedSet, clip: Any) -> np.ndarray:  # uint8 [T, S, S, 3]
    return np.stack([np.asarray(Image.open(path)) for path in sorted(made.path_of(clip).iterdir())])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, turning: np.ndarray) -> Path:
    """One turning head in FEED's layout, with sound that starts where the pictures do."""
    root = tmp_path_factory.mktemp("data")
    (root / "S02").mkdir()
    tone = Audio(np.sin(np.arange(5120) / 8).astype(np.float32) / 2, 16_000)
    write_video(root / "S02" / "rotations_C.mp4", turning, 25, audio=tone, crf=10)
    return root


def test_the_fixed_crop_is_the_benchmarks(folder: Path, tmp_path: Path, networks: FaceNetworks) -> None:
    made = prepare([folder], tmp_path, PNG)
    (clip,) = made
    assert (clip.status, clip.id, clip.frame_count, clip.valid_count) == ("ok", "S02/rotations_C", 8, 8)
    assert (clip.width_px, clip.height_px, clip.fps_num, clip.fps_den) == (256, 256, 25, 1)
    frames = read_video(folder / "S02" / "rotations_C.mp4").frames
    first, _ = find_face(frames[0], networks)
    assert first is not None
    expected = apply_crop(frames, crop_box(first.points_px, (256, 256)), 128)
    np.testing.assert_array_equal(frames_of(made, clip), expected)


def test_a_video_keeps_times_and_sound(folder: Path, tmp_path: Path) -> None:
    made = prepare([folder], tmp_path, SMALL)
    (clip,) = made
    crop = made.path_of(clip)
    assert read_video(crop).frames.shape == (8, 128, 128, 3)
    assert clip.has_audio and has_audio_stream(crop)
    sound, source = read_audio(crop), read_audio(folder / "S02" / "rotations_C.mp4")
    assert sound is not None and source is not None
    assert abs(sound.duration_s - source.duration_s) < 0.1
    with np.load(tmp_path / clip.data) as data:
        np.testing.assert_allclose(data["times_s"], np.arange(8) / 25, atol=1e-6)
        assert data["landmarks_px"].shape == (8, 468, 3)
        assert data["valid"].all()


def test_landmarks_lie_on_the_face_of_the_crop(folder: Path, tmp_path: Path, networks: FaceNetworks) -> None:
    for settings in (PNG, PrepareSettings(size_px=256, follow="moving", align=True, landmarks=True, output="png")):
        made = prepare([folder], tmp_path / settings.follow, settings)
        (clip,) = made
        with np.load(made.root / clip.data) as data:
            stored = data["landmarks_px"]
        for index in (0, 5):
            found, _ = find_face(frames_of(made, clip)[index], networks)
            assert found is not None
            apart = np.linalg.norm(found.points_px[:, :2] - stored[index, :, :2], axis=1)
            assert np.median(apart) < 0.015 * settings.size_px


def test_what_is_there_and_unchanged_is_kept(folder: Path, tmp_path: Path) -> None:
    first = prepare([folder], tmp_path, SMALL)
    assert first.made == 1
    again = prepare([folder], tmp_path, SMALL)
    assert again.made == 0
    assert again.clips == first.clips == PreparedSet.load(tmp_path).clips
    assert prepare([folder], tmp_path, PrepareSettings(size_px=64)).made == 1  # other settings
    assert prepare([folder], tmp_path, SMALL).made == 1  # which took the place of the first
    (tmp_path / "S02" / "rotations_C.mp4").unlink()
    assert prepare([folder], tmp_path, SMALL).made == 1  # a crop is gone
    (tmp_path / "S02" / "rotations_C.crop.npz").write_bytes(b"PK damaged")
    assert prepare([folder], tmp_path, SMALL).made == 1
    assert not list(tmp_path.rglob("*.tmp*"))


def test_crops_never_lie_among_their_sources(tmp_path: Path, photo: np.ndarray) -> None:
    source = picture(tmp_path / "in" / "face.png", photo)
    before = source.read_bytes()
    for out in (tmp_path / "in", tmp_path):
        with pytest.raises(SourceError, match="apart from the sources"):
            prepare([tmp_path / "in"], out, SMALL)
    assert source.read_bytes() == before
    assert prepare([tmp_path / "in"], tmp_path / "in" / "crops", SMALL).made == 1
    assert prepare([tmp_path / "in"], tmp_path / "in" / "crops", SMALL).made == 0


def test_a_stopped_run_leaves_nothing_that_passes_for_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare([folder], tmp_path, SMALL)
    with monkeypatch.context() as patch:
        patch.setattr(job.Job, "store", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            prepare([folder], tmp_path, PrepareSettings(size_px=64))
    assert prepare([folder], tmp_path, SMALL).made == 1  # the video there is of the other settings


def test_crops_that_cannot_be_written_are_an_error(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(job.Job, "store", full)
    with pytest.raises(PrepareError, match="No space left"):
        prepare([folder], tmp_path, SMALL)


def test_another_source_makes_another_crop(tmp_path: Path, photo: np.ndarray) -> None:
    picture(tmp_path / "in" / "face.png", photo)
    before = prepare([tmp_path / "in"], tmp_path / "out", SMALL)
    picture(tmp_path / "in" / "face.png", photo[:, ::-1])
    after = prepare([tmp_path / "in"], tmp_path / "out", SMALL)
    assert (before.made, after.made) == (1, 1)
    assert before.clips[0].key != after.clips[0].key


def test_sources_without_a_face_and_unreadable_ones_are_named(tmp_path: Path, photo: np.ndarray) -> None:
    root = tmp_path / "in"
    picture(root / "face.jpg", photo)
    picture(root / "wall.png", np.full((90, 120, 3), 128, np.uint8))
    write_video(root / "walls.mp4", np.full((5, 64, 64, 3), 90, np.uint8), 25)
    (root / "text.mp4").write_text("not a video\n")
    (root / "empty.png").touch()
    made = prepare([root], tmp_path / "out", SMALL)
    status = {clip.id: clip.status for clip in made}
    assert status == {
        "face": "ok",
        "wall": "no face",
        "walls": "no face",
        "text": "unreadable",
        "empty": "unreadable",
    }
    assert all(clip.reason == NO_FACE for clip in made.with_status("no face"))
    summary = made.summary()
    assert "5 clips: 1 ok, 2 no face, 2 unreadable" in summary
    assert all(name in summary for name in ("wall (", "walls (", "text (", "empty ("))
    again = prepare([root], tmp_path / "out", SMALL)
    assert (again.made, again.kept) == (0, 1)
    assert again.with_status("no face") == made.with_status("no face")


def test_of_several_faces_the_largest_is_taken_and_the_clip_is_named(
    tmp_path: Path, photo: np.ndarray, networks: FaceNetworks
) -> None:
    small = np.asarray(Image.fromarray(photo).resize((154, 180)))
    both = np.full((300, 440, 3), 200, np.uint8)
    both[60:240, :154] = small
    both[:, 180:436] = photo
    picture(tmp_path / "in" / "two.png", both)
    made = prepare([tmp_path / "in"], tmp_path / "out", PrepareSettings(size_px=128, output="png"))
    (clip,) = made
    assert clip.face_count == 2
    assert made.with_several_faces == (clip,)
    assert "several faces (the largest was taken) in two" in made.summary()
    with np.load(made.root / clip.data) as data:
        assert data["center_px"][0, 0] > 180


def test_frames_before_the_first_face_are_cropped_too(tmp_path: Path, turning: np.ndarray) -> None:
    late = turning.copy()
    late[:2] = 128
    (tmp_path / "in").mkdir()
    write_video(tmp_path / "in" / "late.mp4", late, 25, crf=10)
    made = prepare([tmp_path / "in"], tmp_path / "out", PNG)
    (clip,) = made
    assert (clip.frame_count, clip.valid_count, clip.reason) == (8, 6, NO_FACE)
    frames = frames_of(made, clip)
    assert np.abs(frames[:2].astype(int) - 128).max() < 4
    assert frames[2:].std() > 20
    with np.load(made.root / clip.data) as data:
        assert data["valid"].tolist() == [False] * 2 + [True] * 6
        assert data["reasons"][data["reason"]].tolist() == [NO_FACE] * 2 + [""] * 6
        assert np.isnan(data["landmarks_px"][:2]).all()


def test_past_the_border_its_pixels_repeat(tmp_path: Path, photo: np.ndarray) -> None:
    picture(tmp_path / "in" / "close.png", photo[20:220, 60:230])
    made = prepare([tmp_path / "in"], tmp_path / "out", PrepareSettings(size_px=128, scale=1.5))
    with Image.open(made.path_of(made.clips[0])) as image:
        crop = np.asarray(image)
    assert np.abs(np.diff(crop[:4].astype(int), axis=0)).max() <= 1  # rows above the picture are all alike
    assert crop[0].std() > 5
    assert made.much_padded == made.clips
    assert "much repeated border: close" in made.summary()


def test_masks_of_a_synthetic_take(tmp_path: Path) -> None:
    """The hull of the mesh lies on what the ground truth knows as face."""
    (tmp_path / "in" / "S01").mkdir(parents=True)
    video = read_video(MINI_ROOT / "S01" / "random_C.mp4", max_frames=3)
    write_video(tmp_path / "in" / "S01" / "random_C.mp4", video.frames, 25)
    truth = tmp_path / "in" / "S01" / "random.npz"
    truth.write_bytes((MINI_ROOT / "S01" / "random.npz").read_bytes())
    made = prepare([tmp_path / "in"], tmp_path / "out", PrepareSettings(size_px=128, masks=True, output="png"))
    (clip,) = made
    oval = np.asarray(Image.open(made.root / clip.face_oval / "000001.png")) > 0
    parts = np.asarray(Image.open(made.root / clip.parts / "000001.png"))
    assert set(np.unique(parts)) <= set(np.unique(GroundTruth.load(truth).masks("C")))
    face = np.isin(parts, [PART_NAMES.index(name) for name in PART_NAMES if "skin" in name or "lip" in name])
    assert face[oval].mean() > 0.6
    background = parts == PART_NAMES.index("background")
    assert background[oval].mean() < 0.02
    assert len(list((made.root / clip.parts).iterdir())) == 3


def test_people_who_withdrew_are_not_prepared(tmp_path: Path, photo: np.ndarray) -> None:
    root = tmp_path / "in"
    (root / "S07").mkdir(parents=True)
    write_video(root / "S07" / "random_C.mp4", np.full((5, 64, 64, 3), 90, np.uint8), 25)
    (root / "withdrawn.json").write_text(json.dumps({"format": 1, "subjects": {"S07": "asked us by mail"}}))
    (clip,) = prepare([root], tmp_path / "out", SMALL)
    assert clip.status == "refused"
    assert clip.path == clip.data == ""


def test_workers_give_the_same_crops(folder: Path, tmp_path: Path, photo: np.ndarray) -> None:
    picture(tmp_path / "in" / "face.png", photo)
    paths = [folder, tmp_path / "in"]
    alone = prepare(paths, tmp_path / "one", SMALL)
    together = prepare(paths, tmp_path / "two", SMALL, workers=2)
    assert [clip.key for clip in alone] == [clip.key for clip in together]
    for one, two in zip(alone, together, strict=True):
        assert alone.path_of(one).read_bytes() == together.path_of(two).read_bytes()


def test_a_file_that_kills_its_worker_costs_only_itself(
    tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "killer", "z"):
        picture(tmp_path / "in" / f"{name}.png", photo)
    monkeypatch.setattr(run, "_Preparing", PreparingOrDying)
    made = prepare([tmp_path / "in"], tmp_path / "out", SMALL, workers=2)
    assert [(clip.id, clip.status) for clip in made] == [("a", "ok"), ("killer", "unreadable"), ("z", "ok")]
    assert made.with_status("unreadable")[0].reason == "reading it: the worker process ended (exit code 7)"


@dataclass(frozen=True)
class PreparingOrDying:
    job: job.Job

    def run(self, networks: FaceNetworks) -> tuple[PreparedClip, bool]:
        if self.job.source.id == "killer":
            os._exit(7)
        return prepare_one(self.job, networks)


def test_a_damaged_index_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PreparedError, match="is not there"):
        PreparedSet.load(tmp_path)
    (tmp_path / INDEX_NAME).write_bytes(b"PAR1 but not really")
    with pytest.raises(PreparedError, match="unreadable"):
        PreparedSet.load(tmp_path)


def test_the_command(tmp_path: Path, photo: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    picture(tmp_path / "in" / "face.png", photo)
    command = ["prepare", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--size", "64", "--workers", "1"]
    assert main(command) == 0
    assert "1 clips: 1 ok" in capsys.readouterr().out
    assert main(command) == 0
    shown = capsys.readouterr()
    assert "0 made, 1 were there, 0 without crops; 1 in all" in shown.out
    assert "face: is there" in shown.err
    (tmp_path / "in" / "damaged.mp4").write_text("text")
    assert main(command) == 1
    assert "0 made, 1 were there, 1 without crops; 2 in all" in capsys.readouterr().out
    assert main([*command, "--size", "33"]) == 2
    assert "even size" in capsys.readouterr().err
    assert main(["prepare", str(tmp_path / "absent"), "--out", str(tmp_path / "out")]) == 2
    assert len(find_sources([tmp_path / "in"])) == 2
