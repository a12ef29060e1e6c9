"""Whether the mouth stays shut when nobody speaks: its opening in silent stretches against the true clip's."""

from __future__ import annotations

import numpy as np

from benchmark.features.lip_sync.loudness import RATE_HZ
from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.frame_pairs import pair_landmarks
from benchmark.metrics.known_answers import NO_FACE, NoValue
from benchmark.metrics.landmark_sets import MESH468
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, count_reasons, none_scored, unscored
from benchmark.metrics.sync_mouth import mouth_opening

QUIET = 0.25
"""Level of the voice, of 1 at its loudest and 0 at 40 dB under it: under this it is silent (30 dB)."""
MIN_SILENCE_S = 0.3
MARGIN_S = 0.1
"""Of a silence at either end: mouths open before a sound and shut after it."""
_PERCENT = 100.0
_SAME = 1e-6  # seconds: times are rounded


def silences_s(
    levels: np.ndarray,  # [N] of the voice in [0, 1], 100 times a second
    margin_s: float = MARGIN_S,
) -> np.ndarray:
    """(begin, end) of the silences of at least 0.3 s, less a margin at both ends, float64 [M, 2] seconds."""
    quiet = np.concatenate([[False], levels < QUIET, [False]])
    edges = np.flatnonzero(quiet[1:] != quiet[:-1]).reshape(-1, 2) / RATE_HZ
    long = edges[edges[:, 1] - edges[:, 0] >= MIN_SILENCE_S - _SAME]
    return np.stack([long[:, 0] + margin_s, long[:, 1] - margin_s], axis=1)


def in_silence(
    times_s: np.ndarray,  # [T]
    levels: np.ndarray,  # [N]
    margin_s: float = MARGIN_S,
) -> np.ndarray:
    """Whether a frame is shown inside one of the silences, bool [T]."""
    stretches = silences_s(levels, margin_s)
    begun, not_over = times_s[:, None] >= stretches[:, 0] - _SAME, times_s[:, None] <= stretches[:, 1] + _SAME
    inside: np.ndarray = np.any(begun & not_over, axis=1)
    return inside


def silence_opening(case: CaseFeatures) -> CaseScore:
    """Mean opening of the mouth beyond the reference's in silent frames, percent of an eye distance."""
    paired = pair_landmarks(case, MESH468, against="reference")
    if isinstance(paired, CaseScore):
        return paired
    reference = case.reference
    if case.no_sound is not None:
        return none_scored(paired.failures, case.no_sound)
    levels = case.sound.get("speech-envelope")
    if levels is None or reference is None or reference.times_s is None:
        what = "speech-envelope: not computed" if levels is None else "times of frames are not known"
        return unscored(what, len(paired.failures))
    silent = in_silence(reference.times_s, levels)
    if not silent.any():
        return none_scored(paired.failures, f"no silence of {MIN_SILENCE_S:g} s")
    failures = [reason for reason, counts in zip(paired.failures, silent, strict=True) if counts]
    output, truth = (mouth_opening(points)[silent & paired.usable] for points in (paired.output, paired.other))
    if not len(output):
        return CaseScore(None, len(failures), 0, count_reasons(failures))
    beyond = np.maximum(output - truth, 0.0)
    return CaseScore(_PERCENT * float(beyond.mean()), len(failures), len(beyond), count_reasons(failures))


_CARD = MetricCard(
    id="silence_opening[mesh468]",
    title="Open in silence",
    unit="% of eye distance",
    higher_is_better=False,
    level="case",
    needs=frozenset({"reference", "audio"}),
    features=("mesh468", "speech-envelope"),
    summary="How far the mouth is open in silence beyond what the true clip's is: it talks on, or never shuts.",
    definition="Silence: the voice's level (300 to 3400 Hz) at least 30 dB under its loudest for 0.3 s or more, less"
    " 0.1 s at both ends. Opening: mean distance of seven pairs of inner lip points over the distance of the outer eye"
    " corners. The value is 100 times the mean over silent frames of `max(0, a_out - a_ref)`.",
    value_range=(0.0, None),
    preprocessing="None besides the landmarks'.",
    pitfalls=(
        "A mouth that is shut tighter than the true one counts as right.",
        "Another person's lips rest differently: only self-reenactment and the true clip's voice are scored.",
        "Music and noise are no silence: clips with them have no value.",
        "Not validated against people. Against openings planted into rendered silence: at the top of its page.",
    ),
    source="silent lip stability (THEval) and LipLeak (KeySync 2025) asked for; this project",
)
ENTRIES: tuple[CaseMetric, ...] = (
    # The doctor's clips are too short to have a silence.
    CaseMetric(_CARD, silence_opening, (NoValue(on.TRUTH), NoValue(on.NO_SOUND), *NO_FACE)),
)
