"""Ambient occlusion per vertex, from parallel depth maps in many directions."""

from __future__ import annotations

import numpy as np

from feed_dataset.synthetic.rig.raster_gbuffer import gbuffer

_MAP_PX = 192
_BIAS_DM = 0.02


def _sphere_directions(count: int) -> np.ndarray:
    """Unit vectors [count, 3] on a Fibonacci spiral."""
    index = np.arange(count) + 0.5
    polar = np.arccos(1 - 2 * index / count)
    azimuth = np.pi * (1 + 5**0.5) * index
    return np.stack([np.cos(azimuth) * np.sin(polar), np.sin(azimuth) * np.sin(polar), np.cos(polar)], 1)


def bake_ambient_occlusion(
    points: np.ndarray,  # [P, 3]
    normals: np.ndarray,  # [P, 3]
    triangles: np.ndarray,  # int32 [T, 3]
    directions: int = 40,
) -> np.ndarray:
    """Cosine-weighted share of the sky that each point sees, float32 [P]."""
    centre = (points.max(0) + points.min(0)) / 2
    radius = np.linalg.norm(points - centre, axis=1).max()
    seen, weight = np.zeros(len(points)), np.zeros(len(points))
    ones = np.ones(len(points), np.float32)
    raised = points + normals * _BIAS_DM
    for direction in _sphere_directions(directions):
        across = np.cross(direction, [0.3, 1, 0.2])
        across /= np.linalg.norm(across)
        along = np.cross(direction, across)

        def project(p: np.ndarray, across: np.ndarray = across, along: np.ndarray = along) -> np.ndarray:
            offset = p - centre
            return np.stack([offset @ across, offset @ along], 1) / radius * (_MAP_PX / 2) + _MAP_PX / 2

        depth = -((points - centre) @ direction)
        _, _, depth_map = gbuffer(project(points), depth, ones, triangles, _MAP_PX, _MAP_PX)
        pixel = np.clip(project(raised).astype(int), 0, _MAP_PX - 1)
        raised_depth = -((raised - centre) @ direction)
        visible = raised_depth <= depth_map[pixel[:, 1], pixel[:, 0]] + _BIAS_DM * 1.2
        cosine = np.maximum(normals @ direction, 0)
        seen += cosine * visible
        weight += cosine
    return (seen / np.maximum(weight, 1e-6)).astype(np.float32)
