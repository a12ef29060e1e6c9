"""What synthetic subjects perform: the items of FEED's tasks as tables of controls.

Coefficients are ARKit's 52 blendshapes. "Left" is the subject's left. FEED's README names the tasks and
emotions; how each looks is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from feed_dataset.synthetic.scene.types import TongueBend

Wave = Literal["hold", "sweep", "circle", "twice"]

_SINGLE = (
    "browInnerUp cheekPuff jawForward jawLeft jawOpen jawRight mouthClose mouthFunnel mouthLeft mouthPucker "
    "mouthRight mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper tongueOut"
).split()
_PAIRED = (
    "browDown browOuterUp cheekSquint eyeBlink eyeLookDown eyeLookIn eyeLookOut eyeLookUp eyeSquint eyeWide "
    "mouthDimple mouthFrown mouthLowerDown mouthPress mouthSmile mouthStretch mouthUpperUp noseSneer"
).split()
ARKIT_NAMES = tuple(sorted([*_SINGLE, *(f"{name}{side}" for name in _PAIRED for side in ("Left", "Right"))]))
"""The 52 coefficients, in the order in which ground truth stores them."""


@dataclass(frozen=True)
class Action:
    """One thing to do, at full strength; `wave` is how it develops over its time.

    hold: rises, stays, falls. sweep: to one side, then to the other. circle: gaze once around. twice: two
    pulses.
    """

    coefficients: Mapping[str, float] = field(default_factory=dict)
    units: Mapping[str, float] = field(default_factory=dict)  # MPFB expression units
    tongue: TongueBend | None = None
    head_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gaze_deg: tuple[float, float] = (0.0, 0.0)
    sweat: float = 0.0
    wave: Wave = "hold"


def _face(both: Mapping[str, float], **single: float) -> dict[str, float]:
    """Coefficients from those that both sides share and single ones."""
    return {f"{name}{side}": w for name, w in both.items() for side in ("Left", "Right")} | single


BASIC: Mapping[str, Action] = {
    "happy": Action(
        _face(
            {
                "mouthSmile": 1.0,
                "cheekSquint": 0.8,
                "eyeSquint": 0.35,
                "mouthUpperUp": 0.35,
                "mouthDimple": 0.3,
            },
            jawOpen=0.22,
        )
    ),
    "sad": Action(
        _face(
            {"mouthFrown": 1.0, "browDown": 0.25, "eyeSquint": 0.3, "eyeLookDown": 0.25},
            browInnerUp=1.0,
            mouthShrugLower=0.6,
        )
    ),
    "anger": Action(
        _face(
            {"browDown": 1.0, "noseSneer": 0.55, "eyeSquint": 0.5, "mouthPress": 0.6}
            | {"mouthFrown": 0.35, "mouthStretch": 0.2}
        )
    ),
    "fear": Action(
        _face(
            {"browOuterUp": 0.35, "eyeWide": 1.0, "mouthStretch": 0.9, "mouthLowerDown": 0.5},
            browInnerUp=1.0,
            jawOpen=0.3,
        )
    ),
    "disgust": Action(
        _face(
            {"noseSneer": 1.0, "mouthUpperUp": 0.8, "browDown": 0.6, "cheekSquint": 0.6, "mouthFrown": 0.5},
            mouthShrugLower=0.4,
        )
    ),
    "surprise": Action(_face({"browOuterUp": 1.0, "eyeWide": 1.0}, browInnerUp=1.0, jawOpen=0.75, mouthFunnel=0.25)),
}

ROTATIONS: Mapping[str, Action] = {
    "yaw": Action(head_deg=(30.0, 0.0, 0.0), wave="sweep"),
    "pitch": Action(head_deg=(0.0, 20.0, 0.0), wave="sweep"),
    "roll": Action(head_deg=(0.0, 0.0, 22.0), wave="sweep"),
    "nod_and_turn": Action(head_deg=(22.0, 14.0, 0.0), wave="sweep"),
}

WINKS: Mapping[str, Action] = {
    "wink_left": Action({"eyeBlinkLeft": 1.0, "cheekSquintLeft": 0.6, "mouthSmileLeft": 0.25}),
    "wink_right": Action({"eyeBlinkRight": 1.0, "cheekSquintRight": 0.6, "mouthSmileRight": 0.25}),
    "blink_twice": Action(_face({"eyeBlink": 1.0}), wave="twice"),
    "wink_left_mild": Action({"eyeBlinkLeft": 0.55, "cheekSquintLeft": 0.25}),
    "wink_right_mild": Action({"eyeBlinkRight": 0.55, "cheekSquintRight": 0.25}),
    "blink_mild": Action(_face({"eyeBlink": 0.5}), wave="twice"),
}

EYES: Mapping[str, Action] = {
    "left_right": Action(gaze_deg=(28.0, 0.0), wave="sweep"),
    "up_down": Action(gaze_deg=(0.0, 18.0), wave="sweep"),
    "around": Action(gaze_deg=(26.0, 16.0), wave="circle"),
}

ASYMMETRIC: Mapping[str, Action] = {
    "smile_left": Action({"mouthSmileLeft": 1.0, "cheekSquintLeft": 0.8, "mouthLeft": 0.25, "mouthDimpleLeft": 0.4}),
    "smile_right": Action(
        {"mouthSmileRight": 1.0, "cheekSquintRight": 0.8, "mouthRight": 0.25, "mouthDimpleRight": 0.3}
    ),
    "mouth_left": Action({"mouthLeft": 1.0, "mouthPucker": 0.3}),
    "jaw_right": Action({"jawRight": 1.0, "jawOpen": 0.25}),
    "brow_left": Action({"browOuterUpLeft": 1.0, "browInnerUp": 0.3, "browDownRight": 0.8}),
    "sneer_right": Action({"noseSneerRight": 1.0, "mouthUpperUpRight": 1.0, "cheekSquintRight": 0.5}),
    "snarl_left_wink_right": Action(
        {"mouthUpperUpLeft": 1.0, "noseSneerLeft": 0.8, "eyeBlinkRight": 1.0, "cheekSquintRight": 0.6}
    ),
}

_LIPS_APART = _face({"mouthUpperUp": 0.2}, jawOpen=0.32)
TONGUE: Mapping[str, Action] = {
    "tongue_out": Action(
        _LIPS_APART | _face({"mouthLowerDown": 0.3}), tongue=TongueBend(protrude=1.0, pitch_deg=-50.0)
    ),
    "tongue_left": Action(_LIPS_APART, tongue=TongueBend(protrude=1.0, yaw_deg=55.0, pitch_deg=-10.0)),
    "tongue_right": Action(_LIPS_APART, tongue=TongueBend(protrude=1.0, yaw_deg=-55.0, pitch_deg=-10.0)),
    "tongue_up": Action(_face({"mouthUpperUp": 0.3}, jawOpen=0.5), tongue=TongueBend(protrude=0.75, pitch_deg=65.0)),
    "tongue_roll": Action({"jawOpen": 0.38}, tongue=TongueBend(protrude=0.9, roll_deg=45.0, pitch_deg=-15.0)),
}

EXTREME: Mapping[str, Action] = {
    "scream": Action(
        _face(
            {
                "mouthUpperUp": 0.8,
                "mouthLowerDown": 0.9,
                "mouthStretch": 0.6,
                "browDown": 0.9,
                "eyeSquint": 0.9,
            }
            | {"cheekSquint": 1.0, "noseSneer": 0.8},
            jawOpen=1.0,
        ),
        units={"neck-platysma": 0.8},
        sweat=0.3,
    ),
    "crazy_laugh": Action(
        _face(
            {
                "mouthSmile": 1.1,
                "mouthUpperUp": 0.6,
                "mouthLowerDown": 0.4,
                "cheekSquint": 1.0,
                "eyeSquint": 0.8,
            }
            | {"browOuterUp": 0.5},
            jawOpen=0.75,
        ),
        sweat=0.3,
    ),
    "fish": Action(
        _face({"eyeWide": 0.8, "browOuterUp": 0.7}, mouthPucker=1.0, mouthFunnel=0.3, jawOpen=0.15), sweat=0.3
    ),
    "puff": Action(_face({"browDown": 0.3, "eyeWide": 0.5}, cheekPuff=1.1, mouthPucker=0.35), sweat=0.3),
    "roll_lips": Action(_face({"mouthPress": 0.5, "browDown": 0.6}, mouthRollUpper=1.0, mouthRollLower=1.0), sweat=0.3),
    "grimace": Action(
        _face(
            {
                "mouthStretch": 1.0,
                "mouthLowerDown": 1.0,
                "mouthUpperUp": 0.7,
                "browDown": 0.7,
                "eyeSquint": 0.6,
            },
            jawOpen=0.12,
        ),
        units={"neck-platysma": 1.0},
        sweat=0.3,
    ),
}

VISEMES: Mapping[str, Mapping[str, float]] = {
    "sil": {},
    "PP": _face({"mouthPress": 0.7}, mouthClose=0.08, jawOpen=0.08, mouthRollLower=0.3, mouthRollUpper=0.3),
    "FF": _face({"mouthUpperUp": 0.35}, jawOpen=0.06, mouthRollLower=0.7),
    "TH": _face({"mouthLowerDown": 0.2}, jawOpen=0.18, tongueOut=0.45),
    "DD": _face({"mouthLowerDown": 0.3, "mouthUpperUp": 0.1}, jawOpen=0.16),
    "kk": _face({"mouthStretch": 0.15, "mouthLowerDown": 0.2}, jawOpen=0.2),
    "CH": {"jawOpen": 0.12, "mouthFunnel": 0.7},
    "SS": _face({"mouthStretch": 0.35, "mouthLowerDown": 0.35, "mouthUpperUp": 0.2}, jawOpen=0.05),
    "nn": _face({"mouthLowerDown": 0.25}, jawOpen=0.14),
    "RR": {"jawOpen": 0.14, "mouthPucker": 0.35, "mouthFunnel": 0.3},
    "aa": _face({"mouthLowerDown": 0.2, "mouthUpperUp": 0.15}, jawOpen=0.6),
    "E": _face({"mouthStretch": 0.4, "mouthSmile": 0.2}, jawOpen=0.34),
    "I": _face({"mouthStretch": 0.5, "mouthSmile": 0.35}, jawOpen=0.2),
    "O": {"jawOpen": 0.42, "mouthFunnel": 0.7, "mouthPucker": 0.25},
    "U": {"jawOpen": 0.2, "mouthPucker": 0.9, "mouthFunnel": 0.3},
}
"""Mouth shapes of speech, in the 15 names that Oculus lip sync uses."""
