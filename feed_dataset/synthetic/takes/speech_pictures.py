"""The rendered face of a spoken clip: its landmarks, and its pictures with the sound."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.core.media.types import Audio
from feed_dataset.core.media.writer import VideoWriter
from feed_dataset.synthetic.scene.cameras import studio_cameras
from feed_dataset.synthetic.takes.settings import SETTINGS
from feed_dataset.synthetic.takes.sizes import level_of_detail
from feed_dataset.synthetic.takes.write import subject_spec
from feed_dataset.synthetic.voices.clips import SpokenClip

if TYPE_CHECKING:
    from feed_dataset.synthetic.rig.head import Head, SharedTopology

_BARE_TEXTURE_PX = 64  # nobody sees it


def landmarks_of(subject: str, clip: SpokenClip) -> np.ndarray:
    """float32 [T, 478, 3] in dm in the world, without drawing anything."""
    from feed_dataset.synthetic.rig.landmarks import posed_landmarks

    head = _bare_head(subject)
    return np.stack([posed_landmarks(expression, head) for expression in clip.take.expressions])


def write_pictures(path: Path, subject: str, clip: SpokenClip, fps: int, size_px: int) -> np.ndarray:
    """Write the frontal camera's view as a video with the sound; the landmarks as above."""
    from feed_dataset.synthetic.render import Renderer
    from feed_dataset.synthetic.rig.landmarks import world_landmarks

    head, renderer = _head(subject, size_px), Renderer(threads=1)
    camera = studio_cameras(size_px, size_px)["C"]
    sound = Audio(clip.utterance.samples, clip.utterance.sample_rate_hz)
    points = []
    with VideoWriter(
        path, size_px, size_px, Fraction(fps), audio=sound, crf=SETTINGS.crf, preset=SETTINGS.preset
    ) as writer:
        for expression in clip.take.expressions:
            geometry = head.pose(expression)
            points.append(world_landmarks(geometry, head))
            renderer.begin(head, geometry)
            writer.add(renderer.render(camera, supersample=SETTINGS.supersample).image)
    return np.stack(points).astype(np.float32)


@lru_cache(maxsize=1)
def _bare_head(subject: str) -> Head:
    """Landmarks lie on skin: without hair, which is most of the work, they are the same."""
    from feed_dataset.synthetic.people.hair_styles import BALD
    from feed_dataset.synthetic.rig.head import Head

    return Head(_coarse_topology(), replace(subject_spec(subject), hair=BALD, beard=0.0))


@lru_cache(maxsize=1)
def _coarse_topology() -> SharedTopology:
    from feed_dataset.synthetic.rig.head import SharedTopology

    return SharedTopology(level=0, texture_px=_BARE_TEXTURE_PX)


@lru_cache(maxsize=1)
def _head(subject: str, size_px: int) -> Head:
    """Building a head takes seconds; the clips of a speaker come one after the other."""
    from feed_dataset.synthetic.rig.head import Head, SharedTopology

    level, texture_px = level_of_detail(size_px)
    return Head(SharedTopology(level=level, texture_px=texture_px), subject_spec(subject))
