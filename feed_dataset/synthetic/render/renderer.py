"""The software renderer: a person at one instant, seen by any number of cameras."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from feed_dataset.synthetic.render.jit import default_threads, run_chunks
from feed_dataset.synthetic.render.kernel_math import Vec3
from feed_dataset.synthetic.render.layout import Layout, layout_of
from feed_dataset.synthetic.render.light import Light, light_levels
from feed_dataset.synthetic.render.materials import (
    HAIR,
    LASH_RGB,
    MATERIAL_COUNT,
    STRAND_LOOKS,
    STRAND_MATERIALS,
    EyeState,
    StrandShade,
    SurfaceState,
)
from feed_dataset.synthetic.render.parts import resolve_parts
from feed_dataset.synthetic.render.raster import StrandCoverage, project, rasterise
from feed_dataset.synthetic.render.shade import Mesh, Subject, shade_rows
from feed_dataset.synthetic.render.shadow import ShadowMap, shadow_map
from feed_dataset.synthetic.render.strands import expand_ribbons
from feed_dataset.synthetic.render.textures import Textures, mip_level, textures_at
from feed_dataset.synthetic.rig.head import Head
from feed_dataset.synthetic.scene.cameras import Camera
from feed_dataset.synthetic.scene.types import JAWS, SIDES, EyeGeometry, FrameGeometry
from feed_dataset.synthetic.scene.vectors import srgb_to_linear, vertex_normals

SHADE_ROWS = 8
FACE_FRONT_DM = 0.62  # the face's surface lies this far in front of the world's origin
SAMPLE_WIDTH = 0.9  # narrowest ribbon in samples: below 1, so that neighbours of equal width do not merge


@dataclass(frozen=True, eq=False)
class RenderResult:
    """One picture and its exact ground truth, pixel by pixel."""

    image: np.ndarray  # uint8 [H, W, 3] sRGB
    parts: np.ndarray  # uint8 [H, W] labels, see `part_masks.PART_NAMES`
    depth: np.ndarray  # float32 [H, W] dm along the optical axis, infinite for background


@dataclass(frozen=True, eq=False)
class _Person:
    """What is kept for as long as the same head is drawn."""

    head: Head
    layout: Layout
    mesh: Mesh  # refilled at every instant: new pages would be costly to get
    textures: dict[int, Textures]  # by mip level


@dataclass(frozen=True, eq=False)
class _Instant:
    """What all cameras share at one instant."""

    person: _Person
    geometry: FrameGeometry
    shadow: ShadowMap
    subject: Subject


class Renderer:
    """Renders heads on the CPU. The same input gives the same bytes for any number of threads.

    Call `begin` once per instant, then `render` once per camera. One renderer serves one Python thread.

    Args:
        shadow_px: side of the shadow map.
        threads: how many to use; None for all usable cores (NUMBA_NUM_THREADS overrides).
    """

    def __init__(self, shadow_px: int = 768, *, threads: int | None = None) -> None:
        self.shadow_px = shadow_px
        self.threads = default_threads() if threads is None else threads
        self._instant: _Instant | None = None

    def begin(self, head: Head, geometry: FrameGeometry) -> None:
        """Take over a person's geometry at one instant, and render the shadow map."""
        person = self._instant.person if self._instant is not None else None
        if person is None or person.head is not head or not person.layout.fits(geometry):
            layout = layout_of(head, geometry)
            person = _Person(head, layout, _empty_mesh(head, layout), {})
        _place_solids(person, geometry)
        shadow = shadow_map(geometry, head.topology.triangles, self.shadow_px, self.threads)
        self._instant = _Instant(person, geometry, shadow, _subject(head, geometry))

    def render(
        self,
        camera: Camera,
        *,
        supersample: int = 2,
        light: Light = Light(),  # noqa: B008 (frozen)
        background: Vec3 = (0.42, 0.44, 0.46),  # display values in [0, 1]
    ) -> RenderResult:
        """The picture that `camera` takes of what `begin` was given; `supersample`^2 samples per pixel.

        Raises:
            RuntimeError: `begin` was not called.
        """
        instant = self._instant
        if instant is None:
            raise RuntimeError("expected begin(head, geometry) before render(camera); call it once per instant")
        layout, mesh = instant.person.layout, instant.person.mesh
        coverage = _turn_ribbons(instant, camera, supersample, self.threads)
        to_samples = np.diag([supersample, supersample, 1.0]) @ camera.intrinsics
        vertices = project(mesh.positions, to_samples @ np.c_[camera.rotation, camera.translation], self.threads)
        size = (camera.width_px * supersample, camera.height_px * supersample)
        target = rasterise(mesh.triangles, mesh.materials, vertices, coverage, *size, self.threads)

        textures, levels = _textures_for(instant.person, camera), light_levels(light)
        eye, backdrop = _vec3(camera.eye), _vec3(background)
        image = np.empty((camera.height_px, camera.width_px, 3), np.uint8)
        run_chunks(
            lambda a, b: shade_rows(
                a,
                b,
                supersample,
                target,
                mesh,
                textures,
                instant.shadow,
                eye,
                instant.subject,
                levels,
                backdrop,
                image,
            ),
            camera.height_px,
            SHADE_ROWS,
            self.threads,
        )
        parts, depth = resolve_parts(
            target,
            supersample,
            mesh.triangles,
            layout.skin_triangles,
            mesh.attributes,
            layout.parts,
            self.threads,
        )
        return RenderResult(image, parts, depth)


