"""Which people a synthetic data set has: feed-mini's first, then random ones that are unlike all before."""

from __future__ import annotations

import numpy as np

from feed_dataset.synthetic.people.hair_styles import HAIR_NAMES
from feed_dataset.synthetic.people.subjects import SUBJECTS, SubjectSpec, random_subject

CANDIDATES = 24  # random people per place
_SEED_STEP = 100_000  # seeds of one cast: R<seed * step + 1> ...
_FACE_SCALE_DM = 0.035  # what counts as much as one step of the looks: spread of a face's landmarks between people
_MIN_FACE = 0.55  # of that scale: closer faces are not considered, however different their hair


def cast(count: int, *, seed: int = 0) -> tuple[str, ...]:
    """Names of `count` people: S01 ... S08, then R<number>; the same arguments give the same names.

    Each random person is that one of CANDIDATES whose face and looks are farthest from the nearest one already there
    (greedy max-min). A longer cast of a seed begins with the shorter one.

    Raises:
        ValueError: fewer than one person, or a negative seed.
    """
    if count < 1 or seed < 0:
        raise ValueError(f"expected at least 1 person and a seed of 0 or more but got {count} and {seed}")
    names = list(SUBJECTS)[:count]
    if count <= len(SUBJECTS):
        return tuple(names)
    faces, looks = _Faces(), [_looks(spec) for spec in SUBJECTS.values()]
    shapes = [faces.of(spec) for spec in SUBJECTS.values()]
    number = seed * _SEED_STEP
    while len(names) < count:
        candidates = []
        for _ in range(CANDIDATES):
            number += 1
            spec = random_subject(number)
            candidates.append((f"R{number}", faces.of(spec), _looks(spec)))
        name, shape, look = max(candidates, key=lambda one: _distance(one[1], one[2], shapes, looks))
        names.append(name)
        shapes.append(shape)
        looks.append(look)
    return tuple(names)


def _distance(shape: np.ndarray, look: np.ndarray, shapes: list[np.ndarray], looks: list[np.ndarray]) -> float:
    """How far the nearest of the others is."""
    face = np.sqrt(((np.stack(shapes) - shape) ** 2).sum(-1).mean(-1)) / _FACE_SCALE_DM
    looked = np.linalg.norm(np.stack(looks) - look, axis=1)
    total = np.where(face < _MIN_FACE, face - _MIN_FACE, face + looked)
    return float(total.min())


class _Faces:
    """Shapes of neutral faces, without building heads."""

    def __init__(self) -> None:
        from feed_dataset.synthetic.rig.head import SharedTopology
        from feed_dataset.synthetic.rig.landmarks import MESH_TO_68, landmark_embedding

        self._topology = SharedTopology(level=0, texture_px=64)
        self._embedding = landmark_embedding(0)
        self._chosen = np.asarray(MESH_TO_68)

    def of(self, spec: SubjectSpec) -> np.ndarray:
        """The 68 landmarks [68, 3] in head space, dm."""
        from feed_dataset.synthetic.rig.head import neutral_vertices

        body = self._topology.body
        vertices = neutral_vertices(self._topology.assets, spec, np.random.default_rng(spec.seed))
        face = self._embedding(body.positions(vertices)[body.point_of_vertex])[self._chosen]
        centred: np.ndarray = face - face.mean(0)
        return centred


def _looks(spec: SubjectSpec) -> np.ndarray:
    """What else tells people apart, in steps of about equal weight."""
    hair = np.zeros(len(HAIR_NAMES))
    hair[HAIR_NAMES.index(spec.hair)] = 0.5
    ancestry = np.array(spec.ancestry) / np.sum(spec.ancestry)
    return np.concatenate(
        [
            [1.2 * spec.gender, 0.02 * spec.age_years, 1.5 * spec.tone, 0.6 * spec.weight, 0.8 * spec.beard],
            0.8 * ancestry,
            0.8 * np.array(spec.hair_rgb),
            hair,
        ]
    )
