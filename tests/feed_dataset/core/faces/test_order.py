"""Which of several faces is taken, and that it stays the same one."""

from __future__ import annotations

import cv2
import numpy as np

from feed_dataset.core.faces import FaceFollower, FaceNetworks
from feed_dataset.core.faces.detector import Detection
from feed_dataset.core.faces.geometry import face_box
from feed_dataset.core.faces.track import order_faces

HW = (300, 400)


def face(x0: float, y0: float, side: float) -> Detection:
    return Detection(np.array([x0, y0, x0 + side, y0 + side], np.float32), 0.9, np.zeros((6, 2), np.float32))


def test_the_largest_face_first_and_of_equals_the_most_central() -> None:
    small, left, central = face(150, 100, 60), face(0, 0, 105), face(150, 100, 100)
    assert order_faces([small, left, central], HW) == [central, left, small]
    assert order_faces([small, face(0, 0, 150)], HW)[0].side_px == 150


def test_where_the_face_was_comes_before_size() -> None:
    small, large = face(0, 0, 60), face(200, 50, 150)
    assert order_faces([large, small], HW, near_px=np.array([5.0, 5, 60, 60])) == [small, large]
    assert order_faces([small, large], HW, near_px=np.array([0.0, 200, 30, 230])) == [large, small]


def test_no_faces() -> None:
    assert order_faces([], HW) == []


def test_after_a_loss_the_same_person_is_found_again(networks: FaceNetworks, photo: np.ndarray) -> None:
    """A person at the left is followed, hidden for a moment, and a larger face appears at the right."""
    alone = np.full((600, 920, 3), 200, np.uint8)
    alone[75:525, :384] = cv2.resize(photo, (384, 450), interpolation=cv2.INTER_AREA)
    both = alone.copy()
    both[:, 400:912] = photo
    hidden = np.full_like(alone, 200)
    follower = FaceFollower(networks)
    centres = []
    for frame in (alone, hidden, both):
        result, _ = follower.step(frame)
        centres.append(None if result is None else float(face_box(result.points_px)[[0, 2]].mean()))
    assert centres[1] is None
    assert centres[0] is not None and centres[2] is not None
    assert abs(centres[0] - centres[2]) < 5
