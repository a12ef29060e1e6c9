"""Controls that follow from others: lids from gaze, skin creases and mouth light from the blendshapes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

_UP_DEG, _OTHER_DEG = 25.0, 30.0  # gaze angles that ask for a full eyeLook coefficient


def with_lids_following(coefficients: Mapping[str, float], gaze_deg: tuple[float, float]) -> dict[str, float]:
    """ARKit coefficients with the eyeLook ones raised to what the gaze (yaw, pitch) asks of the lids."""
    yaw, pitch = gaze_deg
    out = dict(coefficients)
    for side in ("Left", "Right"):
        outward = yaw if side == "Left" else -yaw
        open_share = 1 - min(out.get(f"eyeBlink{side}", 0), 1)
        added = {
            "Up": max(-pitch, 0) / _UP_DEG,
            "Down": max(pitch, 0) / _OTHER_DEG * open_share,
            "Out": max(outward, 0) / _OTHER_DEG,
            "In": max(-outward, 0) / _OTHER_DEG,
        }
        for direction, amount in added.items():
            name = f"eyeLook{direction}{side}"
            out[name] = out.get(name, 0) + amount
    return out


def wrinkle_weights(coefficients: Mapping[str, float], side: str) -> np.ndarray:
    """Depth float32 [4] of forehead, frown and eye creases on one side ("Left" or "Right"); the last is 0."""

    def get(name: str) -> float:
        return coefficients.get(name, 0)

    forehead = 0.75 * get("browInnerUp") + 0.8 * get(f"browOuterUp{side}")
    frown = 0.7 * get(f"browDown{side}") + 0.8 * get(f"noseSneer{side}")
    eyes = 0.6 * get(f"cheekSquint{side}") + 0.45 * get(f"mouthSmile{side}") + 0.5 * get(f"eyeSquint{side}")
    eyes += 0.3 * get(f"mouthUpperUp{side}") + 0.3 * get(f"noseSneer{side}")
    return np.array([min(1.3, forehead), min(1.2, frown), min(1.2, eyes), 0], np.float32)


def mouth_openness(coefficients: Mapping[str, float], units: Mapping[str, float]) -> float:
    """How much light reaches the mouth, .15 shut .. 1; inner occlusion is baked for an open mouth."""
    lips = sum(
        coefficients.get(name, 0)
        for name in ("mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight")
    )
    opening = coefficients.get("jawOpen", 0) - 0.8 * coefficients.get("mouthClose", 0) + 0.175 * lips
    opening += 0.25 * coefficients.get("mouthFunnel", 0) + units.get("mouth-open", 0)
    return float(np.clip(0.18 + opening, 0.15, 1))
