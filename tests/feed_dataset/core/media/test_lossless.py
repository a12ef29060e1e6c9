"""Frames without loss: the same pixels come back, from every reader, at any size and rate."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.media.encoders import add_video, open_output, to_frame
from feed_dataset.core.media.lossless import LosslessWriter, read_lossless
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.scan import sound_index


def noise(count: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, height, width, 3), np.uint8)


def save(path: Path, frames: np.ndarray, times_s: np.ndarray | None = None) -> None:
    with LosslessWriter(path, Fraction(25), times_s) as writer:
        writer.write(frames[:1])
        writer.write(frames[1:])


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 5), (17, 64), (255, 253), (256, 256)])
def test_every_pixel_comes_back_whoever_reads(height: int, width: int, tmp_path: Path) -> None:
    frames, path = noise(3, height, width), tmp_path / "a.mkv"
    save(path, frames)
    assert np.array_equal(read_lossless(path), frames)
    with open_reader(path) as reader:
        assert np.array_equal(np.stack([frame for _, frame in reader.stream()]), frames)


def test_every_grey_and_colour_comes_back(tmp_path: Path) -> None:
    """All levels of each channel, which a conversion to luma and chroma would not keep apart."""
    levels = np.arange(256, dtype=np.uint8)
    frame = np.stack([np.tile(levels, (256, 1)), np.tile(levels[:, None], (1, 256)), np.full((256, 256), 7)], axis=-1)
    frames = np.stack([frame, frame[..., ::-1], 255 - frame]).astype(np.uint8)
    save(tmp_path / "a.mkv", frames)
    assert np.array_equal(read_lossless(tmp_path / "a.mkv"), frames)


def test_frames_keep_times_of_their_own(tmp_path: Path) -> None:
    times_s = np.array([0.0, 0.04, 0.15])
    save(tmp_path / "a.mkv", noise(3, 16, 16), times_s)
    assert np.allclose(sound_index(tmp_path / "a.mkv").times_s, times_s, atol=1e-3)


def test_the_same_frames_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mkv", "b.mkv"):
        save(tmp_path / name, noise(3, 64, 64))
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_files_of_earlier_versions_are_read(tmp_path: Path) -> None:
    frames, path = noise(3, 16, 16), tmp_path / "old.mkv"
    with open_output(path, "matroska") as container:
        stream = add_video(container, "ffv1", Fraction(25), (16, 16), "bgr0")
        for frame in frames:
            container.mux(stream.encode(to_frame(frame, "bgr0")))
        container.mux(stream.encode(None))
    assert np.array_equal(read_lossless(path), frames)
