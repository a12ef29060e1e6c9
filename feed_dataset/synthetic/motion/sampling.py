"""Random motion states for training: one seeded draw of expression, gaze, tongue, head pose and camera framing.

The states cover what FEED's seven tasks ask for (mild to extreme, asymmetric, winks, gaze, tongue, rotations) but are
drawn at random instead of played as a timeline, so that a model trained on them never sees a take of `feed-mini`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from feed_dataset.synthetic.motion.actions import VISEMES

SINGLE_MOUTH = (
    "mouthPucker",
    "mouthFunnel",
    "mouthRollUpper",
    "mouthRollLower",
    "mouthShrugLower",
    "mouthShrugUpper",
    "cheekPuff",
    "mouthLeft",
    "mouthRight",
    "jawLeft",
    "jawRight",
)
PAIRED_MOUTH = (
    "mouthSmile",
    "mouthFrown",
    "mouthStretch",
    "mouthPress",
    "mouthUpperUp",
    "mouthLowerDown",
    "mouthDimple",
    "noseSneer",
    "cheekSquint",
)
PAIRED_BROW = ("browDown", "browOuterUp")
TONGUE_KEYS = ("protrude", "yaw", "pitch", "roll")

_LOWER_FACE = ("mouth", "jaw", "cheekPuff", "tongueOut")

NEUTRAL_SHARE = 0.1
INTENSITY_RANGE = (0.25, 1.1)


@dataclass(frozen=True)
class MotionState:
    """Everything that moves in one training picture; angles in degrees, lengths in decimetres."""

    coefficients: dict[str, float] = field(default_factory=dict)
    tongue: dict[str, float] = field(default_factory=dict)
    gaze_deg: tuple[float, float] = (0.0, 0.0)
    head_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    camera: str = "C"
    crop_scale: float = 1.0
    crop_shift: tuple[float, float] = (0.0, 0.0)


def sample_states(count: int, *, seed: int) -> list[MotionState]:
    """Draw `count` motion states; the first is neutral and frontal, the same seed gives the same list."""
    rng = np.random.default_rng(seed)
    return [MotionState()] + [_sample_state(rng) for _ in range(count - 1)]


def sample_mouth_states(count: int, *, seed: int) -> list[MotionState]:
    """Mouth manipulations alone, half of them shapes of speech: nothing above the mouth, no gaze and no head moves.

    The first is neutral; the same seed gives the same list.
    """
    rng = np.random.default_rng(seed)
    shapes = [{}, *(_viseme_mix(rng) if rng.random() < 0.5 else _free_mouth(rng) for _ in range(count - 1))]
    return [MotionState(coefficients=shape) for shape in shapes]


def _viseme_mix(rng: np.random.Generator) -> dict[str, float]:
    """Two shapes of speech that run into one another."""
    first, second = rng.choice(sorted(VISEMES), 2, replace=False)
    share, strength = float(rng.random()), float(rng.uniform(0.4, 1.2))
    mixed: dict[str, float] = {}
    for name, weight in ((first, share), (second, 1 - share)):
        for coefficient, value in VISEMES[str(name)].items():
            mixed[coefficient] = mixed.get(coefficient, 0.0) + strength * weight * value
    return {name: value for name, value in mixed.items() if name.startswith(_LOWER_FACE)}


def _free_mouth(rng: np.random.Generator) -> dict[str, float]:
    shape: dict[str, float] = {}
    _mouth(rng, float(rng.uniform(*INTENSITY_RANGE)), shape)
    return {name: value for name, value in shape.items() if name.startswith(_LOWER_FACE)}


def _sample_state(rng: np.random.Generator) -> MotionState:
    coefficients: dict[str, float] = {}
    tongue: dict[str, float] = {}
    if rng.random() > NEUTRAL_SHARE:
        intensity = float(rng.uniform(*INTENSITY_RANGE))
        _mouth(rng, intensity, coefficients)
        _brows(rng, intensity, coefficients)
        if rng.random() < 0.08:
            tongue = _tongue(rng, coefficients)
    _eyes(rng, coefficients)
    head = np.clip(rng.normal(0.0, (17.0, 9.0, 8.0)), (-45.0, -25.0, -25.0), (45.0, 25.0, 25.0))
    return MotionState(
        coefficients=coefficients,
        tongue=tongue,
        gaze_deg=(float(np.clip(rng.normal(0, 11), -28, 28)), float(np.clip(rng.normal(0, 7), -18, 18))),
        head_deg=(float(head[0]), float(head[1]), float(head[2])),
        camera=str(rng.choice(["C", "L", "R"], p=[0.7, 0.15, 0.15])),
        crop_scale=float(rng.uniform(0.92, 1.12)),
        crop_shift=(float(rng.normal(0, 0.035)), float(rng.normal(0, 0.035))),
    )


def _pair(rng: np.random.Generator, stem: str, weight: float, out: dict[str, float]) -> None:
    """Set a left/right pair: symmetric half of the time, otherwise each side on its own."""
    left, right = (weight, weight) if rng.random() < 0.5 else (weight * rng.random(), weight * rng.random())
    out[f"{stem}Left"] = max(out.get(f"{stem}Left", 0.0), float(left))
    out[f"{stem}Right"] = max(out.get(f"{stem}Right", 0.0), float(right))


def _mouth(rng: np.random.Generator, intensity: float, out: dict[str, float]) -> None:
    if rng.random() < 0.6:
        out["jawOpen"] = float(np.clip(rng.uniform(0, 1.0) * (0.4 + 0.6 * intensity), 0, 1))
    if rng.random() < 0.25:
        _pair(rng, "mouthSmile", intensity * float(rng.uniform(0.5, 1.0)), out)
    if rng.random() < 0.15:
        _one_side(rng, intensity, out)
    for stem in rng.choice(PAIRED_MOUTH, size=int(rng.integers(0, 4)), replace=False):
        _pair(rng, str(stem), intensity * float(rng.uniform(0.3, 1.0)), out)
    for name in rng.choice(SINGLE_MOUTH, size=int(rng.integers(0, 3)), replace=False):
        out[str(name)] = intensity * float(rng.uniform(0.2, 0.9))


def _one_side(rng: np.random.Generator, intensity: float, out: dict[str, float]) -> None:
    """Half a mouth, as FEED's asymmetric expressions ask for."""
    side = "Left" if rng.random() < 0.5 else "Right"
    stems = rng.choice(("mouthSmile", "mouthFrown", "mouthUpperUp", "mouthLowerDown", "mouthStretch"), 2, replace=False)
    for stem, share in zip(stems, (1.0, rng.uniform(0, 0.7)), strict=True):
        out[f"{stem}{side}"] = intensity * float(rng.uniform(0.5, 1.0)) * float(share)
    if rng.random() < 0.5:
        out[f"mouth{side}"] = intensity * float(rng.uniform(0.2, 0.9))


