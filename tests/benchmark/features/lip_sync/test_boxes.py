"""The crop SyncNet was trained on, from landmarks."""

from __future__ import annotations

import numpy as np

from benchmark.features.lip_sync.boxes import GREY, SyncBox, crop_face, smooth_boxes, sync_box
from benchmark.features.lip_sync.legacy_tracks import crop_legacy


def _face(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    points = np.random.default_rng(0).uniform(0.2, 0.8, (468, 3))
    points[0, :2], points[1, :2] = 0.0, 1.0
    return points * np.array([x1 - x0, y1 - y0, 1.0]) + np.array([x0, y0, 0.0])


def test_the_authors_example_gets_its_own_crop_back() -> None:
    """The mesh's average box there, 47.5 8.9 to 175.3 162.0 px, gives the square of 224 px that they cut."""
    x, y, half = sync_box(_face(47.5, 8.9, 175.3, 162.0))
    assert abs(x - 112) < 0.7 and abs(y - 80) < 0.7 and abs(half - 80) < 0.7


def test_wide_faces_are_measured_by_their_width() -> None:
    np.testing.assert_allclose(sync_box(_face(0, 0, 300, 100))[2], 150)
    assert np.isnan(sync_box(np.full((468, 3), np.nan))).all()


def test_median_over_13_frames_of_what_is_there() -> None:
    boxes = np.tile([[10.0, 20.0, 30.0]], (20, 1))
    boxes[:, 0] += np.arange(20)
    boxes[3] = 1000.0  # a jump
    boxes[12:15] = np.nan
    assert smooth_boxes(boxes, 8).x_px == np.nanmedian(boxes[2:15, 0])
    assert smooth_boxes(boxes, 0).x_px == np.median(boxes[:7, 0])  # no zeros at the ends
    assert smooth_boxes(boxes, 0).half_px == 30.0


def test_whole_pixel_boxes_equal_the_historical_crop() -> None:
    frame = np.random.default_rng(1).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    box = SyncBox(150.0, 110.0, 80.0)  # a square of 224 px: nothing is resized
    np.testing.assert_array_equal(crop_face(frame, box), frame[30:254, 38:262])
    np.testing.assert_array_equal(crop_face(frame, box), crop_legacy(frame, np.array([150.0, 110.0, 80.0])))


def test_sizes_and_places_agree_with_the_historical_crop() -> None:
    y, x = np.mgrid[0:500, 0:500]
    frame = np.stack([x / 2, y / 2, (x + y) / 4], axis=-1).astype(np.uint8)
    for half in (40.0, 75.0, 120.0, 170.0):  # up, down, and past the border
        ours = crop_face(frame, SyncBox(250.0, 210.0, half)).astype(int)
        theirs = crop_legacy(frame, np.array([250.0, 210.0, half])).astype(int)
        inside = slice(4, -4)
        assert np.abs(ours - theirs)[inside, inside].mean() < 1.5


def test_grey_outside_the_picture() -> None:
    crop = crop_face(np.zeros((200, 200, 3), np.uint8), SyncBox(100.0, 150.0, 80.0))
    assert tuple(crop[-1, 112]) == GREY and crop[10, 112].max() == 0
