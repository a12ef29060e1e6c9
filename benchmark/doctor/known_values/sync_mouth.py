"""Known values of the lag between mouth and voice: correlations moment by moment, and what permuted voices give."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.known_values.heads import LIP_PAIRS, template, video
from benchmark.doctor.known_values.strangers import in_random_order, with_random_phases
from benchmark.doctor.known_values.sync import heard, value_of, vertex
from benchmark.doctor.known_values.value import EXACTLY, KnownValue, of_case


def known_values() -> tuple[KnownValue, ...]:
    """A mouth that follows the voice 0.07 s late, and does something of its own besides."""
    random, frames = np.random.default_rng(5), 59  # 2.32 s, which sums of times reach only nearly
    at = np.arange(frames) / 25
    voice = np.clip(0.5 + 0.5 * np.interp(np.arange(330) / 100, np.arange(34) / 10, random.normal(size=34)), 0, 1)
    opening = 0.1 + 0.3 * np.interp(at - 0.07, np.arange(330) / 100, voice) + 0.02 * random.random(frames)
    head = np.repeat(template()[0][None], frames, axis=0) * 80
    head += random.normal(0, 30, (frames, 1, 3)) + random.normal(0, 3, head.shape)  # no two frames are alike
    apart = np.linalg.norm(head[:, 33] - head[:, 263], axis=1)
    for (upper, lower), share in zip(LIP_PAIRS, np.linspace(0.4, 1.6, 7), strict=True):
        direction = random.normal(size=3)
        gap = (share * opening * apart)[:, None] * direction / np.linalg.norm(direction)
        head[:, upper] = head[:, lower] + gap
    head *= np.linspace(0.7, 1.4, frames)[:, None, None]  # nearer and nearer: the eyes are the unit
    shortest = _shortest(np.interp(np.arange(161) / 100, at, opening), head[:41], voice[:160])
    missing = (26, 27, 30, 31)  # between frames whose times are rounded down, and up
    opening[list(missing)] = np.nan
    moving = np.interp(np.arange(int((frames - 1) * 4) + 1) / 100, at, opening)  # NaN beside frames that are missing
    level = _softened(voice)
    correlations = [_correlations(moving, level[None], shift)[0] for shift in range(-60, 61)]
    best = int(np.argmax(correlations))
    lag_s = -(best - 60 + vertex(correlations[best - 1 : best + 2])) / 100
    name, mouth = "a mouth that follows the voice 0.07 s late", video(head, missing)
    where = heard(mouth, frames, "speech-envelope", voice)
    # Another voice: what is known is how often one in random order fits as well, and that there is no lag.
    other = np.clip(0.5 + 0.5 * np.interp(np.arange(330) / 100, np.arange(34) / 10, random.normal(size=34)), 0, 1)
    other = 0.7 * other + 0.3 * voice  # not quite another one: some strangers fit better, some do not
    permuted = np.array([_softened(one) for one in in_random_order(other, 30)])
    by_chance = np.max([_correlations(moving, permuted, shift) for shift in range(-60, 61)], axis=0)
    drawn = np.array(with_random_phases(_softened(other)))
    likelihood = max(_share(moving, _softened(other), kind) for kind in (permuted, drawn))
    elsewhere = heard(mouth, frames, "speech-envelope", other)
    scored = frames - len(missing)
    return (
        value_of("av_lag[mesh468]", name, where, 25 * lag_s, scored, frames),
        value_of("av_correlation[mesh468]", name, where, correlations[best], scored, frames),
        value_of("av_by_chance[mesh468]", "another voice", elsewhere, by_chance.mean(), scored, frames, tolerance=1e-6),
        value_of("av_chance[mesh468]", "another voice", elsewhere, likelihood, scored, frames),
        of_case("av_lag[mesh468]", "another voice", EXACTLY, elsewhere, None),
        *_without_lag(head, voice),
        shortest,
        of_case("av_correlation[mesh468]", "another voice", EXACTLY, elsewhere, None),
    )


def _shortest(moving: np.ndarray, head: np.ndarray, voice: np.ndarray) -> KnownValue:
    """41 frames, of which the longest lags leave just a second that both have."""
    bell = np.sin(np.pi * np.arange(1, 11) / 11) ** 2
    level = np.convolve(np.pad(voice.astype(np.float32).astype(float), (5, 4)), bell / bell.sum(), mode="valid")
    greatest = max(_correlations(moving, level[None], shift)[0] for shift in range(-60, 61))
    short = heard(video(head), len(head), "speech-envelope", voice)
    return value_of("av_correlation[mesh468]", "a second at the longest lag", short, greatest, len(head), len(head))


def _without_lag(head: np.ndarray, voice: np.ndarray) -> list[KnownValue]:
    """A clip of 1.2 s leaves less than a second at the longest lags; a voice 0.6 s off is best at an end."""
    short = heard(video(head[:30]), 30, "speech-envelope", voice[:120])
    found = [of_case("av_lag[mesh468]", "a clip of 1.2 s", EXACTLY, short, None)]
    for name, shift in (("late", -53), ("early", 67)):
        far = heard(video(head), len(head), "speech-envelope", np.roll(voice, shift))
        found.append(of_case("av_lag[mesh468]", f"a mouth 0.6 s too {name}", EXACTLY, far, None))
    return found


def _correlations(moving: np.ndarray, levels: np.ndarray, shift: int) -> np.ndarray:
    """Of each level with the mouth, where both exist."""
    at = np.arange(max(0, -shift), min(len(moving), levels.shape[1] - shift))
    at = at[np.isfinite(moving[at])]
    rows = np.concatenate([moving[at][None], levels[:, at + shift]])
    rows -= rows.mean(axis=1, keepdims=True)
    return np.asarray(rows[1:] @ rows[0] / np.sqrt((rows[1:] ** 2).sum(axis=1) * (rows[0] ** 2).sum()))


def _softened(sound: np.ndarray) -> np.ndarray:
    """The mean over a tenth of a second, its ends counting less."""
    bell = np.sin(np.pi * np.arange(1, 11) / 11) ** 2
    return np.convolve(np.pad(sound.astype(np.float32).astype(float), (5, 4)), bell / bell.sum(), mode="valid")


def _share(moving: np.ndarray, level: np.ndarray, others: np.ndarray) -> float:
    """Of searches in the level and in others that find as much as in the level; long overlaps count more."""
    levels = np.concatenate([level[None], others])
    found = np.array(
        [_correlations(moving, levels, shift) * np.sqrt(1 - abs(shift) / len(moving)) for shift in range(-60, 61)]
    ).max(axis=0)
    return float(np.mean(found >= found[0]))
