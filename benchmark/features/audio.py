"""The pass over one sound track: read once, resampled to what each network wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.features.extractors.catalog import audio_extractor
from benchmark.features.store import FeatureStore, kind_of
from feed_dataset.core.jobs.array_store import file_sha256, key_of
from feed_dataset.core.jobs.errors import VideoDecodeError

if TYPE_CHECKING:
    from benchmark.features.toolbox import Toolbox
    from feed_dataset.core.media.types import Audio


@dataclass(frozen=True)
class SoundFeatures:
    """What extractors said about a sound track, or why there is nothing."""

    arrays: Mapping[str, np.ndarray]  # by audio extractor id, float32 [N, ...]
    reason: str | None = None


def extract_sound(
    path: Path | str, ids: Sequence[str], *, toolbox: Toolbox, store: FeatureStore, first_frame_s: float = 0.0
) -> SoundFeatures:
    """Features of a file's sound, whose sample 0 is put at the time of the first frame of the picture.

    Args:
        path: a video or a sound file.
        first_frame_s: `VideoSource.first_frame_s` of the picture that the sound belongs to.
    """
    from feed_dataset.core.media.audio import read_audio

    file = Path(path)
    try:
        key = [key_of("sound", file_sha256(file), round(first_frame_s, 6))]
        found = {one: store.load(kind_of(audio_extractor(one)), key, toolbox.compute) for one in dict.fromkeys(ids)}
        missing = [one for one, entry in found.items() if entry is None]
        if missing:
            audio = read_audio(file)
            if audio is None:
                return SoundFeatures({}, "no sound stream")
            for one in missing:
                extractor = audio_extractor(one)
                samples = resample(from_time(audio, first_frame_s), audio.sample_rate_hz, extractor.rate_hz)
                array = np.asarray(toolbox.read_sound(one)(samples), np.float32)
                found[one] = store.save(kind_of(extractor), key, toolbox.compute, array, {})
    except VideoDecodeError as error:
        return SoundFeatures({}, str(error).replace(str(file), file.name))
    except OSError as error:
        return SoundFeatures({}, f"cannot read {file.name}: {error.strerror or error}")
    return SoundFeatures({one: entry.array for one, entry in found.items() if entry is not None})


def from_time(audio: Audio, start_s: float) -> np.ndarray:
    """float32 samples from `start_s` on; silence where that is before the first one."""
    skip = round(start_s * audio.sample_rate_hz)
    return audio.samples[skip:] if skip >= 0 else np.pad(audio.samples, (-skip, 0))


def resample(samples: np.ndarray, rate_hz: int, wanted_hz: int) -> np.ndarray:
    """float32 [S] at another rate: polyphase filter, no shift."""
    if rate_hz == wanted_hz or not len(samples):
        return samples
    from scipy.signal import resample_poly

    common = gcd(rate_hz, wanted_hz)
    changed = resample_poly(samples.astype(np.float64), wanted_hz // common, rate_hz // common)
    return np.clip(changed, -1.0, 1.0).astype(np.float32)
