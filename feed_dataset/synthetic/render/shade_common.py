"""Light that every material shares: ambient dome, soft boxes, GGX highlights, shadow look-up, tone curve."""

from __future__ import annotations

import math

import numpy as np

from feed_dataset.synthetic.render.jit import helper
from feed_dataset.synthetic.render.kernel_math import Vec3, clamp, dot, normalise, power, smoothstep
from feed_dataset.synthetic.render.light import (
    AMBIENT_FRONT,
    AMBIENT_GROUND,
    AMBIENT_REFLECTION,
    AMBIENT_SKY_GAIN,
    FILL_BOX,
    FILL_BOX_GAIN,
    FILL_COLOUR,
    FILL_DIRECTION,
    KEY_BOX,
    KEY_BOX_GAIN,
    KEY_COLOUR,
    KEY_DIRECTION,
    LightLevels,
)


@helper
def wrapped(normal: Vec3, light: Vec3, wrap: float) -> float:
    """Diffuse term that reaches `wrap` around the terminator: cheap scattering."""
    return clamp((dot(normal, light) + wrap) / (1.0 + wrap), 0.0, 1.0)


@helper
def ambient(normal: Vec3, level: float) -> Vec3:
    """Light of the dome from the hemisphere of `normal`."""
    sky = smoothstep(0.0, 1.0, normal[1] * 0.5 + 0.5)
    front = max(normal[2], 0.0)
    return (
        (AMBIENT_GROUND[0] + AMBIENT_SKY_GAIN[0] * sky + AMBIENT_FRONT[0] * front) * level,
        (AMBIENT_GROUND[1] + AMBIENT_SKY_GAIN[1] * sky + AMBIENT_FRONT[1] * front) * level,
        (AMBIENT_GROUND[2] + AMBIENT_SKY_GAIN[2] * sky + AMBIENT_FRONT[2] * front) * level,
    )


@helper
def soft_box(direction: Vec3, axis: Vec3, half_width: float, half_height: float, softness: float) -> float:
    """Visibility of a rectangular light around `axis` along `direction`, blurred by `softness`."""
    along = dot(direction, axis)
    if along <= 0.0:
        return 0.0
    side = normalise((axis[2], 0.0, -axis[0]))
    up = (
        axis[1] * side[2] - axis[2] * side[1],
        axis[2] * side[0] - axis[0] * side[2],
        axis[0] * side[1] - axis[1] * side[0],
    )
    outside = max(abs(dot(direction, side) / along) - half_width, abs(dot(direction, up) / along) - half_height)
    return 1.0 - smoothstep(-softness, softness, outside)


@helper
def environment(direction: Vec3, roughness: float, light: LightLevels) -> Vec3:
    """What a mirror of the given roughness reflects: the dome and the two soft boxes."""
    softness = 0.03 + 0.87 * roughness
    dimming = 1.0 - 0.55 * roughness  # a wide lobe sees more than the box
    dome = ambient(direction, light.ambient)
    key = dimming * KEY_BOX_GAIN * light.key * soft_box(direction, KEY_DIRECTION, KEY_BOX[0], KEY_BOX[1], softness)
    fill = (
        dimming * FILL_BOX_GAIN * light.fill * soft_box(direction, FILL_DIRECTION, FILL_BOX[0], FILL_BOX[1], softness)
    )
    return (
        dome[0] * AMBIENT_REFLECTION + key * KEY_COLOUR[0] + fill * FILL_COLOUR[0],
        dome[1] * AMBIENT_REFLECTION + key * KEY_COLOUR[1] + fill * FILL_COLOUR[1],
        dome[2] * AMBIENT_REFLECTION + key * KEY_COLOUR[2] + fill * FILL_COLOUR[2],
    )


