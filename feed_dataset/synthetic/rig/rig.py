"""One person's rig: blendshapes, tongue, and neck/head skinning of the base vertices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from feed_dataset.synthetic.rig.assets import HeadAssets
from feed_dataset.synthetic.rig.shape import ANCESTRIES
from feed_dataset.synthetic.rig.tongue import LipVertices, bend_tongue
from feed_dataset.synthetic.scene.types import SIDES, TongueBend
from feed_dataset.synthetic.scene.vectors import fit_sphere, rotation_deg

ARKIT_PREFIX = "fu/"
_TONGUE_FLATTENING, _TONGUE_RESTS = 0.5, 0.15  # share of its height at full opening; opening that it ignores
_UNIT_PREFIX = "expr/"
# Share of the head rotation that each bone takes, from the root up; the skull gets the whole.
_BONE_SHARES = (("joint-neck", 0.1), ("neck02", 0.15), ("neck03", 0.2), ("joint-head", 0.55))


def arkit_names(assets: HeadAssets) -> tuple[str, ...]:
    """The 52 ARKit blendshape names, sorted."""
    names = (name for name in assets.target_names if name.startswith(ARKIT_PREFIX))
    return tuple(sorted(name.removeprefix(ARKIT_PREFIX) for name in names))


def unit_names(assets: HeadAssets) -> tuple[str, ...]:
    """The MPFB expression units, sorted."""
    prefix = f"{_UNIT_PREFIX}{ANCESTRIES[0]}/"
    return tuple(sorted(name.removeprefix(prefix) for name in assets.target_names if name.startswith(prefix)))


class HeadRig:
    """Deforms the neutral head of one person.

    Args:
        assets: the head assets.
        neutral: float32 [N, 3], neutral base vertices in head space.
        ancestry: weights in the order of ANCESTRIES, summing to 1; MPFB units differ by ancestry.
    """

    def __init__(self, assets: HeadAssets, neutral: np.ndarray, ancestry: Sequence[float]) -> None:
        self.neutral = neutral.astype(np.float32)
        self._assets = assets
        self._ancestry = dict(zip(ANCESTRIES, ancestry, strict=True))
        self._pivots = [np.array([0, *neutral[assets.joints[joint]].mean(0)[1:]]) for joint, _ in _BONE_SHARES]
        self._tongue_vertices = assets.group_vertices("helper-tongue")
        self._lips = LipVertices.of(assets)
        self._gain = self._blendshape_gain()

    def _blendshape_gain(self) -> float:
        """Blendshapes were sculpted on an adult head; scale them by the distance between the eyes."""
        left, right = (self._assets.group_vertices(f"helper-{side}-eye") for side in SIDES)
        template = self._assets.vertices
        here = np.linalg.norm(fit_sphere(self.neutral[left])[0] - fit_sphere(self.neutral[right])[0])
        there = np.linalg.norm(template[left].mean(0) - template[right].mean(0))
        return float(np.clip(here / there, 0.6, 1.2))

    def deform(
        self,
        coefficients: Mapping[str, float],
        units: Mapping[str, float],
        tongue: TongueBend | None = None,
    ) -> np.ndarray:
        """Base vertices float32 [N, 3] in head space, before the head turns.

        Raises:
            AssetsError: unknown ARKit coefficient or MPFB unit.
        """
        vertices = self.neutral.copy()
        for name, amount in coefficients.items():
            self._assets.add_target(vertices, ARKIT_PREFIX + name, amount * self._gain)
        for name, amount in units.items():
            for ancestry, share in self._ancestry.items():
                target = f"{_UNIT_PREFIX}{ancestry}/{name}"
                self._assets.add_target(vertices, target, amount * share * self._gain)
        ids = self._tongue_vertices
        # An open jaw lays the tongue down, so that the throat is seen over it.
        flat = 1 - _TONGUE_FLATTENING * min(max(coefficients.get("jawOpen", 0.0) - _TONGUE_RESTS, 0.0), 1.0)
        floor = vertices[ids, 1].min()
        vertices[ids, 1] = floor + (vertices[ids, 1] - floor) * flat
        if tongue is not None:
            upper, lower = vertices[self._lips.upper], vertices[self._lips.lower]
            vertices[ids] = bend_tongue(vertices[ids], self.neutral[ids], upper, lower, tongue)
        return vertices

    def bone_matrices(
        self,
        head_deg: tuple[float, float, float],
        translation_dm: tuple[float, float, float],
    ) -> np.ndarray:
        """Matrices float32 [5, 4, 4] of torso, neck01..03, head; the last maps head space to world."""
        yaw, pitch, roll = head_deg
        chain = [np.eye(4)]
        for (_, share), pivot in zip(_BONE_SHARES, self._pivots, strict=True):
            bone = np.eye(4)
            bone[:3, :3] = rotation_deg(pitch * share, yaw * share, -roll * share)
            bone[:3, 3] = pivot - bone[:3, :3] @ pivot
            chain.append(chain[-1] @ bone)
        move = np.eye(4)
        move[:3, 3] = translation_dm
        return np.stack([move @ matrix for matrix in chain]).astype(np.float32)

    def skin(self, vertices: np.ndarray, bones: np.ndarray) -> np.ndarray:
        """Linear blend skinning of base vertices [N, 3] by `bone_matrices`, float32 [N, 3] in world space."""
        blended = np.einsum("ns,sij->nij", self._assets.skin_weights, bones[:, :3, :])
        return (np.einsum("nij,nj->ni", blended[:, :, :3], vertices) + blended[:, :, 3]).astype(np.float32)
