"""When a speaking person blinks: a seeded process, to be added to any motion.

Rate: 10.5 to 32.5 a minute in conversation (Doughty 2001, 95 % of adults); the middle of it is the default. A lid
closes in about 0.07 s (search coils) to 0.1 s (Stern et al. 1984) and opens more slowly: closing is 40 to 47 % faster
(Sforza et al. 2008). The form of the distributions is ours. What closes the lids is the caller's: a coefficient of a
rendered head, or a direction of z.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.networks.errors import ModelError

PER_MINUTE = 21.5
_SPREAD = 0.7  # of the logarithm of the time between blinks: often short, now and then long
_LEAST_OPEN_S = 0.2
_CLOSING_S, _CLOSED_S, _OPENING_S = 0.085, 0.03, 0.12
_PACE_SPREAD = 0.15  # of the logarithm of how long a blink takes


@dataclass(frozen=True)
class Blink:
    """One blink, in seconds of the film."""

    start_s: float
    closed_s: float  # the lids have met
    opening_s: float  # they begin to part
    end_s: float


def check_blinking(seed: int, per_minute: float) -> None:
    """Raises ModelError unless `blink_times` takes both."""
    if seed < 0:
        raise ModelError(f"expected a seed of at least 0 but got {seed}")
    if not 0 < per_minute <= 60:
        raise ModelError(f"expected a rate from above 0 to 60 blinks a minute but got {per_minute}")


def blink_times(seed: int, duration_s: float, per_minute: float = PER_MINUTE) -> list[Blink]:
    """Blinks in the order of time; none begins before 0 or ends after `duration_s`.

    A longer duration with the same seed begins with the same blinks.

    Args:
        seed: at least 0.
        duration_s: at least 0.
        per_minute: mean rate, from above 0 to 60.

    Raises:
        ModelError: a number out of its range.
    """
    check_blinking(seed, per_minute)
    if not 0 <= duration_s < float("inf"):
        raise ModelError(f"expected a duration of at least 0 s but got {duration_s}")
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    open_s = 60 / per_minute - (_CLOSING_S + _CLOSED_S + _OPENING_S) * np.exp(_PACE_SPREAD**2 / 2)
    mean_more_s = open_s - _LEAST_OPEN_S
    blinks: list[Blink] = []
    end_s = -float(rng.uniform(0, open_s))  # a film begins somewhere between two blinks
    while True:
        more_s = mean_more_s * rng.lognormal(-(_SPREAD**2) / 2, _SPREAD)
        pace = rng.lognormal(0, _PACE_SPREAD)
        start_s = end_s + _LEAST_OPEN_S + more_s
        closed_s = start_s + pace * _CLOSING_S
        opening_s = closed_s + pace * _CLOSED_S
        end_s = opening_s + pace * _OPENING_S
        if end_s > duration_s:
            return blinks
        if start_s >= 0:
            blinks.append(Blink(start_s, closed_s, opening_s, end_s))


def lid_closure(
    blinks: list[Blink],
    times_s: np.ndarray,  # [T] of frames
) -> np.ndarray:  # float32 [T] from 0, open as without blinks, to 1, closed
    """How far blinks close the lids at the times of frames: smooth down, held, smooth up."""
    times_s = np.asarray(times_s, np.float64)
    closure = np.zeros(len(times_s))
    for blink in blinks:
        down = (times_s - blink.start_s) / (blink.closed_s - blink.start_s)
        up = (blink.end_s - times_s) / (blink.end_s - blink.opening_s)
        share = np.clip(np.minimum(down, up), 0, 1)
        closure = np.maximum(closure, share * share * (3 - 2 * share))
    return closure.astype(np.float32)


def with_blinks(
    values: np.ndarray,  # [T, K] coefficients or z of T frames
    closed: np.ndarray,  # [K] what is added to a frame whose lids a blink has closed
    closure: np.ndarray,  # [T] as `lid_closure` gives it
) -> np.ndarray:  # [T, K]
    """Blinks added to a motion."""
    if values.ndim != 2 or closed.shape != values.shape[1:] or closure.shape != values.shape[:1]:
        raise ModelError(
            f"expected values [T, K], closed [K] and closure [T] but got {list(values.shape)}, {list(closed.shape)} and"
            f" {list(closure.shape)}"
        )
    added: np.ndarray = values + closure[:, None] * closed
    return added
