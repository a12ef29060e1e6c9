"""Tongues painted onto a drawn face: known areas, known colours, light that does not matter."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from benchmark.features.extractors.tongue import EXTRACTORS
from benchmark.features.extractors.tongue_pixels import PATCH_IOD, PATCH_PX, look_of, tongue_areas, touching
from benchmark.features.extractors.tongue_untellable import Untellable
from benchmark.features.types.extractor import Batch, ClipInfo, Compute
from feed_dataset.core.faces.mesh_indices import LIPS_OUTER
from tests.benchmark.metrics.faces import IOD, person, shoot

SKIN, LIPS, TONGUE, TEETH, SCALE = (205, 160, 140), (190, 120, 105), (200, 120, 125), (225, 220, 205), 150.0
IOD_PX = IOD * SCALE
LANDMARKS = shoot(person(), scale_px=SCALE, at_px=(128, 118)).astype(np.float32)
BELOW_LIPS = LANDMARKS[17, :2] + [0, 0.05 * IOD_PX]
IN_MOUTH = LANDMARKS[[13, 14], :2].mean(axis=0)


def face(
    tongue_px: int = 0,
    colour: tuple[int, int, int] = TONGUE,
    light: tuple[float, ...] = (1, 1, 1),
    at_px: np.ndarray = BELOW_LIPS,
    lips: tuple[int, int, int] = LIPS,
) -> np.ndarray:
    """A flat face with eyes and lips, and a disc of this radius on the lower lip, uint8 [256, 256, 3]."""
    image = np.full((256, 256, 3), SKIN, np.uint8)
    for corners in ((33, 133), (362, 263)):
        middle = LANDMARKS[list(corners), :2].mean(axis=0)
        cv2.ellipse(image, [int(v) for v in middle], (16, 8), 0, 0, 360, (165, 163, 160), -1)
    cv2.fillPoly(image, [np.rint(LANDMARKS[list(LIPS_OUTER), :2]).astype(np.int32)], lips)
    if tongue_px:
        cv2.circle(image, [int(v) for v in at_px], tongue_px, colour, -1)
    return np.clip(image * np.array(light), 0, 255).astype(np.uint8)


def area(image: np.ndarray, rest: np.ndarray | None = None) -> np.ndarray:
    return tongue_areas(image, LANDMARKS, look_of(face() if rest is None else rest, LANDMARKS))


@pytest.mark.parametrize("radius_px", [6, 9, 12])
def test_the_area_is_that_of_the_painted_tongue(radius_px: int) -> None:
    visible, joined, beyond = area(face(radius_px))
    pixel_px = PATCH_IOD / PATCH_PX * IOD_PX  # the patch is blurred by one
    assert np.pi * radius_px**2 < visible * IOD_PX**2 < np.pi * (radius_px + 1.5 * pixel_px) ** 2
    assert 0.9 * np.pi * radius_px**2 < joined * IOD_PX**2 < visible * IOD_PX**2
    assert 0.5 * joined < beyond < joined


@pytest.mark.parametrize("light", [(0.5, 0.5, 0.5), (1.15, 1.0, 0.8), (0.9, 1.0, 1.15)])
def test_exposure_and_white_balance_hardly_matter(light: tuple[float, float, float]) -> None:
    here = area(face(10))
    there = area(face(10, light=light), face(light=light))
    np.testing.assert_allclose(there, here, rtol=0.2)


def test_teeth_skin_lips_and_darkness_are_no_tongue() -> None:
    for colour in (TEETH, SKIN, LIPS, (35, 18, 20), (0, 0, 0)):
        assert area(face(10, colour))[1] < 0.004, colour


def test_a_tongue_in_the_shadow_of_the_mouth_is_visible_but_not_lit() -> None:
    visible, joined, _ = area(face(10, tuple(int(0.5 * c) for c in TONGUE)))  # type: ignore[arg-type]
    assert visible > 0.012 and joined < 0.3 * visible


def test_a_tongue_within_the_lips_is_seen_but_not_beyond_them() -> None:
    visible, joined, beyond = area(face(4, at_px=IN_MOUTH))
    assert 0.004 < joined < visible
    assert beyond == 0


def test_what_does_not_touch_the_lips_is_no_tongue() -> None:
    visible, joined, beyond = area(face(5, at_px=LANDMARKS[17, :2] + [0, 0.16 * IOD_PX]))
    assert visible > 0.008
    assert joined == beyond == 0


def test_pieces_are_kept_whole_if_they_lie_on_the_mouth_or_next_to_it() -> None:
    weight = np.zeros((8, 12))
    weight[1:7, 1], weight[1:7, 5], weight[1:7, 9] = 0.9, 0.8, 0.7  # on it; next to it; a pixel away
    weight[3, 2] = 0.5  # too little to be of a piece
    mouth = np.zeros((8, 12), bool)
    mouth[1, 1:5] = mouth[1, 11] = True
    kept = touching(weight, mouth)
    assert kept.sum(axis=0)[[1, 2, 5]] == pytest.approx([5.4, 0, 4.8])
    mouth[1, 11] = False
    mouth[7, 11] = True
    assert touching(weight, mouth)[:, 9].sum() == 0


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        (face(), Untellable.NO),
        (face(light=(0.1, 0.1, 0.1)), Untellable.DARK),
        (face(light=(1.6, 1.6, 1.9)), Untellable.BRIGHT),
        (face(lips=(190, 110, 125)), Untellable.BLUE_LIPS),
    ],
)
def test_a_first_frame_that_cannot_tell_a_tongue_says_why(rest: np.ndarray, why: Untellable) -> None:
    assert look_of(rest, LANDMARKS).untellable is why


def test_a_session_takes_its_colours_from_the_first_face_and_does_not_depend_on_batches() -> None:
    frames = np.stack([np.zeros((256, 256, 3), np.uint8), face(), face(10), face(), face(6)])
    landmarks = np.stack([np.full_like(LANDMARKS, np.nan), *[LANDMARKS] * 4])
    results = []
    for size in (1, 2, 5):
        session = EXTRACTORS[0].load(Compute())(ClipInfo(Fraction(25), 256, 256))
        for start in range(0, 5, size):
            session.push(Batch(frames[start : start + size], landmarks[start : start + size], start))
        results.append(session.finish())
    assert results[0].shape == (5, 4) and results[0].dtype == np.float32
    assert np.isnan(results[0][0]).all()
    assert results[0][2, 0] > 0.02 > results[0][3, 0]
    for other in results[1:]:
        np.testing.assert_array_equal(other, results[0])


def test_a_face_half_out_of_the_picture_is_no_error() -> None:
    shifted = LANDMARKS + np.float32([150, 120, 0])
    assert np.isfinite(tongue_areas(face(), shifted, look_of(face(), shifted))).all()
