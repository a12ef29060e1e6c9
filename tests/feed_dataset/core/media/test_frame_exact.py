"""Every frame is the right one, whatever the file: compared with numbers in the pictures and with ffmpeg."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.reader import open_reader
from feed_dataset.hub.torchcodec_check import torchcodec_decodes
from tests.feed_dataset.core.media.videos import (
    COUNT,
    FPS,
    MAKERS,
    VFR_TIMES,
    ffmpeg_frames,
    ffmpeg_version,
    number_of,
)

TORCHCODEC_CANNOT = {
    "h264, intra refresh",
    "h264, open gop, transport stream",
    "h264, edit list",
    "hevc, edit list, open gop",
    "raw stream without times",
}
"""torchcodec 0.13 gives up on some reads of these with an error; what it does give must still be right."""
HIDDEN = 20  # frames before the edit list begins


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def get(kind: str) -> Path:
        if kind not in made:
            made[kind] = MAKERS[kind](tmp_path_factory.mktemp("video"))
        return made[kind]

    return get


def upright(kind: str, picture: np.ndarray) -> np.ndarray:
    """Turned back, so that the number lies along the top."""
    return np.rot90(picture) if kind == "rotated" else picture


def wanted_numbers(kind: str) -> list[int]:
    return list(range(HIDDEN if "edit list" in kind else 0, COUNT))


@pytest.mark.parametrize("kind", MAKERS)
def test_every_frame_in_order(make: Callable[[str], Path], kind: str) -> None:
    with open_reader(make(kind)) as reader:
        seen = [(index, number_of(upright(kind, picture))) for index, picture in reader.stream()]
        assert seen == list(enumerate(wanted_numbers(kind)))
        assert reader.index.frame_count == len(seen)


@pytest.mark.parametrize("kind", MAKERS)
def test_random_access_gives_the_same_pixels(make: Callable[[str], Path], kind: str) -> None:
    with open_reader(make(kind)) as reader:
        every = np.stack([picture for _, picture in reader.stream()])
        rng = np.random.default_rng(5)
        for _ in range(4):  # batches, with repeated frames and in any order
            asked = rng.integers(0, len(every), 12)
            np.testing.assert_array_equal(reader.at(asked), every[asked])
        for index in (len(every) - 1, 0, *rng.integers(0, len(every), 12)):
            np.testing.assert_array_equal(reader.at([index])[0], every[index])


@pytest.mark.parametrize("backend", ["pyav", "torchcodec", "decord"])
@pytest.mark.parametrize("kind", MAKERS)
def test_equals_ffmpeg(make: Callable[[str], Path], kind: str, backend: str) -> None:
    if backend == "torchcodec" and not torchcodec_decodes():
        pytest.skip("torchcodec does not load here")
    if backend == "decord":
        pytest.importorskip("decord", reason="decord is not installed")
    if "10 bit" in kind and ffmpeg_version() >= (7, 1):
        pytest.skip("ffmpeg 7.1 and later place the chroma of 10-bit video elsewhere")
    path = make(kind)
    try:
        with open_reader(path, backend) as reader:
            every = np.stack([picture for _, picture in reader.stream()])
            theirs = ffmpeg_frames(path, every.shape[1:3])
            assert every.shape == theirs.shape
            worst = np.abs(every.astype(int) - theirs).max(axis=(1, 2, 3))
            assert worst.max() <= (1 if "10 bit" in kind else 0), f"frames {np.flatnonzero(worst)} differ"
            asked = np.random.default_rng(1).integers(0, len(every), 15)
            np.testing.assert_array_equal(reader.at(asked), every[asked])
    except VideoDecodeError:
        assert backend == "decord" or (backend == "torchcodec" and kind in TORCHCODEC_CANNOT)


def test_times_are_those_of_the_file(make: Callable[[str], Path]) -> None:
    with open_reader(make("start at 3.7 s")) as reader:
        assert reader.index.first_s == pytest.approx(3.7, abs=1e-3)
    with open_reader(make("variable frame rate")) as reader:
        np.testing.assert_allclose(reader.index.times_s, np.array(VFR_TIMES) / FPS, atol=1e-4)
    with open_reader(make("h264, edit list")) as reader:
        assert reader.index.first_s == pytest.approx(0.0, abs=1e-3)
        assert not reader.index.keyframe[0], "the keyframe before it is hidden, and still found"
