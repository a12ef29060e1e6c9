"""Mouths that are told apart: tongues out by a known amount, and open mouths with the tongue inside.

Every person performs the same items in a few looks: colours of tongue and lips, and a light. Constants are chosen on
CHOSEN; HELD_OUT has other people, other colours and other lights.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from feed_dataset.synthetic.motion.actions import BASIC, EXTREME, TONGUE, VISEMES, Action
from feed_dataset.synthetic.render.light import Light
from feed_dataset.synthetic.rig.recolour import MouthColours
from feed_dataset.synthetic.scene.types import Expression, TongueBend

_SWAY_DEG = (9.0, 6.0, 5.0)  # yaw, pitch, roll at most

_Rgb = tuple[float, float, float]
TONGUES: Mapping[str, MouthColours] = {
    "pink": MouthColours((0.56, 0.24, 0.235)),
    "red": MouthColours((0.50, 0.13, 0.12)),
    "coated": MouthColours((0.54, 0.22, 0.21), coat_rgb=(0.62, 0.50, 0.42)),
    "pale": MouthColours((0.66, 0.40, 0.39)),
    "purple": MouthColours((0.36, 0.14, 0.20)),
    "dark": MouthColours((0.26, 0.10, 0.09)),
}
LIPS: Mapping[str, _Rgb | None] = {
    "own": None,
    "red": (0.46, 0.02, 0.04),
    "plum": (0.16, 0.03, 0.06),
    "rose": (0.60, 0.20, 0.26),
}


@dataclass(frozen=True)
class Lighting:
    """Studio lights, and what a camera makes of them.

    Args:
        balance: factors of linear R, G, B: a white balance that is off.
        mirrored: the key light comes from the other side.
    """

    light: Light = Light()
    balance: _Rgb = (1.0, 1.0, 1.0)
    mirrored: bool = False


_SIDE = Light(key=1.9, fill=0.1, rim=0.4, ambient=0.22)
LIGHTS: Mapping[str, Lighting] = {
    "studio": Lighting(),
    "dim": Lighting(Light(exposure=0.5)),
    "side": Lighting(_SIDE),
    "warm": Lighting(balance=(1.25, 1.0, 0.62)),
    "dark": Lighting(Light(exposure=0.25)),
    "cold": Lighting(balance=(0.82, 1.0, 1.3)),
    "overexposed": Lighting(Light(exposure=2.4)),
    "other_side": Lighting(_SIDE, mirrored=True),
    "flat": Lighting(Light(key=0.35, fill=0.7, rim=0.3, ambient=1.0)),
}


@dataclass(frozen=True)
class Look:
    """How a mouth looks: names of TONGUES, LIPS and LIGHTS."""

    tongue: str
    lips: str
    light: str

    @property
    def colours(self) -> MouthColours:
        return replace(TONGUES[self.tongue], lips_rgb=LIPS[self.lips])

    @property
    def lighting(self) -> Lighting:
        return LIGHTS[self.light]


@dataclass(frozen=True)
class Cast:
    """People, and what they look like."""

    people: tuple[str, ...]
    tongues: tuple[str, ...]
    lips: tuple[str, ...]
    lights: tuple[str, ...]

    def looks(self, person: str) -> tuple[Look, ...]:
        """One per light; colours take turns, so that each meets each over the people."""
        turn = self.people.index(person)
        return tuple(
            Look(
                self.tongues[(turn + i) % len(self.tongues)],
                self.lips[(turn + turn // len(self.tongues) + i) % len(self.lips)],
                light,
            )
            for i, light in enumerate(self.lights)
        )


CHOSEN = Cast(
    tuple(f"S{number:02d}" for number in range(1, 9)),
    ("pink", "red", "coated"),
    ("own", "red"),
    ("studio", "dim", "side", "warm"),
)
HELD_OUT = Cast(
    tuple(f"R{number}" for number in range(901, 909)),
    ("pale", "purple", "dark"),
    ("own", "plum", "rose"),
    ("dark", "cold", "overexposed", "other_side", "flat"),
)

_STRAIGHT = (0.1, 0.2, 0.35, 0.5, 0.7, 1.0)
_LIFTED = TongueBend(pitch_deg=18.0)
_AT_THE_LIP = TongueBend(protrude=0.01)


def items() -> dict[str, Expression]:
    """By name, the first "neutral"; those with a tongue that is out are called out_NAME_AMOUNT."""
    performed = {"neutral": Expression()}
    for amount in _STRAIGHT:
        performed[f"out_tongue_out_{amount:g}"] = _put_out("tongue_out", amount)
    for name, amounts in {"tongue_left": (0.5, 1.0), "tongue_right": (0.5, 1.0), "tongue_up": (1.0,),
                          "tongue_roll": (0.8,)}.items():  # fmt: skip
        for amount in amounts:
            performed[f"out_{name}_{amount:g}"] = _put_out(name, amount)
    for name in ("happy", "surprise", "scream", "crazy_laugh", "grimace"):
        action = {**BASIC, **EXTREME}[name]
        performed[name] = Expression(action.coefficients, action.units)
    for name in ("TH", "aa", "O"):
        performed[f"viseme_{name}"] = Expression(VISEMES[name])
    wide = {"jawOpen": 0.8, "mouthLowerDownLeft": 0.3, "mouthLowerDownRight": 0.3}
    performed["wide_tongue_lifted"] = Expression(wide, tongue=_LIFTED)
    performed["wide_tongue_at_lip"] = Expression(wide, tongue=_AT_THE_LIP)
    performed["half_tongue_at_lip"] = Expression({"jawOpen": 0.45}, tongue=_AT_THE_LIP)
    performed["scream_tongue_at_lip"] = replace(performed["scream"], tongue=_AT_THE_LIP)
    return performed


def swayed(expression: Expression, person: str, item: str) -> Expression:
    """The same with a small turn of the head that depends on person and item only."""
    if item == "neutral":
        return expression
    rng = np.random.default_rng(zlib.crc32(f"{person}/mouths/{item}".encode()))
    yaw, pitch, roll = (float(rng.uniform(-most, most)) for most in _SWAY_DEG)
    return replace(expression, head_deg=(yaw, pitch, roll))


def protrusion(item: str) -> float:
    """How far the tongue is put out, 0 for an item whose tongue stays inside."""
    return float(item.rsplit("_", 1)[1]) if item.startswith("out_") else 0.0


def _put_out(name: str, amount: float) -> Expression:
    action: Action = TONGUE[name]
    bend = action.tongue
    if bend is None:
        raise ValueError(f"expected an action with a tongue but got {name!r}")
    opening = 0.5 + 0.5 * amount  # the jaw opens before the tongue is out, as in a person
    return Expression(
        {key: opening * value for key, value in action.coefficients.items()},
        tongue=TongueBend(
            amount * bend.protrude, amount * bend.yaw_deg, amount * bend.pitch_deg, amount * bend.roll_deg
        ),
    )
