"""What the doctor looks at: seconds of bundled clips, cropped to the face, and what each condition makes of them."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.doctor import conditions as on
from benchmark.doctor import mutations

if TYPE_CHECKING:
    from benchmark.features.toolbox import Toolbox

SIZE_PX = 256
_CROP_SCALE = 1.0  # as in the protocols
_LATENT_DIM = 8
_LATENT_FRAMES = 400


@dataclass(frozen=True)
class TakeChoice:
    """One bundled clip, and the same kind of clip of somebody else."""

    clip: str
    stranger: str
    every: int  # every n-th frame: the clip's motion at less cost


CHOICES = (
    TakeChoice("S05/speech_C", "S07/speech_C", 1),  # all frames: sound has to stay with the picture
    TakeChoice("S02/FF_NR_C", "S04/FF_NR_C", 2),  # a wink, uneven expressions
    TakeChoice("S07/rotations_C", "S05/rotations_C", 3),
    TakeChoice("S08/tongue_em_C", "S06/tongue_em_C", 2),
)


@dataclass(frozen=True)
class Take:
    """One clip in memory."""

    id: str
    subject: str
    fps: Fraction
    frames: np.ndarray  # uint8 [T, S, S, 3]
    landmarks_px: np.ndarray  # float32 [T, 468, 3]
    stranger: np.ndarray  # uint8 [T, S, S, 3]
    samples: np.ndarray | None  # float32 [N], sound
    rate_hz: int


def load_takes(toolbox: Toolbox) -> list[Take]:
    """Decode, crop and track the bundled clips."""
    return [_take(choice, toolbox) for choice in CHOICES]


def output_frames(condition: str, take: Take) -> np.ndarray:
    """What a method would have given under this condition, uint8 [T, S, S, 3]."""
    frames = take.frames
    make: dict[str, Callable[[], np.ndarray]] = {
        on.STILL: lambda: mutations.still(frames),
        on.FROZEN_MOUTH: lambda: mutations.frozen_mouth(frames, take.landmarks_px),
        on.MIRRORED: lambda: mutations.mirrored(frames),
        on.BLURRED: lambda: mutations.blurred(frames),
        on.DELAYED: lambda: mutations.delayed(frames),
        on.SHUFFLED: lambda: mutations.shuffled(frames),
        on.STRANGER: lambda: take.stranger,
        on.BLACK: lambda: np.zeros_like(frames),
    }
    return make[condition]() if condition in make else frames


def sound_file(condition: str, take: Take, folder: Path) -> Path | None:
    """A sound file of the take under this condition; None where there is no sound."""
    if take.samples is None or condition == on.NO_SOUND:
        return None
    frames = {on.SOUND_LATER: on.SOUND_SHIFT_FRAMES, on.SOUND_EARLIER: -on.SOUND_SHIFT_FRAMES}.get(condition, 0)
    path = folder / f"{take.id.replace('/', '-')}{frames:+d}.wav"
    if not path.is_file():
        shift = round(frames / float(take.fps) * take.rate_hz)
        _write_wave(path, mutations.shifted_sound(take.samples, shift), take.rate_hz)
    return path


def latents(condition: str, seed: int) -> np.ndarray:
    """float32 [T, d] expression descriptors whose spread is known: on one line through all takes, or everywhere."""
    random = np.random.default_rng(seed)
    if condition == on.COLLAPSED:
        direction = np.linspace(1.0, 2.0, _LATENT_DIM)
        return (random.standard_normal((_LATENT_FRAMES, 1)) * direction).astype(np.float32)
    return random.standard_normal((_LATENT_FRAMES, _LATENT_DIM)).astype(np.float32)


def _take(choice: TakeChoice, toolbox: Toolbox) -> Take:
    from feed_dataset.catalog.catalog import open_catalog
    from feed_dataset.core.media.video import read_audio, read_video

    catalog = open_catalog()
    clip, stranger = catalog.clip(choice.clip), catalog.clip(choice.stranger)
    video, other = read_video(clip.path), read_video(stranger.path)
    frames = _cropped(video.frames[:: choice.every], toolbox)
    stranger_frames = _cropped(other.frames[:: choice.every], toolbox)
    both = min(len(frames), len(stranger_frames))
    track = toolbox.track(frames[:both])
    sound = read_audio(clip.path) if clip.has_audio and choice.every == 1 else None
    return Take(
        id=clip.id,
        subject=clip.subject,
        fps=video.fps / choice.every,
        frames=frames[:both],
        landmarks_px=track.landmarks_px,
        stranger=stranger_frames[:both],
        samples=None if sound is None else sound.samples,
        rate_hz=0 if sound is None else sound.sample_rate_hz,
    )


def _cropped(frames: np.ndarray, toolbox: Toolbox) -> np.ndarray:
    from benchmark.engine.inputs import crop_to_face

    def one_by_one() -> Iterator[np.ndarray]:
        yield from frames

    return crop_to_face(one_by_one(), toolbox.track, SIZE_PX, _CROP_SCALE)


def _write_wave(path: Path, samples: np.ndarray, rate_hz: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
