"""Head motion without a frame-by-frame truth: how much, how wide, how it is spread over frequencies, on which beats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.features.lip_sync.loudness import RATE_HZ as LEVELS_HZ
from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.head_signal import (
    BANDS_HZ,
    FLOOR_DEG_S,
    MIN_BEAT_DEG,
    MIN_SPECTRUM_S,
    RATE_HZ,
    SPEED_STEP_S,
    Turning,
    band_speeds_deg_s,
    beats_s,
    peaks,
    spectrum_distance,
)
from benchmark.metrics.known_answers import EXACT, NO_FACE, Between, Expectation, Near, NoValue, Same, Worse
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, count_reasons, none_scored, unscored

KERNEL_S = 3 / 25
"""Width of a beat: 3 frames of 25 per second."""
_RISE_S = 0.05


def head_speed(case: CaseFeatures) -> CaseScore:
    """Mean angular speed of the output's head, degrees per second."""

    def value(output: Turning) -> float | str:
        speeds = output.speeds_deg_s
        return float(speeds.mean()) if len(speeds) else f"output: shorter than {SPEED_STEP_S:g} s"

    return _of_output(case, value)


def head_spread_deg(case: CaseFeatures) -> CaseScore:
    """Mean standard deviation over time of the output's yaw, pitch and roll."""
    return _of_output(case, lambda output: float(output.angles_deg.std(axis=0).mean()))


def head_spectrum(case: CaseFeatures) -> CaseScore:
    """Mean number of doublings between the head's speeds of output and driver in four octaves."""

    def value(output: Turning) -> float | str:
        driver = Turning.of(case.driver)
        if isinstance(driver, str):
            return f"driver: {driver}"
        sides = []
        for name, turning in (("output", output), ("driver", driver)):
            angles = turning.even_angles_deg
            if len(angles) < MIN_SPECTRUM_S * RATE_HZ:
                return f"{name}: shorter than {MIN_SPECTRUM_S:g} s"
            sides.append(band_speeds_deg_s(angles))
        return spectrum_distance(*sides)

    return _of_output(case, value)


def onsets_s(
    levels: np.ndarray,  # [N] of the voice in [0, 1], 100 times a second
) -> np.ndarray:
    """When the voice sets in: peaks of its rise over 50 ms above the mean rise, in seconds."""
    apart = round(_RISE_S * LEVELS_HZ)
    rise = np.maximum(levels[apart:].astype(np.float64) - levels[:-apart], 0.0)
    return (peaks(rise, float(rise.mean())) + apart / 2) / LEVELS_HZ


def beat_alignment(
    beats: np.ndarray,  # [M] seconds
    onsets: np.ndarray,  # [N] seconds, N > 0
) -> float:
    """Mean over beats of `exp(-d^2 / 2 s^2)`, d to the nearest onset, s = 0.12 s."""
    apart = np.abs(beats[:, None] - onsets).min(axis=1)
    return float(np.exp(-np.square(apart) / (2 * KERNEL_S**2)).mean())


def beat_alignment_error(case: CaseFeatures) -> CaseScore:
    """How far the alignment of the head's beats with the voice is from the reference's."""
    if case.reference is None:
        return unscored("no reference", len(case.driver))
    if case.no_sound is not None:
        return unscored(case.no_sound, len(case.driver))
    levels, reference = case.sound.get("speech-envelope"), case.reference
    if levels is None:
        return unscored("speech-envelope: not computed", len(case.driver))

    def value(output: Turning) -> float | str:
        truth = Turning.of(reference)
        if isinstance(truth, str):
            return f"reference: {truth}"
        onsets = onsets_s(levels)
        if not len(onsets):
            return "the voice has no onset"
        aligned = []
        for name, turning in (("output", output), ("reference", truth)):
            beats = beats_s(turning.even_angles_deg)
            if not len(beats):
                return f"{name}: the head has no beat"
            aligned.append(beat_alignment(beats + turning.times_s[0], onsets))
        return abs(aligned[0] - aligned[1])

    return _of_output(case, value)


def _of_output(case: CaseFeatures, value: Callable[[Turning], float | str]) -> CaseScore:
    """A number of the output's turning; frames without a face are left out of it and counted."""
    expected, output = len(case.driver), case.output
    if len(output) > expected:
        return unscored(f"output has more frames ({len(output)}) than driver ({expected})", expected)
    seen = output.valid
    failures = [None if ok else f"output: {output.why_not(frame)}" for frame, ok in enumerate(seen)]
    failures += ["output: frame missing"] * (expected - len(output))
    turning = Turning.of(output)
    found = f"output: {turning}" if isinstance(turning, str) else value(turning)
    if isinstance(found, str):
        return none_scored(failures, found)
    return CaseScore(found, expected, int(seen.sum()), count_reasons(failures))


_OCTAVES = ", ".join(f"{low:g} to {high:g}" for low, high in BANDS_HZ)
_NOT_PEOPLE = "Not validated against people."
_NO_DIRECTION = "Neither more nor less is better: read it beside the ground truth's."
_PREPROCESSING = "468 landmarks; weighted similarity fit of a template face (core.faces.geometry.head_rotation)"


