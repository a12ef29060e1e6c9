"""What one frame of a result looks like: the head in its photo, alone, or beside source and driver."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from feed_dataset.core.faces.crop import CropBox, apply_crop
from model.avatar.avatar import Avatar, Transfer
from model.avatar.images import PasteBack
from model.networks.errors import ModelError

Layout = Literal["photo", "crop"]


@dataclass(frozen=True)
class Recipe:
    """What a video is made of.

    Attributes:
        transfer: "relative" applies what changes since the driver's first face; "absolute" takes the driver as it is.
        expression: how far to go from the driver's first expression (1: as far as the driver).
        weights: of the expressions of several drivers.
        layout: "photo" puts the head back into the photo, "crop" shows the square alone.
        side_by_side: source, and driver where there is a video, to the left of the result; implies "crop".
        background: uint8 [S, S, 3] behind the head, for models that paint it green; None takes the photo's.
        max_side_px: longest side of the video; a larger photo is shrunk.

    Raises:
        ModelError: an expression or a weight that is not finite: it would melt the face without a word.
    """

    transfer: Transfer = "relative"
    expression: float = 1.0
    weights: tuple[float, ...] = (1.0,)
    layout: Layout = "photo"
    side_by_side: bool = False
    background: np.ndarray | None = None
    max_side_px: int = 1920

    def __post_init__(self) -> None:
        numbers = {"expression": (self.expression,), "weights": self.weights}
        for name, values in numbers.items():
            wrong = [value for value in values if not math.isfinite(value)]
            if wrong:
                raise ModelError(f"expected finite {name} but got {wrong[0]}")


class Canvas:
    """What one frame of the result looks like; its sides are even, as video needs."""

    def __init__(self, avatar: Avatar, recipe: Recipe, *, has_driver: bool) -> None:
        self._avatar, self._recipe = avatar, recipe
        if recipe.background is not None and not avatar.model.config.green_background:
            raise ModelError("expected no background: this model keeps the photo's own")
        self._shown_crop = recipe.side_by_side or recipe.layout == "crop"
        if self._shown_crop:
            side = avatar.side_px
            self._source = apply_crop(avatar.photo[None], avatar.box, side)[0]
            self.height_px, self.width_px = side, side * (2 + has_driver if recipe.side_by_side else 1)
        else:
            photo, box = _shrunk(avatar.photo, avatar.box, recipe.max_side_px)
            self._paste = PasteBack(photo, box)
            self.height_px, self.width_px = photo.shape[0] // 2 * 2, photo.shape[1] // 2 * 2

    def __call__(
        self,
        square: np.ndarray,  # uint8 [S, S, 3] as the model made it
        driver: np.ndarray | None,  # uint8 [S, S, 3], where a video drives
    ) -> np.ndarray:  # uint8 [height_px, width_px, 3]
        square = self._avatar.composite(square, self._recipe.background)
        if self._recipe.side_by_side:
            return np.concatenate([self._source, *([] if driver is None else [driver]), square], axis=1)
        if self._shown_crop:
            return square
        return self._paste(square)[: self.height_px, : self.width_px]


def _shrunk(photo: np.ndarray, box: CropBox, max_side_px: int) -> tuple[np.ndarray, CropBox]:
    """Photo and square with a longest side of at most `max_side_px`."""
    factor = max_side_px / max(photo.shape[:2])
    if factor >= 1:
        return photo, box
    size = (max(2, round(photo.shape[1] * factor)), max(2, round(photo.shape[0] * factor)))
    smaller: np.ndarray = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    return smaller, CropBox(round(box.x0 * factor), round(box.y0 * factor), max(2, round(box.side * factor)))
