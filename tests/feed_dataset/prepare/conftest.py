"""The networks, a photograph, and short clips. Without the weights tests skip and name them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image

from feed_dataset.core.faces import FaceNetworks
from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.media.video import read_video
from feed_dataset.layout.mini import MINI_ROOT


@pytest.fixture(scope="session")
def networks() -> FaceNetworks:
    try:
        return FaceNetworks.load()
    except WeightsUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """Grace Hopper, US Navy portrait (public domain), uint8 [300, 256, 3]."""
    with Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False)) as image:
        return cv2.resize(np.asarray(image.convert("RGB")), (256, 300), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="session")
def turning() -> np.ndarray:
    """A synthetic head that turns, uint8 [8, 256, 256, 3]."""
    frames = read_video(MINI_ROOT / "S02" / "rotations_C.mp4", max_frames=24, size_px=256).frames
    return np.ascontiguousarray(frames[::3])
