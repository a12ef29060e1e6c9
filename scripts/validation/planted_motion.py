"""Flicker and jitter of known size, planted into bundled clips of heads that hardly move and of heads that turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.features.types.case import FaceFeatures
from benchmark.metrics.catalog import score_case
from scripts.validation.figures import Figure, case_of, rank_correlation

CLIPS = tuple(f"S0{number}/{stem}_C" for number in (1, 3, 5, 7) for stem in ("FF_NR", "rotations"))
FLICKER = (0.0, 0.01, 0.02, 0.04, 0.08)
"""Standard deviation of the gain of a frame."""
JITTER_PX = (0.0, 0.25, 0.5, 1.0, 2.0)
"""Standard deviation of the place of a frame, in pixels of a 256 px frame."""
_FRAMES, _SIZE_PX = 25, 256
_FEATURES = ("mesh468", "face-steps")


@dataclass(frozen=True)
class Altered:
    """A clip by itself, and with each amount of each damage.

    Args:
        outputs: features by (damage, amount).
        whole: mean absolute difference of neighbouring whole frames over 255, by (damage, amount).
    """

    clip: str
    driver: FaceFeatures
    outputs: dict[tuple[str, float], FaceFeatures]
    whole: dict[tuple[str, float], float]


def flickering(frames: np.ndarray, amount: float, seed: int = 0) -> np.ndarray:
    """Frames uint8 [T, H, W, 3], each with a gain of its own."""
    gains = 1 + amount * np.random.default_rng(seed).standard_normal(len(frames))
    return np.clip(np.rint(frames * gains[:, None, None, None]), 0, 255).astype(np.uint8)


def shaking(frames: np.ndarray, amount_px: float, seed: int = 0) -> np.ndarray:
    """Frames uint8 [T, H, W, 3], each shifted on its own; borders repeat."""
    import cv2

    size = (frames.shape[2], frames.shape[1])
    shifts = amount_px * np.random.default_rng(seed).standard_normal((len(frames), 2))
    moved = [
        cv2.warpAffine(
            frame, np.array([[1, 0, dx], [0, 1, dy]]), size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        for frame, (dx, dy) in zip(frames, shifts, strict=True)
    ]
    return np.stack(moved)


DAMAGES = {"flicker": (flickering, FLICKER), "jitter": (shaking, JITTER_PX)}


def altered_clips() -> Iterator[Altered]:
    """Each clip with every damage, described. Raises WeightsUnavailable without the networks."""
    import cv2

    from feed_dataset.core.media.video import read_video
    from feed_dataset.layout.mini import MINI_ROOT

    for clip in CLIPS:
        video = read_video(MINI_ROOT / f"{clip}.mp4").frames[:_FRAMES]
        frames = np.stack([cv2.resize(f, (_SIZE_PX, _SIZE_PX), interpolation=cv2.INTER_AREA) for f in video])
        driver = describe(frames, _FEATURES)
        outputs, whole = {}, {}
        for damage, (alter, amounts) in DAMAGES.items():
            for amount in amounts:
                made = alter(frames, amount)
                outputs[damage, amount] = describe(made, _FEATURES) if amount else driver
                whole[damage, amount] = float(np.abs(np.diff(made.astype(np.float32), axis=0)).mean() / 255)
        yield Altered(clip, driver, outputs, whole)


def describe(frames: np.ndarray, features: Sequence[str]) -> FaceFeatures:
    """Features of a video in memory, 25 frames a second."""
    from benchmark.metrics.case_from_frames import case_from_frames

    return case_from_frames(features, output=frames, driver=frames[:1].repeat(len(frames), axis=0)).output


def motion_figures(clips: Sequence[Altered]) -> list[Figure]:
    """Rank correlation of each metric with what was planted, in one clip and over still and turning heads together."""
    wanted = (
        ("temporal_error", "flicker", 0.9, 0.9),
        ("warping_error[dis]", "flicker", 0.9, None),
        ("jitter_error[mesh468]", "jitter", 0.9, 0.9),
        ("temporal_error", "jitter", None, None),
        ("warping_error[dis]", "jitter", None, None),
    )
    lines = []
    for metric, damage, *least in wanted:
        rows = np.array([[_value(metric, one, damage, amount) for amount in DAMAGES[damage][1]] for one in clips])
        lines += _lines(metric, damage, rows, *least)
    for damage, (_, amounts) in DAMAGES.items():
        rows = np.array([[one.whole[damage, amount] for amount in amounts] for one in clips])
        lines += _lines("difference of whole frames (VBench)", damage, rows)
    return lines


def _lines(
    what: str, damage: str, rows: np.ndarray, one: float | None = None, all_of: float | None = None
) -> list[Figure]:
    amounts = DAMAGES[damage][1]
    within = float(np.mean([rank_correlation(row, amounts) for row in rows]))
    over = rank_correlation(rows.ravel(), list(amounts) * len(rows))
    means = ", ".join(f"{amount:g}: {mean:.3g}" for amount, mean in zip(amounts, rows.mean(axis=0), strict=True))
    return [
        Figure(what, f"planted {damage}, one clip", within, len(amounts), one, means),
        Figure(what, f"planted {damage}, still and turning heads", over, rows.size, all_of),
    ]


def _value(metric: str, clip: Altered, damage: str, amount: float) -> float:
    score = score_case(metric, case_of(clip.outputs[damage, amount], clip.driver))
    if score.value is None:
        raise ValueError(f"expected a value of {metric} but got none: {score.failures}")
    return score.value
