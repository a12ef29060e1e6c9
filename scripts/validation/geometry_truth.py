"""Where the landmarks of a perfect cross-reenactment are: the source person's own, in the driver's states."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.ceilings.exact_render import take_of, truth_of
from feed_dataset.core.faces.crop import CropBox
from feed_dataset.core.media.thinning import spread
from feed_dataset.synthetic.scene.cameras import Camera
from feed_dataset.synthetic.takes.ground_truth import recipe_of

if TYPE_CHECKING:
    from feed_dataset.synthetic.rig.head import Head
    from feed_dataset.synthetic.scene.types import Expression, FrameGeometry

LANDMARKS = 468  # on the skin; an iris is covered by its lid and says nothing of the face's shape
_CELL_PX = 3.0  # of the depth map that finds hidden landmarks: about the distance of neighbouring vertices
_BEHIND_SKIN_DM = 0.12  # a landmark so much farther away than the skin in its cell is hidden by it
_BEHIND_HAIR_DM = 0.0
_FACING = 0.2  # cosine between normal and view; at a steeper angle a landmark lies on the outline


@dataclass(frozen=True, eq=False)
class Truth:
    """One person in T states as the camera of a crop sees it.

    Args:
        points_px: float64 [T, N, 2]; whole numbers are pixel centres.
        visible: bool [T, N].
        world_dm: float64 [T, N, 3].
        turn: float64 [T, 3, 3], rotation of the head in world axes.
        camera: of the crop.
    """

    points_px: np.ndarray
    visible: np.ndarray
    world_dm: np.ndarray
    turn: np.ndarray
    camera: Camera

    def __repr__(self) -> str:
        return f"Truth({len(self.points_px)} states, {self.points_px.shape[1]} landmarks)"


State = Callable[["tuple[Expression, ...]", int], "Expression"]
"""Gives what is performed at a frame of a take."""


def as_it_is(expressions: tuple[Expression, ...], index: int) -> Expression:
    """The take itself."""
    return expressions[index]


def late(frames: int) -> State:
    """The take so many frames of its file late; the first frame stays."""
    return lambda expressions, index: expressions[max(index - frames, 0)]


def weakened(share: float) -> State:
    """A share of the way from the first frame's state to each one's; tongue and pupil stay as they are."""

    def state(expressions: tuple[Expression, ...], index: int) -> Expression:
        rest, now = expressions[0], expressions[index]

        def mapping(name: str) -> dict[str, float]:
            a, b = getattr(rest, name), getattr(now, name)
            return {key: _between(a.get(key, 0.0), b.get(key, 0.0), share) for key in {**a, **b}}

        def number(name: str, axis: int) -> float:
            return _between(getattr(rest, name)[axis], getattr(now, name)[axis], share)

        return replace(
            now,
            coefficients=mapping("coefficients"),
            units=mapping("units"),
            head_deg=(number("head_deg", 0), number("head_deg", 1), number("head_deg", 2)),
            translation_dm=(number("translation_dm", 0), number("translation_dm", 1), number("translation_dm", 2)),
            gaze_deg=(number("gaze_deg", 0), number("gaze_deg", 1)),
        )

    return state


def states_of(driver: Path, budget: int, state: State = as_it_is) -> tuple[Expression, ...]:
    """What a rendered clip performs at the frames that the benchmark takes of it."""
    expressions = take_of(_recipe(driver)).expressions
    return tuple(state(expressions, index) for index in spread(len(expressions), budget))


def truth_in_crop(head: Head, states: tuple[Expression, ...], view: Camera, box: CropBox, size_px: int) -> Truth:
    """A person in some states, seen as the benchmark crops it.

    Args:
        view: the camera before the crop.
        box: the square that the crop cuts.
        size_px: side of the crop.
    """
    camera = view.with_crop(box.x0, box.y0, box.side, size_px)
    points, visible, world, turns = [], [], [], []
    for state in states:
        geometry = head.pose(state)
        at, seen, there = _landmarks(geometry, head, camera)
        points.append(at)
        visible.append(seen)
        world.append(there)
        turns.append(np.asarray(geometry.head_matrix, np.float64)[:3, :3])
    return Truth(np.stack(points), np.stack(visible), np.stack(world), np.stack(turns), camera)


def draw(head: Head, states: tuple[Expression, ...], view: Camera, supersample: int) -> np.ndarray:
    """The same pictures, drawn: uint8 [T, H, W, 3], before any crop."""
    from feed_dataset.synthetic.render import Renderer

    renderer, frames = Renderer(threads=1), []
    for state in states:
        renderer.begin(head, head.pose(state))
        frames.append(renderer.render(view, supersample=supersample).image)
    return np.stack(frames)


def supersample_of(clip: Path) -> int:
    """With how many samples along the side of a pixel a clip was rendered."""
    return int(_recipe(clip)["supersample"])


def view_of(clip: Path) -> Camera:
    """The camera of a rendered clip `<stem>_<camera>.mp4`."""
    from feed_dataset.synthetic.scene.cameras import studio_cameras

    size_px = int(_recipe(clip)["size_px"])
    return studio_cameras(size_px, size_px)[clip.stem.rpartition("_")[2]]


def head_of(clip: Path) -> Head:
    """The person of a rendered clip."""
    recipe = _recipe(clip)
    return _head(str(recipe["take"]).partition("/")[0], int(recipe["size_px"]))


def _landmarks(geometry: FrameGeometry, head: Head, camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(px [N, 2], visible [N], world [N, 3])."""
    from feed_dataset.synthetic.rig.landmarks import landmark_embedding

    embedding = landmark_embedding(head.topology.level)
    world = embedding(geometry.skin_positions).astype(np.float64)
    seen = faces_camera(world, embedding(geometry.skin_normals).astype(np.float64), camera)
    seen &= ~covered(world, geometry.skin_positions, camera, _BEHIND_SKIN_DM)
    if "hair" in geometry.strands:
        seen &= ~covered(world, geometry.strands["hair"].points.reshape(-1, 3), camera, _BEHIND_HAIR_DM)
    return camera.project(world)[:, :2] - 0.5, seen, world