def _card(name: str, title: str, unit: str, better: bool | None, **more: object) -> MetricCard:
    given: dict[str, object] = {
        "level": "case",
        "needs": frozenset(),
        "features": ("mesh468",),
        "value_range": (0.0, None),
        "preprocessing": _PREPROCESSING,
        **more,
    }
    return MetricCard(id=f"{name}[mesh468]", title=title, unit=unit, higher_is_better=better, **given)  # type: ignore[arg-type]


_SPEED = _card(
    "head_speed",
    "Head speed",
    "deg/s",
    None,
    summary=f"How fast the head turns on average. {_NO_DIRECTION}",
    definition="Mean over frames of the angle between the head's rotations in a frame and in the first one at least"
    f" {SPEED_STEP_S:g} s later, over the time between them.",
    pitfalls=(
        "Landmarks that expressions pull at turn the fit: a head at rest that speaks gets several degrees per second.",
        f"{_NOT_PEOPLE} Against the known turning of rendered heads: at the top of its page.",
    ),
    source="amount of head motion, asked for; this project",
)
_SPREAD = _card(
    "head_spread_deg",
    "Head spread",
    "deg",
    None,
    summary=f"How widely the head turns in a clip: what others print as diversity of head motion. {_NO_DIRECTION}",
    definition="Mean over yaw, pitch and roll of their standard deviation over the frames of the output, degrees.",
    pitfalls=(
        "A head that drifts slowly to one side is as wide as one that nods.",
        "Diversity over several outputs of one case (seeds) is another thing: head_diversity_deg.",
        f"{_NOT_PEOPLE} Against the known turning of rendered heads: at the top of its page.",
    ),
    source="head motion diversity of KDTalker (Yang et al. 2025), who read the angles with Hopenet",
)
_SPECTRUM = _card(
    "head_spectrum",
    "Head spectrum",
    "doublings",
    False,
    summary="How far the head's motion differs from the driver's in slow and fast motion, whenever it happens: 1 is"
    " twice or half the speed in every octave.",
    definition="Angles 25 times a second (linear between frames), their change per second; a Hann window over the"
    f" clip; root mean square s of yaw, pitch and roll in the octaves {_OCTAVES} Hz, degrees per second. The value is"
    f" the mean over octaves and angles of `|log2((s_out + {FLOOR_DEG_S:g}) / (s_drv + {FLOOR_DEG_S:g}))|`. Not scored"
    f" under {MIN_SPECTRUM_S:g} s.",
    pitfalls=(
        "It does not ask when the head moves: pose_error_deg does.",
        "In a clip of 2 s the lowest octave is one frequency.",
        "Frames without a face are bridged by straight lines, which takes fast motion away: two of 60 are worth 0.1.",
        f"{_NOT_PEOPLE} Against spectra of the known turning of rendered heads: at the top of its page.",
    ),
    source="this project",
)
_BEATS = _card(
    "beat_alignment_error",
    "Beat alignment error",
    "",
    False,
    needs=frozenset({"reference", "audio"}),
    features=("mesh468", "speech-envelope"),
    value_range=(0.0, 1.0),
    summary="Whether the head beats with the voice as much as the reference's does: distance between both alignments.",
    definition="Head beats: peaks of the length of the acceleration of yaw, pitch, roll (25 Hz, Gaussian of 2 frames)"
    f" above its median and {MIN_BEAT_DEG:g} degrees per frame and frame. Onsets: peaks above the mean of the rise of"
    " the voice's level over 50 ms. Alignment: mean over beats of `exp(-d^2 / 2 s^2)`, d to the nearest onset, s = 0.12"
    " s. The value is the absolute difference of the alignment of output and reference.",
    pitfalls=(
        "Alignment itself is no merit: generated heads align more than real ones (talking-head-metrics, 11 of 12"
        " variants), so that only the distance to the reference's says something.",
        "Sentences of a second or two have a few beats: average over many clips.",
        f"{_NOT_PEOPLE} Against known lags of rendered heads in a voice that rises with their beats: at the top of its"
        " page.",
    ),
    source="PBAS (nachovigilante/talking-head-metrics), its form of acceleration and onset, as distance to the"
    " reference; onsets are of our level of the voice",
)
_RAW: tuple[Expectation, ...] = (Near(on.STILL, 0.0, 1e-3), *NO_FACE)
ENTRIES: tuple[CaseMetric, ...] = (
    CaseMetric(_SPEED, head_speed, (*_RAW, Between(on.TRUTH, 2.0, 200.0), Same(on.MIRRORED, 5.0))),
    CaseMetric(_SPREAD, head_spread_deg, (*_RAW, Between(on.TRUTH, 0.5, 60.0), Same(on.SHUFFLED, 0.5))),
    CaseMetric(_SPECTRUM, head_spectrum, (Near(on.TRUTH, 0.0, EXACT), Worse(on.STILL), Worse(on.SHUFFLED), *NO_FACE)),
    CaseMetric(
        _BEATS, beat_alignment_error, (Near(on.TRUTH, 0.0, EXACT), NoValue(on.STILL), NoValue(on.NO_SOUND), *NO_FACE)
    ),
)
