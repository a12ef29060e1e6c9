"""EMOPortraits: a readable, trainable one-shot head avatar model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.networks.config import PRESETS, ModelConfig
from model.networks.errors import ModelError

if TYPE_CHECKING:
    from model.networks.emoportraits import DriveResult, EMOPortraits, SourceIdentity

__all__ = ["PRESETS", "DriveResult", "EMOPortraits", "ModelConfig", "ModelError", "SourceIdentity"]


def __getattr__(name: str) -> object:
    # PyTorch takes seconds to import: only when a network is asked for.
    if name in ("DriveResult", "EMOPortraits", "SourceIdentity"):
        from model.networks import emoportraits

        return getattr(emoportraits, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
