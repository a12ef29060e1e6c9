"""Rendered clips with their truth, made once and kept: one file per person and family."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.core.jobs.array_store import key_of, load_arrays, save_arrays
from scripts.validation.shots import Clip, clips_of

if TYPE_CHECKING:
    from feed_dataset.synthetic.render import Light
    from feed_dataset.synthetic.rig.head import Head
    from feed_dataset.synthetic.scene.cameras import Camera

VERSION = "expression-validation-1"  # raised when the same request would give other pictures
SIZE_PX = 256
_STUDIO_PX = 512
_DETAIL = {False: (1, 512), True: (0, 256)}  # small -> Catmull-Clark steps, width of the head map
_TINT = {"studio": (1.0, 1.0, 1.0), "dim": (1.0, 1.0, 1.0), "side": (1.0, 1.0, 1.0), "warm": (1.12, 1.0, 0.82)}


@dataclass(frozen=True)
class Request:
    """Clips of one person and one family."""

    person: str  # a name of feed-mini or "R<seed>"
    family: str
    small: bool = False

    @property
    def id(self) -> str:
        return f"{self.person}/{self.family}{'_small' if self.small else ''}"


@dataclass(frozen=True, repr=False)
class RenderedClip:
    """Pictures of a clip and what is exactly known of them."""

    person: str
    clip: Clip
    frames: np.ndarray  # uint8 [T, 256, 256, 3]
    tongue_px: np.ndarray  # int64 [T] pixels that show the tongue

    def coefficient(self, name: str) -> np.ndarray:
        """An ARKit coefficient in every frame, float64 [T]; zeros where the clip does not use it."""
        return np.array([expression.coefficients.get(name, 0.0) for expression in self.clip.expressions])

    @property
    def protrusion(self) -> np.ndarray:
        """How far the tongue is put out, float64 [T], 0 where it rests."""
        bends = [expression.tongue for expression in self.clip.expressions]
        return np.array([0.0 if bend is None else bend.protrude for bend in bends])


def rendered(request: Request, folder: Path) -> tuple[RenderedClip, ...]:
    """The clips, rendered now unless they lie in `folder`."""
    clips = clips_of(request.family, request.person, small=request.small)
    path = folder / VERSION / f"{request.id}.safetensors"
    recipe = key_of(VERSION, repr([request, clips]))
    loaded = load_arrays(path)
    if loaded is None or loaded[1].get("recipe") != recipe:
        save_arrays(path, _render(request, clips), {"recipe": recipe})
        loaded = load_arrays(path)
        if loaded is None:
            raise OSError(f"expected to read back {path} but it is gone or damaged")
    arrays = loaded[0]
    return tuple(
        RenderedClip(request.person, clip, arrays[f"frames.{i}"], arrays[f"tongue_px.{i}"])
        for i, clip in enumerate(clips)
    )


def _render(request: Request, clips: tuple[Clip, ...]) -> dict[str, np.ndarray]:
    from feed_dataset.synthetic.render import Renderer
    from feed_dataset.synthetic.rig.landmarks import world_landmarks
    from feed_dataset.synthetic.scene.cameras import studio_cameras
    from feed_dataset.synthetic.scene.part_masks import PART_NAMES
    from feed_dataset.synthetic.scene.types import Expression

    head = _head(request.person, *_DETAIL[request.small])
    renderer = Renderer(shadow_px=384, threads=1)
    rest = world_landmarks(head.pose(Expression()), head)[:468]
    camera = benchmark_crop(studio_cameras(_STUDIO_PX, _STUDIO_PX)["C"], rest, SIZE_PX)
    tongue = PART_NAMES.index("tongue")
    arrays: dict[str, np.ndarray] = {}
    for index, clip in enumerate(clips):
        frames, pixels = [], []
        for expression in clip.expressions:
            geometry = head.pose(expression)
            renderer.begin(head, geometry)
            picture = renderer.render(camera, supersample=1 if request.small else 2, light=_light(clip.light))
            frames.append(_tinted(picture.image, clip.light))
            pixels.append(int((picture.parts == tongue).sum()))
        arrays[f"frames.{index}"] = np.stack(frames)
        arrays[f"tongue_px.{index}"] = np.array(pixels)
    return arrays


@lru_cache(maxsize=1)
def _head(person: str, level: int, texture_px: int) -> Head:
    from feed_dataset.synthetic.rig.head import Head, SharedTopology
    from feed_dataset.synthetic.takes.write import subject_spec

    return Head(SharedTopology(level=level, texture_px=texture_px), subject_spec(person))


def benchmark_crop(studio: Camera, rest_landmarks: np.ndarray, size_px: int) -> Camera:
    """The benchmark's crop: a square around the resting face, side = width + height of its box."""
    points = studio.project(rest_landmarks)[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).sum())
    corner = (low + high) / 2 - side / 2
    return studio.with_crop(float(corner[0]), float(corner[1]), side, size_px)


def _light(name: str) -> Light:
    from feed_dataset.synthetic.render import Light

    studio = Light()
    return {
        "studio": studio,
        "warm": studio,
        "dim": replace(studio, exposure=0.6),
        "side": replace(studio, key=1.5 * studio.key, fill=0.3 * studio.fill, ambient=0.6 * studio.ambient),
    }[name]


def _tinted(image: np.ndarray, light: str) -> np.ndarray:
    """A white balance that is off, on display values."""
    tint = np.array(_TINT[light])
    if (tint == 1).all():
        return image
    return np.clip(np.rint(image * tint), 0, 255).astype(np.uint8)
