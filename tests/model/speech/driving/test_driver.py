"""A sound as a driver: length, kinds of files, what a film of it begins with, and what cannot drive."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.types import Audio
from feed_dataset.core.media.video import write_video
from model.speech import SpeechDriver
from model.speech.head_motion.blinks import blink_times, lid_closure
from model.speech.mel import SAMPLE_RATE_HZ
from model.speech.samples import sound_of
from tests.model.speech.driving.material import LIDS, all_of, noise, person, speech_weights
from tests.model.speech.encoders import Loudness
from tests.model.speech.test_sound_files import sound_file


def driver(sound: Path | np.ndarray, seed: int = 0) -> SpeechDriver:
    given = sound if isinstance(sound, Path) else sound_of(sound, 0.0)
    return SpeechDriver(speech_weights(), given, seed=seed, ears=Loudness())


def motion_of(sound: Path | np.ndarray, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    made = driver(sound, seed)
    return all_of(list(made.motions(made.times_s(), person())))


@pytest.mark.parametrize("seconds", [0.03, 0.1, 1.0, 1.03, 11.0])
def test_there_are_as_many_frames_as_the_sound_lasts(seconds: float) -> None:
    z, rotation = motion_of(noise(seconds))
    assert len(z) == len(rotation) == round(seconds * 25)
    assert len(driver(noise(seconds)).times_s(Fraction(50))) == round(seconds * 50)


def test_the_head_turns_about_where_the_photo_holds_it() -> None:
    made, who = driver(noise(4.0)), person()
    motions = list(made.motions(made.times_s(), who))
    assert torch.allclose(torch.cat([m.pose.scale for m in motions]), who.pose.scale.expand(100, -1))
    apart = torch.cat([m.pose.rotation for m in motions]) @ who.pose.rotation[0].T
    assert 0 < (apart - torch.eye(3)).abs().max() < 0.5


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz", "channels"),
    [
        ("a.wav", "pcm_s16le", 8000, 1),
        ("a.wav", "pcm_f32le", 44_100, 2),
        ("a.mp3", "libmp3lame", 44_100, 2),
        ("a.flac", "flac", 48_000, 1),
    ],
)
def test_every_kind_of_sound_drives(tmp_path: Path, name: str, codec: str, rate_hz: int, channels: int) -> None:
    t = np.arange(rate_hz) / rate_hz
    samples = np.tile((0.3 * np.sin(2 * np.pi * 300 * t)).astype(np.float32), (channels, 1))
    z, _ = motion_of(sound_file(tmp_path / name, codec, rate_hz, samples))
    assert len(z) in (25, 26) and z.isfinite().all()  # MP3 is longer by its last packet


@pytest.mark.parametrize("level", [0.0, 0.5, 7.0])
def test_silence_a_constant_and_clipped_sound_give_finite_motion(level: float) -> None:
    z, rotation = motion_of(np.full(SAMPLE_RATE_HZ, level, np.float32))
    assert z.isfinite().all() and rotation.isfinite().all()


def test_a_video_of_which_the_sound_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, np.zeros((25, 16, 16, 3), np.uint8), 25, audio=Audio(noise(1.0), SAMPLE_RATE_HZ))
    assert len(motion_of(path)[0]) in (25, 26, 27)  # AAC is longer by its last packet


def test_what_cannot_drive_is_one_line(tmp_path: Path) -> None:
    silent, text = tmp_path / "silent.mp4", tmp_path / "text.wav"
    write_video(silent, np.zeros((2, 16, 16, 3), np.uint8), 25)
    text.write_text("no sound")
    for given, reason in (
        (silent, "silent.mp4 but it has no sound stream"),
        (text, "text.wav"),
        (tmp_path / "missing.wav", "missing.wav"),
        (np.zeros(100, np.float32), "at least one frame but the sound has 0.00625 s"),
        (np.full(800, np.nan, np.float32), "finite samples"),
    ):
        with pytest.raises(FeedError, match=reason) as caught:
            motion_of(given)
        assert "\n" not in str(caught.value)
    with pytest.raises(FeedError, match="seed of at least 0 but got -1"):
        driver(noise(1.0), seed=-1)


def test_the_same_seed_gives_the_same_bits_from_a_file(tmp_path: Path) -> None:
    path = sound_file(tmp_path / "a.wav", "pcm_s16le", SAMPLE_RATE_HZ, noise(2.0)[None])
    first, again, other = (motion_of(path, seed) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[1], other[1])


def test_lids_close_at_the_times_of_blinks_and_nothing_else_moves() -> None:
    sound = sound_of(noise(20.0), 0.0)
    blinking, still = (SpeechDriver(speech_weights(blinks=b), sound, seed=3, ears=Loudness()) for b in (True, False))
    times_s = blinking.times_s()
    moved, own = (all_of(list(d.motions(times_s, person())))[0] for d in (blinking, still))
    closure = lid_closure(blink_times(3, 20.0), times_s)
    assert closure.max() > 0.9
    assert np.allclose((moved - own)[:, LIDS], closure, atol=1e-5)
    assert np.array_equal(np.delete(moved.numpy(), LIDS, axis=1), np.delete(own.numpy(), LIDS, axis=1))


def test_blinks_have_a_rate_a_seed_and_an_end() -> None:
    sound, model = sound_of(noise(20.0), 0.0), speech_weights(blinks=True)

    def lids(**options: float) -> torch.Tensor:
        made = SpeechDriver(model, sound, ears=Loudness(), **options)  # type: ignore[arg-type]
        return all_of(list(made.motions(made.times_s(), person())))[0][:, LIDS]

    none, usual, other, many = lids(blinks_per_minute=0.0), lids(), lids(seed=1), lids(blinks_per_minute=60.0)
    assert not torch.equal(usual, other) and not torch.equal(usual, none)
    assert (many - none).sum() > (usual - none).sum() > 0
    with pytest.raises(FeedError, match="from above 0 to 60 blinks a minute but got 61"):
        lids(blinks_per_minute=61.0)
