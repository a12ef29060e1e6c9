"""Every reader shows pixels as a player does: square, upright, and on one colour where they are transparent."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.encoders import add_video
from feed_dataset.core.media.first_frame import read_first_frame
from feed_dataset.core.media.images import BACKDROP
from feed_dataset.core.media.limits import MAX_FRAME_PIXELS
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.thinning import plan_frames, read_planned
from feed_dataset.core.media.video import probe, read_video
from feed_dataset.hub.builder import _check_torchcodec
from feed_dataset.hub.torchcodec_check import torchcodec_decodes
from feed_dataset.manifest.inspect import inspect_video
from feed_dataset.prepare.media import VideoMedia
from tests.feed_dataset.core.media.videos import turned

WIDTH, HEIGHT = 96, 64
BACKENDS = [
    "pyav",
    pytest.param(
        "torchcodec", marks=pytest.mark.skipif(not torchcodec_decodes(), reason="torchcodec does not load here")
    ),
]


def disc(path: Path, aspect: Fraction, width: int = WIDTH, height: int = HEIGHT) -> Path:
    """A black disc as a camera with such pixels stores it: an ellipse, until its pixels are shown square."""
    y, x = np.mgrid[:height, :width]
    is_inside = ((x - width / 2) * float(aspect)) ** 2 + (y - height / 2) ** 2 < 20**2
    picture = np.where(is_inside[..., None], 20, 230).astype(np.uint8).repeat(3, axis=2)
    with av.open(str(path), "w") as container:
        stream = add_video(container, "mpeg4", 25, (width, height), "yuv420p")
        stream.codec_context.sample_aspect_ratio = aspect
        frames = [av.VideoFrame.from_ndarray(picture, format="rgb24")] * 3
        for packet in [one for frame in frames for one in stream.encode(frame)] + stream.encode(None):
            container.mux(packet)
    return path


def roundness(frame: np.ndarray) -> float:
    """Width over height of what is dark."""
    dark = frame.mean(axis=2) < 125
    return float(dark.any(axis=0).sum() / dark.any(axis=1).sum())


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("aspect", [Fraction(4, 3), Fraction(2, 3)])
@pytest.mark.parametrize("is_turned", [False, True])
def test_a_round_face_is_round(tmp_path: Path, backend: str, aspect: Fraction, is_turned: bool) -> None:
    path = disc(tmp_path / "clip.mp4", aspect)
    stored = (WIDTH, HEIGHT)
    if is_turned:
        path, aspect, stored = turned(path, tmp_path / "turned.mp4"), 1 / aspect, (HEIGHT, WIDTH)
    shown = (stored[1], round(stored[0] * aspect))
    with open_reader(path, backend) as reader:
        frames = reader.at([0, 2])
        assert frames.shape == (2, *shown, 3)
        assert roundness(frames[1]) == pytest.approx(1.0, abs=0.06)
        small = reader.at([1], 32)[0]
        assert min(small.shape[:2]) == 32
        assert roundness(small) == pytest.approx(1.0, abs=0.1)
    told, facts = probe(path), inspect_video(path)
    assert (told.height_px, told.width_px) == (facts.height_px, facts.width_px) == shown
    assert told.pixel_aspect == read_first_frame(path).pixel_aspect == aspect


def test_whatever_reads_frames_for_faces_gets_them_square(tmp_path: Path) -> None:
    """The crops of a run, `prepare` and `animate` all read here."""
    path = disc(tmp_path / "clip.mp4", Fraction(4, 3))
    media = VideoMedia(path)
    try:
        assert media.hw == (HEIGHT, 128)
        seen = [frame for _, frame in media.frames(0, 1)]
    finally:
        media.close()
    seen += [*read_planned(plan_frames(path, 2)), *read_video(path, max_frames=1).frames]
    assert [frame.shape for frame in seen] == [(HEIGHT, 128, 3)] * 4
    assert [roundness(frame) for frame in seen] == pytest.approx([1.0] * 4, abs=0.06)


def test_square_pixels_cost_nothing(tmp_path: Path) -> None:
    """Frames whose pixels are square are the very pixels that were decoded."""
    path = disc(tmp_path / "clip.mp4", Fraction(1))
    with av.open(str(path)) as container:
        plain = next(container.decode(video=0)).to_ndarray(format="rgb24", interpolation="BICUBIC")
    np.testing.assert_array_equal(read_video(path).frames[0], plain)


def test_an_aspect_cannot_ask_for_any_size(tmp_path: Path) -> None:
    path = disc(tmp_path / "clip.mp4", Fraction(17), width=2048, height=2048)
    with pytest.raises(VideoDecodeError, match=f"pixels of 17, .*more than {MAX_FRAME_PIXELS:,}"):
        read_video(path)


@pytest.mark.skipif(not torchcodec_decodes(), reason="torchcodec does not load here")
def test_the_video_column_refuses_what_torchcodec_would_squeeze(tmp_path: Path) -> None:
    _check_torchcodec(disc(tmp_path / "square.mp4", Fraction(1)))
    with pytest.raises(VideoDecodeError, match="pixels of 4/3 for square ones"):
        _check_torchcodec(disc(tmp_path / "clip.mp4", Fraction(4, 3)))


def transparent(path: Path, codec: str, pixels: str) -> Path:
    """Red and opaque at the left, invisible (over black) at the right."""
    rgba = np.zeros((16, 32, 4), np.uint8)
    rgba[:, :16] = (200, 40, 40, 255)
    with av.open(str(path), "w") as container:
        stream = add_video(container, codec, 25, (32, 16), pixels)
        frame = av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(format=pixels)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [("clip.mkv", "ffv1", "bgra"), ("clip.mov", "qtrle", "argb"), ("clip.mov", "prores_ks", "yuva444p10le")],
)
def test_transparent_pixels_lie_on_white_or_are_refused(
    tmp_path: Path, backend: str, name: str, codec: str, pixels: str
) -> None:
    path = transparent(tmp_path / name, codec, pixels)
    if backend == "torchcodec":
        with pytest.raises(VideoDecodeError, match="transparent.*take the reader 'pyav'"):
            open_reader(path, backend)
        return
    with open_reader(path, backend) as reader:
        (frame,) = reader.at([0])
    assert np.abs(frame[8, 28].astype(int) - BACKDROP).max() < 4


@pytest.mark.parametrize("backend", BACKENDS)
def test_palettes_have_transparent_colours(tmp_path: Path, backend: str) -> None:
    """An 8-bit picture in a film: one of its colours is invisible."""
    indices = np.zeros((16, 32), np.uint8)
    indices[:, 16:] = 1
    palette = np.zeros((256, 4), np.uint8)  # alpha, red, green, blue
    palette[0], palette[1] = (255, 200, 40, 40), (0, 0, 0, 0)
    path = tmp_path / "clip.mov"
    with av.open(str(path), "w") as container:
        stream = add_video(container, "png", 25, (32, 16), "pal8")
        frame = av.VideoFrame.from_ndarray((indices, palette), format="pal8")
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    if backend == "torchcodec":
        with pytest.raises(VideoDecodeError, match="transparent"):
            open_reader(path, backend)
        return
    (shown,) = read_video(path).frames
    assert shown[8, 4].tolist() == [200, 40, 40]
    assert shown[8, 28].tolist() == list(BACKDROP)
