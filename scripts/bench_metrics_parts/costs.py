"""What each feature costs that metrics read: seconds of one CPU core for 1,000 frames at 512 px.

Written to `benchmark/metrics/costs.json`. The metrics' cards show the sum over what each reads; `--dry-run` counts what
several share (the landmarks, the Inception) once, as one pass pays it once. Decoding is left out. Networks that are not
on this machine are measured with random weights, which cost the same.

    python -m scripts.bench_metrics costs        # of every feature
    python -m scripts.bench_metrics_parts.costs  # of those that the file lacks and that can be measured here
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmark.features.models import ModelCache
from feed_dataset.core.jobs.atomic import replacing
from scripts.bench_metrics_parts import _material
from scripts.bench_metrics_parts._features import Clip, cpu_seconds, feature, load_clip, networks_of_extractor
from scripts.bench_metrics_parts.figure import Figure

FRAMES = 16  # one window of FVD
ENOUGH_S = 5.0
COSTS = Path(__file__).resolve().parents[2] / "benchmark" / "metrics" / "costs.json"
SLOW = ("syncnet-legacy",)
"""Left out when quick."""


def run(quick: bool, known: dict[str, float] | None = None) -> list[Figure]:
    """Seconds of every extractor; they go to the file, unless quick.

    Args:
        known: of extractors that are not measured again.
    """
    import cv2
    import torch

    threads = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            seconds, missing = _measure(Path(folder), SLOW if quick else (), known or {})
    finally:
        torch.set_num_threads(threads[0])
        cv2.setNumThreads(threads[1])
    if not quick:
        _write({name: round(value, 2) for name, value in sorted((seconds | (known or {})).items())})
    figures = [Figure(f"{name}, 1,000 frames", value, "s") for name, value in sorted(seconds.items())]
    for name, why in missing.items():
        figures.append(Figure(f"{name}, 1,000 frames", float("nan"), "s", note=why))
    return figures


def _measure(
    folder: Path, left_out: tuple[str, ...], known: dict[str, float]
) -> tuple[dict[str, float], dict[str, str]]:
    """Seconds per 1,000 frames by extractor, and why not by those that were not measured."""
    from benchmark.features.extractors.catalog import EXTRACTORS
    from benchmark.features.types.extractor import LANDMARKS, Compute

    clips = _material.make_clips(folder / "videos", 1, FRAMES)
    seconds: dict[str, float] = {}
    missing = {name: "slow: measured without --quick" for name in left_out if name in EXTRACTORS}
    with _material.networks(folder / "networks", _material.RANDOM + _material.HEADS, clips):
        clip = load_clip(clips.generated[0], clips.references[0])
        models = ModelCache(compute=Compute())
        for name in (LANDMARKS, *EXTRACTORS):
            if name in known:
                continue
            why = missing.get(name) or why_not(name)
            if why is None:
                seconds[name] = _seconds(name, clip, models)
            else:
                missing[name] = why
    return seconds, missing


def _seconds(name: str, clip: Clip, models: ModelCache) -> float:
    import torch

    feature(name, clip, models)  # loads the network and fills its caches
    with torch.inference_mode():
        taken = cpu_seconds(lambda: feature(name, clip, models))
        if taken < ENOUGH_S:  # too short to be trusted once
            taken = min(taken, *(cpu_seconds(lambda: feature(name, clip, models)) for _ in range(2)))
    return 1000 * taken / len(clip)


def why_not(name: str) -> str | None:
    from benchmark.features.extractors.catalog import packages_of
    from benchmark.features.types.extractor import LANDMARKS
    from feed_dataset.core.jobs.errors import WeightsUnavailable
    from feed_dataset.core.weights import resolve

    for package in () if name == LANDMARKS else packages_of([name]):
        if find_spec(package) is None:
            return f"needs the package {package}"
    for network in networks_of_extractor(name):
        try:
            resolve(network)
        except WeightsUnavailable:
            return f"needs the network {network}"
    return None


def _write(costs: dict[str, float]) -> None:
    record = {
        "machine": f"one core of {platform.machine()}, 512 px, decoding left out",
        "threads": 1,
        "seconds_per_1000_frames": costs,
    }
    with replacing(COSTS) as temporary:
        temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Measure what the file lacks."""
    from scripts.bench_metrics import prepare_torchvision

    prepare_torchvision()
    known: dict[str, float] = json.loads(COSTS.read_text(encoding="utf-8"))["seconds_per_1000_frames"]
    for figure in run(quick=False, known=known):
        print(figure)
    return 0


if __name__ == "__main__":
    sys.exit(main())
