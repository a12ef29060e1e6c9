"""A small staged batch, as the engine writes it: two people, drivers that move and speak."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from baselines.outside.batch import Batch, BatchCase, write_index
from feed_dataset.core.media.audio import write_wave
from feed_dataset.core.media.writer import write_video

SIDE, RATE_HZ = 64, 16000


def head(person: int, t: float = 0.0, side: int = SIDE) -> np.ndarray:
    """A blob on a ground, uint8 [side, side, 3]; `t` moves it and opens its mouth."""
    y, x = np.mgrid[:side, :side] / side - 0.5
    shift = 0.12 * np.sin(2 * np.pi * t)
    face = np.exp(-(((x - shift) / 0.25) ** 2 + (y / 0.32) ** 2))
    mouth = np.exp(-(((x - shift) / 0.1) ** 2 + ((y - 0.15) / (0.02 + 0.06 * abs(np.sin(4 * t)))) ** 2))
    colours = np.array([[200, 150, 120], [90, 60, 50], [230, 190, 170]][person % 3])
    grounds = np.array([[40, 60, 90], [150, 160, 150], [20, 20, 30]][person % 3])
    image = grounds + face[..., None] * (colours - grounds) - 90 * mouth[..., None]
    return np.clip(image, 0, 255).astype(np.uint8)


def clip(person: int, count: int, fps: float = 25.0, side: int = SIDE) -> np.ndarray:
    """uint8 [count, side, side, 3]."""
    return np.stack([head(person, t / fps * 2, side) for t in range(count)])


def make_batch(
    folder: Path, cases: int = 2, frames: int = 6, fps: int = 25, *, audio: bool = True, still: bool = False
) -> Batch:
    """Case k: person 0 driven by person 1 + k, `frames` frames."""
    (folder / "sources").mkdir(parents=True)
    Image.fromarray(head(0)).save(folder / "sources" / "s.png")
    listed = []
    for number in range(cases):
        name = f"driver.{number}"  # a dot: staged names have none
        made = clip(1 + number % 2, frames, fps + number)
        made = np.repeat(made[:1], frames, axis=0) if still else made
        (folder / "drivers" / name).mkdir(parents=True)
        for t, frame in enumerate(made, start=1):
            Image.fromarray(frame).save(folder / "drivers" / name / f"{t:04d}.png")
        write_video(folder / "drivers" / f"{name}.mp4", made, fps, crf=12)
        (folder / "audio").mkdir(exist_ok=True)
        t = np.arange(round(frames / fps * RATE_HZ)) / RATE_HZ
        voice = 0.4 * np.sin((880 + 220 * number) * t) * np.abs(np.sin(12 * t))
        write_wave(folder / "audio" / f"{name}.wav", voice, RATE_HZ)
        listed.append(
            BatchCase(
                f"case-{number}",
                "sources/s.png",
                f"drivers/{name}.mp4",
                f"audio/{name}.wav" if audio else None,
                frames,
                Fraction(fps),
            )
        )
    return write_index(folder, listed)
