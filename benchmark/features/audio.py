"""The pass over one audio track: read once, resampled to what each network wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.features.extractors.catalog import audio_extractor
from benchmark.features.store import FeatureStore, kind_of
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.array_store import file_sha256, key_of
from feed_dataset.core.jobs.errors import VideoDecodeError, words_of
from feed_dataset.core.media.containers import reader_name

if TYPE_CHECKING:
    from benchmark.features.models import ModelCache
    from benchmark.features.types.extractor import Compute


@dataclass(frozen=True)
class AudioFeatures:
    """What extractors compute of an audio track, or why there is nothing.

    Args:
        arrays: by audio extractor id, float32 [N, ...].
        reason: why there is nothing.
        content_id: of the audio and where its first frame is; with it `load_audio` finds the arrays again.
    """

    arrays: Mapping[str, np.ndarray]
    reason: str | None = None
    content_id: str | None = None


def audio_id(path: Path, first_frame_s: float, length_s: float | None = None) -> str:
    """Everything that decides what is heard with the frames. Raises OSError."""
    end = () if length_s is None else (round(length_s, 6),)
    return key_of("sound-2", reader_name(), file_sha256(path), round(first_frame_s, 6), *end)


def extract_audio(
    path: Path | str,
    ids: Sequence[str],
    *,
    models: ModelCache,
    store: FeatureStore,
    first_frame_s: float = 0.0,
    length_s: float | None = None,
) -> AudioFeatures:
    """Features of a file's audio, whose sample 0 is put at the time of the first frame.

    Args:
        path: a video or an audio file.
        first_frame_s: `FrameSequence.first_frame_s` of the frames that the audio belongs to.
        length_s: their `FrameSequence.length_s`: what follows is not heard.
    """
    from feed_dataset.core.media.audio import read_audio, resample

    file = Path(path)
    try:
        content_id = audio_id(file, first_frame_s, length_s)
        kinds = {one: kind_of(audio_extractor(one)) for one in dict.fromkeys(ids)}
        found = {one: store.load(kind, [content_id], models.compute) for one, kind in kinds.items()}
        missing = [one for one, entry in found.items() if entry is None]
        if missing:
            audio = read_audio(file, first_frame_s, length_s)
            if audio is None:
                return AudioFeatures({}, "no sound stream")
            for one in missing:
                samples = resample(audio.samples, audio.sample_rate_hz, audio_extractor(one).rate_hz)
                array = np.asarray(models.read_audio(one)(samples), np.float32)
                found[one] = store.save(kinds[one], [content_id], models.compute, array, {})
    except VideoDecodeError as error:
        return AudioFeatures({}, str(error).replace(str(file), file.name))
    except OSError as error:
        return AudioFeatures({}, f"cannot read {file.name}: {words_of(error)}")
    arrays = {one: entry.array for one, entry in found.items() if entry is not None}
    return AudioFeatures(arrays, content_id=content_id)


def load_audio(content_id: str, ids: Sequence[str], *, store: FeatureStore, compute: Compute) -> AudioFeatures:
    """What `extract_audio` kept. Raises BenchmarkError where something is missing."""
    arrays = {}
    for one in dict.fromkeys(ids):
        entry = store.load(kind_of(audio_extractor(one)), [content_id], compute)
        if entry is None:
            raise BenchmarkError(f"expected {one!r} of an audio track but it is not in the store; run again")
        arrays[one] = entry.array
    return AudioFeatures(arrays, content_id=content_id)
