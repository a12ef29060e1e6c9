"""From the features of one case to its lip sync: which windows are due, which count, and why the rest do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.features.lip_sync.distances import VSHIFT, SyncResult, summarise_sync, sync_distances, too_short
from benchmark.features.lip_sync.legacy_scores import LegacyResult, score_tracks
from benchmark.features.lip_sync.legacy_shift import late_frames
from benchmark.features.lip_sync.timing import MIN_FPS, frames_at_25
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.known_answers import NoValue, Shifted
from benchmark.metrics.scores import CaseScore, count_reasons, none_scored, unscored
from benchmark.metrics.sync_mouth import LagResult, find_lag, mouth_opening

WINDOW_FRAMES = 5
NO_VALUE_ANSWERS = (NoValue(on.BLACK), NoValue(on.NO_SOUND))
SHIFT_ANSWERS = (
    Shifted(on.SOUND_LATER, -on.SOUND_SHIFT_FRAMES, tolerance=1.0),
    Shifted(on.SOUND_EARLIER, on.SOUND_SHIFT_FRAMES, tolerance=1.0),
)
"""The sign: a positive offset says that the sound comes before the picture."""
DELAY_ANSWER = Shifted(on.DELAYED, on.DELAY_FRAMES, tolerance=1.0)

_NO_TRACK = "no face track of more than 100 frames, as the historical procedure demands"
_NO_TIMES = "frame times not known"


def _frames_due(case: CaseFeatures) -> int:
    """As many as the clip has that the sound was recorded with: the reference, else the driver."""
    return len(case.driver if case.reference is None else case.reference)


def offset_or_why_not(offset_frames: float) -> float | str:
    """An offset within the search; what fits best at its end may fit better beyond."""
    return (
        offset_frames if abs(offset_frames) < VSHIFT else f"the best offset is the end of the search, {VSHIFT} frames"
    )


def syncnet_score(case: CaseFeatures, value: Callable[[SyncResult], float | str]) -> CaseScore:
    """One number of `summarise_sync`, counted in windows of five frames at 25 per second; a text says why there is
    none."""
    windows = _windows_due(case)
    reason = _no_sound(case, "syncnet-sound") or _bad_times(case)
    rows = case.output.array("syncnet-lip")
    if reason is not None or rows is None:
        return unscored(reason or "output: no SyncNet features", windows)
    distances = sync_distances(rows, case.sound["syncnet-sound"])
    failures = _missing_windows(case.output, rows, np.isfinite(distances).any(axis=1), windows)
    why = too_short(distances)
    if why is not None:
        return none_scored(failures, why)
    result = summarise_sync(distances)
    answer = value(result)
    if isinstance(answer, str):
        return none_scored(failures, answer)
    return CaseScore(answer, windows, min(result.n_windows, windows), count_reasons(failures))


def legacy_score(case: CaseFeatures, value: Callable[[LegacyResult], float | str]) -> CaseScore:
    """One number of the historical procedure, of the face track with the highest confidence; a text says why there is
    none."""
    found = _legacy(case)
    return found if isinstance(found, CaseScore) else _legacy_value(case, found, value(found))


def legacy_offset(case: CaseFeatures) -> CaseScore:
    """The offset that the historical script prints, its pictures moved by its own first step."""
    found = _legacy(case)
    if isinstance(found, CaseScore) or case.output.times_s is None:
        return found if isinstance(found, CaseScore) else unscored(_NO_TIMES, _windows_due(case))
    late = late_frames(case.output.times_s)
    offset = offset_or_why_not(found.offset_frames)
    if isinstance(offset, str):
        return unscored(offset, _windows_due(case))
    if isinstance(late, int) and found.offset_frames + late > VSHIFT:
        late = f"out of the script's search of {VSHIFT} frames once its pictures are {late} late"
    if isinstance(late, str):
        return unscored(late, _windows_due(case))
    return _legacy_value(case, found, float(offset + late))


def _legacy(case: CaseFeatures) -> LegacyResult | CaseScore:
    """The best track, or the score of a case without one."""
    windows = _windows_due(case)
    reason = _no_sound(case, "syncnet-sound") or _bad_times(case)
    rows = case.output.array("syncnet-legacy")
    if reason is not None or rows is None:
        return unscored(reason or "output: no features of the historical procedure", windows)
    sound = case.sound["syncnet-sound"]
    if not (np.isfinite(rows).all() and np.isfinite(sound).all()):
        return unscored("output: features are not finite", windows)
    results = score_tracks(rows, sound)
    if not results:
        return unscored(f"output: {_NO_TRACK}", windows)
    return max(results, key=lambda result: result.confidence)


def _legacy_value(case: CaseFeatures, best: LegacyResult, value: float | str) -> CaseScore:
    windows = _windows_due(case)
    if isinstance(value, str):
        return unscored(value, windows)
    left_out = max(0, windows - best.n_windows)
    failures = (("output: left out by the historical procedure", left_out),) if left_out else ()
    return CaseScore(value, windows, windows - left_out, failures)


def lag_score(case: CaseFeatures, value: Callable[[LagResult], float | str]) -> CaseScore:
    """One number of `find_lag`, counted in frames; a text says why there is none."""
    expected = _frames_due(case)
    reason = _no_sound(case, "speech-envelope") or _bad_times(case)
    if reason is not None or case.output.times_s is None:
        return unscored(reason or _NO_TIMES, expected)
    valid = case.output.valid
    failures = [None if ok else f"output: {case.output.why_not(i)}" for i, ok in enumerate(valid)]
    failures = failures[:expected] + ["output: frame missing"] * (expected - len(valid))
    opening = np.where(valid, mouth_opening(case.output.landmarks_px), np.nan)
    found = find_lag(opening, case.output.times_s, case.sound["speech-envelope"])
    answer = found if isinstance(found, str) else value(found)
    if isinstance(answer, str):
        return CaseScore(None, expected, 0, count_reasons([failure or answer for failure in failures]))
    scored = sum(failure is None for failure in failures)
    return CaseScore(answer, expected, scored, count_reasons(failures))


def _no_sound(case: CaseFeatures, feature: str) -> str | None:
    if case.no_sound is not None:
        return f"no sound: {case.no_sound}"
    return None if feature in case.sound else "no sound"


def _bad_times(case: CaseFeatures) -> str | None:
    if case.fps is None or case.output.times_s is None:
        return _NO_TIMES
    return None if case.fps >= MIN_FPS else f"{case.fps:.3g} frames per second: lip sync needs {MIN_FPS} or more"


def _windows_due(case: CaseFeatures) -> int:
    due = case.driver if case.reference is None else case.reference
    moments = len(due) if due.times_s is None else len(frames_at_25(due.times_s))
    return max(0, moments - WINDOW_FRAMES + 1)


def _missing_windows(output: FaceFeatures, rows: np.ndarray, compared: np.ndarray, windows: int) -> list[str | None]:
    """Per window that is due why it is not scored, None where it is."""
    frames = np.zeros(0, np.int64) if output.times_s is None else frames_at_25(output.times_s)
    failures: list[str | None] = []
    for window in range(windows):
        if window >= len(rows):
            failures.append("output: frame missing")
        elif not np.isfinite(rows[window]).all():
            missing = [f for f in frames[window : window + WINDOW_FRAMES] if not output.valid[f]]
            why = output.why_not(int(missing[0])) if missing else "features are not finite"
            failures.append(f"output: {why}")
        else:
            failures.append(None if compared[window] else "no sound at that time")
    return failures
