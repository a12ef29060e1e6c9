"""Takes of FEED's tasks: what a synthetic subject does in every frame, from a seed.

Every take begins neutral, frontal and with a straight gaze, then goes through the items of its task in random
order.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from feed_dataset.synthetic.motion.actions import ASYMMETRIC, BASIC, EXTREME, EYES, ROTATIONS, TONGUE, WINKS, Action
from feed_dataset.synthetic.motion.speech import Utterance, mouth_coefficients, speak, viseme_labels
from feed_dataset.synthetic.scene.types import Expression, TongueBend

NEUTRAL = "neutral"
_LEAD_S = 0.08  # neutral at the start
_ITEM_S = (0.56, 0.8)
_TURN_S = (0.8, 1.1)  # turning the head to both sides takes longer
_STRENGTH = (0.9, 1.0)
_SLOWEST_RISE_S = 0.6
_MILD = 0.5
UNSEEN = 1e-3  # coefficients below this are left out
_BLINK_S = 0.24
_BLINK_EVERY_S = (1.0, 3.5)
MAX_GAZE_COMPENSATION_DEG = (18.0, 10.0)
GAZE_COMPENSATION = 0.4  # share of a head turn that the eyes undo to keep looking ahead


@dataclass(frozen=True)
class Programme:
    """What a stem asks for."""

    actions: Mapping[str, Action]
    strength: float = 1.0
    overlay: Mapping[str, Action] | None = None  # done at the same time, item by item
    throughout: Action | None = None
    blinks: bool = True
    item_s: tuple[float, float] = _ITEM_S
    opening: tuple[str, ...] = ()  # one of these comes first, so that short takes are telling too


PROGRAMMES: Mapping[str, Programme] = {
    "MAU_mild": Programme(BASIC, strength=_MILD),
    "MAU_strong": Programme(BASIC),
    "rotations": Programme(ROTATIONS, item_s=_TURN_S, opening=("yaw", "nod_and_turn")),
    "tongue_rot": Programme(ROTATIONS, throughout=TONGUE["tongue_out"], item_s=_TURN_S),
    "blinks": Programme(WINKS, blinks=False),
    "eyes": Programme(EYES),
    "FF_NR": Programme(ASYMMETRIC),
    "FF": Programme(ASYMMETRIC, overlay=ROTATIONS),
    "tongue_em": Programme(TONGUE),
    "random": Programme(EXTREME, opening=("scream", "crazy_laugh", "grimace")),
}


@dataclass(frozen=True)
class Take:
    """The controls of every frame, and what they are called."""

    expressions: tuple[Expression, ...]
    items: tuple[str, ...]
    visemes: tuple[str, ...]
    utterance: Utterance | None  # the sound, in a spoken take


@dataclass(frozen=True)
class _Beat:
    """One item on the time line."""

    name: str
    action: Action
    start_s: float
    length_s: float
    strength: float
    sign: float  # of sweeps: which side comes first

    def phase(self, time_s: float) -> float | None:
        """0 .. 1 within the beat, None outside."""
        if self.length_s <= 0:  # a take that ends with its neutral start
            return None
        phase = (time_s - self.start_s) / self.length_s
        return phase if 0 < phase < 1 else None


def make_take(
    stem: str,
    *,
    seed: int,
    subject: str,
    frame_count: int,
    fps: float,
    pitch_hz: float = 120.0,  # of the voice, in a spoken take
) -> Take:
    """The take of a stem; the same arguments give the same take. ValueError for an unknown stem."""
    if frame_count < 1 or fps <= 0:
        raise ValueError(f"expected at least one frame and a positive rate but got {frame_count} at {fps} fps")
    rng = np.random.default_rng([seed, zlib.crc32(f"{subject}/{stem}".encode())])
    times = np.arange(frame_count) / fps
    if stem == "speech":
        return _spoken(rng, times, pitch_hz)
    if stem not in PROGRAMMES:
        raise ValueError(f"expected a stem among {', '.join([*PROGRAMMES, 'speech'])} but got {stem!r}")
    programme = PROGRAMMES[stem]
    end_s = frame_count / fps
    beats = _schedule(rng, programme.actions, programme.strength, end_s, programme.item_s, programme.opening)
    if programme.overlay is not None:
        beats += _schedule(rng, programme.overlay, 1.0, end_s, _TURN_S)
    if programme.throughout is not None:
        beats.append(_Beat("throughout", programme.throughout, _LEAD_S, end_s - _LEAD_S, 1.0, 1.0))
    sway = _Sway(rng)
    blinks = blink_times(rng, end_s) if programme.blinks else []
    expressions, items = [], []
    for time_s in times:
        active = [beat for beat in beats if beat.phase(time_s) is not None]
        items.append(next((beat.name for beat in active), NEUTRAL))
        expressions.append(_expression(active, time_s, sway, eyelids_at(blinks, time_s)))
    return Take(tuple(expressions), tuple(items), ("sil",) * frame_count, None)


def _spoken(rng: np.random.Generator, times: np.ndarray, pitch_hz: float) -> Take:
    duration_s = len(times) * float(times[1] - times[0]) if len(times) > 1 else 1.0
    utterance = speak(rng, duration_s, pitch_hz=pitch_hz)
    mouth = mouth_coefficients(utterance, times)
    sway = _Sway(rng, scale=2.0)  # people move more when they talk
    blinks = blink_times(rng, duration_s)
    lift = np.clip(utterance.emphasis(times), 0, 1)
    expressions = []
    for time_s, shape, stress in zip(times, mouth, lift, strict=True):
        face = _expression([], float(time_s), sway, eyelids_at(blinks, float(time_s)))
        extra = {"browInnerUp": 0.25 * float(stress), "browOuterUpLeft": 0.15 * float(stress)}
        extra["browOuterUpRight"] = extra["browOuterUpLeft"]
        extra = {name: value for name, value in extra.items() if value > UNSEEN}
        expressions.append(replace(face, coefficients={**face.coefficients, **extra, **shape}))
    labels = viseme_labels(utterance, times)
    items = tuple(NEUTRAL if label == "sil" else "speech" for label in labels)
    return Take(tuple(expressions), items, labels, utterance)


def _schedule(
    rng: np.random.Generator,
    actions: Mapping[str, Action],
    strength: float,
    end_s: float,
    item_s: tuple[float, float],  # range of an item's length
    opening: tuple[str, ...] = (),
) -> list[_Beat]:
    """Items one after the other, in an order that has all before one comes again."""
    beats: list[_Beat] = []
    start_s = _LEAD_S
    order: list[str] = []
    count = max(1, round((end_s - _LEAD_S) / float(rng.uniform(*item_s))))
    for length_s in (end_s - _LEAD_S) * rng.dirichlet(np.full(count, 60.0)):
        if not order:
            order = [str(name) for name in rng.permutation(list(actions))]
            if opening and not beats:
                first = opening[int(rng.integers(len(opening)))]
                order.remove(first)
                order.insert(0, first)
            if beats and order[0] == beats[-1].name:
                order.append(order.pop(0))
        name = order.pop(0)
        share, sign = strength * float(rng.uniform(*_STRENGTH)), float(rng.choice([-1.0, 1.0]))
        beats.append(_Beat(name, actions[name], start_s, float(length_s), share, sign))
        start_s += float(length_s)
    return beats


def _expression(active: list[_Beat], time_s: float, sway: _Sway, blink: float) -> Expression:
    coefficients: dict[str, float] = {}
    units: dict[str, float] = {}
    head, gaze, sweat = sway.head_deg(time_s), np.zeros(2), 0.0
    tongue: TongueBend | None = None
    for beat in active:
        weight, wave = _held(beat.phase(time_s) or 0.0, beat.length_s) * beat.strength, _wave(beat, time_s)
        level = wave if beat.action.wave == "twice" else weight
        for name, value in beat.action.coefficients.items():
            coefficients[name] = max(coefficients.get(name, 0.0), level * value)
        for name, value in beat.action.units.items():
            units[name] = max(units.get(name, 0.0), level * value)
        if beat.action.tongue is not None:
            tongue = _scaled_tongue(beat.action.tongue, weight)
        head = head + wave * np.array(beat.action.head_deg)
        gaze = gaze + _gaze(beat, time_s)
        sweat = max(sweat, level * beat.action.sweat)
    if blink > 0:
        for side in ("Left", "Right"):
            coefficients[f"eyeBlink{side}"] = max(coefficients.get(f"eyeBlink{side}", 0.0), blink)
    limit = np.array(MAX_GAZE_COMPENSATION_DEG)
    gaze = gaze + np.clip(-GAZE_COMPENSATION * head[:2], -limit, limit)
    return Expression(
        coefficients={name: value for name, value in coefficients.items() if value > 0},
        units={name: value for name, value in units.items() if value > 0},
        head_deg=(float(head[0]), float(head[1]), float(head[2])),
        translation_dm=sway.translation_dm(time_s),
        gaze_deg=(float(gaze[0]), float(gaze[1])),
        tongue=tongue,
        sweat=sweat,
    )


def ease(x: float) -> float:
    """Smooth step from 0 to 1."""
    x = min(max(x, 0.0), 1.0)
    return x * x * (3 - 2 * x)


def _held(phase: float, length_s: float) -> float:
    """Rises in the first 30 %, falls in the last 30 %; what is long, like a tongue shown throughout, within 0.6 s."""
    share = min(0.3, _SLOWEST_RISE_S / length_s)
    return ease(phase / share) * ease((1 - phase) / share)


def _wave(beat: _Beat, time_s: float) -> float:
    """How far the beat's motion is: 0 .. 1, or -1 .. 1 for a sweep."""
    phase = beat.phase(time_s) or 0.0
    if beat.action.wave == "sweep":
        return beat.sign * float(np.sin(2 * np.pi * ease(phase)))
    if beat.action.wave == "twice":
        return float(np.sin(2 * np.pi * phase) ** 2)
    return _held(phase, beat.length_s) * beat.strength


