"""Pictures: what is in them, and that they do not depend on threads, bands or history."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from feed_dataset.synthetic.render import Light, Renderer, RenderResult, renderer, shadow
from feed_dataset.synthetic.rig.head import Head
from feed_dataset.synthetic.scene.cameras import Camera, studio_cameras
from feed_dataset.synthetic.scene.part_masks import part_mask
from feed_dataset.synthetic.scene.types import Expression, TongueBend

SIZE_PX = 80


@pytest.fixture(scope="module")
def cameras() -> dict[str, Camera]:
    return studio_cameras(SIZE_PX, SIZE_PX)


@pytest.fixture(scope="module")
def studio() -> Renderer:
    return Renderer(shadow_px=256, threads=2)


def shoot(studio: Renderer, head: Head, camera: Camera, expression: Expression | None = None) -> RenderResult:
    studio.begin(head, head.pose(expression or Expression()))
    return studio.render(camera)


def count(result: RenderResult, *names: str) -> int:
    return int(part_mask(result.parts, *names).sum())


def middle(result: RenderResult, name: str) -> np.ndarray:  # x, y px
    rows, columns = np.nonzero(part_mask(result.parts, name))
    return np.array([columns.mean(), rows.mean()]) + 0.5


@pytest.fixture(scope="module")
def neutral(studio: Renderer, head: Head, cameras: dict[str, Camera]) -> RenderResult:
    return shoot(studio, head, cameras["C"])


def assert_same(a: RenderResult, b: RenderResult) -> None:
    np.testing.assert_array_equal(a.image, b.image)
    np.testing.assert_array_equal(a.parts, b.parts)
    np.testing.assert_array_equal(a.depth, b.depth)


def test_shapes_and_ranges(neutral: RenderResult) -> None:
    assert neutral.image.shape == (SIZE_PX, SIZE_PX, 3)
    assert neutral.image.dtype == neutral.parts.dtype == np.uint8
    assert neutral.parts.shape == neutral.depth.shape == (SIZE_PX, SIZE_PX)
    assert neutral.depth.dtype == np.float32
    np.testing.assert_array_equal(np.isinf(neutral.depth), neutral.parts == 0)
    assert 9 < neutral.depth.min() < neutral.depth[neutral.parts > 0].max() < 13
    assert neutral.image.std() > 30


@pytest.mark.parametrize("threads", [1, 3, 8])
def test_threads_leave_no_trace(neutral: RenderResult, head: Head, cameras: dict[str, Camera], threads: int) -> None:
    assert_same(neutral, shoot(Renderer(shadow_px=256, threads=threads), head, cameras["C"]))


def test_bands_leave_no_trace(
    neutral: RenderResult, head: Head, cameras: dict[str, Camera], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renderer, "rasterise", functools.partial(renderer.rasterise, band_rows=7))
    monkeypatch.setattr(shadow, "rasterise_depth", functools.partial(shadow.rasterise_depth, band_rows=31))
    monkeypatch.setattr(renderer, "SHADE_ROWS", 3)
    assert_same(neutral, shoot(Renderer(shadow_px=256, threads=2), head, cameras["C"]))


def test_history_leaves_no_trace(
    neutral: RenderResult, studio: Renderer, head: Head, cameras: dict[str, Camera]
) -> None:
    shoot(studio, head, cameras["L"], Expression({"jawOpen": 1.0}, head_deg=(25, 10, 0)))
    studio.render(cameras["R"].with_crop(20, 20, 40, 64), supersample=1)
    assert_same(neutral, shoot(studio, head, cameras["C"]))


def test_render_before_begin_is_refused(cameras: dict[str, Camera]) -> None:
    with pytest.raises(RuntimeError, match="begin"):
        Renderer().render(cameras["C"])


def test_neutral_face_has_its_parts_in_place(neutral: RenderResult) -> None:
    for name in (
        "skin",
        "l_eye",
        "r_eye",
        "l_brow",
        "r_brow",
        "upper_lip",
        "lower_lip",
        "hair",
        "neck",
        "nose",
        "cloth",
    ):
        assert count(neutral, name) > 0, name
    assert count(neutral, "tongue") == 0
    assert count(neutral, "teeth", "mouth_interior") <= 3
    assert middle(neutral, "l_eye")[0] > SIZE_PX / 2 > middle(neutral, "r_eye")[0], "left is the subject's"
    assert middle(neutral, "l_brow")[0] > SIZE_PX / 2 > middle(neutral, "r_brow")[0]
    order = [middle(neutral, name)[1] for name in ("hair", "l_brow", "l_eye", "nose", "upper_lip", "neck", "cloth")]
    assert order == sorted(order)


def test_opening_the_mouth_shows_its_inside(
    neutral: RenderResult, studio: Renderer, head: Head, cameras: dict[str, Camera]
) -> None:
    opened = shoot(studio, head, cameras["C"], Expression({"jawOpen": 1.0}))
    assert count(opened, "teeth", "mouth_interior", "tongue") > 15
    inside = opened.image[part_mask(opened.parts, "mouth_interior")]
    assert inside.mean() < 0.6 * neutral.image[part_mask(neutral.parts, "nose")].mean(), "dark"


def test_tongue_comes_out(studio: Renderer, head: Head, cameras: dict[str, Camera]) -> None:
    out = Expression({"jawOpen": 0.4, "tongueOut": 1.0}, tongue=TongueBend(protrude=0.8))
    result = shoot(studio, head, cameras["C"], out)
    assert count(result, "tongue") > 12
    red, green, _ = result.image[part_mask(result.parts, "tongue")].mean(0)
    assert red > 1.15 * green


def test_blinking_one_eye_hides_that_eye(
    neutral: RenderResult, studio: Renderer, head: Head, cameras: dict[str, Camera]
) -> None:
    wink = shoot(studio, head, cameras["C"], Expression({"eyeBlinkLeft": 1.0}))
    assert count(wink, "l_eye") < 0.35 * count(neutral, "l_eye")
    assert count(wink, "r_eye") == pytest.approx(count(neutral, "r_eye"), abs=2)


def test_side_cameras_see_their_side(studio: Renderer, head: Head, cameras: dict[str, Camera]) -> None:
    left, right = shoot(studio, head, cameras["L"]), studio.render(cameras["R"])
    assert count(left, "l_brow") > count(left, "r_brow")
    assert count(right, "r_brow") > count(right, "l_brow")
    assert count(left, "ear") > 0 and count(right, "ear") > 0
    assert middle(right, "ear")[0] < SIZE_PX / 2 < middle(left, "ear")[0]
    assert middle(left, "nose")[0] < SIZE_PX / 2 < middle(right, "nose")[0]


def test_crop_camera_shows_the_same_thing(
    neutral: RenderResult, studio: Renderer, head: Head, cameras: dict[str, Camera]
) -> None:
    studio.begin(head, head.pose(Expression()))
    crop = studio.render(cameras["C"].with_crop(24, 24, 32, 64))
    shrunk = crop.image.reshape(32, 2, 32, 2, 3).mean((1, 3))
    window = neutral.image[24:56, 24:56]
    assert np.abs(shrunk - window).mean() < 9
    assert (crop.parts[::2, ::2] == neutral.parts[24:56, 24:56]).mean() > 0.85
    np.testing.assert_allclose(np.median(crop.depth), np.median(neutral.depth[24:56, 24:56]), atol=0.05)


def test_supersampling_changes_edges_only(
    neutral: RenderResult, studio: Renderer, head: Head, cameras: dict[str, Camera]
) -> None:
    studio.begin(head, head.pose(Expression()))
    for samples in (1, 3):
        other = studio.render(cameras["C"], supersample=samples)
        assert np.abs(other.image.astype(int) - neutral.image).mean() < 8
        assert (other.parts == neutral.parts).mean() > 0.9


def test_light_and_background(studio: Renderer, head: Head, cameras: dict[str, Camera]) -> None:
    studio.begin(head, head.pose(Expression()))
    dark = studio.render(cameras["C"], light=Light(key=0, fill=0, rim=0, ambient=0), background=(0, 0, 0))
    assert not dark.image.any()
    normal = studio.render(cameras["C"])
    bright = studio.render(cameras["C"], light=Light(exposure=1.5), background=(0.1, 0.2, 0.9))
    face = part_mask(normal.parts, "skin")
    assert bright.image[face].mean() > normal.image[face].mean() + 10
    behind = normal.parts == 0
    blue = bright.image[behind].mean(0)
    assert blue[2] > blue[1] > blue[0]
    np.testing.assert_array_equal(bright.parts, normal.parts)


def test_key_light_casts_a_shadow(studio: Renderer, head: Head, cameras: dict[str, Camera]) -> None:
    """The key stands to the subject's left: that cheek is brighter, and the chin shades the neck."""
    studio.begin(head, head.pose(Expression()))
    result = studio.render(cameras["C"], light=Light(key=1.5, fill=0, rim=0, ambient=0.05))
    brightness = result.image.mean(-1)
    column = np.broadcast_to(np.arange(SIZE_PX), brightness.shape)
    skin = part_mask(result.parts, "skin")
    assert brightness[skin & (column > SIZE_PX / 2)].mean() > 1.2 * brightness[skin & (column < SIZE_PX / 2)].mean()
    neck = part_mask(result.parts, "neck")
    assert brightness[neck].mean() < 0.75 * brightness[skin].mean()


