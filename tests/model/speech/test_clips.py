"""Files of clips: what is read is what was written, in any window, and what is wrong is named."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from feed_dataset.core.jobs.array_store import save_arrays
from model.networks.errors import ModelError
from model.speech.clips import SUFFIX, ClipFolder, Origin, SpeechClip, read_header, write_clip


def clip(frames: int = 6, *, person: str = "a", fps: float = 25, size: int = 4) -> SpeechClip:
    generator = torch.Generator().manual_seed(frames)
    features, z, pose = (torch.randn(frames, n, generator=generator) for n in (size, 3, 9))
    return SpeechClip(person, fps, features, z, pose)


def write(folder: Path, *clips: SpeechClip) -> Path:
    for number, one in enumerate(clips):
        write_clip(folder / f"{number}{SUFFIX}", one)
    return folder


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    written = clip()
    read = read_header(write(tmp_path, written) / f"0{SUFFIX}").read()
    assert (read.person, read.fps, len(read)) == ("a", 25, 6)
    assert all(torch.equal(array, written.arrays()[name]) for name, array in read.arrays().items())
    assert repr(read) == "SpeechClip(a, 25 fps, features=[6, 4], z=[6, 3], pose=[6, 9])"


@pytest.mark.parametrize("in_memory_bytes", [0, 1 << 20])
def test_a_window_is_a_part_of_the_clip(in_memory_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.speech.clips.IN_MEMORY_BYTES", in_memory_bytes)
    clips = ClipFolder(write(tmp_path, clip(6), clip(9, person="b")), ["pose"])
    window = clips.read(1, first=2, count=4)
    assert len(clips) == 2 and clips.feature_dim == 4 and clips.fps == 25
    assert window.z is None and window.pose is not None and torch.equal(window.features, clip(9).features[2:6])


def test_clips_without_expression_or_pose(tmp_path: Path) -> None:
    write(tmp_path, SpeechClip("a", 25, torch.ones(3, 2)))
    assert ClipFolder(tmp_path).read(0).arrays().keys() == {"features"}
    with pytest.raises(ModelError, match=r"expected pose in 0.clip.safetensors but it has features"):
        ClipFolder(tmp_path, ["pose"])


def test_half_precision_is_read_as_float32(tmp_path: Path) -> None:
    metadata = {"kind": "speech-clip", "version": 1, "person": "a", "fps": 25}
    save_arrays(tmp_path / f"half{SUFFIX}", {"features": np.ones((3, 2), np.float16)}, metadata)
    assert ClipFolder(tmp_path).read(0).features.dtype == torch.float32


def test_short_clips_are_left_out_and_counted(tmp_path: Path) -> None:
    write(tmp_path, clip(6), clip(9), clip(3))
    clips = ClipFolder(tmp_path, least_frames=6)
    assert (len(clips), clips.too_short) == (2, 1)
    with pytest.raises(ModelError, match="at least 10 frames .* all are shorter"):
        ClipFolder(tmp_path, least_frames=10)


@pytest.mark.parametrize(
    ("arrays", "metadata", "words"),
    [
        ({"features": np.ones((3, 2))}, {}, "float32 or float16 numbers but got float64"),
        ({"features": np.full((3, 2), np.nan, np.float32)}, {}, "finite float32"),
        ({"features": np.ones((3, 2), np.float32), "z": np.ones((4, 2), np.float32)}, {}, "of the same T"),
        ({"features": np.ones(3, np.float32)}, {}, "of the same T"),
        ({"z": np.ones((3, 2), np.float32)}, {}, "expected features in"),
        ({"features": np.ones((3, 2), np.float32), "pose": np.ones((3, 8), np.float32)}, {}, r"pose \[T, 9\]"),
        ({"features": np.ones((3, 2), np.float32)}, {"fps": 0}, "frame rate from above 0"),
        ({"features": np.ones((3, 2), np.float32)}, {"fps": "25"}, "frame rate from above 0"),
        ({"features": np.ones((3, 2), np.float32)}, {"person": ""}, "name of a person"),
        ({"features": np.ones((3, 2), np.float32)}, {"kind": "other"}, "to be a speech-clip"),
        ({"features": np.ones((3, 2), np.float32)}, {"version": 2}, "of version 1"),
    ],
)
def test_what_is_wrong_is_named(
    arrays: dict[str, np.ndarray], metadata: dict[str, object], words: str, tmp_path: Path
) -> None:
    told = {"kind": "speech-clip", "version": 1, "person": "a", "fps": 25} | metadata
    save_arrays(tmp_path / f"bad{SUFFIX}", arrays, told)
    with pytest.raises(ModelError, match=words) as caught:
        ClipFolder(tmp_path)
    assert "bad.clip.safetensors" in str(caught.value) and str(tmp_path) not in str(caught.value)


def test_numbers_that_go_bad_later_in_a_clip_are_found_when_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = np.ones((5, 2), np.float32)
    features[3] = np.inf
    monkeypatch.setattr("model.speech.clips.IN_MEMORY_BYTES", 0)
    metadata = {"kind": "speech-clip", "version": 1, "person": "a", "fps": 25}
    save_arrays(tmp_path / f"0{SUFFIX}", {"features": features}, metadata)
    clips = ClipFolder(tmp_path)
    assert len(clips.read(0, 0, 3)) == 3
    with pytest.raises(ModelError, match="finite float32"):
        clips.read(0)


def test_damaged_and_absent_files(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="but there is none"):
        ClipFolder(tmp_path)
    path = write(tmp_path, clip()) / f"0{SUFFIX}"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"expected a clip in 0.clip.safetensors but got"):
        ClipFolder(tmp_path)


@pytest.mark.parametrize(("other", "words"), [({"fps": 30}, "same rate"), ({"size": 5}, "same size of features")])
def test_clips_that_do_not_fit_each_other(other: dict[str, int], words: str, tmp_path: Path) -> None:
    write(tmp_path, clip(), clip(**other))
    with pytest.raises(ModelError, match=words + " but 0.clip.safetensors has .* and 1.clip.safetensors"):
        ClipFolder(tmp_path)


def test_other_names_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="name that ends in"):
        write_clip(tmp_path / "a.safetensors", clip())


def test_frames_and_origin_are_kept(tmp_path: Path) -> None:
    origin = Origin("whisper-tiny-en", "ab", False)
    frames = torch.randint(0, 256, (6, 4, 4, 3), dtype=torch.uint8)
    folder = ClipFolder(write(tmp_path, dataclasses.replace(clip(), frames=frames, origin=origin)), ("z", "frames"))
    assert folder.origin == origin and folder.read(0, 1, 3).origin == origin
    assert torch.equal(folder.clips[0].pictures([0, 3, 5]), frames[[0, 3, 5]])
    assert folder.read(0).frames is None  # read by place alone


def test_frames_and_origins_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected frames uint8 \[6, S, S, 3\]"):
        dataclasses.replace(clip(), frames=torch.zeros(5, 4, 4, 3, dtype=torch.uint8))
    with pytest.raises(ModelError, match="expected disentangled to be a bool or nothing but got 'yes'"):
        Origin(disentangled="yes")  # type: ignore[arg-type]
    write(tmp_path, clip(), dataclasses.replace(clip(), origin=Origin("other")))
    with pytest.raises(ModelError, match="expected clips of the same origin"):
        ClipFolder(tmp_path)
    with pytest.raises(ModelError, match="expected frames in 0"):
        read_header(tmp_path / f"0{SUFFIX}").pictures([0])
    arrays = {"features": np.zeros((2, 3), np.float32), "frames": np.zeros((1, 4, 4, 3), np.uint8)}
    save_arrays(tmp_path / f"2{SUFFIX}", arrays, {"kind": "speech-clip", "version": 1, "person": "a", "fps": 25})
    with pytest.raises(ModelError, match=r"expected frames \[2, S, S, 3\] in 2"):
        read_header(tmp_path / f"2{SUFFIX}")
