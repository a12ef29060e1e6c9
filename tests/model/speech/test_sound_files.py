"""Sound of any container is on the clock of the pictures, read as the metrics read it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from feed_dataset.core.jobs.array_store import load_arrays
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.audio import read_audio, resample, write_wave
from feed_dataset.core.media.encoders import add_audio, open_output
from feed_dataset.core.media.scan import build_frame_index
from model.cli import main
from model.speech import whisper
from model.speech.features import features_of, features_of_file, frame_times, speech_features
from model.speech.mel import SAMPLE_RATE_HZ
from model.speech.samples import has_pictures, sound_in
from scripts.click_and_flash import BURST_S, QUICK, Case, encoded, read_back, write
from tests.model.speech.encoders import Loudness, Placed
from tests.model.speech.test_features import noise

_LATE = (Case("mp4", "aac", sound_from_s=0.4), Case("matroska", "aac", pictures_from_s=0.4))


def tone(rate_hz: int, seconds: float, channels: int = 1) -> np.ndarray:  # float32 [C, N]
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.tile((0.3 * np.sin(2 * np.pi * 300 * t) * (t > seconds / 2)).astype(np.float32), (channels, 1))


def sound_file(path: Path, codec: str, rate_hz: int, samples: np.ndarray) -> Path:
    with open_output(path) as container:
        layout = "mono" if len(samples) == 1 else "stereo"
        stream = add_audio(container, codec, rate_hz, layout, bits_per_second=128_000)
        for packet in encoded(stream, samples, 0):
            container.mux(packet)
    return path


@pytest.mark.parametrize("case", (*QUICK, *_LATE), ids=lambda case: case.name)
def test_the_click_is_in_the_frame_of_the_flash(case: Case, tmp_path: Path) -> None:
    path = tmp_path / f"clip.{case.container}"
    write(case, path)
    times_s = build_frame_index(path).times_s
    found = features_of(sound_in(path), times_s, Loudness())
    assert len(found) == len(times_s) and has_pictures(path)
    loudest, (_, flash_s) = int(found[:, 0].argmax()), read_back(path)
    middle_s = flash_s + case.expected_s + BURST_S / 2
    assert abs(times_s[loudest] - middle_s) == pytest.approx(np.abs(times_s - middle_s).min(), abs=2e-3)


def test_a_file_is_read_as_the_metrics_read_it(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write(_LATE[0], path)
    times_s = build_frame_index(path).times_s
    audio = read_audio(path, None)
    assert audio is not None and audio.start_s > 0.3
    samples = resample(audio.samples, audio.sample_rate_hz, SAMPLE_RATE_HZ)
    wanted = speech_features(samples, audio.start_s, times_s, Placed())
    torch.testing.assert_close(features_of_file(path, times_s, Placed()), wanted, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "name, codec, rate_hz, channels",
    [
        ("a.wav", "pcm_f32le", 16_000, 1),
        ("a.wav", "pcm_s16le", 8_000, 1),
        ("a.wav", "pcm_s16le", 48_000, 2),
        ("a.mp3", "libmp3lame", 44_100, 2),
        ("a.flac", "flac", 22_050, 1),
        ("a.ogg", "libopus", 48_000, 2),
    ],
)
def test_formats(tmp_path: Path, name: str, codec: str, rate_hz: int, channels: int) -> None:
    path = sound_file(tmp_path / name, codec, rate_hz, tone(rate_hz, 2.0, channels))
    times_s = frame_times(2.0, 25.0)
    found = features_of(sound_in(path), times_s, Loudness())[:, 0]
    assert found.isfinite().all() and not has_pictures(path)
    change_s = times_s[(found[1:] - found[:-1]).argmax() + 1]
    assert change_s == pytest.approx(1.0, abs=0.041)


def test_samples_beyond_full_scale_are_clipped(tmp_path: Path) -> None:
    loud = 5.0 * tone(16_000, 1.0)
    times_s = frame_times(1.0, 25.0)
    found = features_of(sound_in(sound_file(tmp_path / "a.wav", "pcm_f32le", 16_000, loud)), times_s, Loudness())
    torch.testing.assert_close(found, speech_features(np.clip(loud[0], -1, 1), 0.0, times_s, Loudness()))


def not_numbers(path: Path) -> Path:
    samples = np.full(1600, np.nan, "<f4").tobytes()
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, 16_000, 64_000, 4, 32) + struct.pack(
        "<4sI", b"data", len(samples)
    )
    path.write_bytes(struct.pack("<4sI4s", b"RIFF", 4 + len(head) + len(samples), b"WAVE") + head + samples)
    return path


def without_sound(path: Path) -> Path:
    from feed_dataset.core.media.video import write_video

    write_video(path, np.zeros((3, 48, 64, 3), np.uint8), 25)
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


@pytest.mark.parametrize(
    "make, name, words",
    [
        (not_numbers, "a.wav", "a.wav has some that are infinite or no numbers"),
        (without_sound, "a.mp4", "it has no sound stream"),
        (empty, "a.wav", "it is empty"),
        (lambda path: path, "none.wav", "no such file"),
    ],
)
def test_what_cannot_be_heard_is_refused_in_a_line(
    make: Callable[[Path], Path], name: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make(tmp_path / name)
    with pytest.raises(FeedError, match=words):
        features_of(sound_in(path), frame_times(0.1, 25.0), Loudness())
    assert main(["speech-features", str(path), "--out", str(tmp_path / "out.safetensors")]) == 2
    shown = capsys.readouterr().err.strip()
    assert "\n" not in shown and words in shown


@pytest.fixture
def heard_by_loudness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whisper, "load_whisper", lambda name: Loudness())


@pytest.mark.usefixtures("heard_by_loudness")
def test_the_command_writes_features_and_times(tmp_path: Path) -> None:
    clip, out = tmp_path / "clip.mp4", tmp_path / "out.safetensors"
    write(QUICK[0], clip)
    assert main(["speech-features", str(clip), "--out", str(out)]) == 0
    loaded = load_arrays(out)
    assert loaded is not None
    arrays, said = loaded
    np.testing.assert_array_equal(arrays["times_s"], build_frame_index(clip).times_s)
    assert arrays["features"].shape == (len(arrays["times_s"]), 2)
    assert said == {"kind": "speech-features", "version": 1, "audio_features": "loudness"}


@pytest.mark.usefixtures("heard_by_loudness")
@pytest.mark.parametrize("seconds, fps", [(0.1, None), (2.03, 30.0), (3.0, 29.97)])
def test_of_sound_alone_there_are_duration_times_fps(tmp_path: Path, seconds: float, fps: float | None) -> None:
    path, out = tmp_path / "a.wav", tmp_path / "out.safetensors"
    write_wave(path, noise(seconds), SAMPLE_RATE_HZ)
    rate = [] if fps is None else ["--fps", str(fps)]
    assert main(["speech-features", str(path), *rate, "--out", str(out)]) == 0
    loaded = load_arrays(out)
    assert loaded is not None and len(loaded[0]["features"]) == round(seconds * (fps or 25.0))


@pytest.mark.parametrize(
    "extra, words",
    [
        (["--fps", "0"], "expected --fps above 0"),
        (["--fps", "nan"], "expected --fps above 0"),
        (["--network", "whisper"], "speech network among"),
        (["--out", "a.npz"], "ends in .safetensors but got a.npz"),
    ],
)
def test_wrong_options_are_refused_in_a_line(
    tmp_path: Path, extra: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.wav"
    write_wave(path, noise(0.2), SAMPLE_RATE_HZ)
    assert main(["speech-features", str(path), "--out", str(tmp_path / "out.safetensors"), *extra]) == 2
    shown = capsys.readouterr().err.strip()
    assert "\n" not in shown and words in shown
