"""Head motion of rendered clips whose poses are known, and mouths that are opened by known amounts in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from benchmark.doctor.known_values.heads import rotation
from benchmark.features.types.case import FaceFeatures
from benchmark.metrics.catalog import score_case
from benchmark.metrics.head_signal import Turning, band_speeds_deg_s, spectrum_distance
from scripts.validation.figures import Figure, case_of, rank_correlation
from scripts.validation.planted_motion import describe

if TYPE_CHECKING:
    from feed_dataset.synthetic.rig.head import SharedTopology
    from feed_dataset.synthetic.scene.types import Expression

PEOPLE = ("S01", "S03", "S05", "S07")
AMPLITUDES_DEG = (0.0, 2.0, 5.0, 10.0, 20.0)
FREQUENCIES_HZ = (0.6, 1.3, 2.6)
OPENINGS = (0.0, 0.05, 0.1, 0.2, 0.4)
"""jawOpen in silence."""
_SIZE_PX = 256
_SILENT_FRAMES = 10
_RATE_HZ, _FRAMES = 12.5, 24
_AXES = np.array([[1.0, 0.3, 0.1], [0.2, 0.6, 0.1], [0.5, 0.2, 0.6]])
"""Yaw, pitch and roll of a swing."""


@dataclass(frozen=True)
class Posed:
    """A rendered clip with its features and its true poses."""

    name: str
    features: FaceFeatures
    truth: Turning


def posed_clips() -> Iterator[Posed]:
    """People who speak and turn their heads by known amounts. Raises WeightsUnavailable without the networks."""
    from feed_dataset.layout.mini import MINI_ROOT
    from feed_dataset.synthetic.scene.types import Expression
    from feed_dataset.synthetic.takes.ground_truth import GroundTruth

    times_s = np.arange(_FRAMES) / _RATE_HZ
    for number, person in enumerate(PEOPLE):
        stage = Stage(person)
        take = GroundTruth.load(MINI_ROOT / person / "speech.npz")
        mouths = take.coefficients[:: round(take.fps / _RATE_HZ)]
        for place, amplitude in enumerate(AMPLITUDES_DEG):
            hz = FREQUENCIES_HZ[(number + place) % len(FREQUENCIES_HZ)]
            swing = amplitude * np.sin(2 * np.pi * hz * times_s + number)
            head_deg = swing[:, None] * _AXES[(number + place) % len(_AXES)]
            frames = [
                stage.picture(Expression(named(row, take.coefficient_names), head_deg=(yaw, pitch, roll)))
                for row, (yaw, pitch, roll) in zip(mouths, head_deg, strict=False)
            ]
            features = replace(describe(np.stack(frames), ("mesh468",)), times_s=times_s)
            truth = Turning(np.stack([rotation(*one) for one in head_deg]), times_s)
            yield Posed(f"{person}, {amplitude:g} degrees at {hz:g} Hz", features, truth)


def named(row: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """Coefficients of one frame [52] by name, without those that rest."""
    return {name: float(value) for name, value in zip(names, row, strict=True) if value > 0}


class Stage:
    """One person before the benchmark's crop."""

    def __init__(self, person: str) -> None:
        from feed_dataset.synthetic.render import Renderer
        from feed_dataset.synthetic.rig.head import Head
        from feed_dataset.synthetic.rig.landmarks import world_landmarks
        from feed_dataset.synthetic.scene.cameras import studio_cameras
        from feed_dataset.synthetic.scene.types import Expression
        from feed_dataset.synthetic.takes.write import subject_spec
        from scripts.validation.material import benchmark_crop

        self._head = Head(_topology(), subject_spec(person))
        self._renderer = Renderer(shadow_px=384, threads=1)
        rest = world_landmarks(self._head.pose(Expression()), self._head)[:468]
        self._camera = benchmark_crop(studio_cameras(512, 512)["C"], rest, _SIZE_PX)

    def picture(self, expression: Expression) -> np.ndarray:
        """uint8 [256, 256, 3]."""
        self._renderer.begin(self._head, self._head.pose(expression))
        return self._renderer.render(self._camera, supersample=1).image

    def landmarks_px(self, expression: Expression) -> np.ndarray:
        """The 468 points exactly, float32 [468, 3] with a depth of 0."""
        from feed_dataset.synthetic.rig.landmarks import world_landmarks

        points = self._camera.project(world_landmarks(self._head.pose(expression), self._head)[:468])
        return np.concatenate([points[:, :2], np.zeros((468, 1))], axis=1).astype(np.float32)


