"""How far mouths and faces are from the true ones of voices that nobody was trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from feed_dataset.synthetic.takes.speech_set import clips_of
from model.speech.expression.encoder import SpeechEncoder
from scripts.ablation_speech_parts.entangled import EntangledCode, entangled
from scripts.ablation_speech_parts.table6 import METRICS
from scripts.validate_speech_mode import TAUGHT_BY
from scripts.validation.heard import Spoken, value_of
from scripts.validation.speech_mode import PointsOfZ, TrueClip, encode, true_clips

SETS = "mesh468"


@dataclass(frozen=True)
class Measured:
    """Clips of held-out voices with one kind of z, and the linear map that makes face points of it.

    The map gives points in the frame of the head, whatever is in z, and training clips taught it: what of z is head
    pose, it has learnt to leave out as far as a linear map can. Poses are then the true ones.
    """

    clips: Sequence[TrueClip]
    truths: Sequence[Spoken]
    points: PointsOfZ

    def of(self, model: SpeechEncoder) -> dict[str, float]:
        """Numbers of what the encoder hears in the true sound."""
        return self.numbers(lambda clip: encode(model, clip, clip.clip.features))

    def of_truth(self) -> dict[str, float]:
        """Numbers of the true z: what the map costs."""
        return self.numbers(lambda clip: clip.z)

    def of_still(self) -> dict[str, float]:
        """Numbers of the first frame, held."""
        return self.numbers(lambda clip: clip.z[:1].expand_as(clip.z))

    def numbers(self, z_of: Callable[[TrueClip], Tensor]) -> dict[str, float]:
        """Means over clips; what has no value for some of them is left out."""
        found: dict[str, list[float | None]] = {name: [] for name in METRICS}
        for clip, truth in zip(self.clips, self.truths, strict=True):
            with torch.no_grad():
                face = self.points.face(clip, z_of(clip))
            for name, values in found.items():
                values.append(value_of(f"{name}[{SETS}]", truth, face))
        known = {name: [value for value in values if value is not None] for name, values in found.items()}
        return {name: float(np.mean(values)) for name, values in known.items() if len(values) == len(self.clips)}


def measured_by(run: Path, code: EntangledCode) -> dict[bool, Measured]:
    """Of what scripts.train_speech_mini made, by whether the head pose is out of z. Raises FeedError."""
    files = clips_of(run / "train")
    teaching = [TrueClip.read(one, run / "train-clips") for one in files[:: max(1, len(files) // TAUGHT_BY)]]
    test = true_clips(run / "test", run / "test-clips")
    truths = [clip.spoken() for clip in test]
    found = {True: Measured(test, truths, PointsOfZ.fit(teaching))}
    test, teaching = ([_entangled(one, code) for one in clips] for clips in (test, teaching))
    return found | {False: Measured(test, truths, PointsOfZ.fit(teaching))}


def _entangled(clip: TrueClip, code: EntangledCode) -> TrueClip:
    return replace(clip, clip=entangled(clip.clip, clip.head_pose, code))
