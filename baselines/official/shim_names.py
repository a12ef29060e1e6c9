"""Compatibility shims by name: what each is for. They are off unless `setup --shim NAME` switches them on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from baselines.interface.errors import MethodUnavailable
from feed_dataset.core.jobs.suggestions import unknown

SHIM_FOLDER = Path(__file__).parent / "shims"

SHIMS = {
    "cuda-as-cpu": "calls of .cuda() do nothing on a machine without CUDA; for tests, not for scores",
    "face-alignment-names": "face_alignment >= 1.4 under the names of before: LandmarksType._2D and _3D",
    "face-alignment-stub": "face_alignment as an empty module, where a repository makes a detector and never asks it",
    "librosa-mel": "librosa >= 0.10: librosa.filters.mel takes its arguments by position again",
    "numpy-aliases": "NumPy >= 1.24: np.float, np.int and np.bool",
    "seed": "random, NumPy and PyTorch start from seed 0, where a repository sets none",
    "skimage-circle": "scikit-image >= 0.19: skimage.draw.circle",
    "torch-load-pickles": "PyTorch >= 2.6 runs pickles in checkpoints again; only for files that you trust",
    "torchvision-empty": "torchvision as an empty package, where a repository imports it and uses nothing of it",
    "torchvision-functional-tensor": "torchvision >= 0.17: torchvision.transforms.functional_tensor",
    "torchvision-ops": "torchvision of another build than PyTorch's: its Python code, and its nms; for tests",
    "yaml-loader": "PyYAML >= 6: yaml.load without a Loader",
}


def check_shims(names: Sequence[str]) -> None:
    """Raise MethodUnavailable for a name that is none, with the nearest."""
    for name in names:
        if name not in SHIMS:
            raise MethodUnavailable(unknown("shim", name, SHIMS))


def environment_of(names: Sequence[str], record: Path | None) -> dict[str, str]:
    """The variables that `shims/sitecustomize.py` reads."""
    found = {}
    if names:
        found["FEED_SHIMS"] = ",".join(names)
    if record is not None:
        found["FEED_RECORD"] = str(record)
    return found
