"""THEval's two measures of lips and voice, as its code has them and without its defects (Newbyl/THEval cfe23fe).

THEval asks Silero's voice detector where somebody speaks. Here silence is where the voice's level is 30 dB under its
loudest for 0.3 s or more, as in `silence_opening`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmark.features.lip_sync.loudness import RMS_STEP_S
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.known_answers import EXACT, NO_FACE, Expectation, Near, NoValue
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.silence import in_silence
from benchmark.metrics.theval_score import PLANTED, both_ways, theval_entry
from feed_dataset.core.faces.mesh_indices import LEFT_EYE_OUTER, RIGHT_EYE_OUTER

UPPER_LIP = (191, 80, 81, 82, 13, 312, 311, 310)
LOWER_LIP = (95, 88, 178, 87, 14, 317, 402, 318)
RIGHT_EYE, LEFT_EYE = (33, 133), (362, 263)  # corners
LEAST_SPEECH = 0.1  # of the frames
_FEWEST_FRAMES = 2
_RANGE_EPSILON = 1e-8  # THEval's
_STILL = 1e-4
"""Eye distances, a fiftieth of a pixel of a large face: a mouth that opens by less does not move."""


def silent_lips(case: CaseFeatures, video: FaceFeatures, *, corrected: bool) -> float | None:
    """How much the gap of the lips varies in silence: the median distance from its middle, in eye distances."""
    levels = case.sound.get("speech-envelope")
    if levels is None or video.times_s is None or video.frame_hw is None:
        return None
    seen = video.valid & in_silence(video.times_s, levels, margin_s=0.0)
    points = _points(video, corrected)[seen]
    if len(points) < _FEWEST_FRAMES:
        return None
    eyes = np.linalg.norm(points[:, RIGHT_EYE_OUTER] - points[:, LEFT_EYE_OUTER], axis=-1)
    apart = points[:, UPPER_LIP] - points[:, LOWER_LIP]
    gaps = (np.linalg.norm(apart, axis=-1) if corrected else np.abs(apart[..., 1])).mean(axis=1) / eyes
    middle = np.median(gaps) if corrected else gaps.mean()
    return float(np.median(np.abs(gaps - middle)))


def lips_and_loudness(case: CaseFeatures, video: FaceFeatures, *, corrected: bool) -> float | None:
    """Mean distance of the mouth's opening from the voice's loudness while somebody speaks, both from 0 to 1."""
    levels, rms = case.sound.get("speech-envelope"), case.sound.get("rms")
    if levels is None or rms is None or not len(rms) or video.times_s is None or video.frame_hw is None:
        return None
    speaks = ~in_silence(video.times_s, levels, margin_s=0.0)
    counts = speaks & video.valid
    if speaks.mean() < LEAST_SPEECH or counts.sum() < _FEWEST_FRAMES:
        return None
    points = _points(video, corrected)[counts]
    upper, lower, right, left = (points[:, group].mean(axis=1) for group in (UPPER_LIP, LOWER_LIP, RIGHT_EYE, LEFT_EYE))
    if corrected:
        opening = np.linalg.norm(upper - lower, axis=-1) / np.linalg.norm(right - left, axis=-1)
    else:
        opening = np.abs(upper - lower)[:, 1] / np.abs(right - left)[:, 0]
    if corrected and np.ptp(opening) < _STILL:
        return None
    loudness = np.interp(video.times_s[counts], RMS_STEP_S * np.arange(len(rms)), rms)
    return float(np.abs(_from_0_to_1(opening) - _from_0_to_1(loudness)).mean())


def _points(video: FaceFeatures, corrected: bool) -> np.ndarray:
    """Landmarks in the picture, float64 [T, 468, 2]: in px, or as THEval has them in shares of height and width."""
    points = video.landmarks_px[..., :2].astype(np.float64)
    if corrected or video.frame_hw is None:
        return points
    height, width = video.frame_hw
    return points / np.array([width, height])


def _from_0_to_1(values: np.ndarray) -> np.ndarray:
    return np.asarray((values - values.min()) / (values.max() - values.min() + _RANGE_EPSILON))


_SILENCE = "silence: the voice's level (300 to 3400 Hz) at least 30 dB under its loudest for 0.3 s or more"
_DETECTOR = "THEval asks Silero's voice detector, which hears a voice in noise: here noise is no silence."
_MESH = "468 landmarks of the followed face (THEval: MediaPipe's old tracker, which keeps its state from clip to clip)"
_MEASURES: tuple[tuple[str, str, Callable[..., float | None], str, str, str, tuple[Expectation, ...]], ...] = (
    (
        "theval_silence",
        "silent lips",
        silent_lips,
        "median over silent frames of `|g - c|`, g the mean gap of eight pairs of inner lip points over the distance of"
        f" the outer eye corners; {_SILENCE}",
        "g is the vertical part alone, in a picture that is squeezed to a square, and c its mean",
        "g is the distance in the picture as it is, and c its median",
        # The doctor's clips are too short to have a silence.
        (NoValue(on.TRUTH), NoValue(on.NO_SOUND), *NO_FACE),
    ),
    (
        "theval_sync",
        "lip sync",
        lips_and_loudness,
        "mean over frames in which somebody speaks of `|o - v|`, o the distance of the middles of both lips over that"
        " of both eyes, v the root mean square of 50 ms of sound at the frame, each from 0 (its least in these frames)"
        f" to 1 (its greatest); not silent, {_SILENCE}; speech in a tenth of the frames at least",
        "o is vertical over horizontal in shares of height and width, so that tilted heads and wide pictures have other"
        " values; a mouth that never moves has a number; and the channels of the frames are exchanged before landmarks"
        " are found, which is not done here",
        "o is made of distances in the picture, and a mouth that never moves has no number",
        (Near(on.TRUTH, 1.0, EXACT), NoValue(on.NO_SOUND), *NO_FACE),
    ),
)


def _entries(
    name: str,
    what: str,
    measure: Callable[..., float | None],
    formula: str,
    theval: str,
    corrected: str,
    answers: tuple[Expectation, ...],
) -> list[SetMetric]:
    return [
        theval_entry(
            way.id,
            way.title,
            partial(measure, corrected=way.mode == "corrected"),
            summary=f"{_SUMMARIES[name]}, after THEval, {way.mode}: 1 is as the true videos.",
            formula=f"{formula}; {way.what}",
            features=_FEATURES[name],
            preprocessing=_MESH,
            pitfalls=(way.pitfall, _DETECTOR, _PITFALLS[name], _VALIDATED[way.id]),
            answers=answers,
            needs=frozenset({"audio"}),
        )
        for way in both_ways(name, what, theval, corrected)
    ]


_SUMMARIES = {
    "theval_silence": "Whether the lips are as quiet in silence as in the true videos",
    "theval_sync": "Whether lips and loudness differ as much as in the true videos",
}
_FEATURES = {
    "theval_silence": ("mesh468", "speech-envelope"),
    "theval_sync": ("mesh468", "speech-envelope", "rms"),
}
_LAGS = (
    "Rank correlation with the lag of pictures behind their sound, up to 0.32 s, in rendered clips of speech: 0.825 in"
    " one clip, 0.79 over all; from 0.16 s on it falls no more."
)
_VALIDATED = {
    "theval_silence[theval]": f"{PLANTED} 0.975 in one person, 0.905 over all; where other parts move differently,"
    " too, 0.478 (on exact landmarks 0.963).",
    "theval_silence[corrected]": f"{PLANTED} 0.825 in one person, 0.837 over all; where other parts move differently,"
    " too, 0.435 (on exact landmarks 0.975).",
    "theval_sync[theval]": _LAGS,
    "theval_sync[corrected]": _LAGS,
}
_PITFALLS = {
    "theval_silence": "A mouth that stays open as wide as it likes is quiet: `silence_opening` asks whether it shuts.",
    "theval_sync": "Lips that follow the loudness better than people's do are as bad as lips that follow it worse.",
}
ENTRIES: tuple[SetMetric, ...] = tuple(entry for one in _MEASURES for entry in _entries(*one))
