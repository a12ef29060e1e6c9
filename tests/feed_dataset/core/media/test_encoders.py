"""Encoders make the same bytes on any number of cores, under load, and with any of the processor's instructions."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from feed_dataset.core.media.encoders import add_audio, add_video, open_output, to_frame
from feed_dataset.core.media.lossless import LosslessWriter
from feed_dataset.core.media.writer import VideoWriter, write_video
from model.avatar.audio import add_sound
from tests.feed_dataset.clips import FPS, tone

SIDE_PX = 128
BUSY = "while :; do :; done"


def noisy_frames(count: int = 8, side_px: int = SIDE_PX) -> np.ndarray:  # uint8 [T, S, S, 3]
    """A moving wave with grain, on which rate control has something to decide."""
    y, x = np.mgrid[0:side_px, 0:side_px]
    grain = np.random.default_rng(0).normal(0, 6, (count, side_px, side_px, 3))
    waves = [np.sin((x + 3 * t) / 9 + y / 7)[..., None] for t in range(count)]
    return (128 + 90 * np.stack(waves) + grain).clip(0, 255).astype(np.uint8)


FRAMES = noisy_frames()


def lossless(path: Path) -> None:
    with LosslessWriter(path, Fraction(FPS)) as writer:
        writer.write(FRAMES)


def film(path: Path) -> None:
    """Encoder threads as `model animate` has them."""
    with VideoWriter(path, SIDE_PX, SIDE_PX, FPS, threads=2) as writer:
        for picture in FRAMES:
            writer.add(picture)


def stream(codec: str, container: str, pix_fmt: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with open_output(path, container) as output:
            video = add_video(output, codec, FPS, (SIDE_PX, SIDE_PX), pix_fmt)
            for picture in FRAMES:
                output.mux(video.encode(to_frame(picture, pix_fmt)))
            output.mux(video.encode(None))

    return write


def sound_beside(path: Path) -> None:
    spoken = path.with_name("spoken.mp4")
    write_video(spoken, FRAMES, FPS, audio=tone(), preset="ultrafast")
    add_sound(spoken, spoken, path, start_s=0.0, duration_s=len(FRAMES) / FPS)


WRITERS: dict[str, Callable[[Path], None]] = {
    "clip with sound": lambda path: write_video(path, FRAMES, FPS, audio=tone()),
    "crop": lambda path: write_video(path, FRAMES, FPS, preset="veryfast"),
    "film": film,
    "sound beside a film": sound_beside,
    "prediction": lossless,
    "webm": stream("libvpx", "webm", "yuv420p"),
    "mpeg-4": stream("mpeg4", "avi", "yuv420p"),
    "jpeg": stream("mjpeg", "avi", "yuvj420p"),
}


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def under_load() -> Iterator[None]:
    """As many busy processes as cores, and one more."""
    with ExitStack() as ended:
        for _ in range(len(os.sched_getaffinity(0)) + 1):
            busy = ended.enter_context(subprocess.Popen(["sh", "-c", BUSY]))
            ended.callback(busy.kill)
        yield


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system ties no process to a core")
@pytest.mark.parametrize("kind", WRITERS)
def test_cores_and_load_leave_no_trace(kind: str, tmp_path: Path) -> None:
    def written() -> bytes:
        path = tmp_path / "made.mp4"
        WRITERS[kind](path)
        return path.read_bytes()

    wanted = written()
    with on_cores({min(os.sched_getaffinity(0))}):
        assert written() == wanted, "one core"
        with under_load():
            assert written() == wanted, "one busy core"
    with under_load():
        assert written() == wanted, "busy cores"


def through_x264(path: Path, params: str) -> bytes:
    """The frames that are left of a clip; its file also has a note that lists the parameters."""
    with open_output(path) as output:
        video = add_video(output, "libx264", FPS, (SIDE_PX, SIDE_PX), "yuv420p", options={"x264-params": params})
        for picture in noisy_frames(24):
            output.mux(video.encode(to_frame(picture, "yuv420p")))
        output.mux(video.encode(None))
    with av.open(str(path)) as made:
        return b"".join(frame.to_ndarray().tobytes() for frame in made.decode(video=0))


def test_x264_does_not_look_at_the_processor(tmp_path: Path) -> None:
    """Without `cpu-independent` the plain C code of x264 makes other frames than the vectorised one."""
    assert through_x264(tmp_path / "plain.mp4", "asm=0") == through_x264(tmp_path / "fast.mp4", "log=-1")


def test_no_encoder_is_opened_elsewhere() -> None:
    """One place sets threads and flags: `add_stream` outside of it would take FFmpeg's defaults."""
    root = Path(__file__).parents[4]
    packages = ("feed_dataset", "benchmark", "baselines", "model", "leaderboard", "scripts", "tests")
    sources = (path for package in packages for path in (root / package).rglob("*.py"))
    found = {path.name for path in sources if ".add_stream(" in path.read_text(encoding="utf-8")}
    assert found == {"encoders.py", Path(__file__).name}


def test_audio_keeps_its_settings(tmp_path: Path) -> None:
    with open_output(tmp_path / "a.mp4") as output:
        audio = add_audio(output, "aac", 48_000, "stereo", bits_per_second=160_000)
        assert (audio.codec_context.bit_rate, audio.codec_context.thread_count) == (160_000, 1)
        assert audio.codec_context.channels == 2
