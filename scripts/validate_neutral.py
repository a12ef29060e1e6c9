"""What bad first frames cost, for each way to choose the neutral: why `benchmark.metrics.neutral` is as it is.

    python -m scripts.validate_neutral                 # the rendered clips that ship; about 2 minutes on one core
    python -m scripts.validate_neutral --media DIR     # with videos of one's own, cut into pieces of 50 frames

The driver is a clip; the output follows every measure of its expression by another share (0.3 to 1.4) with noise of
detection. The first one, two or three frames of one of both are then replaced by what the mesh sees of them blurred or
half hidden, by another person's, by the clip's widest open mouth, by closed eyes. Printed is by how much expression
transfer differs, on average, from that of the same clip without those frames; and what the choice changes where no
frame is bad: by how much, and how many clips have no value any more because the face does not move from there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.metrics.expression import COMPONENTS, MIN_MOTION_IOD, describe_expression
from benchmark.metrics.neutral import neutral_row
from feed_dataset.core.faces.networks import FaceNetworks
from feed_dataset.core.faces.track import find_face, track_faces
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.suffixes import VIDEO_SUFFIXES
from feed_dataset.core.media.video import read_video
from feed_dataset.layout.mini import CAST_ROOT, MINI_ROOT

MOST_BAD = 3
KINDS = ("blurred", "hidden", "stranger", "open mouth", "closed eyes")
RATES = (25, 12, 5)
_PIECE, _LEAST = 50, 25
_NOISE_IOD = 0.004
_SKIN = (196, 150, 128)
_LIDS = [COMPONENTS.index(name) for name in ("eye_aperture_left", "eye_aperture_right")]
_CLOSED_IOD = 0.02

Rule = Callable[[np.ndarray, np.ndarray, float], int]
"""(output [T, k], driver [T, k], fps) -> row of the neutral."""


@dataclass(frozen=True)
class Clip:
    """Expression of a clip at 25 fps, [T, 13], and of its first frames as they could be, [MOST_BAD, 13] each."""

    expression: np.ndarray
    bad: dict[str, np.ndarray]


def first_frame(output: np.ndarray, driver: np.ndarray, fps: float) -> int:
    return 0


def nearest_to_median(output: np.ndarray, driver: np.ndarray, fps: float) -> int:
    both = np.concatenate([output, driver], axis=1)[: max(1, round(fps))]
    return int(np.abs(both - np.median(both, axis=0)).sum(axis=1).argmin())


def product(output: np.ndarray, driver: np.ndarray, fps: float) -> int:
    return neutral_row(output, driver, [None] * len(driver), fps)


RULES: dict[str, Rule] = {
    "first frame": first_frame,
    "nearest to median": nearest_to_median,
    "the product's": product,
}


def transfer(output: np.ndarray, driver: np.ndarray, row: int) -> float:
    """Expression transfer against one row; NaN where the driver does not move from it."""
    moved = driver - driver[row]
    if np.abs(moved).sum(axis=1).mean() < MIN_MOTION_IOD:
        return float("nan")
    return float(1 - np.abs(output - output[row] - moved).sum() / np.abs(moved).sum())


def follower(clip: Clip, draw: np.random.Generator) -> np.ndarray:
    """An output that follows each measure by another share, of another face."""
    moved = clip.expression - np.median(clip.expression, axis=0)
    shares, face = draw.uniform(0.3, 1.4, moved.shape[1]), draw.normal(0, 0.05, moved.shape[1])
    followed: np.ndarray = face + shares * moved + draw.normal(0, _NOISE_IOD, moved.shape)
    return followed


def thinned(length: int, fps: int) -> np.ndarray:
    """Which frames of 25 a second are left at a lower rate."""
    kept = np.round(np.arange(0, length, 25 / fps)).astype(int)
    return kept[kept < length]


def costs(clips: Sequence[Clip], fps: int, who: str, count: int, rule: Rule) -> dict[str, float]:
    """Mean |change of transfer| by kind of bad frames; without any where `count` is 0."""
    draw = np.random.default_rng(0)
    found: dict[str, list[float]] = {kind: [] for kind in (KINDS if count else ("none",))}
    for clip in clips:
        kept = thinned(len(clip.expression), fps)
        whole = follower(clip, draw)
        face = np.median(whole - clip.expression, axis=0)
        for kind, cost in found.items():
            output, driver = whole[kept].copy(), clip.expression[kept].copy()
            if count:
                bad = clip.bad[kind][:count]
                (output if who == "output" else driver)[:count] = bad + face if who == "output" else bad
            expected = transfer(output[count:], driver[count:], 0)
            if np.isfinite(expected):
                cost.append(abs(transfer(output, driver, rule(output, driver, fps)) - expected))
    return {kind: float(np.nanmean(cost)) for kind, cost in found.items()}


def unscored(clips: Sequence[Clip], fps: int, rule: Rule) -> int:
    """How many clips that move from their first frame on have no value from the row that the rule takes."""
    draw, lost = np.random.default_rng(0), 0
    for clip in clips:
        kept = thinned(len(clip.expression), fps)
        output, driver = follower(clip, draw)[kept], clip.expression[kept]
        row = rule(output, driver, fps)
        lost += bool(np.isfinite(transfer(output, driver, 0)) and not np.isfinite(transfer(output, driver, row)))
    return lost


def read_clips(paths: Sequence[Path], networks: FaceNetworks) -> Iterator[Clip]:
    """Every piece of the videos in which a face is found in all frames, also in the altered ones."""
    draw, seen = np.random.default_rng(1), []
    for path in paths:
        frames = read_video(path).frames
        for start in range(0, max(1, len(frames) - _PIECE + 1), _PIECE):
            piece = frames[start : start + _PIECE]
            track = track_faces(piece, networks=networks)
            if len(piece) < _LEAST or not track.valid.all():
                continue
            altered = {
                "blurred": [_blurred(one) for one in piece[:MOST_BAD]],
                "hidden": [_hidden(one, track.landmarks_px[i]) for i, one in enumerate(piece[:MOST_BAD])],
            }
            expression = describe_expression(track.landmarks_px)
            bad = {kind: _detected(images, networks) for kind, images in altered.items()}
            if any(rows is None for rows in bad.values()):
                continue
            seen.append(expression)
            stranger = seen[int(draw.integers(len(seen)))]
            far = np.abs(stranger - np.median(stranger, axis=0)).sum(axis=1)
            closed = expression[:MOST_BAD].copy()
            closed[:, _LIDS] = np.minimum(closed[:, _LIDS], _CLOSED_IOD)
            opened = np.repeat(expression[[expression[:, COMPONENTS.index("mouth_open")].argmax()]], MOST_BAD, axis=0)
            bad |= {"stranger": stranger[far.argsort()[-MOST_BAD:]], "open mouth": opened, "closed eyes": closed}
            yield Clip(expression, {kind: rows for kind, rows in bad.items() if rows is not None})


def _blurred(image: np.ndarray) -> np.ndarray:
    """Moved by a ninth of the width while the shutter was open."""
    reach = image.shape[1] // 18
    shifted = [np.roll(image, by, axis=1).astype(np.float32) for by in range(-reach, reach + 1)]
    blurred: np.ndarray = np.mean(shifted, axis=0).round().astype(np.uint8)
    return blurred


def _hidden(image: np.ndarray, points_px: np.ndarray) -> np.ndarray:
    """Mouth and a cheek behind an ellipse of the colour of a hand."""
    width = np.ptp(points_px[:, 0])
    across, down = np.meshgrid(np.arange(image.shape[1]), np.arange(image.shape[0]))
    x, y = across - points_px[13, 0] - 0.1 * width, down - points_px[13, 1]
    inside = ((x + y) / (0.6 * width)) ** 2 + ((y - x) / (0.4 * width)) ** 2 < 1
    hidden: np.ndarray = np.where(inside[..., None], np.array(_SKIN, np.uint8), image)
    return hidden


def _detected(images: Sequence[np.ndarray], networks: FaceNetworks) -> np.ndarray | None:
    """What the mesh sees of each picture alone; None where it does not find the face."""
    found = [find_face(one, networks)[0] for one in images]
    points = [one.points_px for one in found if one is not None]
    return describe_expression(np.stack(points)) if len(points) == len(images) else None


def report(clips: Sequence[Clip]) -> str:
    """Tables by rate: rules against bad frames."""
    lines = [f"{len(clips)} clips"]
    for fps in RATES:
        lines.append(f"\n{fps} frames in the first second: change where none is bad, clips without a value any more")
        for name, rule in RULES.items():
            change = costs(clips, fps, "output", 0, rule)["none"]
            lines.append(f"  {name:18} {change:.3f} {unscored(clips, fps, rule):3}")
        for who in ("output", "driver"):
            for count in range(1, MOST_BAD + 1):
                lines.append(f"{count} bad of the {who}: {', '.join(KINDS)}")
                for name, rule in RULES.items():
                    cells = costs(clips, fps, who, count, rule).values()
                    lines.append(f"  {name:18} {' '.join(f'{cost:.2f}' for cost in cells)}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, metavar="DIR", help="videos of your own")
    given = parser.parse_args(arguments)
    rendered = [path for root in (MINI_ROOT, CAST_ROOT) for path in sorted(root.glob("*/*_C.mp4"))]
    own = sorted(p for p in given.media.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES) if given.media else []
    try:
        print(report(list(read_clips((*rendered, *own), FaceNetworks.load()))))
    except FeedError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
