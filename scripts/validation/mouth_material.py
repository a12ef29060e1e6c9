"""Pictures of the mouths, rendered once and kept: one file per person."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from feed_dataset.core.jobs.array_store import key_of, load_arrays, save_arrays
from feed_dataset.synthetic.scene.vectors import linear_to_srgb, srgb_to_linear
from scripts.validation.material import benchmark_crop
from scripts.validation.mouths import Cast, Lighting, Look, items, swayed

if TYPE_CHECKING:
    from feed_dataset.synthetic.rig.head import Head

VERSION = "mouths-1"  # raised when the same request would give other pictures
SIZE_PX = 256
_STUDIO_PX = 512
_NOISE, _JPEG_QUALITY = 2.5, 75  # grey levels; with chroma at half resolution, as a video has it


@dataclass(frozen=True, repr=False)
class Mouths:
    """One person in one look: a picture per item of `items()`."""

    person: str
    look: Look
    frames: np.ndarray  # uint8 [T, 256, 256, 3]
    tongue_px: np.ndarray  # int64 [T] pixels that show the tongue


def mouths(cast: Cast, person: str, folder: Path) -> tuple[Mouths, ...]:
    """All looks of a person, rendered now unless they lie in `folder`."""
    looks = cast.looks(person)
    path = folder / VERSION / f"{person}.safetensors"
    recipe = key_of(VERSION, repr([person, [(look, look.colours, look.lighting) for look in looks], items()]))
    loaded = load_arrays(path)
    if loaded is None or loaded[1].get("recipe") != recipe:
        save_arrays(path, _render(person, looks), {"recipe": recipe})
        loaded = load_arrays(path)
        if loaded is None:
            raise OSError(f"expected to read back {path} but it is gone or damaged")
    arrays = loaded[0]
    return tuple(Mouths(person, look, arrays[f"frames.{i}"], arrays[f"tongue_px.{i}"]) for i, look in enumerate(looks))


def _render(person: str, looks: tuple[Look, ...]) -> dict[str, np.ndarray]:
    from feed_dataset.synthetic.render import Renderer
    from feed_dataset.synthetic.rig.landmarks import world_landmarks
    from feed_dataset.synthetic.rig.recolour import recoloured
    from feed_dataset.synthetic.scene.cameras import studio_cameras
    from feed_dataset.synthetic.scene.part_masks import PART_NAMES
    from feed_dataset.synthetic.scene.types import Expression

    head = _bald_head(person)
    rest = world_landmarks(head.pose(Expression()), head)[:468]
    camera = benchmark_crop(studio_cameras(_STUDIO_PX, _STUDIO_PX)["C"], rest, SIZE_PX)
    renderer, tongue = Renderer(shadow_px=384, threads=1), PART_NAMES.index("tongue")
    geometries = {item: head.pose(swayed(expression, person, item)) for item, expression in items().items()}
    arrays: dict[str, np.ndarray] = {}
    for index, look in enumerate(looks):
        painted, frames, pixels = recoloured(head, look.colours), [], []
        for item, geometry in geometries.items():
            renderer.begin(painted, geometry)
            picture = renderer.render(camera, light=look.lighting.light)
            noise = np.random.default_rng(zlib.crc32(f"{person}/{look}/{item}".encode()))
            frames.append(photographed(picture.image, look.lighting, noise))
            pixels.append(int((picture.parts == tongue).sum()))
        arrays[f"frames.{index}"], arrays[f"tongue_px.{index}"] = np.stack(frames), np.array(pixels)
    return arrays


def _bald_head(person: str) -> Head:
    """Hair costs most of a picture's time, and says nothing about mouths."""
    from feed_dataset.synthetic.people.hair_styles import BALD
    from feed_dataset.synthetic.rig.head import Head, SharedTopology
    from feed_dataset.synthetic.takes.write import subject_spec

    return Head(SharedTopology(level=1, texture_px=512), replace(subject_spec(person), hair=BALD))


def photographed(
    image: np.ndarray,  # uint8 [H, W, 3]
    lighting: Lighting,
    noise: np.random.Generator,
) -> np.ndarray:
    """What a camera and a codec leave of a rendered picture, uint8 [H, W, 3]."""
    display = linear_to_srgb(np.clip(srgb_to_linear(image / 255.0) * np.array(lighting.balance), 0, 1)) * 255.0
    noisy = np.clip(np.rint(display + noise.normal(0, _NOISE, display.shape)), 0, 255).astype(np.uint8)
    if lighting.mirrored:
        noisy = np.ascontiguousarray(noisy[:, ::-1])
    done, coded = cv2.imencode(".jpg", noisy[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    read = cv2.imdecode(coded, cv2.IMREAD_COLOR) if done else None
    if read is None:
        raise OSError("expected a JPEG but the picture could not be encoded")
    return np.ascontiguousarray(read[..., ::-1])