def _textures_for(person: _Person, camera: Camera) -> Textures:
    distance_dm = max(float(camera.translation[2]) - FACE_FRONT_DM, 0.1)
    maps = person.head.maps
    level = mip_level(maps.albedo.shape[0], camera.intrinsics[0, 0] / distance_dm)
    if level not in person.textures:
        person.textures[level] = textures_at(maps, level)
    return person.textures[level]


def _turn_ribbons(instant: _Instant, camera: Camera, supersample: int, threads: int) -> StrandCoverage:
    """Make all strands face the camera, in place."""
    layout, mesh = instant.person.layout, instant.person.mesh
    first = layout.first_strand_vertex
    share = np.empty(layout.vertex_count - first, np.float32)
    opacity, fibres = np.ones(MATERIAL_COUNT, np.float32), np.ones(MATERIAL_COUNT, np.float32)
    fibres[HAIR] = instant.person.head.spec.hair_fibres
    sample_angle = SAMPLE_WIDTH / (camera.intrinsics[0, 0] * supersample)
    for kind in layout.strand_shapes:
        at = layout.slices[kind]
        expand_ribbons(
            instant.geometry.strands[kind],
            camera.eye,
            sample_angle,
            mesh.positions[at],
            mesh.normals[at],
            share[at.start - first : at.stop - first],
            threads,
        )
        opacity[STRAND_MATERIALS[kind]] = STRAND_LOOKS[kind].opacity
    side = np.tile(np.array([-1, 1], np.float32), len(share) // 2)
    return StrandCoverage(layout.first_strand_triangle, first, side, share, mesh.attributes, opacity, fibres)


def _vec3(values: np.ndarray | Vec3) -> Vec3:
    x, y, z = (float(value) for value in values)
    return (x, y, z)


def _empty_mesh(head: Head, layout: Layout) -> Mesh:
    positions, normals = (np.zeros((layout.vertex_count, 3), np.float32) for _ in range(2))
    canonical = np.ascontiguousarray(head.topology.canonical, np.float32)
    uv = np.ascontiguousarray(head.topology.uv, np.float32)
    return Mesh(layout.triangles, layout.materials, positions, normals, layout.attributes, canonical, uv)


def _place_solids(person: _Person, geometry: FrameGeometry) -> None:
    """Put everything but the strands where it is at this instant."""
    head, layout, mesh = person.head, person.layout, person.mesh

    def put(name: str, where: np.ndarray, facing: np.ndarray) -> None:
        mesh.positions[layout.slices[name]] = where
        mesh.normals[layout.slices[name]] = facing

    put("skin", geometry.skin_positions, geometry.skin_normals)
    for side in SIDES:
        eye = geometry.eyes[side]
        put(f"eye_{side}", eye.vertices, head.topology.eye.normals @ np.asarray(eye.rotation).T)
    for jaw in JAWS:
        vertices = geometry.teeth[jaw]
        put(f"teeth_{jaw}", vertices, vertex_normals(vertices, head.teeth[jaw].triangles))
    put("tongue", geometry.tongue_positions, geometry.tongue_normals)


def _eye_state(head: Head, geometry: FrameGeometry, eye: EyeGeometry) -> EyeState:
    rows = np.asarray(eye.rotation)
    lower, upper = eye.lid_heights
    return EyeState(
        to_world=(_vec3(rows[0]), _vec3(rows[1]), _vec3(rows[2])),
        centre=_vec3(eye.centre),
        up=_vec3(eye.up),
        lower_lid=float(lower),
        upper_lid=float(upper),
        iris=_vec3(head.spec.iris_rgb),
        iris_inner=_vec3(head.spec.iris_inner_rgb),
        pupil=float(geometry.pupil),
    )


def _strand_shade(kind: str, colour: Vec3, fibres: int = 1) -> StrandShade:
    look = STRAND_LOOKS[kind]
    return StrandShade(colour, look.specular, look.root_darkening, look.tip_lightening, float(fibres))


def _subject(head: Head, geometry: FrameGeometry) -> Subject:
    spec = head.spec
    hair, brow = (_vec3(srgb_to_linear(np.array(rgb))) for rgb in (spec.hair_rgb, spec.brow_colour_rgb))
    surface = SurfaceState(
        float(geometry.sweat),
        float(geometry.mouth_openness),
        _vec3(spec.cloth_rgb),
        _vec3(geometry.wrinkles_left[:3]),
        _vec3(geometry.wrinkles_right[:3]),
    )
    return Subject(
        surface,
        _eye_state(head, geometry, geometry.eyes["l"]),
        _eye_state(head, geometry, geometry.eyes["r"]),
        (
            _strand_shade("hair", hair, spec.hair_fibres),
            _strand_shade("beard", brow),  # beards match the brows: hair greys earlier
            _strand_shade("brow", brow),
            _strand_shade("lash", LASH_RGB),
        ),
    )
