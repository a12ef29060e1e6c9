"""Where hair grows on the template head: soft masks of canonical position."""

from __future__ import annotations

import numpy as np

from feed_dataset.synthetic.scene.noise import ValueNoise
from feed_dataset.synthetic.scene.vectors import blob, smoothstep


def beard_mask(points: np.ndarray, noise: ValueNoise) -> np.ndarray:
    """Beard and moustache density in [0, 1] at canonical points [..., 3]."""
    x = np.abs(points[..., 0])
    y = points[..., 1] + noise.fractal(points, 5, 2) * 0.035
    z = points[..., 2]
    cheek_line = 6.62 + 0.55 * np.clip(x - 0.22, 0, 1)  # rises towards the sideburns
    jaw = smoothstep(cheek_line + 0.06, cheek_line - 0.05, y)
    jaw = jaw * smoothstep(6.18, 6.34, y + 0.15 * (z - 1.2)) * smoothstep(0.42, 0.62, z)
    lips = 1 - np.exp(-((x / 0.30) ** 4 + ((y - 6.68) / 0.085) ** 4)) * (z > 1.15)
    moustache = smoothstep(6.90, 6.84, y + 0.22 * x) * smoothstep(6.70, 6.74, y)
    moustache = moustache * smoothstep(0.34, 0.24, x) * (z > 1.2)
    sideburns = smoothstep(0.50, 0.58, z) * smoothstep(0.86, 0.74, z) * smoothstep(7.25, 7.1, y)
    sideburns = sideburns * (x > 0.5) * smoothstep(6.8, 6.9, y)
    return np.clip(np.maximum(np.maximum(jaw * lips, moustache), sideburns), 0, 1)


def scalp_mask(points: np.ndarray, noise: ValueNoise, recede: float) -> np.ndarray:
    """Scalp hair density in [0, 1] at canonical points [..., 3]; `recede` 0 full .. 1 bald crown."""
    jitter = noise.fractal(points, 7, 3) * 0.026
    x, y, z = np.abs(points[..., 0]), points[..., 1] + jitter, points[..., 2] + jitter
    temples = np.exp(-(((x - 0.40) / 0.13) ** 2))
    hairline = 7.90 + 0.14 * recede + (0.05 + 0.22 * recede) * temples - 1.1 * np.clip(x - 0.38, 0, 1) ** 1.3
    front = smoothstep(hairline - 0.07, hairline + 0.09, y)
    sideburn_z = 0.66 + 0.20 * smoothstep(7.25, 7.55, y)  # the front edge leans forward going up
    sideburns = smoothstep(sideburn_z + 0.05, sideburn_z - 0.06, z)
    sideburns = sideburns * smoothstep(7.02, 7.14, y) * smoothstep(0.45, 0.55, x)
    back = smoothstep(0.26, 0.10, z + 0.25 * (7.0 - y)) * smoothstep(6.78, 6.92, y)
    mask = np.maximum(np.maximum(front, sideburns), back)
    if recede > 0.8:
        crown = blob(points, (0, 8.45, 0.4), (0.45, 0.5, 0.7))
        mask = (mask * (1 - crown * 1.6)).clip(0, 1)
    ear_x = x + 0.12 * smoothstep(7.2, 7.0, y) * smoothstep(0.60, 0.45, z)
    ears = smoothstep(0.40, 0.30, np.abs(y - 7.10)) * smoothstep(0.06, 0.16, z)
    ears = ears * smoothstep(0.72, 0.62, z) * smoothstep(0.655, 0.70, ear_x)
    return np.clip(mask * (1 - ears), 0, 1)
