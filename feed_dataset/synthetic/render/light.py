"""The studio's lights, one table for all shaders: warm key, cool fill, two rims from behind, a soft dome."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from feed_dataset.synthetic.render.kernel_math import Vec3


def _unit(x: float, y: float, z: float) -> Vec3:
    length = math.sqrt(x * x + y * y + z * z)
    return (x / length, y / length, z / length)


# Directions towards the lights, in world axes (+x subject's left, +y up, +z in front of the face).
KEY_DIRECTION = _unit(0.60, 0.62, 0.92)
FILL_DIRECTION = _unit(-0.95, 0.18, 0.75)
RIM_RIGHT_DIRECTION = _unit(-0.80, 0.55, -0.90)
RIM_LEFT_DIRECTION = _unit(0.95, 0.40, -0.75)

# Linear RGB. Warm key against cool fill keeps the shadow side from looking grey.
KEY_COLOUR: Vec3 = (1.0, 0.955, 0.90)
FILL_COLOUR: Vec3 = (0.80, 0.89, 1.0)
RIM_COLOUR: Vec3 = (1.0, 0.97, 0.95)

# Dome: ground colour, gain from ground to sky, and a frontal part (the bright room behind the camera).
AMBIENT_GROUND: Vec3 = (0.26, 0.22, 0.20)
AMBIENT_SKY_GAIN: Vec3 = (0.48, 0.55, 0.62)
AMBIENT_FRONT: Vec3 = (0.26, 0.26, 0.27)

# Soft boxes as seen in reflections: half extents (tangent of the angle) and brightness.
KEY_BOX = (0.24, 0.34)
FILL_BOX = (0.26, 0.42)
KEY_BOX_GAIN = 4.2
FILL_BOX_GAIN = 2.4
AMBIENT_REFLECTION = 0.55

# Gain of the analytic highlights: the lights are areas, their GGX lobes are those of points.
KEY_SPECULAR = 2.4
FILL_SPECULAR = 2.0
RIM_SPECULAR = 1.6


@dataclass(frozen=True)
class Light:
    """Intensities of the studio lights; the defaults expose every skin tone without clipping."""

    key: float = 1.28
    fill: float = 0.34
    rim: float = 0.5
    ambient: float = 0.46
    exposure: float = 1.0  # multiplies linear light before the tone curve


class LightLevels(NamedTuple):
    """`Light` as compiled code takes it."""

    key: float
    fill: float
    rim: float
    ambient: float
    exposure: float


def light_levels(light: Light) -> LightLevels:
    """The compiled twin of `light`."""
    levels = (light.key, light.fill, light.rim, light.ambient, light.exposure)
    return LightLevels(*(float(level) for level in levels))
