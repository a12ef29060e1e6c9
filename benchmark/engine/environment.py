"""What a run ran on."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata

from benchmark.engine.code import describe_code
from benchmark.features.device import device_name
from benchmark.features.types.extractor import Compute
from benchmark.results.schema import Environment
from feed_dataset.core.media.containers import reader_name

PACKAGES = (
    "av",
    "cvvdp",
    "dlib-bin",
    "matplotlib",
    "numba",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "pydantic",
    "pyiqa",
    "safetensors",
    "scipy",
    "timm",
    "torch",
    "torchmetrics",
    "torchvision",
)
"""Packages that can change a number."""

_CALCULATING = ("numpy", "scipy")


def describe_environment(compute: Compute | None = None) -> Environment:
    """The interpreter, platform and package versions of this process, and the GPU that networks run on."""
    gpu = device_name(compute or Compute())
    return Environment(
        python=sys.version.split()[0],
        platform=platform.platform(),
        packages={name: version for name in PACKAGES if (version := _version(name)) is not None},
        device=f"{f'{gpu}; ' if gpu else ''}cpu, {os.cpu_count()} cores, {platform.machine()}",
        reader=reader_name(),
        code=describe_code(),
    )


def numeric_libraries() -> dict[str, str | None]:
    """Versions of the libraries that make numbers of features."""
    return {name: _version(name) for name in _CALCULATING}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
