"""What synthetic people perform to test the expression metrics: clips in which one known amount is varied.

A clip is a neutral frame and then one frame per item, the same items in every clip of a family.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from feed_dataset.synthetic.motion.actions import ASYMMETRIC, BASIC, EXTREME, TONGUE, Action
from feed_dataset.synthetic.scene.types import Expression, TongueBend

FAMILIES = ("intensity", "asymmetry", "winks", "tongue")
STRENGTHS = (0.25, 0.5, 0.75, 1.0)
SHARES = (1.0, 0.5, 0.0, -0.5, -1.0)  # 1 as performed, 0 equal on both sides, -1 mirrored
LIGHTS = ("studio", "dim", "side", "warm")
_SWAY_DEG = (7.0, 4.0, 4.0)  # yaw, pitch, roll at most: people move their heads a little
_GAZE_DEG = 6.0
_CLOSURES = (0.25, 0.5, 0.75, 1.0)
_PROTRUSIONS = (0.35, 0.7, 1.0)
_OPEN_MOUTHS: Mapping[str, Action] = {
    "teeth": Action({"mouthUpperUpLeft": 0.8, "mouthUpperUpRight": 0.8, "mouthLowerDownLeft": 0.8,
                     "mouthLowerDownRight": 0.8, "mouthStretchLeft": 0.4, "mouthStretchRight": 0.4}),
    "jaw_half": Action({"jawOpen": 0.4}),
    "jaw_open": Action({"jawOpen": 0.9}),
    "pucker": Action({"mouthPucker": 1.0}),
}  # fmt: skip


@dataclass(frozen=True)
class Clip:
    """One performance by anybody."""

    family: str
    name: str
    amount: float  # the known amount that is varied: strength, share, 1 elsewhere
    light: str
    items: tuple[str, ...]  # one per frame; the first is "neutral"
    expressions: tuple[Expression, ...]


def clips_of(family: str, person: str, *, small: bool = False) -> tuple[Clip, ...]:
    """The clips of a family. The head's small motion depends on person, clip and item, and on nothing else.

    Args:
        small: fewer amounts and items, for a test.
    """
    make = {"intensity": _intensity, "asymmetry": _asymmetry, "winks": _winks, "tongue": _tongue}[family]
    return tuple(_swayed(clip, person) for clip in make(small))


def mirrored(name: str) -> str:
    """The same coefficient on the other side."""
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name


def _intensity(small: bool) -> list[Clip]:
    actions = {**BASIC, **EXTREME}
    names = ("happy", "surprise", "scream") if small else tuple(actions)
    return [
        _clip("intensity", f"strength_{s:g}", s, "studio", {n: _scaled(actions[n], s) for n in names})
        for s in (STRENGTHS[1::2] if small else STRENGTHS)
    ]


def _asymmetry(small: bool) -> list[Clip]:
    names = ("smile_left", "brow_left", "snarl_left_wink_right") if small else tuple(ASYMMETRIC)
    return [
        _clip("asymmetry", f"share_{a:g}", a, "studio", {n: _shared(ASYMMETRIC[n], a) for n in names})
        for a in (SHARES[::2] if small else SHARES)
    ]


def _winks(small: bool) -> list[Clip]:
    items: dict[str, Expression] = {}
    for closure in _CLOSURES[::3] if small else _CLOSURES:
        for side in ("Left", "Right"):
            cheek = 0.5 * closure
            items[f"{side.lower()}_{closure:g}"] = Expression({f"eyeBlink{side}": closure, f"cheekSquint{side}": cheek})
        both = {f"eyeBlink{side}": closure for side in ("Left", "Right")}
        items[f"both_{closure:g}"] = Expression(both)
    for name in ("happy", "scream", "surprise")[: 1 if small else 3]:
        items[name] = _scaled({**BASIC, **EXTREME}[name], 1.0)
    return [_clip("winks", "winks", 1.0, "studio", items)]


def _tongue(small: bool) -> list[Clip]:
    clips = []
    tongues = ("tongue_out", "tongue_left") if small else tuple(TONGUE)
    for light in ("dim",) if small else LIGHTS:
        items = {
            f"{name}_{amount:g}": _scaled_tongue(TONGUE[name], amount) for name in tongues for amount in _PROTRUSIONS
        }
        shut = {**_OPEN_MOUTHS, **{name: {**BASIC, **EXTREME}[name] for name in ("happy", "scream", "crazy_laugh")}}
        if small:
            shut = {name: shut[name] for name in ("teeth", "jaw_open", "scream")}
        items |= {name: _scaled(action, 1.0) for name, action in shut.items()}
        clips.append(_clip("tongue", f"light_{light}", 1.0, light, items))
    return clips


def _clip(family: str, name: str, amount: float, light: str, items: Mapping[str, Expression]) -> Clip:
    return Clip(family, name, amount, light, ("neutral", *items), (Expression(), *items.values()))


def _scaled(action: Action, strength: float) -> Expression:
    return Expression(
        {name: strength * value for name, value in action.coefficients.items()},
        {name: strength * value for name, value in action.units.items()},
    )


def _scaled_tongue(action: Action, amount: float) -> Expression:
    bend = action.tongue
    if bend is None:
        raise ValueError("expected an action with a tongue")
    tongue = TongueBend(bend.protrude * amount, bend.yaw_deg * amount, bend.pitch_deg * amount, bend.roll_deg * amount)
    # The jaw opens before the tongue is out, as in a person.
    return replace(_scaled(action, min(1.0, 0.5 + 0.5 * amount)), tongue=tongue)


def _shared(action: Action, share: float) -> Expression:
    """The action with its difference between the sides scaled by `share`, and the same sum."""
    own = action.coefficients
    mixed = {}
    for name in sorted({*own, *(mirrored(name) for name in own)}):  # jaw and mouth too move to either side
        here, there = own.get(name, 0.0), own.get(mirrored(name), 0.0)
        value = (here + there) / 2 + share * (here - there) / 2
        if value > 0:
            mixed[name] = value
    return Expression(mixed)


def _swayed(clip: Clip, person: str) -> Clip:
    expressions = [clip.expressions[0]]
    for item, expression in zip(clip.items[1:], clip.expressions[1:], strict=True):
        rng = np.random.default_rng(zlib.crc32(f"{person}/{clip.family}/{clip.name}/{item}".encode()))
        yaw, pitch, roll = (float(rng.uniform(-most, most)) for most in _SWAY_DEG)
        gaze = (float(rng.uniform(-_GAZE_DEG, _GAZE_DEG)), float(rng.uniform(-_GAZE_DEG / 2, _GAZE_DEG / 2)))
        expressions.append(replace(expression, head_deg=(yaw, pitch, roll), gaze_deg=gaze))
    return replace(clip, expressions=tuple(expressions))
