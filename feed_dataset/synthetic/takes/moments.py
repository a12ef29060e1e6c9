"""Single pictures of what people perform: the height of each item of a take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.synthetic.motion.timeline import NEUTRAL, make_take
from feed_dataset.synthetic.scene.cameras import studio_cameras
from feed_dataset.synthetic.scene.types import Expression
from feed_dataset.synthetic.takes.sizes import level_of_detail
from feed_dataset.synthetic.takes.write import subject_spec, voice_pitch_hz

if TYPE_CHECKING:
    from feed_dataset.synthetic.rig.head import SharedTopology

_SECONDS, _FPS = 12, 25


@dataclass(frozen=True)
class Moment:
    """One instant of a take."""

    item: str  # such as "happy"; of speech the viseme
    expression: Expression


def moments(stem: str, subject: str, *, seed: int = 0, count: int) -> tuple[Moment, ...]:
    """At most `count` moments of a take of 12 s: the height of each item when it first comes, not in a chance blink.

    Sweeps to both sides have their height in their first half. Speech gives the middle of each new viseme.
    """
    pitch_hz = voice_pitch_hz(subject_spec(subject))
    take = make_take(stem, seed=seed, subject=subject, frame_count=_SECONDS * _FPS, fps=_FPS, pitch_hz=pitch_hz)
    labels = take.visemes if stem == "speech" else take.items
    found: dict[str, Moment] = {}
    for label, group in groupby(range(len(labels)), key=labels.__getitem__):
        frames = list(group)
        if label in (NEUTRAL, "sil") or label in found:
            continue
        middle = (0.3 if stem in _SWEEPING else 0.5) * (len(frames) - 1)
        near = sorted(range(len(frames)), key=lambda place: abs(place - middle))[: max(1, len(frames) // 3)]
        shown = [take.expressions[frames[place]] for place in near]
        found[label] = Moment(label, shown[0] if stem == "blinks" else min(shown, key=_blinking))
    return tuple(found.values())[:count]


def _blinking(expression: Expression) -> float:
    """How far the eyes are shut by chance, in coarse steps: of equals the first is taken."""
    return round(sum(expression.coefficients.get(f"eyeBlink{side}", 0.0) for side in ("Left", "Right")), 1)


_SWEEPING = ("rotations", "tongue_rot", "FF", "eyes", "blinks")


class Stills:
    """Pictures of one person; building the person takes seconds, a picture less than one."""

    def __init__(self, subject: str, size_px: int = 512, *, threads: int | None = None) -> None:
        from feed_dataset.synthetic.render import Renderer
        from feed_dataset.synthetic.rig.head import Head

        self._head = Head(_topology(*level_of_detail(size_px)), subject_spec(subject))
        self._cameras = studio_cameras(size_px, size_px)
        self._renderer = Renderer(threads=threads)

    def picture(self, expression: Expression, camera: str = "C") -> np.ndarray:  # uint8 [size, size, 3]
        """What a studio camera sees."""
        self._renderer.begin(self._head, self._head.pose(expression))
        return self._renderer.render(self._cameras[camera]).image


@lru_cache(maxsize=1)
def _topology(level: int, texture_px: int) -> SharedTopology:
    from feed_dataset.synthetic.rig.head import SharedTopology

    return SharedTopology(level=level, texture_px=texture_px)
