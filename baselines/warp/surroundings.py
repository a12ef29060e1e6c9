"""What lies around a face: hair, neck and background, stretched between the moving face and the image's border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baselines.warp.keypoint_warp import border_anchors, similarity_matrix

# fmt: off
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)
# fmt: on
"""Landmarks around the face, in order."""
_RING = 1.45
"""Hair and jaw up to this multiple of the oval move with the head as a whole."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Points around a face and the triangles between them.

    Args:
        ring_px: float64 [K, 2], around the oval.
        anchors_px: float64 [A, 2], on the image's border; they stay.
        triangles: int [M, 3] of oval, ring and anchors, in this order.
    """

    ring_px: np.ndarray
    anchors_px: np.ndarray
    triangles: np.ndarray

    @classmethod
    def of(
        cls,
        points_px: np.ndarray,  # float [468, 2]
        side_px: int,
    ) -> Surroundings:
        """Around a source's face."""
        from scipy.spatial import Delaunay

        oval = points_px[list(OVAL)]
        middle = oval.mean(axis=0)
        ring = middle + _RING * (oval - middle)
        inside = ((ring > 1) & (ring < side_px - 2)).all(axis=1)
        ring, anchors = ring[inside], border_anchors(side_px)
        return cls(ring, anchors, np.asarray(Delaunay(np.concatenate([oval, ring, anchors])).simplices))

    def points(
        self,
        face_px: np.ndarray,  # float [468, 2]
    ) -> np.ndarray:  # float64 [N, 2]
        """Oval, ring and anchors of the source."""
        return np.concatenate([face_px[list(OVAL)], self.ring_px, self.anchors_px])

    def moved(
        self,
        source_px: np.ndarray,  # float [468, 2]
        target_px: np.ndarray,  # float [468, 2]
    ) -> np.ndarray:  # float64 [N, 2]
        """The same points for a moved face: the ring goes with the oval, as its similarity says."""
        oval, moved = source_px[list(OVAL)], target_px[list(OVAL)]
        turn = similarity_matrix(oval, moved)
        ring = (self.ring_px - oval.mean(axis=0)) @ turn.T + moved.mean(axis=0)
        return np.concatenate([moved, ring, self.anchors_px])
