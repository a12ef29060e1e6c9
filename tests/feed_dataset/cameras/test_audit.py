"""Known offsets are found; unrelated, silent and periodic signals give none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, lfilter, sosfilt

from feed_dataset.cameras.audit import RELIABLE, audit_sync
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.video import Audio, write_video

RATE_HZ = 16_000
FPS = 25


def voice(seconds: float, seed: int) -> np.ndarray:
    """Noise coloured and in bursts like speech."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    loudness = np.abs(lfilter([1], [1, -0.9995], rng.standard_normal(count)))
    sound = lfilter([1], [1, -1.6, 0.8], rng.standard_normal(count)) * loudness
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def activity(seed: int):  # type: ignore[no-untyped-def]
    """How strongly a person moves at any time, as a function of seconds."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(-5, 25, 0.005)
    slow = sosfilt(butter(2, 2.5, "low", fs=200, output="sos"), rng.standard_normal(len(times_s)))
    place = np.cumsum(np.abs(slow)) * 4
    return lambda t: np.interp(t, times_s, place)


def film(place, start_s: float, count: int = 200, grain: int = 0) -> np.ndarray:  # type: ignore[no-untyped-def]
    """A textured disc that moves by `place`; `start_s` is what the clock shows at the first frame."""
    y, x = np.mgrid[0:48, 0:64]
    rng = np.random.default_rng(grain)
    frames = np.empty((count, 48, 64, 3), np.uint8)
    for number, frame in enumerate(frames):
        at = place(start_s + number / FPS)
        wave = np.sin((x + at) / 4) * np.cos(y / 5)
        frame[...] = np.clip(120 + 80 * wave + rng.normal(0, 2, wave.shape), 0, 255)[..., None]
    return frames


def write(folder: Path, **views: tuple[np.ndarray, np.ndarray | None]) -> dict[str, Path]:
    paths = {}
    for view, (frames, samples) in views.items():
        paths[view] = folder / f"random_{view}.mp4"
        sound = None if samples is None else Audio(samples, RATE_HZ)
        write_video(paths[view], frames, FPS, audio=sound, preset="ultrafast")
    return paths


STILL = np.full((100, 32, 32, 3), 90, np.uint8)


def test_sound_gives_the_offset_to_a_millisecond(tmp_path: Path) -> None:
    """L began to record 0.1234 s later, so what happens at t in C is at t - 0.1234 in L; R 0.8 s earlier."""
    sound = voice(8.0, 1)
    views = {view: sound[round((2 + late_s) * RATE_HZ) :][: 4 * RATE_HZ] for view, late_s in OFFSETS.items()}
    rng = np.random.default_rng(0)
    noisy = {view: (samples + rng.normal(0, 0.01, len(samples))).astype(np.float32) for view, samples in views.items()}
    audit = audit_sync(write(tmp_path, **{view: (STILL, samples) for view, samples in noisy.items()}))
    assert audit.method == "audio" and audit.reference == "C"
    for view, late_s in OFFSETS.items():
        assert audit.is_reliable(view)
        assert audit.offsets_s[view] == pytest.approx(late_s, abs=1e-3)


OFFSETS = {"C": 0.0, "L": 0.1234, "R": -0.8}


def test_motion_gives_a_fraction_of_a_frame(tmp_path: Path) -> None:
    place = activity(3)
    late_s = {"C": 0.0, "L": 0.135, "R": -0.41}  # 3.4 and 10.25 frames
    audit = audit_sync(
        write(tmp_path, **{v: (film(place, s, grain=n), None) for n, (v, s) in enumerate(late_s.items())})
    )
    assert audit.method == "motion"
    for view, wanted_s in late_s.items():
        assert audit.is_reliable(view)
        assert audit.offsets_s[view] == pytest.approx(wanted_s, abs=0.25 / FPS)


def test_unrelated_signals_give_no_offset(tmp_path: Path) -> None:
    for seed in range(2):
        paths = write(tmp_path, C=(STILL, voice(4, seed)), L=(STILL, voice(4, seed + 100)))
        audit = audit_sync(paths)
        assert audit.method == "audio" and audit.confidence["L"] < RELIABLE and audit.offsets_s["L"] == 0.0
        paths = write(tmp_path, C=(film(activity(seed), 0), None), L=(film(activity(seed + 50), 0, grain=1), None))
        audit = audit_sync(paths)
        assert audit.method == "motion" and audit.confidence["L"] < RELIABLE and audit.offsets_s["L"] == 0.0


def test_a_hum_has_no_offset(tmp_path: Path) -> None:
    """A periodic sound fits at every period."""
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    rng = np.random.default_rng(2)
    hum = 0.3 * np.sin(2 * np.pi * 220 * time_s)
    one, other = ((hum + rng.normal(0, 0.01, len(hum))).astype(np.float32) for _ in range(2))
    audit = audit_sync(write(tmp_path, C=(STILL, one), L=(STILL, np.roll(other, 37))))
    assert not audit.is_reliable("L") and audit.offsets_s["L"] == 0.0


def test_motion_is_used_unless_all_have_sound(tmp_path: Path) -> None:
    place, sound = activity(9), voice(8, 4)
    silence = np.zeros(8 * RATE_HZ, np.float32)
    for other in (None, silence):
        paths = write(tmp_path, C=(film(place, 0.0), sound), L=(film(place, 0.2, grain=1), other))
        audit = audit_sync(paths)
        assert audit.method == "motion" and audit.offsets_s["L"] == pytest.approx(0.2, abs=0.01)


def test_nothing_moves(tmp_path: Path) -> None:
    audit = audit_sync(write(tmp_path, C=(STILL, None), L=(STILL, None)))
    assert audit.confidence["L"] == 0.0 and audit.offsets_s == {"C": 0.0, "L": 0.0}


def test_reference_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="reference view among L but got 'C'"):
        audit_sync({"L": tmp_path / "x.mp4"})