def _brows(rng: np.random.Generator, intensity: float, out: dict[str, float]) -> None:
    if rng.random() < 0.35:
        out["browInnerUp"] = intensity * float(rng.uniform(0.3, 1.0))
    if rng.random() < 0.55:
        _pair(rng, str(rng.choice(PAIRED_BROW)), intensity * float(rng.uniform(0.3, 1.0)), out)


def _eyes(rng: np.random.Generator, out: dict[str, float]) -> None:
    draw = rng.random()
    if draw < 0.18:
        out["eyeBlinkLeft"] = out["eyeBlinkRight"] = float(rng.uniform(0.3, 1.0))
    elif draw < 0.36:
        side = "Left" if rng.random() < 0.5 else "Right"
        out[f"eyeBlink{side}"] = float(rng.uniform(0.5, 1.0))
        out[f"cheekSquint{side}"] = float(rng.uniform(0.0, 0.7))
    elif draw < 0.5:
        _pair(rng, "eyeWide", float(rng.uniform(0.3, 1.0)), out)
    elif draw < 0.64:
        _pair(rng, "eyeSquint", float(rng.uniform(0.3, 1.0)), out)


def _tongue(rng: np.random.Generator, coefficients: dict[str, float]) -> dict[str, float]:
    coefficients["jawOpen"] = float(rng.uniform(0.3, 0.55))
    coefficients["mouthUpperUpLeft"] = coefficients["mouthUpperUpRight"] = 0.2
    return {
        "protrude": float(rng.uniform(0.5, 1.0)),
        "yaw": float(rng.uniform(-55, 55)),
        "pitch": float(rng.uniform(-50, 50)),
        "roll": float(rng.uniform(-30, 30)),
    }
