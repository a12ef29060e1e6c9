"""How large takes are rendered."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.synthetic.scene.cameras import studio_cameras
from feed_dataset.synthetic.takes.settings import SETTINGS
from feed_dataset.synthetic.takes.sizes import WideSettings, level_of_detail, picture_size, with_size


@pytest.mark.parametrize(
    ("size", "pixels", "mask_px", "supersample"),
    [
        ("512", (512, 512), 128, 2),
        ("1080p", (1920, 1080), 270, 2),
        ("4K", (3840, 2160), 540, 1),
        ("96", (96, 96), 24, 2),
        ("250", (250, 250), 250, 2),
    ],
)
def test_named_sizes(size: str, pixels: tuple[int, int], mask_px: int, supersample: int) -> None:
    settings = with_size(SETTINGS, size)
    assert picture_size(settings) == pixels
    assert (settings.mask_px, settings.supersample, settings.seed) == (mask_px, supersample, SETTINGS.seed)


def test_square_settings_keep_the_recipe_of_feed_mini() -> None:
    """Takes name their settings: an unneeded field would render all again."""
    assert with_size(SETTINGS, "512") == SETTINGS
    assert "width_px" not in asdict(with_size(SETTINGS, "512"))
    assert asdict(with_size(SETTINGS, "4k"))["width_px"] == 3840


@pytest.mark.parametrize(("size", "error"), [("8k", FeedError), ("-4", FeedError), ("63", ValueError)])
def test_other_sizes_are_refused(size: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="expected a"):
        with_size(SETTINGS, size)


def test_wide_pictures_are_wide() -> None:
    with pytest.raises(ValueError, match="even width"):
        WideSettings(width_px=256)


def test_wide_views_show_the_same_head_at_the_same_height() -> None:
    square, wide = studio_cameras(1080, 1080)["C"], studio_cameras(1920, 1080)["C"]
    x, y, _ = square.project([0.3, 0.5, 1.0])
    assert wide.project([0.3, 0.5, 1.0])[:2] == pytest.approx([x + 420, y])


def test_larger_pictures_have_more_detail() -> None:
    levels = [level_of_detail(size) for size in (128, 512, 1080, 2160)]
    assert levels == sorted(levels) and levels[-1][0] == 2
