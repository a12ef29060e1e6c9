"""Known values of SyncNet's numbers: distances and their least, found again window by window."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.known_values.heads import case, video
from benchmark.doctor.known_values.value import EXACTLY, INDEPENDENT, KnownValue, of_case, of_function
from benchmark.features.types.case import CaseFeatures

REACH = 15  # offsets either way


def path_of(seed: int, rows: int, width: int = 6) -> np.ndarray:
    """Rows that wander: near ones are alike."""
    steps = np.random.default_rng(seed).normal(size=(rows, width))
    return np.asarray(np.cumsum(steps, axis=0) + 3.0)


def known_values() -> tuple[KnownValue, ...]:
    """Sound before and after the picture; six windows lack a face, two frames are missing."""
    found = [*_by_offset(3.3), *_by_offset(-4.4), *_beyond_the_search()]
    for metric in ("syncnet_confidence", "syncnet_distance", "syncnet_offset"):
        found.append(of_function(metric, "moments of 0.04 s at 30, 24 and 25 frames/s", EXACTLY, _moments, 1.0))
        found.append(of_function(metric, "why windows are not compared", EXACTLY, _lost_windows, 1.0))
    ends = "an extreme at an end stays there"
    return (*found, of_function("syncnet_offset", ends, EXACTLY, _at_ends, 0.0))


def _by_offset(early_frames: float) -> list[KnownValue]:
    path = path_of(1, 90)
    lip = path[20:74] + np.random.default_rng(2).normal(0, 0.4, (54, 6))
    at = np.maximum(np.arange(60) + early_frames, 0)
    sound = np.stack([np.interp(at, np.arange(70), path[20:90, one]) for one in range(6)], axis=1)
    lip[8:14] = np.nan
    mean = []
    for offset in range(-REACH, REACH + 1):
        pairs = [(i, i - offset) for i in range(54) if not 8 <= i < 14 and 0 <= i - offset < len(sound)]
        mean.append(np.mean([np.linalg.norm(np.float32(lip[i]) - np.float32(sound[j])) for i, j in pairs]))
    best = int(np.argmin(mean))
    expected = {
        "syncnet_confidence": np.median(mean) - mean[best],
        "syncnet_distance": mean[best],
        "syncnet_offset": best - REACH + vertex(mean[best - 1 : best + 2]),
    }
    # A window is five frames: without a face in frames 12 and 13, windows 8 to 13 cannot be.
    output = video(np.ones((58, 468, 3)), (12, 13), {"syncnet-lip": lip})
    where = heard(output, 60, "syncnet-sound", sound)
    name = f"sound {early_frames:+g} frames early"
    return [value_of(metric, name, where, value, scored=48, due=56) for metric, value in expected.items()]


def _beyond_the_search() -> list[KnownValue]:
    """Sound that comes 16 frames before or after its picture: of 15 frames either way the last fits best."""
    path, found = path_of(1, 90), []
    for name, lip, sound in (
        ("later", path[REACH + 1 : REACH + 51], path[:60]),
        ("earlier", path[:50], path[REACH + 1 : REACH + 61]),
    ):
        output = video(np.ones((54, 468, 3)), (), {"syncnet-lip": lip})
        where = heard(output, 54, "syncnet-sound", sound)
        found.append(of_case("syncnet_offset", f"sound {name} than is searched", EXACTLY, where, None))
    return found


def _moments() -> float:
    """Share of what is right: which of twelve frames stand at moments of 0.04 s, at three rates.

    At 25 frames/s the sum of times passes the last moment's end by rounding.
    """
    from benchmark.features.lip_sync.timing import frames_at_25

    fast, slow, same = (frames_at_25(0.4 + np.arange(12) / rate) for rate in (30, 24, 25))
    right = fast.tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 10, 11], slow.tolist() == [*range(12), 11]
    return sum((*right, same.tolist() == [*range(12)])) / 3


def _lost_windows() -> float:
    """Share of reasons that are counted right: a window of five frames lacks whichever of them has no face."""
    from benchmark.metrics.catalog import score_case

    path = path_of(6, 60)
    lip = path[:46].copy()
    lip[8:14] = np.nan
    lip[20] = np.nan  # although every frame of it has a face
    output = video(np.ones((50, 468, 3)), (12, 13), {"syncnet-lip": lip})
    found = dict(score_case("syncnet_distance", heard(output, 52, "syncnet-sound", path[:44])).failures)
    wanted = {"output: no face": 6, "output: features are not finite": 1, "output: frame missing": 2}
    return sum(found.get(reason) == count for reason, count in wanted.items()) / len(wanted)


def _at_ends() -> float:
    from benchmark.features.lip_sync.distances import parabola_vertex

    falling = np.array([3.0, 2.0, 1.0])
    return abs(parabola_vertex(falling, 2)) + abs(parabola_vertex(falling[::-1], 0))


def value_of(
    metric: str, name: str, where: CaseFeatures, expected: float, scored: int, due: int, tolerance: float = 1e-4
) -> KnownValue:
    return of_case(metric, name, INDEPENDENT, where, float(expected), scored=scored, due=due, tolerance=tolerance)


def heard(output: object, frames: int, feature: str, sound: np.ndarray) -> CaseFeatures:
    unlike = video(None, frames=frames)
    return case(output, unlike, sound={feature: sound.astype(np.float32)}, fps=25.0)  # type: ignore[arg-type]


def vertex(three: object) -> float:
    """Where the parabola through values at -1, 0 and 1 has its extreme."""
    second, first, _ = np.polyfit([-1.0, 0.0, 1.0], np.asarray(three, float), 2)
    return float(-first / (2 * second))
