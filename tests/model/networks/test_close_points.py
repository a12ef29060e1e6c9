"""The second look: eyes and mouth in crops of their own."""

from __future__ import annotations

import pytest
import torch

from model.networks.close_points import EYES, LIPS, ClosePoints, Window
from model.networks.config import ModelConfig
from model.networks.face_points import LEFT_EYE, MOUTH, POINTS, RIGHT_EYE, crop_matrix, window_points
from model.networks.pose import HeadPose


def straight() -> HeadPose:
    return HeadPose(torch.ones(1, 3), torch.eye(3)[None], torch.zeros(1, 3))


@pytest.mark.parametrize("window", [*EYES, LIPS])
def test_places_in_a_window_and_in_the_face_are_one_map(window: Window) -> None:
    centre = torch.tensor([[[0.3, -0.2]]])
    inside = torch.rand(1, 9, 2) * 2 - 1
    canonical = window.to_canonical(inside, centre)
    torch.testing.assert_close(window.to_inside(canonical, centre), inside)
    assert torch.equal(canonical[..., 0] > 0.3, (inside[..., 0] > 0) ^ window.mirrored)


def planted(config: ModelConfig) -> ClosePoints:
    """Readers that see the brightest spot: every map is the crop's brightness."""
    close = ClosePoints(config).eval()

    def brightest(reader: torch.nn.Module, points: int):
        def forward(crop: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            maps = torch.nn.functional.avg_pool2d(crop.mean(1, keepdim=True), 2).flatten(2) * 200
            deepest = torch.zeros(len(crop), config.point_close_widths[3], *(config.point_close_px // 16,) * 2)
            return maps.log_softmax(-1).expand(-1, points, -1), deepest

        return forward

    close.eye.forward = brightest(close.eye, len(RIGHT_EYE))  # type: ignore[method-assign]
    close.mouth.forward = brightest(close.mouth, len(MOUTH))  # type: ignore[method-assign]
    return close


@torch.no_grad()
def test_what_is_seen_in_each_crop_lands_where_the_picture_has_it(tiny_point_config: ModelConfig) -> None:
    """Three bright spots, of which the first reading tells only about where they are."""
    spots = {RIGHT_EYE: (-0.31, -0.2), LEFT_EYE: (0.27, -0.22), MOUTH: (0.04, 0.4)}
    grid = window_points(256)
    picture = sum(torch.exp(-(grid - torch.tensor(at)).square().sum(-1) / 2e-4) for at in spots.values())
    image = picture.expand(1, 3, 256, 256)
    at = torch.full((1, len(POINTS), 2), 5.0)
    for points, place in spots.items():
        at[:, list(points)] = torch.tensor(place) + torch.tensor([0.05, -0.04])
    better, tongue = planted(tiny_point_config)(image, crop_matrix(straight()), at)
    for points, place in spots.items():
        expected = torch.tensor(place).expand(1, len(points), 2)
        torch.testing.assert_close(better[:, list(points)], expected, atol=0.0125, rtol=0)  # half a cell
    others = [point for point in range(len(POINTS)) if not any(point in points for points in spots)]
    assert (better[:, others] == 5.0).all()  # only eyes, brows and lips are read again
    assert tongue.shape == (1, 4)
    assert (at[:, list(MOUTH)] != better[:, list(MOUTH)]).all()  # what was given stays as it is


@torch.no_grad()
def test_left_eyes_are_read_as_right_ones(tiny_point_config: ModelConfig) -> None:
    """A mirrored picture gives mirrored points."""
    torch.manual_seed(0)
    close = ClosePoints(tiny_point_config).eval()
    image, at = torch.rand(1, 3, 64, 64), torch.zeros(1, len(POINTS), 2)
    at[:, list(RIGHT_EYE)] = torch.tensor([-0.3, -0.2])
    at[:, list(LEFT_EYE)] = torch.tensor([0.25, -0.15])
    mirrored = at * torch.tensor([-1.0, 1.0])
    mirrored[:, list(RIGHT_EYE)], mirrored[:, list(LEFT_EYE)] = (
        mirrored[:, list(LEFT_EYE)],
        mirrored[:, list(RIGHT_EYE)],
    )
    read, _ = close(image, crop_matrix(straight()), at)
    other, _ = close(image.flip(-1), crop_matrix(straight()), mirrored)
    torch.testing.assert_close(other[:, list(LEFT_EYE)], read[:, list(RIGHT_EYE)] * torch.tensor([-1.0, 1.0]))
