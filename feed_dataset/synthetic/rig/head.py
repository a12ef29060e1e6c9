"""A synthetic person, and its geometry at any expression."""

from __future__ import annotations

import numpy as np

from feed_dataset.synthetic.motion.coupling import mouth_openness, with_lids_following, wrinkle_weights
from feed_dataset.synthetic.people.hair_styles import BALD, HAIR_STYLES
from feed_dataset.synthetic.people.subjects import SubjectSpec
from feed_dataset.synthetic.rig.ambient_occlusion import bake_ambient_occlusion
from feed_dataset.synthetic.rig.assets import HeadAssets
from feed_dataset.synthetic.rig.eyes import LID_ROWS, keep_off_eyeball, lid_middle, place_eyeballs, pose_eye
from feed_dataset.synthetic.rig.groom import grow_beard, grow_brows
from feed_dataset.synthetic.rig.hair import grow_hair
from feed_dataset.synthetic.rig.lashes import Lashes
from feed_dataset.synthetic.rig.rig import HeadRig
from feed_dataset.synthetic.rig.shape import random_asymmetry, random_details, shaped_vertices
from feed_dataset.synthetic.rig.skin import SkinLook, bake_skin
from feed_dataset.synthetic.rig.surface import SkinSurface
from feed_dataset.synthetic.rig.teeth import build_jaw
from feed_dataset.synthetic.rig.topology import SharedTopology
from feed_dataset.synthetic.scene.noise import ValueNoise
from feed_dataset.synthetic.scene.types import JAWS, SIDES, Expression, EyeGeometry, FrameGeometry, Strands
from feed_dataset.synthetic.scene.vectors import fit_sphere, transform

__all__ = ["Head", "SharedTopology"]

_CLOTH_THICKNESS_DM = 0.045
_OPEN_MOUTH = {"jawOpen": 0.9, "mouthUpperUpLeft": 0.5, "mouthUpperUpRight": 0.5}
_MOUTH_CENTRE_DM, _MOUTH_RADII_DM = np.array([0, 6.69, 1.5]), np.array([0.3, 0.12, 0.25])
_OCCLUSION_GAMMA = 1.15
_MOUTH_RETREAT_DM = 0.09

# Offsets from a subject's seed, so that its parts draw independent random numbers.
_DETAIL_SEED, _SKIN_SEED, _TEETH_SEED, _BEARD_SEED, _HAIR_SEED = 1000, 5, 3, 9, 77


