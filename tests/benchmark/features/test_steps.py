"""Steps from frame to frame: a head that moves as a whole makes none, and how frames were cut does not matter."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.features.extractors.face_colour import face_colours, lab_of
from benchmark.features.extractors.face_steps import FaceSteps
from benchmark.features.extractors.perceptual_steps import PerceptualSteps
from benchmark.features.networks.lpips import FrameDistance, Lpips
from benchmark.features.types.extractor import Batch
from tests.benchmark.metrics.faces import person, shoot

HEAD = shoot(person(), scale_px=60, at_px=(0, 0))


def moving(n: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """A painted head that is carried through the picture: frames and landmarks."""
    y, x = np.mgrid[:200, :220].astype(float)
    frames, points = [], []
    for t in range(n):
        u, v = x - 90 - 7.3 * t, y - 100 + 2.6 * t
        frames.append(np.repeat((120 + 60 * np.sin(u / 7) * np.cos(v / 8))[..., None], 3, axis=2).round())
        points.append(HEAD + [90 + 7.3 * t, 100 - 2.6 * t, 0])
    return np.stack(frames).astype(np.uint8), np.stack(points).astype(np.float32)


def steps_of(frames: np.ndarray, points: np.ndarray, cuts: tuple[int, ...] = ()) -> np.ndarray:
    session = FaceSteps()
    edges = (0, *cuts, len(frames))
    for start, stop in zip(edges, edges[1:], strict=False):
        session.push(Batch(frames[start:stop], points[start:stop], start))
    return session.finish()


def test_a_head_that_moves_as_a_whole_hardly_changes() -> None:
    frames, points = moving()
    found = steps_of(frames, points)
    assert np.isnan(found[0]).all()
    whole = np.abs(np.diff(frames.astype(float), axis=0)).mean()
    assert found[1:, 0].max() < 0.15 * whole
    darker = frames.copy()
    darker[3] = (darker[3] * 0.9).astype(np.uint8)
    seen = steps_of(darker, points)
    assert seen[3, 0] > 4 * found[3, 0] and seen[3, 1] > 4 * found[3, 1]
    assert seen[1, 0] == found[1, 0]


def test_how_frames_were_cut_does_not_matter() -> None:
    frames, points = moving()
    points[2] = np.nan
    whole = steps_of(frames, points)
    np.testing.assert_array_equal(whole, steps_of(frames, points, (1, 3, 4)))
    assert np.isnan(whole).all(axis=1).tolist() == [True, False, True, True, False, False]


@pytest.fixture(scope="module")
def distance() -> FrameDistance:
    torch.manual_seed(0)
    lpips = Lpips("alex")
    for head in lpips.heads:
        torch.nn.init.uniform_(head)
    return FrameDistance(lpips.eval())


def test_neighbours_are_as_far_apart_as_two_frames(distance: FrameDistance) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (7, 48, 40, 3), dtype=np.uint8)
    blind = np.full((7, 468, 3), np.nan, np.float32)
    found = []
    for cuts in ((7,), (1, 6, 7)):
        session, start = PerceptualSteps(distance), 0
        for stop in cuts:
            session.push(Batch(frames[start:stop], blind[start:stop], start))
            start = stop
        found.append(session.finish())
    np.testing.assert_array_equal(*found)
    assert found[0].shape == (7, 1) and np.isnan(found[0][0, 0])
    np.testing.assert_allclose(found[0][1:, 0], distance(frames[1:], frames[:-1]), rtol=1e-4)
    assert np.isnan(distance.between_neighbours(frames[:, :20])).all()


@pytest.mark.parametrize(
    ("light", "lab"),
    [
        ((1, 1, 1), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((1, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
    ],
)
def test_colours_are_the_published_ones(light: tuple[int, ...], lab: tuple[float, ...]) -> None:
    np.testing.assert_allclose(lab_of(np.array(light, float)), lab, atol=0.03)


def test_only_the_face_has_a_colour() -> None:
    frames, points = moving(2)
    background = frames.copy()
    background[:, :, 190:] = 255
    np.testing.assert_allclose(face_colours(frames, points), face_colours(background, points))
    assert np.isnan(face_colours(frames, points * np.nan)).all()
