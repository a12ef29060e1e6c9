"""The reference packages, called as their users call them, on folders of frames and on videos."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

BATCH = 50  # pytorch-fid's default


@dataclass
class Run:
    """What a package said and how long it took, by part; `cpu_s` adds up all cores and programs it started."""

    values: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    cpu_s: float = 0.0

    @property
    def total_s(self) -> float:
        return sum(self.seconds.values())

    def time(self, part: str, action: Callable[[], Any]) -> Any:
        started, cpu = time.perf_counter(), sum(os.times()[:4])
        result = action()
        self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - started
        self.cpu_s += sum(os.times()[:4]) - cpu
        return result


def pytorch_fid(generated: Path, references: Path, files: Mapping[str, Path]) -> Run:
    """`pytorch_fid.fid_score` on two folders, with the settings of its program."""
    import torch
    from pytorch_fid import fid_score, inception

    run = Run()
    workers = min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    state = torch.load(files["fid-inception"], weights_only=True)
    with patch.object(inception, "load_state_dict_from_url", lambda *a, **k: state), _quiet():
        block = inception.InceptionV3.BLOCK_INDEX_BY_DIM[2048]
        model = run.time("features", lambda: inception.InceptionV3([block]))

        def moments(folder: Path) -> Any:
            paths = sorted(folder.glob("*.png"))
            return fid_score.calculate_activation_statistics(paths, model, BATCH, 2048, "cpu", workers)

        made = run.time("features", partial(moments, generated))
        truth = run.time("features", partial(moments, references))
        distance = run.time("distance", lambda: fid_score.calculate_frechet_distance(*made, *truth))
    run.values["fid[pytorch-fid]"] = float(distance)
    return run


def clean_fid(generated: Path, references: Path, files: Mapping[str, Path]) -> Run:
    """`cleanfid.fid.compute_fid(mode="clean")`, with a network of its calling convention and our weights."""
    import torch
    from cleanfid import fid
    from pytorch_fid import inception

    run = Run()
    state = torch.load(files["fid-inception"], weights_only=True)
    with patch.object(inception, "load_state_dict_from_url", lambda *a, **k: state):
        block = inception.InceptionV3.BLOCK_INDEX_BY_DIM[2048]
        network = inception.InceptionV3([block], resize_input=False, normalize_input=False).eval()

    def describe(images: torch.Tensor) -> torch.Tensor:  # 0 .. 255, resized by clean-fid
        with torch.no_grad():
            return network((images - 128) / 128)[0][:, :, 0, 0]

    with _quiet():
        value = run.time(
            "features and distance",
            lambda: fid.compute_fid(
                str(generated),
                str(references),
                mode="clean",
                custom_feat_extractor=describe,
                device=torch.device("cpu"),
                use_dataparallel=False,
                verbose=False,
            ),
        )
    run.values["fid[clean-fid]"] = float(value)
    return run


def fidelity(generated: Path, references: Path, files: Mapping[str, Path], subset_size: int) -> Run:
    """`torch_fidelity.calculate_metrics`: FID, KID, precision and recall of one set of features."""
    import torch
    import torch_fidelity

    from benchmark.features.networks.inception import FidInceptionV3

    run = Run()
    state = torch.load(files["fid-inception"], weights_only=True)
    counters = {k: v for k, v in FidInceptionV3().state_dict().items() if k.endswith("num_batches_tracked")}
    complete = files["fid-inception"].with_name("inception-with-counters.pth")
    torch.save(counters | state, complete)  # torch-fidelity insists on them
    with _quiet():
        metrics = run.time(
            "features, distances, neighbours",
            lambda: torch_fidelity.calculate_metrics(
                input1=str(generated),
                input2=str(references),
                cuda=False,
                fid=True,
                kid=True,
                prc=True,
                kid_subset_size=subset_size,
                feature_extractor="inception-v3-compat",
                feature_extractor_weights_path=str(complete),
                cache=False,
                verbose=False,
            ),
        )
    run.values |= {
        "fid[torch-fidelity]": float(metrics["frechet_inception_distance"]),
        "kid[torch-fidelity]": float(metrics["kernel_inception_distance_mean"]),
        "precision[torch-fidelity]": float(metrics["precision"]),
        "recall[torch-fidelity]": float(metrics["recall"]),
    }
    return run


def lpips_alex(generated: Path, references: Path, files: Mapping[str, Path]) -> Run:
    """The package `lpips`, image by image, as its script for two folders does it."""
    import lpips
    import torch
    import torchvision

    from tests.oracles.compare_lpips import package_lpips

    run = Run()
    network = torchvision.models.alexnet(weights=None)
    network.load_state_dict(torch.load(files["alexnet"], weights_only=True), strict=False)
    model = package_lpips("alex", network)

    def distances() -> list[float]:
        with torch.no_grad():
            return [
                float(model(*(lpips.im2tensor(lpips.load_image(str(path))) for path in pair)))
                for pair in _pairs(generated, references)
            ]

    run.values["lpips[alex]"] = float(np.mean(run.time("lpips", distances)))
    return run


def scikit_image(generated: Path, references: Path) -> Run:
    """PSNR and SSIM (the settings of Wang et al.), image by image."""
    from skimage.io import imread
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    run = Run()
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "channel_axis": -1}

    def compare() -> list[tuple[float, float]]:
        found = []
        for pair in _pairs(generated, references):
            a, b = (imread(path) for path in pair)
            ssim = structural_similarity(a, b, data_range=255, **settings)
            found.append((peak_signal_noise_ratio(a, b, data_range=255), ssim))
        return found

    run.values["psnr"], run.values["ssim"] = map(float, np.mean(run.time("psnr and ssim", compare), axis=0))
    return run


def syncnet(
    generated: tuple[Path, ...],
    references: tuple[Path, ...],
    files: Mapping[str, Path],
    boxes: Mapping[Path, np.ndarray],
) -> Run:
    """`syncnet_python.SyncNetPipeline` on each video, and on the references for the row of the ground truth.

    Args:
        boxes: per video left, top, right, bottom of the face in px, which stand in for what an untrained detector
            finds; the detector still runs on every frame.
    """
    from syncnet_python.syncnet_pipeline import PipelineConfig, SyncNetPipeline

    run = Run()
    with _quiet():
        config = PipelineConfig(s3fd_weights=str(files["s3fd"]), syncnet_weights=str(files["syncnet-v2"]), min_track=20)
        pipeline = run.time("syncnet", lambda: SyncNetPipeline(config, device="cpu"))
        detect = pipeline.s3fd.detect_faces

        def confidence(video: Path) -> float:
            box = np.append(boxes[video], 1.0)[None]

            def found(*arguments: Any, **keywords: Any) -> np.ndarray:
                detect(*arguments, **keywords)
                return box

            pipeline.s3fd.detect_faces = found
            return float(run.time("syncnet", lambda: pipeline.inference(video_path=str(video)))[3])

        run.values["syncnet_confidence"] = float(np.mean([confidence(video) for video in generated]))
        of_references = float(np.mean([confidence(video) for video in references]))
        run.values["syncnet_confidence of the references"] = of_references
    return run


def _pairs(generated: Path, references: Path) -> list[tuple[Path, Path]]:
    return list(zip(sorted(generated.glob("*.png")), sorted(references.glob("*.png")), strict=True))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Progress bars and warnings of the packages, and of the programs they start, would bury the figures."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, descriptor)
            os.close(copy)
        logging.disable(before)
