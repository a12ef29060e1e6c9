"""How far bfloat16 (`--precision bfloat16`) moves what every network says, against float32 on the CPU.

Drift of a feature: |bfloat16 - float32| over |float32|, both as one vector. Networks that are not on this machine have
random weights. Extractors that compute in float32 whatever was asked for drift by 0. Drift of a metric: relative.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmark.features.models import ModelCache
from scripts.bench_metrics_parts import _material
from scripts.bench_metrics_parts._features import Clip, feature, is_learned, load_clip
from scripts.bench_metrics_parts.costs import SLOW, why_not
from scripts.bench_metrics_parts.figure import Figure

CEILING = 0.05
"""Of a feature: bfloat16 keeps 8 bits, about 0.4 % per number; networks average, so more means a fault."""
SLOW_IN_BFLOAT16 = ("lpips[vgg]",)
"""Left out when quick: minutes on a CPU without instructions for bfloat16."""


def run(quick: bool) -> Iterator[Figure]:
    """Drift of every extractor with a network, and of LPIPS and FID."""
    from benchmark.features.extractors.catalog import EXTRACTORS
    from benchmark.features.types.extractor import Compute

    left_out = (*SLOW, *SLOW_IN_BFLOAT16) if quick else SLOW
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        clips = _material.make_clips(folder / "videos", 1, 16 if quick else 32)
        with _material.networks(folder / "networks", _material.RANDOM + _material.HEADS, clips):
            clip = load_clip(clips.generated[0], clips.references[0])
            exact, rough = (ModelCache(compute=Compute("cpu", precision)) for precision in ("float32", "bfloat16"))
            for name, extractor in EXTRACTORS.items():
                if not is_learned(extractor) or name in left_out or why_not(name) is not None:
                    continue
                a, b = (feature(name, clip, models).astype(np.float64) for models in (exact, rough))
                yield _drift(name, a, b)
                yield from _of_metric(name, a, b, clip, exact, rough)


def _drift(name: str, exact: np.ndarray, rough: np.ndarray) -> Figure:
    finite = np.isfinite(exact)
    if not (finite == np.isfinite(rough)).all():
        return Figure(f"{name}: drift of the feature", float("nan"), "rel", CEILING, at_least=False, note="NaN differ")
    drift = float(np.linalg.norm((rough - exact)[finite])) / max(float(np.linalg.norm(exact[finite])), 1e-30)
    note = "float32 whatever was asked for" if drift == 0.0 else ""
    return Figure(f"{name}: drift of the feature", drift, "rel", CEILING, at_least=False, note=note)


def _of_metric(
    name: str, a: np.ndarray, b: np.ndarray, clip: Clip, exact: ModelCache, rough: ModelCache
) -> list[Figure]:
    """The metric itself, where it is a number of this one clip."""
    from dataclasses import replace

    from benchmark.metrics.frechet import frechet_distance

    if name.startswith("lpips["):
        return [Figure(f"{name}: drift of the mean", float(abs(b.mean() / a.mean() - 1)), "rel")]
    if not name.startswith("inception["):
        return []
    other = replace(clip, output=clip.reference)
    real = [feature(name, other, models).astype(np.float64) for models in (exact, rough)]
    distances = [frechet_distance(made, truth) for made, truth in zip((a, b), real, strict=True)]
    metric = name.replace("inception", "fid")
    return [Figure(f"{metric}: drift of the distance", float(abs(distances[1] / distances[0] - 1)), "rel")]