def test_head_translation_moves_the_picture(studio: Renderer, head: Head, cameras: dict[str, Camera]) -> None:
    shift_dm = 0.3
    moved = shoot(studio, head, cameras["C"], Expression(translation_dm=(shift_dm, 0, 0)))
    still = shoot(studio, head, cameras["C"])
    expected_px = shift_dm * cameras["C"].intrinsics[0, 0] / 10.4
    assert middle(moved, "nose")[0] - middle(still, "nose")[0] == pytest.approx(expected_px, rel=0.15)


def test_gaze_moves_the_iris(studio: Renderer, head: Head, cameras: dict[str, Camera]) -> None:
    """Seen close, the dark of iris and pupil follows the gaze."""
    eye = cameras["C"].project(head.pose(Expression()).eyes["l"].centre)
    close = cameras["C"].with_crop(eye[0] - 5, eye[1] - 5, 10, 64)
    at = {}
    for yaw in (-25.0, 25.0):
        result = shoot(studio, head, close, Expression(gaze_deg=(yaw, 0.0)))
        _, columns = np.nonzero((part_mask(result.parts, "l_eye")) & (result.image.mean(-1) < 60))
        at[yaw] = columns.mean()
    assert at[25.0] > at[-25.0] + 6, "+yaw looks to the subject's left, which is right in the picture"


