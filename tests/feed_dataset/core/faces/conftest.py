"""The networks, and a photograph that a dependency ships. Without the weights tests skip and name them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image

from feed_dataset.core.faces import FaceEmbedder, FaceNetworks
from feed_dataset.core.jobs.errors import WeightsUnavailable


@pytest.fixture(scope="session")
def networks() -> FaceNetworks:
    try:
        return FaceNetworks.load()
    except WeightsUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def embedder() -> FaceEmbedder:
    try:
        return FaceEmbedder.load()
    except WeightsUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """Grace Hopper, US Navy portrait (public domain), uint8 [600, 512, 3]."""
    with Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False)) as image:
        return np.asarray(image.convert("RGB"))


def warp(image: np.ndarray, affine: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """The image under an affine map [2, 3] from its pixels to the result's."""
    return cv2.warpAffine(image, affine, size_wh, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)


def similarity(angle_deg: float, scale: float, centre: tuple[float, float], to: tuple[float, float]) -> np.ndarray:
    """Affine map [2, 3]: rotate (positive: clockwise on screen) and scale about `centre`, which goes `to`."""
    angle = np.radians(angle_deg)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.concatenate([linear, (np.array(to) - linear @ np.array(centre))[:, None]], axis=1)
