"""Rendered people whose shape moves to somebody else's, or whose light changes, by a known amount per minute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.catalog import score_case
from scripts.validation.figures import Figure, case_of, rank_correlation

if TYPE_CHECKING:
    from feed_dataset.synthetic.people.subjects import SubjectSpec
    from feed_dataset.synthetic.rig.head import SharedTopology

PAIRS = (("S01", "S02"), ("S04", "S03"), ("S05", "S08"), ("S07", "S06"))
"""Who moves to whom."""
SIZE_PX = 256
_STATIONS = 9  # between both people, ends included
_RATE = 5  # frames a second, as protocols thin descriptors
_SECONDS = 24
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the way to the other person, in the whole clip
_STOPS = (0.0, 0.1, 0.2, 0.4, 0.8)  # of light, in the whole clip
_BLENDED = ("gender", "age_years", "ancestry", "tone", "muscle", "weight", "iris_rgb", "stubble", "beard")
_SWAY_DEG = (10.0, 6.0, 4.0)


@dataclass(frozen=True)
class Person:
    """Features of one person on the way to another: [stations, poses] frames, one after another."""

    name: str
    features: FaceFeatures
    frames: np.ndarray  # uint8 [stations * poses, H, W, 3]


def between(one: SubjectSpec, other: SubjectSpec, share: float) -> SubjectSpec:
    """The first person with so much of the numbers of the second; hair and the seed of details stay."""
    blended: dict[str, Any] = {}
    for name in _BLENDED:
        a, b = (np.asarray(getattr(spec, name), np.float64) for spec in (one, other))
        mixed = (1 - share) * a + share * b
        blended[name] = float(mixed) if mixed.ndim == 0 else tuple(mixed.tolist())
    return replace(one, **blended)


def render(one: str, other: str) -> np.ndarray:
    """Frames uint8 [stations * poses, 256, 256, 3]: the same poses of the head at each station of the way."""
    from feed_dataset.synthetic.render import Renderer
    from feed_dataset.synthetic.rig.head import Head
    from feed_dataset.synthetic.rig.landmarks import world_landmarks
    from feed_dataset.synthetic.scene.cameras import studio_cameras
    from feed_dataset.synthetic.scene.types import Expression
    from feed_dataset.synthetic.takes.write import subject_spec
    from scripts.validation.material import benchmark_crop

    poses = np.random.default_rng(5).uniform(-1, 1, (_RATE, 3)) * _SWAY_DEG
    renderer, frames, camera = Renderer(shadow_px=384, threads=1), [], None
    for share in np.linspace(0, 1, _STATIONS):
        head = Head(_topology(), between(subject_spec(one), subject_spec(other), float(share)))
        if camera is None:
            rest = world_landmarks(head.pose(Expression()), head)[:468]
            camera = benchmark_crop(studio_cameras(512, 512)["C"], rest, SIZE_PX)
        for yaw, pitch, roll in poses:
            renderer.begin(head, head.pose(Expression(head_deg=(yaw, pitch, roll))))
            frames.append(renderer.render(camera, supersample=1).image)
    return np.stack(frames)


@lru_cache(maxsize=1)
def _topology() -> SharedTopology:
    from feed_dataset.synthetic.rig.head import SharedTopology

    return SharedTopology(level=0, texture_px=256)


def people(recogniser: str) -> Iterator[Person]:
    """Render and describe one person after another. Raises WeightsUnavailable without the networks."""
    for one, other in PAIRS:
        frames = render(one, other)
        yield Person(f"{one} to {other}", _described(frames, ("mesh468", recogniser, "face-colour")), frames)


def _described(frames: np.ndarray, features: Sequence[str]) -> FaceFeatures:
    from benchmark.metrics.case_from_frames import case_from_frames

    return case_from_frames(features, output=frames, driver=frames).output


def clip_of(features: FaceFeatures, stations: np.ndarray) -> CaseFeatures:
    """A clip that shows in each of its seconds all poses at one station; its source is the first picture of all."""
    rows = (stations[:, None] * _RATE + np.arange(_RATE)).ravel()
    clip = FaceFeatures(
        features.landmarks_px[rows],
        tuple(features.reasons[row] for row in rows),
        {name: values[rows] for name, values in features.arrays.items()},
        times_s=np.arange(len(rows)) / _RATE,
    )
    return replace(case_of(clip, clip), source=clip_source(features))


def clip_source(features: FaceFeatures) -> FaceFeatures:
    """The first picture, as a source image."""
    arrays = {name: values[:1] for name, values in features.arrays.items()}
    return FaceFeatures(features.landmarks_px[:1], features.reasons[:1], arrays)


def _value(metric: str, case: CaseFeatures) -> float:
    score = score_case(metric, case)
    if score.value is None:
        raise ValueError(f"expected a value of {metric} but got none: {score.failures}")
    return score.value


def identity_figures(found: Sequence[Person], recogniser: str) -> list[Figure]:
    """Rank correlation of slope and worst second with how far the face goes, within and over all people."""
    slopes, worst, truth, lines = [], [], [], []
    for person in found:
        for share in _SHARES:
            stations = np.rint(np.linspace(0, share * (_STATIONS - 1), _SECONDS)).astype(int)
            case = clip_of(person.features, stations)
            slopes.append(_value(f"identity_slope[{recogniser}]", case))
            worst.append(_value(f"identity_worst[{recogniser}]", case))
            truth.append(share * 60 / _SECONDS)
    for metric, values in (("identity_slope", slopes), ("identity_worst", worst)):
        rows = np.array(values).reshape(len(found), -1)
        within = float(np.mean([rank_correlation(-row, _SHARES) for row in rows]))
        amounts = ", ".join(f"{share:g}: {mean:.3f}" for share, mean in zip(_SHARES, rows.mean(axis=0), strict=True))
        what = f"{metric}[{recogniser}]"
        lines.append(Figure(what, "way to another person, one person", within, len(_SHARES), 0.9, amounts))
        over = rank_correlation([-value for value in values], truth)
        lines.append(Figure(what, "way to another person, all people", over, len(values), None))
    return lines


def still_figures(found: Sequence[Person], recogniser: str, seconds: Sequence[int] = (2, 5, 10, 20)) -> list[Figure]:
    """How far slopes are from 0 where nothing was planted, by length: single frames in random order."""
    from benchmark.metrics.identity import cosine_similarity
    from benchmark.metrics.seconds import by_second, slope_per_minute

    lines = []
    for length in seconds:
        identity, light = [], []
        for person in found:
            rows = np.asarray(person.features.arrays[recogniser])[:_RATE]
            similar = cosine_similarity(rows, rows[0])
            lightness = np.asarray(person.features.arrays["face-colour"])[:_RATE, 0]
            for seed in range(50):
                order = np.random.default_rng(seed).integers(0, _RATE, length * _RATE)
                times = np.arange(length * _RATE) / _RATE
                identity.append(float(slope_per_minute(by_second(times, similar[order]))))
                light.append(float(slope_per_minute(by_second(times, lightness[order]))))
        for what, values in ((f"identity_slope[{recogniser}]", identity), ("brightness_drift", light)):
            text = f"spread of the slope of {length} s without drift"
            lines.append(Figure(what, text, float(np.std(values)), len(values), None, "standard deviation"))
    return lines


def light_figures(found: Sequence[Person]) -> list[Figure]:
    """Light that rises by a known number of stops, and light that turns warmer."""
    from benchmark.features.extractors.face_colour import face_colours

    lines = []
    for metric, tint in (("brightness_drift", (1.0, 1.0, 1.0)), ("colour_drift", (1.0, 0.0, -1.0))):
        values, within = [], []
        for person in found:
            frames, points = person.frames[:_RATE], person.features.landmarks_px[:_RATE]
            own = []
            for stops in _STOPS:
                gains = 2.0 ** (np.linspace(0, stops, _SECONDS)[:, None] * tint)
                rows = np.concatenate([face_colours(_lit(frames, gain), points) for gain in gains])
                own.append(_value(metric, _coloured(person, rows)))
            within.append(rank_correlation(own, _STOPS))
            values.append(own)
        means = np.mean(values, axis=0)
        amounts = ", ".join(f"{stops:g} stops: {mean:.2f}" for stops, mean in zip(_STOPS, means, strict=True))
        rho = float(np.mean(within))
        lines.append(Figure(metric, "planted change of light, one person", rho, len(_STOPS), 0.9, amounts))
        flat = [value for own in values for value in own]
        over = rank_correlation(flat, list(_STOPS) * len(values))
        lines.append(Figure(metric, "planted change of light, all people", over, len(flat), 0.9))
    return lines


def _lit(frames: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Frames whose light has these gains of R, G, B."""
    return np.clip(np.rint(255 * (frames / 255.0) * gain ** (1 / 2.4)), 0, 255).astype(np.uint8)


def _coloured(person: Person, rows: np.ndarray) -> CaseFeatures:
    poses = np.zeros(_SECONDS, int)
    case = clip_of(person.features, poses)
    arrays = {**case.output.arrays, "face-colour": rows.astype(np.float32)}
    return replace(case, output=replace(case.output, arrays=arrays))
