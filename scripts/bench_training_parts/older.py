"""A generator step of the mini models beside that of an older checkout, in turns, per picture that it makes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.synthetic.rig.landmarks import MESH_TO_68
from feed_dataset.synthetic.takes.training_set import TrainingSetSpec, render_person, training_topology

MOST_OF_OLD = 0.5
BATCH = {"sources": 2, "drivers": 4}
PICTURES = BATCH["sources"] * BATCH["drivers"]
OLD_PRESET = "emoportraits-mini"
NEW_PRESETS = ("emoportraits-mini", "megaportraits-mini")
AS_IT_IS: Mapping[str, Any] = {}
# One level more or less of encoder and decoder; volumes, warps and readers stay. The cheapest way to another size.
OLD_AT_256: Mapping[str, Any] = {
    "image_size_px": 256, "encoder_channels": (8, 16, 32, 64), "decoder_image_channels": (48, 24, 16),
}  # fmt: skip
NEW_AT_128: Mapping[str, Any] = {
    "image_size_px": 128, "encoder_channels": (16, 32, 48), "decoder_image_channels": (48, 32),
}  # fmt: skip
_NOT_LOSSES = ("total", "lr", "data_wait_s", "rotation_deg", "source_px", "driver_px", "share")
_STEPS = Path(__file__).with_name("steps.py")


@dataclass(frozen=True)
class Contestant:
    """Whose steps are timed."""

    old: bool
    preset: str
    size_px: int
    sizes: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{'old' if self.old else 'here'}, {self.preset}"


@dataclass(frozen=True)
class Timed:
    """Its steps."""

    contestant: Contestant
    step_s: tuple[float, ...]  # CPU seconds of each
    terms: tuple[str, ...]  # its losses

    @property
    def picture_ms(self) -> float:
        """Of the fastest step."""
        return min(self.step_s) / PICTURES * 1e3

    @property
    def median_picture_ms(self) -> float:
        return statistics.median(self.step_s) / PICTURES * 1e3


CONTESTANTS = (
    Contestant(True, OLD_PRESET, 128, AS_IT_IS),
    *(Contestant(False, preset, 128, NEW_AT_128) for preset in NEW_PRESETS),
    Contestant(True, OLD_PRESET, 256, OLD_AT_256),
    *(Contestant(False, preset, 256, AS_IT_IS) for preset in NEW_PRESETS),
)


def render_sets(folder: Path, *, people: int = 2, states: int = 3) -> dict[int, Path]:
    """The same few rendered people at every size, with what both codes read: size -> folder."""
    largest = max(contestant.size_px for contestant in CONTESTANTS)
    spec, topology = TrainingSetSpec(people=people, states=states, size_px=largest), training_topology()
    places = {size_px: folder / str(size_px) for size_px in {contestant.size_px for contestant in CONTESTANTS}}
    for place in places.values():
        place.mkdir(parents=True)
    for seed in range(spec.first_seed, spec.first_seed + people):
        arrays = render_person(topology, seed, spec)
        arrays["landmarks68"] = arrays["landmarks478"][:, list(MESH_TO_68)]  # the older code reads them by this name
        for size_px, place in places.items():
            step = largest // size_px
            images = [cv2.resize(image, (size_px, size_px), interpolation=cv2.INTER_AREA) for image in arrays["images"]]
            smaller = {"images": np.stack(images), "parts": arrays["parts"][:, step // 2 :: step, step // 2 :: step]}
            np.savez(place / f"{seed:05d}.npz", **(arrays | smaller))  # type: ignore[arg-type]
    return places


def in_turns(old: Path, sets: Mapping[int, Path], rounds: int) -> list[Timed]:
    """Every contestant in a process of its own with one thread, one step each in every round; the first does not count.

    Raises FeedError where one of them ends, with the last that it said.
    """
    here = Path(__file__).parents[2]
    with ExitStack() as stack:
        steppers = [
            stack.enter_context(_Stepper(old if one.old else here, sets[one.size_px], one)) for one in CONTESTANTS
        ]
        times: list[list[float]] = [[] for _ in steppers]
        terms: list[Sequence[str]] = [() for _ in steppers]
        for number in range(rounds + 1):
            for place, stepper in enumerate(steppers):
                told = stepper.step()
                terms[place] = told["terms"]
                if number:
                    times[place].append(told["s"])
    return [
        Timed(one, tuple(own), tuple(term for term in said if term not in _NOT_LOSSES))
        for one, own, said in zip(CONTESTANTS, times, terms, strict=True)
    ]


class _Stepper:
    def __init__(self, checkout: Path, data: Path, contestant: Contestant) -> None:
        self.contestant = contestant
        described = {"preset": contestant.preset, "sizes": dict(contestant.sizes), "batch": BATCH}
        self._process = subprocess.Popen(
            [sys.executable, str(_STEPS), str(data), json.dumps(described)],
            env=os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self) -> _Stepper:
        self._answer()
        return self

    def __exit__(self, *ended: object) -> None:
        self._process.kill()
        self._process.communicate()

    def step(self) -> dict[str, Any]:
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        told: dict[str, Any] = json.loads(self._answer())
        return told

    def _answer(self) -> str:
        assert self._process.stdout is not None and self._process.stderr is not None
        line = self._process.stdout.readline()
        if not line:
            said = self._process.stderr.read().strip().splitlines() or ["nothing"]
            raise FeedError(f"expected steps of {self.contestant.name} but its process ended: {said[-1]}")
        return line


def lines(timed: Sequence[Timed]) -> Iterator[str]:
    """The table, and the losses of every model's steps, which are the same at every size."""
    yield f"{'generator step':28} {'px':>4} {'ms a picture':>13} {'median':>8} {'of old':>7}"
    for one in timed:
        contestant, ratio = one.contestant, ratio_of(one, timed)
        line = f"{contestant.name:28} {contestant.size_px:4} {one.picture_ms:13.1f} {one.median_picture_ms:8.1f}"
        yield line if contestant.old else f"{line} {ratio:7.2f} (at most {MOST_OF_OLD}: {verdict(ratio)})"
    for name, terms in {one.contestant.name: one.terms for one in timed}.items():
        yield f"losses of {name}: {', '.join(terms)}"


def verdict(ratio: float) -> str:
    return "met" if ratio <= MOST_OF_OLD else "MISSED"


def missed(timed: Sequence[Timed]) -> bool:
    """Whether any model takes too long."""
    return any(ratio_of(one, timed) > MOST_OF_OLD for one in timed if not one.contestant.old)


def ratio_of(one: Timed, timed: Sequence[Timed]) -> float:
    """To the old step at the same size."""
    size_px = one.contestant.size_px
    old = next(other for other in timed if other.contestant.old and other.contestant.size_px == size_px)
    return one.picture_ms / old.picture_ms
