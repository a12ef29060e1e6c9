"""JOD of bundled clips with blur, noise and flicker of known size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scripts.validation.figures import Figure, rank_correlation
from scripts.validation.planted_motion import flickering

CLIPS = ("S01/FF_NR_C", "S03/rotations_C", "S05/FF_NR_C", "S07/rotations_C")
BLUR_PX = (0.5, 1.0, 2.0, 4.0)
"""Standard deviation of the Gaussian, in pixels of a 256 px frame."""
NOISE = (2.0, 5.0, 10.0, 20.0)
"""Standard deviation, in levels of 255."""
FLICKER = (0.01, 0.02, 0.04, 0.08)
"""Standard deviation of the gain of a frame."""
METRIC = "jod[standard_4k]"
_FRAMES, _SIZE_PX = 10, 256


def blurred(frames: np.ndarray, amount_px: float) -> np.ndarray:
    """Frames uint8 [T, H, W, 3] through a Gaussian."""
    import cv2

    return np.stack([cv2.GaussianBlur(frame, (0, 0), amount_px) for frame in frames])


def noisy(frames: np.ndarray, amount: float) -> np.ndarray:
    """Frames uint8 [T, H, W, 3] with other noise in each."""
    noise = amount * np.random.default_rng(0).standard_normal(frames.shape)
    return np.clip(np.rint(frames + noise), 0, 255).astype(np.uint8)


DAMAGES = {"blur": (blurred, BLUR_PX), "noise": (noisy, NOISE), "flicker": (flickering, FLICKER)}


@dataclass(frozen=True)
class Damaged:
    """JOD of one clip by damage, in the order of its amounts."""

    clip: str
    values: dict[str, list[float]]


def damaged_clips() -> Iterator[Damaged]:
    """One clip after another. Raises ModuleNotFoundError without the package cvvdp."""
    import cv2

    from feed_dataset.catalog.catalog import open_catalog
    from feed_dataset.core.media.video import read_video

    catalog = open_catalog()
    for name in CLIPS:
        whole = read_video(catalog.clip(name).path).frames[:_FRAMES]
        size = (_SIZE_PX, _SIZE_PX)
        frames = np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in whole])
        values = {
            damage: [_jod(alter(frames, amount), frames) for amount in amounts]
            for damage, (alter, amounts) in DAMAGES.items()
        }
        yield Damaged(name, values)


def _jod(output: np.ndarray, reference: np.ndarray) -> float:
    from benchmark.metrics.case_from_frames import case_from_frames
    from benchmark.metrics.catalog import CARDS, score_case

    score = score_case(METRIC, case_from_frames(CARDS[METRIC].features, output=output, reference=reference, fps=25))
    if score.value is None:
        raise ValueError(f"expected a value of {METRIC} but got none: {score.failures}")
    return score.value


def jod_figures(clips: Sequence[Damaged]) -> list[Figure]:
    """Rank correlation with the amount of each damage, in one clip and over all."""
    lines = []
    for damage, (_, amounts) in DAMAGES.items():
        rows = np.array([one.values[damage] for one in clips])
        within = float(np.mean([rank_correlation(-row, amounts) for row in rows]))
        means = ", ".join(f"{amount:g}: {mean:.2f}" for amount, mean in zip(amounts, rows.mean(axis=0), strict=True))
        lines.append(Figure(METRIC, f"planted {damage}, one clip", within, len(amounts), 0.9, means))
        over = rank_correlation(-rows.ravel(), list(amounts) * len(rows))
        lines.append(Figure(METRIC, f"planted {damage}, all clips", over, rows.size, None))
    return lines
