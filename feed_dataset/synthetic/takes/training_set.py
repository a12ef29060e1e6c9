"""Rendering of a training set: random people in random states, cropped as the benchmark crops, with exact truth.

One file per person (`<seed>.npz`), written atomically, so that an interrupted rendering continues. The people of a
group (consecutive seeds) share their motion states: for every picture of one there is one of each other in that state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import Failed
from feed_dataset.core.jobs.process_executor import open_executor
from feed_dataset.core.jobs.progress import ProgressBar
from feed_dataset.synthetic.motion.sampling import TONGUE_KEYS, MotionState, sample_states
from feed_dataset.synthetic.scene.cameras import Camera, studio_cameras
from feed_dataset.synthetic.scene.types import Expression, TongueBend

if TYPE_CHECKING:
    from feed_dataset.synthetic.render import Light
    from feed_dataset.synthetic.rig.head import Head, SharedTopology
    from feed_dataset.synthetic.scene.types import FrameGeometry

CANONICAL_UNIT_DM = 1.6  # one unit of the canonical frame; a face is then about 0.9 wide, as in the published model
CANONICAL_ORIGIN_DM = (
    0.0,
    -0.27,
    0.60,
)  # head space: the middle of a face, so that turning it moves it little
STUDIO_PX = 512
TONGUE_ANGLE_SCALE_DEG = 50.0
# Camera axes (x right, y down, z forward) and head axes (x to the subject's left, y up, z front) to the model's frame
# (x right, y down, z to the viewer).
CAMERA_TO_MODEL = np.diag([1.0, 1.0, -1.0])
HEAD_TO_MODEL = np.diag([1.0, -1.0, 1.0])


@dataclass(frozen=True)
class TrainingSetSpec:
    """What to render; the same spec gives the same files. `group_size` people share their motion states."""

    first_seed: int = 1000
    people: int = 640
    states: int = 8
    size_px: int = 256
    group_size: int = 2

    def group_of(self, seed: int) -> int:
        """The same for people who share their states."""
        return seed // self.group_size

    def states_of(self, seed: int) -> list[MotionState]:
        """What a person is shown in."""
        return sample_states(self.states, seed=50_000 + self.group_of(seed))


class PersonPainter:
    """One random person, drawn in any states, in light and before a background of their own.

    Args:
        topology: what people share, see `training_topology`.
        seed: who it is.
        size_px: of the pictures.
        threads: of the renderer; None: all usable cores.
    """

    def __init__(self, topology: SharedTopology, seed: int, size_px: int, *, threads: int | None = None) -> None:
        from feed_dataset.synthetic.people.subjects import random_subject
        from feed_dataset.synthetic.render import Light, Renderer
        from feed_dataset.synthetic.rig.head import Head
        from feed_dataset.synthetic.rig.landmarks import world_landmarks

        self.size_px, self._names = size_px, topology.coefficient_names
        self._head, self._renderer = Head(topology, random_subject(seed)), Renderer(shadow_px=384, threads=threads)
        rng = np.random.default_rng(seed + 77)
        grey = rng.random() >= 0.7
        background = np.repeat(rng.uniform(0.1, 0.9), 3) if grey else rng.uniform(0.05, 0.9, 3)
        self._background = (float(background[0]), float(background[1]), float(background[2]))
        self._light = _random_light(Light(), rng)
        self._studio = studio_cameras(STUDIO_PX, STUDIO_PX)
        at_rest = self._head.pose(Expression())
        self._rest_landmarks = world_landmarks(at_rest, self._head)[:468]
        self._rest_points = canonical_points(at_rest, self._head)

    def pictures(self, states: Sequence[MotionState]) -> dict[str, np.ndarray]:
        """Pictures with the truth, named as `model.training.data` reads them; what came before changes nothing."""
        rows = [self._row(state) for state in states]
        stacked = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
        stacked["rest_points"] = self._rest_points
        return {n: values if values.dtype == np.uint8 else values.astype(np.float32) for n, values in stacked.items()}

    def _row(self, state: MotionState) -> dict[str, np.ndarray]:
        from feed_dataset.synthetic.rig.landmarks import world_landmarks

        head, size_px = self._head, self.size_px
        camera = crop_camera(self._studio[state.camera], self._rest_landmarks, state, size_px)
        geometry = head.pose(_expression(state))
        self._renderer.begin(head, geometry)
        rendered = self._renderer.render(camera, supersample=2, light=self._light, background=self._background)
        rotation, translation, scale = model_pose(geometry.head_matrix, camera)
        landmarks = camera.project(world_landmarks(geometry, head))[:, :2]
        tongue = [state.tongue.get(k, 0.0) / (1.0 if k == "protrude" else TONGUE_ANGLE_SCALE_DEG) for k in TONGUE_KEYS]
        return {
            "images": rendered.image,
            "parts": rendered.parts,
            "rotation": rotation,
            "translation": translation,
            "scale": np.array(scale),
            "coefficients": np.array([state.coefficients.get(name, 0.0) for name in self._names]),
            "tongue": np.array(tongue),
            "gaze_deg": np.array(state.gaze_deg),
            "landmarks478": landmarks / size_px * 2 - 1,
            "points": canonical_points(geometry, head),
        }


def render_person(topology: SharedTopology, seed: int, spec: TrainingSetSpec) -> dict[str, np.ndarray]:
    """All pictures of one person of a training set with their truth."""
    return render_states(topology, seed, spec.states_of(seed), spec.size_px)


def render_states(
    topology: SharedTopology, seed: int, states: Sequence[MotionState], size_px: int
) -> dict[str, np.ndarray]:
    """One random person in these states, with the truth."""
    return PersonPainter(topology, seed, size_px).pictures(states)


def canonical_points(geometry: FrameGeometry, head: Head) -> np.ndarray:  # float64 [478, 3]
    """The face landmarks in the model's canonical frame: expression moves them, the pose of the head does not."""
    from feed_dataset.synthetic.rig.landmarks import world_landmarks

    to_head = np.linalg.inv(geometry.head_matrix)
    points = world_landmarks(geometry, head) @ to_head[:3, :3].T + to_head[:3, 3]
    canonical: np.ndarray = (points - np.array(CANONICAL_ORIGIN_DM)) / CANONICAL_UNIT_DM @ HEAD_TO_MODEL
    return canonical


