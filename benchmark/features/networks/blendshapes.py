"""478 landmarks and 52 blendshape coefficients of one face: the networks inside MediaPipe's face_landmarker.task.

The task file is a zip of TFLite networks. The region given to the mesh network is that of the 192 px mesh
(`feed_dataset.core.faces.mesh`); the blendshape network reads 146 of the points it finds, in picture pixels, and does
not depend on where the face lies or how large it is. Paper of the blendshape network: Grishchenko et al.,
"Blendshapes GHUM: Real-time Monocular Facial Blendshape Prediction", 2023.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
import zlib
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from feed_dataset.core.faces.mesh import region_of_landmarks
from feed_dataset.core.faces.tflite import TfliteNetwork
from feed_dataset.core.faces.windows import Window, sample_window, transform_points
from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.weights import resolve

WEIGHTS_NAME = "face-landmarker"
INPUT_PX = 256
POINTS = 478
COEFFICIENTS = 52
MESH_MEMBER, BLENDSHAPES_MEMBER = "face_landmarks_detector.tflite", "face_blendshapes.tflite"
_KEPT_FRAMES = 64  # more than the frames of one chunk of a pass
_MAX_MEMBER_BYTES = 16 * 2**20
_TFLITE_MARK = b"TFL3"  # at byte 4 of every TFLite file

POINTS_READ = (
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80,
    81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153,
    154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249,
    251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314,
    317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382,
    384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473,
    474, 475, 476, 477,
)  # fmt: skip
"""The 146 of the 478 points that the blendshape network takes (kLandmarksSubsetIdxs of face_blendshapes_graph.cc)."""


class Landmarker:
    """The two networks. Not safe for use by several threads at once.

    The points of the frames seen last are kept: points and coefficients of a video are two features, and the mesh
    network, which takes nearly all of the time, runs once for both.
    """

    def __init__(self, mesh: TfliteNetwork, blendshapes: TfliteNetwork) -> None:
        self._mesh, self._blendshapes = mesh, blendshapes
        self._seen: OrderedDict[bytes, np.ndarray] = OrderedDict()

    @classmethod
    def from_file(cls, path: Path) -> Landmarker:
        """From a task file. Raises FeedError when it does not hold the two networks."""
        return cls(_network(path, MESH_MEMBER), _network(path, BLENDSHAPES_MEMBER))

    def points_px(
        self,
        image: np.ndarray,  # uint8 [H, W, 3] RGB
        landmarks_px: np.ndarray,  # [468, 3] of the 192 px mesh on the same image
    ) -> np.ndarray:
        """Landmarks float64 [478, 3]: x and y in pixels, z in the same scale; the last ten are the irises."""
        key = hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=20, salt=_salt(landmarks_px)).digest()
        if key not in self._seen:
            self._seen[key] = self.points_in(image, region_of_landmarks(landmarks_px))
        self._seen.move_to_end(key)
        while len(self._seen) > _KEPT_FRAMES:
            self._seen.popitem(last=False)
        return self._seen[key].copy()

    def points_in(
        self,
        image: np.ndarray,  # uint8 [H, W, 3] RGB
        region: Window,
    ) -> np.ndarray:
        """Landmarks float64 [478, 3] of the face in a region."""
        pixels = sample_window(image, region, INPUT_PX)
        raw = self._mesh(cv2.dnn.blobFromImage(pixels, 1 / 255.0))[-1].reshape(POINTS, 3).astype(np.float64)
        # The network counts pixel edges: 0 is the left edge of the first pixel.
        xy = transform_points(region.to_image(INPUT_PX), raw[:, :2] - 0.5)
        return np.concatenate([xy, raw[:, 2:] * (region.side_px / INPUT_PX)], axis=1)

    def coefficients(
        self,
        points_px: np.ndarray,  # [478, 2 or 3]
    ) -> np.ndarray:
        """Coefficients float32 [52] in [0, 1], in the order of `benchmark.metrics.blendshapes.NAMES`."""
        blob = np.asarray(points_px)[list(POINTS_READ), :2].astype(np.float32) + np.float32(0.5)
        out: np.ndarray = self._blendshapes(blob[None])[-1].reshape(COEFFICIENTS).astype(np.float32)
        return out

    def all_points_px(
        self,
        frames: np.ndarray,  # uint8 [B, H, W, 3] RGB
        landmarks_px: np.ndarray,  # [B, 468, 3], NaN where there is no face
    ) -> np.ndarray:
        """Landmarks float32 [B, 478, 3]; NaN rows where there is no face."""
        out = np.full((len(frames), POINTS, 3), np.nan, np.float32)
        for row, frame, landmarks in zip(out, frames, landmarks_px, strict=True):
            if np.isfinite(landmarks).all():
                row[:] = self.points_px(frame, landmarks)
        return out

    def all_coefficients(
        self,
        frames: np.ndarray,  # uint8 [B, H, W, 3] RGB
        landmarks_px: np.ndarray,  # [B, 468, 3], NaN where there is no face
    ) -> np.ndarray:
        """Coefficients float32 [B, 52]; NaN rows where there is no face."""
        out = np.full((len(frames), COEFFICIENTS), np.nan, np.float32)
        for row, frame, landmarks in zip(out, frames, landmarks_px, strict=True):
            if np.isfinite(landmarks).all():
                row[:] = self.coefficients(self.points_px(frame, landmarks))
        return out


@lru_cache(maxsize=1)
def shared_landmarker() -> Landmarker:
    """The one of this process, from the weights registry. Raises WeightsUnavailable with the command that gets it."""
    return Landmarker.from_file(resolve(WEIGHTS_NAME))


def _salt(landmarks_px: np.ndarray) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(landmarks_px).data, digest_size=16).digest()


def _network(task: Path, member: str) -> TfliteNetwork:
    """One network of a task file. Raises FeedError."""
    content = _member(task, member)
    with tempfile.TemporaryDirectory() as folder:  # OpenCV reads files
        path = Path(folder) / member
        path.write_bytes(content)
        return TfliteNetwork(path)


def _member(task: Path, member: str) -> bytes:
    """Bytes of one member; nothing is unpacked by its own name, and nothing large."""
    try:
        with zipfile.ZipFile(task) as archive:
            found = [entry for entry in archive.infolist() if entry.filename == member]
            if len(found) != 1:
                raise FeedError(
                    f"expected one {member} in {task} but found {len(found)}; download {WEIGHTS_NAME} again"
                )
            if found[0].file_size > _MAX_MEMBER_BYTES:
                raise FeedError(f"expected at most {_MAX_MEMBER_BYTES} bytes but {member} has {found[0].file_size}")
            content = archive.read(found[0])
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as error:  # RuntimeError: encrypted
        raise FeedError(f"expected a face_landmarker.task but {task} is unreadable: {words_of(error)}") from error
    if content[4:8] != _TFLITE_MARK:
        raise FeedError(f"expected a TFLite network but {member} in {task} is none; download {WEIGHTS_NAME} again")
    return content