def test_two_renderers_in_two_python_threads(neutral: RenderResult, head: Head, cameras: dict[str, Camera]) -> None:
    with ThreadPoolExecutor(2) as pool:
        shots = [pool.submit(shoot, Renderer(256, threads=2), head, cameras["C"]) for _ in range(2)]
    for shot in shots:
        assert_same(neutral, shot.result())


# Mean RGB of parts, recorded from the renders of the first training (camera C, then L).
PARITY_STATE = Expression(
    {"jawOpen": 0.5, "mouthSmileLeft": 0.8, "browInnerUp": 0.4, "eyeBlinkRight": 0.3},
    head_deg=(10, -8, 5),
    gaze_deg=(10, -7),
    sweat=0.3,
)
RECORDED: dict[str, dict[str, tuple[float, float, float]]] = {
    "C": {
        "background": (94.3, 98.7, 103.2),
        "skin": (184.0, 142.2, 116.3),
        "l_eye": (94.0, 78.0, 67.6),
        "l_brow": (103.4, 86.0, 74.6),
        "r_brow": (107.4, 88.8, 76.7),
        "lower_lip": (171.7, 121.8, 99.1),
        "hair": (43.2, 41.2, 40.7),
        "teeth": (168.5, 152.6, 143.8),
        "tongue": (89.8, 66.3, 66.8),
        "cloth": (79.3, 96.7, 82.9),
        "ear": (154.4, 114.6, 95.0),
        "neck": (163.8, 123.0, 97.7),
        "nose": (205.2, 158.7, 127.5),
        "beard": (57.8, 50.5, 47.1),
    },
    "L": {
        "background": (93.1, 97.4, 101.8),
        "skin": (189.3, 146.2, 118.2),
        "l_brow": (101.2, 83.6, 72.3),
        "r_brow": (96.4, 81.9, 72.9),
        "lower_lip": (172.0, 120.4, 97.0),
        "hair": (50.0, 47.1, 45.9),
        "teeth": (149.7, 139.3, 130.8),
        "tongue": (94.1, 69.3, 70.0),
        "cloth": (84.1, 101.3, 86.5),
        "ear": (170.5, 123.0, 100.4),
        "neck": (175.8, 131.8, 104.2),
        "nose": (208.8, 160.9, 128.2),
        "lashes": (80.8, 64.8, 56.2),
        "beard": (63.3, 54.5, 50.0),
    },
}


def test_pictures_stay_as_they_were_recorded(studio: Renderer, head: Head, cameras: dict[str, Camera]) -> None:
    """If a change here is wanted, render feed-mini again and train again."""
    studio.begin(head, head.pose(PARITY_STATE))
    for name, colours in RECORDED.items():
        result = studio.render(cameras[name])
        for part, expected in colours.items():
            found = result.image[part_mask(result.parts, part)].mean(0)
            np.testing.assert_allclose(found, expected, atol=1.0, err_msg=f"{part} in camera {name}")