class Head:
    """One person, built once (about a second at level 0) and posed many times.

    >>> from feed_dataset.synthetic.people.subjects import SUBJECTS
    >>> head = Head(SharedTopology(level=0, texture_px=256), SUBJECTS["S01"])
    >>> frame = head.pose(Expression({"jawOpen": 0.5}, head_deg=(20, 0, 0)))

    Attributes:
        topology: what it shares with everybody.
        spec: who it is.
        ambient_occlusion: float32 [V], 1 = open.
        maps: skin textures.
        teeth: "upper", "lower" -> TeethMesh.
    """

    def __init__(self, topology: SharedTopology, spec: SubjectSpec) -> None:
        self.topology, self.spec = topology, spec
        assets, body = topology.assets, topology.body
        # Drawn from in a fixed order: asymmetry, hair, brows, beard, lashes.
        rng = np.random.default_rng(spec.seed)
        neutral = neutral_vertices(assets, spec, rng)
        self._rig = HeadRig(assets, neutral, np.array(spec.ancestry, float) / np.sum(spec.ancestry))
        self._eyeballs = place_eyeballs(assets, neutral, topology.lash_grids)
        points = body.positions(neutral)
        surface = SkinSurface(
            points, body.normals(points), topology.canonical_points, body.point_triangles, body.base_points
        )
        self.ambient_occlusion = self._occlusion(surface)
        self.maps = bake_skin(topology.atlas, _skin_look(spec))
        self._hair: Strands | None = None
        if spec.hair != BALD:
            style, noise = HAIR_STYLES[spec.hair], ValueNoise(spec.seed + _HAIR_SEED)
            ears = topology.points_of("ear")
            self._hair = grow_hair(rng, surface, style, recede=spec.recede, noise=noise, ears=ears)
        self._facial_hair = {"brow": grow_brows(rng, surface, male=spec.male)}
        if spec.beard > 0:
            bare, noise = topology.bare_points(), ValueNoise(spec.seed + _BEARD_SEED)
            self._facial_hair["beard"] = grow_beard(rng, surface, bare, amount=spec.beard, noise=noise)
        self._lashes = Lashes(rng, topology.lash_grids, male=spec.male)
        self._jaws = {
            jaw: build_jaw(assets, neutral, upper=jaw == "upper", seed=spec.seed + _TEETH_SEED) for jaw in JAWS
        }
        self.teeth = {jaw: built.mesh for jaw, built in self._jaws.items()}

    def _occlusion(self, surface: SkinSurface) -> np.ndarray:
        """Neutral occlusion, but open-mouth occlusion in and around the mouth."""
        body, topology = self.topology.body, self.topology
        shut = bake_ambient_occlusion(surface.points, surface.normals, surface.triangles, directions=40)
        points = body.positions(self._rig.deform(_OPEN_MOUTH, {}))
        opened = bake_ambient_occlusion(points, body.normals(points), surface.triangles, directions=32)
        near = np.exp(-(((topology.canonical - _MOUTH_CENTRE_DM) / _MOUTH_RADII_DM) ** 2).sum(1))
        share = np.maximum(topology.mouth, 0.5 * near)
        mixed = shut[body.point_of_vertex] * (1 - share) + opened[body.point_of_vertex] * share
        return np.clip(mixed, 0, 1).astype(np.float32) ** _OCCLUSION_GAMMA

    def pose(self, expression: Expression) -> FrameGeometry:
        """Deformed geometry in world space.

        Raises:
            AssetsError: the expression names an unknown coefficient or unit.
        """
        topology, body = self.topology, self.topology.body
        points, posed, shaped, head_matrix = self._posed(expression)
        coefficients = with_lids_following(expression.coefficients, expression.gaze_deg)
        normals = body.normals(points)[body.point_of_vertex]
        thickness = (topology.cloth * _CLOTH_THICKNESS_DM)[:, None]
        tongue = topology.tongue_part.positions(posed)
        return FrameGeometry(
            skin_positions=(points[body.point_of_vertex] + normals * thickness).astype(np.float32),
            skin_normals=normals.astype(np.float32),
            eyes=self._eyes(posed, head_matrix, expression.gaze_deg),
            teeth=self._teeth(shaped, head_matrix),
            tongue_positions=tongue.astype(np.float32),
            tongue_normals=topology.tongue_part.normals(tongue).astype(np.float32),
            strands=self._strands(points, posed, head_matrix),
            wrinkles_left=wrinkle_weights(coefficients, "Left"),
            wrinkles_right=wrinkle_weights(coefficients, "Right"),
            mouth_openness=mouth_openness(coefficients, expression.units),
            head_matrix=head_matrix,
            pupil=expression.pupil,
            sweat=expression.sweat,
        )

    def bare(self, expression: Expression) -> tuple[np.ndarray, dict[str, EyeGeometry]]:
        """Skin under the clothes, float32 [V, 3] in world space, and eyes: what landmarks lie on, as `pose` has it.

        It takes less than half of the time. Raises AssetsError as `pose` does.
        """
        points, posed, _, head_matrix = self._posed(expression)
        skin = points[self.topology.body.point_of_vertex].astype(np.float32)
        return skin, self._eyes(posed, head_matrix, expression.gaze_deg)

    def _posed(self, expression: Expression) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Points of the skin and base vertices in world space, these before the head turns, and the head's matrix."""
        topology = self.topology
        coefficients = with_lids_following(expression.coefficients, expression.gaze_deg)
        shaped = self._rig.deform(coefficients, expression.units, expression.tongue)
        bones = self._rig.bone_matrices(expression.head_deg, expression.translation_dm)
        head_matrix = bones[-1]
        posed = self._rig.skin(shaped, bones)
        points = topology.body.positions(posed)
        for side in SIDES:
            lids, socket = topology.lid_points[side], topology.socket_points[side]
            keep_off_eyeball(points, lids, socket, self._eyeballs[side], expression.gaze_deg, head_matrix)
        retreat_dm = _MOUTH_RETREAT_DM * coefficients.get("jawOpen", 0.0)  # else the vestibule comes out of the chin
        points -= (retreat_dm * topology.mouth_points[:, None] * head_matrix[:3, 2]).astype(points.dtype)
        return points, posed, shaped, head_matrix

    def _eyes(
        self, posed: np.ndarray, head_matrix: np.ndarray, gaze_deg: tuple[float, float]
    ) -> dict[str, EyeGeometry]:
        eyes = {}
        for side in SIDES:
            lower, upper = (lid_middle(posed, self.topology.lash_grids[side, row]) for row in LID_ROWS)
            eyes[side] = pose_eye(self.topology.eye, self._eyeballs[side], gaze_deg, head_matrix, (lower, upper))
        return eyes

    def _teeth(self, shaped: np.ndarray, head_matrix: np.ndarray) -> dict[str, np.ndarray]:
        """The upper jaw is fixed to the skull; the lower one follows its helper strip."""
        upper, lower = self.teeth["upper"].rest, self._jaws["lower"].moved(self._rig.neutral, shaped)
        jaws = zip(JAWS, (upper, lower), strict=True)
        return {jaw: transform(vertices, head_matrix).astype(np.float32) for jaw, vertices in jaws}

    def _strands(self, points: np.ndarray, posed: np.ndarray, head_matrix: np.ndarray) -> dict[str, Strands]:
        strands: dict[str, Strands] = {}
        if self._hair is not None:
            moved = np.ascontiguousarray(transform(self._hair.points, head_matrix), np.float32)
            strands["hair"] = Strands(moved, self._hair.width, self._hair.tint, self._hair.ao)
        for kind, attached in self._facial_hair.items():
            strands[kind] = attached.on(points, self.topology.body.point_triangles)
        strands["lash"] = self._lashes.on(posed)
        return strands


