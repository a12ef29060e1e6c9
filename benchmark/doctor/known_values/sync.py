"""Known values of lip sync: distances, correlations and their extremes, found again window by window."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.known_values.heads import case, template, video
from benchmark.doctor.known_values.value import EXACTLY, INDEPENDENT, KnownValue, of_case, of_function
from benchmark.features.types.case import CaseFeatures

_REACH = 15  # offsets either way
_LIP_PAIRS = ((80, 88), (81, 178), (82, 87), (13, 14), (312, 317), (311, 402), (310, 318))


def known_values() -> tuple[KnownValue, ...]:
    """SyncNet's numbers, those of the historical script, and the lag between mouth and voice."""
    return (*_syncnet(), *_legacy(), *_lag())


def _path(seed: int, rows: int, width: int = 6) -> np.ndarray:
    """Rows that wander: near ones are alike."""
    steps = np.random.default_rng(seed).normal(size=(rows, width))
    return np.asarray(np.cumsum(steps, axis=0) + 3.0)


def _syncnet() -> list[KnownValue]:
    """Sound before and after the picture; six windows lack a face, two frames are missing."""
    found = [*_by_offset(3.3), *_by_offset(-4.4), _beyond_the_search()]
    for metric in ("syncnet_confidence", "syncnet_distance", "syncnet_offset"):
        found.append(of_function(metric, "moments of 0.04 s at 30 and 24 frames/s", EXACTLY, _moments, 1.0))
    ends = "an extreme at an end stays there"
    return [*found, of_function("syncnet_offset", ends, EXACTLY, _at_ends, 0.0)]


def _by_offset(early_frames: float) -> list[KnownValue]:
    path = _path(1, 90)
    lip = path[20:74] + np.random.default_rng(2).normal(0, 0.4, (54, 6))
    at = np.maximum(np.arange(60) + early_frames, 0)
    sound = np.stack([np.interp(at, np.arange(70), path[20:90, one]) for one in range(6)], axis=1)
    lip[8:14] = np.nan
    mean = []
    for offset in range(-_REACH, _REACH + 1):
        pairs = [(i, i - offset) for i in range(54) if not 8 <= i < 14 and 0 <= i - offset < len(sound)]
        mean.append(np.mean([np.linalg.norm(np.float32(lip[i]) - np.float32(sound[j])) for i, j in pairs]))
    best = int(np.argmin(mean))
    expected = {
        "syncnet_confidence": np.median(mean) - mean[best],
        "syncnet_distance": mean[best],
        "syncnet_offset": best - _REACH + _vertex(mean[best - 1 : best + 2]),
    }
    # A window is five frames: without a face in frames 12 and 13, windows 8 to 13 cannot be.
    output = video(np.ones((58, 468, 3)), (12, 13), {"syncnet-lip": lip})
    where = _heard(output, 60, "syncnet-sound", sound)
    name = f"sound {early_frames:+g} frames early"
    return [_value(metric, name, where, value, scored=48, due=56) for metric, value in expected.items()]


def _beyond_the_search() -> KnownValue:
    """Sound that comes 16 frames after its picture: of 15 frames either way the last fits best."""
    path = _path(1, 90)
    output = video(np.ones((54, 468, 3)), (), {"syncnet-lip": path[_REACH + 1 : _REACH + 51]})
    where = _heard(output, 54, "syncnet-sound", path[:60])
    return of_case("syncnet_offset", "sound beyond the search", EXACTLY, where, None)


def _moments() -> float:
    """Share of what is right: which of twelve frames stand at moments of 0.04 s, at 30 and at 24 frames/s."""
    from benchmark.features.lip_sync.timing import frames_at_25

    fast, slow = (frames_at_25(0.5 + np.arange(12) / rate) for rate in (30, 24))
    right = fast.tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 10, 11], slow.tolist() == [*range(12), 11]
    return sum(right) / 2


