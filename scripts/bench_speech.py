"""What speech features cost, and how far they depend on where windows stand: the figures of docs/speech.md.

    python -m scripts.bench_speech                  # speed beside transformers' own pipeline, on one core
    python -m scripts.bench_speech --windows        # the table of window lengths (minutes)
    python -m scripts.bench_speech --minutes 30     # a long sound from a file: memory, rows

Needs the extra "speech" and the weights of whisper-tiny-en. The sound is speech rendered by this project, whose mouth
is known. Times are CPU seconds of one thread, the least of the repetitions, ours and theirs in turn.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from feed_dataset.core.media.audio import write_wave
from feed_dataset.synthetic.motion.speech import mouth_coefficients, speak
from model.speech.features import Encoder, frame_times, speech_features, stream_features
from model.speech.mel import SAMPLE_RATE_HZ
from model.speech.samples import end_s, sound_in
from model.speech.whisper import EMBEDDED, load_whisper
from model.speech.windows import Windows

FPS = 25.0
TARGET = 10.0
"""Times faster than the sound plays."""
SETTINGS = (Windows(30.0, 30.0), Windows(30.0, 15.0), Windows(10.0, 5.0), Windows(4.0, 0.8), Windows(3.0, 0.6))
MOVES_S = (0.1, 0.3, 7.1)
_SENTENCES_S = 10.0
_MOUTH = ("jawOpen", "mouthFunnel", "mouthPucker", "mouthClose", "mouthStretchLeft", "mouthSmileLeft")
_RIDGE = 100.0


class Speech(NamedTuple):
    """Rendered sentences one after the other."""

    samples: np.ndarray  # float32 [S] at 16 kHz
    mouth: np.ndarray  # float64 [T, 6] at FPS

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ


def rendered(seconds: float, seed: int) -> Speech:
    """Voices of several pitches and levels, with some noise."""
    rng = np.random.default_rng(seed)
    samples, mouth = [], []
    for _ in range(round(seconds / _SENTENCES_S)):
        utterance = speak(rng, _SENTENCES_S, pitch_hz=float(rng.uniform(90, 230)))
        hiss = 10 ** rng.uniform(-4, -2) * rng.standard_normal(len(utterance.samples))
        samples.append(rng.uniform(0.3, 1.0) * utterance.samples + hiss)
        shapes = mouth_coefficients(utterance, frame_times(_SENTENCES_S, FPS))
        mouth.append([[shape.get(name, 0.0) for name in _MOUTH] for shape in shapes])
    return Speech(np.concatenate(samples).astype(np.float32), np.concatenate(mouth))


def cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def speed(seconds: float, repeat: int) -> bool:
    """Print the cost of a second of sound, ours and the reference's; whether the target is met."""
    from transformers import WhisperFeatureExtractor

    speech = rendered(seconds, 0)
    encoder, reference, extractor = load_whisper(), load_whisper(windows=SETTINGS[0]), WhisperFeatureExtractor()
    piece = 30 * SAMPLE_RATE_HZ

    def theirs() -> None:
        for place in range(0, len(speech.samples), piece):
            mel = extractor(
                speech.samples[place : place + piece], sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt"
            ).input_features
            with torch.inference_mode():
                reference.network(mel)

    times_s = frame_times(speech.seconds, FPS)
    work = {
        f"{encoder.windows}": lambda: speech_features(speech.samples, 0.0, times_s, encoder),
        "30 s side by side": lambda: speech_features(speech.samples, 0.0, times_s, reference),
        "transformers, 30 s side by side": theirs,
    }
    best = dict.fromkeys(work, float("inf"))
    for _ in range(repeat):
        for name, function in work.items():
            best[name] = min(best[name], cpu_s(function) / speech.seconds)
    for name, found in best.items():
        print(f"{name:34} {1000 * found:7.1f} ms per second of sound, {1 / found:6.1f} x real time")
    fast = 1 / next(iter(best.values()))
    print(f"target: {TARGET:g} x real time: {'met' if fast >= TARGET else 'MISSED'}")
    return fast >= TARGET


def moved(speech: Speech, encoder: Encoder) -> float:
    """How far features change when the sound is moved against the windows: the worst of MOVES_S.

    Root mean square over frames and channels, each channel in units of its standard deviation.
    """
    times_s = frame_times(speech.seconds, FPS)
    there = speech_features(speech.samples, 0.0, times_s, encoder)
    found = []
    for move_s in MOVES_S:
        elsewhere = speech_features(speech.samples, move_s, times_s + move_s, encoder)
        found.append(float(((elsewhere - there) / there.std(0)).square().mean().sqrt()))
    return max(found)


