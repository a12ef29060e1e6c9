"""Winks in the takes that ship, whose truth is known: are they seen, and is a turning or uneven face taken for one?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.features.types.case import FaceFeatures
from feed_dataset.core.media.video import read_video
from feed_dataset.synthetic.takes.ground_truth import GroundTruth
from scripts.validation.detection import detect
from scripts.validation.figures import WINKS, Figure
from scripts.validation.material import SIZE_PX

STEMS = ("FF_NR", "FF", "MAU_strong", "random", "rotations")
"""Uneven, strong and extreme faces, turning heads; in uneven ones some people wink."""
FULL_WINK, NO_WINK = 0.75, 0.05
"""True difference of the eyes' closures, at least and below."""
TURNED_DEG = 15.0
"""Largest of a head's three angles, at least."""
_EVERY = 2


@dataclass(frozen=True)
class SeenTake:
    """Every second frame of a take's frontal camera as the networks see it, and the truth of those frames."""

    features: FaceFeatures
    closed: np.ndarray  # float [T] how much more the left eye is closed
    turned_deg: np.ndarray  # float [T] largest angle of the head


def takes_of(root: Path) -> list[Path]:
    """Ground truth files below the root of rendered data."""
    return [path for path in sorted(root.glob("*/*.npz")) if path.stem in STEMS]


def seen_takes(paths: Iterable[Path], features: tuple[str, ...], folder: Path | None) -> Iterator[SeenTake]:
    """Takes with their features, which are kept in `folder`."""
    for path in paths:
        truth = GroundTruth.load(path)
        frames = read_video(path.with_name(f"{path.stem}_C.mp4"), size_px=SIZE_PX).frames[::_EVERY]
        left, right = (
            truth.coefficients[::_EVERY, truth.coefficient_names.index(f"eyeBlink{side}")] for side in ("Left", "Right")
        )
        turned = np.abs(truth.head_deg[::_EVERY]).max(axis=1)
        yield SeenTake(detect(frames, features, folder), left - right, turned)


def take_figures(metric_id: str, takes: Sequence[SeenTake]) -> list[Figure]:
    """Frame by frame: winks that are seen with the right eye, and faces without one that are not taken for one."""
    feature, difference_of, on = WINKS[metric_id]
    readings = []
    for take in takes:
        raw = take.features.array(feature)
        if raw is None:
            raise ValueError(f"expected the feature {feature!r} but it was not extracted")
        difference = difference_of(raw)[:, 0]
        readings.append(difference - difference[0])
    found = np.concatenate(readings)
    closed = np.concatenate([take.closed for take in takes])
    turned = np.concatenate([take.turned_deg for take in takes]) >= TURNED_DEG
    full, none = np.abs(closed) >= FULL_WINK, np.abs(closed) < NO_WINK
    is_seen = (np.abs(found) >= on) & (np.sign(found) == np.sign(closed))
    is_quiet = np.abs(found) < on
    seen, quiet, far = "share that is seen, with the right eye", "share that is no wink", f"{TURNED_DEG:g} degrees"
    asked = (
        ("full winks", seen, full, is_seen),
        (f"... of heads turned by {far} and more", seen, full & turned, is_seen),
        ("other faces", quiet, none, is_quiet),
        (f"... of heads turned by {far} and more", quiet, none & turned, is_quiet),
    )
    return [
        _share(f"{metric_id}, {what}", truth, right[frames], np.abs(found[frames]))
        for what, truth, frames, right in asked
        if frames.any()
    ]


def _share(what: str, truth: str, right: np.ndarray, sizes: np.ndarray) -> Figure:
    note = f"w from {sizes.min():.3f} to {sizes.max():.3f}"
    return Figure(what, truth, float(right.mean()), len(right), None, note)
