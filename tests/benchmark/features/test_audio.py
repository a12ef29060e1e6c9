"""Sound of a file: sample 0 at the first frame, at the rate that a network wants, never a crash."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmark.features import FeatureStore, FrameSequence, extract_audio
from benchmark.features.extractors import catalog
from benchmark.features.types.extractor import AudioExtractor
from feed_dataset.core.media.encoders import add_audio, add_video, open_output, to_frame
from feed_dataset.core.media.video import Audio, write_video
from tests.benchmark.features.material import Counted, nothing_kept, pictures

RATE_HZ = 16_000


@pytest.fixture(autouse=True)
def samples_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    one = AudioExtractor("samples", (), "1", RATE_HZ, lambda compute: lambda samples: samples[:, None])
    monkeypatch.setattr(catalog, "EXTRACTORS", {"samples": one})


def click(at_s: float, duration_s: float = 1.0, rate_hz: int = 48_000) -> Audio:
    samples = np.zeros(round(duration_s * rate_hz), np.float32)
    samples[round(at_s * rate_hz) : round((at_s + 0.01) * rate_hz)] = 0.9
    return Audio(samples, rate_hz)


def heard_at_s(path: Path, first_frame_s: float) -> float:
    found = extract_audio(
        path, ("samples",), models=Counted().models(), store=nothing_kept(), first_frame_s=first_frame_s
    )
    assert found.reason is None
    loud = np.abs(found.arrays["samples"][:, 0]) > 0.3
    return float(np.flatnonzero(loud)[0]) / RATE_HZ


@pytest.mark.parametrize("at_s", [0.2, 0.5, 0.84])
def test_a_click_is_where_it_was_put(tmp_path: Path, at_s: float) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, pictures(25), Fraction(25), audio=click(at_s))
    assert heard_at_s(path, FrameSequence.from_file(path).first_frame_s) == pytest.approx(at_s, abs=0.002)


def write_late_pictures(path: Path, late_frames: int, at_s: float) -> None:
    """Matroska whose pictures begin `late_frames` after its sound, a click at `at_s` of the sound's clock."""
    sound = click(at_s, rate_hz=RATE_HZ).samples
    with open_output(path) as container:
        video = add_video(container, "ffv1", 25, (32, 32), "bgr0")
        audio = add_audio(container, "pcm_s16le", RATE_HZ, "mono")
        for index, picture in enumerate(pictures(10)):
            frame = to_frame(picture, "bgr0")
            frame.pts, frame.time_base = index + late_frames, Fraction(1, 25)
            container.mux(video.encode(frame))
        block = av.AudioFrame.from_ndarray((sound[None] * 32767).astype(np.int16), format="s16", layout="mono")
        block.sample_rate, block.pts = RATE_HZ, 0
        container.mux(audio.encode(block))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


@pytest.mark.parametrize("late_frames", [0, 5])
def test_sound_is_counted_from_the_first_frame(tmp_path: Path, late_frames: int) -> None:
    path = tmp_path / "clip.mkv"
    write_late_pictures(path, late_frames, at_s=0.6)
    video = FrameSequence.from_file(path)
    assert video.first_frame_s == pytest.approx(late_frames / 25)
    assert heard_at_s(path, video.first_frame_s) == pytest.approx(0.6 - late_frames / 25, abs=1e-3)


def test_no_sound_says_why(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    write_video(path, pictures(5), Fraction(25))
    (tmp_path / "broken.wav").write_bytes(b"RIFF nothing")
    tools, store = Counted().models(), nothing_kept()
    reasons = {}
    for name in ("silent.mp4", "broken.wav", "absent.wav"):
        found = extract_audio(tmp_path / name, ("samples",), models=tools, store=store)
        assert found.arrays == {}
        assert found.reason
        assert str(tmp_path) not in found.reason, "the place of a file on this machine is no part of results"
        reasons[name] = found.reason
    assert reasons["silent.mp4"] == "no sound stream"
    assert "absent.wav" in reasons["absent.wav"]


def test_sound_is_read_once(tmp_path: Path) -> None:
    path, store = tmp_path / "clip.mp4", FeatureStore(tmp_path / "features", {})
    write_video(path, pictures(25), Fraction(25), audio=click(0.2))
    first, second, third = Counted(), Counted(), Counted()
    a = extract_audio(path, ("samples",), models=first.models(), store=store)
    b = extract_audio(path, ("samples",), models=second.models(), store=store)
    assert (first.loads, second.loads) == ({"samples": 1}, {})
    assert np.array_equal(a.arrays["samples"], b.arrays["samples"])
    extract_audio(path, ("samples",), models=third.models(), first_frame_s=0.1, store=store)
    assert third.loads == {"samples": 1}
