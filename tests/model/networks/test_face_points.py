from __future__ import annotations

import torch

from model.networks.face_points import EXTENT, POINTS, PointReader, crop_matrix, crop_points, cut_crop
from model.networks.pose import HeadPose


def test_a_map_with_one_peak_tells_its_place() -> None:
    reader = PointReader(32, (4, 4, 4, 4), groups=2)
    log_maps = torch.full((1, len(POINTS), 16, 16), -50.0)
    log_maps[:, :, 4, 11] = 0.0  # row, column
    places = reader.places(log_maps.flatten(2).log_softmax(-1))
    expected = (torch.tensor([11.5, 4.5]) / 8 - 1) * EXTENT
    torch.testing.assert_close(places, expected.expand_as(places))


def test_crops_show_canonical_places() -> None:
    """A bright pixel of the picture is where pose and crop say."""
    image = torch.zeros(1, 3, 64, 64)
    image[:, :, 20, 40] = 1.0  # at (40.5, 20.5) / 32 - 1
    pose = HeadPose(torch.full((1, 3), 1.25), torch.eye(3)[None], torch.tensor([[-0.1, 0.05, 0.0]]))
    crop = cut_crop(image, crop_matrix(pose), crop_points(96))
    row, column = divmod(int(crop[0, 0].argmax()), 96)
    seen = (torch.tensor([column + 0.5, row + 0.5]) / 48 - 1) * EXTENT
    picture = torch.tensor([40.5, 20.5]) / 32 - 1
    torch.testing.assert_close(seen, (picture + torch.tensor([-0.1, 0.05])) * 1.25, atol=0.02, rtol=0)


def test_no_point_is_read_twice() -> None:
    assert len(set(POINTS)) == len(POINTS) == 130
