"""Eyeballs: refracted iris, veined sclera, lid shade, mirror of the lights in the cornea."""

from __future__ import annotations

import math

from feed_dataset.synthetic.render.jit import helper
from feed_dataset.synthetic.render.kernel_math import (
    Vec3,
    add_scaled,
    dot,
    lerp3,
    normalise,
    reflect,
    smoothstep,
    value_noise2,
)
from feed_dataset.synthetic.render.light import (
    FILL_COLOUR,
    FILL_DIRECTION,
    KEY_COLOUR,
    KEY_DIRECTION,
    LightLevels,
)
from feed_dataset.synthetic.render.materials import CORNEA_INDEX, IRIS_RADIUS, SCLERA_VEINS, EyeState
from feed_dataset.synthetic.render.shade_common import ambient, environment, wrapped

PUPIL_RGB: Vec3 = (0.004, 0.004, 0.004)
SCLERA_RGB: Vec3 = (0.70, 0.675, 0.65)
SCLERA_CORNER_RGB: Vec3 = (0.66, 0.45, 0.40)  # pinker away from the iris
VEIN_RGB: Vec3 = (0.60, 0.20, 0.16)
WRAP = 0.3


@helper
def _to_eye(vector: Vec3, rows: tuple[Vec3, Vec3, Vec3]) -> Vec3:
    """World direction in eye coordinates: transposed rotation times vector."""
    return (
        vector[0] * rows[0][0] + vector[1] * rows[1][0] + vector[2] * rows[2][0],
        vector[0] * rows[0][1] + vector[1] * rows[1][1] + vector[2] * rows[2][1],
        vector[0] * rows[0][2] + vector[1] * rows[1][2] + vector[2] * rows[2][2],
    )


@helper
def _iris_point(direction: Vec3, view: Vec3) -> tuple[float, float]:
    """Where the refracted view ray meets the iris plane, in units of the eye radius (eye coordinates)."""
    eta = 1.0 / CORNEA_INDEX
    cosine = dot(view, direction)
    discriminant = 1.0 - eta * eta * (1.0 - cosine * cosine)
    ray = (0.0, 0.0, -1.0)
    if discriminant > 0.0:
        bend = eta * cosine - math.sqrt(discriminant)
        ray = (
            bend * direction[0] - eta * view[0],
            bend * direction[1] - eta * view[1],
            bend * direction[2] - eta * view[2],
        )
    radius2 = direction[0] * direction[0] + direction[1] * direction[1]
    depth = max(0.10 * (1.0 - radius2 / (IRIS_RADIUS * IRIS_RADIUS)), 0.0) + 0.02  # under the corneal bulge
    slope = depth / max(-ray[2], 0.3)
    return direction[0] + ray[0] * slope, direction[1] + ray[1] * slope


@helper
def _iris_colour(x: float, y: float, eye: EyeState) -> Vec3:
    radius = math.sqrt(x * x + y * y) / IRIS_RADIUS
    angle = math.atan2(y, x)
    fibres = value_noise2(angle * 14.0, radius * 2.5) * 0.5
    fibres += value_noise2(angle * 34.0, radius * 3.5 + 7.0) * 0.35 + value_noise2(angle * 70.0, radius * 5.0) * 0.15
    colour = lerp3(eye.iris, eye.iris_inner, (1.0 - smoothstep(0.3, 0.75, radius)) * 0.75)
    gain = (0.42 + 1.1 * fibres) * (1.0 - 0.72 * smoothstep(0.80, 1.02, radius))
    gain *= 0.55 + 0.45 * smoothstep(eye.pupil, eye.pupil + 0.16, radius)
    colour = (colour[0] * gain, colour[1] * gain, colour[2] * gain)
    return lerp3(colour, PUPIL_RGB, 1.0 - smoothstep(eye.pupil - 0.035, eye.pupil + 0.035, radius))


@helper
def _sclera_colour(direction: Vec3, radius: float) -> Vec3:
    x = math.atan2(direction[1], direction[0]) * 3.0
    y = radius * 7.0
    warp = value_noise2(x * 2.0, y * 2.0) * 1.7
    ridge = abs(value_noise2(x * 1.6 + warp, y * 1.1 + warp) - 0.5)
    vein = (1.0 - smoothstep(0.0, 0.06, ridge)) * smoothstep(0.5, 0.95, radius) * 0.55 * SCLERA_VEINS
    return lerp3(lerp3(SCLERA_RGB, SCLERA_CORNER_RGB, smoothstep(0.62, 1.05, radius) * 0.8), VEIN_RGB, vein)


@helper
def shade_eye(
    view: Vec3,
    normal: Vec3,
    point: Vec3,
    direction: Vec3,  # unit vector from the eye's centre, in eye coordinates (+z = gaze)
    lit: float,
    eye: EyeState,
    light: LightLevels,
) -> Vec3:
    """Linear RGB of a point on an eyeball."""
    radius = math.sqrt(direction[0] * direction[0] + direction[1] * direction[1])
    if direction[2] < 0.0:
        radius += 2.0  # back half: sclera
    limbus = smoothstep(IRIS_RADIUS - 0.045, IRIS_RADIUS + 0.035, radius)  # 0 iris, 1 sclera
    iris_x, iris_y = _iris_point(direction, _to_eye(view, eye.to_world))
    colour = lerp3(_iris_colour(iris_x, iris_y, eye), _sclera_colour(direction, radius), limbus)
    ring = 0.66 + 0.34 * smoothstep(0.0, 0.06, abs(radius - IRIS_RADIUS))

    # Lids shade the ball: elevation of the point against those of the lid rims.
    elevation = dot(normalise(add_scaled(point, eye.centre, -1.0)), eye.up)
    between = 1.0 - smoothstep(eye.upper_lid - 0.40, eye.upper_lid + 0.03, elevation)
    between *= smoothstep(eye.lower_lid - 0.12, eye.lower_lid + 0.16, elevation)
    occlusion = 0.34 + 0.66 * between

    lit = lit + (1.0 - lit) * 0.35
    key = wrapped(normal, KEY_DIRECTION, WRAP) * lit * light.key
    fill = wrapped(normal, FILL_DIRECTION, WRAP) * light.fill
    dome = ambient(normal, light.ambient)
    # The iris is concave: it lights up on the side away from the key light.
    key_local = _to_eye(KEY_DIRECTION, eye.to_world)
    towards = dot(normalise((iris_x, iris_y, 0.6)), normalise((-key_local[0], -key_local[1], 0.6)))
    gain = ring * occlusion * (1.0 + 0.5 * towards * (1.0 - limbus))
    x = 1.0 - max(dot(normal, view), 0.0)
    fresnel = 0.032 + 0.55 * x * x * x * x * x
    mirror = environment(reflect(view, normal), 0.02 + 0.12 * limbus, light)
    gloss = fresnel * 2.0 * (occlusion + (1.0 - occlusion) * 0.35) * lit * (1.0 - 0.5 * limbus)
    return (
        colour[0] * (KEY_COLOUR[0] * key + FILL_COLOUR[0] * fill + dome[0]) * gain + mirror[0] * gloss,
        colour[1] * (KEY_COLOUR[1] * key + FILL_COLOUR[1] * fill + dome[1]) * gain + mirror[1] * gloss,
        colour[2] * (KEY_COLOUR[2] * key + FILL_COLOUR[2] * fill + dome[2]) * gain + mirror[2] * gloss,
    )
