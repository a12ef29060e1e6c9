from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from feed_dataset.core.jobs.errors import ImageDecodeError
from feed_dataset.core.media.video import read_image

_EXIF_ORIENTATION = 0x0112


def _saved(path: Path, array: np.ndarray, mode: str | None = None) -> Path:
    image = Image.fromarray(array)
    (image if mode is None else image.convert(mode)).save(path)
    return path


def test_rgb(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    np.testing.assert_array_equal(read_image(_saved(tmp_path / "a.png", picture)), picture)


def test_gray_and_palette(tmp_path: Path) -> None:
    gray = np.tile(np.arange(30, dtype=np.uint8) * 8, (20, 1))
    assert read_image(_saved(tmp_path / "g.png", gray)).shape == (20, 30, 3)
    np.testing.assert_array_equal(read_image(tmp_path / "g.png")[..., 1], gray)
    np.testing.assert_array_equal(read_image(_saved(tmp_path / "p.png", gray, "P"))[..., 2], gray)


def test_sixteen_bits(tmp_path: Path) -> None:
    values = np.tile(np.linspace(0, 65535, 30).astype(np.uint16), (20, 1))
    read = read_image(_saved(tmp_path / "deep.png", values))
    np.testing.assert_allclose(read[0, :, 0], np.linspace(0, 255, 30), atol=0.51)


def test_dark_sixteen_bits_stay_dark(tmp_path: Path) -> None:
    values = np.full((4, 4), 200, np.uint16)
    assert read_image(_saved(tmp_path / "dark.png", values)).max() == 1


def test_transparent_shows_white(tmp_path: Path) -> None:
    picture = np.zeros((4, 4, 4), np.uint8)
    picture[:2, :, 3] = 255
    read = read_image(_saved(tmp_path / "t.png", picture))
    assert read[:2].max() == 0 and read[2:].min() == 255


def test_exif_rotation(tmp_path: Path) -> None:
    picture = np.zeros((20, 40, 3), np.uint8)
    picture[:, :20] = 255
    image, exif = Image.fromarray(picture), Image.Exif()
    exif[_EXIF_ORIENTATION] = 6  # turn clockwise to show
    image.save(tmp_path / "phone.jpg", exif=exif, quality=95)
    read = read_image(tmp_path / "phone.jpg")
    assert read.shape == (40, 20, 3)
    assert read[:15].min() > 200 and read[25:].max() < 50


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n" + b"\0" * 30])
def test_no_image(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(ImageDecodeError, match="x.png"):
        read_image(tmp_path / "x.png")


def test_truncated_image(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    path = _saved(tmp_path / "n.jpg", noise)
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(ImageDecodeError):
        read_image(path)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(ImageDecodeError, match="no such file"):
        read_image(tmp_path / "gone.png")