def crop_camera(studio: Camera, rest_landmarks: np.ndarray, state: MotionState, size_px: int) -> Camera:
    """The studio camera cropped around the resting face (side = box width + height), jittered by the state."""
    points = studio.project(rest_landmarks)[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).sum()) * state.crop_scale
    corner = (low + high) / 2 + np.array(state.crop_shift) * side - side / 2
    return studio.with_crop(float(corner[0]), float(corner[1]), side, size_px)


def model_pose(
    head_matrix: np.ndarray,  # [4, 4] neutral head space to world
    camera: Camera,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Weak-perspective pose of a head in a square picture that spans [-1, 1].

    Returns:
        rotation [3, 3] and translation [3] from the canonical frame to the picture, and the length of one canonical
        unit in half pictures: `p_picture = translation + scale * rotation @ p_canonical`.
    """
    rotation = CAMERA_TO_MODEL @ camera.rotation @ head_matrix[:3, :3] @ HEAD_TO_MODEL
    origin = head_matrix[:3, :3] @ np.array(CANONICAL_ORIGIN_DM) + head_matrix[:3, 3]
    x_px, y_px, depth_dm = camera.project(origin)
    half_px = camera.width_px / 2
    translation = np.array([x_px / half_px - 1, y_px / half_px - 1, 0.0])
    return rotation, translation, float(camera.intrinsics[0, 0] / depth_dm / half_px * CANONICAL_UNIT_DM)


def render_training_set(folder: Path, spec: TrainingSetSpec, *, workers: int) -> None:
    """Render what is missing in `folder`, one process per worker, with a progress bar.

    Raises FeedError, when all others are done, for people whose process died twice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seeds = range(spec.first_seed, spec.first_seed + spec.people)
    people = [_Person(folder / f"{seed:05d}.npz", seed, spec) for seed in seeds]
    missing = [person for person in people if not person.path.exists()]
    failed = []
    with ProgressBar(len(missing), "rendering") as bar, open_executor(workers, training_topology) as executor:
        for index, result in executor.each(missing):
            name = missing[index].path.stem
            bar.advance(name, result.reason if isinstance(result, Failed) else "done")
            if isinstance(result, Failed):
                failed.append(f"{name}: {result.reason}")
    if failed:
        raise FeedError(f"expected {len(missing)} people to be rendered but not so {'; '.join(failed)}; run again")


@dataclass(frozen=True)
class _Person:
    path: Path
    seed: int
    spec: TrainingSetSpec

    def run(self, topology: SharedTopology) -> None:
        arrays = render_person(topology, self.seed, self.spec)
        with replacing(self.path) as part:
            np.savez(part, **arrays)  # type: ignore[arg-type]


def training_topology() -> SharedTopology:
    """What all people of training sets share."""
    from feed_dataset.synthetic.rig.head import SharedTopology

    return SharedTopology(level=0, texture_px=256)


def _expression(state: MotionState) -> Expression:
    bend = state.tongue
    tongue = TongueBend(bend["protrude"], bend["yaw"], bend["pitch"], bend["roll"]) if bend else None
    return Expression(state.coefficients, head_deg=state.head_deg, gaze_deg=state.gaze_deg, tongue=tongue)


def _random_light(base: Light, rng: np.random.Generator) -> Light:
    """Studio light with another brightness and other ratios between its lamps."""
    level = float(rng.uniform(0.7, 1.4))
    factors = {"key": level * rng.uniform(0.3, 1.3), "fill": level * rng.uniform(0.5, 3.0)}
    factors |= {"rim": rng.uniform(0.0, 1.6), "ambient": level * rng.uniform(0.6, 1.8)}
    return replace(base, **{name: getattr(base, name) * float(factor) for name, factor in factors.items()})