def neutral_vertices(assets: HeadAssets, spec: SubjectSpec, rng: np.random.Generator) -> np.ndarray:
    """Neutral base vertices float32 [N, 3] in head space (origin: see `types`).

    `rng`, fresh from the subject's seed, is drawn from for the asymmetry.
    """
    details = random_details(np.random.default_rng(spec.seed + _DETAIL_SEED), spec.detail_strength)
    details |= random_asymmetry(rng, assets)
    vertices = shaped_vertices(
        assets,
        gender=spec.gender,
        age_years=spec.age_years,
        ancestry=spec.ancestry,
        muscle=spec.muscle,
        weight=spec.weight,
        details=details,
    )
    left, right = (fit_sphere(vertices[assets.group_vertices(f"helper-{side}-eye")])[0] for side in SIDES)
    pivot = vertices[assets.joints["joint-head"]].mean(0)
    origin = np.array([0, (left[1] + right[1]) / 2 - 0.12, pivot[2] + 0.25])
    return vertices - origin.astype(np.float32)


def _skin_look(spec: SubjectSpec) -> SkinLook:
    return SkinLook(
        seed=spec.seed + _SKIN_SEED,
        tone=spec.tone,
        age_years=spec.age_years,
        male=spec.male,
        stubble=spec.stubble,
        hair_rgb=spec.hair_rgb,
        bald=spec.hair == BALD,
        recede=spec.recede,
        freckles=spec.freckles,
    )
