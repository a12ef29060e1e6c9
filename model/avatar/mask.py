"""Which pixels of a crop show the person, for models that were trained on sources cut out of their background."""

from __future__ import annotations

import cv2
import numpy as np

from feed_dataset.core.faces.tflite import TfliteNetwork
from feed_dataset.core.weights import resolve

WEIGHTS = "person-mask"
_INPUT_PX = 256
_THRESHOLD = 0.5


class PersonMask:
    """MediaPipe's selfie segmentation.

    The published preprocessing uses a face parser instead and also cuts away clothes; this network keeps them.
    """

    def __init__(self) -> None:
        self._network = TfliteNetwork(resolve(WEIGHTS))

    def __call__(
        self,
        picture: np.ndarray,  # uint8 [H, W, 3] RGB
    ) -> np.ndarray:  # bool [H, W]
        blob = cv2.dnn.blobFromImage(picture, 1 / 255, (_INPUT_PX, _INPUT_PX))
        likely = self._network(blob)[0].reshape(_INPUT_PX, _INPUT_PX)
        full: np.ndarray = cv2.resize(likely, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
        return full > _THRESHOLD
