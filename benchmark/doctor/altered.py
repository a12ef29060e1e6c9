"""The doctor's outputs: clips altered so that the right answer of a metric is known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.doctor import mutations
from benchmark.engine.inputs import Input
from benchmark.engine.outputs import AudioFile, CaseInputs, Output
from benchmark.engine.tools import Tools
from benchmark.features.types.sequence import FrameSequence
from benchmark.metrics import conditions as on
from feed_dataset.core.jobs.array_store import write_atomic
from feed_dataset.core.media.audio import read_audio, write_wave

_LATENT_DIM = 8
_LATENT_FRAMES = 400
_LATENT_CONDITIONS = (on.ISOTROPIC, on.COLLAPSED)
_SHIFTS = {on.SOUND_LATER: on.SOUND_SHIFT_FRAMES, on.SOUND_EARLIER: -on.SOUND_SHIFT_FRAMES}


@dataclass(frozen=True)
class Altered:
    """What a method would have given under one condition.

    Args:
        strangers: (case id, the same kind of clip of somebody else).
        folder: for altered audio.
    """

    condition: str
    strangers: tuple[tuple[str, Input], ...]
    folder: Path
    is_reference: bool = False

    def find(self, inputs: CaseInputs) -> Output | None:
        return None

    def make(self, inputs: CaseInputs, tools: Tools) -> Output:
        return Output(self._frames(inputs, tools), self._audio(inputs), self._latents(inputs))

    def _frames(self, inputs: CaseInputs, tools: Tools) -> FrameSequence:
        driver = inputs.driver
        frames = np.stack(list(driver.read()))
        alter: dict[str, Callable[[], np.ndarray]] = {
            on.STILL: lambda: mutations.still(frames),
            on.FROZEN_MOUTH: lambda: mutations.frozen_mouth(frames, tools.models.track(frames).landmarks_px),
            on.MIRRORED: lambda: mutations.mirrored(frames),
            on.BLURRED: lambda: mutations.blurred(frames),
            on.DELAYED: lambda: mutations.delayed(frames),
            on.SHUFFLED: lambda: mutations.shuffled(frames),
            on.STRANGER: lambda: np.stack(list(self._stranger(inputs, tools).read()))[: len(frames)],
            on.BLACK: lambda: np.zeros_like(frames),
        }
        if self.condition not in alter:
            return driver
        made = alter[self.condition]()
        stamps_s = None if driver.stamps_s is None else driver.stamps_s[: len(made)]
        return FrameSequence.from_frames(made, driver.fps, stamps_s)

    def _stranger(self, inputs: CaseInputs, tools: Tools) -> FrameSequence:
        return dict(self.strangers)[inputs.case_id].load(tools.models)

    def _audio(self, inputs: CaseInputs) -> AudioFile | str:
        if isinstance(inputs.audio, str) or self.condition == on.NO_SOUND:
            return "no sound stream"
        frames = _SHIFTS.get(self.condition)
        return inputs.audio if frames is None else self._shifted(inputs, inputs.audio, frames)

    def _shifted(self, inputs: CaseInputs, audio: AudioFile, frames: int) -> AudioFile | str:
        found = read_audio(audio.path)
        if found is None:
            return "no sound stream"
        shift = round(frames / float(inputs.driver.fps) * found.sample_rate_hz)
        path = self.folder / f"{inputs.case_id}{frames:+d}.wav"
        samples = mutations.shifted_sound(found.samples, shift)
        write_atomic(path, lambda temporary: write_wave(temporary, samples, found.sample_rate_hz))
        return AudioFile(path, audio.first_frame_s)

    def _latents(self, inputs: CaseInputs) -> np.ndarray | None:
        if self.condition not in _LATENT_CONDITIONS:
            return None
        seed = [case_id for case_id, _ in self.strangers].index(inputs.case_id)
        return latents(self.condition, seed)


def latents(condition: str, seed: int) -> np.ndarray:
    """float32 [T, d] expression descriptors whose spread is known: on one line through all takes, or everywhere."""
    random = np.random.default_rng(seed)
    if condition == on.COLLAPSED:
        direction = np.linspace(1.0, 2.0, _LATENT_DIM)
        return (random.standard_normal((_LATENT_FRAMES, 1)) * direction).astype(np.float32)
    return random.standard_normal((_LATENT_FRAMES, _LATENT_DIM)).astype(np.float32)