def mouth_read(learnt: Speech, tested: Speech, encoder: Encoder) -> tuple[float, float]:
    """(share of the mouth's variance that a linear reading explains, its change under a move) on other voices."""
    first, other = (speech_features(s.samples, 0.0, frame_times(s.seconds, FPS), encoder) for s in (learnt, tested))
    times_s = frame_times(tested.seconds, FPS)
    elsewhere = speech_features(tested.samples, MOVES_S[-1], times_s + MOVES_S[-1], encoder)
    mean, std = first.mean(0), first.std(0)
    rows = [
        torch.nn.functional.pad((x - mean) / std, (0, 1), value=1.0).double().numpy() for x in (first, other, elsewhere)
    ]
    weights = np.linalg.solve(rows[0].T @ rows[0] + _RIDGE * np.eye(rows[0].shape[1]), rows[0].T @ learnt.mouth)
    read, moved_read = rows[1] @ weights, rows[2] @ weights
    total = np.square(tested.mouth - tested.mouth.mean(0)).sum()
    explained = 1 - np.square(read - tested.mouth).sum() / total
    return float(explained), float(np.square(read - moved_read).sum() / total)


def table() -> None:
    """Print the table of window lengths."""
    learnt, tested = rendered(60.0, 0), rendered(30.0, 1)
    print("| window, s | every, s | ms per second of sound | moved | mouth explained | changes by a move |")
    print("|---:|---:|---:|---:|---:|---:|")
    for windows in SETTINGS:
        encoder = load_whisper(windows=windows)
        times_s = frame_times(tested.seconds, FPS)
        cost = cpu_s(lambda: speech_features(tested.samples, 0.0, times_s, encoder)) / tested.seconds  # noqa: B023
        explained, change = mouth_read(learnt, tested, encoder)
        row = f"{windows.length_s:g} | {windows.step_s:g} | {1000 * cost:.0f} | {moved(tested, encoder):.2f}"
        print(f"| {row} | {100 * explained:.1f} % | {100 * change:.1f} % |", flush=True)


def long_sound(minutes: float) -> bool:
    """Print memory in the first minute and in all of a long file; whether there are as many rows as frames."""
    speech, encoder = rendered(60.0, 0), load_whisper()
    samples = np.resize(speech.samples, round(60 * minutes * SAMPLE_RATE_HZ))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.wav"
        write_wave(path, samples, SAMPLE_RATE_HZ)
        del samples, speech
        sound = sound_in(path)
        duration_s = end_s(sound)
        times_s = frame_times(duration_s, FPS)
        rows, early_mb, most, base_mb = 0, 0.0, 0.0, now_mb()
        began = time.process_time()
        for piece in stream_features(sound, times_s, encoder):
            rows += len(piece)
            most = max(most, now_mb())
            if not early_mb and rows >= 60 * FPS:
                early_mb = most
        took = (time.process_time() - began) / duration_s
    print(
        f"{duration_s / 60:g} minutes: {rows} rows for {round(duration_s * FPS)} frames,"
        f" {1000 * took:.1f} ms per second of sound"
    )
    print(f"memory before {base_mb:.0f} MB, most in the first minute {early_mb:.0f} MB, most in all {most:.0f} MB")
    return rows == round(duration_s * FPS)


def now_mb() -> float:
    """Memory of this process that is resident."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def click() -> None:
    """Print when features change most by a click, against when it is: of every 20 ms, and of frames."""
    encoder = load_whisper()
    late: dict[float, list[int]] = {1 / 0.02: [], FPS: []}
    for at_s in (2.0, 2.52, 3.0, 3.32):
        rng = np.random.default_rng(round(10 * at_s))
        samples = 1e-3 * rng.standard_normal(6 * SAMPLE_RATE_HZ).astype(np.float32)
        samples[-1600:-1440] += 0.9 * np.hanning(160)  # the loudest moment, by which silence is cut off, is in both
        with_click = samples.copy()
        place = round(at_s * SAMPLE_RATE_HZ)
        with_click[place - 80 : place + 80] += 0.5 * np.hanning(160)
        for rate, found in late.items():
            times_s = frame_times(6.0, rate)
            change = speech_features(with_click, 0.0, times_s, encoder) - speech_features(
                samples, 0.0, times_s, encoder
            )
            found.append(round(1000 * (times_s[change.square().mean(1).argmax()] - at_s)))
    for rate, found in late.items():
        print(f"a click changes {EMBEDDED} most at {found} ms from its time, of {rate:g} values a second")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of sound, in tens (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--windows", action="store_true", help="the table of window lengths instead")
    parser.add_argument("--minutes", type=float, help="a sound of so many minutes instead")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.windows:
        table()
        return 0
    if args.minutes is not None:
        return 0 if long_sound(args.minutes) else 1
    click()
    return 0 if speed(args.seconds, args.repeat) else 1


if __name__ == "__main__":
    sys.exit(main())
