"""The few metrics that stand for all: one for each thing that a method should do, in the order of reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Headline:
    """One thing that a method should do.

    Args:
        name: what a reader calls it.
        metrics: any of these says it; the first that a run has is taken.
        by_frame: likewise, of those that are a mean over frames: they can be drawn as a curve.
    """

    name: str
    metrics: tuple[str, ...]
    by_frame: tuple[str, ...] = ()


HEADLINES = (
    Headline(
        "identity",
        ("csim[arcface]", "csim[dlib]", "csim[vggface2]"),
        ("csim[arcface]", "csim[dlib]", "csim[vggface2]"),
    ),
    Headline(
        "expression",
        (
            *("expression_transfer[mesh478]", "expression_transfer[mesh468]", "expression_transfer[landmarks68]"),
            *("expression_error[mesh478]", "expression_error[mesh468]", "expression_error[landmarks68]"),
        ),
        ("expression_error[mesh478]", "expression_error[mesh468]", "expression_error[landmarks68]"),
    ),
    Headline(
        "head pose",
        (
            *("pose_transfer[mesh478]", "pose_transfer[mesh468]", "pose_transfer[landmarks68]"),
            *("pose_error_deg[mesh478]", "pose_error_deg[mesh468]", "pose_error_deg[landmarks68]"),
        ),
        ("pose_error_deg[mesh478]", "pose_error_deg[mesh468]", "pose_error_deg[landmarks68]"),
    ),
    Headline("gaze", ("gaze_error_deg[iris]",), ("gaze_error_deg[iris]",)),
    Headline("image", ("lpips[alex]", "lpips[vgg]", "lpips[squeeze]", "psnr"), ("lpips[alex]", "lpips[vgg]", "psnr")),
    Headline(
        "mouth",
        ("m_p[landmarks68]", "m_p[mesh478]", "m_p[mesh468]"),
        ("m_p[landmarks68]", "m_p[mesh478]", "m_p[mesh468]"),
    ),
    Headline("lip sync", ("syncnet_confidence", "syncnet_confidence[legacy]", "av_correlation[mesh468]")),
    Headline("realism", ("fid[pytorch-fid]", "fid[clean-fid]", "fid[torch-fidelity]", "fd[dlib]")),
)


def headline_metrics(available: Collection[str]) -> list[str]:
    """The first of each group that is among these ids."""
    return _firsts((one.metrics for one in HEADLINES), available)


def curve_metrics(available: Collection[str]) -> list[str]:
    """Likewise of those that have a value for each frame."""
    return _firsts((one.by_frame for one in HEADLINES), available)


def curve_of(metric: str, available: Collection[str]) -> str | None:
    """Which value of single frames says most about a case that is best or worst in a metric."""
    groups = [one.by_frame for one in HEADLINES if metric in one.metrics]
    return next(iter(_firsts(groups, available)), None)


def _firsts(groups: Iterable[tuple[str, ...]], available: Collection[str]) -> list[str]:
    found = (next((one for one in group if one in available), None) for group in groups)
    return [one for one in found if one is not None]
