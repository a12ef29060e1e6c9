"""A click and a flash at the same moment, through containers and codecs, read back by this project: the table of docs.

    python -m scripts.click_and_flash             the table in Markdown, and 1 where a row is not as it should be
    python -m scripts.click_and_flash --ffmpeg    besides, what `ffmpeg -i FILE out.wav` makes of the same files

Clips are 25 frames/s, black but for one white frame, with a burst of noise at the same time. They are written by the
FFmpeg inside PyAV, which fills in what each codec's delay is, as far as the container has a place for it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.encoders import add_audio, add_video, open_output, to_frame
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.scan import build_frame_index

FPS = 25
EVENT_S = 0.8
SECONDS = 1.4
TOLERANCE_S = 1e-3
_SIZE_PX = (96, 64)
BURST_S = 0.02
_BAND_HZ = 6000.0
_BITS_PER_SECOND = 192_000


@dataclass(frozen=True)
class Case:
    """One kind of file.

    Args:
        expected_s: by how much the click comes after the flash in the file itself.
        sound_from_s, pictures_from_s: where the streams begin.
    """

    container: str
    audio: str
    video: str = "libx264"
    rate_hz: int = 48_000
    expected_s: float = 0.0
    sound_from_s: float = 0.0
    pictures_from_s: float = 0.0
    why: str = ""

    @property
    def name(self) -> str:
        """For people."""
        parts = [f"{self.container}, {self.audio}"]
        parts += [f"{self.rate_hz} Hz"] if self.rate_hz != 48_000 else []
        parts += [f"sound from {self.sound_from_s:g} s"] if self.sound_from_s else []
        parts += [f"pictures from {self.pictures_from_s:g} s"] if self.pictures_from_s else []
        return ", ".join(parts)


_SLOT_S = 1 / FPS
_AC3_IN_AVI = "AVI declares no delay: AC-3's 256 samples are in the file"
_MP3_IN_AVI = "AVI declares no delay: LAME's 1105 samples are in the file, and FFmpeg leaves a slot after picture 0"
CASES: tuple[Case, ...] = (
    *(Case("mp4", audio) for audio in ("aac", "libmp3lame", "ac3", "libopus", "flac", "alac")),
    *(Case("mov", audio) for audio in ("aac", "alac", "pcm_s16le")),
    *(Case("matroska", audio) for audio in ("aac", "libmp3lame", "ac3", "eac3", "libopus", "flac", "pcm_s16le")),
    Case("webm", "libopus", "libvpx"),
    *(Case("mpegts", audio) for audio in ("aac", "libmp3lame", "ac3", "mp2")),
    Case("avi", "pcm_s16le", "mpeg4"),
    Case("avi", "ac3", "mpeg4", expected_s=256 / 48_000, why=_AC3_IN_AVI),
    Case("avi", "libmp3lame", "mpeg4", expected_s=1105 / 48_000 - _SLOT_S, why=_MP3_IN_AVI),
    Case("avi", "libmp3lame", "mpeg4", 44_100, 1105 / 44_100 - _SLOT_S, why=_MP3_IN_AVI),
    *(Case("mp4", "aac", rate_hz=rate_hz) for rate_hz in (44_100, 22_050, 16_000)),
    *(Case(kind, "aac", sound_from_s=0.5) for kind in ("mp4", "matroska", "mpegts")),
    *(Case(kind, "aac", pictures_from_s=0.4) for kind in ("mp4", "matroska", "mpegts")),
    Case("mp4", "libmp3lame", sound_from_s=0.5),
    Case("mp4", "libopus", sound_from_s=0.5),
    Case("mp4", "ac3", pictures_from_s=0.4),
)
_QUICK = {("mp4", "aac"), ("matroska", "libopus"), ("mpegts", "ac3"), ("avi", "libmp3lame")}
QUICK: tuple[Case, ...] = tuple(
    case for case in CASES if (case.container, case.audio) in _QUICK and case.rate_hz >= 44_100
)


def burst(rate_hz: int) -> np.ndarray:
    """float32 [N] of noise that every codec keeps; the same moment, whatever the rate."""
    rng = np.random.default_rng(0)
    hz = np.sort(rng.uniform(300, min(_BAND_HZ, 0.4 * rate_hz), 60))
    phase = rng.uniform(0, 2 * np.pi, 60)
    times_s = np.arange(round(BURST_S * rate_hz)) / rate_hz
    wave: np.ndarray = np.sin(2 * np.pi * hz * times_s[:, None] + phase).sum(1) * np.hanning(len(times_s))
    return (0.5 * wave / np.abs(wave).max()).astype(np.float32)


def write(case: Case, path: Path) -> None:
    """The clip of a case."""
    with open_output(path, case.container) as container:
        pictures = add_video(container, case.video, FPS, _SIZE_PX, "yuv420p")
        sound = add_audio(container, case.audio, case.rate_hz, "stereo", bits_per_second=_BITS_PER_SECOND)
        for packet in _interleaved(_pictures(case, pictures), _sound(case, sound)):
            container.mux(packet)


def _interleaved(*streams: list[Any]) -> list[Any]:
    packets = [packet for stream in streams for packet in stream]
    return sorted(packets, key=lambda packet: float(packet.dts * packet.time_base))


def _pictures(case: Case, stream: Any) -> list[Any]:
    black, white = (np.full((_SIZE_PX[1], _SIZE_PX[0], 3), value, np.uint8) for value in (0, 255))
    packets = []
    for number in range(round(case.pictures_from_s * FPS), round(SECONDS * FPS)):
        frame = to_frame(white if number == round(EVENT_S * FPS) else black, "yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        packets += stream.encode(frame)
    return [*packets, *stream.encode(None)]


def _sound(case: Case, stream: Any) -> list[Any]:
    rate_hz = case.rate_hz
    samples = np.zeros((2, round(SECONDS * rate_hz)), np.float32)
    click, at = burst(rate_hz), round(EVENT_S * rate_hz)
    samples[:, at : at + len(click)] = click
    return encoded(stream, samples[:, round(case.sound_from_s * rate_hz) :], round(case.sound_from_s * rate_hz))


def encoded(
    stream: Any,
    samples: np.ndarray,  # float32 [C, N]
    first: int,
) -> list[Any]:
    """Packets of an audio stream whose sample 0 is number `first` on the clock; in the encoder's own format."""
    import av

    context = stream.codec_context
    rate_hz, layout, sample_format = context.sample_rate, context.layout.name, context.codec.audio_formats[0].name
    resampler = av.AudioResampler(format=sample_format, layout=layout, rate=rate_hz)
    size = context.frame_size or 1152
    frames = []
    for start in range(0, samples.shape[1], size):
        part = np.ascontiguousarray(samples[:, start : start + size])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, first + start, Fraction(1, rate_hz)
        frames += resampler.resample(frame)
    return [packet for frame in [*frames, None] for packet in stream.encode(frame)]


