"""Every known value by the metric that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from benchmark.doctor.known_values.value import KnownValue

MODULES = (
    "identity",
    "over_time",
    "flicker",
    "head_motion",
    "head_diversity",
    "silence",
    "keypoints",
    "coefficients",
    "theval",
    "theval_speech",
    "expression",
    "neutral",
    "episodes",
    "motion",
    "gaze",
    "speech",
    "velocities",
    "sync",
    "sync_legacy",
    "sync_mouth",
    "sound",
    "image",
    "perceptual",
    "jod",
    "quality",
    "distributions",
    "latents",
)
"""Each has a function `known_values`. A metric without a known value fails a test."""


@cache
def known_values() -> Mapping[str, tuple[KnownValue, ...]]:
    """Known values by metric id; made once, because some take part of a second to work out."""
    found: dict[str, list[KnownValue]] = {}
    for name in MODULES:
        for one in import_module(f"{__package__}.{name}").known_values():
            found.setdefault(one.metric, []).append(one)
    return {metric: tuple(values) for metric, values in found.items()}