def _gaze(beat: _Beat, time_s: float) -> np.ndarray:  # float64 [2] degrees
    amplitude = np.array(beat.action.gaze_deg)
    if beat.action.wave == "circle":
        phase = beat.phase(time_s) or 0.0
        angle = 2 * np.pi * ease(phase)
        return _held(phase, beat.length_s) * amplitude * np.array([beat.sign * np.sin(angle), -np.cos(angle)])
    return _wave(beat, time_s) * amplitude


def _scaled_tongue(bend: TongueBend, weight: float) -> TongueBend | None:
    if weight <= 0:
        return None
    return TongueBend(
        protrude=bend.protrude * weight,
        yaw_deg=bend.yaw_deg * weight,
        pitch_deg=bend.pitch_deg * weight,
        roll_deg=bend.roll_deg * weight,
        widen=bend.widen * weight,
    )


class _Sway:
    """The small motion of a head that is held still: zero at time 0."""

    _HEAD_DEG = np.array([1.2, 0.8, 0.6])
    _HEAD_RAD_PER_S = np.array([1.3, 1.9, 1.1])
    _SHIFT_DM = np.array([0.02, 0.012, 0.015])
    _SHIFT_RAD_PER_S = np.array([1.0, 1.6, 0.8])

    def __init__(self, rng: np.random.Generator, scale: float = 1.0) -> None:
        self._scale = scale
        self._head_phase, self._shift_phase = rng.uniform(0, 2 * np.pi, (2, 3))

    def head_deg(self, time_s: float) -> np.ndarray:  # float64 [3]
        angle = self._HEAD_RAD_PER_S * time_s
        moved = np.sin(angle + self._head_phase) - np.sin(self._head_phase)
        return self._scale * self._HEAD_DEG * moved

    def translation_dm(self, time_s: float) -> tuple[float, float, float]:
        angle = self._SHIFT_RAD_PER_S * time_s
        moved = self._SHIFT_DM * (np.sin(angle + self._shift_phase) - np.sin(self._shift_phase))
        return float(moved[0]), float(moved[1]), float(moved[2])


def blink_times(rng: np.random.Generator, end_s: float) -> list[float]:
    """Middles of blinks; none so early that it would reach the first frame."""
    times, now_s = [], float(rng.uniform(_BLINK_S, _BLINK_EVERY_S[1] / 2))
    while now_s < end_s:
        times.append(now_s)
        now_s += float(rng.uniform(*_BLINK_EVERY_S))
    return times


def eyelids_at(middles: list[float], time_s: float) -> float:
    """How far shut they are, 0 to 1, given the middles of blinks."""
    return max((0.95 * ease(1 - abs(time_s - middle) / (_BLINK_S / 2)) for middle in middles), default=0.0)
