"""Seeded 3-D value noise and its fractal sum."""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np

_LATTICE = 64
_UNIT_VARIANCE_GAIN = 1.45  # trilinear interpolation of unit normals loses variance; measured


@numba.njit(nogil=True, fastmath=True, cache=True)
def _value_noise(lattice, points, frequency, offset, out):  # type: ignore[no-untyped-def]
    n = lattice.shape[0]
    for i in range(points.shape[0]):
        x = points[i, 0] * frequency + offset
        y = points[i, 1] * frequency + offset * 1.7
        z = points[i, 2] * frequency + offset * 0.6
        fx = np.floor(x)
        fy = np.floor(y)
        fz = np.floor(z)
        ix = int(fx) % n
        iy = int(fy) % n
        iz = int(fz) % n
        jx = (ix + 1) % n
        jy = (iy + 1) % n
        jz = (iz + 1) % n
        u = x - fx
        v = y - fy
        w = z - fz
        u = u * u * (3 - 2 * u)
        v = v * v * (3 - 2 * v)
        w = w * w * (3 - 2 * w)
        near = (lattice[ix, iy, iz] * (1 - u) + lattice[jx, iy, iz] * u) * (1 - v) + (
            lattice[ix, jy, iz] * (1 - u) + lattice[jx, jy, iz] * u
        ) * v
        far = (lattice[ix, iy, jz] * (1 - u) + lattice[jx, iy, jz] * u) * (1 - v) + (
            lattice[ix, jy, jz] * (1 - u) + lattice[jx, jy, jz] * u
        ) * v
        out[i] = (near * (1 - w) + far * w) * _UNIT_VARIANCE_GAIN


class ValueNoise:
    """Smooth random field on 3-D space, about zero mean and unit variance."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._lattice = rng.standard_normal((_LATTICE, _LATTICE, _LATTICE)).astype(np.float32)

    def __call__(self, points: np.ndarray, frequency: float, offset: float = 0.0) -> np.ndarray:
        """Noise float32 [...] at points [..., 3]; `offset` shifts to another part of the same field."""
        flat = np.ascontiguousarray(points, np.float32).reshape(-1, 3)
        out = np.empty(len(flat), np.float32)
        _value_noise(self._lattice, flat, float(frequency), float(offset), out)
        return out.reshape(points.shape[:-1])

    def fractal(self, points: np.ndarray, frequency: float, octaves: int) -> np.ndarray:
        """Unit-variance sum of octaves, each of twice the frequency and .55 of the amplitude of the last."""
        total: np.ndarray = np.zeros(points.shape[:-1], np.float32)
        amplitude, power = 1.0, 0.0
        for octave in range(octaves):
            total = total + amplitude * self(points, frequency, 3.1 * octave)
            power += amplitude * amplitude
            amplitude *= 0.55
            frequency *= 2.03
        return total / np.sqrt(power)

    def vector(self, points: np.ndarray, frequency: float, offsets: Sequence[float]) -> np.ndarray:
        """Three independent fields stacked: [..., 3]."""
        return np.stack([self(points, frequency, offset) for offset in offsets], -1)
