"""Other colours of tongue and lips change those alone, and the head that they are taken from not at all."""

from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.synthetic.people.subjects import SubjectError
from feed_dataset.synthetic.render import Renderer
from feed_dataset.synthetic.render.renderer import RenderResult
from feed_dataset.synthetic.rig.head import Head
from feed_dataset.synthetic.rig.recolour import MouthColours, recoloured
from feed_dataset.synthetic.scene.cameras import studio_cameras
from feed_dataset.synthetic.scene.part_masks import PART_NAMES
from feed_dataset.synthetic.scene.types import Expression, TongueBend

OUT = Expression({"jawOpen": 0.4}, tongue=TongueBend(protrude=1.0, pitch_deg=-40.0))
PURPLE, GREEN = (0.36, 0.14, 0.20), (0.1, 0.6, 0.1)


def shoot(head: Head) -> RenderResult:
    renderer = Renderer(shadow_px=64, threads=1)
    renderer.begin(head, head.pose(OUT))
    return renderer.render(studio_cameras(128, 128)["C"])


def near(result: RenderResult, *names: str) -> np.ndarray:
    """bool [H, W]: these parts and the pixels beside them, whose samples they share."""
    labels = [PART_NAMES.index(name) for name in names]
    parts = np.isin(result.parts, labels)
    grown = parts.copy()
    for axis in (0, 1):
        for step in (1, -1):
            grown |= np.roll(grown, step, axis)
    return grown


@pytest.fixture(scope="module")
def own(head: Head) -> RenderResult:
    return shoot(head)


def test_no_colours_change_no_byte(own: RenderResult, head: Head) -> None:
    np.testing.assert_array_equal(shoot(recoloured(head, MouthColours())).image, own.image)


def test_a_tongue_changes_the_tongue_alone(own: RenderResult, head: Head) -> None:
    purple = shoot(recoloured(head, MouthColours(PURPLE)))
    changed = (purple.image != own.image).any(axis=2)
    tongue = own.parts == PART_NAMES.index("tongue")
    assert changed[tongue].mean() > 0.9
    assert not changed[~near(own, "tongue")].any()
    (red, _, blue), (red_before, _, blue_before) = purple.image[tongue].mean(0), own.image[tongue].mean(0)
    assert blue / red > 1.1 * blue_before / red_before
    np.testing.assert_array_equal(purple.parts, own.parts)
    np.testing.assert_array_equal(shoot(head).image, own.image)  # it stays as it is


def test_a_coat_covers_the_middle_and_leaves_the_rim(head: Head) -> None:
    bare, coated = (recoloured(head, MouthColours(PURPLE, coat)).topology.tongue.colours for coat in (None, GREEN))
    changed = np.abs(coated - bare).max(axis=1)
    assert changed.max() > 0.3 and (changed == 0).mean() > 0.1
    np.testing.assert_allclose(
        coated[changed.argmax()] / coated[changed.argmax()].sum(), np.array(GREEN) / 0.8, atol=0.02
    )


def test_lipstick_changes_the_lips_alone(own: RenderResult, head: Head) -> None:
    painted = shoot(recoloured(head, MouthColours(lips_rgb=GREEN)))
    lips = np.isin(own.parts, [PART_NAMES.index(name) for name in ("upper_lip", "lower_lip")])
    change = painted.image.astype(int) - own.image
    assert change[lips][:, 1].mean() > 20
    assert (np.abs(change).max(axis=2)[: own.image.shape[0] // 3] == 0).all()
    none = recoloured(head, MouthColours(lips_rgb=GREEN, lips_cover=0.0))
    np.testing.assert_array_equal(none.maps.albedo, head.maps.albedo)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tongue_rgb": (0.5, 0.2)}, "expected tongue_rgb to be three numbers"),
        ({"lips_rgb": (0.5, 0.2, 1.5)}, "expected lips_rgb to be three numbers"),
        ({"lips_rgb": (0.5, 0.2, float("nan"))}, "expected lips_rgb to be three numbers"),
        ({"coat_rgb": PURPLE}, "expected tongue_rgb beside coat_rgb"),
        ({"lips_cover": -0.1}, "expected lips_cover in"),
    ],
)
def test_wrong_colours_are_refused(wrong: dict, words: str) -> None:
    with pytest.raises(SubjectError, match=words):
        MouthColours(**wrong)
