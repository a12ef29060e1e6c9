"""The speech branch, from sound to z and head poses without pictures, beside the same with the reference Whisper."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from model.speech.driving.speech_model import SpeechModel
from model.speech.driving.stream import stream_motion
from model.speech.expression.encoder import SpeechEncoder
from model.speech.expression.training_config import read_config as expression_config
from model.speech.features import Encoder, frame_times
from model.speech.head_motion.generator import HeadMotion
from model.speech.head_motion.training_config import read_config as head_motion_config
from model.speech.mel import SAMPLE_RATE_HZ
from model.speech.samples import sound_of
from model.speech.whisper import WhisperEncoder
from model.speech.windows import LONGEST_S, POSITION_S
from scripts.bench_speech import rendered

TARGET = 10.0
"""Times faster than the sound plays, on one core."""
Z_DIM = 30
"""Of emoportraits-mini."""


@dataclass(frozen=True)
class Branch:
    """CPU seconds for a second of sound."""

    features_s: float
    motion_s: float

    @property
    def times_real_time(self) -> float:
        return 1 / (self.features_s + self.motion_s)


def mini_weights(fps: float, ears: Encoder) -> SpeechModel:
    """Random weights of the mini sizes: numbers do not change the time."""
    from model.analysis.principal import Components

    torch.manual_seed(0)
    made_of = {"feature_dim": ears.width, "fps": fps, "audio_features": "any"}
    return SpeechModel(
        SpeechEncoder(expression_config("speech_mini").sizes(z_dim=Z_DIM, **made_of)).eval(),
        HeadMotion(head_motion_config("head_motion_mini").sizes(**made_of)).eval(),
        Components(np.zeros(Z_DIM), np.eye(Z_DIM)[:8], np.ones(8), np.full(8, 0.1)),
    )


def reference_features(samples: np.ndarray, times_s: np.ndarray, reference: WhisperEncoder) -> Tensor:  # [T, D]
    """As transcription does it: `transformers`' extractor and encoder on 30 s side by side, nearest positions."""
    from transformers import WhisperFeatureExtractor

    extractor, piece, found = WhisperFeatureExtractor(), round(LONGEST_S * SAMPLE_RATE_HZ), []
    for place in range(0, len(samples), piece):
        part = samples[place : place + piece]
        mel = extractor(part, sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt").input_features
        with torch.inference_mode():
            found.append(reference.network(mel).last_hidden_state[0])
    positions = torch.cat(found)
    return positions[np.minimum(np.round(times_s / POSITION_S).astype(int), len(positions) - 1)]


class Ready:
    """Features that are there already, in the place of an encoder: what is left is sound to motion without hearing."""

    def __init__(self, model: SpeechModel, features: Tensor) -> None:
        self._model, self._features = model, features

    def __call__(self) -> int:
        """Frames whose z and pose were made."""
        with torch.inference_mode():
            state = self._model.expression.start(torch.zeros(1, Z_DIM))
            for feature in self._features:
                state = self._model.expression.step(state, feature[None])
        return len(self._model.head_motion.sample(self._features, 0))


def measure(ears: WhisperEncoder, reference: WhisperEncoder, seconds: float, repeat: int) -> dict[str, Branch]:
    """CPU seconds of one thread, the least of the repetitions, ours and theirs in turn.

    Args:
        ears: the embedded encoder with our windows.
        reference: the same weights for 30 s.
        seconds: of rendered speech, in tens.
    """
    speech = rendered(seconds, 0)
    model, times_s = mini_weights(25.0, ears), frame_times(speech.seconds, 25.0)
    sound, z_first = sound_of(speech.samples, 0.0), torch.zeros(1, Z_DIM)

    def ours() -> int:
        return sum(len(piece.z) for piece in stream_motion(model, sound, times_s, z_first, 0, ears))

    def theirs() -> int:
        return Ready(model, reference_features(speech.samples, times_s, reference))()

    alone = Ready(model, reference_features(speech.samples, times_s, reference))
    calls: dict[str, Callable[[], int]] = {"ours": ours, "transformers": theirs, "motion": alone}
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(repeat):
        for name, call in calls.items():
            began = time.process_time()
            assert call() == len(times_s)
            best[name] = min(best[name], (time.process_time() - began) / speech.seconds)
    return {name: Branch(best[name] - best["motion"], best["motion"]) for name in ("ours", "transformers")}


def report(seconds: float, repeat: int) -> bool:
    """Print both; whether ours is fast enough. Needs the extra "speech" and whisper-tiny-en."""
    from model.speech.whisper import load_whisper
    from model.speech.windows import Windows

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found = measure(load_whisper(), load_whisper(windows=Windows(LONGEST_S, LONGEST_S)), seconds, repeat)
    finally:
        torch.set_num_threads(threads)
    print(
        f"{'sound to motion':34} {'features ms':>12} {'z, pose ms':>11} {'x real time':>12}   (of a second, one thread)"
    )
    for name, words in (("ours", "windows of 3 s every 0.6 s"), ("transformers", "transformers, 30 s side by side")):
        one = found[name]
        ms = f"{1000 * one.features_s:12.1f} {1000 * one.motion_s:11.1f}"
        print(f"{words:34} {ms} {one.times_real_time:12.1f}")
    is_met = found["ours"].times_real_time >= TARGET
    print(f"sound to motion: target {TARGET:g} x real time: {'met' if is_met else 'MISSED'}")
    return is_met
