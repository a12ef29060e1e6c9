"""The curve behind AUC_z: explained variance of a method's expression descriptors, from what the run kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmark.results.schema import Results

CURVE = "explained_variance"
"""Key of the curve in an aggregate's `extra`, where the metric gives it."""


def spectra(results: Results, folder: Path) -> Mapping[str, np.ndarray]:
    """Cumulative explained variance [d] of each method that has an AUC_z value."""
    curves = {}
    for method in results.methods:
        aggregate = results.aggregate(method.name, "auc_z")
        if aggregate is None or aggregate.value is None:
            continue
        stored = aggregate.extra.get(CURVE)
        if isinstance(stored, list):
            curves[method.name] = np.array(stored)
            continue
        curve = _from_predictions(results, folder, method.name, aggregate.extra.get("n"))
        if curve is not None:
            curves[method.name] = curve
    return curves


def _from_predictions(results: Results, folder: Path, method: str, samples: object) -> np.ndarray | None:
    """The curve made again from the predictions beside the results; None when they are not those of the results."""
    from benchmark.engine.case_files import lies_inside
    from benchmark.engine.plan import predictions_folder
    from benchmark.engine.predictions import PredictionPath, load_latents
    from benchmark.metrics.moments import moments_of
    from model.analysis.spectrum import latent_spectrum

    parts = []
    for case_id in results.protocol.case_ids:
        at = PredictionPath(predictions_folder(folder) / method, case_id)
        latents = load_latents(at) if lies_inside(at.latents, folder) else None
        if latents is not None and latents.ndim == 2:
            parts.append(latents[np.isfinite(latents).all(axis=1)])
    if not parts or sum(len(part) for part in parts) != samples:
        return None
    return latent_spectrum(moments_of(np.concatenate(parts))).cumulative
