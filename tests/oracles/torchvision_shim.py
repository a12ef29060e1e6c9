"""Make a torchvision whose compiled part does not load importable, so that packages built on it can be compared with.

torchvision's wheels link CUDA; beside a CPU build of torch their operators are not registered and the import fails
at the first one that is described, `torchvision::nms`. Models and transforms need none of them.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

_MISSING_OPERATOR = "torchvision::nms does not exist"
_kept: list[Any] = []  # a torch.library.Library takes its operators with it when it is collected


def ensure_torchvision() -> ModuleType:
    """torchvision, imported. Call before the first import of any package that needs it.

    A torchvision that imports is left as it is: operators are declared only after it failed for want of them.

    Raises:
        ModuleNotFoundError: it is not installed.
        RuntimeError: it does not import for another reason.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if _MISSING_OPERATOR not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    _declare_operators()
    return importlib.import_module("torchvision")


def _declare_operators() -> None:
    """Schemas only: calling one of them says that it has no implementation."""
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")  # noqa: TOR901
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _kept.append(library)
