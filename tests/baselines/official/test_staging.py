"""What a repository reads: names, counts, times and silence, read back from the job folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from baselines.interface.errors import BatchError
from baselines.official.adapter import Inputs
from baselines.official.staging import Staged, stage_slot
from baselines.official.units import Slot
from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.images import read_image
from feed_dataset.core.media.scan import scan_video
from feed_dataset.core.media.whole_video import probe, read_video
from feed_dataset.core.media.writer import write_video
from tests.baselines.official.batches import clip, make_batch

FRAMES = "f{n}/{t:04d}.png"


def staged(tmp_path: Path, inputs: Inputs, *, cases: int = 1, frames: int = 6, fps: int = 25) -> Staged:
    batch = make_batch(tmp_path / "in", cases=cases, frames=frames, fps=fps)
    (tmp_path / "work").mkdir()
    return stage_slot(Slot(0, batch.cases), batch, inputs, tmp_path / "work", seed=7)


def images(tmp_path: Path) -> list[np.ndarray]:
    return [read_image(file) for file in sorted((tmp_path / "work" / "f0").iterdir())]


def numbers(tmp_path: Path, made: np.ndarray) -> list[int]:
    """Which frame of a driver each staged image is."""
    return [int(np.argmin([np.abs(one.astype(int) - other).sum() for other in made])) for one in images(tmp_path)]


def test_ends_that_a_repository_eats_are_repeated(tmp_path: Path) -> None:
    found = staged(tmp_path, Inputs(frames=FRAMES, pad_frames=(2, 3), first_frame=1))
    assert numbers(tmp_path, clip(1, 6)) == [0, 0, 0, 1, 2, 3, 4, 5, 5, 5, 5]
    assert (tmp_path / "work" / "f0" / "0001.png").exists()
    assert found.values["frame_count"] == "11" and found.values["seed"] == "7"


def test_frames_at_another_rate_are_the_nearest_in_time(tmp_path: Path) -> None:
    found = staged(tmp_path, Inputs(frames=FRAMES, resample_fps=25), frames=17, fps=30)
    assert len(images(tmp_path)) == 15  # 0.567 s, to the end
    assert numbers(tmp_path, clip(1, 17, 30)) == [0, 1, 2, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 16, 16]
    assert found.seconds == pytest.approx(15 / 25)


def test_drivers_of_one_source_are_joined_in_order(tmp_path: Path) -> None:
    staged(tmp_path, Inputs(frames=FRAMES, driver="d{n}.mp4"), cases=2)
    both = np.concatenate([clip(1, 6), clip(2, 6, 26)])
    assert numbers(tmp_path, both) == list(range(12))
    assert probe(tmp_path / "work" / "d0.mp4").frame_count == 12


def test_sizes_rates_and_sound_of_a_driver_are_those_that_are_asked_for(tmp_path: Path) -> None:
    staged(tmp_path, Inputs(source="s{n}.png", driver="d{n}.mp4", size_px=96, fps=25, driver_sound=True), fps=30)
    found = probe(tmp_path / "work" / "d0.mp4")
    assert (found.width_px, found.height_px, found.fps, found.frame_count, found.has_audio) == (96, 96, 25, 6, True)
    sound = read_audio(tmp_path / "work" / "d0.mp4")
    assert sound is not None and sound.duration_s > 6 / 25 and not np.abs(sound.samples).max() > 1e-3
    assert read_image(tmp_path / "work" / "s0.png").shape == (96, 96, 3)


def test_a_driver_that_needs_no_change_is_copied(tmp_path: Path) -> None:
    staged(tmp_path, Inputs(driver="d{n}.mp4"))
    assert (tmp_path / "work" / "d0.mp4").read_bytes() == (tmp_path / "in" / "drivers" / "driver.0.mp4").read_bytes()


def test_a_driver_whose_frames_come_at_times_of_their_own_is_written_at_a_constant_rate(tmp_path: Path) -> None:
    """imageio reads 15 frames from the 12 of such a file: it repeats frames to fill the gaps."""
    batch = make_batch(tmp_path / "in", cases=1, frames=12)
    times_s = np.arange(12) / 25 + 0.12 * (np.arange(12) >= 5)
    write_video(tmp_path / "in" / "drivers" / "driver.0.mp4", clip(1, 12), 25, times_s=times_s, crf=12)
    stage_slot(Slot(0, batch.cases), batch, Inputs(driver="d{n}.mp4"), tmp_path / "work")
    index = scan_video(tmp_path / "work" / "d0.mp4").index
    assert index.times_s == pytest.approx(np.arange(12) / 25)


def test_audio_is_as_long_as_the_frames_with_silence_at_its_ends(tmp_path: Path) -> None:
    found = staged(tmp_path, Inputs(audio="a{n}.wav", audio_hz=8000, pad_frames=(2, 2), tail_silence_s=0.1), frames=10)
    audio = read_audio(tmp_path / "work" / "a0.wav")
    assert audio is not None and audio.sample_rate_hz == 8000
    assert found.seconds == pytest.approx(14 / 25 + 0.1) == audio.duration_s
    loud = np.flatnonzero(np.abs(audio.samples) > 0.05) / 8000
    assert loud[0] >= 2 / 25 and loud[-1] <= 12 / 25


def test_a_still_source_becomes_a_video_that_lasts_as_long_as_the_audio(tmp_path: Path) -> None:
    inputs = Inputs(driver="d{n}.mp4", loop_source=True, fps=25, audio="a{n}.wav", tail_silence_s=0.2)
    found = staged(tmp_path, inputs, frames=15, fps=30)
    frames = read_video(tmp_path / "work" / "d0.mp4").frames
    assert len(frames) / 25 >= found.seconds
    assert np.abs(frames.astype(int) - frames[0]).max() <= 8  # it stands still


def test_inputs_that_a_repository_touches_are_named(tmp_path: Path) -> None:
    found = staged(tmp_path, Inputs(source="s{n}.png", audio="a{n}.wav"))
    assert found.changed(frozenset()) == []
    (tmp_path / "work" / "s0.png").unlink()
    audio = tmp_path / "work" / "a0.wav"
    assert audio.stat().st_mode & 0o222 == 0
    audio.chmod(0o644)
    audio.write_bytes(b"other")
    assert found.changed(frozenset()) == ["s0.png", "a0.wav"]
    assert found.changed(frozenset({"audio"})) == ["s0.png"]


def test_a_driver_with_too_few_frames_is_not_driven_with(tmp_path: Path) -> None:
    batch = make_batch(tmp_path / "in", cases=1)
    (tmp_path / "in" / "drivers" / "driver.0" / "0006.png").unlink()
    with pytest.raises(BatchError, match="expected 6 driver frames but got 5; stage again"):
        stage_slot(Slot(0, batch.cases), batch, Inputs(frames=FRAMES), tmp_path / "work")