@lru_cache(maxsize=1)
def _topology() -> SharedTopology:
    from feed_dataset.synthetic.rig.head import SharedTopology

    return SharedTopology(level=1, texture_px=512)


def motion_figures(clips: Sequence[Posed]) -> list[Figure]:
    """Speed, spread and spectrum by landmarks against those of the true poses."""
    lines = []
    for metric, of_truth in (
        ("head_speed[mesh468]", lambda truth: float(truth.speeds_deg_s.mean())),
        ("head_spread_deg[mesh468]", lambda truth: float(truth.angles_deg.std(axis=0).mean())),
    ):
        measured = [_value(metric, one.features, one.features) for one in clips]
        true = [of_truth(one.truth) for one in clips]
        error = float(np.abs(np.array(measured) - true).mean())
        note = f"mean difference {error:.2f}, of a mean of {np.mean(true):.1f}"
        lines.append(Figure(metric, "the true poses", rank_correlation(measured, true), len(clips), 0.9, note))
    measured, true = [], []
    for driver in clips:
        for output in clips:
            if driver is not output:
                measured.append(_value("head_spectrum[mesh468]", output.features, driver.features))
                true.append(
                    spectrum_distance(*(band_speeds_deg_s(one.truth.even_angles_deg) for one in (output, driver)))
                )
    rho = rank_correlation(measured, true)
    lines.append(Figure("head_spectrum[mesh468]", "spectra of the true poses", rho, len(true), 0.9, "any two clips"))
    return lines


def _value(metric: str, output: FaceFeatures, driver: FaceFeatures) -> float:
    score = score_case(metric, case_of(output, driver))
    if score.value is None:
        raise ValueError(f"expected a value of {metric} but got none: {score.failures}")
    return score.value


def mouths() -> Iterator[list[FaceFeatures]]:
    """A person who sways a little with a mouth of each opening, one after another."""
    from feed_dataset.synthetic.scene.types import Expression

    poses = np.random.default_rng(7).uniform(-1, 1, (_SILENT_FRAMES, 3)) * (12.0, 8.0, 5.0)
    for person in PEOPLE:
        stage, found = Stage(person), []
        for opening in OPENINGS:
            shape = {"jawOpen": opening} if opening else {}
            frames = [stage.picture(Expression(shape, head_deg=(yaw, pitch, roll))) for yaw, pitch, roll in poses]
            found.append(describe(np.stack(frames), ("mesh468",)))
        yield found


def silence_figures(people: Sequence[Sequence[FaceFeatures]]) -> list[Figure]:
    """Opening in silence against what was planted, where the true mouth is shut."""
    levels = np.zeros(10 * _SILENT_FRAMES, np.float32)
    rows = []
    for openings in people:
        row = []
        for output in openings:
            case = case_of(output, openings[0])
            silent = replace(case, reference=openings[0], sound={"speech-envelope": levels})
            score = score_case("silence_opening[mesh468]", silent)
            if score.value is None:
                raise ValueError(f"expected a value of silence_opening but got none: {score.failures}")
            row.append(score.value)
        rows.append(row)
    values = np.array(rows)
    within = float(np.mean([rank_correlation(row, OPENINGS) for row in values]))
    over = rank_correlation(values.ravel(), list(OPENINGS) * len(values))
    means = ", ".join(f"{one:g}: {mean:.2f}" for one, mean in zip(OPENINGS, values.mean(axis=0), strict=True))
    metric = "silence_opening[mesh468]"
    return [
        Figure(metric, "jawOpen planted in silence, one person", within, len(OPENINGS), 0.9, means),
        Figure(metric, "jawOpen planted in silence, all people", over, values.size, 0.9),
    ]
