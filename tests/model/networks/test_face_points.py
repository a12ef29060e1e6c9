from __future__ import annotations

import numpy as np
import torch

from feed_dataset.synthetic.rig.landmarks import DATA_PATH as LANDMARKS
from model.networks.face_points import (
    FACE_EXTENT,
    LEFT_EYE,
    POINTS,
    RIGHT_EYE,
    SKIN_POINTS,
    PointReader,
    crop_matrix,
    cut_crop,
    window_points,
)
from model.networks.pose import HeadPose


def test_a_map_with_one_peak_tells_its_place() -> None:
    reader = PointReader(32, (4, 4, 4, 4), groups=2, points=len(POINTS))
    log_maps = torch.full((1, len(POINTS), 16, 16), -50.0)
    log_maps[:, :, 4, 11] = 0.0  # row, column
    places = reader.places(log_maps.flatten(2).log_softmax(-1))
    expected = torch.tensor([11.5, 4.5]) / 8 - 1
    torch.testing.assert_close(places, expected.expand_as(places))


def test_crops_show_canonical_places() -> None:
    """A bright pixel of the picture is where pose and crop say."""
    image = torch.zeros(1, 3, 64, 64)
    image[:, :, 20, 40] = 1.0  # at (40.5, 20.5) / 32 - 1
    pose = HeadPose(torch.full((1, 3), 1.25), torch.eye(3)[None], torch.tensor([[-0.1, 0.05, 0.0]]))
    crop = cut_crop(image, crop_matrix(pose), window_points(96) * FACE_EXTENT)
    row, column = divmod(int(crop[0, 0].argmax()), 96)
    seen = (torch.tensor([column + 0.5, row + 0.5]) / 48 - 1) * FACE_EXTENT
    picture = torch.tensor([40.5, 20.5]) / 32 - 1
    torch.testing.assert_close(seen, (picture + torch.tensor([-0.1, 0.05])) * 1.25, atol=0.02, rtol=0)


def test_no_point_is_read_twice() -> None:
    assert len(set(POINTS)) == len(POINTS) == 130


def test_each_point_of_an_eye_has_its_partner_in_the_other() -> None:
    """By where they lie on the mean face of the renderer."""
    with np.load(LANDMARKS) as file:
        mean = file["canonical"][list(POINTS[:SKIN_POINTS])]
    right, left = mean[list(RIGHT_EYE[:-1])], mean[list(LEFT_EYE[:-1])]
    assert (POINTS[RIGHT_EYE[-1]], POINTS[LEFT_EYE[-1]]) == (468, 473)  # irises
    apart = np.abs(right * [-1, 1, 1] - left).max()
    assert apart < 0.02 * np.abs(mean).max()
