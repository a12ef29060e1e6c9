"""What callers of the torchmetrics class can get wrong, said before anything is counted."""

from __future__ import annotations

import re
from typing import get_args

from benchmark.features.extractors.catalog import extractor, split_ids
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.features.types.extractor import LANDMARKS, Extractor, Precision
from benchmark.metrics.card import MetricCard

LONGEST_NAME = 200  # as results have it
_DEVICE = re.compile(r"cpu|cuda(:\d+)?")


def check_settings(stride: object, network_device: object, precision: object) -> None:
    """Raise TypeError or ValueError for settings that cannot be."""
    if isinstance(stride, bool) or not isinstance(stride, int):
        raise TypeError(f"expected stride as a whole number but got {stride!r}")
    if stride < 1:
        raise ValueError(f"expected a stride of at least 1 but got {stride}")
    if not isinstance(network_device, str) or not _DEVICE.fullmatch(network_device):
        raise ValueError(f"expected network_device as cpu, cuda or cuda:N but got {network_device!r}")
    if precision not in get_args(Precision):
        raise ValueError(f"expected precision among {', '.join(get_args(Precision))} but got {precision!r}")


def check_names(**names: object) -> None:
    """Raise TypeError or ValueError for names that results cannot hold; None is none."""
    for name, value in names.items():
        if value is None and name != "cluster":
            continue
        if not isinstance(value, str):
            raise TypeError(f"expected {name} as text but got {value!r}")
        if not 1 <= len(value) <= LONGEST_NAME:
            raise ValueError(f"expected {name} of 1 to {LONGEST_NAME} characters but got {len(value)}")


def check_case(card: MetricCard, case: CaseFeatures) -> None:
    """Raise ValueError where a metric's inputs were not given or cannot belong together."""
    video, pair, audio = split_ids(card.features)
    videos = [("output", case.output), *([("source", case.source)] if card.uses_source else [])]
    for name, features in videos:
        for one in video:
            if one != LANDMARKS and one not in features.arrays:
                raise ValueError(f"expected the feature {one!r} of the {name} for {card.id} but it was not extracted")
            _check_rows(name, one, features)
    if "reference" in card.needs and case.reference is None:
        raise ValueError(f"expected a reference for {card.id} but the case has none")
    if "latents" in card.needs and case.latents is None:
        raise ValueError(f"expected latents for {card.id} but the case has none")
    lacking = [one for one in pair if case.no_pairs is None and one not in case.pairs]
    lacking += [one for one in audio if case.no_sound is None and one not in case.sound]
    if lacking:
        raise ValueError(f"expected the feature {lacking[0]!r} for {card.id} but it was not extracted")
    due = len(case.driver if case.reference is None else case.reference)
    if len(case.output) > due:
        raise ValueError(f"expected at most {due} frames of output, as the driver has, but got {len(case.output)}")
    for one in pair if case.no_pairs is None else ():
        if len(case.pairs[one]) != len(case.output):
            raise ValueError(
                f"expected {one!r} of each of {len(case.output)} pairs of frames but got {len(case.pairs[one])}"
            )


def _check_rows(name: str, extractor_id: str, features: FaceFeatures) -> None:
    if extractor_id == LANDMARKS:
        return
    one = extractor(extractor_id)
    rows = len(features.arrays[extractor_id])
    if isinstance(one, Extractor) and one.rows == "frame" and rows != len(features):
        raise ValueError(f"expected {extractor_id!r} of each of {len(features)} frames of the {name} but got {rows}")