@helper
def ggx(normal: Vec3, view: Vec3, light: Vec3, roughness: float, f0: float) -> float:
    """Cook-Torrance highlight (GGX, Schlick) times the cosine, with a floor that tames grazing light."""
    n_l = dot(normal, light)
    if n_l <= 0.0:
        return 0.0
    half = normalise((view[0] + light[0], view[1] + light[1], view[2] + light[2]))
    alpha2 = roughness * roughness * roughness * roughness
    n_h = max(dot(normal, half), 0.0)
    n_v = max(dot(normal, view), 1e-3)
    d = n_h * n_h * (alpha2 - 1.0) + 1.0
    distribution = alpha2 / (math.pi * d * d)
    k = (roughness + 1.0) * (roughness + 1.0) / 8.0
    geometry = (n_l / (n_l * (1.0 - k) + k)) * (n_v / (n_v * (1.0 - k) + k))
    x = 1.0 - max(dot(view, half), 0.0)
    fresnel = f0 + (1.0 - f0) * x * x * x * x * x
    return distribution * geometry * fresnel / (4.0 * max(n_l, 0.05) * n_v + 1e-3) * n_l


@helper
def shadow_factor(
    world_to_map: np.ndarray,  # float32 [4, 4] world dm -> column px, row px, distance from the light
    nearest: np.ndarray,  # float32 [n, n] distance of the first surface
    point: Vec3,
    bias_dm: float,
) -> float:
    """Share of the key light that reaches `point`: 3 x 3 texels, bilinearly weighted at the rim."""
    m = world_to_map
    x = m[0, 0] * point[0] + m[0, 1] * point[1] + m[0, 2] * point[2] + m[0, 3] - 0.5
    y = m[1, 0] * point[0] + m[1, 1] * point[1] + m[1, 2] * point[2] + m[1, 3] - 0.5
    z = m[2, 0] * point[0] + m[2, 1] * point[1] + m[2, 2] * point[2] + m[2, 3] - bias_dm
    size = nearest.shape[0]
    column = int(math.floor(x))
    row = int(math.floor(y))
    if column < 1 or row < 1 or column > size - 4 or row > size - 4:
        return 1.0
    fx = x - column
    fy = y - row
    lit = 0.0
    for j in range(-1, 3):
        weight_y = 1.0 - fy if j == -1 else (fy if j == 2 else 1.0)
        for i in range(-1, 3):
            if z <= nearest[row + j, column + i]:
                lit += weight_y * (1.0 - fx if i == -1 else (fx if i == 2 else 1.0))
    return lit / 9.0


@helper
def quick_shadow_factor(
    world_to_map: np.ndarray,  # float32 [4, 4]
    nearest: np.ndarray,  # float32 [n, n]
    point: Vec3,
    bias_dm: float,
) -> float:
    """`shadow_factor` from 2 x 2 texels, for strands, which nobody sees one by one."""
    m = world_to_map
    x = m[0, 0] * point[0] + m[0, 1] * point[1] + m[0, 2] * point[2] + m[0, 3] - 0.5
    y = m[1, 0] * point[0] + m[1, 1] * point[1] + m[1, 2] * point[2] + m[1, 3] - 0.5
    z = m[2, 0] * point[0] + m[2, 1] * point[1] + m[2, 2] * point[2] + m[2, 3] - bias_dm
    column = int(math.floor(x))
    row = int(math.floor(y))
    size = nearest.shape[0]
    if column < 0 or row < 0 or column > size - 2 or row > size - 2:
        return 1.0
    fx = x - column
    fy = y - row
    lit = (1.0 - fx) * (1.0 - fy) if z <= nearest[row, column] else 0.0
    lit += fx * (1.0 - fy) if z <= nearest[row, column + 1] else 0.0
    lit += (1.0 - fx) * fy if z <= nearest[row + 1, column] else 0.0
    return lit + (fx * fy if z <= nearest[row + 1, column + 1] else 0.0)


@helper
def tone(value: float, exposure: float) -> float:
    """Linear light to display value in [0, 1]: filmic shoulder, then gamma 2.2."""
    c = max(value * exposure, 0.0)
    c = c * (1.0 + c * 0.10) / (1.0 + c * 0.46) * 1.08
    return power(min(c, 1.0), 1.0 / 2.2)
