"""What each official repository does with its inputs and outputs: formats, names, counts and traps, without networks.

Runs inside the stand-in's process. Every function gets the options that the repository's own parser would give it.
"""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.whole_video import probe, read_video
from feed_dataset.core.media.writer import write_video

Frames = np.ndarray


def run(name: str, options: Namespace) -> None:
    """Behave as the repository of that name, or fail as the test asks."""
    with open(os.environ["STAND_IN_LOG"], "a") as stream:
        stream.write(f"{os.getpid()}\n")
    _before(os.environ.get("STAND_IN_FAULT", ""))
    globals()[name.replace("-", "_")](options)


def hydra_options(words: list[str]) -> Namespace:
    return Namespace(**dict(word.split("=", 1) for word in words))


def _before(fault: str) -> None:
    if fault == "crash":
        raise RuntimeError("CUDA error: no kernel image is available")
    if fault == "nothing":
        sys.exit(0)
    if fault == "hang":
        child = os.fork()
        if child:
            Path(os.environ["STAND_IN_LOG"] + ".child").write_text(str(child))
        time.sleep(600)
    if fault == "killed":
        os.kill(os.getpid(), 9)


def fault(frames: Frames) -> Frames:
    """The frames with what a test wants to be wrong with them."""
    kind = os.environ.get("STAND_IN_FAULT", "")
    if kind == "one-fewer":
        return frames[:-1]
    if kind == "still":
        return np.repeat(frames[:1], len(frames), axis=0)
    if kind == "black":
        return np.zeros_like(frames)
    if kind == "bright":
        return np.clip(frames * 1.3, 0, 255).astype(np.uint8)
    if kind == "grey":
        return np.full_like(frames, 118)
    if kind == "noise":
        return np.where(np.random.default_rng(0).random(frames.shape) < 0.5, 0, 255).astype(np.uint8)
    if kind == "panel":
        return np.concatenate([frames, frames], axis=2)
    if kind == "half-size":
        return np.ascontiguousarray(frames[:, ::2, ::2])
    return frames


def image(path: str, side: int) -> Frames:
    """[side, side, 3], squeezed whatever its shape."""
    return np.asarray(Image.open(path).convert("RGB").resize((side, side)))


def video(path: str, side: int) -> Frames:
    frames = read_video(path).frames
    return np.stack([np.asarray(Image.fromarray(frame).resize((side, side))) for frame in frames])


def driven(source: Frames, drivers: Frames, *, relative: bool = True) -> Frames:
    """The source, changing as the drivers do: each frame on its own, or against the first."""
    base = drivers[0] if relative else np.full_like(drivers[0], 128)
    return np.stack([np.clip(source + 0.3 * (one.astype(float) - base), 0, 255).astype(np.uint8) for one in drivers])


def spoken(source: Frames, audio: str, count: int) -> Frames:
    """The source with a mouth that opens with the loudness of the audio."""
    found = read_audio(audio)
    assert found is not None
    parts = np.array_split(np.abs(found.samples), count)
    loud = np.array([float(part.mean()) if len(part) else 0.0 for part in parts])
    frames = np.repeat(source[None], count, axis=0).copy()
    side = source.shape[0]
    frames[:, side // 2 :, side // 4 : -side // 4] = np.clip(
        frames[:, side // 2 :, side // 4 : -side // 4] * (1 - loud[:, None, None, None]), 0, 255
    )
    return frames


def save(path: str, frames: Frames, fps: Fraction | int) -> None:
    frames = fault(frames)
    if os.environ.get("STAND_IN_FAULT") == "zero-bytes":
        Path(path).write_bytes(b"")
        return
    write_video(path, frames, fps, crf=18)
    if os.environ.get("STAND_IN_FAULT") == "cut":
        Path(path).write_bytes(Path(path).read_bytes()[:-400])
    if os.environ.get("STAND_IN_FAULT") == "spoils-inputs":
        for name in Path().glob("s*.png"):
            name.chmod(0o644)
            name.write_bytes(b"spoilt")
    if os.environ.get("STAND_IN_FAULT") == "full-disk":
        with open("/dev/full", "w") as stream:
            stream.write("x" * 100000)


def same_rate(path: str) -> Fraction:
    return probe(path).fps


def fomm(options: Namespace) -> None:
    frames = driven(image(options.source_image, 256), video(options.driving_video, 256), relative=options.relative)
    save(options.result_video, frames, same_rate(options.driving_video))
    if options.audio:
        Path(options.result_video).write_bytes(b"")