def _at_ends() -> float:
    from benchmark.features.lip_sync.distances import parabola_vertex

    falling = np.array([3.0, 2.0, 1.0])
    return abs(parabola_vertex(falling, 2)) + abs(parabola_vertex(falling[::-1], 0))


def _legacy() -> list[KnownValue]:
    """Two tracks of which the second fits better; zeros stand where there is no sound."""
    path = _path(3, 120, width=9)
    sound = path[8:92]
    tracks = [(0, 0, _path(4, 30, width=9)), (1, 40, path[44:84])]  # four frames later than the sound
    rows = np.concatenate(
        [np.column_stack([np.full(len(lip), n), first + np.arange(len(lip)), lip]) for n, first, lip in tracks]
    )
    results = [_script(lip, sound[first:]) for _, first, lip in tracks]
    confidence, distance, offset, count = max(results)
    output = video(None, arrays={"syncnet-legacy": rows}, frames=90)
    where = _heard(output, 90, "syncnet-sound", sound)
    name = "two face tracks of which one fits"
    expected = {
        "syncnet_confidence[legacy]": confidence,
        "syncnet_distance[legacy]": distance,
        "syncnet_offset[legacy]": offset + 1.0,  # the script's own first step makes pictures a frame late
        "syncnet_offset[legacy-corrected]": float(offset),
    }
    return [_value(metric, name, where, value, scored=count, due=86) for metric, value in expected.items()]


def _script(lip: np.ndarray, sound: np.ndarray) -> tuple[float, float, int, int]:
    """Confidence, distance, offset and windows: all windows but the last, as the script counts them."""
    count = min(len(lip) - 1, len(sound))
    mean = []
    for shift in range(-_REACH, _REACH + 1):
        total = 0.0
        for i in range(count):
            other = np.float32(sound[i + shift]).astype(float) if 0 <= i + shift < count else np.zeros(lip.shape[1])
            total += float(np.linalg.norm(np.float32(lip[i]).astype(float) - other + 1e-6))
        mean.append(total / count)
    return float(np.median(mean)) - min(mean), min(mean), _REACH - int(np.argmin(mean)), count


def _lag() -> list[KnownValue]:
    """A mouth that follows the voice 0.07 s late, and does something of its own besides."""
    random, frames = np.random.default_rng(5), 80
    at = np.arange(frames) / 25
    voice = np.clip(0.5 + 0.5 * np.interp(np.arange(330) / 100, np.arange(34) / 10, random.normal(size=34)), 0, 1)
    opening = 0.1 + 0.3 * np.interp(at - 0.07, np.arange(330) / 100, voice) + 0.02 * random.random(frames)
    head = np.repeat(template()[0][None], frames, axis=0) * 80
    apart = np.linalg.norm(head[0, 33] - head[0, 263])
    for (upper, lower), share in zip(_LIP_PAIRS, np.linspace(0.4, 1.6, 7), strict=True):
        direction = random.normal(size=3)
        gap = (share * opening * apart)[:, None] * direction / np.linalg.norm(direction)
        head[:, upper] = head[:, lower] + gap
    head *= np.linspace(0.7, 1.4, frames)[:, None, None]  # nearer and nearer: the eyes are the unit
    missing = (30, 31)
    opening[list(missing)] = np.nan
    moving = np.interp(np.arange(int((frames - 1) * 4) + 1) / 100, at, opening)  # NaN beside frames that are missing
    bell = np.sin(np.pi * np.arange(1, 11) / 11) ** 2
    level = np.convolve(np.pad(voice.astype(np.float32).astype(float), (5, 4)), bell / bell.sum(), mode="valid")
    correlations = [_correlations(moving, [level], shift)[0] for shift in range(-60, 61)]
    best = int(np.argmax(correlations))
    lag_s = -(best - 60 + _vertex(correlations[best - 1 : best + 2])) / 100
    name, mouth = "a mouth that follows the voice 0.07 s late", video(head, missing)
    where = _heard(mouth, frames, "speech-envelope", voice)
    # Another voice: what is known is how often one in random order fits as well, and that there is no lag.
    other = np.clip(0.5 + 0.5 * np.interp(np.arange(330) / 100, np.arange(34) / 10, random.normal(size=34)), 0, 1)
    foreign = np.convolve(np.pad(other.astype(np.float32).astype(float), (5, 4)), bell / bell.sum(), mode="valid")
    greatest = max(_correlations(moving, [foreign], shift)[0] for shift in range(-60, 61))
    permuted = [
        np.convolve(np.pad(one.astype(np.float32).astype(float), (5, 4)), bell / bell.sum(), mode="valid")
        for one in _permuted(other)
    ]
    by_chance = np.max([_correlations(moving, permuted, shift) for shift in range(-60, 61)], axis=0)
    chance = (1 + sum(one >= greatest for one in by_chance)) / (1 + len(by_chance))
    elsewhere = _heard(mouth, frames, "speech-envelope", other)
    return [
        _value("av_lag[mesh468]", name, where, 25 * lag_s, scored=frames - 2, due=frames),
        _value("av_correlation[mesh468]", name, where, correlations[best], scored=frames - 2, due=frames),
        _value("av_by_chance[mesh468]", "another voice", elsewhere, np.mean(by_chance), scored=frames - 2, due=frames),
        _value("av_chance[mesh468]", "another voice", elsewhere, chance, scored=frames - 2, due=frames),
        of_case("av_lag[mesh468]", "another voice", EXACTLY, elsewhere, None),
        *_without_lag(head, voice),
        of_case("av_correlation[mesh468]", "another voice", EXACTLY, elsewhere, None),
    ]


