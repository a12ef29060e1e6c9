"""Frames with times of their own keep them in everything that is written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.media.lossless import LosslessWriter, read_lossless
from feed_dataset.core.media.scan import build_frame_index
from feed_dataset.core.media.thinning import plan_frames
from feed_dataset.core.media.timing import mean_rate
from feed_dataset.core.media.video import Audio, read_audio, write_video
from feed_dataset.prepare.sinks import VideoSink

TIMES_S = np.array([0, 1, 2, 3, 5, 7, 9, 10, 15]) / 25
FRAMES = np.random.default_rng(0).integers(0, 256, (len(TIMES_S), 32, 32, 3), dtype=np.uint8)
RATE = mean_rate(TIMES_S)


def test_a_video(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    click = np.zeros(9600, np.float32)
    click[round(TIMES_S[6] * 16_000) :][:48] = 0.9
    write_video(path, FRAMES, RATE, times_s=3.5 + TIMES_S, audio=Audio(click, 16_000), preset="ultrafast")
    np.testing.assert_allclose(build_frame_index(path).times_s, TIMES_S, atol=1e-5)
    sound = read_audio(path)
    assert sound is not None and np.argmax(sound.samples) / 16_000 == pytest.approx(TIMES_S[6], abs=3e-3)


def test_steady_times_are_a_rate_and_change_no_byte(tmp_path: Path) -> None:
    plain, timed = tmp_path / "plain.mp4", tmp_path / "timed.mp4"
    write_video(plain, FRAMES, 25, preset="ultrafast")
    write_video(timed, FRAMES, 25, times_s=np.round(7 + np.arange(len(FRAMES)) / 25, 3), preset="ultrafast")
    assert plain.read_bytes() == timed.read_bytes()


def test_frames_without_loss(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with LosslessWriter(path, RATE, TIMES_S) as writer:
        writer.write(FRAMES[:4])
        writer.write(FRAMES[4:])
    np.testing.assert_allclose(build_frame_index(path).times_s, TIMES_S, atol=1e-3)
    np.testing.assert_array_equal(read_lossless(path), FRAMES)


def test_crops(tmp_path: Path) -> None:
    sink = VideoSink(tmp_path / "crop.mp4", 32, RATE, TIMES_S, 18)
    for index in reversed(range(len(FRAMES))):
        sink.put(index, FRAMES[index])
    np.testing.assert_allclose(build_frame_index(sink.finish(None)).times_s, TIMES_S, atol=1e-5)


def test_two_frames_of_one_moment_stay_in_order(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, FRAMES[:4], 25, times_s=np.array([0.0, 0.1, 0.1, 0.2]), preset="ultrafast")
    assert build_frame_index(path).frame_count == 4


def test_thinned_frames_have_their_own_times(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, FRAMES, RATE, times_s=TIMES_S, preset="ultrafast")
    plan = plan_frames(path, 100, every=4)
    assert plan.indices == (0, 4, 8) and plan.times_s == pytest.approx(TIMES_S[[0, 4, 8]].tolist(), abs=1e-5)


@pytest.mark.parametrize("rate_hz", [11_127, 8_000, 96_000])
def test_sound_of_any_rate_becomes_aac(tmp_path: Path, rate_hz: int) -> None:
    path = tmp_path / "a.mp4"
    click = np.zeros(rate_hz // 2, np.float32)
    click[round(0.2 * rate_hz) :][: rate_hz // 100] = 0.9
    write_video(path, FRAMES, Fraction(25), audio=Audio(click, rate_hz), preset="ultrafast")
    sound = read_audio(path)
    assert sound is not None and sound.duration_s == pytest.approx(0.5, abs=0.07)
    loud = np.flatnonzero(np.abs(sound.samples) > 0.45) / sound.sample_rate_hz
    assert loud[0] == pytest.approx(0.2, abs=2e-3) and loud[-1] == pytest.approx(0.21, abs=2e-3)
