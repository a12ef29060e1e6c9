"""TFLite networks through OpenCV, which needs no TensorFlow."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from feed_dataset.core.jobs.errors import FeedError


class TfliteNetwork:
    """One network with one image input; outputs are found by their number of values.

    Not safe for use by several threads at once (OpenCV keeps the input inside the network).
    """

    def __init__(self, path: Path) -> None:
        try:
            if hasattr(cv2.dnn, "ENGINE_CLASSIC"):
                # The new engine of OpenCV 5 returns only one output of these networks.
                self._net = cv2.dnn.readNetFromTFLite(str(path), engine=cv2.dnn.ENGINE_CLASSIC)
            else:
                self._net = cv2.dnn.readNetFromTFLite(str(path))
        except cv2.error as error:
            raise FeedError(f"expected a TFLite network but OpenCV cannot read {path}: {error}") from error
        self._outputs = list(self._net.getUnconnectedOutLayersNames())

    def __call__(
        self,
        blob: np.ndarray,  # float32 [1, 3, S, S]
    ) -> list[np.ndarray]:
        """All outputs, smallest first."""
        self._net.setInput(blob)
        return sorted((np.asarray(out) for out in self._net.forward(self._outputs)), key=lambda out: out.size)
