"""The shading pass: picture rows from the G-buffer, one material function per sample.

Adaptive anti-aliasing: where all samples of a pixel lie on the same smooth material, one is shaded.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from feed_dataset.synthetic.render.jit import helper, kernel
from feed_dataset.synthetic.render.kernel_math import Vec3, clamp, dot, hash2, normalise, smoothstep
from feed_dataset.synthetic.render.light import LightLevels
from feed_dataset.synthetic.render.materials import (
    BACKGROUND,
    EYE_LEFT,
    EYE_RIGHT,
    HAIR,
    HAIR_SHADOW_BIAS_DM,
    SHADOW_BIAS_DM,
    SKIN,
    TEETH,
    TONGUE,
    EyeState,
    StrandShade,
    SurfaceState,
)
from feed_dataset.synthetic.render.raster import GBuffer
from feed_dataset.synthetic.render.shade_common import quick_shadow_factor, shadow_factor, tone
from feed_dataset.synthetic.render.shade_eye import shade_eye
from feed_dataset.synthetic.render.shade_hair import shade_strand
from feed_dataset.synthetic.render.shade_objects import shade_wet
from feed_dataset.synthetic.render.shade_skin import (
    bumped_normal,
    detail_height,
    face_viewer,
    sample_rgb,
    shade_skin,
)
from feed_dataset.synthetic.render.shadow import ShadowMap
from feed_dataset.synthetic.render.textures import Textures

# Points are lifted off their surface before the shadow look-up, along the normal, against self-shadowing.
SKIN_LIFT_DM = 0.02
EYE_LIFT_DM = 0.01
WET_LIFT_DM = 0.012
VEILED = 0.02  # strands that let through less than this hide what is behind them


class Mesh(NamedTuple):
    """Everything that is drawn, in world space (see `layout.Layout` for the attribute columns)."""

    triangles: np.ndarray  # int32 [T, 3]
    materials: np.ndarray  # uint8 [T]
    positions: np.ndarray  # float32 [V, 3]
    normals: np.ndarray  # float32 [V, 3]; of strands: tangents
    attributes: np.ndarray  # float32 [V, 4]
    canonical: np.ndarray  # float32 [S, 3] template position of the S skin vertices
    uv: np.ndarray  # float32 [S, 2]


class Subject(NamedTuple):
    """State of one person for the shaders."""

    surface: SurfaceState
    left_eye: EyeState
    right_eye: EyeState
    strands: tuple[StrandShade, StrandShade, StrandShade, StrandShade]  # hair, beard, brow, lash


@helper
def _mix(values: np.ndarray, corners: tuple[int, int, int], weights: Vec3) -> Vec3:
    """Interpolated first three columns."""
    i, j, k = corners
    a, b, c = weights
    return (
        a * values[i, 0] + b * values[j, 0] + c * values[k, 0],
        a * values[i, 1] + b * values[j, 1] + c * values[k, 1],
        a * values[i, 2] + b * values[j, 2] + c * values[k, 2],
    )


@helper
def _mix_column(values: np.ndarray, column: int, corners: tuple[int, int, int], weights: Vec3) -> float:
    i, j, k = corners
    return weights[0] * values[i, column] + weights[1] * values[j, column] + weights[2] * values[k, column]


@helper
def _uv_tangents(
    positions: np.ndarray,
    uv: np.ndarray,
    corners: tuple[int, int, int],
) -> tuple[Vec3, Vec3]:
    """dP/du and dP/dv of a triangle."""
    i, j, k = corners
    u1 = uv[j, 0] - uv[i, 0]
    v1 = uv[j, 1] - uv[i, 1]
    u2 = uv[k, 0] - uv[i, 0]
    v2 = uv[k, 1] - uv[i, 1]
    area = u1 * v2 - u2 * v1
    scale = 1.0 / (1e-12 if abs(area) < 1e-12 else area)
    x1 = positions[j, 0] - positions[i, 0]
    y1 = positions[j, 1] - positions[i, 1]
    z1 = positions[j, 2] - positions[i, 2]
    x2 = positions[k, 0] - positions[i, 0]
    y2 = positions[k, 1] - positions[i, 1]
    z2 = positions[k, 2] - positions[i, 2]
    du = ((x1 * v2 - x2 * v1) * scale, (y1 * v2 - y2 * v1) * scale, (z1 * v2 - z2 * v1) * scale)
    dv = ((x2 * u1 - x1 * u2) * scale, (y2 * u1 - y1 * u2) * scale, (z2 * u1 - z1 * u2) * scale)
    return du, dv


@helper
def _lifted(point: Vec3, normal: Vec3, height: float) -> Vec3:
    return (point[0] + normal[0] * height, point[1] + normal[1] * height, point[2] + normal[2] * height)


@helper
def _background(x: float, y: float, colour: Vec3) -> Vec3:
    """Display values of the backdrop at x, y in [-1, 1]: a vignette around a point up and right."""
    across = x * 0.8 - 0.1
    rise = y - 0.15
    gain = 1.12 - 0.34 * (across * across + rise * rise)
    return (colour[0] * gain, colour[1] * gain, colour[2] * gain)


@helper
def _skin(
    corners: tuple[int, int, int],
    weights: Vec3,
    view: Vec3,
    point: Vec3,
    normal: Vec3,
    positions: np.ndarray,
    attributes: np.ndarray,
    canonical: np.ndarray,
    uv: np.ndarray,
    albedo: np.ndarray,
    detail: np.ndarray,
    torso: np.ndarray,
    world_to_map: np.ndarray,
    nearest: np.ndarray,
    surface: SurfaceState,
    light: LightLevels,
) -> Vec3:
    normal = face_viewer(normal, view)
    place = _mix(canonical, corners, weights)
    u = _mix_column(uv, 0, corners, weights)
    v = _mix_column(uv, 1, corners, weights)
    occlusion, mouth, cloth = _mix(attributes, corners, weights)
    lit = shadow_factor(world_to_map, nearest, _lifted(point, normal, SKIN_LIFT_DM), SHADOW_BIAS_DM)
    relief = 0.0
    bumped = normal
    if _mix_column(attributes, 3, corners, weights) > 0.5:
        left = smoothstep(-0.06, 0.06, place[0])
        a = surface.wrinkles_right
        b = surface.wrinkles_left
        wrinkles = (a[0] + (b[0] - a[0]) * left, a[1] + (b[1] - a[1]) * left, a[2] + (b[2] - a[2]) * left)
        step_u = 1.0 / detail.shape[1]
        step_v = 1.0 / detail.shape[0]
        relief = detail_height(detail, u, v, wrinkles)
        slope_u = (detail_height(detail, u + step_u, v, wrinkles) - relief) / step_u
        slope_v = (detail_height(detail, u, v + step_v, wrinkles) - relief) / step_v
        du, dv = _uv_tangents(positions, uv, corners)
        bumped = bumped_normal(normal, du, dv, slope_u, slope_v)
        colour = sample_rgb(albedo, u, v)
    else:
        colour = sample_rgb(torso, u, v)
    return shade_skin(view, normal, bumped, place, occlusion, mouth, cloth, relief, lit, colour, surface, light)


@helper
def _displayed(colour: Vec3, light: LightLevels) -> Vec3:
    return (tone(colour[0], light.exposure), tone(colour[1], light.exposure), tone(colour[2], light.exposure))


@helper
def _solid(
    t: int,  # triangle, -1 for the backdrop
    u: float,
    v: float,
    x: int,  # pixel
    y: int,
    width: int,
    height: int,
    mesh: Mesh,
    textures: Textures,
    shadow: ShadowMap,
    eye_point: Vec3,
    subject: Subject,
    light: LightLevels,
    background: Vec3,
) -> Vec3:
    """Display values of anything but strands."""
    if t < 0:
        return _background((x + 0.5) / width * 2.0 - 1.0, 1.0 - (y + 0.5) / height * 2.0, background)
    triangles, materials, positions, normals, attributes, canonical, uv = mesh
    albedo, detail, torso = textures
    world_to_map, nearest = shadow
    surface, left_eye, right_eye, _ = subject
    material = materials[t]
    corners = (triangles[t, 0], triangles[t, 1], triangles[t, 2])
    weights = (u, v, 1.0 - u - v)
    point = _mix(positions, corners, weights)
    normal = normalise(_mix(normals, corners, weights))
    view = normalise((eye_point[0] - point[0], eye_point[1] - point[1], eye_point[2] - point[2]))
    if material == SKIN:
        c = _skin(
            corners, weights, view, point, normal, positions, attributes, canonical, uv,
            albedo, detail, torso, world_to_map, nearest, surface, light,
        )  # fmt: skip
        return _displayed(c, light)
    a = _mix(attributes, corners, weights)
    if material == EYE_LEFT or material == EYE_RIGHT:
        eye = left_eye if material == EYE_LEFT else right_eye
        lit = shadow_factor(world_to_map, nearest, _lifted(point, normal, EYE_LIFT_DM), SHADOW_BIAS_DM)
        return _displayed(shade_eye(view, normal, point, normalise(a), lit, eye, light), light)
    occlusion = _mix_column(attributes, 3, corners, weights)
    if dot(normal, view) < 0.0:
        normal = (-normal[0], -normal[1], -normal[2])
    lit = shadow_factor(world_to_map, nearest, _lifted(point, normal, WET_LIFT_DM), SHADOW_BIAS_DM)
    wet = shade_wet(view, normal, point, a, occlusion, lit, material == TONGUE, surface.mouth_openness, light)
    return _displayed(wet, light)


@helper
def _strand(
    t: int,
    u: float,
    v: float,
    mesh: Mesh,
    shadow: ShadowMap,
    eye_point: Vec3,
    subject: Subject,
    light: LightLevels,
) -> Vec3:
    """Display values of a strand."""
    triangles, materials, positions, normals, attributes, _, _ = mesh
    world_to_map, nearest = shadow
    corners = (triangles[t, 0], triangles[t, 1], triangles[t, 2])
    weights = (u, v, 1.0 - u - v)
    point = _mix(positions, corners, weights)
    tangent = normalise(_mix(normals, corners, weights))
    view = normalise((eye_point[0] - point[0], eye_point[1] - point[1], eye_point[2] - point[2]))
    a = _mix(attributes, corners, weights)
    occlusion = _mix_column(attributes, 3, corners, weights)
    lit = quick_shadow_factor(world_to_map, nearest, point, HAIR_SHADOW_BIAS_DM)
    look = subject.strands[materials[t] - HAIR]
    # Ribbons are made of two triangles per segment: (left, right, left) and (right, right, left) corners.
    across = weights[1] if corners[1] == corners[0] + 1 else weights[0] + weights[1]
    fibre = math.floor(across * look.fibres)
    shade = hash2(fibre * 7.3 + 1.7, a[2] * 211.0)
    a = (a[0], a[1] * (0.72 + 0.56 * shade), a[2] + (shade - 0.5) * 0.9)
    return _displayed(shade_strand(view, tangent, a[0], a[1], a[2], occlusion, lit, look, light), light)


@kernel
def shade_rows(
    row_start: int,
    row_stop: int,
    samples: int,  # per pixel and axis
    target: GBuffer,
    mesh: Mesh,
    textures: Textures,
    shadow: ShadowMap,
    eye_point: Vec3,
    subject: Subject,
    light: LightLevels,
    background: Vec3,  # display values
    image: np.ndarray,  # out uint8 [h, w, 3]
) -> None:
    """Shade the picture rows row_start .. row_stop - 1."""
    triangle_at, u_at, v_at, _, strand_at, strand_u_at, strand_v_at, _, clear_at = target
    height, width = image.shape[0], image.shape[1]
    for y in range(row_start, row_stop):
        for x in range(width):
            t = triangle_at[y * samples, x * samples]
            first = BACKGROUND if t < 0 else mesh.materials[t]
            mixed = False
            bare = True
            hidden = True  # by strands
            for row in range(y * samples, (y + 1) * samples):
                for column in range(x * samples, (x + 1) * samples):
                    t = triangle_at[row, column]
                    mixed = mixed or first != (BACKGROUND if t < 0 else mesh.materials[t])
                    bare = bare and strand_at[row, column] < 0
                    hidden = hidden and clear_at[row, column] < VEILED
            smooth = first == BACKGROUND or first == SKIN or first == TEETH or first == TONGUE
            once = smooth and not mixed
            solid = (0.0, 0.0, 0.0)
            if once and not hidden:  # one look at the solid is enough: it has no edge here
                row, column = y * samples, x * samples
                solid = _solid(
                    triangle_at[row, column], float(u_at[row, column]), float(v_at[row, column]), x, y, width, height,
                    mesh, textures, shadow, eye_point, subject, light, background,
                )  # fmt: skip
            if once and bare:
                image[y, x, 0] = int(clamp(solid[0] * 255.0 + 0.5, 0.0, 255.0))
                image[y, x, 1] = int(clamp(solid[1] * 255.0 + 0.5, 0.0, 255.0))
                image[y, x, 2] = int(clamp(solid[2] * 255.0 + 0.5, 0.0, 255.0))
                continue
            red, green, blue = 0.0, 0.0, 0.0
            for row in range(y * samples, (y + 1) * samples):
                for column in range(x * samples, (x + 1) * samples):
                    s = strand_at[row, column]
                    clear = 1.0 if s < 0 else clear_at[row, column]
                    if clear < VEILED:
                        clear = 0.0
                    elif not once:
                        solid = _solid(
                            triangle_at[row, column], float(u_at[row, column]), float(v_at[row, column]),
                            x, y, width, height,
                            mesh, textures, shadow, eye_point, subject, light, background,
                        )  # fmt: skip
                    veil = (0.0, 0.0, 0.0)
                    if clear < 1.0:
                        veil = _strand(
                            s, float(strand_u_at[row, column]), float(strand_v_at[row, column]),
                            mesh, shadow, eye_point, subject, light,
                        )  # fmt: skip
                    red += clear * solid[0] + (1.0 - clear) * veil[0]
                    green += clear * solid[1] + (1.0 - clear) * veil[1]
                    blue += clear * solid[2] + (1.0 - clear) * veil[2]
            scale = 255.0 / (samples * samples)
            image[y, x, 0] = int(clamp(red * scale + 0.5, 0.0, 255.0))
            image[y, x, 1] = int(clamp(green * scale + 0.5, 0.0, 255.0))
            image[y, x, 2] = int(clamp(blue * scale + 0.5, 0.0, 255.0))
