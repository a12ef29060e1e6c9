"""Scalar, vector and noise helpers for compiled kernels. Vectors are tuples of three floats."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from feed_dataset.synthetic.render.jit import helper

Vec3: TypeAlias = tuple[float, float, float]


@helper
def clamp(x: float, low: float, high: float) -> float:
    return low if x < low else (high if x > high else x)


@helper
def smoothstep(edge0: float, edge1: float, x: float) -> float:
    """Hermite step from 0 at `edge0` to 1 at `edge1` (`edge0 < edge1`)."""
    t = clamp((x - edge0) / (edge1 - edge0), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


@helper
def power(base: float, exponent: float) -> float:
    """base ** exponent for base >= 0, in single precision: shading takes 17 of them per pixel."""
    if base <= 0.0:
        return 0.0
    return float(np.float32(base) ** np.float32(exponent))


@helper
def dot(a: Vec3, b: Vec3) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@helper
def cross(a: Vec3, b: Vec3) -> Vec3:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


@helper
def normalise(v: Vec3) -> Vec3:
    """Unit vector; the zero vector stays zero."""
    scale = 1.0 / math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] + 1e-20)
    return (v[0] * scale, v[1] * scale, v[2] * scale)


@helper
def add_scaled(a: Vec3, b: Vec3, k: float) -> Vec3:
    """a + k b."""
    return (a[0] + k * b[0], a[1] + k * b[1], a[2] + k * b[2])


@helper
def lerp3(a: Vec3, b: Vec3, k: float) -> Vec3:
    """a at k = 0, b at k = 1."""
    return (a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k, a[2] + (b[2] - a[2]) * k)


@helper
def reflect(view: Vec3, normal: Vec3) -> Vec3:
    """Direction in which a ray towards `view` leaves a mirror: 2 (n.v) n - v."""
    k = 2.0 * dot(normal, view)
    return (k * normal[0] - view[0], k * normal[1] - view[1], k * normal[2] - view[2])


@helper
def hash2(x: float, y: float) -> float:
    """Pseudo-random number in [0, 1) of a point: the usual GLSL one-liner."""
    value = math.sin(x * 127.1 + y * 311.7) * 43758.5453
    return value - math.floor(value)


@helper
def value_noise2(x: float, y: float) -> float:
    """Smooth noise in [0, 1) with one random value per unit cell."""
    cell_x = math.floor(x)
    cell_y = math.floor(y)
    fx = x - cell_x
    fy = y - cell_y
    fx = fx * fx * (3.0 - 2.0 * fx)
    fy = fy * fy * (3.0 - 2.0 * fy)
    a = hash2(cell_x, cell_y)
    b = hash2(cell_x + 1.0, cell_y)
    c = hash2(cell_x, cell_y + 1.0)
    d = hash2(cell_x + 1.0, cell_y + 1.0)
    return (a + (b - a) * fx) * (1.0 - fy) + (c + (d - c) * fx) * fy