def _without_lag(head: np.ndarray, voice: np.ndarray) -> list[KnownValue]:
    """A clip of 1.2 s leaves less than a second at the longest lags; a voice 0.6 s off is best at an end."""
    short = _heard(video(head[:30]), 30, "speech-envelope", voice[:120])
    found = [of_case("av_lag[mesh468]", "a clip of 1.2 s", EXACTLY, short, None)]
    for name, shift in (("late", -53), ("early", 67)):
        far = _heard(video(head), len(head), "speech-envelope", np.roll(voice, shift))
        found.append(of_case("av_lag[mesh468]", f"a mouth 0.6 s too {name}", EXACTLY, far, None))
    return found


def _correlations(moving: np.ndarray, levels: list[np.ndarray], shift: int) -> np.ndarray:
    """Of each level with the mouth, where both exist."""
    at = [n for n in range(len(moving)) if 0 <= n + shift < len(levels[0]) and np.isfinite(moving[n])]
    rows = np.array([moving[at], *(level[np.array(at) + shift] for level in levels)])
    return np.asarray(np.corrcoef(rows)[0, 1:])


def _permuted(sound: np.ndarray) -> list[np.ndarray]:
    """The sound 199 times: turned by a random amount, then its blocks of 0.3 s in random order."""
    random, found = np.random.default_rng(0), []
    for _ in range(199):
        start = len(sound) - int(random.integers(len(sound)))
        turned = np.array([sound[(start + n) % len(sound)] for n in range(len(sound))])
        cuts = range(0, len(sound), 30)
        found.append(np.concatenate([turned[30 * n : 30 * n + 30] for n in random.permutation(len(cuts))]))
    return found


def _value(metric: str, name: str, where: CaseFeatures, expected: float, scored: int, due: int) -> KnownValue:
    return of_case(metric, name, INDEPENDENT, where, float(expected), scored=scored, due=due, tolerance=1e-4)


def _heard(output: object, frames: int, feature: str, sound: np.ndarray) -> CaseFeatures:
    unlike = video(None, frames=frames)
    return case(output, unlike, sound={feature: sound.astype(np.float32)}, fps=25.0)  # type: ignore[arg-type]


def _vertex(three: object) -> float:
    """Where the parabola through values at -1, 0 and 1 has its extreme."""
    second, first, _ = np.polyfit([-1.0, 0.0, 1.0], np.asarray(three, float), 2)
    return float(-first / (2 * second))
