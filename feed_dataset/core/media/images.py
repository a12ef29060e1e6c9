"""Reading still images to upright 8-bit RGB."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.errors import ImageDecodeError, words_of
from feed_dataset.core.media.limits import size_problem

BACKDROP = (255, 255, 255)
"""What is behind transparent pixels, in images and in videos: white, as in a viewer."""


def read_image(path: Path | str) -> np.ndarray:  # uint8 [H, W, 3] RGB
    """Read an image: EXIF rotation applied; gray, palette, RGBA and 16-bit converted.

    Raises ImageDecodeError.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    file = Path(path)
    if not file.is_file():
        raise ImageDecodeError(file, "it is not a file" if file.exists() else "there is no such file")
    try:
        with Image.open(file) as image:
            problem = size_problem(image.width, image.height)
            if problem is not None:
                raise ImageDecodeError(file, problem)
            image.load()
            upright = ImageOps.exif_transpose(image)
            return _to_rgb(upright)
    except UnidentifiedImageError as error:
        raise ImageDecodeError(file, "it is in no known image format") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImageDecodeError(file, words_of(error)) from error


def _to_rgb(image: object) -> np.ndarray:
    from PIL import Image

    assert isinstance(image, Image.Image)
    if image.mode.startswith("I") or image.mode == "F":
        gray = _to_eight_bits(np.asarray(image))
        return np.repeat(gray[..., None], 3, axis=2)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        picture = image.convert("RGBA")
        backdrop = Image.new("RGBA", picture.size, (*BACKDROP, 255))
        image = Image.alpha_composite(backdrop, picture)
    return np.ascontiguousarray(np.asarray(image.convert("RGB")))


def _to_eight_bits(
    gray: np.ndarray,  # [H, W] integers or floats
) -> np.ndarray:  # uint8 [H, W]
    """Scale by the range of the type that the values need: 1.0, 8 bit or 16 bit."""
    values = gray.astype(np.float64)
    peak = float(values.max(initial=0.0))
    if gray.dtype.kind == "f" and peak <= 1.0:
        scale = 255.0
    else:
        scale = 255.0 / 65535.0 if peak > 255 or gray.dtype == np.uint16 else 1.0
    return np.clip(np.rint(values * scale), 0, 255).astype(np.uint8)
