"""A photograph that a dependency ships, short rendered drivers, and an avatar of the shipped weights."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from matplotlib.cbook import get_sample_data

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.media.images import read_image
from feed_dataset.core.media.video import Audio, read_video, write_video
from model.avatar import Avatar, FaceFinder

FPS = Fraction(25)
FRAMES = 7


@pytest.fixture(scope="session")
def finder() -> FaceFinder:
    finder = FaceFinder()
    try:
        assert finder.networks
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    return finder


@pytest.fixture(scope="session")
def photo_path() -> Path:
    """Grace Hopper, US Navy portrait (public domain), 512 x 600."""
    return Path(get_sample_data("grace_hopper.jpg", asfileobj=False))


@pytest.fixture(scope="session")
def photo(photo_path: Path) -> np.ndarray:
    return read_image(photo_path)


@pytest.fixture(scope="session")
def avatar(photo_path: Path, finder: FaceFinder) -> Avatar:
    return Avatar(photo_path, finder=finder)


@pytest.fixture(scope="session")
def clip() -> np.ndarray:
    """uint8 [7, 512, 512, 3]: a rendered person who talks, every fourth frame."""
    return read_video(mini_clip("speech_C.mp4")).frames[: 4 * FRAMES : 4]


@pytest.fixture(scope="session")
def driver_path(clip: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clip as a video with sound."""
    path = tmp_path_factory.mktemp("driver") / "driver.mp4"
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    write_video(path, clip, FPS, audio=Audio(tone.astype(np.float32), 16_000), preset="ultrafast")
    return path


def mini_clip(name: str) -> Path:
    """A clip of one person of feed-mini."""
    from feed_dataset.layout.mini import MINI_ROOT

    return MINI_ROOT / "S05" / name
