"""Pool3 features of whole frames, prepared as each of the reference packages of FID prepares them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.features.types.extractor import ClipInfo, Compute, Extractor, OpenSession, PerFrame, Session


def _load(mode: str) -> Callable[[Compute], OpenSession]:
    def load(compute: Compute) -> OpenSession:
        from benchmark.features.networks.inception import InceptionFeatures

        describe = InceptionFeatures.load(mode=mode, device=compute.device, precision=compute.precision)

        def of_frames(frames: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
            return describe(frames)

        def open_session(info: ClipInfo) -> Session:
            return PerFrame(of_frames)

        return open_session

    return load


def _extractor(mode: str, preprocessing: str) -> Extractor:
    return Extractor(f"inception[{mode}]", ("fid-inception",), preprocessing, _load(mode))


PYTORCH_FID = _extractor("pytorch-fid", "bilinear-299-1")
CLEAN_FID = _extractor("clean-fid", "pil-bicubic-f32-299-1")
TORCH_FIDELITY = _extractor("torch-fidelity", "tf1-bilinear-299-1")

EXTRACTORS = (PYTORCH_FID, CLEAN_FID, TORCH_FIDELITY)
