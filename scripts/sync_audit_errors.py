"""How often the sound audit of a take is right about offset and drift, and how often it believes unrelated sound.

    python -m scripts.sync_audit_errors [--seeds 20] [--seconds 170]    a table in Markdown; 1 where a floor is missed

A scene of noise in bursts is heard by two microphones with noise of their own; one starts half a second later and its
clock is slow by some millionths. Unrelated are two such scenes, and two of a hum at the same pitch.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from feed_dataset.cameras.audit import RELIABLE, audit_sync
from feed_dataset.core.media.audio import write_wave

RATE_HZ = 16_000
LATE_S = 0.5
DRIFTS_PPM = (0.0, 10.0, 20.0, 30.0, 50.0)
MOST_OFFSET_S, MOST_DRIFT_PPM = 1e-3, 2.0


def scene(seconds: float, seed: int) -> np.ndarray:
    """Noise in bursts, float64 [N]."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pitch = rng.uniform(1.5, 6.0, 2)
    loud = 0.05 + 0.3 * np.clip(np.sin(pitch[0] * times_s) + np.sin(pitch[1] * times_s), 0, None)
    found: np.ndarray = rng.standard_normal(len(times_s)) * loud
    return found


def hum(seconds: float, seed: int) -> np.ndarray:
    """A mains hum with noise, float64 [N]."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tones = sum(np.sin(2 * np.pi * 50 * k * times_s + rng.uniform(0, 6)) / k for k in range(1, 9))
    return np.asarray(0.2 * tones + rng.normal(0, 0.02, len(times_s)))


def heard(sound: np.ndarray, seconds: float, start_s: float, ppm: float, seed: int) -> np.ndarray:
    """What a microphone with noise of its own records from `start_s` on."""
    clock_s = start_s + np.arange(round(seconds * RATE_HZ)) / RATE_HZ * (1 + ppm * 1e-6)
    recorded = np.interp(clock_s, np.arange(len(sound)) / RATE_HZ, sound)
    return np.asarray(0.5 * (recorded + np.random.default_rng(seed).normal(0, 0.02, len(recorded))))


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a drift is missed or unrelated sound believed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="pairs of each kind (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=170.0, help="length of a take (default: %(default)s)")
    options = parser.parse_args(arguments)
    print("| sound | pairs | believed | worst offset, ms | worst drift, ppm | least confidence | greatest |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    missed = 0
    for ppm in DRIFTS_PPM:
        pairs = []
        for seed in range(options.seeds):
            sound = scene(options.seconds + 3, seed)
            late = heard(sound, options.seconds, 1.0 + LATE_S, ppm, 2 * seed + 1)
            pairs.append((heard(sound, options.seconds, 1.0, 0.0, 2 * seed), late))
        missed += _row(f"one scene, {ppm:g} ppm", pairs, ppm)
    strangers = [(scene(options.seconds, 2 * s), scene(options.seconds, 2 * s + 1)) for s in range(options.seeds)]
    missed += _row("two scenes", strangers, None)
    hums = [(hum(options.seconds, 2 * s), hum(options.seconds, 2 * s + 1)) for s in range(options.seeds)]
    missed += _row("two hums", hums, None)
    return 1 if missed else 0


def _row(name: str, pairs: list[tuple[np.ndarray, np.ndarray]], ppm: float | None) -> int:
    """Print a row; how many pairs came out wrong."""
    offsets, drifts, confidence = [], [], []
    for first, second in pairs:
        with tempfile.TemporaryDirectory() as folder:
            paths = {view: Path(folder) / f"{view}.wav" for view in "CL"}
            for path, samples in zip(paths.values(), (first, second), strict=True):
                write_wave(path, samples, RATE_HZ)
            audit = audit_sync(paths)
        confidence.append(audit.confidence["L"])
        offsets.append(abs(audit.offsets_s["L"] - LATE_S))
        drifts.append(abs(audit.drifts_ppm["L"] - (ppm or 0.0)))
    believed = sum(value >= RELIABLE for value in confidence)
    values = ["", ""] if ppm is None else [f"{1000 * max(offsets):.2f}", f"{max(drifts):.2f}"]
    cells = [name, str(len(pairs)), str(believed), *values, f"{min(confidence):.2f}", f"{max(confidence):.2f}"]
    print(f"| {' | '.join(cells)} |", flush=True)
    if ppm is None:
        return believed
    wrong = [
        c < RELIABLE or o > MOST_OFFSET_S or d > MOST_DRIFT_PPM
        for c, o, d in zip(confidence, offsets, drifts, strict=True)
    ]
    return sum(wrong)


if __name__ == "__main__":
    sys.exit(main())