def faces_camera(
    world_dm: np.ndarray,  # [N, 3]
    normals: np.ndarray,  # [N, 3]
    camera: Camera,
) -> np.ndarray:
    """bool [N]: in the picture and turned to the camera."""
    view = camera.eye - world_dm
    cosine = (normals * view).sum(1) / np.linalg.norm(normals, axis=1) / np.linalg.norm(view, axis=1)
    facing: np.ndarray = _inside(camera.project(world_dm), camera) & (cosine > _FACING)
    return facing


def covered(
    world_dm: np.ndarray,  # [N, 3]
    cover_dm: np.ndarray,  # [V, 3] dense points of what may be before them
    camera: Camera,
    margin_dm: float,
) -> np.ndarray:
    """bool [N]: something in the same small cell of the picture is nearer by more than a margin."""
    nearest = np.full(tuple(int(side / _CELL_PX) + 1 for side in (camera.height_px, camera.width_px)), np.inf)
    cover, points = camera.project(cover_dm), camera.project(world_dm)
    cover = cover[_inside(cover, camera)]
    np.minimum.at(nearest, _cells(cover), cover[:, 2])
    inside = _inside(points, camera)
    hidden = np.zeros(len(points), dtype=bool)
    hidden[inside] = nearest[_cells(points[inside])] + margin_dm < points[inside, 2]
    return hidden


def _inside(projected: np.ndarray, camera: Camera) -> np.ndarray:
    x, y = projected[:, 0], projected[:, 1]
    inside: np.ndarray = (x >= 0) & (y >= 0) & (x < camera.width_px) & (y < camera.height_px)
    return inside


def _cells(projected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (projected[:, 1] / _CELL_PX).astype(int), (projected[:, 0] / _CELL_PX).astype(int)


def _between(a: float, b: float, share: float) -> float:
    return float(a + share * (b - a))


def _recipe(clip: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(str(recipe_of(truth_of(clip))))
    return content


@lru_cache(maxsize=8)
def _head(subject: str, size_px: int) -> Head:
    from feed_dataset.synthetic.rig.head import Head, SharedTopology
    from feed_dataset.synthetic.takes.sizes import level_of_detail
    from feed_dataset.synthetic.takes.write import subject_spec

    level, texture_px = level_of_detail(size_px)
    return Head(SharedTopology(level=level, texture_px=texture_px), subject_spec(subject))