def read_back(path: Path) -> tuple[float, float]:
    """(click, flash) in seconds on the file's clock, as this project reads it."""
    sound = read_audio(path, None)
    assert sound is not None
    with open_reader(path, "pyav", build_frame_index(path)) as reader:
        levels = [float(picture.mean()) for _, picture in reader.stream()]
        flash_s = float(reader.index.times_s[int(np.argmax(levels))])
    return sound.start_s + place_of(burst(sound.sample_rate_hz), sound.samples) / sound.sample_rate_hz, flash_s


def place_of(click: np.ndarray, samples: np.ndarray) -> float:
    """Where in `samples` the click begins: the peak of the correlation, between samples."""
    fit = np.correlate(samples, click, "valid")
    best = int(np.argmax(fit))
    if not 0 < best < len(fit) - 1:
        return float(best)
    left, middle, right = (float(value) for value in fit[best - 1 : best + 2])
    return best + 0.5 * (left - right) / (left - 2 * middle + right)


def extracted_by_ffmpeg(path: Path) -> float:
    """When `ffmpeg -i FILE out.wav` hears the click, counted from the sample 0 of the WAV."""
    wav = path.with_suffix(".extracted.wav")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(path), "-vn", "-c:a", "pcm_s16le", str(wav)], check=True)
    sound = read_audio(wav)
    assert sound is not None
    return place_of(burst(sound.sample_rate_hz), sound.samples) / sound.sample_rate_hz


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a row is off by more than the tolerance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ffmpeg", action="store_true", help="a column for the WAV that the ffmpeg command extracts")
    options = parser.parse_args(arguments)
    head = ["container, sound", "click after flash, ms", "expected, ms", ""]
    head += ["the same with ffmpeg's WAV, both counted from their first, ms"] if options.ffmpeg else []
    print(f"| {' | '.join(head)} |\n|---|{'---:|' * 2}---|{'---:|' * options.ffmpeg}")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(CASES):
            path = Path(folder) / f"{number}.{case.container}"
            write(case, path)
            click_s, flash_s = read_back(path)
            wrong += abs(click_s - flash_s - case.expected_s) > TOLERANCE_S
            cells = [case.name, _ms(click_s - flash_s), _ms(case.expected_s), case.why]
            if options.ffmpeg:
                counted_s = (round(EVENT_S * FPS) - round(case.pictures_from_s * FPS)) / FPS
                cells.append(_ms(extracted_by_ffmpeg(path) - counted_s))
            print(f"| {' | '.join(cells)} |", flush=True)
    print(f"\n{len(CASES)} kinds of file, {wrong} off by more than {1000 * TOLERANCE_S:g} ms")
    return 1 if wrong else 0


def _ms(seconds: float) -> str:
    return f"{round(1000 * seconds, 2) + 0.0:.2f}"


if __name__ == "__main__":
    sys.exit(main())
