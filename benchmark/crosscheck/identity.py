"""insightface: each generated frame's descriptor beside the first reference frame's, as csim of given pairs is."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.crosscheck.material import Material
from benchmark.crosscheck.unavailable import NotHere
from benchmark.features.models import ModelCache
from benchmark.features.networks.alignment import five_points
from benchmark.features.networks.arcface import WEIGHTS_NAME
from benchmark.features.types.sequence import FrameSequence
from benchmark.metrics.identity import cosine_similarity
from feed_dataset.core.weights import resolve

PACK = "buffalo_l"
"""insightface's usual models, whose recogniser is the network of csim[arcface]."""

Describe = Callable[[np.ndarray], np.ndarray | None]
"""Of one frame uint8 [H, W, 3] RGB the descriptor [512], or None where there is no face."""


def csim_of_our_points(material: Material) -> float:
    """Its alignment and its recogniser on the five points of our mesh."""
    from insightface.app.common import Face
    from insightface.model_zoo.arcface_onnx import ArcFaceONNX

    recogniser = ArcFaceONNX(str(resolve(WEIGHTS_NAME, fetch=False)))
    models = ModelCache()

    def start() -> Describe:
        follower = models.follow()

        def describe(frame: np.ndarray) -> np.ndarray | None:
            points, _ = follower.step(frame)
            if points is None:
                return None
            return np.asarray(recogniser.get(frame[..., ::-1].copy(), Face(kps=five_points(points))))

        return describe

    return _mean(material, start)


def csim_of_its_pack(material: Material) -> float:
    """Its own detector, alignment and recogniser; the largest face of a frame. Raises NotHere without its files."""
    from insightface.app import FaceAnalysis

    folder = Path("~/.insightface/models").expanduser() / PACK
    if not any(folder.glob("*.onnx")):
        raise NotHere(f"needs its models in {folder}; insightface fetches them at its own first use")
    with contextlib.redirect_stdout(io.StringIO()):
        analysis = FaceAnalysis(name=str(folder), allowed_modules=["detection", "recognition"])
        analysis.prepare(ctx_id=-1, det_size=(640, 640))

    def describe(frame: np.ndarray) -> np.ndarray | None:
        faces = analysis.get(frame[..., ::-1].copy())
        return np.asarray(max(faces, key=_area_px2).embedding) if faces else None

    return _mean(material, lambda: describe)


def _area_px2(face: Any) -> float:
    left, top, right, bottom = (float(side) for side in face.bbox)
    return (right - left) * (bottom - top)


def _mean(material: Material, start: Callable[[], Describe]) -> float:
    """Over pairs of the mean over frames with a face; `start` begins a video."""
    means = []
    for pair in material.pairs:
        source = start()(next(iter(FrameSequence.from_file(pair.reference).read())))
        if source is None:
            raise NotHere(f"it finds no face in the first reference frame of {pair.id}")
        describe = start()
        found = [one for one in map(describe, FrameSequence.from_file(pair.generated).read()) if one is not None]
        if not found:
            raise NotHere(f"it finds no face in any generated frame of {pair.id}")
        means.append(float(cosine_similarity(np.stack(found), source).mean()))
    return math.fsum(means) / len(means)
