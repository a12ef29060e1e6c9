"""Whose eyes: which networks a metric judges by, and whether a method looks at faces with the same ones.

A method that reads faces with the network that a metric reads with makes the errors that this metric cannot see. What
that is worth was measured of keypoint-warp: about 0.07 of expression transfer.
"""

from __future__ import annotations

from collections.abc import Collection

from benchmark.features.extractors.catalog import networks_of
from benchmark.features.types.extractor import FACE_NETWORKS, LANDMARKS
from benchmark.metrics.card import MetricCard

FAMILIES = {"MediaPipe": frozenset({"face-detector", "face-mesh", "face-landmarker", "iris"})}
"""Networks of one maker, trained on one kind of labels: another of the same family is no second opinion."""
MARK = "°"
LEGEND = f"{MARK} the method reads faces with a network of this metric, or one of its family"


def judges_of(card: MetricCard) -> frozenset[str]:
    """Networks whose answer the number is made of; where others only find the face, they do not judge it."""
    own = [one for one in card.features if one != LANDMARKS]
    judges = frozenset(networks_of(own)) - frozenset(FACE_NETWORKS)
    return judges or frozenset(networks_of(card.features))


def shared_with(card: MetricCard, reads_with: Collection[str]) -> str | None:
    """What a metric and a method both look at faces with: a family, a network, or None.

    Args:
        reads_with: names of networks, as a method's capabilities have them.
    """
    judges = judges_of(card)
    for family, members in FAMILIES.items():
        if judges & members and members & set(reads_with):
            return family
    both = sorted(judges & set(reads_with))
    return both[0] if both else None
