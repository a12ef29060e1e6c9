"""KID, precision and recall of torch-fidelity against ours on the same features."""

from __future__ import annotations

import numpy as np

from scripts.bench_metrics_parts.figure import Figure


def features(n: int, seed: int, d: int = 96) -> np.ndarray:
    """Like pool3 features: float64 [n, d], not negative, of uneven variance."""
    random = np.random.default_rng(seed)
    scale = np.exp(-np.arange(d) / 20)
    return np.maximum(random.normal(size=(n, d)) * scale + 0.05 * seed, 0.0)


def compare_kid(quick: bool) -> list[Figure]:
    """Mean over torch-fidelity's own subsets, with its defaults, and the full estimator as one subset of everything."""
    import torch
    from torch_fidelity import metric_kid

    from benchmark.metrics.kid import kernel_distance, kernel_distance_subsets

    d = 64 if quick else 2048
    n = 1050 if quick else 1200
    generated, real = features(n, 1, d), features(n, 2, d)
    tensors = torch.from_numpy(generated), torch.from_numpy(real)
    theirs = metric_kid.kid_features_to_metric(*tensors, verbose=False)["kernel_inception_distance_mean"]
    ours = float(kernel_distance_subsets(generated, real).mean())
    whole = metric_kid.kid_features_to_metric(*tensors, kid_subsets=1, kid_subset_size=n, verbose=False)
    full = kernel_distance(generated, real)
    note = f"{n} samples a side, d = {d}, float64"
    return [
        Figure("kid[torch-fidelity] against torch-fidelity", abs(ours / theirs - 1), "rel", 1e-6, False, note),
        Figure(
            "kid[pytorch-fid]: full estimator against torch-fidelity",
            abs(full / whole["kernel_inception_distance_mean"] - 1),
            "rel",
            1e-6,
            False,
            f"{note}, one subset of all",
        ),
    ]


def compare_precision_recall(quick: bool, *, low_memory: bool = False) -> list[Figure]:
    import torch
    from torch_fidelity import metric_prc

    from benchmark.metrics.precision_recall import precision_recall

    n, d = (700, 24) if quick else (2000, 24)
    generated, real = features(n, 1, d), features(n - 50, 2, d)
    theirs = metric_prc.prc_features_to_metric(
        torch.from_numpy(generated), torch.from_numpy(real), save_cpu_ram=low_memory, verbose=False
    )
    ours = dict(zip(("precision", "recall"), precision_recall(generated, real), strict=True))
    note = f"{n} samples, d = {d}; theirs is a mean in float32"
    return [
        Figure(f"{side} against torch-fidelity", abs(ours[side] - theirs[side]), "", 1e-6, False, note)
        for side in ("precision", "recall")
    ]


def compare(quick: bool) -> list[Figure]:
    return compare_kid(quick) + compare_precision_recall(quick)
