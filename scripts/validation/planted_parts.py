"""Rendered people whose mouths, brows and heads move by known shares of the true clip's motion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmark.doctor.known_values.heads import rotation
from benchmark.features.types.case import FaceFeatures
from benchmark.metrics.blendshapes import NAMES
from scripts.validation.planted_head import PEOPLE, Stage, named
from scripts.validation.planted_motion import describe

AMOUNTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
"""Of the true clip's motion."""
PARTS = ("lips", "brows", "head", "silence")
RATE_HZ, FRAMES, SPOKEN = 12.5, 25, 16
"""After `SPOKEN` frames nobody speaks any more."""
TIMES_S = np.arange(FRAMES) / RATE_HZ
_HEAD_DEG, _HEAD_HZ = np.array([8.0, 5.0, 3.0]), 1.0
_BROWS, _BROWS_HZ = 0.8, 1.5
_SILENT_JAW, _SILENT_HZ = 0.25, 2.0
_BROW_NAMES = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")
_MOUTH = ("jaw", "mouth", "tongue")


@dataclass(frozen=True)
class Planted:
    """A clip with what the networks see in it and what is known of it.

    Args:
        amounts: share of the true clip's motion, by part.
        seen: landmarks and coefficients as detected.
        exact: the same as rendered.
        rotations: of the head, float64 [T, 3, 3].
    """

    amounts: Mapping[str, float]
    seen: FaceFeatures
    exact: FaceFeatures
    rotations: np.ndarray


@dataclass(frozen=True)
class Person:
    """Clips of one person.

    Args:
        alone: by part, a clip of each of `AMOUNTS`, in which the other parts move as they should; that of 1 is `true`.
        mixed: a clip of each amount of each part, in an order of its own.
    """

    true: Planted
    alone: Mapping[str, list[Planted]]
    mixed: list[Planted]


TRUE = dict.fromkeys(PARTS, 1.0)
CLIPS = len(PEOPLE) * (1 + len(PARTS) * (len(AMOUNTS) - 1) + len(AMOUNTS))


def mixed_amounts(person: int) -> list[dict[str, float]]:
    """As many clips as amounts: every part gets the amounts in an order of its own."""
    rng = np.random.default_rng(person)
    orders = {part: rng.permutation(AMOUNTS) for part in PARTS}
    return [{part: float(order[place]) for part, order in orders.items()} for place in range(len(AMOUNTS))]


def controls(
    spoken: np.ndarray,  # [>= SPOKEN, 52] coefficients of speech
    names: Sequence[str],
    amounts: Mapping[str, float],
    phase: float,
) -> tuple[list[dict[str, float]], np.ndarray]:
    """Coefficients of each frame, and the head's angles, float64 [T, 3] degrees."""

    def raised(hz: float) -> np.ndarray:
        return (1 - np.cos(2 * np.pi * hz * TIMES_S)) / 2

    brows = amounts["brows"] * _BROWS * raised(_BROWS_HZ)
    jaw = amounts["silence"] * _SILENT_JAW * raised(_SILENT_HZ)
    faces = []
    for frame in range(FRAMES):
        face = dict.fromkeys(_BROW_NAMES, float(brows[frame]))
        if frame < SPOKEN:
            mouth = {name: value for name, value in named(spoken[frame], names).items() if name.startswith(_MOUTH)}
            face |= {name: amounts["lips"] * value for name, value in mouth.items()}
        else:
            face["jawOpen"] = float(jaw[frame])
        faces.append({name: value for name, value in face.items() if value > 0})
    swing = amounts["head"] * np.sin(2 * np.pi * _HEAD_HZ * TIMES_S + phase)
    return faces, swing[:, None] * _HEAD_DEG


def planted_people(done: Callable[[], None] = lambda: None) -> Iterator[Person]:
    """One person after another; `done` is called after each of `CLIPS`.

    Raises:
        WeightsUnavailable: the networks are not here.
    """
    from feed_dataset.layout.mini import MINI_ROOT
    from feed_dataset.synthetic.takes.ground_truth import GroundTruth

    for number, name in enumerate(PEOPLE):
        take = GroundTruth.load(MINI_ROOT / name / "speech.npz")
        spoken = take.coefficients[:: round(take.fps / RATE_HZ)]
        yield _person(number, Stage(name), spoken, take.coefficient_names, done)


def _person(number: int, stage: Stage, spoken: np.ndarray, names: Sequence[str], done: Callable[[], None]) -> Person:
    def clip(amounts: Mapping[str, float], phase: float = 0.0) -> Planted:
        made = _rendered(stage, amounts, *controls(spoken, names, amounts, phase))
        done()
        return made

    true = clip(TRUE)
    alone = {part: [true if amount == 1.0 else clip(TRUE | {part: amount}) for amount in AMOUNTS] for part in PARTS}
    # Heads of mixed clips begin their swing at different times, as those of several seeds do.
    step = 2 * np.pi / (len(AMOUNTS) + 1)
    mixed = [clip(amounts, place * step) for place, amounts in enumerate(mixed_amounts(number), start=1)]
    return Person(true, alone, mixed)


def _rendered(
    stage: Stage, amounts: Mapping[str, float], faces: Sequence[dict[str, float]], head_deg: np.ndarray
) -> Planted:
    from feed_dataset.synthetic.scene.types import Expression

    shapes = [
        Expression(face, head_deg=(yaw, pitch, roll)) for face, (yaw, pitch, roll) in zip(faces, head_deg, strict=True)
    ]
    frames = np.stack([stage.picture(shape) for shape in shapes])
    seen = replace(describe(frames, ("mesh468", "blendshapes")), times_s=TIMES_S)
    exact = replace(
        seen,
        landmarks_px=np.stack([stage.landmarks_px(shape) for shape in shapes]),
        reasons=(None,) * FRAMES,
        arrays={"blendshapes": np.array([[face.get(name, 0.0) for name in NAMES] for face in faces])},
    )
    return Planted(amounts, seen, exact, np.stack([rotation(*one) for one in head_deg]))
