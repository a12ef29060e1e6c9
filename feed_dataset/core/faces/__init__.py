"""Faces in frames: detection, 468 landmarks, tracking, identity descriptors, crops and head rotation.

Names load on first use, because some of them import OpenCV or PyTorch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feed_dataset.core.faces.crop import CropBox as CropBox
    from feed_dataset.core.faces.crop import apply_crop as apply_crop
    from feed_dataset.core.faces.crop import crop_box as crop_box
    from feed_dataset.core.faces.detector import Detection as Detection
    from feed_dataset.core.faces.detector import FaceDetector as FaceDetector
    from feed_dataset.core.faces.embed import FaceEmbedder as FaceEmbedder
    from feed_dataset.core.faces.geometry import euler_deg as euler_deg
    from feed_dataset.core.faces.geometry import face_box as face_box
    from feed_dataset.core.faces.geometry import head_rotation as head_rotation
    from feed_dataset.core.faces.mesh import FaceMesh as FaceMesh
    from feed_dataset.core.faces.mesh import MeshResult as MeshResult
    from feed_dataset.core.faces.networks import FaceNetworks as FaceNetworks
    from feed_dataset.core.faces.track import FaceFollower as FaceFollower
    from feed_dataset.core.faces.track import FaceTrack as FaceTrack
    from feed_dataset.core.faces.track import find_face as find_face
    from feed_dataset.core.faces.track import track_faces as track_faces

_HOME = {
    "CropBox": "crop",
    "apply_crop": "crop",
    "crop_box": "crop",
    "Detection": "detector",
    "FaceDetector": "detector",
    "FaceEmbedder": "embed",
    "euler_deg": "geometry",
    "face_box": "geometry",
    "head_rotation": "geometry",
    "FaceMesh": "mesh",
    "MeshResult": "mesh",
    "FaceNetworks": "networks",
    "FaceFollower": "track",
    "FaceTrack": "track",
    "find_face": "track",
    "track_faces": "track",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
