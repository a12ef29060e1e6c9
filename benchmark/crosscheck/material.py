"""What every package is given: the same decoded frames, of the pairs that both sides have whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.features.types.sequence import FrameSequence
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.array_store import write_atomic

if TYPE_CHECKING:
    from benchmark.pairing.pair_list import PairList

SIDES = ("generated", "reference")


@dataclass(frozen=True)
class Whole:
    """A pair whose files have the same number of frames, of one size."""

    id: str
    generated: Path
    reference: Path


class Material:
    """Frames for packages.

    Args:
        pairs: of which those that both sides have are used.
        folder: a temporary one, for images and for weights where packages look for them.

    Raises:
        BenchmarkError: no pair can be used.
    """

    def __init__(self, pairs: PairList, folder: Path) -> None:
        self.folder = folder
        self.pairs: list[Whole] = []
        self.left_out: list[str] = []
        for pair in pairs.pairs:
            if pair.generated is None or pair.reference is None or pair.problem is not None:
                self.left_out.append(f"{pair.id}: {pair.problem or 'one file is missing'}")
                continue
            sides = [FrameSequence.from_file(path) for path in (pair.generated, pair.reference)]
            shapes = [(one.frame_count, one.height_px, one.width_px) for one in sides]
            if shapes[0] != shapes[1]:
                self.left_out.append(f"{pair.id}: {shapes[0]} and {shapes[1]} (frames, height, width)")
                continue
            self.pairs.append(Whole(pair.id, pair.generated, pair.reference))
        if not self.pairs:
            reasons = "; ".join(self.left_out[:3]) or "no pairs"
            raise BenchmarkError(f"expected pairs of one length and size but there are none: {reasons}")

    def frames(self) -> Iterator[tuple[str, Iterator[tuple[np.ndarray, np.ndarray]]]]:
        """Of each pair its id and (generated, reference) frames uint8 [H, W, 3]."""
        for pair in self.pairs:
            sides = [FrameSequence.from_file(path).read() for path in (pair.generated, pair.reference)]
            yield pair.id, zip(*sides, strict=True)

    @cached_property
    def images(self) -> dict[str, Path]:
        """A folder of PNG files for each side, in which packages of FID look."""
        folders = {side: self.folder / side for side in SIDES}
        number = 0
        for _, frames in self.frames():
            for both in frames:
                for side, frame in zip(SIDES, both, strict=True):
                    _write_png(folders[side] / f"{number:06d}.png", frame)
                number += 1
        return folders


def _write_png(path: Path, frame: np.ndarray) -> None:
    from PIL import Image

    write_atomic(path, lambda temporary: Image.fromarray(frame).save(temporary, "PNG"))
