"""The 52 coefficients that the blendshape network of MediaPipe gives: their names, and which are expression."""

from __future__ import annotations

import numpy as np

NAMES: tuple[str, ...] = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff",
    "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight",
    "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight",
    "eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight",
    "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel",
    "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft",
    "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight",
)  # fmt: skip
"""In the network's order (kBlendshapeNames of face_blendshapes_graph.cc): ARKit's without tongueOut."""

EXPRESSIVE: tuple[str, ...] = tuple(name for name in NAMES[1:] if not name.startswith("eyeLook"))
"""What moves the face; eyeLook... is gaze, which has its own metric."""

SIDED: tuple[str, ...] = tuple(
    name.removesuffix("Left")
    for name in EXPRESSIVE
    if name.endswith("Left") and f"{name.removesuffix('Left')}Right" in EXPRESSIVE
)
"""Coefficients that exist for either side: browDown, ..., and jaw and mouth, which move to either side."""


def columns(names: tuple[str, ...]) -> np.ndarray:
    """Where the named coefficients are, int [K]. Raises ValueError for an unknown name."""
    return np.array([NAMES.index(name) for name in names])


def expressive(
    coefficients: np.ndarray,  # [T, 52]
) -> np.ndarray:
    """The coefficients of `EXPRESSIVE`, float64 [T, 43]."""
    return np.asarray(coefficients, np.float64)[:, columns(EXPRESSIVE)]


def left_minus_right(
    coefficients: np.ndarray,  # [T, 52]
) -> np.ndarray:
    """The subject's left minus the right of `SIDED`, float64 [T, 16]."""
    values = np.asarray(coefficients, np.float64)
    left, right = (columns(tuple(f"{name}{side}" for name in SIDED)) for side in ("Left", "Right"))
    return values[:, left] - values[:, right]
