"""Inputs of a mock run: rendered people at a small size, and what is altered of them so that an answer can be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from baselines.interface.driver import Driver
from feed_dataset.layout.mini import MINI_ROOT

if TYPE_CHECKING:
    from feed_dataset.core.media.types import Audio

FPS = Fraction(25)
SIZE_PX, BIG_PX = 128, 512
COUNT = 12
ALTERED = range(7, 10)
"""Driver frames that are other ones in `altered`; their mirror images 2 to 4 are far from them."""

_STEP = 4  # of the clip's frames: motion that is seen
_OTHER = (6, 2, 1)  # what stands in the altered frames' place, in steps
_FACELESS = 6
_TINTS = {"red": (1.0, 0.8, 0.55), "blue": (0.55, 0.8, 1.0)}
_TEXTURE = 16  # grey levels of the noise in `detail`


@dataclass(frozen=True)
class Inputs:
    """One source and what drives it."""

    source: np.ndarray  # uint8 [S, S, 3]
    driver: Driver


def all_inputs(gives: frozenset[str]) -> dict[str, Inputs]:
    """Inputs by name, as far as a method is driven by them.

    base: a face that turns. altered: the same with other frames in ALTERED. red, blue: in coloured light. mixed: a
    source in red light, a driver in blue light. fast: at twice the rate. small, big: a textured source at two sizes.
    no-driver-face, no-source-face: a cloth that moves or stands where a face should be.
    """
    base = _base()
    lit = {name: Inputs(_lit(base.source, tint), _part(base.driver, 4, tint)) for name, tint in _TINTS.items()}
    made = {
        "base": base,
        "altered": _altered(base),
        **lit,
        "mixed": Inputs(lit["red"].source, lit["blue"].driver),
        "fast": Inputs(base.source, replace(base.driver, fps=2 * FPS, audio=_faster(base.driver))),
        "small": _textured(SIZE_PX),
        "big": _textured(BIG_PX),
        "no-driver-face": Inputs(base.source, _cloth_driver(base.driver)),
        "no-source-face": Inputs(_cloth(SIZE_PX, 1)[0], _part(base.driver, 4)),
    }
    wanted = gives or frozenset({"image"})
    return {name: Inputs(one.source, one.driver.limited_to(wanted)) for name, one in made.items()}


def _base() -> Inputs:
    turning, poses = _clip("S06", "rotations", SIZE_PX)
    places = np.arange(COUNT) * _STEP
    driver = Driver(turning[places], FPS, audio=_speech(), pose=poses[places], seed=1)
    return Inputs(_clip("S05", "random", SIZE_PX, 1)[0][0].copy(), driver)


def _altered(base: Inputs) -> Inputs:
    driver = base.driver
    assert driver.frames is not None and driver.pose is not None and driver.audio is not None
    frames, pose, samples = driver.frames.copy(), driver.pose.copy(), driver.audio.samples.copy()
    for place, other in zip(ALTERED, _OTHER, strict=True):
        frames[place], pose[place] = driver.frames[other], driver.pose[other]
    hop = round(driver.audio.sample_rate_hz / FPS)
    part = slice(ALTERED.start * hop, ALTERED.stop * hop)
    samples[part] = 0.9 * np.sin(np.arange(part.start, part.stop) * 0.4)
    return Inputs(base.source, Driver(frames, FPS, audio=replace(driver.audio, samples=samples), pose=pose, seed=1))


def _part(driver: Driver, count: int, tint: tuple[float, ...] | None = None) -> Driver:
    assert driver.frames is not None and driver.pose is not None and driver.audio is not None
    frames = driver.frames[:count]
    samples = driver.audio.samples[: round(count * driver.audio.sample_rate_hz / FPS)]
    audio = replace(driver.audio, samples=samples)
    shown = frames.copy() if tint is None else _lit(frames, tint)
    return Driver(shown, FPS, audio=audio, pose=driver.pose[:count], seed=1)


def _textured(side_px: int) -> Inputs:
    """Two frames, with noise down to single pixels on the source: detail that a smaller size cannot hold."""
    source = _clip("S05", "random", side_px, 1)[0][0].astype(np.float32)
    noise = np.random.default_rng(3).normal(0, _TEXTURE, source.shape[:2])[..., None]
    turning, poses = _clip("S06", "rotations", side_px, 2)
    audio = _speech()
    part = replace(audio, samples=audio.samples[: round(2 * audio.sample_rate_hz / FPS)])
    driver = Driver(turning[:2].copy(), FPS, audio=part, pose=poses[:2], seed=1)
    return Inputs(np.clip(source + noise, 0, 255).astype(np.uint8), driver)


def _cloth_driver(driver: Driver) -> Driver:
    part = _part(driver, _FACELESS)
    return Driver(_cloth(SIZE_PX, _FACELESS), FPS, audio=part.audio, pose=part.pose, seed=1)


def _cloth(side_px: int, count: int) -> np.ndarray:
    """uint8 [count, S, S, 3]: waves of changing colours that move."""
    y, x = np.mgrid[0:side_px, 0:side_px] / side_px
    waves = [np.sin(2 * np.pi * (5 * x + 3 * y + 0.17 * step)) * np.cos(2 * np.pi * 4 * y) for step in range(count)]
    return (127 + 100 * np.stack([np.stack([w, -w, 0.5 * w], axis=-1) for w in waves])).astype(np.uint8)


def _lit(frames: np.ndarray, tint: tuple[float, ...]) -> np.ndarray:
    return np.asarray((frames * np.array(tint)).round(), np.uint8)


def _faster(driver: Driver) -> Audio:
    assert driver.audio is not None
    return replace(driver.audio, samples=driver.audio.samples[: len(driver.audio.samples) // 2])


@cache
def _clip(person: str, stem: str, side_px: int, count: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Frames uint8 [T, S, S, 3] and head rotations float64 [T, 3, 3] of a rendered clip; the head fills its middle."""
    from feed_dataset.core.media.whole_video import read_video

    folder = Path(MINI_ROOT) / person
    frames = read_video(folder / f"{stem}_C.mp4", max_frames=count, size_px=side_px).frames
    with np.load(folder / f"{stem}.npz") as truth:
        poses = truth["head_pose"][:, :3, :3].astype(np.float64)
    return frames, poses


@cache
def _speech() -> Audio:
    from feed_dataset.core.media.audio import read_audio

    found = read_audio(Path(MINI_ROOT) / "S05" / "speech_C.mp4", 0.0)
    assert found is not None
    return replace(found, samples=found.samples[: round(COUNT * found.sample_rate_hz / FPS)])
