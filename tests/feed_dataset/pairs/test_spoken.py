"""Frames and sound of a corpus's videos in step: a flash and a click at one moment, wherever a reader begins."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.media.encoders import add_audio, open_output
from feed_dataset.core.media.video import Audio, write_video
from feed_dataset.corpora import UnknownCorpus
from feed_dataset.pairs.spoken import SpokenError, SpokenVideo, read_spoken, spoken_videos
from scripts.click_and_flash import EVENT_S, FPS, SECONDS, Case, burst, encoded, place_of, write

FLASH = round(EVENT_S * FPS)
TOLERANCE_S = 1.5e-3


def click_s(audio: Audio) -> float:
    """When the click is heard, on the clock of the frames."""
    return audio.start_s + place_of(burst(audio.sample_rate_hz), audio.samples) / audio.sample_rate_hz


def sound_file(path: Path, rate_hz: int = 44_100) -> None:
    """The same click in a file without pictures, as VoxCeleb2 has them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.zeros((1, round(SECONDS * rate_hz)), np.float32)
    click, at = burst(rate_hz), round(EVENT_S * rate_hz)
    samples[0, at : at + len(click)] = click
    with open_output(path, "mp4") as container:
        for packet in encoded(add_audio(container, "aac", rate_hz, "mono", bits_per_second=96_000), samples, 0):
            container.mux(packet)


def silent_video(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.zeros((round(SECONDS * FPS), 32, 32, 3), np.uint8)
    frames[FLASH] = 255
    write_video(path, frames, Fraction(FPS))


@pytest.mark.parametrize(
    "case",
    [Case("mp4", "aac"), Case("mp4", "aac", rate_hz=44_100), Case("mp4", "aac", sound_from_s=0.5)],
    ids=lambda case: case.name,
)
@pytest.mark.parametrize(("first", "count", "around_s"), [(0, None, 0.0), (7, 20, 0.0), (15, 10, 0.3)])
def test_hdtf_is_in_step(tmp_path: Path, case: Case, first: int, count: int | None, around_s: float) -> None:
    write(case, tmp_path / "WDA_BarackObama_000.mp4")
    (video,) = spoken_videos(tmp_path, "hdtf")
    assert (video.person, video.separate) == ("BarackObama", None)
    part = read_spoken(video, first, count, around_s=around_s)
    flash_s = part.times_s[int(np.argmax(part.frames.mean(axis=(1, 2, 3))))]
    assert flash_s == pytest.approx((FLASH - first) / FPS, abs=1e-6)
    assert click_s(part.audio) == pytest.approx(flash_s, abs=TOLERANCE_S)
    assert part.audio.start_s == -around_s
    assert part.audio.duration_s == pytest.approx(len(part.frames) / FPS + 2 * around_s, abs=1e-3)


@pytest.mark.parametrize("first", [0, 9])
def test_voxceleb2_has_its_sound_beside(tmp_path: Path, first: int) -> None:
    place = Path("id00012/21Uxsk56VDQ/00001")
    silent_video(tmp_path / "dev" / "mp4" / place.with_suffix(".mp4"))
    sound_file(tmp_path / "dev" / "aac" / place.with_suffix(".m4a"))
    sound_file(tmp_path / "test" / "aac" / place.with_suffix(".m4a"))  # of another part: not this one's
    (video,) = spoken_videos(tmp_path, "voxceleb2")
    assert video.part == "dev" and video.separate is not None and video.separate.parts[-5] == "dev"
    part = read_spoken(video, first)
    flash_s = part.times_s[int(np.argmax(part.frames.mean(axis=(1, 2, 3))))]
    assert click_s(part.audio) == pytest.approx(flash_s, abs=TOLERANCE_S)
    assert part.audio.sample_rate_hz == 44_100


def test_a_videos_own_sound_comes_first(tmp_path: Path) -> None:
    write(Case("mp4", "aac"), tmp_path / "clip.mp4")
    (tmp_path / "other.m4a").write_bytes(b"never opened")
    part = read_spoken(SpokenVideo("clip", "somebody", tmp_path / "clip.mp4", tmp_path / "other.m4a"), 5)
    assert click_s(part.audio) == pytest.approx((FLASH - 5) / FPS, abs=TOLERANCE_S)


def test_what_cannot_be_in_step_is_named(tmp_path: Path) -> None:
    silent_video(tmp_path / "clip.mp4")
    with pytest.raises(SpokenError, match="expected sound in clip or beside it but there is none"):
        read_spoken(SpokenVideo("clip", "somebody", tmp_path / "clip.mp4"))
    frames = np.zeros((50, 32, 32, 3), np.uint8)
    write_video(tmp_path / "short.mp4", frames, Fraction(25), audio=Audio(np.zeros(8000, np.float32), 16_000))
    short = SpokenVideo("short", "somebody", tmp_path / "short.mp4")
    with pytest.raises(SpokenError, match=r"expected sound of all frames of short but it ends 1\.\d+ s before they do"):
        read_spoken(short)
    assert read_spoken(short, 0, 10).audio.duration_s == pytest.approx(0.4)
    with pytest.raises(SpokenError, match="expected frames 45 to 55 of short but it has 50"):
        read_spoken(short, 45, 10)


def test_no_videos_and_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(SpokenError, match=r"expected videos <subset>_<video>_<clip>\.mp4 below"):
        spoken_videos(tmp_path, "hdtf")
    with pytest.raises(UnknownCorpus):
        spoken_videos(tmp_path, "hdft")
