"""Files as sources of frames: whole, damaged, images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from benchmark.features import FrameSequence
from benchmark.features.types.sequence import FrameStream
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.errors import ImageDecodeError, VideoDecodeError
from feed_dataset.core.media.encoders import add_video
from feed_dataset.core.media.video import probe, read_video, write_video
from tests.benchmark.features.material import pictures, source


def frames_of(video: FrameSequence, batch_frames: int = 4) -> tuple[np.ndarray, str | None]:
    stream = FrameStream(video, batch_frames)
    return np.concatenate([np.empty((0, 32, 32, 3), np.uint8), *stream]), stream.problem


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    write_video(tmp_path / "clip.mp4", pictures(40), Fraction(30000, 1001))
    return tmp_path / "clip.mp4"


def test_a_video_file(clip: Path) -> None:
    video = FrameSequence.from_file(clip)
    frames, problem = frames_of(video)
    assert np.array_equal(frames, read_video(clip).frames)
    assert (problem, video.fault, video.frame_count, video.first_frame_s) == (None, None, 40, 0.0)
    assert (video.info.fps, video.info.height_px, video.info.width_px) == (Fraction(30000, 1001), 32, 32)


def test_the_name_of_a_video_does_not_matter_but_its_bytes_do(clip: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "copy.mp4", tmp_path / "other.mp4"
    copy.write_bytes(clip.read_bytes())
    write_video(other, pictures(40, seed=1), Fraction(25))
    first, second, third = (FrameSequence.from_file(path).content_id for path in (clip, copy, other))
    assert first == second != third


def test_a_truncated_video_gives_what_is_there(clip: Path) -> None:
    whole = read_video(clip).frames
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 2 // 3])
    video = FrameSequence.from_file(clip)
    frames, problem = frames_of(video)
    assert 0 < len(frames) < 40
    assert np.array_equal(frames, whole[: len(frames)])
    assert problem is not None


def test_bytes_flipped_in_the_middle_never_pass_silently(clip: Path) -> None:
    """What is decoded before the damage is as it was; if anything is missing there is a reason."""
    whole = read_video(clip).frames
    content = bytearray(clip.read_bytes())
    middle = len(content) * 3 // 4
    content[middle : middle + 400] = bytes(400)
    clip.write_bytes(content)
    frames, problem = frames_of(FrameSequence.from_file(clip))
    assert len(frames) == len(whole) or problem is not None


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 50])
def test_no_video_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "v.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoDecodeError):
        FrameSequence.from_file(path)
    with pytest.raises(VideoDecodeError):
        FrameSequence.from_file(tmp_path / "absent.mp4")


def test_images(tmp_path: Path) -> None:
    frames = pictures(3)
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for path, frame in zip(paths, frames, strict=True):
        Image.fromarray(frame).save(path)
    video = FrameSequence.from_images(paths, Fraction(10))
    assert np.array_equal(frames_of(video)[0], frames)
    assert video.info.fps == 10
    assert FrameSequence.from_images(paths[::-1], Fraction(10)).content_id != video.content_id
    assert np.array_equal(frames_of(FrameSequence.from_file(paths[1]))[0], frames[1:2])
    (tmp_path / "bad.png").write_bytes(b"no image")
    with pytest.raises(ImageDecodeError):
        FrameSequence.from_file(tmp_path / "bad.png")


def test_an_image_of_another_size_ends_the_video(tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for path, side in zip(paths, (32, 32, 16), strict=True):
        Image.fromarray(np.full((side, side, 3), 99, np.uint8)).save(path)
    frames, problem = frames_of(FrameSequence.from_images(paths, Fraction(10)))
    assert (len(frames), problem) == (2, "the frame size changes at frame 2")


def test_frames_must_be_pictures() -> None:
    with pytest.raises(ValueError, match="uint8"):
        source(pictures(3).astype(np.float32))
    with pytest.raises(ValueError, match="at least one frame"):
        FrameStream(source(pictures(3)), 0)


def test_only_damage_ends_a_video_early() -> None:
    """Anything else that goes wrong while reading must not look like a short video."""

    def changed_meanwhile() -> Iterator[np.ndarray]:
        yield from pictures(3)
        raise BenchmarkError("expected the file unchanged")

    with pytest.raises(BenchmarkError, match="unchanged"):
        list(FrameStream(replace(source(pictures(5)), read=changed_meanwhile), 2))


def test_large_frames_come_in_smaller_batches_and_bound_the_memory() -> None:
    large = np.zeros((7, 2160, 3840, 3), np.uint8)
    assert [len(batch) for batch in FrameStream(source(large), 16)] == [5, 2]


@pytest.mark.parametrize(
    ("aspect", "width_px"), [(None, 64), (Fraction(1), 64), (Fraction(4, 3), 85), (Fraction(1, 2), 32)]
)
def test_pixels_that_are_not_square_are_shown_square(tmp_path: Path, aspect: Fraction | None, width_px: int) -> None:
    """A face is as wide as a player shows it; another aspect is other content."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = add_video(container, "mpeg4", 25, (64, 48), "yuv420p")
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        picture = np.tile(np.linspace(20, 230, 64).astype(np.uint8)[None, :, None], (48, 1, 3))
        for packet in [*stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")), *stream.encode(None)]:
            container.mux(packet)
    video = FrameSequence.from_file(path)
    (frame,) = video.read()
    assert (video.width_px, video.height_px, frame.shape) == (width_px, 48, (48, width_px, 3))
    assert abs(float(frame[:, width_px // 2].mean()) - 125) < 4
    assert probe(path).pixel_aspect == (aspect or 1)


def test_times_come_from_the_file_and_decide_the_content(tmp_path: Path) -> None:
    times_s = np.array([0, 1, 2, 4, 8]) / 25
    frames = np.random.default_rng(3).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    write_video(tmp_path / "a.mp4", frames, Fraction(15), times_s=times_s, preset="ultrafast")
    np.testing.assert_allclose(FrameSequence.from_file(tmp_path / "a.mp4").times_s, times_s, atol=1e-5)
    steady, same = (
        FrameSequence.from_frames(frames, Fraction(25), stamps) for stamps in (None, (0, 0.04, 0.08, 0.12, 0.16))
    )
    varied = FrameSequence.from_frames(frames, Fraction(25), tuple(times_s))
    assert steady.content_id == same.content_id != varied.content_id
    np.testing.assert_array_equal(varied.info.times_s, times_s)
    with pytest.raises(ValueError, match="a time of each of 5 frames but got 2"):
        FrameSequence.from_frames(frames, Fraction(25), (0.0, 1.0))
