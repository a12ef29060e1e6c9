"""Audio of a clip as mono float samples."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.containers import open_media, reader_name
from feed_dataset.core.media.types import Audio


def read_audio(path: Path | str) -> Audio | None:
    """The first sound stream, channels averaged, at its own rate; None where there is none.

    Samples are placed by their time stamps: a stream that starts late begins with silence, so that sample i
    is at i / sample_rate_hz on the clock of the video. Raises VideoDecodeError.
    """
    import av

    with open_media(path) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        rate = stream.codec_context.sample_rate
        resampler = av.AudioResampler(format="fltp", rate=rate)
        parts: list[np.ndarray] = []
        offset: int | None = None
        for frame in container.decode(stream):
            if offset is None:
                offset = round((frame.time or 0.0) * rate)
            parts += [part.to_ndarray().mean(0) for part in resampler.resample(frame)]
        parts += [part.to_ndarray().mean(0) for part in resampler.resample(None)]
        if not parts or offset is None:
            raise VideoDecodeError(path, reader_name(), "its sound stream holds no samples")
    samples = np.concatenate(parts)
    samples = samples[-offset:] if offset < 0 else np.concatenate([np.zeros(offset, np.float32), samples])
    return Audio(np.clip(samples, -1.0, 1.0).astype(np.float32), rate)


def write_wave(path: Path | str, samples: np.ndarray, sample_rate_hz: int) -> None:
    """Write samples float [N] in [-1, 1] as a mono WAV of 16 bit; what lies outside is clipped."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
