"""A rendered talker as the harness's speech metrics read it: exact face points and the level of the sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmark.features.lip_sync.loudness import SAMPLE_RATE_HZ, speech_envelope
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.catalog import score_case
from feed_dataset.core.media.audio import resample
from feed_dataset.synthetic.scene.cameras import studio_cameras

FPS = 25
_SIZE_PX = 512


@dataclass(frozen=True)
class Spoken:
    """A clip as metrics read it."""

    face: FaceFeatures
    envelope: np.ndarray  # [N], 100 times a second


def face_of(
    world: np.ndarray,  # [T, 478, 3] or [T, 468, 3] dm
) -> FaceFeatures:
    """What the frontal camera sees of face points at `FPS`; depth in px, as the mesh has it."""
    camera = studio_cameras(_SIZE_PX, _SIZE_PX)["C"]
    seen = camera.project(world[:, :468].astype(np.float64))
    depth_dm = seen[..., 2]
    seen[..., 2] = (depth_dm - depth_dm.mean()) * camera.intrinsics[0, 0] / depth_dm.mean()
    times_s = np.arange(len(seen)) / FPS
    return FaceFeatures(seen.astype(np.float32), (None,) * len(seen), frame_hw=(_SIZE_PX, _SIZE_PX), times_s=times_s)


def envelope_of(samples: np.ndarray, rate_hz: int) -> np.ndarray:  # [N]
    """The level of a sound, 100 times a second."""
    return speech_envelope(resample(samples, rate_hz, SAMPLE_RATE_HZ))


def value_of(metric: str, truth: Spoken, output: FaceFeatures) -> float | None:
    """Of an output that has the true clip's sound; both as long as the shorter one."""
    count = min(len(output), len(truth.face))
    shown, true = (cut(face, count) for face in (output, truth.face))
    sound = truth.envelope[: round(count / FPS * 100)]
    case = CaseFeatures(
        "case", "driver", shown, true, cut(truth.face, 1), true, sound={"speech-envelope": sound}, fps=float(FPS)
    )
    return score_case(metric, case).value


def cut(face: FaceFeatures, count: int) -> FaceFeatures:
    """The first frames."""
    assert face.times_s is not None
    return replace(
        face, landmarks_px=face.landmarks_px[:count], reasons=face.reasons[:count], times_s=face.times_s[:count]
    )


def mean(values: Sequence[float | None]) -> str:
    """Mean of what has a value, and how many have."""
    known = [value for value in values if value is not None]
    return f"{np.mean(known):.3g} | {len(known)}/{len(values)}" if known else f"none | 0/{len(values)}"
